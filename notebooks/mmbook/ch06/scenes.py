"""What chapter 06 compares: the models with one γ, their frontiers, and a dealer who believes something wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from mmlab.market import Market
from mmlab.models import (
    AvellanedaStoikov,
    CarteaJaimungal,
    GueantLehalleFernandezTapia,
    HoStoll,
    Model,
    Symmetric,
)
from mmlab.parameters import FloatArray
from mmlab.simulation import constant_quotes_moments, many_certainty_equivalents, many_moments
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC

LOOKS: dict[str, dict[str, Any]] = {
    "Avellaneda–Stoikov": BID,
    "Guéant": RESERVATION | {"linestyle": (0, (7, 1.5))},
    "Cartea–Jaimungal": ASK | {"linestyle": (0, (1.2, 1.2))},
    "Ho–Stoll, first order": {"color": "#BF8000", "linestyle": (0, (4, 1.5, 1, 1.5))},
    "AS, no horizon": MID | {"linestyle": (0, (6, 1.5, 1, 1.5, 1, 1.5))},
    "symmetric": SYMMETRIC,
}
"""How chapter 06 draws each model."""

LOWEST, GAMMA, HIGHEST = 0.01, 0.1, 1.0
"""γ at the two ends of a frontier, and that of whom the questions are about."""
_BOUND = {"max_inventory": 20}
_MODELS: dict[str, Callable[[Market, float], Any]] = {
    "Avellaneda–Stoikov": lambda market, gamma: AvellanedaStoikov.for_market(market, risk_aversion=gamma),
    "Guéant": lambda market, gamma: GueantLehalleFernandezTapia.for_market(market, risk_aversion=gamma, **_BOUND),
    "Cartea–Jaimungal": lambda market, gamma: CarteaJaimungal.for_market(
        market, running_penalty=gamma * market.total_volatility**2 / 2, terminal_penalty=0.0, **_BOUND
    ),
    "Ho–Stoll, first order": lambda market, gamma: HoStoll.for_market(market, risk_aversion=gamma),
    "symmetric": lambda market, gamma: Symmetric.for_market(market, risk_aversion=gamma),
}


def all_models(market: Market, risk_aversion: float) -> dict[str, Model]:
    """The models of chapters 02 to 05 that believe `market`, with one γ: φ = ½γσ² is what Cartea and Jaimungal take."""
    return {name: make(market, risk_aversion) for name, make in _MODELS.items()}


def frontiers(market: Market) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Deviation and mean of each model for γ from 0.01 to 1: smooth in ln γ, so a few exact points give the curve."""
    centre, half = np.log(LOWEST * HIGHEST) / 2, np.log(HIGHEST / LOWEST) / 2
    nodes, models = {}, {}
    for name, n_nodes in zip(_MODELS, (7, 5, 4, 6, 6), strict=True):
        nodes[name] = np.cos(np.pi * (np.arange(n_nodes) + 0.5) / n_nodes)
        models[name] = [_MODELS[name](market, float(gamma)) for gamma in np.exp(centre + half * nodes[name])]
    constant = [constant_quotes_moments(model.half_spread, market) for model in models.pop("symmetric")]
    many = many_moments([model for some in models.values() for model in some], market, max_inventory=30)
    sd, mean = [*many.sd, *(each.sd for each in constant)], [*many.mean, *(each.mean for each in constant)]
    along, curves, start = np.linspace(-1, 1, 60), {}, 0
    for name, places in nodes.items():
        here = slice(start, start + len(places))
        fits = (Chebyshev.fit(places, values[here], len(places) - 1, [-1, 1]) for values in (sd, mean))
        x, y = (np.asarray(fit(along)) for fit in fits)
        curves[name], start = (x, y), here.stop
    return curves


TRUE = Market.avellaneda_stoikov_2008()
TRUTH = {"volatility": 2.0, "fill_decay": 1.5, "arrival_rate": 140.0}
SYMBOLS = {"volatility": "σ", "fill_decay": "k", "arrival_rate": "A"}
BELIEF_LOOKS = {
    "volatility": BID,
    "fill_decay": ASK,
    "arrival_rate": RESERVATION | {"linestyle": (0, (4, 1.5, 1, 1.5))},
}
FACTORS = np.geomspace(0.5, 2.0, 21)
MAX_INVENTORY = 20


def believer(risk_aversion: float, **believed: float) -> GueantLehalleFernandezTapia:
    """The dealer who believes the truth but for what is given.

    They quote by Guéant's closed form, which has σ, k and A in it and does not look at the clock.
    """
    numbers: dict[str, Any] = TRUTH | believed
    return GueantLehalleFernandezTapia(
        risk_aversion=risk_aversion,
        horizon=TRUE.horizon,
        max_inventory=MAX_INVENTORY,
        solution="closed form",
        **numbers,
    )


def belief_costs(risk_aversion: float, beliefs: Sequence[Mapping[str, float]]) -> FloatArray:
    """How much less a day is worth with each of some beliefs than with the truth [price · clip], shape (n_beliefs,).

    The difference of two certainty equivalents, as `ExactMoments.certainty_equivalent` gives them in the true market.
    """
    dealers = [believer(risk_aversion, **believed) for believed in ({}, *beliefs)]
    right, *wrong = many_certainty_equivalents(dealers, TRUE, risk_aversion, MAX_INVENTORY)
    return np.asarray(right - np.array(wrong))


def belief_row(across: str, up: str, factor: float, risk_aversion: float, n: int) -> FloatArray:
    """A row of a map: one belief wrong by a factor, another by each of n from ½ to 2; the costs, shape (n,)."""
    factors = np.geomspace(0.5, 2, n).tolist()
    return belief_costs(risk_aversion, [{across: TRUTH[across] * x, up: TRUTH[up] * factor} for x in factors])


def cost_curves(risk_aversion: float) -> dict[str, FloatArray]:
    """The cost of each belief alone, wrong by each of FACTORS."""
    beliefs = [{name: float(true * factor)} for name, true in TRUTH.items() for factor in FACTORS]
    return dict(zip(TRUTH, belief_costs(risk_aversion, beliefs).reshape(len(TRUTH), -1), strict=True))
