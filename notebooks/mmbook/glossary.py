"""From the book's words to the trade's: the rows of glossary.csv.

Where the vocabulary has the quantity, its meaning is the vocabulary's.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from mmlab import vocabulary
from mmlab.parameters import Parameter, ParameterError
from mmlab.table import Table


class Word(NamedTuple):
    """What a word means, what the trade says for it, and where a chapter introduces it."""

    word: str
    in_the_trade: str
    name: str
    meaning: str
    chapter: str
    section: str

    @property
    def names(self) -> list[str]:
        """All its names, the book's first."""
        return [self.word, *self.in_the_trade.split("; ")]


@cache
def all_words() -> tuple[Word, ...]:
    """Every word, by the alphabet."""
    lines = files("mmbook").joinpath("glossary.csv").read_text(encoding="utf-8").splitlines()
    found = (Word(*row) for row in list(csv.reader(lines))[1:])
    return tuple(_from_the_vocabulary(word) for word in found)


def _from_the_vocabulary(word: Word) -> Word:
    if not word.name:
        return word
    known: Parameter = getattr(vocabulary, word.name.upper())
    return word._replace(meaning=known.description)


def glossary(word: str = "") -> Table:
    """What a word of this book means, and what the trade says for it.

    Parameters
    ----------
    word : str
        The book's or the trade's, or a part of it, in letters of any case; all words if not given.

    Raises
    ------
    ParameterError
        If no word has this in it.
    """
    asked = word.casefold()
    found = [each for each in all_words() if asked in map(str.casefold, each.names)]
    found = found or [each for each in all_words() if any(asked in name.casefold() for name in each.names)]
    if not found:
        known = ", ".join(each.word for each in all_words())
        raise ParameterError(f"The glossary has no {word!r}. All that it has: {known}.")
    return Table.of(
        ["in this book", "in the trade", "means", "chapter"],
        [(each.word, each.in_the_trade, each.meaning, each.chapter) for each in found],
    )
