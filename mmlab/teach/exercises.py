"""check and hint: exercises that say whether an answer is right, and if not what is wrong and for which input.

A chapter declares its exercises (`Exercise`, `EXERCISES.add`); what they check is theirs. How an answer is run, on
copies and within a time, is in `mmlab.teach.answers`. Hints and last verdicts are remembered in the kernel,
and nowhere else.
"""

import builtins
import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
from IPython import get_ipython

from mmlab.parameters import ParameterError
from mmlab.teach.answers import Answer, NotAttempted, Noted, NotYet, in_words, is_unwritten, unpatched
from mmlab.teach.progress import Bar, clock
from mmlab.teach.registry import Registry
from mmlab.teach.time_limit import TookTooLong, is_not_the_answers, run_within
from mmlab.teach.variants import OWN, Numbers, own


@dataclass(frozen=True)
class Exercise:
    """What an exercise asks, how it tells right from wrong, and what helps.

    Parameters
    ----------
    id : str
        What a reader calls it by.
    answer : str
        What the answer is, as a sentence goes on after "the answer is": "a function of k that returns the spread".
    check : callable
        Gets the `Answer`; returns a sentence on what is right, or raises `NotYet` with one on what is wrong.
    hints : sequence of str
        From the vaguest to the plainest.
    takes : sequence of str
        The names of the function's arguments, in order; none if the answer is a value.
    or_value : bool
        Whether a value will do where a function is asked for; `check` has to tell them apart.
    seconds : float
        How long the answer may run in all [s].
    elsewhere : callable, optional
        Gets a seed; returns a check at other cases, which nobody has seen.
    variant : callable, optional
        Gets a seed, and a tolerance if it is another; returns the exercise at one student's own numbers: a value.
    numbers : mapping of str to number
        These, by the names of the arguments; none but in a variant.
    """

    id: str
    answer: str
    check: Callable[[Answer], str]
    hints: Sequence[str]
    takes: Sequence[str] = ()
    or_value: bool = False
    seconds: float = 10.0
    elsewhere: Callable[[int], Callable[[Answer], str]] | None = None
    variant: "Callable[..., Exercise] | None" = None
    numbers: Mapping[str, Any] = field(default_factory=dict)


EXERCISES: Registry[Exercise] = Registry("exercise")


@dataclass(frozen=True, repr=False)
class Note:
    """A sentence for the reader; shows as text, `code` in backticks."""

    message: str

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        text = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(self.message, quote=False))
        head, colon, rest = text.partition(":")
        return f'<div role="status"><b>{head}{colon}</b>{rest}</div>'


@dataclass(frozen=True, repr=False)
class Verdict(Note):
    """What `check` says; true if the answer is right."""

    status: Literal["right", "not yet", "not attempted", "noted"]
    mistake: str = ""
    """The id of a mistake that has a name."""

    def __bool__(self) -> bool:
        return self.status == "right"


_hints_given: dict[str, int] = {}
_verdicts: dict[str, Verdict] = {}
_checked_in: dict[str, list[int]] = {}


def check(id: str, answer: Any = ..., student: str = "", term: str = "") -> Verdict:
    """Say whether an answer is right, and if not what is wrong.

    Parameters
    ----------
    id : str
        The exercise.
    answer : function or value
        `...` and None, and a function that is empty or raises NotImplementedError, are no attempt. A function is
        called with copies of its arguments, and stopped after the exercise's time (10 s unless it says otherwise).
        One long call of compiled code cannot be stopped, and the verdict says so: at once where it lets others run
        (the inversion of a huge matrix), and where it does not (`sum(range(10**9))`, a huge power) when it has come
        back; until then the kernel is dead. In a browser's kernel before Python 3.12 nothing can be stopped.
    student, term : str
        Whose own numbers (`variant`) the answer is a value at; nobody's, and it is an answer to the exercise itself.

    Returns
    -------
    Verdict
        Its `status` is "right", "not yet" or "not attempted", its `message` says why; in a student's edition it is
        "noted" where what judges the answer is not in it.

    Raises
    ------
    ParameterError
        If there is no exercise of this id, or no own numbers of it. Whatever the answer does raises nothing; your own
        Ctrl-C does.
    """
    exercise = own(EXERCISES[id], student, term) if student else EXERCISES[id]
    verdict = _verdicts[exercise.id] = within_its_time(exercise, answer)
    shell = get_ipython()
    _checked_in.setdefault(exercise.id, []).append(len(shell.user_ns["In"]) - 1 if shell else 0)
    return verdict


def within_its_time(exercise: Exercise, answer: Any) -> Verdict:
    """The verdict on an answer, which is stopped after the exercise's time."""
    given, bar = Answer(answer, exercise.takes), Bar()
    try:
        with unpatched(np, np.linalg, np.random, math, builtins):
            return run_within(exercise.seconds, partial(judged, exercise, given), partial(clock, bar, exercise.seconds))
    except TookTooLong as late:
        return Verdict(f"Not yet: {given.running} {late}", "not yet")
    finally:
        bar.end("Checked.")


def variant(id: str, student: str, term: str = "") -> Numbers:
    """The numbers at which a student, by the id that the class's list has, answers an exercise in a term.

    Raises
    ------
    ParameterError
        If there is no exercise of this id, or it has no numbers of a student's own, or they are not here.
    """
    return Numbers(own(EXERCISES[id], student, term).numbers)


def verdicts() -> dict[str, Verdict]:
    """Return the last verdict of this kernel on each exercise that was checked, by its id."""
    return dict(_verdicts)


def checked_in() -> dict[str, list[int]]:
    """Return the numbers of the cells in which an exercise was checked, by its id, the one checked last at the end."""
    return dict(sorted(_checked_in.items(), key=lambda each: each[1][-1]))


def hints_given() -> dict[str, int]:
    """Return how many hints were given, by the exercise's id."""
    return dict(_hints_given)


def judged(exercise: Exercise, answer: Answer) -> Verdict:
    """The verdict on an answer, without a limit of time; all that looks at it runs in here."""
    try:
        if answer.given is None or answer.given is ... or is_unwritten(answer.given):  # no need to draw a market for it
            raise NotAttempted
        if exercise.takes and not callable(answer.given) and not exercise.or_value:
            raise NotYet(f"the answer is {exercise.answer}; give the function itself, without calling it.")
        if not exercise.takes and callable(answer.given):
            raise NotYet(f"the answer is {exercise.answer}, not a function.")
        return Verdict(f"Right: {exercise.check(answer)}", "right")
    except NotAttempted:
        words = f"Not attempted: the answer is {exercise.answer}. `hint({exercise.id.removesuffix(OWN)!r})` helps."
        return Verdict(words, "not attempted")
    except Noted:
        return Verdict("Noted: it is judged when you hand it in.", "noted")
    except (NotYet, ParameterError) as wrong:  # the second is mmlab's, of what the answer gave it
        return Verdict(f"Not yet: {in_words(wrong)}", "not yet", getattr(wrong, "mistake", ""))
    except BaseException as error:
        if is_not_the_answers(error):
            raise
        words = f"what {answer.running} gave cannot be checked; looking at it raised {type(error).__name__}"
        return Verdict(f"Not yet: {words}: {in_words(error)}", "not yet")


def hint(id: str) -> Note:
    """Give the exercise's next hint; the last one says that it is the last.

    Raises
    ------
    ParameterError
        If there is no exercise of this id.
    """
    hints = EXERCISES[id].hints
    number = min(_hints_given.get(id, 0), len(hints) - 1)
    _hints_given[id] = number + 1
    last = " (This is the last hint. The solution is in `notebooks/solutions`.)" if number == len(hints) - 1 else ""
    return Note(f"Hint {number + 1} of {len(hints)}: {hints[number]}{last}")
