"""The folder that students get: notebooks, and a wheel that holds no solution and no check.

Nothing in it says where the solutions are. What was handed out before is renewed, and what somebody has changed stays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from mmlab.classroom.chapters import notebooks, notebooks_folder
from mmlab.classroom.edition import student_wheel
from mmlab.files import write_whole
from mmlab.parameters import ParameterError

FOLDER = "mmlab-student"
NOTE = ".mmlab-student.json"
"""In the folder: of each file, the hash of what was last handed out under its name."""
NOT_IN_IT = ("mmbook", "solutions")
SENTENCE = re.compile(r" *(?:The s|S)olutions\b[^.\n]*\]\(solutions/[^)]*\)\.")
"""The one that says where a chapter's solutions are."""
LINK = re.compile(r"\[([^\]]*)\]\(solutions/[^)]*\)")
README = """\
Install it, in this folder, with Python 3.11 or newer: `python3 -m venv .venv`, then
`.venv/bin/python -m pip install -r requirements.txt`
Open it: `.venv/bin/python -m jupyter lab 00_start_here.ipynb`
On Windows: `py` for `python3`, and `.venv\\Scripts\\python` for `.venv/bin/python`
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class student` takes."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(FOLDER), metavar="DIR", help=f"default: {FOLDER}")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class student`."""
    student_folder(asked.folder)


def student_folder(folder: Path, say: Callable[[str], Any] = print) -> Path:
    """Make what students get in a folder: the notebooks, a wheel, and how to open them.

    Raises
    ------
    ParameterError
        If the folder is among the book's own notebooks, or holds something that is no student's edition.
    """
    noted = _noted(folder)
    say("numbers for the checks of all chapters, and a wheel: some ten seconds")
    made = notebooks_of_students()
    with tempfile.TemporaryDirectory(prefix="mmlab-wheel-") as there:
        wheel = student_wheel(Path(there))
        made |= {wheel.name: wheel.read_bytes(), "requirements.txt": f"./{wheel.name}\n".encode()}
    made["README.md"] = README.encode()
    there_now = {name: _hash(path.read_bytes()) for name in {*made, *noted} if (path := folder / name).is_file()}
    kept = [name for name in made if there_now.get(name) not in (None, noted.get(name), _hash(made[name]))]
    new = {name: content for name, content in made.items() if name not in kept}
    gone = [name for name in noted if name not in made and there_now.get(name) == noted[name]]
    note = noted | {name: _hash(content) for name, content in new.items()}
    note = {name: one for name, one in note.items() if name in made}
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{folder} cannot be made: {error.strerror}.") from None
    contents: dict[Path, list[str | bytes]] = {folder / name: [content] for name, content in new.items()}
    write_whole("The student's edition", contents | {folder / NOTE: [json.dumps(note, indent=1)]})
    for name in gone:
        (folder / name).unlink()
    megabytes = len(made[wheel.name]) / 1e6
    say(f"what students get is in {folder.resolve()}: {len(made)} files; the wheel has {megabytes:.1f} MB")
    if kept:
        say(f"changed since they were handed out, and kept as they are: {', '.join(kept)}")
    return folder


def notebooks_of_students() -> dict[str, bytes]:
    """The notebooks and their pictures, by their names in the folder, without a word on where the solutions are."""
    book = notebooks_folder()
    made = {path.relative_to(book).as_posix(): path.read_bytes() for path in sorted(book.glob("images/*"))}
    for path in notebooks().values():
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = LINK.sub(r"\1", SENTENCE.sub("", cell.source)).strip("\n")
        made[path.name] = f"{nbformat.writes(notebook)}\n".encode()
    return made


def _noted(folder: Path) -> dict[str, str]:
    """What was handed out to a folder before; refuses one that is no place for a student's edition."""
    book = notebooks_folder().resolve()
    if folder.resolve() == book or book in folder.resolve().parents:
        raise ParameterError(f"{folder} is among the book's own notebooks, beside its solutions: name another folder.")
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{folder} is a file: name a folder that is new, or empty.")
    held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    try:
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        noted = None
    if held and not isinstance(noted, dict):
        some = ", ".join(held[:3])
        raise ParameterError(f"{folder} holds {some} and is no student's edition: name a folder that is new, or empty.")
    if found := [name for name in NOT_IN_IT if name in held]:
        raise ParameterError(f"{folder} holds {' and '.join(found)}, which students do not get: take that away first.")
    there = folder.resolve()
    return {name: one for name, one in (noted or {}).items() if (folder / name).resolve().is_relative_to(there)}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
