"""A small table that shows itself in a notebook and in a terminal, and what is too large to print but as one."""

from __future__ import annotations

import csv
import pkgutil
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from mmlab.frozen import frozen

_MARKDOWN = str.maketrans(
    {sign: f"\\{sign}" for sign in "`*_~|"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "[": "&#91;"}  # not with a backslash, which begins mathematics for some
    # MathJax reads the finished page, where an escaped dollar is one again: alone in an element it pairs with none.
    | {sign: f"<span>&#{ord(sign)};</span>" for sign in "$\\"}
)
_INDEX = re.compile(r"(?<![a-z]{2})\\_(\w+|\([^()]*\))")  # not in a name of code, such as max\_inventory
_POWER = re.compile(r"\^(−?\([^()]*\)|\w)")
_MINUS = re.compile(r"(?<![\w.)\]])-(?=\.?\d|inf\b)|(?<=\de)-(?=\d)")
_ZERO = re.compile(r"(?<![\w.)\]])-(?=0*\.?0+(?!\w|[.,]\d))")


class TableError(ValueError):
    """A table whose rows do not fit its head, or with a column that has no name."""


def markdown(text: str) -> str:
    """Any text as Markdown of one line that shows just this text: no markup, no HTML, no mathematics."""
    return "<br>".join(line.translate(_MARKDOWN) for line in text.splitlines())


def with_indices(shown: str) -> str:
    """The same Markdown, where an index stands below the line and an exponent above."""

    def raised(found: re.Match[str]) -> str:
        return f"<sup>{found[1].removeprefix('(').removesuffix(')') if found[1][0] == '(' else found[1]}</sup>"

    return _POWER.sub(raised, _INDEX.sub(r"<sub>\1</sub>", shown))


def minus(text: str) -> str:
    """A text's numbers with a minus as wide as a plus, and none before a zero, which has rounded away its sign."""
    return _MINUS.sub("−", _ZERO.sub("", text))


def read_rows(file: str) -> list[dict[str, str]]:
    """The rows of a table of mmlab's own, a CSV file in its folder, by the names in the first line."""
    data = pkgutil.get_data("mmlab", file)  # importlib.resources would load tempfile and random with each import of us
    assert data is not None, f"mmlab has lost its {file}"
    return list(csv.DictReader(data.decode("utf-8").splitlines()))


@frozen
class Table:
    """Rows of text under a head; `of` rounds numbers so that a reader can compare them.

    A cell holds any text and shows it as it is, but that a minus before a number is as wide as a plus, and none stands
    before a zero.

    Raises
    ------
    TableError
        If a column has no name, or a row is longer or shorter than the head.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if not all(name.strip() for name in self.head):
            raise TableError(f"Each column of a table needs a name, or nobody hears what is in it; got {self.head}.")
        for row in self.rows:
            if len(row) != len(self.head):
                raise TableError(f"A row must have a cell for each of {self.head}; got {row}.")

    @classmethod
    def of(cls, head: Sequence[str], rows: Iterable[Sequence[object]], digits: int = 4) -> Table:
        """A table of any values: floats to `digits` significant digits, everything else as it prints."""

        def text(value: object) -> str:
            return f"{float(value):.{digits}g}" if isinstance(value, float) else str(value)

        return cls(tuple(map(str, head)), tuple(tuple(text(value) for value in row) for row in rows))

    @property
    def shown(self) -> list[list[str]]:
        """Head and rows as they are read."""
        return [[minus(cell) for cell in line] for line in (self.head, *self.rows)]

    def _repr_markdown_(self) -> str:
        head, *rows = (map(markdown, line) for line in self.shown)
        return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(self.head), *rows))

    def __repr__(self) -> str:
        lines = [[" ".join(cell.splitlines()) for cell in line] for line in self.shown]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join("  ".join(line).rstrip() for line in padded)


class Tabled:
    """Base of what shows itself as a table, its `_table`, in a cell and in a terminal."""

    _table: Any

    def __repr__(self) -> str:
        return repr(self._table)

    def _repr_markdown_(self) -> str:
        return str(self._table._repr_markdown_())


class Summary(Tabled):
    """Base of dataclasses that hold too much to print: one line in a terminal, a small table in a cell, of `_facts`.

    Where a class has none of its own they are its fields, with an array's shape in the place of its numbers.
    """

    @property
    def _facts(self) -> Mapping[str, object]:
        given = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: f"of shape {value.shape}" if hasattr(value, "shape") else value for name, value in given.items()}

    def __repr__(self) -> str:
        _, *rows = self._table.shown
        return f"{type(self).__name__}({', '.join(' '.join(' '.join(row).split()) for row in rows)})"

    @property
    def _table(self) -> Table:
        return Table.of((type(self).__name__, "value"), self._facts.items())
