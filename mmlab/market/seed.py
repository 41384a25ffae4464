"""Seeds: what stands for a source of random numbers, wherever one is drawn."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from mmlab.parameters import ParameterError

Seed: TypeAlias = "int | np.random.Generator | np.random.SeedSequence | None"  # NumPy loads its random when it is used


def generator(seed: Seed) -> np.random.Generator:
    """The source of random numbers that a seed stands for, or a ParameterError that says what a seed is."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ParameterError(
            f"seed must be a whole number of at least 0, a Generator or a SeedSequence; got {seed!r}."
        ) from None
