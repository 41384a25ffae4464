"""A chapter's notebook as the slides of a lecture: by the form of the chapter, and by tags of cells that know better.

The rule: a section is a slide, with its claims, its equations and its one exhibit, the first picture, or else table, or
else what a cell printed; all prose is in the notes. A prediction is a slide with its answer behind it, a step of the
derivation one with its equations; what is marked optional, and exercises, are no part of a lecture. Where a cell has
one of Jupyter's slide types as a tag, it holds: `slide` and `subslide` begin a slide and show the whole cell,
`fragment` shows it after what stands there, `notes` and `skip` show nothing; a heading that is skipped takes its
section with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmlab.classroom.piece import Asked
from mmlab.classroom.prose import Block, blocks
from mmlab.classroom.section import Section, Slide

TYPES = ("slide", "subslide", "fragment", "skip", "notes")
"""Jupyter's, in a cell's tags."""
NO_LECTURE = re.compile(r"optional|^(References|Where next|More exercises|Exercises|How to use)", re.I)


def lecture(cells: Sequence[Mapping[str, Any]], ask: Callable[[str], Asked]) -> list[Slide]:
    """The slides of a notebook's cells, as they were executed.

    Parameters
    ----------
    cells : sequence of mapping
        Of the notebook.
    ask : callable
        Gets the id of a question; returns it with its answer.
    """
    reading = _Reading(ask)
    for cell in cells:
        reading.read(cell)
    return reading.finished()


class _Reading:
    """What has been read of a chapter: the slides that are made, and the section that is being read."""

    def __init__(self, ask: Callable[[str], Asked]):
        self._ask = ask
        self._slides: list[Slide] = []
        self._section = Section("", True)
        self._chapter = ""
        """The heading of the last section that is no subsection."""
        self._skipped = 0
        """The level of the heading whose section is skipped; 0 if none is."""
        self._exercises: list[str] = []

    def read(self, cell: Mapping[str, Any]) -> None:
        """Read a cell."""
        kind = next((tag for tag in cell["metadata"].get("tags", ()) if tag in TYPES), "")
        source = "".join(cell["source"])
        if kind in ("slide", "subslide") and not source.startswith("#"):
            self._skipped = 0
            self._begin(Section(self._section.heading, kind == "slide"))
        if cell["cell_type"] == "markdown":
            for block in blocks(source):
                self._read_block(block, kind)
        elif not self._skipped and kind != "skip":
            if asked := re.match(r'predict\("([^"]+)"', source.strip().split("\n")[-1]):
                heading = self._section.heading
                self._begin(Section("Predict", False))
                self._section.question(self._ask(asked[1]))
                self._begin(Section(heading, False))
            elif not re.search(r"^(check|hint|first_guesses)\(", source, re.M):
                self._section.output(source, cell.get("outputs", ()), kind)

    def finished(self) -> list[Slide]:
        """All slides; the last one has the names of the exercises."""
        self._begin(Section("At home", True, is_whole=True))
        if self._exercises:
            self._section.prose(Block("list", "\n".join(self._exercises)), "")
        self._begin(Section("", True))
        return self._slides

    def _read_block(self, block: Block, kind: str) -> None:
        if block.kind == "heading":
            if self._skipped and block.level > self._skipped:
                return
            self._skipped = block.level if kind == "skip" or NO_LECTURE.search(block.text) else 0
            self._chapter = self._chapter if block.level > 2 else block.text
            self._begin(Section(block.text, block.level < 3))
        elif titled := re.match(r"\*\*Exercise (\d+\. .*?)\*\*", block.text):
            self._exercises.append(titled[1])
        elif block.kind == "summary":
            self._skipped = self._skipped or (0 if block.text.startswith("Step") else 9)
            self._begin(Section(block.text, False, is_step=True))
        elif block.kind == "end":
            self._skipped = 0 if self._skipped == 9 else self._skipped
            self._begin(Section(self._chapter, False))
        elif not self._skipped and kind != "skip":
            self._section.prose(block, kind)

    def _begin(self, section: Section) -> None:
        made = list(self._section.slides())
        section.starts = section.starts or (self._section.starts and not made)
        self._slides += made
        self._section = section
