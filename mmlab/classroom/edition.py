"""The student's edition of mmlab and mmbook, in one place: what a student installs, and what a submission runs in.

No judge is in it, no solution, nothing that grades, builds or launches. In the place of a chapter's checks it has their
numbers at the public cases (`public`).
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import json
import pkgutil
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.public import public_table
from mmlab.classroom.tables import PUBLIC
from mmlab.description import versions

LEFT_OUT = {"classroom", "tournament", "doors", "notebooks", "teach/pairs.py", "__main__.py"}
LEFT_OUT |= {"installation.py", "lock.py", "server.py", "workbook.py"}
"""Of the library, beside what checks: what grades, what builds, solutions and the launcher."""
RUNS_A_SUBMISSION = {"__init__.py", "submission.py", "cells.py", "confinement.py"}
"""Of `mmlab.classroom`: what is started with a submission."""
BOOKS = versions()["mmlab"]
VERSION = f"{BOOKS}+student"
OTHERWISE = (
    ("mmlab/__init__.py", f'__version__ = "{BOOKS}"', f'__version__ = "{VERSION}"'),
    ("mmlab/teach/exercises.py", " The solution is in `notebooks/solutions`.", ""),
)
"""What a file says otherwise than the book's."""
CHECKS = '''"""What is right at the public cases, as numbers; the rest is judged where answers are handed in."""

from mmlab.teach.tables import tables_of

CHECKS = tables_of("{}")
'''
"""What a chapter has in the place of its checks."""


def student_edition(folder: Path) -> Path:
    """Make the student's edition in a folder, which it becomes the first of a path; returns it."""
    for name in ("mmlab", "mmbook"):
        shutil.copytree(_place_of(name), folder / name, ignore=_left_out)
    for name, book, student in OTHERWISE:
        text = (folder / name).read_text(encoding="utf-8")
        assert book in text, f"{name} does not say {book!r} any more"
        (folder / name).write_text(text.replace(book, student), encoding="utf-8")
    for module in pkgutil.iter_modules([str(folder / "mmbook")]):
        if module.ispkg and module.name.startswith("ch"):
            chapter = folder / "mmbook" / module.name
            (chapter / PUBLIC).write_text(_tables_of(module.name.removeprefix("ch").upper()), encoding="utf-8")
            (chapter / "checks").mkdir()
            (chapter / "checks" / "__init__.py").write_text(CHECKS.format(f"mmbook.{module.name}"), encoding="utf-8")
    shutil.copy(_place_of("mmlab.classroom") / "tables.py", folder / "mmlab" / "teach")
    return folder


def grading_edition(folder: Path) -> Path:
    """The student's edition, and beside it what is started with a submission."""
    student_edition(folder)
    room = _place_of("mmlab.classroom")
    shutil.copytree(room, folder / "mmlab" / "classroom", ignore=lambda _, names: {*names} - RUNS_A_SUBMISSION)
    return folder


def student_wheel(folder: Path) -> Path:
    """Make the wheel of the student's edition in a folder; the same book gives the same bytes."""
    book = importlib.metadata.distribution("mmlab")
    needs = [one for one in book.requires or () if "extra ==" not in one]
    about = ["Metadata-Version: 2.4", "Name: mmlab", f"Version: {VERSION}", f"Summary: {book.metadata['Summary']}"]
    about += [f"{key}: {book.metadata[key]}" for key in ("License-Expression", "Requires-Python")]
    about += [f"Requires-Dist: {one}" for one in needs]
    info = f"mmlab-{VERSION}.dist-info"
    tag = b"Wheel-Version: 1.0\nGenerator: mmlab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{info}/METADATA": "\n".join([*about, ""]).encode(), f"{info}/WHEEL": tag}
    for name in book.metadata.get_all("License-File") or ():
        files[f"{info}/licenses/{name}"] = (book.read_text(f"licenses/{name}") or "").encode()
    with tempfile.TemporaryDirectory(prefix="mmlab-student-") as there:
        edition = student_edition(Path(there))
        made = (path for path in sorted(edition.rglob("*")) if path.is_file())
        files = {path.relative_to(edition).as_posix(): path.read_bytes() for path in made} | files
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = folder / f"mmlab-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return wheel


@cache
def _tables_of(chapter: str) -> str:
    return json.dumps({one.id: public_table(one) for one in exercises_of(chapter)}, ensure_ascii=False)


def _left_out(folder: str, names: list[str]) -> list[str]:
    inside = "" if Path(folder) == _place_of("mmlab") else f"{Path(folder).name}/"
    return [one for one in names if f"{inside}{one}" in LEFT_OUT or one == "__pycache__" or one.endswith("checks.py")]


def _place_of(package: str) -> Path:
    (where,) = importlib.util.find_spec(package).submodule_search_locations  # type: ignore[union-attr,misc]
    return Path(where)


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
