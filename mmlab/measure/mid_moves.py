"""How the mid moves: σ of a recorded day's mids, and ε, what it does after a market order, with their errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.market import Day, Tape
from mmlab.market.columns import count_steps
from mmlab.market.reach import last_bits
from mmlab.market.watching import last_known
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.parameters import FloatArray, check_number


@in_range
def volatility(time: ArrayLike, mid: ArrayLike, grid: float) -> Estimate:
    """σ [price/√time] from the mids in force every `grid` [time]: σ̂² = Σ r² / (n · grid).

    The standard error √[(m₄ − m₂²) / (4 m₂ n · grid)] uses the fourth power of the returns, which are far from normal;
    it takes them for independent. Only returns over time that was watched are counted: none from, to or across a NaN
    (a halt, an absent side, a gap).

    Parameters
    ----------
    time, mid : array, shape (n_rows,)
        [s] not decreasing, and [price] from each time on.
    grid : float
        [s] wide enough to pass bid–ask bounce: see `signature`.

    Raises
    ------
    CalibrationError, ParameterError
        If fewer than 2 returns are known, none is other than 0, or the grid would need too much memory.
    """
    time, mid, grid = floats(time), floats(mid), check_number("grid", grid, "time", above=0)
    # A grid time stands for the last bits after it too, so that a row written at that time counts.
    bits = float(last_bits(time[-1])) + 1e-9 * grid
    n_steps = count_steps("A grid", time[-1] - time[0] + bits, grid, 10 * 8)
    at = np.minimum(time[0] + grid * np.arange(n_steps + 1) + bits, time[-1])
    returns = np.diff(last_known(time, mid, at))
    dark = np.interp(at, time, np.append(0.0, np.cumsum(np.diff(time) * np.isnan(mid[:-1]))))
    squared = returns[~np.isnan(returns) & (np.diff(dark) == 0)] ** 2
    if len(squared) < 2 or not squared.any():
        raise CalibrationError(f"σ on a grid of {grid:g} needs two moves of the mid; {len(squared)} are known.")
    sigma = np.sqrt(squared.mean() / grid)
    return Estimate(float(sigma), float(squared.std() / np.sqrt(len(squared)) / (2 * sigma * grid)), "price/√time")


@in_range
def recent_volatility(tape: Tape, window: float, start: float) -> FloatArray:
    """σ [price/√time] as a desk may know it when each step begins, for `simulate_desk`: shape (n_steps, n_paths).

    σ² is an average of ΔS²/Δt over the steps before that forgets over a `window` [time], from `start` [price/√time] on.
    A step that begins or ends in a closed market tells nothing.
    """
    window = check_number("window", window, "time", above=0)
    start = check_number("start", start, "price/√time", at_least=0)
    dt, squared = np.diff(tape.time)[:-1], np.diff(tape.mid, axis=0)[:-1] ** 2
    keeps = np.exp(-dt / window)
    weight = np.divide(1 - keeps, dt, out=np.full(len(dt), 1 / window), where=dt > 0)
    variance = np.empty((tape.n_steps, tape.n_paths))
    variance[0] = start**2
    watched = tape.is_open[:-1] & tape.is_open[1:]
    for n, (keep, w) in enumerate(zip(keeps, weight, strict=True)):
        variance[n + 1] = np.where(watched[n], keep * variance[n] + w * squared[n], variance[n])
    return np.sqrt(variance)


def signature(time: ArrayLike, mid: ArrayLike, grids: Sequence[float]) -> tuple[Estimate, ...]:
    """σ [price/√time] on each sampling grid [time]: flat where bounce and trend have no part in it."""
    return tuple(volatility(time, mid, grid) for grid in grids)


@in_range
def adverse_selection(day: Day, horizon: float, side: int = 0) -> Estimate:
    """ε [price]: the mean signed move of the mid from before a market order to `horizon` [time] after it.

    At a short horizon it is what the order itself did; at a longer one what came after it too, more orders of its side
    among that: where orders bring orders ε grows with the horizon (`Calibration.lasting_jump`). Moves that overlap are
    alike, so the error takes stretches of ten horizons, not orders, as independent.

    Parameters
    ----------
    day : Day
    horizon : float
        [time], at least 0.
    side : {0, 1, -1}
        Both sides, buy orders, or sell orders.

    Raises
    ------
    CalibrationError
        If after fewer than two orders there is a mid up to that horizon.
    """
    horizon = check_number("horizon", horizon, "time", at_least=0)
    orders = day.market_orders
    moved = orders.side * (day.mid_at(orders.time + horizon) - orders.mid)
    counted = day.watched(orders.time, orders.time + horizon) & ~np.isnan(moved) & ((orders.side == side) | (side == 0))
    moved, time = moved[counted], orders.time[counted]
    if len(moved) < 2:
        raise CalibrationError(f"ε at a horizon of {horizon:g} needs two market orders; the day has {len(moved)}.")
    alike = np.unique(time // (10 * horizon) if horizon > 0 else time, return_inverse=True)[1]
    together = np.bincount(alike, moved - moved.mean())
    n = len(together)  # a single stretch tells no error
    error = np.sqrt(np.sum(together**2) * n / (n - 1)) / len(moved) if n > 1 else np.inf
    return Estimate(float(moved.mean()), float(error), "price")


def markouts(day: Day, horizons: Sequence[float], side: int = 0) -> tuple[Estimate, ...]:
    """The mid's, ε [price] at each horizon [time]: see `adverse_selection`; ours are the depth less these."""
    return tuple(adverse_selection(day, horizon, side) for horizon in horizons)
