"""An assignment for Otter-Grader: a master notebook, and what its `otter assign` makes of it, for students and grader.

Public tests are the checks, so their sentences are what a student reads. Hidden ones are `hidden`, with the files that
only the autograder has: the cases that a secret seed moves and what is right there, and the chapter's checks.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from mmlab.classroom import assignment_cells as parts
from mmlab.classroom import hidden
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.edition import student_wheel
from mmlab.classroom.problems import Problem, sheet_of
from mmlab.files import write_whole
from mmlab.parameters import ParameterError
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.variants import NUMBERS
from mmlab.wire import encode

SAYS = "`grader.check` says what is wrong. The last cell makes the file to hand in."
CONFIG = """\
# ASSIGNMENT CONFIG
name: mmlab-{chapter}
solutions_pdf: false
export_cell:
  instructions: Save the notebook, run this cell, and hand in the zip that it makes.
  pdf: false
  run_tests: false
tests:
  ok_format: false
files: [{files}]
autograder_files: [mmlab_hidden.py, hidden.json, checks.zip]
requirements: requirements.txt
generate:
  show_hidden: false
"""
TEST = '''\
""" # BEGIN TEST CONFIG
points: {points}
hidden: {is_hidden}
""" # END TEST CONFIG
def test_{what}({takes}):
    {body}'''
PUBLIC = """\
from mmlab.teach import check
    verdict = check({call})
    assert verdict or verdict.status == "noted", verdict.message"""
NAMED = 'assert isinstance(student, str) and student.strip(), "Put your id in the place of the dots, in quotes."'
HIDDEN = "import mmlab_hidden\n    mmlab_hidden.{call}"
SOLVED = "\n# BEGIN SOLUTION NO PROMPT\n{}\n# END SOLUTION"
POINTS = 2
"""Of each question."""


def build(chapter: str, out: Path, term: str, seed: int, say: Callable[[str], Any] = print) -> None:
    """Write master.ipynb and its files to a folder, and have `otter assign` make dist/student and dist/autograder.

    Raises
    ------
    ParameterError
        If Otter-Grader is not installed, there is no such chapter, or Otter fails.
    """
    if importlib.util.find_spec("otter") is None:
        raise ParameterError("Otter-Grader is not installed: pip install 'mmlab[otter]'.")
    exercises = exercises_of(chapter)
    out.mkdir(parents=True, exist_ok=True)
    wheel = student_wheel(out).name
    files: dict[Path, Any] = {
        out / "master.ipynb": [nbformat.writes(master(chapter, term, wheel))],
        out / "requirements.txt": [f"/autograder/source/files/{wheel}\n"],
        out / NUMBERS: [parts.numbers_table(chapter)],
        out / "mmlab_hidden.py": [Path(hidden.__file__).read_text(encoding="utf-8")],
        out / "hidden.json": [json.dumps(hidden_cases(exercises, chapter, term, seed))],
    }
    write_whole("the assignment", files)
    _zip_checks(out / "checks.zip", chapter)
    say(f"{out / 'master.ipynb'}: {len(exercises)} exercises of chapter {chapter}; now otter assign")
    command = [sys.executable, "-m", "otter", "assign", "--no-run-tests", "master.ipynb", "dist"]
    found = subprocess.run(command, cwd=out, capture_output=True, text=True)
    if found.returncode:
        raise ParameterError(f"otter assign failed: {found.stderr.strip()[-600:]}")
    needs = f"./{wheel}\notter-grader>=7\n"
    write_whole("what students install", {out / "dist" / "student" / "requirements.txt": [needs]})
    say(f"for students: {out / 'dist' / 'student'}; to grade with: {out / 'dist' / 'autograder'}")


def master(chapter: str, term: str, wheel: str) -> Any:
    """The notebook in Otter Assign's format, with solutions and tests."""
    sheet = sheet_of(chapter)
    config = CONFIG.format(chapter=chapter, files=f"{NUMBERS}, {wheel}")
    whose = parts.WHOSE.format(student="...  # in quotes", term=term)
    solved = f"{whose}\n" + SOLVED.format(f"student = 'me'\n{sheet.imports}")
    first, *setup = parts.head(sheet, chapter, SAYS)
    cells = [_raw(config), first, *setup]
    asks = [parts.as_markdown(parts.WHO + parts.WHERE)]
    cells += _in_blocks("your-id", asks, solved, [_test(0, "id", "student", NAMED)])
    for problem in sheet.problems:
        cells += _question(problem, EXERCISES[problem.id])
    return parts.as_notebook(cells)


def hidden_cases(exercises: list[Exercise], chapter: str, term: str, seed: int) -> dict[str, Any]:
    """What the autograder knows: the cases of each formula, moved by the seed, and what is right there."""
    cases = {}
    for exercise in exercises:
        if exercise.elsewhere is not None and exercise.takes:
            moved: Any = exercise.elsewhere(seed)
            check = moved.args[-1]
            try:
                asked: list[Any] = [{"arguments": [encode(one, _stays) for one in case]} for case in check.cases]
            except TypeError:  # of what has no numbers the checks know
                continue
            for one, case in zip(asked, check.cases, strict=True):
                one["right"] = np.asarray(check.right(*case), np.float64).tolist()
            cases[exercise.id] = {"tolerance": check.tolerance, "cases": asked}
    return {"package": f"mmbook.ch{chapter.lower()}", "term": term, "seed": seed, "cases": cases}


def _question(problem: Problem, exercise: Exercise) -> Iterator[Any]:
    """The cells of a question, and of that at a student's own numbers."""
    name, call = problem.name, f"{problem.id!r}, {problem.name}"
    hides = exercise.elsewhere is None or exercise.takes
    public = 0 if exercise.elsewhere is None else POINTS // 2 if hides else POINTS
    solved = problem.stub + SOLVED.format(problem.solutions[0])
    asked = [parts.as_markdown(problem.prompt), *map(parts.as_code, problem.given)]
    tests = [_test(public, "check", name, PUBLIC.format(call=call))]
    if hides:
        tests.append(_test(POINTS - public, "elsewhere", name, HIDDEN.format(call=f"judge({call})"), is_hidden=True))
    yield from _in_blocks(problem.id, asked, solved, tests)
    if exercise.variant is None:
        return
    own, id = parts.own_name(problem.id), problem.id
    asked = [parts.as_markdown(parts.ASKS_OWN.format(what=parts.what_of(exercise)))]
    asked.append(parts.as_code(f'numbers = variant("{id}", student, term)\nnumbers'))
    value = f"{name}(*numbers.values())" if exercise.takes else name
    solved = f"{own} = ..." + SOLVED.format(f"{own} = {value}")
    call = f"{id!r}, {own}, student=student, term=term"
    tests = [_test(0, "check", f"{own}, student, term", PUBLIC.format(call=call))]
    call = f"judge_own({id!r}, {own}, student)"
    tests.append(_test(POINTS, "own", f"{own}, student", HIDDEN.format(call=call), is_hidden=True))
    yield from _in_blocks(own.replace("_", "-"), asked, solved, tests)


def _in_blocks(id: str, asked: list[Any], solved: str, tests: list[Any]) -> Iterator[Any]:
    yield _raw(f"# BEGIN QUESTION\nname: {id}")
    yield from asked
    yield _raw("# BEGIN SOLUTION")
    yield parts.as_code(solved)
    yield from (_raw("# END SOLUTION"), _raw("# BEGIN TESTS"), *tests, _raw("# END TESTS"), _raw("# END QUESTION"))


def _test(points: int, what: str, takes: str, body: str, is_hidden: bool = False) -> Any:
    hides = str(is_hidden).lower()
    return parts.as_code(TEST.format(points=points, is_hidden=hides, what=what, takes=takes, body=body))


def _raw(text: str) -> Any:
    return nbformat.v4.new_raw_cell(text)


def _zip_checks(file: Path, chapter: str) -> None:
    """What checks in the book, and is not in a student's edition: the engine's part, and the chapter's."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for package in ("mmlab.teach", f"mmbook.ch{chapter.lower()}"):
            (folder,) = importlib.import_module(package).__path__
            for path in sorted(Path(folder).glob("*checks.py")):
                packed.write(path, f"{package.replace('.', '/')}/{path.name}")


def _stays(thing: Any) -> Any:
    raise TypeError(f"a {type(thing).__name__} has no numbers")
