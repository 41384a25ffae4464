"""What checks the formulas of chapter 12: its steps, what of a clip was filled, how many orders were to come."""

from __future__ import annotations

import math

import numpy as np

from mmbook.ch12.log_checks import CHECKS as LOG_CHECKS
from mmbook.ch12.queue_checks import queue_guess
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, formula


def _bounds(displayed: float, traded: float, through: bool, size: float) -> tuple[float, float]:
    return (size, size) if through else (min(max(traded - displayed, 0.0), size), min(traded, size))


def _queue_mistake(
    gave: FloatArray, right: FloatArray, displayed: float, traded: float, through: bool, size: float
) -> str:
    if through:
        return "through"
    return "more-than-ours" if gave.max() > size else "less-than-none" if gave[0] < 0 else "otherwise"


fill_bounds = formula(
    _bounds,
    [  # waits that end within the queue, behind it, before it, and with a trade through the price
        (300.0, 250.0, False, 100.0),
        (300.0, 340.0, False, 100.0),
        (300.0, 60.0, False, 100.0),
        (300.0, 0.0, False, 100.0),
        (300.0, 900.0, False, 100.0),
        (300.0, 200.0, True, 100.0),
    ],
    facts=lambda gave, right, displayed, traded, through, size: {"displayed": displayed, "size": size},
    otherwise=_queue_mistake,
)

QUOTED = (np.array([0.02, 0.03, np.nan, 0.025]), np.array([10.0, 40.0, 100.0, 20.0]), 0.3, 40.0)
"""Depths that change, and a side that was absent for a while."""


def _expected(depth: FloatArray, seconds: FloatArray | float, rate: float, decay: float) -> tuple[float, float]:
    mean = float(np.nansum(rate * np.exp(-decay * depth) * seconds))
    return mean, math.sqrt(mean)


expected_and_deviation = formula(
    _expected,
    [QUOTED],
    {
        "average-depth": lambda depth, *x: _expected(np.where(np.isnan(depth), depth, np.nanmean(depth)), *x),
        "absent-at-the-mid": lambda depth, *x: _expected(np.nan_to_num(depth), *x),
        "time-forgotten": lambda depth, seconds, *x: _expected(depth, 1.0, *x),
    },
    otherwise=lambda gave, right, *_: "mean" if abs(gave[0] / right[0] - 1) > 1e-6 else "otherwise",
)


def expected_orders(answer: Answer) -> Facts:
    """The formula, but that a NaN hears where it comes from."""
    returned = answer(*QUOTED)
    if isinstance(returned, tuple | list | np.ndarray) and any(isinstance(x, float) and x != x for x in returned):
        raise Mistake("nan", call=answer.running)
    return expected_and_deviation(answer)


two_steps = formula(
    lambda p, a, b: p * (1 - p) + p * a * (1 - a) + (1 - p) * b * (1 - b),
    [(0.3, 0.1, 0.4), (0.5, 0.2, 0.2), (0.05, 0.6, 0.01)],
    {
        "of-the-count": lambda p, a, b: _variance_of_count(p, a, b),
        "short-steps": lambda p, a, b: p + p * a + (1 - p) * b,
        "mean-chance": lambda p, a, b: p * (1 - p) + _chance(p * a + (1 - p) * b),
        "first-alone": lambda p, a, b: p * (1 - p),
        "not-weighted": lambda p, a, b: p * (1 - p) + a * (1 - a) + b * (1 - b),
        "deviation": lambda p, a, b: math.sqrt(p * (1 - p) + p * a * (1 - a) + (1 - p) * b * (1 - b)),
    },
)


def _chance(p: float) -> float:
    """The variance of what happens with a probability."""
    return p * (1 - p)


def _variance_of_count(p: float, a: float, b: float) -> float:
    second = p * a + (1 - p) * b
    return _chance(p) + _chance(second) + 2 * p * (1 - p) * (a - b)


def _parts(side: float, size: float, depth: float, at_fill: float, soon: float, last: float) -> tuple[float, ...]:
    """Edge, adverse selection (below 0 where it costs), and the rest."""
    return size * depth, side * size * (soon - at_fill), side * size * (last - soon)


three_parts = formula(
    _parts,
    [(1.0, 2.0, 0.03, 100.0, 99.9, 100.5), (-1.0, 1.0, 0.02, 50.0, 50.03, 50.01), (1.0, 0.5, -0.01, 20.0, 20.5, 19.0)],
    {
        "buys-only": lambda side, *x: _parts(1.0, *x),
        "cost-above-0": lambda *x: np.array(_parts(*x)) * (1, -1, 1),
        "counted-twice": lambda side, size, d, s, soon, last: (
            size * d, side * size * (soon - s), side * size * (last - s),
        ),
        "one-clip": lambda side, size, *x: _parts(side, 1.0, *x),
        "from-the-price": lambda side, size, d, s, soon, last: (
            size * d, side * size * (soon - s) + size * d, side * size * (last - soon),
        ),
        "signed-edge": lambda side, *x: np.array(_parts(side, *x)) * (side, 1, 1),
    },
)  # fmt: skip

gone_in_front = formula(
    lambda displayed, traded, filled: displayed - traded + filled,
    [(300.0, 250.0, 80.0), (500.0, 480.0, 10.0), (40.0, 90.0, 50.0)],
    {
        "nobody-cancels": lambda displayed, traded, filled: displayed - traded,
        "from-us": lambda displayed, traded, filled: displayed - traded - filled,
        "all": lambda displayed, traded, filled: displayed,
        "other-way": lambda displayed, traded, filled: traded - displayed - filled,
    },
)

CHECKS: dict[str, Check] = {
    "fill-bounds": fill_bounds,
    "expected-orders": expected_orders,
    "replay-two-steps": two_steps,
    "replay-three-parts": three_parts,
    "replay-gone-in-front": gone_in_front,
    "queue-guess": queue_guess,
    **LOG_CHECKS,
}
