"""Estimate: a number with its standard error and unit."""

from __future__ import annotations

from mmlab.arrays import in_range
from mmlab.frozen import frozen


class CalibrationError(ValueError):
    """Data that cannot tell what was asked of them; the message says what is missing."""


@frozen
class Estimate:
    """A value, its standard error, and their unit."""

    value: float
    error: float
    unit: str
    least: float = float("-inf")
    """A bound that the value cannot go below."""

    @property
    @in_range
    def interval(self) -> tuple[float, float]:
        """Where the truth lies in 95 of 100 samples, if errors are normal: value ± 1.96 errors.

        Where that would go below `least` it is one-sided: from there to 1.645 errors above the value.
        """
        if self.value - 1.959964 * self.error < self.least:
            return self.least, self.value + 1.644854 * self.error
        return self.value - 1.959964 * self.error, self.value + 1.959964 * self.error

    def __str__(self) -> str:
        return f"{self.value:.4g} ± {self.error:.2g} {self.unit}"
