"""Ho and Stoll's dealer on a linear demand: what fees are worth after costs and risk; the program in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market import Linear, Market
from mmlab.models import HoStoll
from mmlab.parameters import FloatArray
from mmlab.simulation import exact_moments

Solution = Literal["first order", "competitive", "program"]
Fees = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

STEPS_PER_TIME, BOUND = 200, 12


def dealer(horizon: float = 1.0, risk_aversion: float = 0.05, solution: Solution = "first order") -> HoStoll:
    """The chapter's dealer: α = β = 20, σ = 1, c = 0.02, at most 12 clips."""
    return HoStoll(
        risk_aversion=risk_aversion,
        volatility=1,
        demand_intercept=20,
        demand_slope=20,
        horizon=horizon,
        processing_cost=0.02,
        max_inventory=BOUND,
        solution=solution,
    )


def market_of(model: HoStoll) -> Market:
    """The market that a dealer believes in."""
    flow = Linear(demand_intercept=model.demand_intercept, demand_slope=model.demand_slope)
    return Market.avellaneda_stoikov_2008(volatility=model.volatility, horizon=model.horizon, intensity=flow)


def worth(model: HoStoll, fees: Fees | None = None) -> float:
    """E[profit − c · trades − ½Rσ²∫I²dt] [price · clip] of `fees` (the model's own by default), in its market.

    Exactly, from flat, in the chain of 200 steps a unit of time; no bid at 12 clips and no ask at −12.
    """
    market, cost = market_of(model), model.processing_cost
    quoted = fees or model.depths

    def after_costs(inventory: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
        bid, ask = quoted(inventory, time_left)
        return np.where(inventory >= BOUND, np.nan, bid - cost), np.where(inventory <= -BOUND, np.nan, ask - cost)

    # A cost of c a trade is a mid that is c further away on either side: a demand of α − βc there.
    net = Linear(demand_intercept=model.demand_intercept - model.demand_slope * cost, demand_slope=model.demand_slope)
    n_steps = round(STEPS_PER_TIME * model.horizon)
    exact = exact_moments(after_costs, replace(market, intensity=net), n_steps, max_inventory=BOUND)
    squares = exact.inventory_distribution @ exact.inventories**2
    held = (squares[:-1] + squares[1:]).sum() / 2 * model.horizon / n_steps
    return float(exact.mean - 0.5 * model.risk_aversion * model.volatility**2 * held)


def unbounded_curvature(model: HoStoll, time_left: ArrayLike) -> FloatArray:
    """η = √(Rσ²/β) tanh(τ√(βRσ²)) [price]: V = const − ½ηI² solves the program where no fee is held at α/β."""
    risk, tau = model.risk_aversion * model.volatility**2, np.asarray(time_left, dtype=np.float64)
    return np.asarray(np.sqrt(risk / model.demand_slope) * np.tanh(tau * np.sqrt(model.demand_slope * risk)))


def unbounded_fees(model: HoStoll, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The program's bid and ask fee [price] without a bound on the inventory; NaN once one of them is at α/β.

    Fees that are held there move their neighbours a little: the last one drawn by up to a hundredth.
    """
    q, eta = np.asarray(inventory, dtype=np.float64), unbounded_curvature(model, time_left)
    middle = (model.highest_fee + model.processing_cost) / 2
    bid, ask = middle + eta / 4 * (1 + 2 * q), middle + eta / 4 * (1 - 2 * q)
    there = np.maximum(bid, ask) < model.highest_fee
    return np.where(there, bid, np.nan), np.where(there, ask, np.nan)


def utility_fees(model: HoStoll, inventory: int, time_left: float, n_steps: int = 2000) -> tuple[float, float]:
    """Bid and ask fee [price] of the paper's own dealer: one who maximises E[−exp(−R · wealth at the close)].

    θ(τ, I) is the certain amount that the rest of the session is worth. A trade at the fee r + x multiplies the utility
    by e^{−Rx}, and so

        ∂_τθ = −½Rσ²I² + Σ max_x β(m − x)(1 − e^{−Rx})/R,    m = α/β − r,    highest where u + e^u = 1 + Rm, u = Rx:

    (5) with (1 − e^{−Rx})/R in the place of x. Euler's rule, at most 12 clips.
    """
    risk, q = model.risk_aversion, np.arange(-BOUND, BOUND + 1.0)
    theta, r = np.zeros_like(q), np.full((2, len(q)), model.highest_fee)  # at a bound nobody trades
    for left in np.linspace(0.0, time_left, n_steps + 1):
        r[0, :-1], r[1, 1:] = (model.processing_cost + sign * np.diff(theta) for sign in (-1, 1))
        m = np.maximum(model.highest_fee - r, 0.0)
        u = risk * m / 2
        for _ in range(5):  # Newton's rule for u + e^u = 1 + Rm
            u -= (u + np.expm1(u) - risk * m) / (1 + np.exp(u))
        if left < time_left:
            earned = model.demand_slope * (m - u / risk) * -np.expm1(-u) / risk
            theta = theta + time_left / n_steps * (earned.sum(axis=0) - risk * model.volatility**2 * q**2 / 2)
    bid, ask = (r + u / risk)[:, inventory + BOUND].tolist()
    return bid, ask
