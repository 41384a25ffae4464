"""predict, driven as a reader drives it: what is closed, what opens, and what the answer says."""

from __future__ import annotations

import re
import threading
from importlib import import_module

import pytest
from matplotlib.figure import Figure
from mmbook.ch00 import QuotingDayExplorer

from mmlab import AvellanedaStoikov, Market, ParameterError
from mmlab.teach import predict
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import EXERCISES, judged
from mmlab.teach.predict import QUESTIONS, Prediction, Question, Reveal, _guesses, first_guesses, predictions
from mmlab.teach.style import png
from tests.mmbook.checking import CHAPTERS, answered_in_the_files_words, answers_with_numbers
from tests.mmbook.test_lessons import NOTEBOOKS, exercises_of, text_of

GAMMA, MID, RATE, FILL = (
    "higher-gamma-earns-more",
    "quotes-straddle-the-mid",
    "arrival-rate-moves-quotes",
    "a-fill-is-a-profit",
)
assert CHAPTERS  # have declared them
EVERY = list(QUESTIONS)
TEXTS = [path.stem for path in (NOTEBOOKS / "text").glob("*.md")]
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?")

test_the_answers_carry_the_references_numbers = answers_with_numbers(
    [
        (GAMMA, "68.40.*64.89.*31.45.*8.96 to 4.84"),
        (MID, "long 3 clips asks 0.355"),
        (RATE, "1.6908 at A = 70.*1.6908"),
    ]
)


def test_a_question_states_the_formulas_own_ask() -> None:
    model = AvellanedaStoikov.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=0.1)
    assert f"asks {100 + float(model.depths(0, 1)[1]):.2f}" in QUESTIONS[MID].text


def buttons(asked: Prediction) -> dict[str, bool]:
    """Which buttons a reader sees."""
    all_of_them = (asked._commit, asked._again, asked._anyway)
    return {button.description: button.layout.display != "none" for button in all_of_them}


def page(asked: Prediction) -> str:
    return asked._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("id", EVERY)
def test_the_answer_is_not_even_computed_before_a_guess_is_committed(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def reveal(guess: str) -> Reveal:
        raise AssertionError("computed too early")

    asked = Prediction(Question(**{**vars(QUESTIONS[id]), "reveal": reveal}))
    bundle = asked._repr_mimebundle_()
    assert asked.answer == "Commit a guess first."
    assert buttons(asked) == {"Commit": True, "Think again": False, "Show me anyway": False}
    assert not any(reason in bundle["text/html"] for reason in asked.question.choices.values())
    assert asked.question.text in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def assert_solves_no_exercise(id: str, answer: str) -> None:
    """No number of a question's answer is an answer to an exercise of its chapter."""
    numbers = {float(number.replace("−", "-")) for number in NUMBER.findall(answer)}
    for name in TEXTS:
        for exercise in exercises_of(name) if f'predict("{id}"' in text_of(name) else ():
            takes = EXERCISES[exercise].takes
            answers = [(lambda *given, x=x: x) if takes else x for x in numbers]
            assert not [one for one in answers if judged(EXERCISES[exercise], Answer(one, takes))], exercise


@pytest.mark.parametrize("id", EVERY)
def test_each_guess_is_answered_with_a_picture_and_a_wrong_one_with_its_misconception(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, pictures = answered_in_the_files_words(id), set()

    def drawn(figure: Figure) -> str:
        if _guesses[id][-1] != question.right:
            figure.set_layout_engine("none")  # which with the axes' numbers is most of a drawing, and looked at once
            for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
                axis.get_major_formatter().format_ticks(axis.get_majorticklocs())  # none, if nothing has a number
                axis.set_ticks([])
                axis.set_ticks([], minor=True)
        return png(figure)

    monkeypatch.setattr(import_module("mmlab.teach.predict"), "png", drawn)
    asked = Prediction(question)
    for guess, reason in question.choices.items():
        asked.think_again()._radio.value = guess
        asked._commit.click()
        assert asked.answer.startswith("As you predicted." if guess == question.right else f"Not “{guess}” but")
        assert reason in asked.answer
        assert "⚠" not in asked.answer
        pictures.add(re.search(r'src="data:image/png;base64,([^"]+)" alt="[^"]+"', asked._answer.value)[1])
    assert len(pictures) == len(question.choices), "the guess is drawn on the picture"
    assert_solves_no_exercise(id, question.reveal(question.right).sentence)


def test_nothing_can_be_committed_without_a_choice() -> None:
    asked = predict(FILL)
    assert asked._commit.disabled
    asked._radio.value = "one time in ten"
    assert not asked._commit.disabled
    assert predictions() == {}


def test_a_second_guess_needs_think_again_and_the_first_stays_visible() -> None:
    asked = predict(MID).commit("still 100.85")
    assert buttons(asked)["Think again"]
    assert not buttons(asked)["Commit"]
    assert asked._radio.disabled
    with pytest.raises(ParameterError, match=r"Committed is 'still 100\.85'; call think_again"):
        asked.commit("below 100")
    asked._again.click()
    assert asked._answer.value == ""
    assert "first guess: <b>still 100.85</b>" in asked._words.value
    asked._radio.value = "below 100"
    asked._commit.click()
    assert predictions() == {MID: ("still 100.85", "below 100")}
    assert "first guess: <b>still 100.85</b>" in page(asked)
    assert "Now: <b>below 100</b>" in page(asked)


def test_running_the_cell_again_keeps_the_guess_and_committing_it_again_changes_nothing() -> None:
    predict(MID).commit("still 100.85")
    asked = predict(MID).commit("still 100.85")
    assert asked._radio.value == "still 100.85"
    assert asked.answer.startswith("Not “still 100.85”")
    assert predictions() == {MID: ("still 100.85",)}


def test_two_views_of_a_question_commit_one_guess() -> None:
    first, second = predict(MID), predict(MID)
    first.commit("still 100.85")
    second._radio.value = "below 100"
    second._commit.click()
    assert predictions() == {MID: ("still 100.85",)}
    assert second._radio.value == "still 100.85"


def test_what_predictions_returns_is_a_copy() -> None:
    predict(MID).commit("still 100.85")
    predictions().clear()
    assert predictions() == {MID: ("still 100.85",)}


def test_an_unknown_id_or_choice_names_those_there_are() -> None:
    with pytest.raises(ParameterError, match=r"no question 'quotes-stradle-mid'\. Did you mean 'quotes-straddle-the"):
        predict("quotes-stradle-mid")
    with pytest.raises(ParameterError, match=r"there are 'still 100\.85', 'between 100 and 100\.85'"):
        predict(MID).commit("sometimes")
    with pytest.raises(ParameterError, match="without \\(\\)"):
        predict(MID, then=3)  # type: ignore[arg-type]


def test_the_explorer_is_made_when_the_guess_is_committed_and_only_once() -> None:
    made = []

    def explorer() -> QuotingDayExplorer:
        made.append(QuotingDayExplorer())
        return made[-1]

    asked = predict(MID, then=explorer)
    assert made == []
    assert buttons(asked)["Show me anyway"]
    asked.commit("still 100.85").think_again().commit("below 100")
    assert len(made) == 1
    assert asked._below.children == (made[0].widget,)
    assert not buttons(asked)["Show me anyway"]


def test_show_me_anyway_opens_the_explorer_and_not_the_answer() -> None:
    asked = predict(MID, then=QuotingDayExplorer)
    asked._anyway.click()
    assert len(asked._below.children) == 1
    assert asked._answer.value == ""
    assert buttons(asked) == {"Commit": True, "Think again": False, "Show me anyway": False}


def test_errors_become_sentences() -> None:
    def fail(*_: object) -> Reveal:
        raise ValueError("no luck")

    question = Question(
        id="test-fails", text="?", choices={"yes": "So it is.", "no": "Not so."}, right="yes", reveal=fail
    )
    asked = Prediction(question, fail).commit("yes")
    assert asked.answer == "⚠ The answer could not be computed: ValueError: no luck"
    assert "could not be opened: ValueError: no luck" in asked._below.children[0].value
    assert buttons(asked)["Show me anyway"], "the reader can try again"


def test_a_question_needs_an_id_of_its_own() -> None:
    with pytest.raises(ParameterError, match="There is a question 'a-fill-is-a-profit' already"):
        QUESTIONS.add(QUESTIONS[FILL])


def test_a_guess_committed_in_another_thread_is_drawn_there() -> None:
    # JupyterLab runs widget callbacks in a thread of their own.
    asked = predict(GAMMA)
    asked._radio.value = "less"
    beside = threading.Thread(target=asked._commit.click)
    beside.start()
    beside.join()
    assert asked.answer.startswith("As you predicted.")


def test_first_guesses_are_counted_by_how_sure_the_reader_was() -> None:
    predict(MID).commit("still 100.85", "certain").think_again().commit("below 100", "guessing")
    predict(GAMMA).commit("less", "certain")
    asked = predict(RATE)
    asked._radio.value, asked._confidence.value = "stay the same", "fairly sure"
    asked._commit.click()
    guessing, fairly, certain, all_of_them = first_guesses().rows
    assert guessing == ("guessing", "0", "0")
    assert fairly == ("fairly sure", "1", "1")
    assert certain == ("certain", "2", "1")
    assert all_of_them == (f"of the {len(QUESTIONS)} questions", "3", "2")
    with pytest.raises(ParameterError, match="confidence is one of 'guessing', 'fairly sure', 'certain'; got 'sure'"):
        predict(FILL).commit("one time in ten", "sure")
