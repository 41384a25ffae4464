"""Chapter 16's desks and days: laws by policy and stress, many years of a law, and days that a drawdown stops."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mmlab.market import Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Model, Symmetric
from mmlab.parameters import FloatArray
from mmlab.simulation import ProfitLaw, profit_law
from mmlab.simulation.outcomes import Policy

MARKET = Market.avellaneda_stoikov_2008()
BOUND = 24
"""Where desks that skew stop [clips]."""


def glft(risk_aversion: float, max_inventory: int = BOUND) -> GueantLehalleFernandezTapia:
    """Chapter 03's dealer, who believes what is true of the calm market."""
    return GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=risk_aversion, max_inventory=max_inventory)


DESKS: dict[str, Model] = {
    "symmetric": Symmetric.for_market(MARKET, risk_aversion=0.1),
    "γ = 0.01": glft(0.01),
    "γ = 0.1": glft(0.1),
    "γ = 0.3": glft(0.3),
    "γ = 1": glft(1.0),
    "A–S": AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1),
}
"""The policies of the explorer, from the one that never skews on: chapter 03's four, and chapter 02's with γ = 0.1."""


def crossing(clips: FloatArray) -> FloatArray:
    """ℓ(q), what chapter 08's desk pays to be rid of so many clips at once [price · clip]."""
    return 0.75 * clips + 0.02 * clips**2


def stressed(times: float = 1.0, drift: float = 0.0) -> Market:
    """The market with so many times its volatility and with a drift [price/time], of which no desk knows."""
    return replace(MARKET, volatility=times * MARKET.volatility, drift=drift)


@cache
def law_of(desk: str, times: float, drift: float) -> ProfitLaw:
    """The law of a desk's day under a stress, computed once; the less a desk skews, the more terms its tails need."""
    n_terms = {"symmetric": 256, "γ = 0.01": 160}.get(desk, 128)
    return profit_law(DESKS[desk], stressed(times, drift), n_terms=n_terms)


def bounded(limit: int) -> Policy:
    """Quotes at ±0.75, and beyond ±`limit` clips only what leads back."""

    def depths(inventory: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
        near = 0.75 + 0 * time_left
        return np.where(inventory < limit, near, np.nan), np.where(inventory > -limit, near, np.nan)

    return depths


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
    left, inventories = 1 - dt * np.arange(n_steps)[:, np.newaxis], np.arange(-bound, bound + 1.0)
    depths = model.depths(inventories, left)
    chances = [MARKET.fill_probability(MARKET.buy_intensity, depth, dt) for depth in depths]
    bid_edge, ask_edge = (np.nan_to_num(np.broadcast_to(depth, (n_steps, len(inventories)))) for depth in depths)
    rng, step = np.random.default_rng(seed), times * MARKET.volatility * np.sqrt(dt)
    held: NDArray[np.int64] = np.zeros(n_days, np.int64)
    equity, best, runs = np.zeros(n_days), np.zeros(n_days), np.ones(n_days, bool)
    for n in range(n_steps):
        at, (u, v) = held + bound, rng.random((2, n_days))
        bought, sold = runs & (u < chances[0][n, at]), runs & (v < chances[1][n, at])
        equity += bought * bid_edge[n, at] + sold * ask_edge[n, at]
        held += bought.astype(int) - sold
        equity += held * step * rng.choice([-1.0, 1.0], n_days) - against * np.abs(held) * dt
        best = np.maximum(best, equity)
        stops = runs & (best - equity >= drawdown)
        equity -= np.where(stops, crossing(np.abs(held)), 0.0)
        held, runs = np.where(stops, 0, held), runs & ~stops
    return equity
