"""predict: asks before it shows. The answer, and an explorer under it, stay closed until a guess is committed.

A chapter declares its questions (`Question`, `QUESTIONS.add`); their answers are computed when they are shown. Guesses
are remembered in the kernel, and nowhere else.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

import ipywidgets as widgets
from matplotlib.figure import Figure

from mmlab.parameters import ParameterError
from mmlab.table import Table
from mmlab.teach.registry import Registry
from mmlab.teach.style import DRAWING, img, png
from mmlab.teach.words import failure


class Reveal(NamedTuple):
    """An answer: a sentence with its numbers, and a plot with the guess drawn on it."""

    sentence: str
    figure: Figure | None = None


@dataclass(frozen=True)
class Question:
    """Something to guess before it is shown.

    Parameters
    ----------
    id : str
        What a chapter calls it by.
    text : str
        The question.
    choices : mapping of str to str
        Each choice, in the order shown, and what one has to believe to choose it: for a wrong one, the misconception
        and what is wrong with it; for the right one, why it is right.
    right : str
        The right choice.
    reveal : callable
        Gets the guess; computes the answer. Called when the answer is shown and not before.
    """

    id: str
    text: str
    choices: Mapping[str, str]
    right: str
    reveal: Callable[[str], Reveal]


QUESTIONS: Registry[Question] = Registry("question")

CONFIDENCES = ("guessing", "fairly sure", "certain")

_guesses: dict[str, tuple[str, ...]] = {}
_first: dict[str, tuple[str, str]] = {}
"""How sure the reader was of the first guess, and when it was committed."""


def predictions() -> dict[str, tuple[str, ...]]:
    """Return the guesses committed in this kernel: for each question's id the first, and those after thinking again."""
    return dict(_guesses)


def first_guess_times() -> dict[str, str]:
    """Return when each question's first guess was committed in this kernel, by its id."""
    return {id: time for id, (_, time) in _first.items()}


def first_guesses() -> Table:
    """Return a table of the first guesses in this kernel: how sure the reader was, and how often they were right.

    A row for each confidence and one for all. Who is right more often when certain than when guessing knows what they
    know.
    """
    first = {id: (guesses[0] == QUESTIONS[id].right, _first[id][0]) for id, guesses in _guesses.items()}
    by_confidence = {name: [right for right, sure in first.values() if sure == name] for name in CONFIDENCES}
    asked = "of the one question" if len(QUESTIONS) == 1 else f"of the {len(QUESTIONS)} questions"
    groups = {**by_confidence, asked: [right for right, _ in first.values()]}
    rows = [(name, len(group), sum(group)) for name, group in groups.items()]
    return Table.of(["when you were", "first guesses", "right"], rows)


class Prediction:
    """A question as a reader sees it: choices, a guess to commit, then the answer with the guess on it.

    Its `answer` is that in words; before a guess is committed, that it is still closed.
    """

    def __init__(self, question: Question, then: Callable[[], Any] | None = None):
        self.question, self._then = question, then
        self._thinking = False
        self._radio = widgets.RadioButtons(options=[*question.choices], value=None, layout={"width": "auto"})
        self._confidence = widgets.Dropdown(options=CONFIDENCES, description="I am", layout={"width": "13em"})
        self._commit = widgets.Button(description="Commit", tooltip="Commit this guess and see the answer")
        self._again = widgets.Button(description="Think again", tooltip="Guess once more; the first guess stays")
        self._anyway = widgets.Button(description="Show me anyway", tooltip="Open the explorer without a guess")
        self._words, self._answer = widgets.HTML(), widgets.HTML()
        self._below = widgets.VBox([])
        widgets.dlink((self._radio, "value"), (self._commit, "disabled"), lambda choice: choice is None)
        self._commit.on_click(lambda _: self._commit_clicked())
        self._again.on_click(lambda _: self.think_again())
        self._anyway.on_click(lambda _: self._open())
        heading = widgets.HTML(f"<b>Predict:</b> {html.escape(question.text)}")
        buttons = widgets.HBox([self._confidence, self._commit, self._again, self._anyway])
        self.widget = widgets.VBox([heading, self._radio, buttons, self._words, self._answer, self._below])
        if then is None:
            self._anyway.layout.display = "none"
        self._refresh()

    @property
    def guesses(self) -> tuple[str, ...]:
        """What was committed in this kernel: the first guess, and those after thinking again."""
        return _guesses.get(self.question.id, ())

    def commit(self, choice: str, confidence: str = CONFIDENCES[0]) -> Self:
        """Commit a guess, and how sure one is of it, as the button does; return this prediction.

        The confidence of the first guess is what counts. The guess that is committed already may be committed again,
        so that its cell can.

        Raises
        ------
        ParameterError
            If it is none of the choices, the confidence none of "guessing", "fairly sure" and "certain", or another
            guess was committed and the reader did not think again.
        """
        if choice not in self.question.choices:
            choices = ", ".join(map(repr, self.question.choices))
            raise ParameterError(f"{choice!r} is no choice of {self.question.id!r}; there are {choices}.")
        if confidence not in CONFIDENCES:
            raise ParameterError(f"confidence is one of {', '.join(map(repr, CONFIDENCES))}; got {confidence!r}.")
        if not self._is_closed:
            if choice != self.guesses[-1]:
                raise ParameterError(f"Committed is {self.guesses[-1]!r}; call think_again() to guess once more.")
            return self
        if not self.guesses:
            _first[self.question.id] = confidence, datetime.now().astimezone().isoformat(timespec="seconds")
        _guesses[self.question.id] = (*self.guesses, choice)
        self._thinking = False
        self._refresh()
        return self

    def think_again(self) -> Self:
        """Close the answer for another guess; those committed stay to be seen. Without a guess nothing happens."""
        self._thinking = bool(self.guesses)
        self._refresh()
        return self

    def _commit_clicked(self) -> None:
        if self._is_closed:
            self.commit(self._radio.value, self._confidence.value)
        else:  # committed in the meantime, in another view of this question
            self._refresh()

    def _refresh(self) -> None:
        """Show what the guesses so far allow to be seen."""
        with DRAWING:
            closed = self._is_closed
            self._radio.disabled = not closed
            self._words.value, self._answer.value, self.answer = self._history(), "", "Commit a guess first."
            for button, is_shown in ((self._confidence, closed), (self._commit, closed), (self._again, not closed)):
                button.layout.display = "" if is_shown else "none"
            if not closed:
                self._radio.value = self.guesses[-1]
                self._answer.value = self._tell()
                self._open()

    @property
    def _is_closed(self) -> bool:
        return self._thinking or not self.guesses

    def _history(self) -> str:
        if not self.guesses:
            return ""
        first, *later = (html.escape(guess) for guess in self.guesses)
        now = f" Now: <b>{later[-1]}</b>." if later and not self._thinking else ""
        return f"<div>Your first guess: <b>{first}</b>.{now}</div>"

    def _tell(self) -> str:
        """The answer as HTML; an error in it becomes a sentence."""
        guess, question = self.guesses[-1], self.question
        try:
            sentence, figure = question.reveal(guess)
        except Exception as error:  # a reader pressed a button: they get a sentence, never a traceback
            self.answer = f"⚠ The answer could not be computed: {failure(error)}"
            return _alert(self.answer)
        head, belief = "As you predicted.", question.choices[guess]
        if guess != question.right:
            head, belief = f"Not “{guess}” but “{question.right}”.", f"Why not “{guess}”? {belief}"
        self.answer = f"{head} {sentence} {belief}"
        plot = "" if figure is None else img(png(figure), sentence)
        head, sentence, belief = map(html.escape, (head, sentence, belief))
        return f'<div role="status" aria-live="polite"><b>{head}</b> {sentence}<br>{belief}</div>{plot}'

    def _open(self) -> None:
        """Make and show the explorer, once."""
        if self._then is None:
            return
        try:
            opened = self._then()
            self._below.children = [getattr(opened, "widget", opened)]
            self._then = None
            self._anyway.layout.display = "none"
        except Exception as error:  # as above
            self._below.children = [widgets.HTML(_alert(f"⚠ This could not be opened: {failure(error)}"))]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The live widget; for viewers without a kernel the question, and the answer if a guess is committed."""
        items = "".join(f"<li>{html.escape(choice)}</li>" for choice in self.question.choices)
        question = f"<p><b>Predict:</b> {html.escape(self.question.text)}</p><ul>{items}</ul>"
        closed = "<p><i>Choose before you read on. With a running kernel you can commit your guess here.</i></p>"
        end = closed if self._is_closed else self._words.value + self._answer.value
        words = f"Predict: {self.question.text} ({' / '.join(self.question.choices)}) {self.answer}"
        live: dict[str, Any] = self.widget._repr_mimebundle_()
        return live | {"text/html": question + end, "text/plain": words}


def _alert(sentence: str) -> str:
    return f'<div role="alert">{html.escape(sentence)}</div>'


def predict(id: str, then: Callable[[], Any] | None = None) -> Prediction:
    """Ask a question before its answer is shown.

    Parameters
    ----------
    id : str
        The question.
    then : callable, optional
        An explorer's class, or a function that makes one: made and shown under the answer when a guess is committed,
        or when the reader presses "Show me anyway".

    Returns
    -------
    Prediction
        Shown by being a cell's last line. It waits for nobody: the cells after it run.

    Raises
    ------
    ParameterError
        If there is no question of this id, or `then` cannot be called.
    """
    if then is not None and not callable(then):
        raise ParameterError(f"then must be an explorer's class or a function making one, without (); got {then!r}.")
    return Prediction(QUESTIONS[id], then)
