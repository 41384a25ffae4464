"""Chances and how good they are: the logit by Newton's method, log-loss, accuracy and the area under the curve.

An outcome is 0 or 1, or a chance itself: then a fit and a score are those of infinitely many rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, ParameterError

_MOST_STEPS = 50
"""Of Newton's; five to eight are enough where there is an answer."""


def logistic(log_odds: ArrayLike) -> FloatArray:
    """1/(1 + e^{−z}) [1], of the shape of z."""
    return np.asarray((1 + np.tanh(floats(log_odds) / 2)) / 2)


def logit(features: ArrayLike, outcome: ArrayLike, penalty: float = 0.0) -> FloatArray:
    """β, shape (p,), that makes Σ[ln(1 + e^{Xβ}) − yXβ] + ½λΣβ² least: β ← β + (XᵀWX + λ)⁻¹(Xᵀ(y − π) − λβ).

    π = 1/(1 + e^{−Xβ}) are the chances and W = π(1 − π).

    Parameters
    ----------
    features
        X, shape (n, p); a column of ones for an intercept.
    outcome
        y, shape (n,), from 0 to 1.
    penalty
        λ ≥ 0.

    Raises
    ------
    ParameterError
        If the shapes do not fit, an outcome is none, a column follows from the others, or the classes are separated:
        then the weights grow without end.

    References
    ----------
    D. R. Cox (1958), The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20(2).
    """
    x, y, beta = floats(features), floats(outcome), np.zeros(np.shape(features)[-1:])
    if x.ndim != 2 or y.shape != x.shape[:1] or not np.all((y >= 0) & (y <= 1)) or not penalty >= 0:
        raise ParameterError(
            "features must have the shape (n, p), outcome (n,) with numbers from 0 to 1, and penalty (λ) must be at "
            f"least 0; got the shapes {x.shape} and {y.shape} and λ = {penalty:g}."
        )
    for _ in range(_MOST_STEPS):
        chance = logistic(x @ beta)
        curvature = (x.T * (chance * (1 - chance))) @ x + penalty * np.eye(len(beta))
        try:
            step = np.linalg.solve(curvature, x.T @ (y - chance) - penalty * beta)
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        if np.abs(x @ step).max(initial=0.0) < 1e-10:
            return beta
    raise ParameterError(
        "There are no finite weights: a column of the features follows from the others, or the features separate the "
        "outcomes. Leave a column out, or give a penalty."
    )


class Scores(NamedTuple):
    """How good forecasts of a chance are: area under the curve, share with the right side of ½, log-loss [nats]."""

    auc: float
    accuracy: float
    log_loss: float


def scores(forecast: ArrayLike, outcome: ArrayLike) -> Scores:
    """All three; with the true chances for both, what the best there is gets (Bayes). A forecast of ½ is half right."""
    p, y = _pairs(forecast, outcome)
    right = np.where(p == 0.5, 0.5, np.where(p > 0.5, y, 1 - y))
    return Scores(auc(p, y), float(right.mean()), log_loss(p, y))


def log_loss(forecast: ArrayLike, outcome: ArrayLike) -> float:
    """−mean(y ln p + (1 − y) ln(1 − p)) [nats]: ln 2 for ½; infinite where what was said to be impossible came.

    Raises
    ------
    ParameterError
        If a forecast or an outcome is not from 0 to 1, or their shapes differ.
    """
    p, y = _pairs(forecast, outcome)
    if not np.all((p >= 0) & (p <= 1)):
        raise ParameterError("forecast must be chances from 0 to 1, in each place.")
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(y > 0, y * np.log(p), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-p), 0.0)
    return float(-lost.mean())


def auc(score: ArrayLike, outcome: ArrayLike) -> float:
    """The chance [1] that a row with outcome 1 has a higher score than one with 0, ties by half; no score's size counts.

    Raises
    ------
    ParameterError
        If a score is NaN, an outcome is not from 0 to 1, the shapes differ, or all outcomes are alike.
    """
    s, y = _pairs(score, outcome)
    rank = np.unique(s, return_inverse=True)[1].ravel()
    ones, zeros = np.bincount(rank, y), np.bincount(rank, 1 - y)
    if not ones.sum() * zeros.sum() > 0:
        raise ParameterError("outcome must have rows of both kinds, 0 and 1.")
    return float(ones @ (np.cumsum(zeros) - zeros / 2) / (ones.sum() * zeros.sum()))


def _pairs(score: ArrayLike, outcome: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Scores and outcomes in one list each."""
    s, y = floats(score), floats(outcome)
    if s.shape != y.shape or not s.size or np.isnan(s).any() or not np.all((y >= 0) & (y <= 1)):
        raise ParameterError(
            "A score and an outcome from 0 to 1 are needed in each row, and no NaN; got the shapes "
            f"{s.shape} and {y.shape}."
        )
    return s.ravel(), y.ravel()
