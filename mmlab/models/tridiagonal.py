"""v' = M v with a tridiagonal M, not negative beside its diagonal: the one solver of all that is linear in v.

Only sums and products of non-negative numbers, so that far tails keep their *relative* accuracy: depths are differences
of ln v. Summing eigenvectors loses the tails; one expm a time is slow and overflows on a long day.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from mmlab.arrays import in_range
from mmlab.frozen import frozen
from mmlab.parameters import BoolArray, FloatArray, ParameterError

_TRUNCATION = 1e-26
"""Relative error of one step's Taylor series; a day has at most 2**_DOUBLINGS steps."""
_DOUBLINGS = 32
_SMALLEST = 1e-290
"""Of v relative to its maximum: what is lost below the smallest float is then less than its last digit."""


def bands_of(down: float, here: FloatArray, up: float) -> FloatArray:
    """M's three diagonals, shape (3, n): the rates [1/time] at which v_{q−1}, v_q and v_{q+1} add to v_q'."""
    bands = np.stack([np.full(len(here), down), here, np.full(len(here), up)])
    bands[0, 0] = bands[2, -1] = 0.0  # where there is no neighbour
    return bands


@frozen(eq=False)
class Flow:
    """v(τ) = e^{Mτ} v(0) at any τ in [0, horizon], from the matrices e^{Mh}, e^{2Mh}, e^{4Mh}, … that make it up.

    With the shift s = −min M_ii, let x be the largest component of h (M + sI) v(0) relative to v(0). As e^{Mτ} is
    non-negative, x bounds those of v(τ) ever after; so a Taylor series of e^{(M+sI)h} cut off after m terms errs, in
    each component and relative to it, by at most x^{m+1}/(m+1)! + …. Where v(0) is so steep that this asks for more,
    n + m terms do for row sums of at most 1: each entry of the matrix has m terms beyond its first.
    """

    bands: FloatArray
    """What v_{q−1}, v_q and v_{q+1} add to v_q' [1/time], shape (3, n); 0 where there is no neighbour."""
    log_start: FloatArray
    """ln v(0), shape (n,)."""
    step: float
    """h [time]: the row sums of (M + sI) h are at most 1."""
    terms: int
    powers: list[tuple[FloatArray, FloatArray]]
    """e^{(M+sI) 2ʲ h} for j = 0, 1, …, each divided by its largest entry, and the logarithm of that."""

    @classmethod
    @in_range
    def solve(cls, bands: FloatArray, log_start: FloatArray, horizon: float) -> Flow:
        """Prepare the solution up to `horizon` [time].

        Raises
        ------
        ParameterError
            If the day is longer than 2³² steps.
        """
        steps = _largest_growth(bands, np.zeros(len(log_start))) * horizon
        if not steps < 2**_DOUBLINGS:
            raise ParameterError(
                f"The value of inventory changes {steps:.2g} times over within the horizon, more than can be solved: "
                "lower max_inventory, the horizon or the cost of holding inventory."
            )
        doublings = int(np.ceil(np.log2(max(steps, 1.0))))
        step = horizon / 2**doublings
        terms = min(terms_for(_largest_growth(bands, log_start) * step), len(log_start) + terms_for(1.0))
        return cls(bands, log_start, step, terms, list(islice(_doublings(bands, step, terms), doublings + 1)))

    @in_range
    def log_v(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """ln v(τ) relative to its maximum, shape (n_times, n), and the logarithm of that maximum, (n_times, 1).

        Raises
        ------
        ParameterError
            If v spans more than floats can hold.
        """
        start = self.log_start.max()
        v = np.repeat(np.exp(self.log_start - start)[:, np.newaxis], len(times), axis=1)
        log_scale = start + self.bands[1].min() * times
        steps = np.floor(times / (self.step or 1.0))
        for j, (power, log_of_power) in reversed(list(enumerate(self.powers))):
            (chosen,) = np.nonzero(steps // 2**j % 2)
            if len(chosen):
                # Each time by itself: all at once, last bits would depend on how many there are.
                grown = np.matmul(power, v.T[chosen, :, np.newaxis])[..., 0].T
                top = grown.max(axis=0)
                v[:, chosen] = grown / top
                log_scale[chosen] += log_of_power + np.log(top)
        v = _taylor(_shifted(self.bands), v, np.maximum(times - steps * self.step, 0.0), self.terms)
        logs, log_tops = relative_logs(v.T, times > 0)
        logs[times == 0] = self.log_start - start
        return logs, (log_scale + log_tops)[:, np.newaxis]


def long_run(bands: FloatArray) -> FloatArray:
    """ln v(τ) relative to its maximum as τ → ∞, shape (n,): the horizon doubles until the slopes no longer change."""
    flat = np.zeros(bands.shape[1])
    slopes = flat[1:]
    for power, _ in islice(_doublings(bands, 1 / _largest_growth(bands, flat), terms_for(1.0)), 64):
        (logs,), _ = relative_logs(power.sum(axis=1)[np.newaxis])
        before, slopes = slopes, np.diff(logs)
        # Another doubling squares what is left to change.
        if np.abs(slopes - before).max() < 1e-9:
            break
    return np.asarray(logs)


@in_range
def exponentials(bands: FloatArray, time: float) -> tuple[FloatArray, FloatArray]:
    """e^{M·time} of many matrices: `bands` (3, n_matrices, n) give (n_matrices, n, n) and the logs of their scales."""
    steps = _largest_growth(bands, np.zeros(bands.shape[2])) * time
    doublings = int(np.ceil(np.log2(max(steps, 1.0))))
    squares = _doublings(bands, time / 2**doublings, terms_for(1.0))
    matrices, log_scale = next(islice(squares, doublings, None))
    return matrices, log_scale + bands[1].min(axis=-1) * time


def _shifted(bands: FloatArray) -> FloatArray:
    """M + sI, elementwise non-negative."""
    below, here, above = bands
    return np.stack([below, here - here.min(axis=-1, keepdims=True), above])


def _largest_growth(bands: FloatArray, log_v: FloatArray) -> float:
    """The largest ((M + sI) v)_q / v_q [1/time]."""
    below, here, above = _shifted(bands)
    slope = np.diff(log_v)
    growth = here.copy()
    with np.errstate(over="ignore"):
        growth[..., 1:] += below[..., 1:] * np.exp(-slope)
        growth[..., :-1] += above[..., :-1] * np.exp(slope)
    return float(growth.max())


def terms_for(x: float) -> int:
    """How many terms of Σ xᵐ/m! leave less than the truncation error; more than enough for large x."""
    m, term = 0, 1.0
    while term > _TRUNCATION and m < 1_000:
        m += 1
        term *= x / m
    return m


def _doublings(bands: FloatArray, step: float, terms: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """e^{(M+sI)·step}, its square, the square's square …, each over its largest entry, with the logarithm of that."""
    n = bands.shape[-1]
    power = _taylor(_shifted(bands), np.broadcast_to(np.eye(n), (*bands.shape[1:], n)), step, terms)
    log_scale = np.zeros(bands.shape[1:-1])
    while True:
        top = power.max(axis=(-2, -1), keepdims=True)
        power = power / top
        log_scale = log_scale + np.log(top[..., 0, 0])
        yield power, log_scale
        power, log_scale = power @ power, 2 * log_scale


def _taylor(shifted: FloatArray, v: FloatArray, step: float | FloatArray, terms: int) -> FloatArray:
    """e^{(M+sI)·step} v for each column of v, (…, n, n_columns), by Horner's rule."""
    below, here, above = shifted[..., np.newaxis] * step
    total = v
    for m in range(terms, 0, -1):
        product = here * total
        product[..., 1:, :] += below[..., 1:, :] * total[..., :-1, :]
        product[..., :-1, :] += above[..., :-1, :] * total[..., 1:, :]
        product /= m
        product += v
        total = product
    return total


def relative_logs(v: FloatArray, counts: bool | BoolArray = True) -> tuple[FloatArray, FloatArray]:
    """The logarithms of each row relative to its maximum, and of the maxima; rows that do not count may underflow."""
    top = v.max(axis=1, keepdims=True)
    relative = v / top
    if (counts & (relative.min(axis=1) < _SMALLEST)).any():
        raise ParameterError(
            "The value of holding inventory spans more than the 290 decades that numbers hold: lower max_inventory, "
            "or the cost of holding inventory."
        )
    with np.errstate(divide="ignore"):
        return np.log(relative), np.log(top[:, 0])
