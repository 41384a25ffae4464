"""The value of inventory where fills fade at another rate on each side: no change of variable makes that linear."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from mmlab.parameters import FloatArray, ParameterError

_ORDER = 20
_MOST_STEPS = 4_000


def solve(
    holding: FloatArray, trading: FloatArray, decay: FloatArray, start: FloatArray, horizon: float
) -> Callable[[FloatArray], FloatArray]:
    """h' = holding + trading₀ e^{−κ₀(h(q) − h(q−1))} + trading₁ e^{−κ₁(h(q) − h(q+1))}, without what leaves the bounds.

    Parameters
    ----------
    holding : array, shape (n_q,)
        What holding q earns [price·clip/time].
    trading, decay : array, shape (2,)
        Of buyers (who lower q) and sellers: what they bring at h(q) = h(q ∓ 1) [price·clip/time], and κ [1/price].
    start : array, shape (n_q,)
        h(0) [price·clip].
    horizon : float
        [time]

    Returns
    -------
    callable
        Times (n_times,) [time] → h, shape (n_times, n_q): piece by piece a Taylor polynomial of order 20, as good
        between the steps as at them.

    Raises
    ------
    ParameterError
        If that takes more than 4,000 steps.
    """
    # A Taylor method finds its own stability limit: noise in fast modes shows in the last coefficients.
    error = 1e-16 / decay.max()
    starts, pieces, tau, h = [0.0], [], 0.0, start
    while True:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            pieces.append(_coefficients(h, holding, trading, decay))
            last = np.abs(pieces[-1][-2:]).max(axis=1)
            step = float(((error / last) ** (1 / np.array([_ORDER - 1, _ORDER]))).min())
        if tau + step >= horizon:
            return partial(_polynomials, np.array(starts), np.array(pieces))
        # No number, where exponentials overflow.
        if len(pieces) == _MOST_STEPS or not step > 0:
            raise ParameterError(
                "With another fill_decay (κ) on each side the largest inventories trade too fast for so long a day: "
                "lower max_inventory, the penalties or the horizon, or take one fill_decay for both."
            )
        h = _polynomials(np.zeros(1), pieces[-1][np.newaxis], np.array([step]))[0]
        tau += step
        starts.append(tau)


def _polynomials(start: FloatArray, coefficients: FloatArray, times: FloatArray) -> FloatArray:
    """h at `times`, from where each piece begins, (n_pieces,), and its coefficients, (n_pieces, order + 1, n_q)."""
    piece = np.searchsorted(start, times, side="right") - 1
    since = (times - start[piece])[:, np.newaxis]
    return np.polynomial.polynomial.polyval(since, np.moveaxis(coefficients[piece], 1, 0), tensor=False).astype(float)


def _coefficients(h: FloatArray, holding: FloatArray, trading: FloatArray, decay: FloatArray) -> FloatArray:
    """h, h', h''/2, … shape (order + 1, n_q). Those of E = e^g follow from E' = g'E: mE_m = Σ_j j g_j E_{m−j}."""
    c = np.zeros((_ORDER + 1, len(h)))
    c[0] = h
    # Of each pair (q − 1, q): buyers take q to q − 1, sellers q − 1 to q.
    change = np.stack([-decay[0], decay[1]])[:, np.newaxis]
    slopes = np.zeros((_ORDER, 2, len(h) - 1))
    trades = np.zeros_like(slopes)
    for m in range(_ORDER):
        if m == 0:
            trades[0] = trading[:, np.newaxis] * np.exp(change * np.diff(h))
            c[1] = holding
        else:
            slopes[m] = m * change * np.diff(c[m])
            trades[m] = np.einsum("jsq,jsq->sq", slopes[1 : m + 1], trades[m - 1 :: -1]) / m
        c[m + 1, 1:] += trades[m, 0]
        c[m + 1, :-1] += trades[m, 1]
        c[m + 1] /= m + 1
    return c
