"""Exercises at students' own numbers: in each chapter, right and wrong by the chapter's formula and sentences."""

from __future__ import annotations

import importlib
import re

import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.classroom.chapters import exercises_of
from mmlab.teach import check, hint, variant
from mmlab.teach.answers import Answer, in_short
from mmlab.teach.exercises import EXERCISES, judged
from mmlab.teach.variants import Numbers, own, seed_of

CHAPTERS = [f"{n:02}" for n in range(20)] + ["A1", "A2", "A3"]
STUDENTS = [f"Žofie {n}" for n in range(50)]


def formula_of(chapter, id):
    return importlib.import_module(f"mmbook.ch{chapter.lower()}.checks").CHECKS[id]


def verdict_on(exercise, value):
    return judged(exercise, Answer(value, ()))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_has_an_exercise_whose_numbers_are_a_students_own(chapter):
    exercises = [exercise for exercise in exercises_of(chapter) if exercise.variant]
    assert exercises
    for exercise in exercises:
        formula, drawn = formula_of(chapter, exercise.id), set()
        for student in STUDENTS:
            mine = own(exercise, student)
            case = mine.numbers.values()
            right = np.asarray(formula.right(*case), float)
            assert np.isfinite(right).all()
            verdict = verdict_on(mine, right)
            assert verdict, verdict.message
            assert verdict_on(mine, np.array([float(f"{x:.5g}") for x in right.ravel()]).reshape(right.shape))
            for id, mistake in formula.mistakes.items():
                wrong = verdict_on(mine, mistake(*case))
                assert not wrong, id
                assert wrong.mistake, id
                assert not re.search(rf"(?<![\d.]){re.escape(in_short(right))}", wrong.message), id
            drawn.add(str(case))
        assert len(drawn) > 0.8 * len(STUDENTS)


def test_the_numbers_can_be_typed_and_stand_in_the_question_with_their_units():
    numbers = variant("as-best-depth", "Žofie")
    assert list(numbers) == ["cost", "gamma", "k", "A"]
    assert all(value == float(f"{value:.3g}") for value in numbers.values())
    assert f"| k | {in_short(numbers['k'])} | 1/price |" in numbers._repr_markdown_()
    message = check("as-best-depth", None, student="Žofie").message
    assert f"k = {in_short(numbers['k'])} [1/price]" in message
    assert "`hint('as-best-depth')`" in message
    assert hint("as-best-depth").message.startswith("Hint 1 of 3")


def test_a_students_own_numbers_hang_on_id_exercise_and_term_and_not_on_how_a_name_is_written():
    assert seed_of("Žofie", "neutral-spread") == seed_of(" Z\u030cofie ", "neutral-spread")
    assert seed_of("Žofie", "neutral-spread") == seed_of("žofie", "neutral-spread")  # one student to who grades
    others = {seed_of("Žofie", "neutral-spread", "2027"), seed_of("Zofie", "neutral-spread"), seed_of("Žofie", "as")}
    assert seed_of("Žofie", "neutral-spread") not in others
    assert len(others) == 3


def test_own_numbers_ask_for_a_value_and_leave_the_exercise_as_it_is():
    k = variant("neutral-spread", "王小明", "2027")["k"]
    right = check("neutral-spread", 2 / k, student="王小明", term="2027")
    assert right
    assert right.message == f"Right: {in_short(2 / k)} is the spread at γ = 0 at k = {in_short(k)} [1/price]."
    assert check("neutral-spread", 1 / k, student="王小明", term="2027").mistake == "half"
    assert "not a function" in check("neutral-spread", lambda k: 2 / k, student="王小明", term="2027").message
    unnamed = check("neutral-spread", 77.0, student="王小明", term="2027").message
    assert unnamed.startswith("Not yet: 77 is not the spread at γ = 0 at k = ")
    assert check("neutral-spread", lambda k: 2 / k)


def test_an_exercise_without_numbers_of_ones_own_says_so():
    with pytest.raises(ParameterError, match="'beat-the-model' has no numbers of a student's own"):
        check("beat-the-model", 1.0, student="Žofie")
    with pytest.raises(ParameterError, match="student is your id as the class's list has it, in quotes; got "):
        variant("neutral-spread", ...)


def test_numbers_in_lists_are_shown_in_lists():
    numbers = variant("doubly-robust-record", "Žofie")
    assert sum(numbers["policy"]) == pytest.approx(1, abs=2e-3)
    assert isinstance(numbers, Numbers)
    assert EXERCISES["doubly-robust-record"].numbers == {}
