"""What checks the exercises of chapter 08; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from mmbook.ch08.scenarios import a_season
from mmbook.ch08.tail_improvement import expected_shortfall
from mmlab.parameters import BoolArray, FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, contest, formula

_RNG = np.random.default_rng(8)


def _room(bought: float, sold: float) -> tuple[float, float]:
    """What may be bid for and offered by ±10, from where each would be if all that counts had filled."""
    return max(10 - bought, 0), max(sold + 10, 0)


def _widened(sigma: FloatArray, enter: float, leave: float) -> BoolArray:
    """Whether one is widened after each step."""
    wide = [False]
    for s in sigma:
        wide.append(s >= (leave if wide[-1] else enter))
    return np.array(wide[1:])


def _first_other(gave: FloatArray, right: FloatArray, sigma: FloatArray, *thresholds: float) -> Facts:
    n = int(np.argmax(gave != right))
    return {"sigma": sigma[n], "before": sigma[n - 1], "says": bool(gave[n]), "must": bool(right[n])}


_WALK = 2 + 0.6 * np.random.default_rng(4).standard_normal(60)


def _below(clips: float, sigma: float, budget: float) -> float:
    """P(the day ends below −budget)."""
    return NormalDist().cdf(-budget / (abs(clips) * sigma))


def _ends(estimate: float, left: float, sigma: float, window: float) -> float:
    """Eq. (8), of variances that differ from σ²."""
    return window * math.log((estimate**2 - sigma**2) / (left**2 - sigma**2))


BUDGET, PASSES = 5.0, 48.65
"""The largest expected shortfall, and the mean that will do [price · clip]."""
UNSEEN_SEED = 808
"""The season that limits are checked on."""


def _unseen_season(answer: Answer) -> FloatArray:
    limits = answer.given
    return a_season(tuple(limits) if isinstance(limits, tuple | list) else (limits,), UNSEEN_SEED)


def _lacks(pnl: FloatArray) -> str | None:
    return "over" if expected_shortfall(pnl)[0] > BUDGET else "more-to-earn" if pnl.mean() < PASSES else None


def _earned(pnl: FloatArray) -> Facts:
    lost, error = expected_shortfall(pnl)
    facts = {"mean": pnl.mean(), "lost": lost, "error": error, "budget": BUDGET, "passes": PASSES}
    return facts | {"unlimited": expected_shortfall(a_season((), UNSEEN_SEED))[0]}


CHECKS: dict[str, Check] = {
    "furthest-position": formula(
        lambda limit, size, n: limit - 1 + size * n,
        [(10, 5, 1), (10, 5, 2), (3, 1, 1), (20, 4, 3)],
        {
            "limit-holds": lambda limit, size, n: limit,
            "at-the-limit": lambda limit, size, n: limit + size * n,
            "one-order": lambda limit, size, n: limit - 1 + size,
            "from-flat": lambda limit, size, n: size * n,
            "before-it": lambda limit, size, n: limit - 1,
        },
    ),
    "false-alarms": formula(
        _below,
        [(8, 2.0, 20.0), (-5, 3.0, 12.0), (1, 1.0, 0.5)],
        {
            "all-stops": lambda q, s, budget: 2 * _below(q, s, budget),
            "of-the-stops": lambda q, s, budget: 0.5,
            "other-side": lambda q, s, budget: 1 - _below(q, s, budget),
            "one-clip": lambda q, s, budget: _below(1, s, budget),
            "short": lambda q, s, budget: NormalDist().cdf(-budget / (q * s)),
            "variance": lambda q, s, budget: NormalDist().cdf(-budget / (q * q * s * s)),
        },
    ),
    "halt-outlasts": formula(
        lambda b, f, s, w: _ends(2 * b, f * b, s, w),
        [(20.0, 0.8, 2.0, 0.02), (3.0, 0.7, 2.0, 0.1), (6.0, 1.0, 1.5, 0.05)],
        {
            "no-hysteresis": lambda b, f, s, w: _ends(2 * b, b, s, w),
            "from-the-bound": lambda b, f, s, w: _ends(b, f * b, s, w),
            "not-squared": lambda b, f, s, w: w * math.log((2 * b - s) / (f * b - s)),
            "not-doubled": lambda b, f, s, w: w * math.log((2 * b * b - s * s) / (f * f * b * b - s * s)),
            "to-nothing": lambda b, f, s, w: w * math.log(4 / f**2),
            "half-lives": lambda b, f, s, w: _ends(2 * b, f * b, s, w) / math.log(2),
            "sign": lambda b, f, s, w: -_ends(2 * b, f * b, s, w),
        },
    ),
    "expected-shortfall": formula(
        lambda pnl, level: expected_shortfall(pnl, level)[0],
        [(20 - _RNG.exponential(15, n), level) for n, level in ((200, 0.05), (1000, 0.1))],
        {
            "value-at-risk": lambda pnl, level: -np.sort(pnl)[round(level * len(pnl)) - 1],
            "quantile": lambda pnl, level: -np.quantile(pnl, level),
            "worst-day": lambda pnl, level: -pnl.min(),
            "over-all-days": lambda pnl, level: -np.sort(pnl)[: round(level * len(pnl))].sum() / len(pnl),
        },
        facts=lambda gave, right, pnl, level: {"n_worst": round(level * len(pnl)), "average": -right},
    ),
    "room": formula(
        lambda q, bid, ask: _room(q + bid, q - ask),
        [(0, 0, 0), (9, 0, 0), (9, 1, 0), (7, 2, 5), (10, 0, 1), (13, 2, 0), (-10, 0, 0), (-12.5, 3, 1)],
        {
            "negative": lambda q, bid, ask: (10 - q - bid, q + 10 - ask),
            "nothing-rests": lambda q, bid, ask: _room(q, q),
            "netted": lambda q, bid, ask: _room(q + bid - ask, q + bid - ask),
            "other-side": lambda q, bid, ask: _room(q + ask, q - bid),
        },
        otherwise=lambda gave, right, q, *resting: "locked-in" if q > 10 and not gave.any() else "otherwise",
    ),
    "largest-drawdown": formula(
        lambda equity: (np.maximum.accumulate(equity) - equity).max(),
        [(np.array(path, float),) for path in ([0, 200_000, -49_999], [0, -3, 2, 5, 1, 6], [5, 4, 3.5], [0, 1, 2])],
        {
            "level": lambda equity: -equity.min(),
            "range": np.ptp,
            "from-start": lambda equity: equity[0] - equity.min(),
            "at-the-end": lambda equity: equity.max() - equity[-1],
        },
        facts=lambda gave, right, equity: {"call": f"`equity = [{', '.join(f'{level:g}' for level in equity)}]`"},
    ),
    "hysteresis": formula(
        _widened,
        [(np.array(s), 2.0, 1.6) for s in ([1, 2, 1.8, 1.5, 2.1, 1.59, 1.6], _WALK, [2.5, 1.6, 1.7], [1.9, 1.9])],
        {
            "never": lambda sigma, enter, leave: 0 * sigma,
            "no-memory": lambda sigma, enter, leave: sigma >= enter,
            "one-threshold": lambda sigma, enter, leave: sigma >= leave,
        },
        facts=_first_other,
        otherwise=lambda gave, right, *case: "at-the-start" if gave[0] != right[0] else "otherwise",
    ),
    "loss-budget": contest(_unseen_season, _lacks, _earned),
}
