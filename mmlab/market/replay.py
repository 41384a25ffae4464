"""A recorded day as a tape that a desk with resting orders can trade on, event by event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmlab.description import describe
from mmlab.market.columns import DayError, count_steps
from mmlab.market.day import Day
from mmlab.market.reach import last_bits
from mmlab.market.steps import what_happened
from mmlab.market.tape import Tape
from mmlab.parameters import check_number


def replay_tape(day: Day, time_step: float, clip: float, stale_after: float | None = None) -> Tape:
    """The day as a tape of one path on which orders rest and queue; `clip` [shares] makes sizes clips.

    Two steps begin with each market order and each move of the mid: the first lasts no time and bears the quotes
    before, so that it is met by what rests then; the second bears those after, so that what a desk decides upon it is
    sent then. Another begins as the market closes or opens, and every `time_step`. So no step holds two orders of a
    side, and a reach counts from the mid before the order, as in a calibration. A quote that the other side's best came
    to is reached too, for a clip at least. What was displayed as a step began is in `Tape.touch`.

    Where there is no mid (a halt, an absent side, a gap: see `Day`) the market is closed: the step bears the last mid
    (before the first, the first), nothing reaches anything, and the touch is NaN. Time starts at 0. Rows of one time
    are one event: the last of them holds.

    Parameters
    ----------
    day : Day
    time_step : float
        [s] how often a desk looks when nothing happens.
    clip : float
        [shares]
    stale_after : float, optional
        [s] from when on the last row is no news, if that is sooner than by the day's own.

    Raises
    ------
    DayError, ParameterError
        If a number is not above 0, a silence is in doubt (`Day.doubt`), the day is over at once, no step starts with a
        mid, or the steps would need too much memory.
    """
    time_step, clip = check_number("time_step", time_step, "s", above=0), check_number("clip", clip, "shares", above=0)
    given = day
    if stale_after is not None:
        day = replace(day, stale_after=stale_after)
    day.require_no_doubt()
    orders, end = day.market_orders, day.time[-1]
    count_steps("A replay", end - day.time[0], time_step, 24 * 8)
    settled = np.flatnonzero(np.diff(day.time, append=np.inf) > 0)
    was, now = day.mid[settled][:-1], day.mid[settled][1:]
    # What bears one time, or one mid, but for last bits is one, whatever the units: a replay has the same steps in all.
    same = (np.abs(now - was) <= last_bits(was, now)) | (np.isnan(was) & np.isnan(now))
    events, looks = np.append(day.time, orders.time), np.arange(day.time[0], end, time_step)
    events.sort()
    bits = last_bits(looks)
    near = events[np.minimum(np.searchsorted(events, looks - bits), len(events) - 1)]
    looks = np.where(np.abs(near - looks) <= bits, near, looks)
    happens = np.union1d(orders.time, day.time[settled[1:][~same & ~np.isnan(was + now)]])
    looks = np.unique(np.concatenate([looks, happens, day.time[settled[np.append(True, ~same)]]]))
    looks = looks[looks < end]
    time, is_look = np.append(happens, looks), np.arange(len(happens) + len(looks)) >= len(happens)
    sequence = np.lexsort((is_look, time))
    time = np.append(time[sequence], end)
    row = np.searchsorted(day.time, time, side="right") - 1
    takes = np.flatnonzero(~is_look[sequence])
    row[takes] = np.maximum(np.searchsorted(day.time, happens) - 1, 0)

    is_open = ~np.isnan(day.mid[row[:-1]])
    if not is_open.any() or time[-1] == time[0]:
        raise DayError("A replay needs time to go by and a step that starts with a mid.")
    happened = what_happened(day, row, takes[np.searchsorted(happens, orders.time)], clip)
    touch = np.array([[day.bid, day.ask], [day.bid_size / clip, day.ask_size / clip]])[:, :, row[:-1]]
    touch[0] = np.where(is_open, touch[0], np.nan)
    touch = np.moveaxis(touch, 2, 0)[..., np.newaxis]
    tape = Tape(time - time[0], **happened, touch=touch, arrival_seed=None)
    how = describe({"time_step": time_step, "clip": clip, "stale_after": stale_after}, "", [])
    return tape.coming_from({"day": given.hash, "replayed": how})
