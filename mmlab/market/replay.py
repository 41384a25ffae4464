"""A recorded day as a tape that a desk with resting orders can trade on, event by event."""

from __future__ import annotations

import numpy as np

from mmlab.description import describe
from mmlab.market.day import Day, DayError
from mmlab.market.tape import LAST_BITS, Tape


def replay_tape(day: Day, time_step: float, clip: float, stale_after: float = np.inf) -> Tape:
    """The day as a tape of one path on which orders rest and queue; `clip` [shares] makes sizes clips.

    A step begins with each market order, with the quotes before it; after each time at which the mid moved, with those
    after it; and every `time_step`. So no step holds two orders of a side, and a reach counts from the mid before the
    order, as in a calibration. A quote that the other side's best came to is reached too, for a clip at least. What
    was displayed as a step began is in `Tape.touch`.

    Where there is no mid (a halt, an absent side), or no row of the day is younger than `stale_after` (a gap), the
    market is closed: the step bears the last mid (before the first, the first), nothing reaches anything, and the touch
    is NaN. Time starts at 0. Rows of one time are one event: the last of them holds.

    Parameters
    ----------
    day : Day
    time_step : float
        [time] how often a desk looks when nothing happens.
    clip : float
        [shares]
    stale_after : float
        [time] from when on the last row is no news; by default a silence is a quiet market.

    Raises
    ------
    DayError
        If a number is not above 0, the day is over at once, or no step starts with a mid.
    """
    if not (time_step > 0 and clip > 0 and stale_after > 0):
        raise DayError(
            f"time_step, clip and stale_after must be above 0; got {time_step:g}, {clip:g} and {stale_after:g}."
        )
    orders, end = day.market_orders, day.time[-1]
    ordered = np.unique(orders.time)
    settled = np.flatnonzero(np.diff(day.time, append=np.inf) > 0)
    moved = np.append(True, np.diff(np.nan_to_num(day.mid[settled])) != 0)
    looks = np.unique(np.append(np.arange(day.time[0], end, time_step), day.time[settled[moved]]))
    looks = looks[looks < end]
    time, is_look = np.append(ordered, looks), np.arange(len(ordered) + len(looks)) >= len(ordered)
    sequence = np.lexsort((is_look, time))
    time = np.append(time[sequence], end)
    row = np.searchsorted(day.time, time, side="right") - 1
    takes = np.flatnonzero(~is_look[sequence])
    row[takes] = np.maximum(np.searchsorted(day.time, ordered) - 1, 0)

    known = ~np.isnan(day.mid[row]) & (time - day.time[row] <= stale_after)
    n_steps, is_open = len(time) - 1, known[:-1]
    if not is_open.any() or time[-1] == time[0]:
        raise DayError("A replay needs time to go by and a step that starts with a mid.")
    mid = day.mid[row[np.maximum.accumulate(np.where(known, np.arange(n_steps + 1), np.argmax(known)))]]
    step = takes[np.searchsorted(ordered, orders.time)]
    columns = []
    for side, opposite in ((1, day.bid), (-1, -day.ask)):
        mine = orders.side == side
        worst, shares = np.full(n_steps, -np.inf), np.bincount(step[mine], orders.size[mine], minlength=n_steps)
        worst[step[mine]] = side * orders.price[mine]
        best = np.fmax(np.fmax.reduceat(opposite, row)[:-1], opposite[row[1:]])
        shares = np.where(best > worst, np.maximum(shares, clip), shares)
        # A quote at the worst price is reached, whatever the last bits of the two.
        reach = np.fmax(worst, best) - side * mid[:-1] + LAST_BITS * mid[:-1]
        columns.append((np.where(is_open, reach, -np.inf), shares / clip))
    (buy_reach, buy_size), (sell_reach, sell_size) = (tuple(c[:, np.newaxis] for c in pair) for pair in columns)
    touch = np.array([[day.bid, day.ask], [day.bid_size / clip, day.ask_size / clip]])[:, :, row[:-1]]
    touch[0] = np.where(is_open, touch[0], np.nan)
    touch = np.moveaxis(touch, 2, 0)[..., np.newaxis]
    tape = Tape(time - time[0], mid[:, np.newaxis], buy_reach, sell_reach, buy_size, sell_size, touch=touch)
    how = describe({"time_step": time_step, "clip": clip, "stale_after": stale_after}, "", [])
    return tape.coming_from({"day": day.hash, "replayed": how})
