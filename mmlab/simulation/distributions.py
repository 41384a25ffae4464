"""The form in which a law of a profit is kept: a cosine expansion."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import floats
from mmlab.frozen import frozen
from mmlab.parameters import FloatArray


@frozen(eq=False)
class Expansion:
    """A density Σ a_j cos(jπ(x − low)/(high − low)) between low and high, of a law or of what is weighted by it.

    Parameters
    ----------
    low, high
        [price · clip]
    coefficients
        The a_j [1/(price · clip)], shape (n_terms,), the first halved.
    """

    low: float
    high: float
    coefficients: FloatArray

    @classmethod
    def of(cls, low: float, high: float, phi: NDArray[np.complex128]) -> Expansion:
        """From E[e^{iuW}] at u = jπ/(high − low) for j = 0, 1, …, by Fang and Oosterlee's (2008) eq. (8)."""
        u = np.arange(len(phi)) * np.pi / (high - low)
        coefficients = 2 / (high - low) * (phi * np.exp(-1j * u * low)).real
        coefficients[0] /= 2
        return cls(low, high, coefficients)

    @cached_property
    def _u(self) -> FloatArray:
        return np.asarray(np.arange(1, len(self.coefficients)) * np.pi / (self.high - self.low))

    @property
    def sd(self) -> float:
        """The standard deviation [price · clip]."""
        length, sign = self.high - self.low, (-1.0) ** np.arange(1, len(self.coefficients))
        first = self.coefficients[0] * length**2 / 2 + ((sign - 1) / self._u**2) @ self.coefficients[1:]
        second = self.coefficients[0] * length**3 / 3 + (2 * length * sign / self._u**2) @ self.coefficients[1:]
        return math.sqrt(max(float(second - first**2), 0.0))

    def below(self, x: FloatArray) -> FloatArray:
        """The density's integral up to x [price · clip], of any shape."""
        y = np.clip(x, self.low, self.high) - self.low
        waves = np.sin(y[..., np.newaxis] * self._u) / self._u
        return np.asarray(self.coefficients[0] * y + waves @ self.coefficients[1:])

    def partial_mean(self, x: float) -> float:
        """The integral of x times the density, up to x [price · clip]."""
        y, u = float(np.clip(x, self.low, self.high)) - self.low, self._u
        waves = y * np.sin(y * u) / u + (np.cos(y * u) - 1) / u**2
        part = self.coefficients[0] * y**2 / 2 + waves @ self.coefficients[1:]
        return float(self.low * self.below(floats(x)) + part)
