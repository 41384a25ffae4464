"""An assignment made of a chapter: for Otter-Grader with an autograder, or plain notebooks for `mmlab class grade`.

Prompts and stubs are the chapter's, solutions those of its notebook of solutions, sentences the checks'. With a list of
students a plain notebook is made for each, with their own numbers filled in.
"""

from __future__ import annotations

import argparse
import csv
import re
import secrets
import shlex
from pathlib import Path

import nbformat

from mmlab.classroom import otter_master
from mmlab.classroom.assignment_cells import numbers_table, plain
from mmlab.classroom.chapters import command
from mmlab.classroom.handed import student_of
from mmlab.files import write_whole
from mmlab.parameters import ParameterError
from mmlab.teach.variants import NUMBERS

FORMS = ("otter", "plain")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class assignment` takes."""
    parser.add_argument("chapter", help="02, A1, …")
    parser.add_argument("--for", dest="form", choices=FORMS, required=True, help="who grades it: Otter, or class grade")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that is new, or empty")
    parser.add_argument("--students", type=Path, metavar="CSV", help="a student's id first in each row; plain only")
    parser.add_argument("--term", default="", help="another term has other numbers: 2027a")
    parser.add_argument("--seed", type=int, help="of what is hidden, for otter; else drawn and kept in hidden.json")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class assignment`."""
    if asked.out.is_dir() and any(asked.out.iterdir()):
        raise ParameterError(f"{asked.out} is not empty: name a folder that is new, or empty.")
    if asked.form == "plain":
        students = ids_of(asked.students) if asked.students else [""]
        notebooks = {student or "assignment": plain(asked.chapter, asked.term, student) for student in students}
        made = {asked.out / f"{name}.ipynb": [nbformat.writes(notebook)] for name, notebook in notebooks.items()}
        if not asked.students:
            made[asked.out / NUMBERS] = [numbers_table(asked.chapter)]
        asked.out.mkdir(parents=True, exist_ok=True)
        write_whole("the assignment", made)
        words = f"class grade FOLDER --chapter {asked.chapter} --term {shlex.quote(asked.term)} --out DIR --seed SECRET"
        print(f"{len(notebooks)} in {asked.out}; to grade: {command(words)}")
        return
    if asked.students:
        raise ParameterError("--students fills in plain notebooks; one for Otter asks each student for their id.")
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    otter_master.build(asked.chapter, asked.out, asked.term, seed)


def ids_of(file: Path) -> list[str]:
    """The students of a list: what stands first in each row, but for a row that begins with "id".

    Raises
    ------
    ParameterError
        If it cannot be read, names nobody, names one twice, or an id is no name of a file.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            ids = [row[0].strip() for row in csv.reader(lines) if row and row[0].strip()]
    except (OSError, ValueError, csv.Error) as error:
        raise ParameterError(f"{file} is no list of students that can be read: {error}.") from None
    ids = ids[ids[:1] == ["id"] :]
    if not ids:
        raise ParameterError(f"{file} names no student: their ids stand first in each row.")
    if odd := [id for id in ids if re.search(r'[/\\:*?"<>|\x00-\x1f]', id) or id.startswith(".")]:
        raise ParameterError(f"{file}: {odd[0]!r} cannot be the name of a file, which students' ids are here.")
    alike = [student_of(id).casefold() for id in ids]  # as grading tells students apart
    if again := next((one for one in alike if alike.count(one) > 1), ""):
        twice = [id for id, one in zip(ids, alike, strict=True) if one == again]
        raise ParameterError(f"{file} names one student twice, as {twice[0]!r} and {twice[1]!r}.")
    return ids
