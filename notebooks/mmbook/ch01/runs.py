"""What the chapter measures on a run of the order book: spreads and their parts, places in a queue, resting shares.

All of it is read off a journal, in which a flow has written down its run. Money is counted in ticks a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mmlab.market import MarketOrders
from mmlab.market.flow_run import LATER, PATIENCE, TICK, IntArray, Measured, Place, by_blocks, filled_at, looked_at
from mmlab.market.journal import Journal
from mmlab.market.lobster import EXECUTION, PRICE_UNIT
from mmlab.market.order_book import BUY, SELL
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import FloatArray


def average_prices(run: Journal, orders: MarketOrders) -> FloatArray:
    """What each of a run's market orders paid or got for a share [price], shape (n_orders,); one order a time."""
    traded = (run.events[:, 0] == EXECUTION) & np.isin(run.times, orders.time)
    paid = run.events[traded, 2] * run.events[traded, 3] / PRICE_UNIT
    return np.asarray(np.bincount(np.searchsorted(orders.time, run.times[traded]), paid) / orders.size)


@dataclass(frozen=True)
class SpreadParts:
    """What round trips paid and what became of it [ticks]: effective = realised + impact, order by order."""

    effective: Measured
    realised: Measured
    impact: Measured


def spread_parts(run: Journal, later: float) -> SpreadParts:
    """Spreads of a run's market orders, all full: effective, realised after `later` seconds, and the price impact."""
    day = run.day()
    orders = day.market_orders.where(day.market_orders.time + later <= day.time[-1])
    side, price, before = orders.side, average_prices(run, orders), orders.mid
    after = day.mid_at(orders.time + later)
    parts = 2 * side * (price - before), 2 * side * (price - after), 2 * side * (after - before)
    return SpreadParts(*(_measured(part / TICK) for part in parts))


@dataclass(frozen=True)
class QueuePosition:
    """What became of the shares that stood at one place of the best queue."""

    share: float
    """Share of the queue's orders in front."""
    ahead: float
    """Shares in front, on average."""
    filled: Measured
    """Probability of a fill in time."""
    next_order: Measured
    """Probability that the next market order of the other side fills it."""
    gain: float
    """What a filled share is worth at the mid some seconds later, less what was paid [ticks]."""
    money: Measured
    """The same for each share that was placed, filled or not [ticks]."""


@lru_cache(maxsize=4)
def queue_positions(
    flow: OrderFlow, seconds: float, seed: int, shares: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0)
) -> tuple[QueuePosition, ...]:
    """Stand at several places of both best queues every ten seconds; each stays ten seconds, all on one run.

    A fill is valued at the mid five seconds after it. Errors are those of means over blocks of two minutes.
    """
    run, looks = looked_at(flow, seconds, seed, PATIENCE + LATER)
    time, events, tops, mid = run.times - run.times[0], run.events, run.tops, run.mid
    starts = {side: _starts(events, time, side) for side in (BUY, SELL)}
    rows = []
    for start, event, queues in looks:
        until = int(np.searchsorted(time, start + PATIENCE))
        for side, best in ((BUY, int(tops[event - 1, 2])), (SELL, int(tops[event - 1, 0]))):
            orders = list(queues[side, best].items())
            for share in shares:
                n = round(share * len(orders))
                place = Place(event, side, best, orders[n - 1][0] if n else 0)
                fill = filled_at(events, place, until)
                gain = np.nan
                if fill >= 0:
                    after = mid[np.searchsorted(time, time[fill] + LATER, side="right") - 1]
                    gain = side * (after - best / PRICE_UNIT) / TICK
                upcoming = starts[-side][np.searchsorted(starts[-side], event)]
                by_next = filled_at(events, place, int(np.searchsorted(time, time[upcoming], side="right"))) >= 0
                rows.append((share, sum(size for _, size in orders[:n]), fill >= 0, by_next, gain, start // 120))
    share_of, ahead, filled, by_next, gain, block = np.array(rows, dtype=np.float64).T
    positions = []
    for share in shares:
        here = share_of == share
        blocks = block[here]
        positions.append(
            QueuePosition(
                share=share,
                ahead=float(ahead[here].mean()),
                filled=by_blocks(filled[here], blocks),
                next_order=by_blocks(by_next[here], blocks),
                gain=float(np.nanmean(gain[here])),
                money=by_blocks(np.nan_to_num(gain[here]), blocks),
            )
        )
    return tuple(positions)


def resting_shares(flow: OrderFlow, seconds: float, seed: int, n_levels: int) -> FloatArray:
    """Shares that rest at the best price and 1, 2, … ticks behind it, the average of both sides over a run."""
    run, looks = looked_at(flow, seconds, seed)
    tops, tick = run.tops, round(TICK * PRICE_UNIT)
    in_time = [
        [sum(queues.get((side, best - side * n * tick), {}).values()) for n in range(n_levels)]
        for _, event, queues in looks
        for side, best in ((BUY, int(tops[event - 1, 2])), (SELL, int(tops[event - 1, 0])))
    ]
    shares: FloatArray = np.mean(in_time, axis=0)
    return shares


def _starts(events: IntArray, time: FloatArray, side: int) -> IntArray:
    """The first events of the market orders of a side."""
    mine = np.flatnonzero((events[:, 0] == EXECUTION) & (events[:, 4] == -side))
    return mine[np.r_[True, np.diff(time[mine]) > 0]]


def _measured(sample: Any) -> Measured:
    return Measured(float(sample.mean()), float(sample.std(ddof=1) / len(sample) ** 0.5))
