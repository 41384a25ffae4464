"""What checks the exercises of chapter 03: two formulas, and three numbers by what the day is worth with them."""

from __future__ import annotations

import math
from dataclasses import replace

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
    """R, the skew that equation (6) leaves alone [price]."""
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
        "eta-above": lambda g, s, k, a: math.sqrt(s**2 * g / (2 * k * a) / (1 + g / k) ** (1 + k / g)),
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


FEWER = 70.0
"""A of the other market."""


def _ratio(tau: float, arrival_rate: float = FEWER) -> float:
    """How many times as far as the exact quotes Avellaneda and Stoikov's formula skews the first clip."""
    there = replace(policies().exact, arrival_rate=arrival_rate)
    exact, approximate = (np.diff(model.depths([0, 1], tau)[0])[0] for model in (there, policies().formula))
    return float(approximate / exact)


def _ratios(answer: Answer) -> Facts:
    """The ratio at the time that is given, and a thousandth before and after it."""
    tau = float(answer.numbers(answer.given, ()))
    if not 0 < tau <= 1:
        raise Mistake("outside", tau=tau)
    below, ratio, above = (_ratio(min(max(t, 1e-6), 1.0)) for t in (tau - 0.001, tau, tau + 0.001))
    if abs(_ratio(tau, 2 * FEWER) - 2) < 0.01:
        raise Mistake("other-market", tau=tau)
    return {"tau": tau, "ratio": ratio, "below": below, "above": above}


twice_the_skew = contest(
    _ratios, lambda ratios: None if ratios["below"] <= 2 <= ratios["above"] else "another-ratio", dict
)


def _worth(policy: Policy, market: Market, bound: int = BOUND, gamma: float = GAMMA) -> float:
    """What a day is worth to a dealer, the chapter's if not given [price · clip]."""
    return continuous_certainty_equivalent(policy, market, gamma, max_inventory=bound)


def _at_bounds(answer: Answer) -> Facts:
    """What symmetric quotes are worth at the bound given for each γ, and at the better of its neighbours.

    Those of the first γ for which the neighbour is better, else those of the last.
    """
    market, symmetric, found = Market.avellaneda_stoikov_2008(), policies().symmetric, {}
    for gamma in (GAMMA, 0.3, 0.5):
        bound = float(answer.numbers(answer(gamma), ()))
        if bound != round(bound) or not 1 <= bound <= 60:
            raise Mistake("no-bound", bound=bound)
        here, *there = (_worth(symmetric, market, round(b), gamma) for b in (bound, max(bound - 1, 1), bound + 1))
        better = int(np.argmax(there))
        other = {"other": bound + (-1, 1)[better], "there": there[better]}
        found = {"gamma": gamma, "bound": bound, "worth": here} | other
        if there[better] > here:
            break
    return found


best_bound = contest(_at_bounds, lambda day: "a-better-one" if day["there"] > day["worth"] else None, dict)


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


def _at_the_bound(q: float, d: float, c: float, g: float, s: float, k: float, a: float) -> float:
    """The right side of (1) at q = Q, where only the ask is left [price · clip/time]."""
    return -g / 2 * (s * q) ** 2 + a / g * math.exp(-k * d) * (1 - math.exp(-g * (d - c)))


at_the_bound = formula(
    _at_the_bound,
    [
        (12.0, 0.1, -0.5, 0.1, 2.0, 1.5, 140.0),
        (3.0, 0.8, -0.2, 1.0, 0.7, 0.5, 20.0),
        (5.0, 0.4, 0.1, 0.5, 1.5, 2.0, 60.0),
    ],
    {
        "both-sides": lambda q, *x: _at_the_bound(q, *x) + _at_the_bound(0, *x),
        "no-risk": lambda q, *x: _at_the_bound(0, *x),
        "no-half": lambda q, *x: _at_the_bound(math.sqrt(2) * q, *x),
        "risk-of-one": lambda q, *x: _at_the_bound(math.sqrt(q), *x),
        "utility": lambda q, d, c, g, s, k, a: _at_the_bound(q, d, c, g, s, k, g * a),
        "cost-added": lambda q, d, c, *x: _at_the_bound(q, d, -c, *x),
        "no-arrivals": lambda q, d, c, g, s, k, a: _at_the_bound(q, d, c, g, s, k, math.exp(k * d)),
    },
)

eta_without_aversion = formula(
    lambda a: a / math.e,
    [(140.0,), (0.9,), (35.0,)],
    {"everything": lambda a: a, "upside-down": lambda a: a * math.e, "nothing": lambda a: 0.0},
)

riskless = formula(
    lambda t, k, eta: 2 * eta * t / k,
    [(1.0, 1.5, 0.8), (0.5, 0.3, 2.0), (0.25, 4.0, 3.0)],
    {
        "one-side": lambda t, k, eta: eta * t / k,
        "v-itself": lambda t, k, eta: math.exp(2 * eta * t),
        "log-only": lambda t, k, eta: 2 * eta * t,
    },
)


def _line(q: float, g: float, k: float, skew: float) -> float:
    """The bid's depth if the worth is a parabola [price]."""
    return liquidity_half_spread(g, k) + (q + 0.5) * skew


parabola_bid = formula(
    _line,
    [(3.0, 0.1, 1.5, 0.05), (0.0, 1.0, 0.5, 0.4), (-4.0, 0.01, 0.3, 0.2)],
    {
        "no-half-clip": lambda q, *x: _line(q - 0.5, *x),
        "ask": lambda q, *x: _line(-q, *x),
        "no-reward": lambda q, g, k, skew: (q + 0.5) * skew,
        "half-skew": lambda q, g, k, skew: _line(q, g, k, skew / 2),
        "doubled": lambda q, g, k, skew: _line(q, g, k, 2 * skew),
    },
)


def _too_far(t: float, g: float, s: float, r: float) -> float:
    """The first term of γσ²τ − R tanh(γσ²τ/R) [price]."""
    return (g * s**2 * t) ** 3 / (3 * r**2)


too_far = formula(
    _too_far,
    [(0.05, 0.1, 2.0, 0.05), (0.1, 0.5, 1.5, 0.2), (0.02, 1.0, 0.7, 0.03)],
    {
        "exact": lambda t, g, s, r: g * s**2 * t - r * math.tanh(g * s**2 * t / r),
        "no-R": lambda t, g, s, r: _too_far(t, g, s, r) / r,
        "no-third": lambda *x: 3 * _too_far(*x),
        "square": lambda t, g, s, r: (g * s**2 * t) ** 2 / (2 * r),
    },
)


def _tilted(p: float, q: float, g: float) -> float:
    """The reservation price of a little more of what pays 1 with probability p, else 0 [price]."""
    return p * math.exp(-g * q) / _stakes(p, q, g)


def _stakes(p: float, q: float, g: float) -> float:
    return 1 - p + p * math.exp(-g * q)


logit_price = formula(
    _tilted,
    [(0.95, 3.0, 0.5), (0.5, -1.0, 2.0), (0.2, 4.0, 0.1)],
    {
        "straight": lambda p, q, g: p - g * q * p * (1 - p),
        "other-way": lambda p, q, g: _tilted(p, -q, g),
        "average": lambda p, q, g: -math.log(_stakes(p, q, g)) / (g * q),
        "total": lambda p, q, g: -math.log(_stakes(p, q, g)) / g,
        "no-aversion": lambda p, q, g: p,
        "gamma-kept": lambda p, q, g: g * _tilted(p, q, g),
    },
)

CHECKS: dict[str, Check] = {
    "glft-at-the-bound": at_the_bound,
    "glft-eta": eta_without_aversion,
    "glft-riskless": riskless,
    "glft-parabola-bid": parabola_bid,
    "glft-too-far": too_far,
    "logit-price": logit_price,
    "closed-form-lean": closed_form_skew,
    "three-inventories": three_inventories,
    "twice-the-lean": twice_the_skew,
    "best-bound": best_bound,
    "two-constants": two_constants,
}
