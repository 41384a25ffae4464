"""Chapter 16's desks and days: laws by policy and stress, many years of a law, and days that a drawdown stops."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmlab.market import Market
from mmlab.measure.risk import historical_tail
from mmlab.models import AvellanedaStoikov, CrossingCost, GueantLehalleFernandezTapia, Model, Symmetric
from mmlab.models.within import Within
from mmlab.parameters import FloatArray
from mmlab.simulation import ProfitLaw, profit_law
from mmlab.simulation.outcomes import depths_of

MARKET = Market.avellaneda_stoikov_2008()


def glft(risk_aversion: float, max_inventory: int = 24) -> GueantLehalleFernandezTapia:
    """Chapter 03's dealer, who believes what is true of the calm market."""
    return GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=risk_aversion, max_inventory=max_inventory)


DESKS: dict[str, Model] = {"symmetric": Symmetric.for_market(MARKET, risk_aversion=0.1)}
DESKS |= {f"γ = {gamma:g}": glft(gamma) for gamma in (0.01, 0.1, 0.3, 1.0)}
DESKS |= {"A–S": AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)}
"""The policies of the explorer, from the one that never skews on: chapter 03's four, and chapter 02's with γ = 0.1."""


crossing = CrossingCost(half_spread=0.75, impact=0.02)
"""ℓ(q), what chapter 08's desk pays to be rid of so many clips at once [price · clip]."""


def stressed(times: float = 1.0, drift: float = 0.0) -> Market:
    """The market with so many times its volatility and with a drift [price/time], of which no desk knows."""
    return replace(MARKET, volatility=times * MARKET.volatility, drift=drift)


@cache
def law_of(desk: str, times: float, drift: float) -> ProfitLaw:
    """The law of a desk's day under a stress, computed once; the less a desk skews, the more terms its tails need."""
    n_terms = {"symmetric": 256, "γ = 0.01": 160}.get(desk, 128)
    return profit_law(DESKS[desk], stressed(times, drift), n_terms=n_terms)


def bounded(limit: int) -> Within:
    """Quotes at ±0.75, and at ±`limit` clips only what leads back."""
    return Within(Symmetric(half_spread=0.75), limit)


def years(law: ProfitLaw, n_years: int, seed: int, n_days: int = 250) -> FloatArray:
    """Independent days of a law less its mean [price · clip], shape (n_years, n_days), by its quantiles."""
    x = np.linspace(law.mean - 9 * law.sd, law.mean + 9 * law.sd, 4001)
    chance = np.random.default_rng(seed).random((n_years, n_days))
    return np.asarray(np.interp(chance, law.cdf(x), x) - law.mean)


def days_with_a_stop(
    model: Model, drawdown: float, *, times: float = 1.0, against: float = 0.0, seed: int = 0, n_days: int = 4000
) -> FloatArray:
    """Profits of days on which a desk that has fallen `drawdown` from its highest crosses the spread and stops.

    The drift `against` it is down while it is long and up while it is short [price/time].
    """
    n_steps, dt, bound = 200, 1 / 200, int(getattr(model, "max_inventory", 64))
    depths = np.stack(depths_of(model, np.arange(-bound, bound + 1.0), np.arange(n_steps, 0, -1.0) * dt))
    chances, edges = MARKET.fill_probability(MARKET.buy_intensity, depths, dt), np.nan_to_num(depths)
    rng, step = np.random.default_rng(seed), times * MARKET.volatility * np.sqrt(dt)
    held: NDArray[np.int64] = np.zeros(n_days, np.int64)
    equity, best, runs = np.zeros(n_days), np.zeros(n_days), np.ones(n_days, bool)
    for n in range(n_steps):
        at = held + bound
        bought, sold = fills = runs & (rng.random((2, n_days)) < chances[:, n, at])
        equity += (fills * edges[:, n, at]).sum(axis=0)
        held += bought.astype(int) - sold
        equity += held * step * rng.choice([-1.0, 1.0], n_days) - against * np.abs(held) * dt
        best = np.maximum(best, equity)
        stops = runs & (best - equity >= drawdown)
        equity -= np.where(stops, crossing(np.abs(held)), 0.0)
        held, runs = np.where(stops, 0, held), runs & ~stops
    return equity


STRESS, TAIL = {"times": 2.0, "against": 4.0}, 0.01
"""The bad days of the last exercise, and their tail."""


class Season(NamedTuple):
    """What a policy earns on calm days, and in the worst 1% of bad ones [price · clip]."""

    calm: float
    worst: float


@lru_cache(maxsize=8)
def a_policy(risk_aversion: float, max_inventory: int, drawdown: float = np.inf, seed: int = 16) -> Season:
    """10,000 calm days of a policy, and 10,000 days of the stress."""
    model = glft(risk_aversion, max_inventory)
    calm = days_with_a_stop(model, drawdown, seed=seed, n_days=10_000)
    bad = days_with_a_stop(model, drawdown, seed=seed + 1, n_days=10_000, **STRESS)
    return Season(float(calm.mean()), -historical_tail(bad, TAIL)[1])
