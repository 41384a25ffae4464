"""Whether a moment has come by now: of many paths, each with a now of its own, most are beyond doubt."""

from __future__ import annotations

import math

import numpy as np

from mmlab.market.reach import last_bits
from mmlab.parameters import BoolArray, FloatArray


class Now:
    """When something is looked at [time], on all paths alike or on each: few moments lie so that it matters where."""

    def __init__(self, time: float | FloatArray) -> None:
        self._time = time
        first, last = (time.min(), time.max()) if isinstance(time, np.ndarray) else (time, time)
        self._first = float(first)
        self._bits = 8 * math.ulp(max(abs(self._first), abs(last)))
        self.latest = last + self._bits
        """No later moment has come on any path [time]."""

    def is_past(self, moment: float) -> BoolArray | bool:
        """Whether a moment [time], which is one sum, has come by now, but for last bits of both."""
        if moment > self.latest or moment <= self._first:
            return bool(moment <= self._first)
        past = np.asarray(moment <= self._time)
        if np.count_nonzero(moment <= self._time + self._bits) > np.count_nonzero(past):
            past = np.asarray(moment <= self._time + last_bits(moment, self._time))
        return past if past.ndim else bool(past)
