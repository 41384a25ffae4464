"""One effect θ of x on y: by regression, by an instrument (strong or weak), and with many controls.

Each is (Σ z̃y)/(Σ z̃x), and its error √(Σ z̃²e²)/|Σ z̃x| holds whatever the variance of e depends on (White 1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.learning import ridge
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number

Learner = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""(w of those learnt from, what is to be predicted of them, w of others) → what is predicted of those."""
Interval = tuple[float, float]


def regressed(y: ArrayLike, x: ArrayLike, controls: ArrayLike | None = None, unit: str = "") -> Estimate:
    """θ of y = θx + constant + controls + e by least squares: right if nothing that is left out moves both.

    Parameters
    ----------
    y, x
        Shape (n,).
    controls
        Shape (n,) or (n, p).
    unit
        Of θ, if it is to be said.

    Raises
    ------
    ParameterError
        If the shapes do not fit, or x does not vary by itself.
    """
    y, x = _apart(controls, y=y, x=x)
    return _ratio(x, x, y, unit)


def instrumented(
    y: ArrayLike, x: ArrayLike, instrument: ArrayLike, controls: ArrayLike | None = None, unit: str = ""
) -> Estimate:
    """θ = cov(z, y)/cov(z, x): right if z moves x, and y by nothing but x. Without a mean; see `anderson_rubin`.

    The first stage is ``regressed(x, instrument)``; its F is (value/error)², and weak below some tens. Parameters and
    what is raised are those of `regressed`.
    """
    y, x, z = _apart(controls, y=y, x=x, instrument=instrument)
    return _ratio(z, x, y, unit)


def anderson_rubin(
    y: ArrayLike, x: ArrayLike, instrument: ArrayLike, controls: ArrayLike | None = None, critical: float = 3.841459
) -> tuple[Interval, ...]:
    """All θ at which y − θx shows no trace of the instrument, at 5 %: right however weak the instrument is.

    (Σ z(y − θx))² ≤ c Σ z²(y − θx)² is quadratic in θ. The answer is one interval, or two half-lines, or the whole line:
    then the data cannot tell.

    References
    ----------
    T. W. Anderson and H. Rubin (1949), The Annals of Mathematical Statistics 20(1).
    """
    y, x, z = _apart(controls, y=y, x=x, instrument=instrument)
    zx, zy, c = float(z @ x), float(z @ y), check_number("critical", critical, "1", above=0)
    a = zx**2 - c * float(np.sum((z * x) ** 2))
    b = zx * zy - c * float(np.sum(z**2 * x * y))
    root = b**2 - a * (zy**2 - c * float(np.sum((z * y) ** 2)))
    if a == 0 or root < 0:
        return ((-math.inf, math.inf),)
    low, high = sorted((b + sign * math.sqrt(root)) / a for sign in (-1, 1))
    return ((low, high),) if a > 0 else ((-math.inf, low), (high, math.inf))


def orthogonal(
    y: ArrayLike,
    x: ArrayLike,
    controls: ArrayLike,
    learner: Learner | None = None,
    *,
    folds: int = 5,
    seed: Seed = 0,
    unit: str = "",
) -> Estimate:
    """θ of y = θx + g(w) + e, x = m(w) + v: what a learner leaves of y, regressed on what it leaves of x.

    Parameters
    ----------
    y, x, controls
        Shapes (n,), (n,), (n, p).
    learner
        Predicts from w what it has not seen; `bump_ridge` if not given.
    folds
        Each of so many parts, drawn at random, is predicted from the others; 1: from itself.

    References
    ----------
    V. Chernozhukov et al. (2018), Double/debiased machine learning for treatment and structural parameters, The
    Econometrics Journal 21(1), https://doi.org/10.1111/ectj.12097
    """
    w, learn = floats(controls), learner or bump_ridge()
    y, x = _apart(None, y=y, x=x)
    n, k = len(y), check_count("folds", folds)
    if len(w) != n or k > n:
        raise ParameterError(
            f"controls must have a row for each of {n} values, and folds be no more; got {w.shape}, {k}."
        )
    left = np.stack([y, x])
    for part in np.array_split(generator(seed).permutation(n), k):
        rest = np.setdiff1d(np.arange(n), part) if k > 1 else part
        for of, given in zip(left, (y, x), strict=True):
            of[part] -= learn(w[rest], given[rest], w[part])
    return _ratio(left[1], left[1], left[0], unit)


def bumps(controls: ArrayLike, centres: ArrayLike = tuple(np.linspace(-2.4, 2.4, 9)), width: float = 0.6) -> FloatArray:
    """Of w, shape (n, p): each column, Gaussian bumps of it at `centres`, and all products of two columns.

    p = 3 and nine bumps make 3·(1 + 9) + 6 columns, shape (n, 36).
    """
    w = floats(controls)
    at = (w[:, :, np.newaxis] - floats(centres)) / check_number("width", width, "1", above=0)
    first, second = np.triu_indices(w.shape[1])
    return np.hstack([w, np.exp(-(at**2) / 2).reshape(len(w), -1), w[:, first] * w[:, second]])


def bump_ridge(penalty: float = 1.0) -> Learner:
    """The learner that predicts by `ridge` from `bumps`, with a constant that is not penalised."""

    def learn(w: FloatArray, target: FloatArray, others: FloatArray) -> FloatArray:
        features = bumps(w)
        centre, middle = features.mean(axis=0), target.mean()
        return np.asarray(middle + (bumps(others) - centre) @ ridge(features - centre, target - middle, penalty))

    return learn


def _apart(controls: ArrayLike | None, **columns: ArrayLike) -> list[FloatArray]:
    """What a constant and the controls leave of each column."""
    given = {name: floats(column) for name, column in columns.items()}
    n = len(np.atleast_1d(given["y"]))
    w = np.ones((n, 1)) if controls is None else np.column_stack([np.ones(n), floats(controls)])
    for name, column in given.items():
        if column.shape != (n,) or not np.isfinite(column).all():
            raise ParameterError(f"{name} must be {n} finite numbers, one for each y; got the shape {column.shape}.")
    basis = np.linalg.qr(w)[0]
    return [column - basis @ (basis.T @ column) for column in given.values()]


def _ratio(z: FloatArray, x: FloatArray, y: FloatArray, unit: str) -> Estimate:
    moved = float(z @ x)
    if abs(moved) <= 1e-12 * np.linalg.norm(z) * np.linalg.norm(x) or not np.linalg.norm(x):
        raise ParameterError("x does not vary by itself, or the instrument does not move it: θ could be anything.")
    theta = float(z @ y) / moved
    return Estimate(theta, float(np.linalg.norm(z * (y - theta * x))) / abs(moved), unit)
