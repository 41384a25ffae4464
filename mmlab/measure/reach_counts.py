"""A and κ from counts of market orders by how far they reach, and the depths at which a day can be counted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.frozen import frozen
from mmlab.market import Exponential
from mmlab.market.reach import last_bits
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.parameters import FloatArray, check_number
from mmlab.table import Summary

MOST_BINS = 1_000_000
"""Of a grid of depths: beyond that a tick is none."""


@frozen(eq=False, repr=False)
class FillIntensity(Summary):
    """λ(δ) = A e^{−κδ} as fitted, and the counts behind it: bin j holds depths[j] ≤ reach < depths[j + 1]."""

    arrival_rate: Estimate
    fill_decay: Estimate
    """Their errors are those of the likelihood, multiplied by `inflation`."""
    depths: FloatArray
    """[price], shape (n_bins,); the last bin is open."""
    observed: FloatArray
    expected: FloatArray
    """Market orders in each bin, shape (n_bins,)."""
    n_orders: int
    """Market orders in all, those that reach none of the depths included."""

    @property
    @in_range
    def intensity(self) -> Exponential:
        """The flow that a market takes: as many orders as came, from the depth δ₀ on at which the fit has as many."""
        kappa = self.fill_decay.value
        nearer = np.log(floats(self.n_orders / self.observed.sum())) / kappa  # 0 if all of them reach the first depth
        least = max(float(floats(self.depths)[0] - nearer), 0.0)
        return Exponential(arrival_rate=self.arrival_rate.value, fill_decay=kappa, least_reach=least)

    @property
    @in_range
    def residuals(self) -> FloatArray:
        """Pearson's, (observed − expected) / √expected, shape (n_bins,): beyond ±2 the exponential does not fit."""
        return (self.observed - self.expected) / np.sqrt(self.expected)

    @property
    @in_range
    def chi_squared(self) -> tuple[float, int]:
        """χ² and its degrees of freedom (bins − 2); bins that expect fewer than 5 count as one."""
        rare = self.expected < 5
        both = self.observed, self.expected
        observed, expected = (np.append(n[~rare], n[rare].sum()) if rare.any() else n for n in both)
        return float(np.sum((observed - expected) ** 2 / expected)), len(expected) - 2

    @property
    def inflation(self) -> float:
        """√(χ²/degrees of freedom) where that is above 1: how much more than chance the counts stray from the line."""
        chi_squared, freedom = self.chi_squared
        return max(1.0, math.sqrt(chi_squared / freedom)) if freedom > 0 else 1.0

    @property
    def p_value(self) -> float:
        """How often a true exponential has a χ² as large [1]."""
        return chi_squared_tail(*self.chi_squared)

    @property
    def rejected(self) -> bool:
        """Whether a true exponential would have so large a χ² in less than 1 of 100 days."""
        return self.p_value < 0.01

    @property
    def verdict(self) -> str:
        """χ² in words, to stand beside κ and whatever is made of it."""
        words = "χ² {:.0f} on {}".format(*self.chi_squared)
        return f"fit rejected ({words})" if self.rejected else words


def chi_squared_tail(chi_squared: float, freedom: int) -> float:
    """How often χ² is as large by chance [1]: the incomplete gamma function Q(freedom/2, χ²/2); 1 without freedom."""
    x, a = max(chi_squared / 2, 1e-300), freedom % 2 / 2
    # Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1), from Q(½, x) = erfc √x or Q(0, x) = 0 on.
    terms = (math.exp(i * math.log(x) - x - math.lgamma(i + 1)) for i in np.arange(a, freedom / 2))
    return (math.erfc(math.sqrt(x)) if a else 0.0) + sum(terms) if freedom > 0 else 1.0


@in_range
def fill_intensity(reach: ArrayLike, observed: float, depths: ArrayLike, price: ArrayLike = 0.0) -> FillIntensity:
    """A [1/time] and κ [1/price] by maximum likelihood on counts of market orders, empty bins included.

    Orders that reach at least δ are Poisson with mean A e^{−κδ} T. So N, those that reach depths[0] = δ₀, is Poisson,
    and which bin of width w each falls into is geometric. With S orders in closed bins and F the sum of bin numbers,

        κ̂ = ln(1 + S/F) / w,        Â = N e^{κ̂δ₀} / T,
        se(κ̂) = √[S / (F (S + F))] / w,        se(Â) = Â √[1/N + δ₀² se(κ̂)²].

    Both errors are multiplied by √(χ²/degrees of freedom) where that exceeds 1: counts that stray from the line by more
    than chance tell its slope by so much less. Where orders bring orders, counts scatter more: with a branching ratio
    n the 1/√N is 1/(1 − n) times as large.

    Parameters
    ----------
    reach : array, shape (n_orders,)
        [price] how far from the mid each order traded.
    observed : float
        T [time] for which the orders were watched; for two sides together, twice the time.
    depths : array, shape (n_bins,), n_bins ≥ 3
        [price] where the bins begin, regularly spaced, a tick or more apart. A reach that falls short of one by a
        millionth of the width is on it: prices on a lattice stay in their bins whatever their last bits.
    price : array, shape (n_orders,), optional
        [price] at which they traded, where prices are so many ticks that their last bits are more than that millionth.

    Raises
    ------
    CalibrationError
        If the grid is not regular, or the counts cannot tell A and κ.
    """
    depths, reach = floats(depths), floats(reach)
    widths = np.diff(depths)
    if depths.ndim != 1 or len(depths) < 3 or not (widths[0] > 0 and np.allclose(widths, widths[0], rtol=1e-6, atol=0)):
        raise CalibrationError(f"depths must be at least three, regularly spaced and increasing; got {depths!r}.")
    observed = check_number("observed", observed, "time", above=0)
    width, last = float(widths.mean()), len(depths) - 1
    bins = np.searchsorted(depths, reach + last_bits(price, tick=width), side="right") - 1
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
    rate_error = rate * np.hypot(1 / np.sqrt(n), depths[0] * kappa_error)
    found = Estimate(float(rate), float(rate_error), "1/time"), Estimate(float(kappa), float(kappa_error), "1/price")
    fit = FillIntensity(*found, depths, counts, beyond - np.append(beyond[1:], 0.0), len(reach))
    rate, kappa = (replace(e, error=e.error * fit.inflation) for e in found)
    return replace(fit, arrival_rate=rate, fill_decay=kappa)


@in_range
def depth_grid(reach: ArrayLike, tick: float) -> FloatArray:
    """Where the bins of `fill_intensity` begin for orders with these reaches: at the least of them, then tick by tick.

    Prices lie on ticks and mids on half ticks, so a quote can only be reached at some depths: those of the lattice on
    which the reaches lie. A bin that begins beside it counts the orders of the next lattice depth for its own, and A
    comes out too small by e^{κ·(how far beside)}. Nearer than the least reach nothing tells what would be reached.

    Parameters
    ----------
    reach : array, shape (n_orders,)
        [price] some above 0; one that is not on the lattice of half ticks counts as on the nearest of it.
    tick : float
        [price] the width of a bin.

    Returns
    -------
    array, shape (n_bins,)
        [price] as far as one in a hundred orders reaches; at least three.

    Raises
    ------
    CalibrationError, ParameterError
        If the tick is not above 0, no order reaches beyond the mid, or there are more than `MOST_BINS`.
    """
    tick, reach = check_number("tick", tick, "price", above=0), floats(reach)
    # A ten-thousandth of a tick is more than the rounding of a price of 10¹¹ ticks.
    beyond = reach[reach > 1e-4 * tick]
    if not len(beyond):
        raise CalibrationError(f"None of {reach.size} market orders reaches beyond the mid.")
    first = float(np.round(beyond.min() / (tick / 2))) * tick / 2
    bins = float(np.quantile(reach, 0.99) - first + 1e-4 * tick) / tick
    if bins > MOST_BINS:
        raise CalibrationError(f"tick = {tick:g} makes {bins:.3g} bins of {reach.size:,} orders: is it the price step?")
    return np.asarray(first + tick * np.arange(max(int(bins) + 1, 3)))
