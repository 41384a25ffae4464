"""When a market was watched: quotes were known on both sides, and nobody says that a silence was too long."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, floats

SUSPICIOUS = 50
"""Times as long as 99 of 100 silences: one that a market seldom has while it is open."""


def last_known(time: FloatArray, value: FloatArray, at: ArrayLike) -> FloatArray:
    """What held at the times `at`: the value of the last row not after; NaN before the first row and after the last."""
    at = floats(at)
    row = np.searchsorted(time, at, side="right") - 1
    return np.where((row >= 0) & (at <= time[-1]), value[row], np.nan)


def unwatched(time: FloatArray, mid: FloatArray) -> FloatArray:
    """From when and until when there was no mid [s], shape (n, 2); moments of no length are none."""
    lasting = np.flatnonzero(np.diff(time) > 0)
    dark = np.diff(np.isnan(mid[lasting]).astype(np.int8), prepend=0, append=0)
    edges = np.append(time[lasting], time[-1])
    return np.column_stack([edges[dark == 1], edges[dark == -1]])


def doubt(time: FloatArray, mid: FloatArray) -> str:
    """Why the market may have been shut in a silence that counts as watched; empty if nothing says so.

    Silences `SUSPICIOUS` times as long as 99 of 100 are in doubt if they make up a hundredth of the time.
    """
    known = np.flatnonzero((np.diff(time) > 0) & ~np.isnan(mid[:-1]))
    silent = np.diff(time)[known]
    if not len(known):
        return ""
    long = silent > SUSPICIOUS * np.quantile(silent, 0.99, method="lower")
    if silent[long].sum() <= 0.01 * silent.sum():
        return ""
    start = exact(time[known[silent.argmax()]])
    return (
        f"no row for {silent.max():,.0f} s after t = {start}: was the market shut, or the record cut? Give the day "
        "stale_after [s], from when on quotes are no news (longer than any silence, if all are quiet)"
    )
