"""What checks the exercises of chapter 12: what of a clip was filled, and how many orders were to be expected."""

from __future__ import annotations

import math

import numpy as np

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
    facts=lambda gave, right, displayed, traded, through, size: {
        "gave": gave.tolist(),
        "right": right.tolist(),
        "displayed": displayed,
        "size": size,
    },
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


CHECKS: dict[str, Check] = {"fill-bounds": fill_bounds, "expected-orders": expected_orders}
