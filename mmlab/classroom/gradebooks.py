"""Grades as files that others import: our own table, and those of Canvas, Moodle and Gradescope.

What they want: Canvas a row of points and its own numbers of students, or their logins; Moodle its worksheet's columns,
of which its gradebook takes any; Gradescope a results.json for each submission, as an autograder writes it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from mmlab.classroom.scoring import Graded

COLUMNS = ("id", "exercise", "score", "sentence", "attempts", "hints")
FORMS = ("plain", "canvas", "moodle", "gradescope")


def gradebook(form: str, chapter: str, everybody: Sequence[Graded]) -> dict[PurePath, str]:
    """The files of a form, by their names: what an instructor hands to that system."""
    if form == "gradescope":
        return {PurePath("gradescope", f"{page_name(own.id)}.json"): _results(own) for own in everybody}
    makes = {"plain": ("grades.csv", _plain), "canvas": ("canvas.csv", _canvas), "moodle": ("moodle.csv", _moodle)}
    name, rows = makes[form]
    return {PurePath(name): as_csv(rows(chapter, everybody))}


def page_name(id: str) -> str:
    """What a student's files are called: the id as far as every system takes it, and a mark where that is not all."""
    import hashlib

    plain = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in id)[:60].strip(".")
    is_marked = re.search(r"-[0-9a-f]{6}$", plain)  # as if it were another's
    mark = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:6]
    return plain if plain == id and not is_marked else f"{plain}-{mark}"


def _plain(chapter: str, everybody: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    yield COLUMNS
    for own in everybody:
        yield from ([getattr(grade, column) for column in COLUMNS] for grade in own.grades)


def _canvas(chapter: str, everybody: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    most = max((len(own.grades) for own in everybody), default=0)
    yield "Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"Chapter {chapter}"
    yield "    Points Possible", "", "", "", "", most
    for own in everybody:
        name, number = _number(own.id)
        yield name, number, "", "" if number else own.id, "", _total(own)


def _moodle(chapter: str, everybody: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    yield "Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)", "Feedback comments"
    for own in everybody:
        name, number = _number(own.id)
        feedback = "\n".join(f"{grade.exercise}: {grade.sentence}" for grade in own.grades)
        yield f"Participant {number}" if number else own.id, name, _total(own), len(own.grades), "-", feedback


def _results(own: Graded) -> str:
    tests = [
        {"name": one.exercise, "score": one.score, "max_score": 1, "output": one.sentence, "output_format": "text"}
        | {"status": "passed" if one.score == 1 else "failed"}
        for one in own.grades
    ]
    whole = {"output": "\n".join(own.notes), "output_format": "text", "visibility": "visible", "tests": tests}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _total(own: Graded) -> float:
    return round(sum(grade.score for grade in own.grades), 4)


def _number(id: str) -> tuple[str, str]:
    """Name and number of an id that Canvas or Moodle gave; else the id and nothing."""
    name, _, number = id.rpartition("_")
    return (name, number) if name and number.isdecimal() else (id, "")


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV, in which no text is a formula to a spreadsheet."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([no_formula(value) for value in row] for row in rows)
    return text.getvalue()


def no_formula(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r＝＋－＠") and value != "-" else value
