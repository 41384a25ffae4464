"""A class's values at their own numbers, as a grader judges them."""

from __future__ import annotations

import os

import mmbook.ch02  # noqa: F401, its exercises
import nbformat
import pytest

from mmlab import ParameterError
from mmlab.classroom.assignment_cells import plain
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.grade import grade_folder
from mmlab.classroom.handed import handed_in
from mmlab.classroom.own_numbers import refuse_other_ids, with_own_numbers
from mmlab.teach import variant
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import judged
from mmlab.teach.variants import OWN

CLASS = [f"student {n}" for n in range(30)]


def verdict_on(student, value, id="neutral-spread"):
    asked = {one.id: one for one in with_own_numbers(exercises_of("02"), student, "2027a", CLASS)}
    assert list(asked)[list(asked).index(id) + 1] == id + OWN
    return judged(asked[id + OWN], Answer(value, ()))


def spread_of(student):
    return 2 / variant("neutral-spread", student, "2027a")["k"]


def test_a_value_is_judged_by_the_numbers_of_who_hands_it_in():
    assert verdict_on("student 3", spread_of("student 3"))
    assert verdict_on("student 3", spread_of("student 3") / 2).mistake == "half"


def test_what_is_right_for_somebody_else_is_said_to_be_so_without_a_name():
    verdict = verdict_on("student 3", spread_of("student 4"))
    assert verdict.mistake == "other-numbers"
    assert verdict.message == "Not yet: these are right for other numbers than yours."


def test_what_is_right_for_nobody_is_not():
    assert verdict_on("student 3", 77.0).mistake == ""


@pytest.mark.parametrize("chapter", ["00", "09", "A3"])
def test_exercises_are_asked_as_they_were_and_again_at_own_numbers(chapter):
    exercises = exercises_of(chapter)
    asked = with_own_numbers(exercises, "王小明", "", [])
    assert [one for one in asked if not one.id.endswith(OWN)] == exercises
    assert len(asked) == len(exercises) + sum(one.variant is not None for one in exercises)


@pytest.mark.skipif(os.name != "posix", reason="limits of processes are POSIX's")
def test_plain_notebooks_are_graded_by_the_numbers_of_whose_they_are(tmp_path, one_edition):
    there = tmp_path / "in"
    there.mkdir()
    for student, whose in (("Žofie", "Žofie"), ("王小明", "Žofie"), ("Ann", "Ann")):
        notebook = plain("02", "2027a", student)
        for cell in notebook.cells:
            if cell.source.startswith("neutral_spread_own = ..."):
                k = variant("neutral-spread", whose, "2027a")["k"]
                cell.source = cell.source.replace("...", repr(2 / k))
            if cell.source.startswith("as_best_depth_own = ...") and student == "Ann":
                cell.source = cell.source.replace("...", "variant('as-best-depth', student, term)['k']")
        nbformat.write(notebook, there / f"{student}.ipynb")
    grades = grade_folder(there, tmp_path / "out", "02", 7, lambda _: None, jobs=1, term="2027a")
    found = {(grade.id, grade.exercise): grade for grade in grades}
    assert found["Žofie", "neutral-spread-own"].score == found["Ann", "neutral-spread-own"].score == 1
    assert found["王小明", "neutral-spread-own"].score == 0
    assert found["王小明", "neutral-spread-own"].mistake == "other-numbers"
    assert found["Ann", "as-best-depth-own"].sentence.startswith("Not yet: ")
    assert found["Žofie", "as-best-depth-own"].sentence.startswith("Not attempted: ")
    assert len(found) == 3 * len(with_own_numbers(exercises_of("02"), "Ann", "", []))
    assert 'check("neutral-spread", neutral_spread)' in found["Žofie", "neutral-spread"].tried
    assert "neutral_spread_own = " in found["Žofie", "neutral-spread-own"].tried
    plainly = grade_folder(there, tmp_path / "out", "02", 7, lambda _: None, jobs=1)
    assert not [grade for grade in plainly if grade.exercise.endswith(OWN)]


FORMATS = {"Canvas": "novakovazofie_70241_998877_assignment.ipynb"}
FORMATS |= {"Moodle": "Žofie Nováková_70241_assignsubmission_file/assignment.ipynb"}


@pytest.mark.parametrize("name", FORMATS.values(), ids=FORMATS)
def test_ids_of_canvas_and_moodle_that_are_not_the_lists_are_refused_and_theirs_are_not(tmp_path, name):
    there = tmp_path / "in" / name
    there.parent.mkdir(parents=True)
    (handed_over := tmp_path / "out").mkdir()
    nbformat.write(plain("02", "2027a", "zofie"), there)
    with pytest.raises(ParameterError, match=r"No id matches: what '.*_70241' handed in is made for 'zofie'.*Canvas"):
        grade_folder(tmp_path / "in", handed_over, "02", 7, lambda _: None, jobs=1, term="2027a")
    assert not [*handed_over.iterdir()]
    (handed,) = handed_in(tmp_path / "in")
    nbformat.write(plain("02", "2027a", handed.id.upper()), there)
    refuse_other_ids([handed])


def test_one_whose_id_matches_is_enough_and_who_states_none_is_nobodys(tmp_path):
    for file, student in (("zofie", "zofie"), ("ann", "bert"), ("dan", "")):
        nbformat.write(plain("02", "2027a", student), tmp_path / f"{file}.ipynb")
    refuse_other_ids(handed_in(tmp_path))
    (tmp_path / "zofie.ipynb").write_text("an essay", encoding="utf-8")
    with pytest.raises(ParameterError, match="what 'ann' handed in is made for 'bert'"):
        refuse_other_ids(handed_in(tmp_path))
