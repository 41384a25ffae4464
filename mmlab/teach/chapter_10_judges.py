"""How chapter 10 judges answers: against mmlab's own measures, with the usual mistakes known by name."""

from __future__ import annotations

import math

import numpy as np

from mmlab.measure import Record, Rule, Watch, attribute
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.chapter_10_days import CALM, CONFIG, INFORMED, alarms, many, per_day

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
        right = len(alarms(watch, Record.of(rows)))
        given = float(answer.numbers(answer(values, threshold, leave_at), ()))
        if given == right:
            continue
        over = sum(b >= threshold > a for a, b in zip([-1.0, *values], values, strict=False))
        short = answer.running if len(values) < 10 else f"on {len(values)} values, leave_at {leave_at:g}, it"
        if given == sum(value >= threshold for value in values):
            raise NotYet(f"{short} gives {given:g}: one for each value beyond the threshold. It speaks once.")
        if given == over:
            raise NotYet(f"{short} gives {given:g}: it is over as soon as a value is below the threshold.")
        raise NotYet(f"{short} gives {given:g}; a rule speaks {right} times.")
    return "on 60 random values hysteresis makes it speak less often, and it misses no breach."


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


PASSES, MOST, UNSEEN, N_UNSEEN = 3.6, 0.25, 2028, 20


def best_watch(answer: Answer) -> str:
    """How soon it speaks on informed days that nobody has seen, if it keeps quiet on calm ones."""
    watch = answer.given
    if not isinstance(watch, Watch):
        raise NotYet(f"the answer is a Watch, of a list of rules and a horizon; got {type(watch).__name__}.")
    false, low, high = per_day(len(alarms(watch, many(CALM, UNSEEN, N_UNSEEN))), N_UNSEEN)
    if false > MOST:
        raise NotYet(f"{false:.2f} false alarms a calm day ({low:.2f} to {high:.2f}); at most {MOST} are borne.")
    first: dict[int, float] = {}
    for alert in alarms(watch, many(INFORMED, UNSEEN, N_UNSEEN)):
        first.setdefault(alert.path, alert.time)
    taken = [first.get(path, CONFIG.market.horizon) / 3600 for path in range(N_UNSEEN)]
    mean, error = float(np.mean(taken)), float(np.std(taken, ddof=1)) / N_UNSEEN**0.5
    said = (
        f"{mean:.2f} ± {error:.2f} hours until it speaks, {len(first)} of {N_UNSEEN} days found, "
        f"{false:.2f} false alarms a day"
    )
    if mean > PASSES:
        raise NotYet(f"{said}. {PASSES} hours are enough.")
    return f"{said}."
