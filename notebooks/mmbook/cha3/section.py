"""What a section of the page shows: a sentence and a table. It never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

from mmbook.cha3.review import Review
from mmlab.parameters import ParameterError
from mmlab.table import Table, minus


@dataclass(frozen=True, eq=False, repr=False)
class Section:
    """A finding about a strategy.

    Parameters
    ----------
    sentence : str
        What was found, with its numbers.
    line : str
        The same in a few words, for the verdict.
    table : Table, optional
    """

    sentence: str
    line: str = ""
    table: Table | None = None

    def __repr__(self) -> str:
        return "\n\n".join([minus(self.sentence), *([repr(self.table)] if self.table else [])])

    def _repr_markdown_(self) -> str:
        return "\n\n".join([minus(self.sentence), *([self.table._repr_markdown_()] if self.table else [])])


def section(run: Callable[..., Any]) -> Callable[..., Any]:
    """A section that says "write a strategy first" where there is none, and mmlab's own sentence where it refuses.

    What it found is kept for the verdict, for the same review.
    """
    kept = lru_cache(maxsize=8)(run)

    @wraps(run)
    def shown(mine: Review, *arguments: Any) -> Any:
        if not getattr(mine, "works", False):
            why = getattr(mine, "why_not", "Give what `review(quotes)` returned.")
            return Section(f"Nothing yet: write a strategy first. {why}", "no strategy yet")
        try:
            return kept(mine, *arguments)
        except ParameterError as error:  # mmlab's sentence, or the strategy's own mishap where nobody had looked
            return Section(f"This section stops here: {error}", "stopped, see its section")

    return shown
