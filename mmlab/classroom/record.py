"""What is graded already, a line a submission beside the pages: a run that was stopped goes on where it was.

A line counts for the same files, chapter and seed, and for the same mmlab, to the byte of its code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from mmlab.classroom.handed import Handed, content_of
from mmlab.classroom.scoring import Grade, Graded, names_of
from mmlab.files import append_line, read_text
from mmlab.parameters import ParameterError

NAME = "graded.jsonl"


class Record:
    """The lines of one folder, as far as they are of the same chapter, seed and code.

    Parameters
    ----------
    folder : Path
        Where the pages are.
    chapter : str
    seed : int
    """

    def __init__(self, folder: Path, chapter: str, seed: int):
        self.file = folder / NAME
        self._of = hashlib.sha256(f"{chapter} {seed} {_code()}".encode()).hexdigest()
        self._lines: dict[str, Graded] = {}
        for line in read_text(self.file).splitlines() if self.file.exists() else ():
            try:
                key, (id, name, earlier, grades, notes, guesses) = json.loads(line)
                self._lines[key] = Graded(id, name, earlier, [Grade(*each) for each in grades], notes, guesses)
            except (ValueError, TypeError):  # the last line of a run that was killed
                continue

    def find(self, handed: Handed) -> Graded | None:
        """What was given for these very files, if they were graded."""
        found = self._lines.get(self._key(handed))
        return found and found._replace(earlier=names_of(handed.earlier))

    def keep(self, handed: Handed, graded: Graded) -> None:
        """Write it down, at once."""
        append_line("What is graded", self.file, json.dumps([self._key(handed), graded]))

    def _key(self, handed: Handed) -> str:
        digest = hashlib.sha256(f"{self._of} {handed.id} {handed.file.name}".encode("utf-8", "replace"))
        for file in {handed.file, handed.claims} - {None}:
            try:
                digest.update(content_of(file))  # type: ignore[arg-type]
            except ParameterError as error:
                digest.update(str(error).encode("utf-8", "replace"))
        return digest.hexdigest()


def _code() -> str:
    """A digest of all that judges: the code and texts of mmlab, its version among them, and of the book."""
    digest = hashlib.sha256()
    for package in ("mmlab", "mmbook"):
        for file in _sources(files(package)):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".toml")):
            yield entry
