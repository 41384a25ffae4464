"""Hawkes: market orders that bring market orders, fitted by maximum likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.frozen import frozen
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.parameters import FloatArray
from mmlab.table import Summary


@frozen(eq=False, repr=False)
class Hawkes(Summary):
    """λ(t) = μ + Σ_{tᵢ<t} nβ e^{−β(t − tᵢ)}: each order brings n more on average, about 1/β later."""

    base_rate: Estimate
    """μ [1/time]"""
    branching: Estimate
    """n [1]: the share of orders that other orders brought; 0 is a Poisson flow."""
    decay: Estimate
    """β [1/time]; its error is infinite where n is too small to tell it."""
    residuals: FloatArray
    """∫λ between successive orders [1], shape (n_orders − 1,): independent exponential(1) if the model is right."""

    @property
    @in_range
    def distance(self) -> tuple[float, float]:
        """Kolmogorov's distance of the residuals from exponential(1), and one that at most 5 in 100 true fits exceed.

        That is Lilliefors' (1969) for an exponential whose mean is fitted; what fits more comes nearer still.
        """
        n = len(self.residuals)
        exact = -np.expm1(-np.sort(floats(self.residuals)))
        steps = np.arange(n + 1) / n
        return float(max((steps[1:] - exact).max(), (exact - steps[:-1]).max())), float(1.094 / np.sqrt(n))

    @property
    def verdict(self) -> str:
        """`distance` in words, to stand beside n and whatever is made of it."""
        words = "distance {:.3f} of {:.3f}".format(*self.distance)
        return f"fit rejected ({words})" if self.distance[0] > self.distance[1] else words


@in_range
def hawkes(times: ArrayLike, observed: float) -> Hawkes:
    """Fit μ, n and β to the times of orders by maximum likelihood: damped Newton on their logarithms.

    With R_i = Σ_{j<i} e^{−β(t_i − t_j)}, which obeys R_i = e^{−βΔ_i}(1 + R_{i−1}), the log-likelihood is

        L = Σ_i ln(μ + nβ R_i) − μT − n Σ_i (1 − e^{−β(T − t_i)}).

    Standard errors are from its second derivatives at the maximum.

    Parameters
    ----------
    times : array, shape (n_orders,)
        [time] within 0 and `observed`, not decreasing.
    observed : float
        T [time].

    Raises
    ------
    CalibrationError
        If there are fewer than 10 orders, or a time is outside or before the one before it.

    References
    ----------
    Y. Ogata (1978), The asymptotic behaviour of maximum likelihood estimators for stationary point processes.
    """
    times = floats(times)
    if len(times) < 10 or not (times[0] >= 0 and times[-1] <= observed and (np.diff(times) >= 0).all()):
        raise CalibrationError(
            f"A Hawkes fit needs at least 10 times from 0 to {observed:g} that do not run backwards; got {len(times)}."
        )
    n_orders = len(times)
    average = n_orders / observed
    # A memory of more than a tenth of the sample could not be told from a trend.
    slowest, fastest = 10 / observed, 1e6 * average
    starts = [np.array([0.5 * average, 0.5, beta]) for beta in np.geomspace(slowest, fastest, 16)]
    theta = max(starts, key=lambda start: _likelihood(start, times, observed)[0])
    value, gradient, curvature = _likelihood(theta, times, observed)
    damping = 1e-3
    for _ in range(200):
        slope = theta * gradient  # in logarithms
        bend = -theta[:, np.newaxis] * curvature * theta - np.diag(slope)
        lowest = np.linalg.eigvalsh(bend)[0]
        step = np.linalg.solve(bend + (damping + max(0.0, -1.1 * lowest)) * np.eye(3), slope)
        tried = theta * np.exp(np.clip(step, -1, 1))
        # Where orders bring none, n falls without end and β is anybody's guess: stop while both are numbers.
        tried[1:] = np.clip(tried[1:], [1e-6, slowest], [1e3, fastest])
        found = _likelihood(tried, times, observed)
        if found[0] < value:
            damping = max(10 * damping, 1e-3)
            if damping > 1e12:
                break
            continue
        gain = found[0] - value
        theta, (value, gradient, curvature) = tried, found
        damping /= 10
        if gain < 1e-7:
            break
    mu, n, beta = theta
    errors = np.full(3, np.inf)
    excites = n > 1e-5
    # Without what n tells of β, μ and n are checked by themselves.
    known = 3 if np.linalg.eigvalsh(-curvature)[0] > 0 and excites else 2
    errors[:known] = np.sqrt(np.diag(np.linalg.inv(-curvature[:known, :known])))
    excited = 1 + _decaying(np.ones(n_orders), beta, times)[:-1]
    gaps = np.diff(times)
    return Hawkes(
        Estimate(float(mu), float(errors[0]), "1/time"),
        Estimate(float(n) if excites else 0.0, float(errors[1]), "1", least=0.0),
        Estimate(float(beta), float(errors[2]), "1/time"),
        mu * gaps - n * excited * np.expm1(-beta * gaps),
    )


def _decaying(added: FloatArray, beta: float, times: FloatArray) -> FloatArray:
    """X_i = e^{−β(t_i − t_{i−1})} (X_{i−1} + added_{i−1}) from X_0 = 0, for all i at once, in logarithms."""
    with np.errstate(divide="ignore"):
        log_sum = np.logaddexp.accumulate(np.log(added[:-1]) + beta * times[:-1])
    return np.append(0.0, np.exp(log_sum - beta * times[1:]))


def _likelihood(theta: FloatArray, times: FloatArray, observed: float) -> tuple[float, FloatArray, FloatArray]:
    """L and its first and second derivatives in (μ, n, β)."""
    mu, n, beta = theta
    gaps = np.append(np.diff(times), 0.0)
    # Σ_{j<i} (t_i − t_j)^m e^{−β(t_i − t_j)} for m = 0, 1, 2.
    r = _decaying(np.ones_like(times), beta, times)
    r1 = _decaying(gaps * (1 + r), beta, times)
    r2 = _decaying(gaps * (2 * r1 + gaps * (1 + r)), beta, times)
    left = observed - times
    faded = np.exp(-beta * left)
    rate = mu + n * beta * r
    bent = r - beta * r1  # ∂(βR)/∂β
    d_rate = np.stack([np.ones_like(r), beta * r, n * bent]) / rate
    value = np.log(rate).sum() - mu * observed + n * np.expm1(-beta * left).sum()
    gradient = d_rate.sum(axis=1) - [observed, (1 - faded).sum(), n * (left * faded).sum()]
    curvature = -d_rate @ d_rate.T
    curvature[1, 2] += np.sum(bent / rate) - (left * faded).sum()
    curvature[2, 1] = curvature[1, 2]
    curvature[2, 2] += np.sum(n * (beta * r2 - 2 * r1) / rate) + n * (left**2 * faded).sum()
    return float(value), gradient, curvature
