"""Presence: for how much of the time a desk met its obligations, with its error; and how much of late it did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mmlab.arrays import floats, in_range
from mmlab.desk import Obligations, Reason
from mmlab.frozen import frozen
from mmlab.measure.estimate import Estimate
from mmlab.measure.rows import Columns, ratio
from mmlab.parameters import BoolArray, FloatArray, ParameterError
from mmlab.simulation import History

PARTS = 20
"""Of a day, whose shares tell how much the day's own is to be trusted."""
_STUDENT = 2.093024
"""Of 20 normal numbers, so many of its standard errors around their mean hold the truth in 95 of 100 samples."""


@frozen(eq=False)
class Presence:
    """The share of the time in which both sides stood as they must.

    Parameters
    ----------
    value, error : array, shape (n_paths,)
        [1] of each path, of the time in which there was a market; the standard error from 20 parts of its day, which
        are taken for independent.
    required : float
        [1]
    """

    value: FloatArray
    error: FloatArray
    required: float

    @property
    @in_range
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Where each path's long-run presence lies in 95 of 100 samples [1], from 0 to 1."""
        off = _STUDENT * floats(self.error)
        return np.maximum(floats(self.value) - off, 0.0), np.minimum(self.value + off, 1.0)

    @property
    @in_range
    def mean(self) -> Estimate:
        """Of all paths; of one, its own."""
        value = floats(self.value)
        error = value.std(ddof=1) / len(value) ** 0.5 if len(value) > 1 else floats(self.error)[0]
        return Estimate(float(value.mean()), float(error), "1", least=0.0)

    @property
    def kept(self) -> BoolArray:
        """Which paths were there for as long as they must, shape (n_paths,)."""
        return np.asarray(self.value >= self.required)


def presence(history: History, obligations: Obligations) -> Presence:
    """For how much of a history's time its quotes met these obligations, whether the desk knew of them or not.

    The time in which there was no market counts for nothing.

    Raises
    ------
    ParameterError
        If these are no obligations, or a path has no market in some twentieth of the time.
    """
    if not isinstance(obligations, Obligations) or not isinstance(history, History):
        raise ParameterError(f"presence needs a History and Obligations; got {history!r:.80}, {obligations!r:.80}.")
    sides = history.bid_price, history.ask_price, history.bid_size, history.ask_size
    dt = np.diff(history.time)[:, np.newaxis] * np.ones(history.bid_price.shape)
    if history.reason is not None:
        dt = np.where(history.reason == Reason.NO_MARKET, 0.0, dt)
    met, since = obligations.met(*sides) * dt, history.time[:-1] - history.time[0]
    part = np.minimum((since / (history.time[-1] - history.time[0]) * PARTS).astype(int), PARTS - 1)
    sums = np.zeros((2, PARTS, dt.shape[1]))
    for total, column in zip(sums, (met, dt), strict=True):
        np.add.at(total, part, column)
    if not (sums[1] > 0).all():
        raise ParameterError(f"presence needs a market in each of {PARTS} parts of the history's time, on every path.")
    error = ratio(*sums).std(axis=0, ddof=1) / PARTS**0.5
    return Presence(met.sum(axis=0) / dt.sum(axis=0), error, obligations.presence)


def obliged(obligations: Obligations, lag: Callable[[str], FloatArray], new: Columns) -> FloatArray:
    """How long obligations were met and how long they held, in each new row's time before it [time]: (2, …)."""
    there = (new["time"] - lag("time"))[:, np.newaxis] * (lag("reason") != Reason.NO_MARKET)
    sides = [lag(name) for name in ("bid_price", "ask_price", "bid_size", "ask_size")]
    sides[2:] = [np.where(np.isnan(size), np.inf, size) for size in sides[2:]]  # of which nobody tells
    return np.array((there * obligations.met(*sides), there))


def absence(
    obligations: Obligations, before: Mapping[str, FloatArray], lag: Callable[[str], FloatArray], new: Columns
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """For what share of their window obligations were not met as each new row begins [1]; and what to keep for later.

    Before a window is over it is 0. `kept` are times and how long obligations were not met until then, as far back as
    the next window may reach.
    """
    met, there = obliged(obligations, lag, new)
    missed = before.get("missed", np.zeros((1, there.shape[1])))
    total = np.concatenate([missed[:-1], np.cumsum(np.concatenate([missed[-1:], there - met]), axis=0)])
    at = np.concatenate([before.get("missed_at", lag("time")[:1]), new["time"]])
    since = new["time"] - obligations.window
    n = np.clip(np.searchsorted(at, since, side="right") - 1, 0, len(at) - 2)
    share = ratio(since - at[n], at[n + 1] - at[n])[:, np.newaxis]
    then = total[n] + np.nan_to_num(share) * (total[n + 1] - total[n])
    enough = (since >= at[0])[:, np.newaxis]
    value = np.where(enough, (total[-len(since) :] - then) / obligations.window, 0.0)
    return value, {"missed": total[n[-1] :].copy(), "missed_at": at[n[-1] :].copy()}
