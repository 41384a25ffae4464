"""What is in a folder of submissions: who handed in which file, and what is in one. All of it is read as data.

A file is a notebook, or the hand-in file that `mmlab.teach.hand_in` wrote. Links are not followed, packed files not
unpacked, and what is no regular file is not opened.
"""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmlab.parameters import ParameterError

LARGEST = 2**25
"""Of a submitted file [bytes]."""
_NAMES = (
    re.compile(r"(?P<name>[^_]+)(?:_LATE)?_(?P<number>\d{3,})_\d{3,}_.+"),  # Canvas: of the student, of the file
    re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_.+"),  # Moodle
    re.compile(r"hand-in_[0-9A-Za-z]+_(?P<name>.+)"),
)
"""What systems that collect call a student's file or folder."""


class Handed(NamedTuple):
    """What a student handed in: the last file counts, the earlier ones are named, a hand-in file's claims compared."""

    id: str
    file: Path
    earlier: Sequence[Path] = ()
    claims: Path | None = None


class Work(NamedTuple):
    """What is in a file: its cells, and what it says of itself, which nobody believes."""

    cells: list[str]
    claims: dict[str, Any]


def student_of(name: str) -> str:
    """The student that a file or folder is called by; NAME_NUMBER where Canvas or Moodle called it."""
    readable = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    readable = unicodedata.normalize("NFC", readable).strip()
    for pattern in _NAMES:
        if found := pattern.fullmatch(readable):
            return "_".join(found.groupdict().values())
    return readable


def handed_in(folder: Path) -> list[Handed]:
    """Who handed in what: a folder a student, or a file a student, called by their id; A and a are one student.

    Raises
    ------
    ParameterError
        If nothing is there.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if stat.S_ISDIR(path.lstat().st_mode) or any(part.startswith(".") for part in inside.parts):
            continue
        name = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        found.setdefault(student_of(name).casefold(), []).append(path)
    if not found:
        raise ParameterError(f"There is no submission in {folder}: put a notebook a student there, or a folder each.")
    return [_last_counts(folder, each) for _, each in sorted(found.items())]


def _last_counts(folder: Path, files: Sequence[Path]) -> Handed:
    states = {file: file.lstat() for file in files}
    good = {one for one in files if one.suffix in (".ipynb", ".json") and stat.S_ISREG(states[one].st_mode)}
    *earlier, last = sorted(files, key=lambda file: (file in good, states[file].st_mtime, file.name))
    inside = last.relative_to(folder)
    claims = [file for file in (*earlier, last) if file in good and file.suffix == ".json"][-1:]
    id = student_of(inside.parts[0] if len(inside.parts) > 1 else inside.stem)
    return Handed(id, last, [file for file in earlier if file in good and file not in claims], *claims)


def content_of(file: Path) -> bytes:
    """The bytes of a submitted file.

    Raises
    ------
    ParameterError
        If it is a link or else no regular file, larger than 32 MB, or cannot be read.
    """
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            raise ParameterError(f"{file.name} is a link, a pipe or a device; a file is graded.")
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise ParameterError(f"{file.name} cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST:
        raise ParameterError(f"{file.name} has {file.stat().st_size / 2**20:,.0f} MB; 32 are graded at most.")
    return content


def work_of(file: Path) -> Work:
    """The cells of a notebook, of any version and with whatever is in its metadata, or of a hand-in file.

    Raises
    ------
    ParameterError
        If it is neither; and as `content_of`.
    """
    content = content_of(file)
    try:
        document = json.loads(content.decode("utf-8-sig"))
        if "first_guesses" in document:
            return Work(["\n".join(lines) for lines in document["cells"]], document)
        sheets = document.get("worksheets", [document])  # which nbformat 3 had
        code = [cell for sheet in sheets for cell in sheet["cells"] if cell.get("cell_type") == "code"]
        sources = [cell.get("source", cell.get("input", "")) for cell in code]
        return Work(["".join(source) for source in sources], {})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise ParameterError(f"{file.name} is no notebook and no hand-in file ({type(error).__name__}).") from None
