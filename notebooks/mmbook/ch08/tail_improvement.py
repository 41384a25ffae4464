"""What a limit costs and what it saves: paired days with and without it, their mean and their worst twentieth."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.desk import Desk, History, Mode
from mmlab.market import Tape
from mmlab.parameters import ParameterError
from mmlab.simulation import simulate

LEVEL = 0.05
"""The level of an expected shortfall in chapter 08: the worst day of twenty."""


def expected_shortfall(pnl: ArrayLike, level: float = LEVEL) -> tuple[float, float]:
    """ES_α = − the mean of the worst α of the days, above 0 where they lose, and its standard error [price · clip].

    With v the best of the worst days, the mean over all days of v − (v − W)⁺/α is −ES_α: the error is that mean's.
    """
    daily = _tail(np.asarray(pnl, dtype=np.float64), level)
    return -float(daily.mean()), float(daily.std() / np.sqrt(daily.size))


def _tail(pnl: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """A number for each day, with the mean of the worst days for its mean."""
    n_worst = round(level * pnl.size)
    if not 1 <= n_worst <= pnl.size:
        raise ParameterError(f"of {pnl.size} days the worst {level:.3g} are none; take more days or a higher level.")
    edge = np.partition(pnl, n_worst - 1)[n_worst - 1]
    return np.asarray(edge - np.maximum(edge - pnl, 0.0) * (pnl.size / n_worst))


@dataclass(frozen=True)
class LimitEffect:
    """What a limit did to the same days [price · clip].

    Parameters
    ----------
    price, price_error : float
        How much of the mean it cost, and the standard error of that; below 0 where the mean rose.
    tail_improvement, tail_error : float
        How much of the expected shortfall it saved; below 0 where the worst days got worse.
    days_changed : float
        The share of days whose profit it changed.
    """

    price: float
    price_error: float
    tail_improvement: float
    tail_error: float
    days_changed: float


def effect_of(without: ArrayLike, with_it: ArrayLike, level: float = LEVEL) -> LimitEffect:
    """Price and tail improvement of a limit, from the profits of the same days without it and with it."""
    before, after = (np.asarray(x, dtype=np.float64) for x in (without, with_it))
    lost, saved = before - after, _tail(after, level) - _tail(before, level)
    root, changed = np.sqrt(before.size), (np.abs(lost) > 1e-9).mean()
    return LimitEffect(*map(float, (lost.mean(), lost.std() / root, saved.mean(), saved.std() / root, changed)))


@dataclass(frozen=True, eq=False)
class Run:
    """What chapter 08 keeps of a run, a twentieth of its history: all days' profits, positions, modes and reasons.

    Shapes are those of a `History`; mode and reason are None without limits.
    """

    time: NDArray[np.float64]
    pnl: NDArray[np.float64]
    inventory: NDArray[np.int16]
    mode: NDArray[np.int8] | None
    reason: NDArray[np.int8] | None


_TOGETHER = 500
"""Days that are simulated at once: a history of all two thousand would be the largest thing in a kernel."""


def run_days(desk: Desk, tape: Tape) -> Run:
    """`simulate`, for a desk that trades whole clips, with what the chapter keeps of it."""
    parts = []
    for first in range(0, tape.n_paths, _TOGETHER):
        history = simulate(desk, some_days(tape, slice(first, first + _TOGETHER)))
        parts.append((history.pnl, history.inventory.astype(np.int16), history.mode, history.reason))
    columns: Any = (None if part[0] is None else np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    return Run(tape.time, *columns)


def some_days(tape: Tape, chosen: Any) -> Tape:
    """Some of a tape's days alone: those that an index of its paths chooses, with arrivals of their own."""
    columns: dict[str, Any] = {name: column[..., chosen] for name, column in tape.columns.items() if name != "time"}
    return dataclasses.replace(tape, **columns)


def time_in(run: Run | History) -> dict[Mode, float]:
    """The share of all steps of all days that a desk with limits spent in each mode."""
    assert run.mode is not None
    return {mode: float((run.mode == mode).mean()) for mode in Mode}


def changes_a_day(mode: NDArray[np.int8]) -> float:
    """How often the mode, of shape (n_steps, n_paths), changed on an average day, which starts in NORMAL."""
    return float(np.count_nonzero(np.diff(mode, axis=0, prepend=np.int8(0))) / mode.shape[1])
