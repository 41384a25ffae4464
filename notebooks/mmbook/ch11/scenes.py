"""The parts of a day that chapter 11 looks at, the prices at which it traded, and a flow in bursts beside it."""

from __future__ import annotations

import numpy as np

from mmlab.market import Day
from mmlab.parameters import FloatArray

HALF_HOUR = 1800.0
"""[s]"""
OTHER_FORMAT = """ts_ms,kind,bid,bid_qty,ask,ask_qty,price,qty,taker
1000,quote,99.5,3,100.5,2,,,
1500,trade,,,,,100.5,2,buy
1500,trade,,,,,101.0,1,buy
1500,quote,99.5,3,101.5,1,,,
1700,quote,,,101.5,1,,,
2500,quote,99.0,4,101.0,1,,,
3100,trade,,,,,99.0,1,sell
3100,quote,99.0,3,101.0,1,,,
"""
"""Another venue's file: milliseconds, one table for quotes and trades, an absent side left empty."""


def half_hours(day: Day) -> list[Day]:
    """The day in half hours from its start; those of which less than ten minutes were watched are left out."""
    starts = np.arange(day.time[0], day.time[-1] - 600, HALF_HOUR)
    parts = [day.between(start, min(start + HALF_HOUR, float(day.time[-1]))) for start in starts.tolist()]
    return [part for part in parts if part.observed >= 600] or [day]


def traded(day: Day) -> tuple[FloatArray, FloatArray]:
    """The last traded price [price] from each of these times [s] on; NaN from where the market was not watched."""
    orders, shut = day.market_orders, day.unwatched[:, 0]
    time, price = np.append(orders.time, shut), np.append(orders.price, np.full(len(shut), np.nan))
    in_order = np.argsort(time, kind="stable")
    return time[in_order], price[in_order]


def time_average(day: Day) -> float:
    """The quoted spread [price], each row weighed with how long it held."""
    spread, held = (day.ask - day.bid)[:-1], np.diff(day.time)
    known = ~np.isnan(spread)
    return float(np.average(spread[known], weights=held[known]))


def bursts(rate: float, branching: float, decay: float, time: float, rng: np.random.Generator) -> FloatArray:
    """Times of a Hawkes flow of this mean rate, as a population: each order brings `branching` more, 1/decay later."""
    # It starts with an empty past, so long before that nobody notices.
    warm_up = 20 / (decay * (1 - branching))
    generation = rng.uniform(-warm_up, time, rng.poisson(rate * (1 - branching) * (time + warm_up)))
    born = [generation]
    while len(generation):
        parents = np.repeat(generation, rng.poisson(branching, len(generation)).astype(np.intp))
        generation = parents + rng.exponential(1 / decay, len(parents))
        born.append(generation)
    times = np.sort(np.concatenate(born))
    return times[(times >= 0) & (times < time)]
