"""A file of texts: what it may hold, and that a fault in it is named with its line."""

from __future__ import annotations

import re
from typing import Any

import pytest
from matplotlib.axes import Axes

from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.checks import Facts, Mistake, contest, formula, lead, no_lead, quoted
from mmlab.teach.findings import Finding, drawn
from mmlab.teach.texts import TextError, exercise_of, question_of, read_texts

GOOD = """\
[questions.which]
text = "Which?"
right = "left"
answer = "It is {number:.2f}."

[questions.which.choices.left]
label = "links"
why = "So it is."

[questions.which.choices."the other"]
label = "rechts"
why = "Not so."

[exercises.double]
answer = "a function of x that returns twice x"
takes = ["x"]
hints = ["Add.", "Add x {once}."]
right = "twice x, {right:g} at 3."

[exercises.double.wrong]
square = "that is the square, {gave:g}."
otherwise = "{call} gave {gave:g} where {right:g} is right."
"""


def double(**changes: Any) -> formula:
    return formula(lambda x: 2 * x, [(3.0,), (4.0,)], {"square": lambda x: x * x}, **changes)


def verdict(answer: Any, check: Any = None, source: str = GOOD) -> str:
    exercise = exercise_of(read_texts("the file", source), "double", check or double())
    try:
        return exercise.check(Answer(answer, exercise.takes))
    except NotYet as wrong:
        return f"not yet: {wrong}"


def test_what_is_found_is_said_in_the_words_of_the_file() -> None:
    assert verdict(lambda x: 2 * x) == "twice x, 6 at 3."
    assert verdict(lambda x: x * x) == "not yet: that is the square, 9. It shows at `answer(x=3)`."
    assert verdict(lambda x: x + 1) == "not yet: `answer(x=3)` gave 4 where 6 is right."


def test_what_is_tried_on_every_formula_needs_no_words_of_its_own() -> None:
    assert verdict(lambda x: -2 * x) == "not yet: `answer(x=3)` gives −6: the sign is the other one."
    own = GOOD + 'sign = "yours is {gave:g}, upside down."\n'
    assert verdict(lambda x: -2 * x, source=own) == "not yet: yours is −6, upside down. It shows at `answer(x=3)`."


def test_a_mistake_that_is_no_formula_shows_where_the_answer_first_goes_wrong() -> None:
    odd = double(otherwise=lambda gave, right, x: "square" if gave % 2 == 1 else "otherwise")
    assert verdict(lambda x: 6 if x == 3 else 7, odd) == "not yet: that is the square, 7. It shows at `answer(x=4)`."
    assert "where 6 is right" in verdict(lambda x: 2 * x + 2, odd)


def test_a_mistake_is_named_only_if_it_is_made_at_every_case() -> None:
    assert "where 8 is right" in verdict(lambda x: 6 if x == 3 else 16)
    assert "otherwise" not in verdict(lambda x: x * x)


def test_a_value_may_be_rounded_unless_the_formula_says_how_far() -> None:
    for check, rounded in ((double(), "twice x"), (double(tolerance=1e-6), "not yet:  gave 6.001 where 6")):
        assert verdict(6.001, check).startswith(rounded)


def test_a_question_is_committed_by_what_its_reader_sees() -> None:
    question = question_of(read_texts("the file", GOOD), "which", lambda guess: Finding({"number": len(guess)}))
    assert dict(question.choices) == {"links": "So it is.", "rechts": "Not so."}
    assert question.right == "links"
    assert question.reveal("rechts").sentence == "It is 9.00."


def test_a_contest_is_won_or_lacks_something() -> None:
    def facts(result: float) -> Facts:
        return {"right": result, "gave": result, "call": ""}

    play = contest(lambda answer: answer(1.0), lambda result: None if result > 5 else "square", facts)
    assert verdict(lambda x: 7, play) == "twice x, 7 at 3."
    assert verdict(lambda x: 4, play) == "not yet: that is the square, 4."
    assert "raised ZeroDivisionError" in verdict(lambda x: 1 // 0, play)


@pytest.mark.parametrize(("ahead", "lacks"), [(-1.0, "behind"), (0.0, "behind"), (0.2, "within-noise"), (0.3, None)])
def test_a_lead_is_one_beyond_two_standard_errors(ahead: float, lacks: str | None) -> None:
    assert no_lead(lead(ahead, 0.1)) == lacks
    assert lead(ahead, 0.1)["errors"] == pytest.approx(ahead / 0.1)
    assert lead(ahead, 0.0)["errors"] == 0


def test_a_strategy_returns_quotes() -> None:
    with pytest.raises(Mistake) as mistake:
        quoted(Answer(lambda x: 3, ("x",)), 1.0)
    assert (mistake.value.text, mistake.value.facts["returned"]) == ("no-quotes", "int")


def test_what_answers_a_question_draws_in_our_style_and_returns_its_numbers() -> None:
    @drawn(width=5.0, height=2.0, legend="upper left")
    def reveal(guess: str, axes: Axes) -> Facts:
        axes.plot([0, 1], label=guess)
        return {"number": 9}

    found = reveal("left")
    assert found.facts == {"number": 9}
    assert found.figure is not None
    (axes,) = found.figure.axes
    assert tuple(found.figure.get_size_inches()) == (5.0, 2.0)
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == "left"
    assert not axes.spines["top"].get_visible()
    assert not legend.get_frame_on()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('right = "left"', "right = left", 3, "Invalid value"),
        ('right = "left"', 'right = "nobody"', 3, "there is no choice 'nobody'"),
        ('text = "Which?"', 'txt = "Which?"', 1, "it has no text"),
        ('label = "rechts"', "label = 3", 11, "it must be a text"),
        ('why = "Not so."', 'why = "Not so."\nwy = ""', 13, "nothing reads it; there are label, why"),
        ('["x"]', '"x"', 16, "it must be a list of texts"),
        ("{right:g} at 3", "{right:g at 3", 18, "a number written {name}"),
        ("{gave:g}.", "{gave:g}}.", 20, "a number written {name}"),
        ("[exercises.double]", "[exercise.double]", 14, "nothing reads it; there are questions, exercises"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(TextError, match=re.escape(says)) as error:
        read_texts("the file", GOOD.replace(old, new, 1))
    assert f"line {line}" in str(error.value), error.value


def test_a_number_that_nobody_gives_and_a_text_that_is_not_there_are_named() -> None:
    with pytest.raises(TextError, match=r"line 18: exercises.double.right: numbers cannot be filled in \('best'\)"):
        verdict(lambda x: 2 * x, source=GOOD.replace("{right:g} at", "{best:g} at"))

    def lost(answer: Answer) -> Facts:
        raise Mistake("lost")

    with pytest.raises(TextError, match=r"line 20: exercises.double.wrong: it has no lost, which the code says"):
        verdict(lambda x: x, lost)


def test_the_line_is_that_of_its_own_table_and_not_of_one_whose_name_begins_alike() -> None:
    longer = GOOD.replace("[exercises.double]", "[exercises.double-or-quits]", 1).replace(
        "double.wrong", "double-or-quits.wrong"
    )
    both = longer + GOOD[GOOD.index("[exercises.double]") :].replace('takes = ["x"]', 'takes = "x"', 1)
    line = both.splitlines().index('takes = "x"') + 1
    with pytest.raises(TextError, match=rf"line {line}: exercises\.double\.takes: "):
        read_texts("the file", both)


def test_the_cases_of_whole_numbers_and_of_lists_are_others_elsewhere():
    check = formula(lambda n, *more: n + sum(sum(one) for one in more), [(5,), (1,), (0, [1.0, 2.0])])
    for seed in range(20):
        for here, there in zip(check.cases, check.elsewhere(seed).cases, strict=True):
            assert there != here
            assert all(type(one) is type(other) for one, other in zip(here, there, strict=True))
