"""Calibration: σ, A, κ and ε of a recorded day, each with its standard error, and how well the models fit it.

How market orders excite each other is in `hawkes`; wrong ways to do all this are shown in `mmlab.teach`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.market import Day, Exponential
from mmlab.market.day import last_known
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.measure.hawkes import Hawkes, hawkes

FloatArray = NDArray[np.float64]

FEWEST_ORDERS = 30


def volatility(time: ArrayLike, mid: ArrayLike, grid: float) -> Estimate:
    """σ [price/√time] from the mids in force every `grid` [time]: σ̂² = Σ r² / (n · grid).

    The standard error √[(m₄ − m₂²) / (4 m₂ n · grid)] uses the fourth power of the returns, which are far from normal;
    it takes them for independent. Returns from or to a NaN (a halt, an absent side) are not counted.

    Parameters
    ----------
    time, mid : array, shape (n_rows,)
        [time] not decreasing, and [price] from each time on.
    grid : float
        [time] wide enough to pass bid–ask bounce: see `signature`.

    Raises
    ------
    CalibrationError
        If fewer than 2 returns are known, or none is other than 0.
    """
    time, mid = np.asarray(time, dtype=np.float64), np.asarray(mid, dtype=np.float64)
    n_steps = int((time[-1] - time[0]) / grid * (1 + 1e-12)) if grid > 0 else 0
    # A grid time stands for the last bits after it too, so that a row written at that time counts.
    at = np.minimum(time[0] + grid * (np.arange(n_steps + 1) + 1e-9), time[-1])
    returns = np.diff(last_known(time, mid, at))
    squared = returns[~np.isnan(returns)] ** 2
    if len(squared) < 2 or not squared.any():
        raise CalibrationError(f"σ on a grid of {grid:g} needs two moves of the mid; {len(squared)} are known.")
    sigma = np.sqrt(squared.mean() / grid)
    return Estimate(float(sigma), float(squared.std() / np.sqrt(len(squared)) / (2 * sigma * grid)), "price/√time")


def signature(time: ArrayLike, mid: ArrayLike, grids: Sequence[float]) -> tuple[Estimate, ...]:
    """σ [price/√time] on each sampling grid [time]: flat where bounce and trend have no part in it."""
    return tuple(volatility(time, mid, grid) for grid in grids)


@dataclass(frozen=True, eq=False)
class FillIntensity:
    """λ(δ) = A e^{−κδ} as fitted, and the counts behind it: bin j holds depths[j] ≤ reach < depths[j + 1]."""

    arrival_rate: Estimate
    fill_decay: Estimate
    depths: FloatArray
    """[price], shape (n_bins,); the last bin is open."""
    observed: FloatArray
    expected: FloatArray
    """Market orders in each bin, shape (n_bins,)."""

    @property
    def intensity(self) -> Exponential:
        """The flow that a market takes."""
        return Exponential(arrival_rate=self.arrival_rate.value, fill_decay=self.fill_decay.value)

    @property
    def residuals(self) -> FloatArray:
        """Pearson's, (observed − expected) / √expected, shape (n_bins,): beyond ±2 the exponential does not fit."""
        return (self.observed - self.expected) / np.sqrt(self.expected)

    @cached_property
    def chi_squared(self) -> tuple[float, int]:
        """χ² and its degrees of freedom (bins − 2); bins that expect fewer than 5 count as one."""
        rare = self.expected < 5
        pairs = ((np.append(n[~rare], n[rare].sum()) if rare.any() else n) for n in (self.observed, self.expected))
        observed, expected = pairs
        return float(np.sum((observed - expected) ** 2 / expected)), len(expected) - 2


def fill_intensity(reach: ArrayLike, observed: float, depths: ArrayLike) -> FillIntensity:
    """A [1/time] and κ [1/price] by maximum likelihood on counts of market orders, empty bins included.

    Orders that reach at least δ are Poisson with mean A e^{−κδ} T. So N, those that reach depths[0] = δ₀, is Poisson,
    and which bin of width w each falls into is geometric. With S orders in closed bins and F the sum of bin numbers,

        κ̂ = ln(1 + S/F) / w,        Â = N e^{κ̂δ₀} / T,
        se(κ̂) = √[S / (F (S + F))] / w,        se(Â) = Â √[1/N + δ₀² se(κ̂)²].

    Where orders bring orders, counts scatter more: with a branching ratio n the 1/√N is 1/(1 − n) times as large.

    Parameters
    ----------
    reach : array, shape (n_orders,)
        [price] how far from the mid each order traded.
    observed : float
        T [time] for which the orders were watched; for two sides together, twice the time.
    depths : array, shape (n_bins,), n_bins ≥ 3
        [price] where the bins begin, regularly spaced, a tick or more apart. A reach that falls short of one by a
        millionth of the width is on it: prices on a lattice stay in their bins whatever their last bits.

    Raises
    ------
    CalibrationError
        If the grid is not regular, or the counts cannot tell A and κ.
    """
    depths, reach = np.asarray(depths, dtype=np.float64), np.asarray(reach, dtype=np.float64)
    widths = np.diff(depths)
    if depths.ndim != 1 or len(depths) < 3 or not (widths[0] > 0 and np.allclose(widths, widths[0], rtol=1e-6, atol=0)):
        raise CalibrationError(f"depths must be at least three, regularly spaced and increasing; got {depths!r}.")
    if not 0 < observed < np.inf:
        raise CalibrationError(f"observed must be a time above 0; got {observed:g}.")
    width, last = float(widths.mean()), len(depths) - 1
    bins = np.searchsorted(depths - 1e-6 * width, reach, side="right") - 1
    counts = np.bincount(bins[bins >= 0], minlength=last + 1).astype(np.float64)
    n, successes, failures = counts.sum(), counts[:last].sum(), float(counts @ np.arange(last + 1))
    if not (successes and failures):
        raise CalibrationError(
            f"Of {len(reach)} market orders {n:.0f} reach {depths[0]:g}, {n - counts[0]:.0f} reach {depths[1]:g} and "
            f"{counts[last]:.0f} reach {depths[last]:g}: κ needs some between the first two or more, and some beyond."
        )
    kappa = np.log1p(successes / failures) / width
    kappa_error = np.sqrt(successes / failures / (successes + failures)) / width
    rate = n * np.exp(kappa * depths[0]) / observed
    beyond = n * np.exp(-kappa * width * np.arange(last + 1))
    return FillIntensity(
        Estimate(float(rate), float(rate * np.hypot(1 / np.sqrt(n), depths[0] * kappa_error)), "1/time"),
        Estimate(float(kappa), float(kappa_error), "1/price"),
        depths,
        counts,
        beyond - np.append(beyond[1:], 0.0),
    )


def adverse_selection(day: Day, horizon: float, side: int = 0) -> Estimate:
    """ε [price]: the mean signed move of the mid from before a market order to `horizon` [time] after it.

    At a short horizon it is what the order itself did; at a longer one what came after it too, more orders of its side
    among that. Moves that overlap are alike, so the error takes stretches of ten horizons, not orders, as independent.

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
        If after fewer than two orders there is a mid at that horizon.
    """
    orders = day.market_orders
    moved = orders.side * (day.mid_at(orders.time + horizon) - orders.mid)
    counted = ~np.isnan(moved) & ((orders.side == side) | (side == 0))
    moved, time = moved[counted], orders.time[counted]
    if len(moved) < 2:
        raise CalibrationError(f"ε at a horizon of {horizon:g} needs two market orders; the day has {len(moved)}.")
    alike = np.unique(time // (10 * horizon) if horizon > 0 else time, return_inverse=True)[1]
    together = np.bincount(alike, moved - moved.mean())
    return Estimate(float(moved.mean()), float(np.sqrt(np.sum(together**2)) / len(moved)), "price")


def markouts(day: Day, horizons: Sequence[float], side: int = 0) -> tuple[Estimate, ...]:
    """ε [price] at each horizon [time]: see `adverse_selection`."""
    return tuple(adverse_selection(day, horizon, side) for horizon in horizons)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a day tells about the market; pairs are of (buy, sell) market orders."""

    mid_price: float
    """The last [price]."""
    horizon: float
    """How long the day ran [time]."""
    n_orders: int
    clip: float
    """The median market order [shares]: a clip to count inventory in."""
    volatility: Estimate
    pooled: FillIntensity
    """Both sides as one flow; its A is that of each side."""
    fills: tuple[FillIntensity, FillIntensity]
    jump: Estimate
    jumps: tuple[Estimate, Estimate]
    clustering: tuple[Hawkes, Hawkes]

    @property
    def intensities(self) -> tuple[Exponential, Exponential]:
        """The two flows apart, as ``Market.from_calibration(…, intensity=…)`` takes them."""
        return self.fills[0].intensity, self.fills[1].intensity


def calibrate(
    day: Day, *, tick: float = 0.01, depths: ArrayLike | None = None, grid: float = 30.0, horizon: float = 0.1
) -> Calibration:
    """All that a market needs, from one day: σ, A, κ, ε, how orders cluster, and a clip.

    Parameters
    ----------
    day : Day
        A whole one or a part, with at least 30 market orders, some of each side.
    tick : float
        [price] the width of the default bins.
    depths : array, optional
        [price] where the bins of `fill_intensity` begin; by default from half a tick on, a tick apart, as far as one in
        a hundred orders reaches.
    grid : float
        [time] the sampling grid of σ.
    horizon : float
        [time] after which ε is read off; short, so that what later orders do is left to them.

    Raises
    ------
    CalibrationError
        If the day has too few market orders, or they cannot tell a number.
    """
    orders = day.market_orders
    if len(orders) < FEWEST_ORDERS:
        raise CalibrationError(
            f"A calibration needs at least {FEWEST_ORDERS} market orders; the day has {len(orders)}."
        )
    if depths is None:
        if not tick > 0:
            raise CalibrationError(f"tick must be above 0; got {tick:g}.")
        n_bins = int(np.quantile(orders.reach, 0.99) / tick + 0.5)
        depths = tick * (np.arange(max(n_bins, 3)) + 0.5)
    sides = [orders.where(orders.side == side) for side in (1, -1)]
    buys, sells = (fill_intensity(side.reach, day.observed, depths) for side in sides)
    up, down = (adverse_selection(day, horizon, side) for side in (1, -1))
    clusters = [hawkes(day.clock(side.time), day.observed) for side in sides]
    mid = day.mid[~np.isnan(day.mid)]
    return Calibration(
        mid_price=float(mid[-1]),
        horizon=float(day.time[-1] - day.time[0]),
        n_orders=len(orders),
        clip=float(np.median(orders.size)),
        volatility=volatility(day.time, day.mid, grid),
        pooled=fill_intensity(orders.reach, 2 * day.observed, depths),
        fills=(buys, sells),
        jump=adverse_selection(day, horizon),
        jumps=(up, down),
        clustering=(clusters[0], clusters[1]),
    )
