"""The instructor's edition: solutions, and for each chapter a page to teach from, made of the chapter and its texts."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmlab.classroom.chapters import notebooks, notebooks_folder
from mmlab.classroom.lesson import LECTURES, MINUTES_A_TALK
from mmlab.classroom.markup import sentence
from mmlab.classroom.plan import Plan
from mmlab.files import write_whole
from mmlab.measure.pages import from_template
from mmlab.parameters import ParameterError

MARK = "mmlab class instructor"
"""In each page: by it a folder is known as one of this command's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class instructor` takes."""
    where = Path("mmlab-instructor")
    parser.add_argument("folder", type=Path, nargs="?", default=where, metavar="DIR", help=f"default: {where}")
    parser.add_argument("--chapter", action="append", help="02, A1, …: once for each; without it, all")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class instructor`."""
    instructor_edition(asked.folder, asked.chapter or notebooks(), say=lambda words: print(words, flush=True))


def instructor_edition(folder: Path, chapters: Iterable[str], say: Any = lambda words: None) -> list[Path]:
    """Write the pages of these chapters, and the notebooks with their solutions, into a folder; returns the pages.

    Notebooks that somebody changed there are left as they are, and said.

    Raises
    ------
    ParameterError
        If there is no such chapter, or the folder holds something else.
    """
    index = folder / "index.html"
    if folder.exists() and any(folder.iterdir()) and not (index.is_file() and MARK in index.read_text("utf-8")):
        raise ParameterError(f"{folder} is not empty and not of this command's making: name a new folder.")
    plans = [Plan(number) for number in chapters]
    common: dict[str, Any] = {"lectures": LECTURES, "mark": MARK, "talk_minutes": MINUTES_A_TALK}
    pages = {}

    def fill(name: str, **values: Any) -> str:
        return from_template(name, "mmlab.classroom", {"sentence": sentence}, **common, **values)

    for n, plan in enumerate(plans, start=1):
        say(f"{plan.title} ({n} of {len(plans)})")
        pages[folder / "pages" / f"{plan.number}.html"] = [fill("instructor.html.j2", plan=plan)]
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name in copy_notebooks(folder / "notebooks"):
        say(f"changed by you, and left as it is: notebooks/{name}")
    contents = fill("instructor_index.html.j2", plans=plans)
    write_whole("The instructor's edition", {**pages, index: [contents]})
    say(f"{index.resolve()} is where to begin")
    return list(pages)


def copy_notebooks(folder: Path) -> list[str]:
    """Copy chapters, solutions and pictures; returns the names of those that are there and differ."""
    source, differ = notebooks_folder(), []
    for pattern in ("[0-9A][0-9]_*.ipynb", "solutions/[0-9A][0-9]_*.ipynb", "images/*"):
        for file in sorted(source.glob(pattern)):
            there = folder / file.relative_to(source)
            if there.exists() and there.read_bytes() != file.read_bytes():
                differ.append(file.relative_to(source).as_posix())
            elif not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, there)
    return differ
