"""The student's edition of mmlab and mmbook, as a folder: no judge, no answer to a prediction, no solution in it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

LEFT_OUT = ("*checks.py", "reveals.py", "__pycache__")
"""Of the book: what checks an answer, and what computes the answer to a prediction."""
NOT_STUDENTS = ("doors", "__pycache__")
"""Of the library: what builds site and Lite."""
OF_A_GRADER = ("grade.py", "process.py", "edition.py", "instructor*", "plan.py", "lesson.py", "discussion")


def student_edition(folder: Path) -> Path:
    """Copy the student's edition into a folder, which it becomes the first of a path; returns it."""
    for name, left_out in (("mmlab", (*NOT_STUDENTS, *OF_A_GRADER)), ("mmbook", LEFT_OUT)):
        (where,) = importlib.util.find_spec(name).submodule_search_locations  # type: ignore[union-attr,misc]
        shutil.copytree(where, folder / name, ignore=shutil.ignore_patterns(*left_out))
    return folder
