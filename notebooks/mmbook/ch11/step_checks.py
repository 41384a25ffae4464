"""What checks the steps of chapter 11's derivation: the errors of σ and κ, and what bursts do to counts and prices.

What a verdict says is in exercises.toml.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mmlab.teach.checks import Check, formula

time_for_volatility = formula(
    lambda share, kurtosis, grid: grid * (kurtosis - 1) / (2 * share) ** 2,
    [(0.05, 9.0, 30.0), (0.02, 3.0, 10.0), (0.1, 25.0, 2.0)],
    {
        "normal": lambda share, kurtosis, grid: grid * 2 / (2 * share) ** 2,
        "kurtosis": lambda share, kurtosis, grid: grid * kurtosis / (2 * share) ** 2,
        "excess": lambda share, kurtosis, grid: grid * (kurtosis - 3) / (2 * share) ** 2,
        "of-the-square": lambda share, kurtosis, grid: grid * (kurtosis - 1) / share**2,
        "returns": lambda share, kurtosis, grid: (kurtosis - 1) / (2 * share) ** 2,
    },
)


def _orders(per_order: Callable[[float], float]) -> Callable[[float, float, float], float]:
    """How many orders make se(κ̂) this share of κ in bins of this width, if w se(κ̂) is √(per_order(ρ)/N)."""
    return lambda share, kappa, width: per_order(math.exp(-kappa * width)) / (kappa * width * share) ** 2


_right_orders = _orders(lambda on: (1 - on) ** 2 / on)
orders_for_decay = formula(
    _right_orders,
    [(0.05, 40.0, 0.01), (0.02, 22.0, 0.01), (0.1, 5.0, 0.2)],
    {
        "no-bins": lambda share, kappa, width: share**-2,
        "one-bin": _orders(lambda on: (1 - on) / on),
        "root": lambda *case: math.sqrt(_right_orders(*case)),
        "absolute": lambda share, kappa, width: _right_orders(share / kappa, kappa, width),
    },
    tolerance=5e-3,  # a whole number of orders is as good
)

one_more_at_most = formula(
    lambda expected, n: math.sqrt(expected * (1 + n) / (1 - n)),
    [(400.0, 0.5), (900.0, 0.2), (1000.0, 0.0)],
    {
        "any-number": lambda expected, n: math.sqrt(expected) / (1 - n),
        "no-bursts": lambda expected, n: math.sqrt(expected),
        "mean-size": lambda expected, n: math.sqrt(expected / (1 - n)),
        "spread-of-size": lambda expected, n: math.sqrt(expected * n / (1 - n)),
        "variance": lambda expected, n: expected * (1 + n) / (1 - n),
    },
)


def _sizes(size: float, share: float) -> tuple[float, float]:
    """E[Y] and E[Y²] of bursts of this size, a share of them, and of one order."""
    return 1 + share * (size - 1), 1 + share * (size**2 - 1)


def _of_an_order(size: float, share: float) -> float:
    """The mean size of the burst that an order is in."""
    mean, square = _sizes(size, share)
    return square / mean


bursts_of_two_sizes = formula(
    lambda jump, *burst: jump * (1 + _of_an_order(*burst)) / 2,
    [(0.005, 4.0, 0.3), (1.0, 10.0, 0.5), (0.02, 2.0, 0.1)],
    {
        "a-burst": lambda jump, *burst: jump * (1 + _sizes(*burst)[0]) / 2,
        "the-whole": lambda jump, *burst: jump * _of_an_order(*burst),
        "not-itself": lambda jump, *burst: jump * (_of_an_order(*burst) - 1) / 2,
        "what-it-brings": lambda jump, *burst: jump * _sizes(*burst)[0],
    },
)

STEPS: dict[str, Check] = {
    "time-for-volatility": time_for_volatility,
    "orders-for-decay": orders_for_decay,
    "one-more-at-most": one_more_at_most,
    "bursts-of-two-sizes": bursts_of_two_sizes,
}
