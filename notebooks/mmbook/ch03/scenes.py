"""What chapter 03 computes again and again: a day quoted exactly and by what approximates it, and what it is worth."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market import Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Model, Symmetric
from mmlab.models.tridiagonal import Flow
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import continuous_certainty_equivalent
from mmlab.simulation.outcomes import Policy
from mmlab.teach.style import BID, MID, RESERVATION, SYMMETRIC

LOOKS: dict[str, dict[str, Any]] = {
    "exact": RESERVATION | {"linestyle": "-"},
    "closed form": MID,
    "Avellaneda–Stoikov": BID | {"linestyle": (0, (4, 1.5, 1, 1.5))},
    "symmetric": SYMMETRIC,
}
"""How chapter 03 draws each policy."""

FRACTIONS = np.linspace(0.0, 1.0, 41)


def steady_worth(policy: Model, market: Market, gamma: float, max_inventory: int, times: FloatArray) -> FloatArray:
    """`continuous_certainty_equivalent` at many times left at once, of quotes without a clock, stopped at ±Q.

    u' = ½γ²σ²q² u + λ(δᵇ) (e^{−γδᵇ} u(q + 1) − u) + λ(δᵃ) (e^{−γδᵃ} u(q − 1) − u); NaN where numbers do not hold it.
    """
    q = np.arange(-max_inventory, max_inventory + 1.0)
    bid, ask = (depth.copy() for depth in policy.depths(q, 0.0))
    bid[-1] = ask[0] = np.inf
    fills = np.stack([market.buy_intensity.rate(ask), np.zeros(len(q)), market.sell_intensity.rate(bid)])
    bands = fills * np.exp(-gamma * np.stack([ask, np.zeros(len(q)), bid]))
    bands[1] = 0.5 * (gamma * market.volatility * q) ** 2 - fills.sum(axis=0)
    try:
        logs, log_scale = Flow.solve(bands, np.zeros(len(q)), market.horizon).log_v(times)
    except ParameterError:  # so risky a day that its worth has no number: the other policies are shown
        return np.full(len(times), np.nan)
    return np.asarray(-(logs[:, max_inventory] + log_scale[:, 0]) / gamma)


def settled(bid: FloatArray, ask: FloatArray, fill_decay: float) -> FloatArray:
    """Where the inventory would settle if quotes stayed as they are: P(q) [1], from the depths at each inventory.

    As many fills lead from q to q + 1 as back: P(q + 1)/P(q) = λ(δᵇ(q))/λ(δᵃ(q + 1)).
    """
    logs = np.concatenate([[0.0], np.cumsum(-fill_decay * (bid[:-1] - ask[1:]))])
    chance = np.exp(logs - logs.max())
    return np.asarray(chance / chance.sum())


GAMMA, BOUND = 0.1, 12
"""The chapter's dealer [1/(price · clip)], and where they stop [clips]."""


class Policies(NamedTuple):
    """The chapter's dealer's three ways to quote a day, all of which know its market."""

    symmetric: Symmetric
    exact: GueantLehalleFernandezTapia
    formula: AvellanedaStoikov


def policies(market: Market | None = None) -> Policies:
    """The three ways to quote in a market, else in that of Avellaneda and Stoikov (2008)."""
    market = market or Market.avellaneda_stoikov_2008()
    return Policies(
        Symmetric.for_market(market, risk_aversion=GAMMA),
        GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=BOUND),
        AvellanedaStoikov.for_market(market, risk_aversion=GAMMA),
    )


BOUNDS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60)


def skewed(half_spread: float, skew: float) -> Policy:
    """Quotes without a clock: δᵇ = `half_spread` + q·`skew`, δᵃ = `half_spread` − q·`skew` [price]."""

    def depths(inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        q, _ = np.broadcast_arrays(np.asarray(inventory, dtype=np.float64), np.asarray(time_left))
        return half_spread + q * skew, half_spread - q * skew

    return depths


@lru_cache(maxsize=1)
def worth_against_bound() -> dict[str, dict[int, float]]:
    """The certainty equivalent of a day of each policy at each bound, at the AS parameters [price · clip].

    Avellaneda–Stoikov's up to 20: at 25 clips it quotes so far through the mid that it would fill 1e8 times a day.
    """
    market, (symmetric, exact, formula) = Market.avellaneda_stoikov_2008(), policies()

    def worth(policy: Model, longest: int) -> dict[int, float]:
        bounds = [bound for bound in BOUNDS if bound <= longest]
        return {b: continuous_certainty_equivalent(policy, market, GAMMA, max_inventory=b) for b in bounds}

    return {
        "exact": {b: float(replace(exact, max_inventory=b).value(0, 1)) for b in BOUNDS},
        "Avellaneda–Stoikov": worth(formula, 20),
        "symmetric": worth(symmetric, BOUNDS[-1]),
    }
