"""Least squares with a penalty, and what follows from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, ParameterError


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
    x, y, weights = floats(features), floats(target), floats(penalty)
    if x.ndim != 2 or y.shape != x.shape[:1] or weights.shape not in ((), x.shape[1:]):
        asked, shapes = "(n, p), (n,) and () or (p,)", f"{x.shape}, {y.shape} and {weights.shape}"
        raise ParameterError(f"features, target and penalty must have the shapes {asked}; got {shapes}.")
    if not np.all(weights >= 0):
        raise ParameterError(f"penalty (λ) must be at least 0; got {weights.min():g}.")
    gram = x.T @ x + np.diag(np.broadcast_to(weights, x.shape[1:]))
    try:
        return np.asarray(np.linalg.solve(gram, x.T @ y))
    except np.linalg.LinAlgError:
        raise ParameterError(
            "A column of the features follows from the others: leave it out, or penalise it."
        ) from None
