"""What the Ho–Stoll explorer computes once for each market: a dealer's day; and the program in closed form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market import Linear, Market, Tape
from mmlab.models import HoStoll
from mmlab.parameters import FloatArray
from mmlab.simulation import ExactMoments, History, exact_moments
from mmlab.teach.quick import Constant, constant_quotes, one_path

N_STEPS, TAPE_SEED = 200, 8


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


@dataclass(frozen=True)
class Day:
    """What follows from the market, R and c alone: nothing here is computed again when I or τ move."""

    first_order: HoStoll
    competitive: HoStoll
    net: ExactMoments
    """What the first order's fees earn after processing costs."""
    unmoved: Constant
    """The same of fees without a skew."""
    history: History


@lru_cache(maxsize=8)
def dealing_day(
    risk_aversion: float, volatility: float, demand_intercept: float, demand_slope: float, processing_cost: float
) -> Day:
    """A market of linear demand, the dealer who believes it, alone and among competitors, and one day on a tape."""
    flow = Linear(demand_intercept=demand_intercept, demand_slope=demand_slope)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    net = Linear(demand_intercept=demand_intercept - demand_slope * processing_cost, demand_slope=demand_slope)
    after_costs = replace(market, intensity=net)
    first_order, competitive = (
        HoStoll.for_market(market, risk_aversion=risk_aversion, processing_cost=processing_cost, solution=s)
        for s in ("first order", "competitive")
    )
    net_of_costs = HoStoll.for_market(after_costs, risk_aversion=risk_aversion)
    return Day(
        first_order=first_order,
        competitive=competitive,
        net=exact_moments(net_of_costs, after_costs, N_STEPS),
        unmoved=constant_quotes(net_of_costs.highest_fee / 2, after_costs, N_STEPS),
        history=one_path(first_order, _tape(market)),
    )


@lru_cache(maxsize=8)
def _tape(market: Market) -> Tape:
    return market.tape(n_paths=1, n_steps=N_STEPS, seed=TAPE_SEED)
