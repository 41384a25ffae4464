"""Estimate: a number with its standard error and unit."""

from __future__ import annotations

from dataclasses import dataclass

from mmlab.arguments import in_range


class CalibrationError(ValueError):
    """Data that cannot tell what was asked of them; the message says what is missing."""


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error, and their unit."""

    value: float
    error: float
    unit: str

    @property
    @in_range
    def interval(self) -> tuple[float, float]:
        """Where the truth lies in 95 of 100 samples, if errors are normal: value ± 1.96 errors."""
        return self.value - 1.959964 * self.error, self.value + 1.959964 * self.error

    def __str__(self) -> str:
        return f"{self.value:.4g} ± {self.error:.2g} {self.unit}"
