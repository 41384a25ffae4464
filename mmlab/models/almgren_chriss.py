"""Almgren and Chriss (2000): be rid of a position at the best of cost and risk, on a schedule made before the day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import in_range
from mmlab.models.schedule import Schedule
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


@validated
class AlmgrenChriss:
    """The schedule that minimises E + λV, of the cost's mean E and variance V, in N slices of length τ = T/N.

    Selling n in a slice moves the mid by −θn for ever (AC write γ), and its own price by −(ε + ηn/τ). With η̃ = η − ½θτ
    and cosh κτ = 1 + ½τ²λσ²/η̃ (AC, eqs. 16 to 20)

        x_j = X sinh(κ(T − t_j)) / sinh κT,   E = ½θX² + εΣ|n_j| + (η̃/τ)Σn_j²,   V = σ²τ Σ_{k≥1} x_k².

    A drift α of the mid adds [1 − (sinh κ(T − t) + sinh κt)/sinh κT] x̄ to x, x̄ = α/(2λσ²), and −ατΣ_{k≥1} x_k to E
    (AC, §4). ½θX² is paid whatever the schedule. The paper's λ is per currency; for CARA and a normal cost it is half
    of mmlab's risk aversion, λ = γ/2.

    References
    ----------
    R. Almgren and N. Chriss (2000), Optimal execution of portfolio transactions, Journal of Risk 3(2).
    """

    position: float = parameter(vocabulary.POSITION)
    horizon: float = parameter(vocabulary.HORIZON, above=0)
    n_slices: int = parameter(vocabulary.N_SLICES)
    volatility: float = parameter(vocabulary.VOLATILITY)
    temporary_impact: float = parameter(vocabulary.TEMPORARY_IMPACT, source="AC (2000), eq. 7")
    permanent_impact: float = parameter(vocabulary.PERMANENT_IMPACT, default=0.0, source="AC (2000), eq. 6")
    half_spread: float = parameter(vocabulary.CROSSING_HALF_SPREAD, symbol="ε", default=0.0, source="AC (2000), eq. 7")
    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, symbol="λ", description="What a unit of variance costs.")
    drift: float = parameter(vocabulary.DRIFT, symbol="α", default=0.0, source="AC (2000), §4")

    def __post_init__(self) -> None:
        if self._eta <= 0:
            raise ParameterError(
                f"temporary_impact (η) {self.temporary_impact:g} must be above ½θτ = "
                f"{self.permanent_impact * self._tau / 2:g}, or a slice is paid for: take more slices."
            )
        if self.drift and not self.risk_aversion * self.volatility:
            raise ParameterError("With a drift (α), risk_aversion (λ) and volatility (σ) must be above 0.")

    @property
    def _tau(self) -> float:
        return self.horizon / self.n_slices

    @property
    def _eta(self) -> float:
        return self.temporary_impact - self.permanent_impact * self._tau / 2

    @property
    @in_range
    def kappa(self) -> float:
        """κ [1/time]: 1/κ is how long the schedule takes, where the horizon is longer."""
        # cosh κτ − 1 = 2 sinh²(κτ/2): no digit is lost where λ is small.
        half = self._tau / 2 * self.volatility * np.sqrt(self.risk_aversion / self._eta)
        return float(2 / self._tau * np.arcsinh(half))

    @property
    @in_range
    def holdings(self) -> FloatArray:
        """x_0 … x_N [clips], shape (n_slices + 1,): after j trades."""
        t = np.linspace(0.0, self.horizon, self.n_slices + 1)
        falls, rises = (_share(self.kappa, self.horizon, time) for time in (t, self.horizon - t))
        wished = self.drift / (2 * self.risk_aversion * self.volatility**2) if self.drift else 0.0
        return np.asarray(self.position * falls + wished * (1 - falls - rises))

    @property
    def schedule(self) -> Schedule:
        """What is sold in each slice."""
        return Schedule(tuple(-np.diff(self.holdings)), self.horizon)

    @property
    @in_range
    def expected_cost(self) -> float:
        """E [price·clip]: how far the proceeds are below the position at the mid of the start, in the mean."""
        x, n = self.holdings, np.diff(self.holdings)
        traded = self.half_spread * np.abs(n).sum() + self._eta / self._tau * (n**2).sum()
        return float(self.permanent_impact * self.position**2 / 2 + traded - self.drift * self._tau * x[1:].sum())

    @property
    @in_range
    def variance(self) -> float:
        """V [(price·clip)²] of that cost. What the first slice sells is at no risk."""
        return float(self.volatility**2 * self._tau * (self.holdings[1:] ** 2).sum())

    def frontier(self, risk_aversion: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """E and √V [price·clip] of the same position at each λ of `risk_aversion`, of its shape."""
        lambdas = vocabulary.RISK_AVERSION.check_array(risk_aversion)
        each = [replace(self, risk_aversion=x) for x in lambdas.ravel().tolist()]
        pairs = np.array([(one.expected_cost, np.sqrt(one.variance)) for one in each]).reshape(*lambdas.shape, 2)
        return pairs[..., 0], pairs[..., 1]


def _share(kappa: float, horizon: float, t: FloatArray) -> FloatArray:
    """sinh κ(T − t)/sinh κT: 1 − t/T at κ = 0, and no overflow where κ is large."""
    if kappa * horizon < 1e-150:
        return np.asarray(1 - t / horizon)
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(-kappa * t) * np.expm1(-2 * kappa * (horizon - t)) / np.expm1(-2 * kappa * horizon))
