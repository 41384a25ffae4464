"""Fill intensities λ(δ): the rate at which market orders reach a depth δ from the mid, and its inverse."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, parameter, validated
from mmlab.vocabulary import ARRIVAL_RATE, DEMAND_INTERCEPT, DEMAND_SLOPE, FILL_DECAY, LEAST_REACH


@runtime_checkable
class Intensity(Protocol):
    """What a market needs of an intensity: non-increasing in depth, with an inverse."""

    def rate(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1/time] at depth δ [price]."""
        ...

    def depth(self, rate: ArrayLike) -> FloatArray:
        """The largest depth δ [price] with λ(δ) ≥ `rate`, for `rate` above 0 [1/time]."""
        ...


@validated
class Exponential:
    """λ(δ) = A e^{−kδ}: market orders arrive at rate A and reach beyond δ with probability e^{−kδ}.

    Quotes inside the mid (δ < 0) are reached at more than the rate A, as in Avellaneda and Stoikov (2008), §3.2. Beside
    A and k there is

    least_reach : float, optional
        δ₀ [price]: where nobody trades nearer to the mid than the best quotes, λ(δ) = A e^{−k max(δ, δ₀)}. Orders then
        come at the rate λ(δ₀), and a quote nearer than δ₀ meets them and no more; A is where the line would begin.
    """

    arrival_rate: float = parameter(ARRIVAL_RATE, source="AS (2008), §3.2")
    fill_decay: float = parameter(FILL_DECAY, source="AS (2008), §3.2")
    least_reach: float | None = None

    def __post_init__(self) -> None:
        if self.least_reach is not None:
            object.__setattr__(self, "least_reach", LEAST_REACH.check(self.least_reach))

    def rate(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1/time] at depth δ [price], of the shape of `depth`; NaN stays NaN, huge far inside the mid."""
        nearest = -np.inf if self.least_reach is None else self.least_reach
        depths = np.maximum(floats(depth), nearest)
        with np.errstate(over="ignore"):
            # Finite, so that no orders at all (A = 0) stay none far inside the mid.
            reach = np.minimum(np.exp(-self.fill_decay * depths), np.finfo(float).max)
            return np.asarray(self.arrival_rate * reach)

    def depth(self, rate: ArrayLike) -> FloatArray:
        """δ = ln(A / rate) / k [price], of the shape of `rate`; −inf where orders come less often than that.

        A `rate` below 0 is refused.
        """
        with np.errstate(divide="ignore", invalid="raise"):
            log_rate = np.log(floats(rate))
            depth = np.asarray((np.log(self.arrival_rate) - log_rate) / self.fill_decay)
        if self.least_reach is None:
            return depth
        come = self.rate(self.least_reach)
        return np.where(np.less_equal(rate, come), np.maximum(depth, self.least_reach), -np.inf)


@validated
class Linear:
    """λ(δ) = (α − βδ)⁺: demand that dries up at the depth α/β, as in Ho and Stoll (1981)."""

    demand_intercept: float = parameter(DEMAND_INTERCEPT, source="Ho–Stoll (1981)")
    demand_slope: float = parameter(DEMAND_SLOPE, source="Ho–Stoll (1981)")

    def rate(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1/time] at depth δ [price], of the shape of `depth`; NaN stays NaN."""
        with np.errstate(over="ignore"):  # far inside the mid: infinite
            demand = self.demand_intercept - self.demand_slope * floats(depth)
        return np.asarray(np.maximum(demand, 0.0))

    def depth(self, rate: ArrayLike) -> FloatArray:
        """δ = (α − rate) / β [price], of the shape of `rate`."""
        return np.asarray((self.demand_intercept - floats(rate)) / self.demand_slope)
