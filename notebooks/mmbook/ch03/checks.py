"""What checks the exercises of chapter 03: two formulas, and three numbers by what the day is worth with them."""

from __future__ import annotations

import math

import numpy as np

from mmbook.ch03.scenes import BOUND, GAMMA, policies, skewed
from mmlab.market import Exponential, Market
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.parameters import FloatArray
from mmlab.simulation import continuous_certainty_equivalent
from mmlab.simulation.outcomes import Policy
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula


def _skew(g: float, s: float, k: float, a: float) -> float:
    """R of equation (5) [price]."""
    return math.sqrt(s**2 * g / (2 * k * a) * (1 + g / k) ** (1 + k / g))


closed_form_skew = formula(
    _skew,
    [(0.1, 2.0, 1.5, 140.0), (0.01, 0.3, 0.3, 0.9), (1.0, 3.0, 2.0, 50.0)],
    {
        "whole-day": lambda g, s, k, a: g * s**2,
        "no-root": lambda *x: _skew(*x) ** 2,
        "no-two": lambda *x: math.sqrt(2) * _skew(*x),
        "exponent-without-one": lambda g, s, k, a: _skew(g, s, k, a) / math.sqrt(1 + g / k),
        "no-factor": lambda g, s, k, a: math.sqrt(s**2 * g / (2 * k * a)),
        "exponent-upside-down": lambda g, s, k, a: math.sqrt(s**2 * g / (2 * k * a) * (1 + g / k) ** (1 + g / k)),
        "sigma-twice": lambda g, s, k, a: s * _skew(g, s, k, a),
    },
)


def _bids(g: float, s: float, k: float, a: float, tau: float) -> FloatArray:
    """The bid depths at −1 and 0 of the model with Q = 1 [price]."""
    market = Market.avellaneda_stoikov_2008(volatility=s, intensity=Exponential(arrival_rate=a, fill_decay=k))
    return GueantLehalleFernandezTapia.for_market(market, risk_aversion=g, max_inventory=1).depths([-1, 0], tau)[0]


three_inventories = formula(
    _bids,
    [(0.1, 2.0, 1.5, 140.0, 1.0), (0.1, 2.0, 1.5, 140.0, 0.002), (0.5, 1.0, 2.0, 5.0, 0.3)],
    {
        "no-reward": lambda g, s, k, *x: _bids(g, s, k, *x) - liquidity_half_spread(g, k),
        "not-by-k": lambda g, s, k, *x: k * _bids(g, s, k, *x) + (1 - k) * liquidity_half_spread(g, k),
        "alpha-doubled": lambda g, s, *x: _bids(g, math.sqrt(2) * s, *x),
        "v-itself": lambda *x: np.exp(_bids(*x)),
    },
)


def _ratio(tau: float) -> float:
    """How many times as far as the exact quotes Avellaneda and Stoikov's formula skews the first clip."""
    known = policies()
    exact, approximate = (np.diff(model.depths([0, 1], tau)[0])[0] for model in (known.exact, known.formula))
    return float(approximate / exact)


def _ratios(answer: Answer) -> Facts:
    """The ratio at the time that is given, and a thousandth before and after it."""
    tau = float(answer.numbers(answer.given, ()))
    if not 0 < tau <= 1:
        raise Mistake("outside", tau=tau)
    below, ratio, above = (_ratio(min(max(t, 1e-6), 1.0)) for t in (tau - 0.001, tau, tau + 0.001))
    return {"tau": tau, "ratio": ratio, "below": below, "above": above}


twice_the_skew = contest(
    _ratios, lambda ratios: None if ratios["below"] <= 2 <= ratios["above"] else "another-ratio", dict
)


def _worth(policy: Policy, market: Market, bound: int = BOUND) -> float:
    """What a day is worth to the chapter's dealer [price · clip]."""
    return continuous_certainty_equivalent(policy, market, GAMMA, max_inventory=bound)


def _at_bound(answer: Answer) -> Facts:
    """What symmetric quotes are worth at the bound that is given, and at the better of its neighbours."""
    bound = float(answer.numbers(answer.given, ()))
    if bound != round(bound) or not 1 <= bound <= 60:
        raise Mistake("no-bound", bound=bound)
    market, symmetric = Market.avellaneda_stoikov_2008(), policies().symmetric
    here, *there = (_worth(symmetric, market, round(b)) for b in (bound, max(bound - 1, 1), bound + 1))
    better = int(np.argmax(there))
    return {"bound": bound, "worth": here, "other": bound + (-1, 1)[better], "there": there[better]}


best_bound = contest(_at_bound, lambda day: "a-better-one" if day["there"] > day["worth"] else None, dict)


def _short_day(answer: Answer) -> Facts:
    """How much less than the exact quotes the constants that are given, and both approximations, are worth."""
    half_spread, skew = answer.numbers(answer.given, (2,)).tolist()
    if abs(half_spread) > 5 or abs(skew) > 0.5:
        raise Mistake("far-off", half_spread=half_spread, skew=skew)
    market = Market.avellaneda_stoikov_2008(horizon=0.3)
    known = policies(market)
    closed = skewed(known.exact.half_spread, known.exact.skew)
    worth = float(known.exact.value(0, market.horizon))
    quotes = {"score": skewed(half_spread, skew), "closed": closed, "formula": known.formula}
    return {"worth": worth} | {name: worth - _worth(policy, market) for name, policy in quotes.items()}


two_constants = contest(_short_day, lambda day: None if day["score"] < day["formula"] else "behind", dict)

CHECKS: dict[str, Check] = {
    "closed-form-lean": closed_form_skew,
    "three-inventories": three_inventories,
    "twice-the-lean": twice_the_skew,
    "best-bound": best_bound,
    "two-constants": two_constants,
}
