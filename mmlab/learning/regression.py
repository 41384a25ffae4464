"""Fits and their scores: least squares with a penalty, a line with honest errors, the logit, and how good they are.

An outcome is 0 or 1, or a chance itself: then a fit and a score are those of infinitely many rows, and the score of
the true chances for themselves is the best that there is (Bayes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, Parameter, ParameterError, check_count

_PENALTY = Parameter("λ", "1", "What the square of a weight costs.", name="penalty", at_least=0)
_CHANCES = {key: {"at_least": 0.0, "at_most": 1.0} for key in ("forecast", "outcome", "filled", "complete", "kept")}
"""The bounds of columns, by their names, that hold no other number."""


def ridge(features: ArrayLike, target: ArrayLike, penalty: ArrayLike = 0.0) -> FloatArray:
    """β that makes Σ(y − Xβ)² + Σ λⱼβⱼ² least: (XᵀX + diag λ)⁻¹Xᵀy, shape (p,) (Hoerl and Kennard 1970).

    Parameters
    ----------
    features
        X, shape (n, p); a column of ones for an intercept.
    target
        y, shape (n,).
    penalty
        λ ≥ 0, one number, or one a column, shape (p,); 0 is least squares.

    Raises
    ------
    ParameterError
        If the shapes do not fit, a penalty is negative, or a column follows from the others and has none.
    """
    x, y, weights = floats(features), floats(target), _PENALTY.check_array(penalty)
    if x.ndim != 2 or y.shape != x.shape[:1] or weights.shape not in ((), x.shape[1:]):
        shapes = f"(n, p), (n,) and () or (p,); got {x.shape}, {y.shape} and {weights.shape}"
        raise ParameterError(f"features, target and penalty must have the shapes {shapes}.")
    try:
        return np.asarray(np.linalg.solve(x.T @ x + np.diag(np.broadcast_to(weights, x.shape[1:])), x.T @ y))
    except np.linalg.LinAlgError:
        raise ParameterError("A column of the features follows from the others: leave it out or penalise it.") from None


@in_range
def line_fit(x: ArrayLike, y: ArrayLike, lags: int = 5) -> tuple[Estimate, float, Estimate]:
    """y = a + bx by least squares, rows in time, shape (n,) each; rows up to `lags` apart may be alike.

    Returns
    -------
    slope : Estimate
        b of all rows, with Newey and West's error.
    r_squared : float
        Of all rows.
    out_of_sample : Estimate
        R² on the second half of the line fitted on the first.

    References
    ----------
    W. K. Newey and K. D. West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix, Econometrica 55(3).
    """
    (x, y), half = rows(40 + 2 * check_count("lags", lags, at_least=0), x=x, y=y), np.size(x) // 2
    (b, a), (early, start) = np.polyfit(x, y, 1), np.polyfit(x[:half], y[:half], 1)
    pull = (x - x.mean()) * (left := y - a - b * x)
    error = np.sqrt(pull @ np.convolve(pull, np.bartlett(2 * lags + 3)[1:-1], "same")) / (len(x) * x.var())
    out = forecast_r_squared(start + early * x[half:], y[half:], y[:half].mean())
    return Estimate(float(b), float(error), "y/x"), float(1 - left.var() / y.var()), out


@in_range
def forecast_r_squared(forecast: ArrayLike, target: ArrayLike, base: float = 0.0, blocks: int = 20) -> Estimate:
    """1 − Σ(y − f)²/Σ(y − base)² [1] against a forecast that never changes; below 0 it is worse than that one.

    Rows are in time; the error takes `blocks` stretches of them as independent.
    """
    f, y = rows(check_count("blocks", blocks, at_least=2), predicted=forecast, target=target)
    missed, all_of_it = (np.bincount(np.arange(len(y)) * blocks // len(y), (y - g) ** 2) for g in (f, base))
    apart = missed - (ratio := missed.sum() / all_of_it.sum()) * all_of_it
    return Estimate(float(1 - ratio), float(apart.std(ddof=1) * np.sqrt(blocks) / all_of_it.sum()), "1")


def logistic(log_odds: ArrayLike) -> FloatArray:
    """1/(1 + e^{−z}) [1], of the shape of z."""
    return np.asarray((1 + np.tanh(floats(log_odds) / 2)) / 2)


def logit(features: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """β, shape (p,), that makes Σ[ln(1 + e^{Xβ}) − yXβ] least, by Newton's steps: β ← β + (XᵀWX)⁻¹Xᵀ(y − π).

    π = 1/(1 + e^{−Xβ}) are the chances and W = π(1 − π): each step is a least squares, weighted by W.

    Parameters
    ----------
    features
        X, shape (n, p); a column of ones for an intercept.
    outcome
        y, shape (n,), from 0 to 1.

    Raises
    ------
    ParameterError
        If the shapes do not fit, an outcome is none, a column follows from the others, or the classes are separated:
        then the weights grow without end.

    References
    ----------
    D. R. Cox (1958), The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20(2).
    """
    x, y, beta = floats(features), *rows(outcome=outcome), np.zeros(np.shape(features)[-1:])
    for _ in range(30):  # five to eight are enough where there is an answer
        chance = logistic(x @ beta)
        root = np.sqrt(np.maximum(chance * (1 - chance), 1e-99))
        beta = beta + (step := ridge(x * root[:, np.newaxis], (y - chance) / root))
        if np.abs(x @ step).max(initial=0.0) < 1e-9:
            return beta
    raise ParameterError("There are no finite weights: a combination of the features separates the outcomes.")


def log_loss(forecast: ArrayLike, outcome: ArrayLike) -> float:
    """−mean(y ln p + (1 − y) ln(1 − p)) [nats]: ln 2 for ½; infinite where what was said to be impossible came.

    Raises
    ------
    ParameterError
        If a forecast or an outcome is not from 0 to 1, or their shapes differ.
    """
    p, y = rows(forecast=forecast, outcome=outcome)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-np.mean(np.where(y > 0, y * np.log(p), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-p), 0.0)))


def auc(score: ArrayLike, outcome: ArrayLike) -> float:
    """The chance [1] that a row with outcome 1 has a higher score than one with 0, ties by half.

    Raises
    ------
    ParameterError
        If a score is NaN, an outcome is not from 0 to 1, the shapes differ, or all outcomes are alike.
    """
    s, y = rows(score=score, outcome=outcome)
    rank = np.unique(s, return_inverse=True)[1].ravel()
    ones, zeros = np.bincount(rank, y), np.bincount(rank, 1 - y)
    if not (pairs := float(ones.sum() * zeros.sum())) > 0:
        raise ParameterError("outcome must have rows of both kinds, 0 and 1.")
    return float(ones @ (np.cumsum(zeros) - zeros / 2)) / pairs


def rows(least: int = 1, **columns: ArrayLike) -> list[FloatArray]:
    """The columns as lists of numbers, one row each; a shape that all of them have may be any."""
    kinds = [Parameter(name, "1", "", name=name, **_CHANCES.get(name, {})) for name in columns]  # type: ignore
    lists = [kind.check_array(floats(column)).ravel() for kind, column in zip(kinds, columns.values(), strict=True)]
    if len(sizes := {len(column) for column in lists}) > 1 or max(sizes) < least:
        raise ParameterError(f"{', '.join(columns)} must have one length, at least {least}; got {sizes}.")
    return lists
