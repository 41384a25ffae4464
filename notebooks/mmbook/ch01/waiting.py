"""The open task of chapter 01: one share must be traded within half a minute, by waiting in a queue or at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmlab.market.flow_run import LONG_QUEUES, TICK, IntArray, Place, filled_at, looked_at
from mmlab.market.lobster import PRICE_UNIT
from mmlab.market.order_book import BUY, SELL
from mmlab.parameters import FloatArray, ParameterError

DEADLINE, FURTHEST = 30.0, 3
"""Seconds until the share must be traded, and how many ticks behind the best price one may wait."""

Rule = Callable[[int, int, int], tuple[int, float]]
"""(shares in the best queue we could join, shares in the best queue opposite, spread [ticks]) → (ticks behind, s)."""


@dataclass(frozen=True)
class Waiting:
    """Moments of a run at which one share is to be traded, both sides in turn, and what waiting would have done."""

    state: IntArray
    """What a rule looks at: shares in the best queue, shares opposite, spread [ticks], shape (n, 3)."""
    fill: FloatArray
    """Seconds until a share at the back of the queue 0 … `FURTHEST` ticks behind the best is filled, or inf."""
    rest: FloatArray
    """What a fill there costs: its price against the mid at the start, in our favour negative [ticks]."""
    at: FloatArray
    """When [s]."""
    side: IntArray
    mid: FloatArray
    time: FloatArray
    """Of the run's events [s]."""
    opposite: dict[int, FloatArray]
    """The best price that a market order of a side would get after each event [price]."""

    def costs(self, rule: Rule) -> FloatArray:
        """What each share costs under a rule, against the mid at its start [ticks].

        Raises
        ------
        ParameterError
            If the rule gives ticks or seconds that are not allowed.
        """
        ticks, wait = np.empty(len(self.at), dtype=np.int64), np.empty(len(self.at))
        for n, (ours, theirs, spread) in enumerate(self.state.tolist()):
            behind, seconds = rule(ours, theirs, spread)
            if behind not in range(FURTHEST + 1):
                raise ParameterError(f"ticks behind the best price must be 0, 1, 2 or 3; got {behind}.")
            if not 0 <= seconds <= DEADLINE:
                raise ParameterError(f"the seconds to wait must be between 0 and {DEADLINE:g}; got {seconds}.")
            ticks[n], wait[n] = behind, seconds
        rows, then = np.arange(len(self.at)), np.searchsorted(self.time, self.at + wait, side="right") - 1
        paid = np.where(self.side == BUY, self.opposite[BUY][then], self.opposite[SELL][then])
        given_up = self.side * (paid - self.mid) / TICK
        return np.where(self.fill[rows, ticks] <= wait, self.rest[rows, ticks], given_up)


@lru_cache(maxsize=3)
def waiting(seed: int, seconds: float = 3600.0) -> Waiting:
    """The moments of one run of `LONG_QUEUES`, every ten seconds on both sides."""
    run, moments = looked_at(LONG_QUEUES, seconds, seed, DEADLINE + 1)
    time, events, tops, mid = run.times - run.times[0], run.events, run.tops, run.mid
    rows = []
    for start, event, queues in moments:
        until = int(np.searchsorted(time, start + DEADLINE))
        ask, ask_size, bid, bid_size = tops[event - 1].tolist()
        for side, best, ours, theirs in ((BUY, bid, bid_size, ask_size), (SELL, ask, ask_size, bid_size)):
            waits, costs = [], []
            for ticks in range(FURTHEST + 1):
                price = best - side * ticks * round(TICK * PRICE_UNIT)
                last = max(queues.get((side, price), {}), default=0)
                hit = filled_at(events, Place(event, side, price, last), until)
                waits.append(time[hit] - start if hit >= 0 else np.inf)
                costs.append(side * (price / PRICE_UNIT - mid[event - 1]) / TICK)
            looks = ours, theirs, round((ask - bid) / PRICE_UNIT / TICK)
            rows.append((looks, waits, costs, start, side, mid[event - 1]))
    opposite: dict[int, FloatArray] = {BUY: tops[:, 0] / PRICE_UNIT, SELL: tops[:, 2] / PRICE_UNIT}
    state, fill, rest, at, side_of, mid_then = map(np.array, zip(*rows, strict=True))
    return Waiting(state, fill, rest, at, side_of, mid_then, time, opposite)
