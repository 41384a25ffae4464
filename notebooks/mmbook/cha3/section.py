"""What a section of the page shows: a sentence, a table, and beside them what they cannot know. It never raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from mmbook.cha3.review import Review
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Table, minus

TAIL, MOST = 0.01, 0.25
"""The worst part of the days, and what it may hold at most of the mean of e^{−γ·profit}, if a sample is to tell it."""
CANNOT = "a sample cannot tell"


@dataclass(frozen=True, eq=False, repr=False)
class Section:
    """A finding about a strategy.

    Parameters
    ----------
    said : str
        What was found, in a sentence with its numbers.
    line : str
        The same in a few words, for the verdict.
    table : Table, optional
    unknown : str
        What the finding cannot know.
    """

    sentence: str
    line: str = ""
    table: Table | None = None
    unknown: str = ""

    def __repr__(self) -> str:
        parts = [self.sentence, *([repr(self.table)] if self.table else []), *([self.unknown] if self.unknown else [])]
        return minus("\n\n".join(parts))

    def _repr_markdown_(self) -> str:
        shown = [f"**Found.** {minus(self.sentence)}"]
        shown += [self.table._repr_markdown_()] if self.table else []
        shown += [f"*What this cannot know:* {minus(self.unknown)}"] if self.unknown else []
        return "\n\n".join(shown)


def section(run: Callable[..., Section]) -> Callable[..., Section]:
    """A section that says "write a strategy first" where there is none, and mmlab's own sentence where it refuses.

    What it found is kept for the verdict, for the same review.
    """
    kept = lru_cache(maxsize=8)(run)

    @wraps(run)
    def shown(mine: Review, *arguments: Any) -> Section:
        if not isinstance(mine, Review) or not mine.works:
            why = mine.why_not if isinstance(mine, Review) else "Give what `review(quotes)` returned."
            return Section(f"Nothing yet: write a strategy first. {why}", "no strategy yet")
        try:
            return kept(mine, *arguments)
        except ParameterError as error:  # mmlab's sentence, or the strategy's own mishap where nobody had looked
            return Section(f"This section stops here: {error}", "stopped, see its section")

    return shown


def certain(pnl: FloatArray, gamma: float) -> tuple[float, FloatArray]:
    """−(1/γ) ln of the mean of e^{−γ·profit} [price · clip], and what each day adds to its error."""
    lowest = pnl.min()
    weight = np.exp(-gamma * (pnl - lowest))
    return float(lowest - np.log(weight.mean()) / gamma), -(weight / weight.mean() - 1) / gamma


def held_by_the_tail(pnl: FloatArray, gamma: float) -> float:
    """The part of the mean of e^{−γ·profit} that the worst hundredth of the days holds."""
    weight = np.sort(np.exp(-gamma * (pnl - pnl.min())))[::-1]
    return float(weight[: max(1, round(TAIL * len(pnl)))].sum() / weight.sum())


def known(pnl: FloatArray, gamma: float) -> tuple[float, float]:
    """The certainty equivalent and its error; NaN for the error where a few days decide, and so no sample tells."""
    value, each = certain(pnl, gamma)
    return value, float("nan") if held_by_the_tail(pnl, gamma) > MOST else error_of(each)


def tail_decides(share: float) -> str:
    """Why a sample cannot tell what a strategy is worth."""
    return (
        f"the worst {TAIL:.0%} of its days hold {share:.0%} of the mean of e^(−γ·profit), and more days hold worse ones"
    )


def error_of(days: FloatArray) -> float:
    """The standard error of a mean over days."""
    return float(days.std() / np.sqrt(len(days)))


def beside(difference: float, error: float, whom: str) -> str:
    """A difference in words: how much more or less than somebody's, or that it is within two errors, or unknown."""
    if np.isnan(error):
        return f"a sample cannot tell how much beside {whom}"
    if error and abs(difference) < 2 * error:
        return f"as much as {whom}, within the noise ({difference:+.2f} ± {error:.2f})"
    how = "more" if difference > 0 else "less"
    return f"{abs(difference):.2f}{f' ± {error:.2f}' if error else ''} {how} than {whom}"
