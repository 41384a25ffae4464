"""Least squares with a penalty, a line with honest errors, and how well a forecast does out of its sample."""

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
    block = np.arange(len(y)) * blocks // len(y)
    missed, all_of_it = np.bincount(block, (y - f) ** 2), np.bincount(block, (y - base) ** 2)
    ratio = missed.sum() / all_of_it.sum()
    error = np.std(missed - ratio * all_of_it, ddof=1) * np.sqrt(blocks) / all_of_it.sum()
    return Estimate(float(1 - ratio), float(error), "1")


def rows(least: int = 1, **columns: ArrayLike) -> list[FloatArray]:
    """The columns as lists of numbers, one row each; a shape that all of them have may be any."""
    kinds = [Parameter(name, "1", "", name=name, **_CHANCES.get(name, {})) for name in columns]  # type: ignore
    lists = [kind.check_array(floats(column)).ravel() for kind, column in zip(kinds, columns.values(), strict=True)]
    if len(sizes := {len(column) for column in lists}) > 1 or max(sizes) < least:
        raise ParameterError(f"{', '.join(columns)} must have one length, at least {least}; got {sizes}.")
    return lists
