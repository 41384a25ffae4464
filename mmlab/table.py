"""A small table that shows itself in a notebook and in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of text under a head; `of` rounds numbers so that a reader can compare them."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, head: Sequence[str], rows: Iterable[Sequence[object]], digits: int = 4) -> Table:
        """A table of any values: floats to `digits` significant digits, everything else as it prints."""

        def text(value: object) -> str:
            return f"{float(value):.{digits}g}" if isinstance(value, float) else str(value)

        return cls(tuple(head), tuple(tuple(text(value) for value in row) for row in rows))

    def _repr_markdown_(self) -> str:
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def __repr__(self) -> str:
        lines = [self.head, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines
        )
