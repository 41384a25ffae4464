"""One effect θ of x on y: by regression, by an instrument (strong or weak), and with many controls.

Each is (Σ z̃y)/(Σ z̃x), and its error √(Σ z̃²e²)/|Σ z̃x| holds whatever the variance of e depends on (White 1980).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.learning import ridge
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, ParameterError, check_count

Learner = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
CRITICAL = 3.841458820694124
"""What χ² with one degree of freedom exceeds with a chance of 5 %."""


def regressed(y: ArrayLike, x: ArrayLike, controls: ArrayLike | None = None) -> Estimate:
    """θ of y = θx + constant + controls + e by least squares: right if nothing that is left out moves both.

    Parameters
    ----------
    y, x
        Shape (n,).
    controls
        Shape (n,) or (n, p).

    Raises
    ------
    ParameterError
        If the shapes do not fit, x does not vary by itself or with the instrument, or there is NaN.
    """
    return instrumented(y, x, x, controls)


def instrumented(y: ArrayLike, x: ArrayLike, instrument: ArrayLike, controls: ArrayLike | None = None) -> Estimate:
    """θ = cov(z, y)/cov(z, x): right if z moves x, and y by nothing but x; for weak z see `anderson_rubin`.

    The first stage is ``regressed(x, instrument)``, and F is its (value/error)². Otherwise as `regressed`.
    """
    moved, mover, z = _apart(controls, y, x, instrument)
    return _ratio(z, mover, moved)


def anderson_rubin(y: ArrayLike, x: ArrayLike, instrument: ArrayLike) -> list[tuple[float, float]]:
    """Every θ at which y − θx shows no trace of the instrument, at 5 %: right however weak the instrument is.

    (Σ z(y − θx))² ≤ 3.84 Σ z²(y − θx)² is quadratic in θ: the answer is an interval, or two half-lines, or the whole
    line, where the data cannot tell.

    References
    ----------
    T. W. Anderson and H. Rubin (1949), The Annals of Mathematical Statistics 20(1).
    """
    y, x, z = _apart(None, y, x, instrument)
    a, b, c = ((z @ f) * (z @ g) - CRITICAL * np.sum(z**2 * f * g) for f, g in ((x, x), (x, y), (y, y)))
    if b**2 < a * c or a == 0:
        return [(-np.inf, np.inf)]
    low, high = sorted(float((b + sign * np.sqrt(b**2 - a * c)) / a) for sign in (-1, 1))
    return [(low, high)] if a > 0 else [(-np.inf, low), (high, np.inf)]


def bumps(controls: ArrayLike) -> FloatArray:
    """Of w, shape (n, p), each column, nine Gaussian bumps of it, all products of two: shape (n, 10p + p(p + 1)/2).

    The bumps e^{−(w − c)²/(2·0.6²)} stand at c = −2.4, −1.8 … 2.4: for columns of a deviation near 1.
    """
    w = floats(controls)
    at = (w[:, :, np.newaxis] - np.linspace(-2.4, 2.4, 9)) / 0.6
    first, second = np.triu_indices(w.shape[1])
    return np.hstack([w, np.exp(-(at**2) / 2).reshape(len(w), -1), w[:, first] * w[:, second]])


def bump_ridge(controls: FloatArray, target: FloatArray, others: FloatArray, penalty: float = 1.0) -> FloatArray:
    """Predict the target of `others` [rows of w] by `ridge` on `bumps`, with a constant that is not penalised."""
    features, middle = bumps(controls), target.mean()
    centre = features.mean(axis=0)
    return np.asarray(middle + (bumps(others) - centre) @ ridge(features - centre, target - middle, penalty))


def orthogonal(
    y: ArrayLike, x: ArrayLike, controls: ArrayLike, learner: Learner = bump_ridge, folds: int = 5, seed: Seed = 0
) -> Estimate:
    """θ of y = θx + g(w) + e and x = m(w) + v: what a learner leaves of y, regressed on what it leaves of x.

    Parameters
    ----------
    y, x, controls
        Shapes (n,), (n,) and (n, p).
    learner
        Takes w (n, p), what to predict from it (n,) and the w of others (m, p), and predicts theirs (m,).
    folds
        Each of so many parts, drawn by `seed`, is predicted from the others; 1: all from itself.

    References
    ----------
    V. Chernozhukov et al. (2018), Double/debiased machine learning for treatment and structural parameters, The
    Econometrics Journal 21(1), https://doi.org/10.1111/ectj.12097
    """
    w, given = floats(controls), np.asarray_chkfinite([floats(y), floats(x)])
    part, left = generator(seed).permutation(len(w)) % check_count("folds", folds), given.copy()
    for fold in range(folds):
        mine, rest = part == fold, (part != fold) | (folds == 1)
        left[:, mine] -= [learner(w[rest], target, w[mine]) for target in given[:, rest]]
    return _ratio(left[1], left[1], left[0])


def _apart(controls: ArrayLike | None, *columns: ArrayLike) -> FloatArray:
    """What a constant and the controls leave of each column, shape (n_columns, n)."""
    given = np.asarray_chkfinite([floats(column) for column in columns]).T
    w = np.column_stack([np.ones(len(given)), *([] if controls is None else [np.asarray_chkfinite(controls)])])
    left = given - w @ np.linalg.lstsq(w, given, rcond=None)[0]
    return np.where(np.abs(left) <= 1e-12 * np.abs(given).max(axis=0), 0.0, left).T  # what is left of a constant is 0


def _ratio(z: FloatArray, x: FloatArray, y: FloatArray) -> Estimate:
    moved = float(z @ x)
    if not abs(moved) > 1e-13 * len(x) * np.abs(z).max() * np.abs(x).max():
        raise ParameterError("x must vary by itself, and an instrument must move it: here θ could be anything.")
    theta = float(z @ y) / moved
    return Estimate(theta, float(np.linalg.norm(z * (y - theta * x))) / abs(moved), "y/x")
