"""Arrays of numbers: what everything is computed in, how large a number may be, and how much memory they may take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arguments import ParameterError

FloatArray = NDArray[np.float64]
"""What numbers are computed in everywhere."""
BoolArray = NDArray[np.bool_]

LARGEST = 1e50
"""No number given is larger, and none that divides is below 1/LARGEST: products of five stay numbers."""

MEMORY_LIMIT = 4 * 2**30
"""Bytes that one tape or history may take; more is refused before it is asked of the machine."""

# Once glibc has freed 32 MB, which nobody touches, it keeps what a step frees for the next step to take.
np.empty(2**22 - 2**10)

in_range = np.errstate(over="raise", divide="raise", invalid="raise")
"""Decorates what computes so much that only its numbers tell whether they stay numbers: not hot, no reader's code."""


def floats(values: Any) -> FloatArray:
    """The float64 array of the numbers given, which may be the same; complex ones and times are a TypeError."""
    array = np.asarray(values)
    if array.dtype.kind in "mMc":
        raise TypeError(f"got {array.dtype}")
    return array.astype(np.float64, copy=False)


def ends(column: FloatArray) -> tuple[float, float, bool]:
    """The least and the largest number of a column, 0 among them, and whether it has no NaN."""
    some = column[(*[slice(None if stride else 1) for stride in column.strides], ...)]  # what was broadcast, once
    least, most = some.min(initial=0.0), some.max(initial=0.0)
    if known := bool(most == most):
        return float(least), float(most), known
    # What ignores NaN takes longer.
    return float(np.fmin.reduce(some, None, initial=0.0)), float(np.fmax.reduce(some, None, initial=0.0)), known


def huge(least: float, most: float) -> bool:
    """Whether one of a column's `ends` is a number beyond `LARGEST`; what is infinite is none."""
    return LARGEST < most < np.inf or -LARGEST > least > -np.inf


def all_of(mask: BoolArray) -> bool:
    """mask.all(), in a third of its time."""
    return int(np.count_nonzero(mask)) == mask.size


def any_of(mask: BoolArray | bool) -> bool:
    """Whether a mask, or the one truth for all, is true anywhere."""
    return mask is not False and bool(np.count_nonzero(mask))


def check_memory(what: str, n_bytes: float) -> None:
    """Refuse a request for more memory than `MEMORY_LIMIT`, naming both figures."""
    if n_bytes > MEMORY_LIMIT:
        raise ParameterError(
            f"{what} would take {n_bytes / 2**30:,.1f} GiB; the limit is {MEMORY_LIMIT / 2**30:g} GiB. "
            "Use fewer paths or steps, or run several seeds one after the other."
        )
