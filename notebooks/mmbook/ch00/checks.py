"""What checks the exercises of chapter 00; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmbook.ch00.dice import MEAN, SIDES, VARIANCE, fair_value, variance
from mmlab.teach.checks import Check, formula


def _risk(held: Sequence[float], gamma: float, sigma: float, dt: float) -> float:
    return 0.5 * gamma * sigma**2 * dt * sum(q**2 for q in held)


score = formula(
    lambda profit, held, gamma, sigma, dt: profit - _risk(held, gamma, sigma, dt),
    [
        (20.0, [1.0, 3.0, -2.0, 0.0], 0.1, 2.0, 0.5),
        (-5.0, [-4.0, -1.0], 0.5, 0.3, 2.0),
        (1.0, [7.0], 1.0, 1.5, 0.25),
    ],
    {
        "no-half": lambda profit, held, *x: profit - 2 * _risk(held, *x),
        "added": lambda profit, held, *x: profit + _risk(held, *x),
        "risk-alone": lambda profit, held, *x: _risk(held, *x),
        "no-square": lambda profit, held, g, v, dt: profit - 0.5 * g * v**2 * dt * sum(map(abs, held)),
        "signed": lambda profit, held, g, v, dt: profit - 0.5 * g * v**2 * dt * sum(held),
        "square-of-sum": lambda profit, held, g, v, dt: profit - 0.5 * g * v**2 * dt * sum(held) ** 2,
        "no-time": lambda profit, held, g, v, dt: profit - _risk(held, g, v, 1.0),
        "last-alone": lambda profit, held, *x: profit - _risk(held[-1:], *x),
    },
)

dice_market = formula(
    lambda shown, hidden: (fair_value(shown, hidden), math.sqrt(variance(hidden))),
    [(9.0, 5.0), (0.0, 8.0), (24.0, 1.0)],
    {
        "variance": lambda shown, hidden: (fair_value(shown, hidden), variance(hidden)),
        "in-step": lambda shown, hidden: (fair_value(shown, hidden), math.sqrt(VARIANCE) * hidden),
        "middle-face": lambda shown, hidden: (shown + 3 * hidden, math.sqrt(variance(hidden))),
        "sample": lambda shown, hidden: (fair_value(shown, hidden), math.sqrt(3.5 * hidden)),
        "hidden-alone": lambda shown, hidden: (fair_value(0, hidden), math.sqrt(variance(hidden))),
    },
)


def _gains(half_spread: float) -> list[float]:
    """What a customer who has seen the die gains over the ask, for each face."""
    return [die - MEAN - half_spread for die in SIDES]


peeked_die = formula(
    lambda h: sum(max(gain, 0.0) for gain in _gains(h)) / 6,
    [(1.0,), (0.0,), (2.0,), (0.75,)],
    {
        "given-a-trade": lambda h: sum(gain for gain in _gains(h) if gain > 0) / sum(gain > 0 for gain in _gains(h)),
        "every-face": lambda h: -sum(_gains(h)) / 6,
        "no-ask": lambda h: sum(gain + h for gain in _gains(h) if gain > 0) / 6,
        "chance": lambda h: sum(gain > 0 for gain in _gains(h)) / 6,
    },
    facts=lambda gave, right, h: {"half_spread": h},
)

CHECKS: dict[str, Check] = {"score-by-hand": score, "dice-market": dice_market, "seen-die": peeked_die}
