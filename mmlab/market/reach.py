"""Whether a market order comes to a price: the one place where a depth is compared with a reach.

What is recorded is prices; depths and reaches are their differences from a mid, each rounded in its own way. So an
order that traded at our very price may reach, in its last bits, less than our depth. `monte_carlo`, `exact_moments`
and the explorers' short cuts compare depths with continuous reaches, of which none is within last bits of a depth (the
chance is κ times those bits, 1e-13): there plain ≤ is the same rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.market.watching import carried_on
from mmlab.parameters import BoolArray, FloatArray
from mmlab.quotes import OF_A_TICK

if TYPE_CHECKING:
    from mmlab.market.day import Day


def last_bits(*prices: ArrayLike, tick: float | FloatArray = 0.0) -> FloatArray:
    """How far two prices may lie apart and be one price, written down in two ways [price].

    Four units in the last place of the larger price; where prices lie on ticks, a millionth of a tick besides.
    """
    largest = np.abs(prices[0])
    for price in prices[1:]:
        largest = np.maximum(largest, np.abs(price))
    return np.asarray(4 * np.spacing(largest) + OF_A_TICK * tick)


def reached(depth: FloatArray, reach: FloatArray, bits: FloatArray) -> BoolArray:
    """Whether an order that reaches `reach` comes to `depth` [price], both from one mid; False where a depth is NaN.

    On ticks our price is p = k·tick, and an order whose worst price is w comes to it if and only if k ≤ ⌊w/tick⌋, last
    bits allowed for. As k is whole that is k ≤ w/tick, or depth ≤ reach: no floor is taken.
    """
    return np.asarray(depth <= reach + bits)


def passed(depth: FloatArray, reach: FloatArray, bits: FloatArray, tick: float = 0.0) -> BoolArray:
    """Whether such an order goes beyond `depth`: on ticks, a whole tick or more."""
    return np.asarray(depth < reach - (tick - bits if tick else bits))


def what_happened(day: Day, row: NDArray[np.intp], step: NDArray[np.intp], clip: float) -> dict[str, Any]:
    """Mid, reaches and sizes of a recorded day's steps, as columns of a tape of one path, by their names.

    Where a step starts without a mid it bears the last one (before the first, the first), and nothing reaches anything.

    Parameters
    ----------
    day : Day
    row : array, shape (n_steps + 1,)
        Of the day, in force as each step begins and as the last one ends; one of them has a mid.
    step : array, shape (n_orders,)
        That each market order falls into; outside 0 … n_steps − 1, none.
    clip : float
        [shares]
    """
    is_open, mid = ~np.isnan(day.mid[row[:-1]]), carried_on(day.mid[row])
    n_steps, orders, columns = len(is_open), day.market_orders, {"mid": mid}
    within = (step >= 0) & (step < n_steps)
    for name, side, opposite in (("buy", 1, day.bid), ("sell", -1, -day.ask)):
        mine = within & (orders.side == side)
        worst = np.full(n_steps, -np.inf)
        np.maximum.at(worst, step[mine], side * orders.price[mine])
        shares = np.bincount(step[mine], orders.size[mine], minlength=n_steps)
        # A quote that the other side's best came to is reached without an order, for a clip at least.
        best = np.fmax(np.fmax.reduceat(opposite, row)[:-1], opposite[row[1:]])
        shares = np.where(best > worst + last_bits(best), np.maximum(shares, clip), shares)
        columns[f"{name}_reach"] = np.where(is_open, np.fmax(worst, best) - side * mid[:-1], -np.inf)
        columns[f"{name}_size"] = shares / clip
    return {name: column[:, np.newaxis] for name, column in columns.items()}
