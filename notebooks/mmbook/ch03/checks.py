"""How chapter 03 judges an answer: on inputs that tell the usual mistakes apart, or by what it is worth exactly."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mmbook.ch03.scenes import BOUND, GAMMA, leaning
from mmlab.market import Exponential, Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Symmetric
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.parameters import FloatArray
from mmlab.simulation import continuous_certainty_equivalent
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.formulas import Formula, name_mistake

LEAN_INPUTS = ((0.1, 2.0, 1.5, 140.0), (0.01, 0.3, 0.3, 0.9), (1.0, 3.0, 2.0, 50.0))


def _lean(g: float, s: float, k: float, a: float, *, power: float = 1.0, half: float = 2.0) -> float:
    return math.sqrt(s**2 * g / (half * k * a) * (1 + g / k) ** (power + k / g))


LEAN_MISTAKES: dict[str, Formula] = {
    "that is γσ², the lean of Avellaneda and Stoikov with a whole day left": lambda g, s, k, a: g * s**2,
    "the square root is missing": lambda *x: _lean(*x) ** 2,
    "the 2 in 2kA is missing": lambda *x: _lean(*x, half=1.0),
    "that is half of it. R is the lean for a whole clip, R/2 is in the half-spread": lambda *x: _lean(*x) / 2,
    "the exponent is 1 + k/γ; the 1 is missing": lambda *x: _lean(*x, power=0.0),
    "the factor (1 + γ/k)^(1 + k/γ) is missing": lambda g, s, k, a: math.sqrt(s**2 * g / (2 * k * a)),
    "the exponent is 1 + k/γ, not 1 + γ/k": (
        lambda g, s, k, a: math.sqrt(s**2 * g / (2 * k * a) * (1 + g / k) ** (1 + g / k))
    ),
    "σ is squared under the root, or stands before it": (
        lambda g, s, k, a: math.sqrt(s * g / (2 * k * a) * (1 + g / k) ** (1 + k / g))
    ),
    "σ is squared once too often": lambda g, s, k, a: s * _lean(g, s, k, a),
}


def closed_form_lean(answer: Answer) -> str:
    """R of equation (5)."""
    given = [answer.numbers(answer(*point), (), "the lean") for point in LEAN_INPUTS]
    name_mistake(answer, given, LEAN_INPUTS, LEAN_MISTAKES, _lean)
    for point, lean in zip(LEAN_INPUTS, given, strict=True):
        if not math.isclose(lean, _lean(*point), rel_tol=1e-6):
            answer(*point)
            raise NotYet(f"{answer.running} gave {lean:.6g}; it should be {_lean(*point):.6g}.")
    return f"{given[0]:.5f} for a clip at the paper's numbers, whatever the time."


SMALL_INPUTS = ((0.1, 2.0, 1.5, 140.0, 1.0), (0.1, 2.0, 1.5, 140.0, 0.002), (0.5, 1.0, 2.0, 5.0, 0.3))


def _three(g: float, s: float, k: float, a: float, tau: float, *, side: float = 1.0, cost: float = 0.5) -> FloatArray:
    """Bid depths at −1 and 0; with other arguments, from a system with a usual mistake."""
    alpha, eta = cost * k * g * s**2, a * (1 + g / k) ** -(1 + k / g)
    matrix = np.diag([alpha, 0.0, alpha]) - eta * (np.eye(3, k=1) + np.eye(3, k=-1))
    values, vectors = np.linalg.eigh(matrix)
    v = vectors @ (np.exp(-values * tau) * vectors.sum(axis=0))
    return np.asarray(liquidity_half_spread(g, k) + side * np.log(v[:-1] / v[1:]) / k)


SMALL_MISTAKES: dict[str, Formula] = {
    "either v_q and v_{q+1} are the wrong way round, or the two depths: a bid asks for what its clip takes from the "
    "value, v_q over v_{q+1}, and q = −1 comes first": lambda *x: _three(*x, side=-1.0),
    "(1/γ) ln(1 + γ/k) is missing": lambda g, s, k, *x: _three(g, s, k, *x) - liquidity_half_spread(g, k),
    "the logarithm is not divided by k": (
        lambda g, s, k, *x: liquidity_half_spread(g, k) + k * (_three(g, s, k, *x) - liquidity_half_spread(g, k))
    ),
    "α is kγσ²/2; the half is missing": lambda *x: _three(*x, cost=1.0),
    "these are v itself, or part of it": lambda *x: np.exp(_three(*x)),
}


def three_inventories(answer: Answer) -> str:
    """The bids of the model with Q = 1."""
    given = [answer.numbers(answer(*point), (2,), "the depths") for point in SMALL_INPUTS]
    name_mistake(answer, given, SMALL_INPUTS, SMALL_MISTAKES, _three)
    for point, bids in zip(SMALL_INPUTS, given, strict=True):
        gamma, sigma, k, rate, tau = point
        market = Market.avellaneda_stoikov_2008(
            volatility=sigma, intensity=Exponential(arrival_rate=rate, fill_decay=k)
        )
        model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=gamma, max_inventory=1)
        right, _ = model.depths([-1, 0], tau)
        if not np.allclose(bids, right, rtol=0, atol=1e-6):
            answer(*point)
            raise NotYet(
                f"{answer.running} gave {bids[0]:.6g} and {bids[1]:.6g}; the model bids {right[0]:.6g} and "
                f"{right[1]:.6g} from the mid."
            )
    return f"{given[0][0]:.4f} when short a clip, {given[0][1]:.4f} when flat, and no bid at the bound: as the model."


def _lean_ratio(tau: float) -> float:
    market = Market.avellaneda_stoikov_2008()
    exact = GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=BOUND)
    formula = AvellanedaStoikov.for_market(market, risk_aversion=GAMMA)
    solved, approximate = (float(np.diff(model.depths([0, 1], tau)[0])[0]) for model in (exact, formula))
    return approximate / solved


def twice_the_lean(answer: Answer) -> str:
    """The τ at which the ratio of the leans is 2."""
    tau = float(answer.numbers(answer.given, (), "the time left"))
    if not 0 < tau <= 1:
        raise NotYet(f"the time left is between 0 and 1; you have {tau:g}.")
    below, ratio, above = (_lean_ratio(min(max(t, 1e-6), 1.0)) for t in (tau - 0.001, tau, tau + 0.001))
    if not below <= 2 <= above:
        raise NotYet(f"at τ = {tau:g} the formula leans {ratio:.3f} times as far as the exact solution.")
    return f"at τ = {tau:.3f}. For three quarters of the day the formula leans more than twice as far as it should."


def best_bound(answer: Answer) -> str:
    """The bound that is worth more than its neighbours."""
    given = float(answer.numbers(answer.given, (), "the bound"))
    if given != round(given) or not 1 <= given <= 60:
        raise NotYet(f"the bound is a whole number of clips, from 1 to 60; you have {given:g}.")
    market = Market.avellaneda_stoikov_2008()
    symmetric = Symmetric.for_market(market, risk_aversion=GAMMA)

    def worth(bound: int) -> float:
        return continuous_certainty_equivalent(symmetric, market, GAMMA, max_inventory=bound)

    bound = round(given)
    here = worth(bound)
    for other in (bound - 1, bound + 1):
        if other >= 1 and worth(other) > here:
            raise NotYet(f"at {bound} clips a day is worth {here:.2f}; at {other} it is worth {worth(other):.2f}.")
    return f"at {bound} clips a day is worth {here:.2f}. Quotes that lean are worth 64.13 and need no bound."


SHORT_DAY = 0.3
"""The horizon of the open exercise."""


@lru_cache(maxsize=1)
def short_day() -> tuple[Market, dict[str, float]]:
    """A day of 0.3, and how much less than the exact quotes each approximation is worth on it [price · clip]."""
    market = Market.avellaneda_stoikov_2008(horizon=SHORT_DAY)
    exact = GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=BOUND)
    worth = float(exact.value(0, SHORT_DAY))
    formula = AvellanedaStoikov.for_market(market, risk_aversion=GAMMA)
    closed = leaning(exact.half_spread, exact.skew)
    losses = {
        name: worth - continuous_certainty_equivalent(policy, market, GAMMA, max_inventory=BOUND)
        for name, policy in (("formula", formula), ("closed form", closed))
    }
    return market, {"exact": worth} | losses


def two_constants(answer: Answer) -> str:
    """Two constants that are worth more than Avellaneda and Stoikov's quotes on a short day."""
    half_spread, lean = answer.numbers(answer.given, (2,), "the half-spread and the lean").tolist()
    if abs(half_spread) > 5 or abs(lean) > 0.5:
        raise NotYet(f"a half-spread of {half_spread:g} and a lean of {lean:g} are far from any quotes here.")
    market, known = short_day()
    worth = continuous_certainty_equivalent(leaning(half_spread, lean), market, GAMMA, max_inventory=BOUND)
    lost = known["exact"] - worth
    said = (
        f"your score is {lost:.4f}, what your quotes are worth less than the exact {known['exact']:.4f}; the closed "
        f"form's is {known['closed form']:.4f}, Avellaneda and Stoikov's {known['formula']:.4f}"
    )
    if lost >= known["formula"]:
        raise NotYet(f"{said}. Lower is better: get below theirs.")
    return f"{said}. Without a clock you beat a formula that has one. Two constants can get to 0.0355."
