"""A recorded day in steps: what orders did in each, as columns of a tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmlab.market.columns import DayError, count_steps
from mmlab.market.reach import last_bits
from mmlab.market.tape import Tape
from mmlab.market.watching import carried_on
from mmlab.parameters import check_number

if TYPE_CHECKING:
    from mmlab.market.day import Day


def tape_in_steps(day: Day, time_step: float, clip: float) -> Tape:
    """What `Day.tape` says."""
    time_step = check_number("time_step", time_step, "s", above=0)
    clip = check_number("clip", clip, "shares", above=0)
    day.require_no_doubt()
    # A step's start stands for the last bits after it too, so that what bears that time counts as of it.
    bits = float(last_bits(day.time[-1])) + 1e-9 * time_step
    n_steps = count_steps("A tape", day.time[-1] - day.time[0] + bits, time_step, 16 * 8)
    edges = day.time[0] + time_step * np.arange(n_steps + 1)
    if n_steps < 1 or np.isnan(day.mid).all():
        raise DayError(f"A tape needs a mid and a step of {time_step:g} within the day.")
    row = np.searchsorted(day.time, edges + bits, side="right") - 1
    if np.isnan(day.mid[row]).all():
        raise DayError(f"No step of {time_step:g} starts with a mid.")
    step = np.searchsorted(edges + bits, day.market_orders.time) - 1
    how = {"time_step": float(time_step), "clip": float(clip)}
    happened = what_happened(day, row, step, clip)
    return Tape(edges - edges[0], **happened).coming_from({"day": day.hash, "in_steps": how})


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
