"""How chapter 10 judges answers: against mmlab's own measures, with the usual mistakes known by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mmbook.ch10.scenes import (
    CALM,
    CONFIG,
    INFORMED,
    N_DAYS,
    alarms,
    days_of,
    detected,
    first_times,
    many,
    net_markouts,
    per_day,
)
from mmlab.measure import Rule, Watch, attribute, default_rules
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet

TWO_FILLS = (
    {"time": 0, "mid": 100.00, "inventory": 0, "cash": 0.0, "bid_price": 99.98, "ask_price": 100.02, "bid_fill": 1},
    {"time": 30, "mid": 99.95, "inventory": 1, "cash": -99.98, "bid_price": 99.93, "ask_price": 99.97},
    {
        "time": 60,
        "mid": 99.97,
        "inventory": 1,
        "cash": -99.98,
        "bid_price": 99.95,
        "ask_price": 100.00,
        "ask_fill": 1,
    },
    {"time": 90, "mid": 100.01, "inventory": 0, "cash": 0.02},
)
"""The exercise's day: a clip bought, and sold a minute later."""


def markout(answer: Answer) -> str:
    """For both sides, at prices that tell the mistakes apart."""
    for side, price, later in ((1, 99.98, 100.03), (1, 99.98, 99.91), (-1, 100.02, 99.97), (-1, 100.02, 100.09)):
        given = float(answer.numbers(answer(side, price, later), ()))
        right = side * (later - price)
        if math.isclose(given, right, abs_tol=1e-9):
            continue
        said = f"{answer.running} gives {given:.4g}"
        if math.isclose(given, -right, abs_tol=1e-9):
            if right < 0:  # the gains before were right
                raise NotYet(f"{said}: a markout can be a loss.")
            raise NotYet(f"{said}: the sign is the taker's. Who bought is glad when the mid rises.")
        raise NotYet(f"{said}; it is {right:.4g}.")
    return "above 0 the desk would still do the trade, below 0 somebody else knew better."


def two_fills(answer: Answer) -> str:
    """The parts of a day of two fills."""
    spread, adverse, inventory = (float(x) for x in answer.numbers(answer.given, (3,)))
    found = attribute(TWO_FILLS, 30.0)
    right = [float(part[0]) for part in (found.spread, found.adverse_selection, found.inventory)]
    given = (spread, adverse, inventory)
    if np.allclose(given, right, atol=1e-6):
        return f"{right[0]:+.2f} {right[1]:+.2f} {right[2]:+.2f} = {found.pnl[0]:+.2f}, the profit."
    if np.allclose(given, [right[0], -right[1], right[2] + 2 * right[1]], atol=1e-6):
        raise NotYet("adverse selection has the desk's sign: what costs is negative.")
    for name, mine, its in zip(("spread", "adverse selection", "inventory"), given, right, strict=True):
        if not math.isclose(mine, its, abs_tol=1e-6):
            held = " A sold clip is glad when the mid falls." if name == "adverse selection" else ""
            raise NotYet(f"{name} is not {mine:g}.{held}")
    raise NotYet("the parts do not add up.")  # pragma: no cover


def hysteresis(answer: Answer) -> str:
    """Against a Watch, on values that go to and fro."""
    rng = np.random.default_rng(10)
    cases = [([0.5, 1.2, 1.3, 0.9, 1.1, 0.4, 1.0], 1.0, 0.5), ([1.0, 0.79, 0.8, 1.0], 1.0, 0.8)]
    cases += [(rng.uniform(0, 2, 60).tolist(), 1.5, share) for share in (1.0, 0.5)]
    for values, threshold, leave_at in cases:
        rows = [
            {"time": n, "mid": 100.0, "inventory": 0.0, "cash": 0.0, "bid_price": 0.0, "ask_price": value}
            for n, value in enumerate(values)
        ]
        watch = Watch([Rule(name="wide", threshold=threshold, leave_at=leave_at, cool_down=0.0)])
        right = len(alarms(watch, rows))
        given = float(answer.numbers(answer(values, threshold, leave_at), ()))
        if given == right:
            continue
        over = sum(b >= threshold > a for a, b in zip([-1.0, *values], values, strict=False))
        short = answer.running if len(values) < 10 else f"on {len(values)} values, leave_at {leave_at:g}, it"
        if given == sum(value >= threshold for value in values):
            raise NotYet(f"{short} gives {given:g}: one for each value beyond the threshold. It fires once.")
        if given == over:
            raise NotYet(f"{short} gives {given:g}: it clears as soon as a value is below the threshold.")
        raise NotYet(f"{short} gives {given:g}; a rule fires {right} times.")
    return "on 60 random values hysteresis makes it fire less often, and it misses no breach."


def none_in_forty(answer: Answer) -> str:
    """−ln 0.05 / 40."""
    given = float(answer.numbers(answer.given, ()))
    right = -math.log(0.05) / 40
    if abs(given / right - 1) < 0.02:
        return f"{right:.3f}, about three over the number of days. None seen is not none."
    if given == 0:
        raise NotYet("0 would show none in forty days for certain; which other rates often do?")
    if abs(given / (40 * right) - 1) < 0.02:
        raise NotYet(f"{given:g} is in forty days; a day's is asked.")
    raise NotYet(f"with {given:g} a day, none in 40 days has the chance {math.exp(-40 * given):.3g}, not 0.05.")


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
    informed = days_of(INFORMED, UNSEEN)
    rule = [rule for rule in default_rules(CONFIG) if rule.name == "toxic"]
    return _minutes(first_times(rule, informed)), _minutes(detected(likelihood_ratio(), net_markouts(informed, AGE)))


def sooner(answer: Answer) -> str:
    """How soon it fires on informed days that nobody has seen, if it keeps quiet on calm ones."""

    def fires(net: FloatArray) -> bool:
        return bool(answer.numbers(answer(net), ()))

    fires(np.zeros(1))  # whether there is an answer at all, before days are made for it
    false = int(np.isfinite(detected(fires, net_markouts(days_of(CALM, UNSEEN), AGE))).sum())
    if false > MOST * N_DAYS:
        rate, low, high = per_day(false, N_DAYS)
        raise NotYet(
            f"it fires on {false} of {N_DAYS} calm days, {rate:.2f} false alarms a day ({low:.2f} to {high:.2f}); at "
            f"most {MOST} are borne."
        )
    (worst, best), times = yardsticks(), detected(fires, net_markouts(days_of(INFORMED, UNSEEN), AGE))
    score = 100 * (worst - _minutes(times)) / (worst - best)
    said = (
        f"{_minutes(times):.1f} minutes until it fires, {np.isfinite(times).sum()} of {N_DAYS} informed days found and "
        f"{false} of {N_DAYS} calm ones called, that is {score:.0f} of 100: 0 is the default rule's {worst:.1f} "
        f"minutes, 100 the {best:.1f} of a likelihood ratio that knows both kinds of days"
    ).replace("-", "−")
    if score < PASSES:
        raise NotYet(f"{said}; {PASSES:.0f} passes.")
    return f"{said}."


def _minutes(times: FloatArray) -> float:
    """The mean of some times [min]; a day on which nothing fires counts whole."""
    return float(np.minimum(times, CONFIG.market.horizon).mean()) / 60
