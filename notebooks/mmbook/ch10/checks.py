"""What checks the exercises of chapter 10, against mmlab's own measures; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from mmbook.ch10.scenes import (
    CALM,
    CONFIG,
    INFORMED,
    N_DAYS,
    TWO_FILLS,
    alarms,
    detected,
    first_times,
    many,
    net_markouts,
    per_day,
)
from mmlab.market import Market
from mmlab.measure import Rule, Watch, attribute, default_rules
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

markout = formula(
    lambda side, price, later: side * (later - price),
    [(1, 99.98, 100.03), (1, 99.98, 99.91), (-1, 100.02, 99.97), (-1, 100.02, 100.09)],
    {
        "never-a-loss": lambda side, price, later: abs(later - price),
        "always-bought": lambda side, price, later: later - price,
        "always-sold": lambda side, price, later: price - later,
    },
)

one_step = formula(
    lambda q, f, d, p, m, move: f * d * (p - m) + (q - d * f) * move,
    [(3, 2, 1, 100.02, 100.0, -0.05), (-4, 1, -1, 99.97, 100.0, 0.03), (0, 3, 1, 50.06, 50.01, 0.02)],
    {
        "before-the-fill": lambda q, f, d, p, m, move: f * d * (p - m) + q * move,
        "own-side": lambda q, f, d, p, m, move: f * d * (p - m) + (q + d * f) * move,
        "no-inventory": lambda q, f, d, p, m, move: f * d * (p - m),
        "no-fill": lambda q, f, d, p, m, move: (q - d * f) * move,
        "other-way": lambda q, f, d, p, m, move: -f * d * (p - m) + (q - d * f) * move,
    },
)

effective_number = formula(
    lambda a, n: (1 + a) / (1 - a) * (1 - a**n) / (1 + a**n),
    [(0.98, 30), (0.5, 3), (0.9, 1)],
    {
        "in-the-end": lambda a, n: (1 + a) / (1 - a),
        "sum-of-weights": lambda a, n: (1 - a**n) / (1 - a),
        "all-of-them": lambda a, n: n,
        "upside-down": lambda a, n: (1 - a) / (1 + a) * (1 + a**n) / (1 - a**n),
    },
)

two_rules = formula(
    lambda one, other: 1 / (1 / one + 1 / other),
    [(40.0, 10.0), (20.0, 20.0), (5.0, 250.0)],
    {
        "the-sooner": min,
        "half-way": lambda one, other: (one + other) / 2,
        "sum-of-waits": lambda one, other: one + other,
        "rate": lambda one, other: 1 / one + 1 / other,
    },
)


def _parts(takers: bool = False) -> tuple[float, float, float]:
    """Spread, adverse selection and inventory of a day of two fills; `takers`: with the takers' sign in the second."""
    found = attribute(TWO_FILLS, 30.0)
    spread, adverse, inventory = (float(x[0]) for x in (found.spread, found.adverse_selection, found.inventory))
    return (spread, -adverse, inventory + 2 * adverse) if takers else (spread, adverse, inventory)


two_fills = formula(
    _parts,
    mistakes={"takers-sign": lambda: _parts(takers=True), "not-given-back": lambda: (0.05, -0.09, -0.03)},
    facts=lambda gave, right: {"profit": right.sum()},
    otherwise=lambda gave, right: ("spread", "adverse", "inventory")[int(np.argmax(np.abs(gave - right) > 1e-3))],
)


def _times_fired(values: Sequence[float], threshold: float, leave_at: float) -> int:
    """How often a rule fires whose metric, a spread, has these values."""
    rows = [
        {"time": n, "mid": 100.0, "inventory": 0.0, "cash": 0.0, "bid_price": 0.0, "ask_price": value}
        for n, value in enumerate(values)
    ]
    watch = Watch([Rule(name="wide", threshold=threshold, leave_at=leave_at, cool_down=0.0)])
    return len(alarms(watch, rows))


TO_AND_FRO = np.random.default_rng(10).uniform(0, 2, (2, 60)).tolist()
hysteresis = formula(
    _times_fired,
    [
        ([0.5, 1.2, 1.3, 0.9, 1.1, 0.4, 1.0], 1.0, 0.5),
        ([1.0, 0.8, 1.0, 0.79, 1.0], 1.0, 0.8),
        (TO_AND_FRO[0], 1.5, 1.0),
        (TO_AND_FRO[1], 1.5, 0.5),
    ],
    {
        "each-value": lambda values, threshold, leave_at: sum(value >= threshold for value in values),
        "clears-at-once": lambda values, threshold, leave_at: _times_fired(values, threshold, 1.0),
    },
    facts=lambda gave, right, values, threshold, leave_at: {"n_values": len(values), "leave_at": leave_at},
    otherwise=lambda gave, right, values, *_: "on-many" if len(values) > 10 else "otherwise",
)

none_in_forty = formula(
    lambda: -math.log(0.05) / 40,
    mistakes={"for-certain": lambda: 0.0, "in-forty": lambda: -math.log(0.05)},
    tolerance=0.01,
    facts=lambda gave, right: {"chance": math.exp(-40 * gave)},
)

AGE, MOST, PASSES, UNSEEN = 10.0, 0.15, 50.0, 2028
"""The markouts' age [s], the false alarms a calm day that are borne, the score that passes, the seed of the days."""


@lru_cache(maxsize=1)
def likelihood_ratio() -> Callable[[FloatArray], bool]:
    """Wald's (1945): fire once the fills are ten times as likely on an informed day as on a calm one, by other days."""
    (calm, s), (informed, r) = (
        (net.mean(), net.std())
        for market in (CALM, INFORMED)
        for net in [np.concatenate([day for _, day in net_markouts(many(market, 0), AGE)])]
    )

    def fires(net: FloatArray) -> bool:
        ratio = np.log(s / r) + ((net - calm) / s) ** 2 / 2 - ((net - informed) / r) ** 2 / 2
        return bool(ratio.sum() >= math.log(10))

    return fires


@lru_cache(maxsize=1)
def yardsticks() -> tuple[float, float]:
    """How long the default rule and the likelihood ratio take on the informed days that nobody has seen [min]."""
    rule = [rule for rule in default_rules(CONFIG) if rule.name == "toxic"]
    times = first_times(rule, many(INFORMED, UNSEEN))
    return _minutes(times), _minutes(detected(likelihood_ratio(), unseen(INFORMED)))


@lru_cache(maxsize=2)
def unseen(market: Market) -> list[tuple[FloatArray, FloatArray]]:
    """The `net_markouts` of the days that nobody has seen: no answer changes them, so they are played once."""
    return net_markouts(many(market, UNSEEN), AGE)


def _unseen_days(answer: Answer) -> tuple[int, FloatArray]:
    """On how many calm days it fires, and when on informed ones; those are played if it keeps quiet on calm ones."""

    def fires(net: FloatArray) -> bool:
        return bool(answer.numbers(answer(net), ()))

    fires(np.zeros(1))  # whether there is an answer at all, before days are made for it
    false = int(np.isfinite(detected(fires, unseen(CALM))).sum())
    if false > MOST * N_DAYS:
        rate, low, high = per_day(false, N_DAYS)
        raise Mistake("cries-wolf", false=false, n_days=N_DAYS, rate=rate, low=low, high=high, most=MOST)
    return false, detected(fires, unseen(INFORMED))


def _score(times: FloatArray) -> float:
    """0 for the default rule's time, 100 for the likelihood ratio's."""
    worst, best = yardsticks()
    return 100 * (worst - _minutes(times)) / (worst - best)


def _found(result: tuple[int, FloatArray]) -> Facts:
    (false, times), (worst, best) = result, yardsticks()
    facts = {"minutes": _minutes(times), "found": np.isfinite(times).sum(), "false": false, "n_days": N_DAYS}
    return facts | {"score": _score(times), "passes": PASSES, "worst": worst, "best": best}


def _minutes(times: FloatArray) -> float:
    """The mean of some times [min]; a day on which nothing fires counts whole."""
    return float(np.minimum(times, CONFIG.market.horizon).mean()) / 60


CHECKS: dict[str, Check] = {
    "one-step-of-equity": one_step,
    "effective-number": effective_number,
    "two-rules": two_rules,
    "markout": markout,
    "attribute-two-fills": two_fills,
    "alert-hysteresis": hysteresis,
    "none-in-forty-days": none_in_forty,
    "sooner-than-the-rule": contest(
        _unseen_days, lambda result: "too-late" if _score(result[1]) < PASSES else None, _found
    ),
}
