"""When a market was watched: quotes were known on both sides, and nobody says that a silence was too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market.columns import exact
from mmlab.market.reach import last_bits
from mmlab.parameters import FloatArray

if TYPE_CHECKING:
    from mmlab.market.day import Day

FEWEST_SILENCES = 20
"""Of fewer nobody can say which is out of the ordinary."""


def last_known(time: FloatArray, value: FloatArray, at: ArrayLike) -> FloatArray:
    """What held at the times `at`: the value of the last row not after; NaN before the first row and after the last."""
    at = floats(at)
    row = np.searchsorted(time, at, side="right") - 1
    return np.where((row >= 0) & (at <= time[-1]), value[row], np.nan)


def carried_on(mid: FloatArray) -> FloatArray:
    """The last known mid at each place; before the first of them, that one. One at least is known."""
    known = ~np.isnan(mid)
    return mid[np.maximum.accumulate(np.where(known, np.arange(len(mid)), np.argmax(known)))]


def unwatched(time: FloatArray, mid: FloatArray) -> FloatArray:
    """From when and until when there was no mid [s], shape (n, 2); moments of no length are none."""
    lasting = np.flatnonzero(np.diff(time) > 0)
    dark = np.diff(np.isnan(mid[lasting]).astype(np.int8), prepend=0, append=0)
    edges = np.append(time[lasting], time[-1])
    return np.column_stack([edges[dark == 1], edges[dark == -1]])


def gaps_closed(day: Day) -> dict[str, Any]:
    """What changes in a day whose rows go stale: a row of NaN where one does, without the orders that came after it."""
    apart = np.diff(day.time) - day.stale_after
    gaps = np.flatnonzero((apart > last_bits(day.time[1:])) & ~np.isnan(day.mid[:-1]))
    if not len(gaps):
        return {}
    orders, stale = day.market_orders, day.time[gaps] + day.stale_after
    row = np.searchsorted(day.time, orders.time) - 1
    unseen = np.isin(row, gaps) & (orders.time > (day.time + day.stale_after)[row])
    left = np.sort(np.append(day.left_out.get("in a gap", []), orders.time[unseen]))
    absent: dict[str, Any] = {"time": stale, "bid": np.nan, "ask": np.nan, "bid_size": 0.0, "ask_size": 0.0}
    quotes = {name: np.insert(getattr(day, name), gaps + 1, value) for name, value in absent.items()}
    return quotes | {"market_orders": orders.where(~unseen), "left_out": {**day.left_out, "in a gap": left}}


def doubt(time: FloatArray, mid: FloatArray) -> str:
    """Why the market may have been shut in a silence that counts as watched; empty if nothing says so.

    The shorter three quarters of the silences are never in doubt. If half of all are alike within a hundredth, from
    the first quarter's to the third's (rows are bars), one of more than three bars is. Else those are which lie beyond
    a jump: sorted by length, the shortest of them is ten times as long as the one before, and no silence lies between,
    as none does in the tail of a quiet market. What is in doubt counts if it makes up a hundredth of the time; of fewer
    than `FEWEST_SILENCES` nothing does.
    """
    known = np.flatnonzero((np.diff(time) > 0) & ~np.isnan(mid[:-1]))
    silent = np.diff(time)[known]
    if len(silent) < FEWEST_SILENCES:
        return ""
    length = np.sort(silent)
    quarter, upper = length[len(length) // 4], length[3 * len(length) // 4 :]
    apart = upper[1:] > (3.03 * upper[0] if upper[0] <= 1.01 * quarter else 10 * upper[:-1])
    if not apart.any() or upper[1:][np.argmax(apart) :].sum() <= 0.01 * silent.sum():
        return ""
    start = exact(time[known[silent.argmax()]])
    return (
        f"no row for {silent.max():,.0f} s after t = {start}: was the market shut, or the record cut? Give the day "
        "stale_after [s], from when on quotes are no news (longer than any silence, if all are quiet)"
    )
