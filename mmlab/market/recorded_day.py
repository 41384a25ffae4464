"""Which recorded day is read: the one that ships with mmlab, or the reader's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlab.market.day import Day
from mmlab.market.lobster import EXECUTION, PRICE_UNIT, numbers, read_lobster
from mmlab.market.market_orders import MarketOrders
from mmlab.market.synthetic_day import SHIPPED, SyntheticDay


@dataclass(frozen=True, eq=False)
class RecordedDay:
    """A day, where it was read from, and its truth if it is known."""

    name: str
    day: Day
    messages: Path | None
    truth: SyntheticDay | None

    def executions(self) -> MarketOrders | None:
        """Each visible execution by itself, as the file has it: what a sweep looks like before it is merged.

        None of a day that was not read from LOBSTER's files: it holds merged orders alone.
        """
        if self.messages is None:
            return None
        table = numbers(self.messages, messages=True)
        rows = np.flatnonzero(table[1:, 1] == EXECUTION) + 1
        mid = self.day.mid[rows - 1]
        rows, mid = rows[~np.isnan(mid)], mid[~np.isnan(mid)]
        return MarketOrders(table[rows, 0], -table[rows, 5], table[rows, 3], table[rows, 4] / PRICE_UNIT, mid)


def recorded_day(source: str | Path | Day | None = None) -> RecordedDay:
    """A Day, however made, or the one in a folder of LOBSTER's files, or in MMLAB_DAY's, or the one that ships.

    Raises
    ------
    DayError
        As `read_lobster`.
    """
    if isinstance(source, Day):
        return RecordedDay("Your day", source, None, None)
    chosen = Path(source or os.environ.get("MMLAB_DAY") or SHIPPED).expanduser()
    day = read_lobster(chosen)
    messages = next(chosen.glob("*_message_*.csv*")) if chosen.is_dir() else chosen
    truth = SyntheticDay() if chosen.resolve() == SHIPPED.resolve() else None
    return RecordedDay(messages.name.split("_")[0], day, messages, truth)


def clock(seconds: float) -> str:
    """Seconds after a midnight as hh:mm: of epoch seconds, the time of day in UTC."""
    minutes = round(seconds / 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
