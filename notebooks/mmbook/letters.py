"""What each letter means, chapter by chapter: the rows of letters.csv.

Where the vocabulary has the quantity, its meaning and its unit are the vocabulary's.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from mmlab import vocabulary
from mmlab.parameters import Parameter, ParameterError
from mmlab.table import Table, Tabled, with_indices


class Letter(NamedTuple):
    """What a letter means in a chapter."""

    chapter: str
    letter: str
    name: str
    meaning: str
    unit: str
    in_the_paper: str


class Letters(Tabled):
    """A table of letters; where a page can show it an index stands below the line, and an exponent above."""

    def __init__(self, table: Table):
        self._table = table

    def _repr_markdown_(self) -> str:
        return with_indices(super()._repr_markdown_())


@cache
def all_letters() -> tuple[Letter, ...]:
    """Every letter of every chapter, in the order in which chapters introduce them."""
    lines = files("mmbook").joinpath("letters.csv").read_text(encoding="utf-8").splitlines()
    found = (Letter(*row) for row in list(csv.reader(lines))[1:])
    return tuple(_from_the_vocabulary(letter) for letter in found)


def _from_the_vocabulary(letter: Letter) -> Letter:
    if not letter.name:
        return letter
    known: Parameter = getattr(vocabulary, letter.name.upper())
    return letter._replace(meaning=letter.meaning or known.description, unit=letter.unit or known.unit)


def letters(chapter: str) -> Letters:
    """What each letter means in a chapter.

    Parameters
    ----------
    chapter : str
        Its number, such as "02".

    Raises
    ------
    ParameterError
        If no letters of that chapter are known.
    """
    rows = [each for each in all_letters() if each.chapter == chapter]
    if not rows:
        known = ", ".join(sorted({each.chapter for each in all_letters()}))
        raise ParameterError(f"There are no letters of chapter {chapter!r}; there are those of {known}.")
    width = 4 if any(each.in_the_paper for each in rows) else 3
    table = [(each.letter, each.meaning, each.unit, each.in_the_paper)[:width] for each in rows]
    return Letters(Table.of(["in this chapter", "means", "unit", "in the paper"][:width], table))
