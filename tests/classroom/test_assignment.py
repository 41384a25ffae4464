"""Assignments as they are made: the master notebook's form for Otter, plain notebooks, lists of students."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import pytest

from mmlab import ParameterError
from mmlab.classroom import assignment
from mmlab.classroom.__main__ import main
from mmlab.classroom.assignment_cells import numbers_table, plain
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.hidden import other_seeds
from mmlab.classroom.otter_master import hidden_cases, master
from mmlab.classroom.problems import sheet_of
from mmlab.teach import check, variant
from mmlab.teach.exercises import EXERCISES
from mmlab.teach.variants import SEEDS, at_listed_numbers, seed_of

ROOT = Path(__file__).parents[2]

CHAPTERS = [f"{n:02}" for n in range(20)] + ["A1", "A2", "A3"]
SOLVED = re.compile(r"\n?# BEGIN SOLUTION NO PROMPT\n(.*?)\n# END SOLUTION", re.DOTALL)


def sources(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@pytest.fixture(scope="module", params=CHAPTERS)
def made(request):
    """A chapter and its master notebook."""
    exercises_of(request.param)
    return request.param, master(request.param, "2027a", "mmlab.whl")


def test_each_exercise_is_a_question_with_its_prompt_stub_solution_and_tests(made):
    chapter, notebook = made
    problems = {problem.id: problem for problem in sheet_of(chapter).problems}
    assert set(problems) == {exercise.id for exercise in exercises_of(chapter)}
    code, text = sources(notebook, "code"), sources(notebook, "markdown")
    names = re.findall(r"# BEGIN QUESTION\nname: (.*)", "\n".join(sources(notebook, "raw")))
    own = [f"{exercise.id}-own" for exercise in exercises_of(chapter) if exercise.variant]
    assert sorted(names) == sorted(["your-id", *problems, *own])
    for problem in problems.values():
        assert problem.prompt in text
        assert any(cell.startswith(f"{problem.stub}\n# BEGIN SOLUTION") for cell in code)
        assert any(f"check('{problem.id}', {problem.name})" in cell and "hidden: false" in cell for cell in code)


def test_otters_blocks_are_closed_and_every_question_is_worth_two_points(made):
    _, notebook = made
    words = [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "raw"]
    assert words[0] == "# ASSIGNMENT CONFIG"
    block = ["# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS", "# END TESTS", "# END QUESTION"]
    assert words[1:] == block * ((len(words) - 1) // len(block))
    points, question = {}, ""
    for cell in notebook.cells:
        question = cell.source.partition("name: ")[2] if "# BEGIN QUESTION" in cell.source else question
        if found := re.search(r"^points: (\d)$", cell.source, re.M):
            points[question] = points.get(question, 0) + int(found[1])
    assert points.pop("your-id") == 0
    assert set(points.values()) == {2}


def test_without_what_otter_takes_out_no_solution_is_left(made):
    chapter, notebook = made
    left = "\n".join(SOLVED.sub("", cell) for cell in sources(notebook, "code") if "hidden: true" not in cell)
    problems = sheet_of(chapter).problems
    shown = "\n".join(text for one in problems for text in (one.stub, one.prompt, *one.given, sheet_of(chapter).setup))
    for problem in problems:
        for line in problem.solutions[0].splitlines():
            assert len(line.strip()) < 15 or line.strip(" :") in shown or line not in left


def test_hidden_cases_are_others_and_numbers_alone():
    first, second = (hidden_cases(exercises_of("02"), "02", "", seed) for seed in (1, 2))
    assert first == json.loads(json.dumps(first))
    assert set(first["cases"]) == {"as-frozen-inventory", "as-best-depth", "as-curvature", "as-by-hand"} | {
        "neutral-spread",
        "fill-probability",
    }
    for case, other in zip(*(one["cases"]["neutral-spread"]["cases"] for one in (first, second)), strict=True):
        assert case["right"] == pytest.approx(2 / case["arguments"][0])
        assert case != other


def test_seeds_stand_for_other_numbers_meanwhile_and_for_the_same_afterwards():
    import numpy as np

    def draws():
        return [np.random.default_rng(seed).random() for seed in (1, np.random.SeedSequence(1), (1, 2))]

    plain_draws = draws()
    with other_seeds(5):
        moved, again = draws(), draws()
    assert moved == again
    assert not set(moved) & set(plain_draws)
    assert draws() == plain_draws


def run(*words):
    parser = argparse.ArgumentParser()
    assignment.add_arguments(parser)
    assignment.run(parser.parse_args([str(word) for word in words]))


def test_a_plain_notebook_for_each_student_has_their_own_numbers_in_it(tmp_path):
    listed = tmp_path / "ids.csv"
    listed.write_text("id,name\nŽofie Nováková,x\n王小明,y\n", encoding="utf-8")
    run("02", "--for", "plain", "--out", tmp_path / "out", "--students", listed, "--term", "2027a")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"Žofie Nováková.ipynb", "王小明.ipynb"}
    notebook = nbformat.read(tmp_path / "out" / "王小明.ipynb", as_version=4)
    k = variant("neutral-spread", "王小明", "2027a")["k"]
    assert any(f"| k | {k:g} | 1/price |" in text for text in sources(notebook, "markdown"))
    assert "term = '2027a'\nstudent = '王小明'" in sources(notebook, "code")
    own_check = 'check("neutral-spread", neutral_spread_own, student=student, term=term)'
    assert f"neutral_spread_own = ...\n\n{own_check}" in sources(notebook, "code")


def test_a_plain_notebook_runs_as_it_is_and_nothing_in_it_is_right():
    space: dict = {}
    for cell in sources(plain("02", "", "Žofie"), "code"):
        exec(cell, space)
    assert space["check"]("neutral-spread", space["neutral_spread"]).status == "not attempted"


def test_the_table_of_numbers_has_what_a_student_gets():
    table = json.loads(numbers_table("02"))
    assert set(table) == {"as-best-depth", "neutral-spread"}
    assert len(table["neutral-spread"]["numbers"]) == SEEDS
    row = table["as-best-depth"]["numbers"][seed_of("Žofie", "as-best-depth", "t")]
    assert row == list(variant("as-best-depth", "Žofie", "t").values())


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("id\n", "names no student"),
        ("a\nb\na\n", "names one student twice, as 'a' and 'a'"),
        ("Ann\nann\n", "names one student twice, as 'Ann' and 'ann'"),
        ("Z\u030cofie\nŽofie\n", "names one student twice"),
        ("../a\n", "'../a' cannot be the name of a file"),
        (None, "is no list of students that can be read"),
    ],
)
def test_a_list_of_students_that_cannot_be_used_is_refused_and_nothing_is_written(tmp_path, listed, words):
    file = tmp_path / "ids.csv"
    if listed is not None:
        file.write_text(listed, encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(words)):
        run("02", "--for", "plain", "--out", tmp_path / "out", "--students", file)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_made_is_said_in_a_sentence(tmp_path):
    with pytest.raises(ParameterError, match="no chapter '77'"):
        run("77", "--for", "plain", "--out", tmp_path / "out")
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ParameterError, match="is not empty"):
        run("02", "--for", "plain", "--out", tmp_path)


def test_where_no_numbers_are_the_first_call_says_which_file_is_missing_and_where(tmp_path, monkeypatch):
    """As in a student's edition, which draws none."""
    table = numbers_table("02")
    listed = partial(at_listed_numbers, EXERCISES["neutral-spread"], "the spread")
    monkeypatch.setitem(EXERCISES, "neutral-spread", replace(EXERCISES["neutral-spread"], variant=listed))
    monkeypatch.chdir(tmp_path)
    for call in (lambda: variant("neutral-spread", "Ann"), lambda: check("neutral-spread", 1.0, student="Ann")):
        with pytest.raises(ParameterError, match=rf"own_numbers\.json, .* is not in {re.escape(str(tmp_path))}"):
            call()
    for other in ("{", "[]", '{"as-by-hand": {}}', '{"neutral-spread": {"names": ["k"], "numbers": []}}'):
        (tmp_path / "own_numbers.json").write_text(other, encoding="utf-8")
        with pytest.raises(ParameterError, match="has none of 'neutral-spread' that can be read"):
            variant("neutral-spread", "Ann")
    (tmp_path / "own_numbers.json").write_text(table, encoding="utf-8")
    assert variant("neutral-spread", "Ann")["k"] > 0
    assert any("own_numbers.json" in text for text in sources(plain("02", "t"), "markdown"))


def test_the_command_that_is_printed_works_where_it_is_printed(tmp_path, capsys):
    run("02", "--for", "plain", "--out", tmp_path / "out", "--term", "2027 a")
    printed = capsys.readouterr().out.partition("to grade: ")[2].split("\n")[0]
    python, launcher, *words = shlex.split(printed)
    assert (python, (ROOT / launcher / "__main__.py").is_file(), words[0]) == ("python3", True, "class")
    assert words[5:7] == ["--term", "2027 a"]
    with pytest.raises(SystemExit, match="0"):
        main([words[1], "--help", *words[2:]])
    assert capsys.readouterr().out.startswith("usage: python3 mmlab class grade")
