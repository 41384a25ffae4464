"""What checks the exercises of chapter 04: formulas, a time that the program tells, and fees by their worth."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from mmbook.ch04.scenes import Solution, dealer, unbounded_fees, worth
from mmlab.models.ho_stoll_program import Program
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

no_difference = formula(
    lambda c, here, more: c + here - more,
    [(0.02, 1.5, 1.25), (0.1, -0.5, -0.2), (0.0, 2.0, 2.0)],
    {
        "no-cost": lambda c, here, more: here - more,
        "other-way": lambda c, here, more: c + more - here,
        "cost-earned": lambda c, here, more: here - more - c,
    },
)


def _side(a: float, b: float, r: float) -> float:
    """What a side earns per unit of time at its best fee [price · clip / time]."""
    return b / 4 * max(a / b - r, 0) ** 2


side_earns = formula(
    _side,
    [(20.0, 20.0, 0.02), (100.0, 75.0, -0.4), (30.0, 10.0, 3.5), (30.0, 10.0, 0.5)],
    {
        "negative": lambda a, b, r: b / 4 * (a / b - r) ** 2,
        "margin": lambda a, b, r: max(a / b - r, 0) / 2,
        "customers": lambda a, b, r: b / 2 * max(a / b - r, 0),
        "not-a-quarter": lambda a, b, r: 4 * _side(a, b, r),
        "paid": lambda a, b, r: b / 4 * max(a / b - r, 0) * (a / b + r),
    },
)

frozen_risk = formula(
    lambda i, tau, risk, sigma: risk * sigma**2 * tau / 2 * (1 + 2 * i),
    [(3.0, 1.0, 0.05, 2.0), (-4.0, 0.5, 0.2, 3.0), (0.0, 0.25, 0.1, 0.5)],
    {
        "sale": lambda i, tau, risk, sigma: risk * sigma**2 * tau / 2 * (1 - 2 * i),
        "own-clip": lambda i, tau, risk, sigma: risk * sigma**2 * tau * i,
        "no-half": lambda i, tau, risk, sigma: risk * sigma**2 * tau * (1 + 2 * i),
        "no-time": lambda i, tau, risk, sigma: risk * sigma**2 / 2 * (1 + 2 * i),
    },
)

riskless_worth = formula(
    lambda tau, a, b, c: 2 * tau * _side(a, b, c),
    [(2.0, 20.0, 20.0, 0.02), (0.5, 100.0, 75.0, 0.1), (3.0, 30.0, 10.0, 0.5)],
    {
        "one-side": lambda tau, a, b, c: tau * _side(a, b, c),
        "no-cost": lambda tau, a, b, c: 2 * tau * _side(a, b, 0.0),
        "no-time": lambda tau, a, b, c: 2 * _side(a, b, c),
        "not-a-quarter": lambda tau, a, b, c: 8 * tau * _side(a, b, c),
    },
)

far_curvature = formula(
    lambda risk, sigma, b: sigma * math.sqrt(risk / b),
    [(0.05, 2.0, 20.0), (0.2, 0.5, 75.0), (0.5, 3.0, 10.0)],
    {
        "no-root": lambda risk, sigma, b: risk * sigma**2 / b,
        "rate": lambda risk, sigma, b: sigma * math.sqrt(risk * b),
        "upside-down": lambda risk, sigma, b: math.sqrt(b / risk) / sigma,
    },
)


def _profits(gave: float, right: float, a: float, b: float, c: float) -> Facts:
    """What the fee that was given and the best one earn per unit of time."""
    earns, best = ((a - b * fee) * (fee - c) for fee in (gave, right))
    return {"alpha": a, "beta": b, "c": c, "earns": earns, "best": best}


monopoly_fee = formula(
    lambda a, b, c: a / b / 2 + c / 2,
    [(20.0, 20.0, 0.02), (100.0, 75.0, 0.5), (30.0, 10.0, 0.0)],
    {
        "whole-cost": lambda a, b, c: a / b / 2 + c,
        "no-cost": lambda a, b, c: a / b / 2,
        "nobody-trades": lambda a, b, c: a / b,
        "competitors": lambda a, b, c: c,
        "cost-lowers": lambda a, b, c: a / b / 2 - c / 2,
    },
    facts=_profits,
)


def _fees(i: float, tau: float, risk: float, sigma: float, a: float, b: float, c: float) -> tuple[float, float]:
    """(bid, ask) to first order, eq. 4 [price]."""
    middle, half = (a / b + c) / 2, risk * sigma**2 * tau / 4
    return middle + half * (1 + 2 * i), middle + half * (1 - 2 * i)


def _off(gave: FloatArray, right: FloatArray, *_: float) -> Facts:
    (bid, ask), (right_bid, right_ask) = gave, right
    return {"both": bid + ask - right_bid - right_ask, "difference": bid - ask - right_bid + right_ask}


first_order_fees = formula(
    _fees,
    [
        (3.0, 1.0, 0.05, 1.0, 20.0, 20.0, 0.02),
        (-4.0, 0.5, 0.1, 2.0, 100.0, 75.0, 0.1),
        (0.0, 0.25, 0.2, 3.0, 30.0, 10.0, 0.5),
    ],
    {
        "no-time": lambda i, tau, *x: _fees(i, 1.0, *x),
        "whole-risk": lambda i, tau, risk, *x: _fees(i, tau, 2 * risk, *x),
        "whole-cost": lambda i, tau, risk, sigma, a, b, c: _fees(i, tau, risk, sigma, a, b, 2 * c),
        "whole-r": lambda i, tau, risk, sigma, a, b, c: _fees(i, tau, 2 * risk, sigma, a, b, 2 * c),
        "own-clip": lambda i, *x: (_fees(i - 0.5, *x)[0], _fees(i + 0.5, *x)[1]),
        "width": lambda i, *x: (_fees(abs(i), *x)[0],) * 2,
    },
    facts=_off,
)

TICK = 0.01


def _below_the_program(answer: Answer) -> Facts:
    """By how much the first order's ask at three clips is below the program's at the time that is given."""
    tau = float(answer.numbers(answer.given, ()))
    if not 0 < tau <= 4:
        raise Mistake("outside", tau=tau)
    model = dealer(horizon=4.0)
    return {"tau": tau, "off": float(unbounded_fees(model, 3, tau)[1] - model.depths(3, tau)[1]), "tick": TICK}


def _no_tick(found: Facts) -> str | None:
    if abs(found["off"] - TICK) <= 0.0002:
        return None
    return "cubic" if abs(found["tau"] - 0.78297) < 0.003 else "no-tick"


tick_time = contest(_below_the_program, _no_tick, dict)

Q = np.arange(-2.0, 3.0)
STEP_CASES = (
    (np.zeros(5), 0.01, 20.0, 20.0, 0.02, 0.05, 1.0),
    (np.array([-0.4, 0.1, 0.3, 0.2, -0.3]), 0.005, 30.0, 25.0, 0.1, 0.5, 2.0),
    (np.array([-6.0, -1.5, 0.0, -1.5, -6.0]), 0.01, 20.0, 20.0, 0.02, 0.2, 1.0),
)


def _step(
    value: FloatArray, dt: float, alpha: float, beta: float, cost: float, risk: float, sigma: float,
    *, beyond: tuple[float, float] | None = None, least: float = 0.0,
) -> FloatArray:  # fmt: skip
    """V a step of dt later by Euler's rule, eq. 5; with a usual mistake, `beyond` is V at −3 and 3."""
    margin = alpha / beta - cost
    low, high = beyond or (value[0] - margin, value[-1] - margin)  # a trade that leads there brings nothing
    sides = margin - value + np.array([[*value[1:], high], [low, *value[:-1]]])
    growth = beta / 4 * (np.maximum(sides, least) ** 2).sum(axis=0) - risk * sigma**2 / 2 * Q**2
    return np.asarray(value + dt * growth)


def _furthest(gave: FloatArray, right: FloatArray, *case: Any) -> Facts:
    """Where an answer is furthest off, and what a hundred right steps lead to."""
    at = int(np.argmax(np.abs(gave - right)))
    value, *numbers = STEP_CASES[0]
    for _ in range(100):
        value = _step(value, *numbers)
    exact = Program(variance_charge=0.05, margin=0.98, slope=20, horizon=1, max_inventory=2).values(np.ones(1))[0, 2]
    return {"inventory": Q[at], "worst": gave[at], "there": right[at], "steps": value[2], "exact": exact}


program_step = formula(
    _step,
    STEP_CASES,
    {
        "beyond": lambda v, *x: _step(v, *x, beyond=(v[0], v[-1])),
        "round": lambda v, *x: _step(v, *x, beyond=(v[-1], v[0])),
        "negative": lambda *x: _step(*x, least=-np.inf),
        "no-cost": lambda v, dt, a, b, cost, risk, sigma: _step(v, dt, a, b, 0.0, risk, sigma),
        "whole-charge": lambda v, dt, a, b, cost, risk, sigma: _step(v, dt, a, b, cost, 2 * risk, sigma),
        "no-charge": lambda v, dt, a, b, cost, risk, sigma: _step(v, dt, a, b, cost, 0.0, sigma),
        "charge-earns": lambda v, dt, a, b, cost, risk, sigma: _step(v, dt, a, b, cost, -risk, sigma),
        "not-a-quarter": lambda v, dt, a, b, *x: _step(v, dt, 4 * a, 4 * b, *x),
        "not-a-half": lambda v, dt, a, b, *x: _step(v, dt, 2 * a, 2 * b, *x),
        "growth": lambda v, dt, *x: (_step(v, dt, *x) - v) / dt,
    },
    facts=_furthest,
)

ENOUGH = 0.995
"""Which part of the program's worth two numbers must reach."""


@cache
def _of_its_own(solution: Solution) -> float:
    """What a solution's fees are worth to the exercise's dealer, the same for every answer."""
    return worth(dealer(horizon=4.0, risk_aversion=0.2, solution=solution))


def _worths(answer: Answer) -> Facts:
    """What a constant fee and a constant skew, the first order and the program are worth [price · clip]."""
    fee, skew = answer.numbers(answer.given, (2,)).tolist()

    def fees(inventory: Any, time_left: Any) -> tuple[Any, Any]:
        flat = fee + 0 * (inventory + time_left)
        return flat + skew * inventory, flat - skew * inventory

    best, near = _of_its_own("program"), _of_its_own("first order")
    yours = worth(dealer(horizon=4.0, risk_aversion=0.2), fees)
    shares = {"share": yours / best, "near_share": near / best, "enough": ENOUGH}
    return {"fee": fee, "skew": skew, "yours": yours, "near": near, "best": best} | shares


two_numbers = contest(_worths, lambda found: None if found["share"] >= ENOUGH else "too-little", dict)

CHECKS: dict[str, Check] = {
    "hs-no-difference": no_difference,
    "hs-side-earns": side_earns,
    "hs-frozen-risk": frozen_risk,
    "hs-riskless-worth": riskless_worth,
    "hs-far-curvature": far_curvature,
    "hs-monopoly-fee": monopoly_fee,
    "hs-fees": first_order_fees,
    "hs-tick": tick_time,
    "hs-program-step": program_step,
    "hs-two-numbers": two_numbers,
}
