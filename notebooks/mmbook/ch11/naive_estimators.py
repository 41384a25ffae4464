"""Naive estimators of A and κ: six mistakes, each confident and wrong, to run beside `measure`'s on one day.

Each function returns its (A, κ); nothing else uses them.
"""

from __future__ import annotations

import numpy as np

from mmlab.measure import FillIntensity, fill_intensity
from mmlab.parameters import FloatArray

Pair = tuple[float, float]


def summed_volume(reach: FloatArray, size: FloatArray, observed: float, depths: FloatArray) -> Pair:
    """Shares counted for orders: A is too large by the mean size, and κ is that of the shares."""
    return _pair(fill_intensity(np.repeat(reach, size.astype(np.intp)), observed, depths))


def exact_distance_bins(reach: FloatArray, observed: float, depths: FloatArray) -> Pair:
    """The orders that stop in a bin for those that reach it: A is too small by 1 − e^{−κ·width}."""
    fitted = fill_intensity(reach, observed, depths)
    kappa = fitted.fill_decay.value
    return float(fitted.expected[0] / observed * np.exp(kappa * depths[0])), kappa


def depth_in_half_ticks(reach: FloatArray, observed: float, depths: FloatArray, tick: float) -> Pair:
    """Depths counted in half ticks, the result used as if they were prices: κ is too small by tick / 2."""
    return _pair(fill_intensity(reach / (tick / 2), observed, depths / (tick / 2)))


def time_forgotten(reach: FloatArray, depths: FloatArray) -> Pair:
    """Orders a day for orders a second: A is too large by the time observed."""
    return _pair(fill_intensity(reach, 1.0, depths))


def sweeps_not_merged(execution_reach: FloatArray, observed: float, depths: FloatArray) -> Pair:
    """Every resting order that was hit for a market order: A is too large by the executions of an order."""
    return _pair(fill_intensity(execution_reach, observed, depths))


def least_squares_on_logs(reach: FloatArray, observed: float, depths: FloatArray) -> Pair:
    """A line through the logarithms of the counts in bins, empty ones dropped: of the far bins only the lucky count.

    κ is too small, the more so the farther the bins go: by three tenths with 200 orders in bins of 0.2/κ out to 12/κ.
    A is the line's at depth 0, made cumulative, so that this mistake is the only one.
    """
    width = depths[1] - depths[0]
    # On a lattice the last bits of a price must not move it into the bin before.
    counts = np.histogram(reach, np.append(depths, depths[-1] + width) - 1e-6 * width)[0]
    slope, intercept = np.polyfit(depths[counts > 0], np.log(counts[counts > 0] / observed), 1)
    return float(np.exp(intercept) / -np.expm1(slope * width)), float(-slope)


def _pair(fitted: FillIntensity) -> Pair:
    return fitted.arrival_rate.value, fitted.fill_decay.value
