"""Columns of a recorded day: times are made seconds and checked, and a rule that is broken is told with its line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import LARGEST, check_memory, ends, floats, huge
from mmlab.parameters import FloatArray

LONGEST = 10 * 86_400.0
"""Seconds that a day, or several one after the other, may span: a longer clock is one in another unit."""
_UNITS = {"ms": 1e3, "µs": 1e6, "ns": 1e9}
_EPOCHS = 1e8, 1e10
"""Seconds since 1970 of which a record can be."""


class DayError(ValueError):
    """A recorded day that cannot be right; the message says where and why."""


def exact(number: Any) -> str:
    """A number with all the digits that tell it from its neighbours."""
    return repr(float(number)).removesuffix(".0")


def require(where: str, holds: NDArray[np.bool_], rule: str, *columns: FloatArray) -> None:
    """Refuse a table at the first of its lines, counted from 1, that breaks a rule."""
    if not holds.all():
        n = int(np.argmin(holds))
        got = " and ".join(exact(column[n]) for column in columns)
        raise DayError(f"{where}, line {n + 1}: {rule}; got {got}.")


def require_clock(where: str, time: FloatArray) -> None:
    """Refuse times that are not finite, go back, or span so long, or are so large, that they are no seconds."""
    require(where, np.isfinite(time), "time must be finite", time)
    if len(back := np.flatnonzero(np.diff(time) < 0)):
        before, n = int(back[0]), int(back[0]) + 1
        got = f"{exact(time[n])} after {exact(time[before])}"
        raise DayError(f"{where}, line {n + 1}: time must not run backwards; got {got}.")
    first, last = (float(time[0]), float(time[-1])) if len(time) else (0.0, 0.0)
    span = last - first
    if span > LONGEST or last > 10 * _EPOCHS[1]:
        fits = {name: last / per for name, per in _UNITS.items() if span / per <= 2 * LONGEST}
        likely = [name for name, t in fits.items() if t <= 2 * LONGEST or _EPOCHS[0] <= t <= _EPOCHS[1]]
        what = f"spans {span / 86_400:,.0f} days" if span > LONGEST else f"is {last:.3g}"
        raise DayError(
            f"{where}: time {what}: is it in {(*likely, *fits, 'another unit')[0]}? Times are seconds, and "
            f"a day, or several one after the other, spans at most {LONGEST / 86_400:g} days."
        )


def count_steps(what: str, span: float, step: float, n_bytes: int) -> int:
    """How many whole steps fit into a span, refused before they are asked for: each would take `n_bytes`."""
    steps = float(span) / float(step)
    check_memory(f"{what} of {steps:,.3g} steps of {step:g}", n_bytes * steps)
    return int(steps)


def numbers(name: str, column: ArrayLike) -> FloatArray:
    """A column as float64; one in single precision as the decimals that were stored in it."""
    try:
        single = getattr(column, "dtype", None) == np.float32
        values = floats(np.asarray(column).astype(str) if single else column)
    except (TypeError, ValueError) as error:
        raise DayError(f"Day: {name} must be a column of numbers: {error!s:.80}.") from None
    if huge(*ends(values)[:2]):
        raise DayError(f"Day: {name} must be a column of numbers up to {LARGEST:g} in size.")
    return values


def seconds(name: str, column: ArrayLike) -> FloatArray:
    """A column of times [s] as float64; one that has lost its milliseconds is refused."""
    kind = getattr(column, "dtype", np.dtype(np.float64))
    times = numbers(f"{name} (seconds; from_quotes_and_trades also takes datetime64)", column)
    if kind in (np.float16, np.float32) and times.size:
        largest = np.abs(times).max()
        if (apart := float(np.spacing(largest.astype(kind)))) > 1e-3:
            raise DayError(
                f"Day: {name} is {kind}, in which times near {largest:,.0f} are {apart:g} s apart; give float64."
            )
    return times


def freeze(table: Any, *names: str) -> None:
    """Make columns of a frozen table float64 arrays, as long as its times, that nobody writes on."""
    for name in names:
        column = (seconds if name == "time" else numbers)(name, getattr(table, name)).view()
        column.flags.writeable = False
        object.__setattr__(table, name, column)
        if column.shape != table.time.shape or column.ndim != 1:
            raise DayError(f"Day: time has shape {table.time.shape}, so must {name}; got {column.shape}.")


def as_seconds(time: ArrayLike, trade_time: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both clocks of a day in seconds: numbers as they are; datetime64 from the midnight before the first of them on.

    Counted in whole units first, so that what is left of a nanosecond is what a float leaves of it.
    """
    columns = [np.asarray(time), np.asarray(trade_time)]
    stamped = [column for column in columns if column.dtype.kind == "M" and column.size]
    if not stamped:
        return seconds("time", columns[0]), seconds("trade_time", columns[1])
    if any(column.dtype.kind != "M" for column in columns if column.size):
        raise DayError("Day: time and trade_time must both be seconds, or both datetime64.")
    midnight = min(column[:1].astype("datetime64[D]")[0] for column in stamped)
    first, second = ((c - midnight) / np.timedelta64(1, "s") if c.size else np.zeros(c.shape) for c in columns)
    return first, second
