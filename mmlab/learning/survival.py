"""A fill is a survival time: how long a place in a queue waits, and what cancelled orders hide of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import in_range
from mmlab.learning.regression import rows
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, Parameter, ParameterError, check_count, check_number

_TIME = Parameter("t", "time", "How long an order has rested.", name="time", at_least=0)
_RATE = Parameter("rates", "1/time", "Of a calm market and a toxic one.", name="rates", above=0)
_WAYS = "truth", "kaplan_meier", "of all placed", "without cancelled", "without resting"


def fill_before_move(ahead: int, market_rate: float, cancel_rate: float, move_rate: float) -> float:
    """Π_{j=0}^{n} (μ + jθ)/(μ + jθ + ν) [1]: that an order with n units ahead trades before the mid moves away.

    Market orders take the first unit at μ, each unit ahead is cancelled at θ, and the mid moves at ν [1/time].
    """
    nu = check_number("move_rate", move_rate, "1/time", at_least=0)
    return float(np.prod(1 / (1 + nu / _leaving(ahead, market_rate, cancel_rate))))


@in_range
def time_to_fill(ahead: int, market_rate: float, cancel_rate: float, time: ArrayLike) -> FloatArray:
    """P(T ≤ t) [1] of that order if the mid stays, T the sum of n + 1 waits at μ + jθ; of the shape of `time`.

    1 − e^{−μt} Σ_{j=0}^{n} (rʲ/j!) Π_{i<j} (μ + iθ) with r = (1 − e^{−θt})/θ: terms above 0, where the usual sum of
    exponentials cancels. Without cancellations it is Erlang's.
    """
    t, leaves = _TIME.check_array(time), _leaving(ahead, market_rate, cancel_rate)
    r = -np.expm1(-cancel_rate * t) / cancel_rate if cancel_rate > 0 else t
    terms = np.cumprod(np.multiply.outer(r, leaves[:-1] / np.arange(1, len(leaves))), axis=-1)
    return np.asarray(1 - np.exp(-leaves[0] * t) * (1 + terms.sum(axis=-1)))


def _leaving(ahead: int, market_rate: float, cancel_rate: float) -> FloatArray:
    """μ + jθ for j = 0 … n [1/time]."""
    theta, n = check_number("cancel_rate", cancel_rate, "1/time", at_least=0), check_count("ahead", ahead, at_least=0)
    return np.asarray(check_number("market_rate", market_rate, "1/time", above=0) + theta * np.arange(n + 1))


def kaplan_meier(time: ArrayLike, filled: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Π (1 − dᵢ/nᵢ) over the times of fills: dᵢ filled of the nᵢ that still rested.

    It is the chance that an order left alone would have, if those taken out are like those that stay. If a desk takes
    out what would soon be filled it is wrong, and no sample of times shows that.

    Parameters
    ----------
    time : array, shape (n,)
        [time] at which each order was filled or taken out, at least 0.
    filled : array, shape (n,)
        Which of the two; of one time, fills come first.

    Returns
    -------
    tuple of array
        The times of fills, and the chance [1] to rest still after each; before the first it is 1.

    Raises
    ------
    ParameterError
        If the shapes differ, or a time is below 0.

    References
    ----------
    E. L. Kaplan and P. Meier (1958), Nonparametric estimation from incomplete observations, Journal of the American
    Statistical Association 53(282).
    """
    t, happened = rows(time=_TIME.check_array(time), filled=filled)
    when, fills = np.unique(t[happened > 0], return_counts=True)
    return when, np.asarray(np.cumprod(1 - fills / (len(t) - np.searchsorted(np.sort(t), when))))


def ipcw(filled: ArrayLike, complete: ArrayLike, kept: ArrayLike) -> Estimate:
    """The chance to be filled by a time, from orders of which some were taken out: ΣF/G over ΣC/G.

    Each order that was not taken out also stands for those like it that were: inverse probability of censoring.

    Parameters
    ----------
    filled, complete : array, shape (n,)
        F, whether it was filled by then, and C, whether it was filled or still rested: not taken out.
    kept : array, shape (n,)
        G [1], the chance that it had, along its own path, not to be taken out before its fill or that time.

    Raises
    ------
    ParameterError
        If the shapes differ, a chance is not above 0 and at most 1, a filled order is not complete, or none is.

    References
    ----------
    J. M. Robins and A. Rotnitzky (1992), Recovery of information and adjustment for dependent censoring using
    surrogate markers, AIDS Epidemiology, Birkhäuser.
    """
    f, c, g = rows(filled=filled, complete=complete, kept=kept)
    if not np.all(g > 0) or not c.any() or (f > c).any():
        raise ParameterError("kept must be above 0, each filled order complete, and one order complete at least.")
    share = (f / g).sum() / (whole := (c / g).sum())
    return Estimate(float(share), float(np.linalg.norm((f - share * c) / g) / whole), "1")


def regime_fills(time: float, switch: ArrayLike, fill: ArrayLike, cancel: ArrayLike) -> dict[str, float]:
    """The chance [1] to be filled by a `time`, and what four ways to count say of it in a sample without end.

    A market is calm or toxic, a Markov chain that is stationary when an order is placed; fills look at which it is, and
    so does the desk that takes orders out. Of orders still there the regimes are u(t) = π e^{(Q − h − c)t}. The truth
    is that of orders left alone, c = 0. Kaplan and Meier's is 1 − e^{−∫h̄}, h̄ the mean hazard of what still rests. Then
    the share that is filled of all placed; of those not taken out; of those that do not still rest.

    Parameters
    ----------
    time
        [time], above 0.
    switch, fill, cancel
        How fast a calm market gets toxic and a toxic one calm, how fast orders fill, and how fast the desk takes them
        out, each for (calm, toxic) [1/time].
    """
    (q, fills, cancels), t = map(_RATE.check_array, (switch, fill, cancel)), check_number("time", time, "time", above=0)

    def rests(times: ArrayLike, leaves: FloatArray) -> FloatArray:
        """The chance to rest still in each regime, of the shape of the times and (2,)."""
        rates, modes = np.linalg.eig(np.diag(-q - leaves) + np.diag(q[:1], 1) + np.diag(q[1:], -1))
        # Real, though NumPy may write it as complex numbers.
        return np.real(q[::-1] / q.sum() @ modes * np.exp(np.multiply.outer(times, rates)) @ np.linalg.inv(modes))

    nodes, weights = np.polynomial.legendre.leggauss(100)
    resting = rests(t / 2 * (nodes + 1), fills + cancels)
    filled, still = t / 2 * weights @ resting @ fills, rests(t, fills + cancels).sum()
    alone = 1 - rests(t, fills).sum(), -np.expm1(-t / 2 * weights @ (resting @ fills / resting.sum(axis=-1)))
    return dict(zip(_WAYS, map(float, (*alone, filled, filled / (filled + still), filled / (1 - still))), strict=True))
