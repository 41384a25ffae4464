"""Chances and how good they are: the logit by Newton's method, log-loss, and the area under the curve.

An outcome is 0 or 1, or a chance itself: then a fit and a score are those of infinitely many rows, and the score of
the true chances for themselves is the best that there is (Bayes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, Parameter, ParameterError

_OUTCOME = Parameter("y", "1", "What came, or its chance.", name="outcome", at_least=0, at_most=1)
_FORECAST = Parameter("p", "1", "The chance that is forecast.", name="forecast", at_least=0, at_most=1)
_SCORE = Parameter("s", "1", "The higher, the likelier.", name="score")
_PENALTY = Parameter("λ", "1", "What the square of a weight costs, twice.", name="penalty", at_least=0)


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
    x, y, shrinks = floats(features), _OUTCOME.check_array(outcome), _PENALTY.check(penalty)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ParameterError(f"features and outcome must have the shapes (n, p) and (n,); got {x.shape} and {y.shape}.")
    beta = np.zeros(x.shape[1])
    for _ in range(50):  # five to eight are enough where there is an answer
        chance = logistic(x @ beta)
        curvature = (x.T * (chance * (1 - chance))) @ x + shrinks * np.eye(len(beta))
        if not np.linalg.cond(curvature) < 1e12:
            break
        step = np.linalg.solve(curvature, x.T @ (y - chance) - shrinks * beta)
        beta = beta + step
        if np.abs(x @ step).max(initial=0.0) < 1e-9:
            return beta
    words = "a column of the features follows from the others, or they separate the outcomes"
    raise ParameterError(f"There are no finite weights: {words}. Leave a column out, or give a penalty.")


def log_loss(forecast: ArrayLike, outcome: ArrayLike) -> float:
    """−mean(y ln p + (1 − y) ln(1 − p)) [nats]: ln 2 for ½; infinite where what was said to be impossible came.

    Raises
    ------
    ParameterError
        If a forecast or an outcome is not from 0 to 1, or their shapes differ.
    """
    p, y = _pairs(_FORECAST, forecast, outcome)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-np.mean(np.where(y > 0, y * np.log(p), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-p), 0.0)))


def auc(score: ArrayLike, outcome: ArrayLike) -> float:
    """The chance [1] that a row with outcome 1 has a higher score than one with 0, ties by half.

    Raises
    ------
    ParameterError
        If a score is NaN, an outcome is not from 0 to 1, the shapes differ, or all outcomes are alike.
    """
    s, y = _pairs(_SCORE, score, outcome)
    rank = np.unique(s, return_inverse=True)[1].ravel()
    ones, zeros = np.bincount(rank, y), np.bincount(rank, 1 - y)
    if not (pairs := float(ones.sum() * zeros.sum())) > 0:
        raise ParameterError("outcome must have rows of both kinds, 0 and 1.")
    return float(ones @ (np.cumsum(zeros) - zeros / 2)) / pairs


def _pairs(spec: Parameter, score: ArrayLike, outcome: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Scores and outcomes in one list each."""
    s, y = spec.check_array(score), _OUTCOME.check_array(outcome)
    if s.shape != y.shape or not s.size:
        raise ParameterError(f"{spec.name} and outcome must have one shape, and rows; got {s.shape} and {y.shape}.")
    return s.ravel(), y.ravel()
