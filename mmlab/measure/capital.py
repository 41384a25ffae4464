"""Capital among several desks: by mean and variance, and by parts of the risk; and what estimating costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.arrays import floats
from mmlab.market.several_assets import check_covariance
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number


@explained
def mean_variance(mean: ArrayLike, covariance: ArrayLike) -> FloatArray:
    """Σ⁻¹μ over its sum: the weights of the largest mean/deviation, or of the least variance if the means are equal.

    Parameters
    ----------
    mean : array_like, shape (n,) or ()
        μ [price · clip]; one number for all gives the least variance.
    covariance : array_like, shape (n, n)
        Σ [(price · clip)²]

    Raises
    ------
    ParameterError
        If Σ is not positive semidefinite or some mixture has no risk, or the weights would add up to 0 or less.
    """
    sigma = _risky(covariance)
    weights = np.linalg.solve(sigma, np.broadcast_to(floats(mean), len(sigma)))
    if not weights.sum() > 1e-12 * np.abs(weights).sum():
        raise ParameterError(f"The weights Σ⁻¹μ add up to {weights.sum():.4g}: with these means no capital is best.")
    return np.asarray(weights / weights.sum())


@explained
def risk_parity(covariance: ArrayLike) -> FloatArray:
    """Positive weights of sum 1, shape (n,), with which every desk has the same part wᵢ(Σw)ᵢ of the risk.

    The least of ½w'Σw − Σ ln wᵢ by Newton's method, inside w > 0: its slope is 0 where wᵢ(Σw)ᵢ = 1.

    Raises
    ------
    ParameterError
        If Σ is not positive semidefinite, or some mixture has no risk (ρ → −1): then capital without end.
    """
    sigma = _risky(covariance)
    w, step = floats(1 / np.sqrt(np.diag(sigma))), np.ones(len(sigma))
    while np.abs(step / w).max() > 1e-12:
        step = floats(np.linalg.solve(sigma + np.diag(w**-2.0), 1 / w - sigma @ w))
        w = w + step * min(1.0, 0.9 / float(np.abs(step / w).max() + 1e-300))
    return np.asarray(w / w.sum())


@explained
def estimated_utility(sharpe: float, n_days: int, n_assets: int) -> float:
    """The mean utility of Σ̂⁻¹μ̂ estimated from T days of N normal assets, on other days (Kan and Zhou 2007).

    θ²/2 · k₁ − NT(T − 2)/(2(T − N − 1)(T − N − 2)(T − N − 4)) with
    k₁ = (T/(T − N − 2)) (2 − T(T − 2)/((T − N − 1)(T − N − 4))); Σ̂ with divisor T, a utility of mean − ½ variance.

    Parameters
    ----------
    sharpe : float
        θ = √(μ'Σ⁻¹μ), of the best mixture in one day [1]; who knows μ and Σ has θ²/2.
    n_days, n_assets : int
        T > N + 4, and N.

    Raises
    ------
    ParameterError
        If T ≤ N + 4: the mean is not finite.

    References
    ----------
    R. Kan and G. Zhou (2007), Optimal portfolio choice with parameter uncertainty, Journal of Financial and
    Quantitative Analysis 42(3), https://doi.org/10.1017/S0022109000004129
    """
    best, n = check_number("sharpe", sharpe, "1", at_least=0) ** 2 / 2, check_count("n_assets", n_assets)
    if (t := check_count("n_days", n_days)) <= n + 4:
        raise ParameterError(f"n_days (T) must be above n_assets + 4; got {t} days of {n} assets.")
    shrink, noise = t / (t - n - 2), t * (t - 2) / ((t - n - 1) * (t - n - 4))
    return best * shrink * (2 - noise) - n * noise / (2 * (t - n - 2))


def _risky(covariance: ArrayLike) -> FloatArray:
    """A Σ of which no mixture is without risk."""
    sigma = check_covariance("covariance (Σ)", covariance)
    if np.linalg.eigvalsh(sigma)[0] < 1e-12 * np.diag(sigma).max():
        raise ParameterError("covariance (Σ): a mixture of the desks has no risk at all (w'Σw = 0); leave one out.")
    return sigma
