"""The Avellaneda–Stoikov explorer: move γ, σ, k, A, q and τ; quotes, fills, profit and inventory follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmlab import AvellanedaStoikov, Exponential, Market, Symmetric, exact_moments, simulate
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, PLAIN, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount, position
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, INVENTORY, RISK_AVERSION, TIME_LEFT, VOLATILITY

INVENTORIES = np.arange(-10.0, 11.0)


def day(risk_aversion: float, volatility: float, fill_decay: float, arrival_rate: float) -> dict[str, Any]:
    """The whole day: it does not depend on where we stand."""
    flow = Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    model = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
    exact = exact_moments(model, market)
    naive = exact_moments(Symmetric.for_market(market, risk_aversion=risk_aversion), market)
    run = simulate(model, market.tape(n_paths=1, n_steps=200, seed=8))
    return locals()


def here(model: AvellanedaStoikov, inventory: float, time_left: float) -> dict[str, Any]:
    """Where we stand."""
    r = model.reservation_price(100, inventory, time_left)
    quotes = model.quotes(100, inventory, time_left)
    return locals()


def uses_the_budget(s: Any) -> bool:
    """Whether the deviation of a day in the paper's market is 7.0, to the digit that the readout shows."""
    return (s.volatility, s.fill_decay, s.arrival_rate) == (2, 1.5, 140) and abs(s.exact.sd - 7) < 0.05


def first_below_the_mid(s: Any) -> bool:
    """Whether one clip less would be sold above the mid, and these are not."""
    depth = s.model.depths([s.inventory - 1, s.inventory], s.time_left)[1]
    return (s.time_left, s.risk_aversion) == (0.25, 0.1) and bool(depth[1] < 0 <= depth[0])


class AvellanedaStoikovExplorer(Explorer):
    """Sliders for γ, σ, k, A, q and τ over four plots: quotes, fill probability, a day, the inventory at its end."""

    title: ClassVar[str] = "Avellaneda–Stoikov (2008)"
    sliders: ClassVar = {
        RISK_AVERSION: (0.001, 2.0, 0.1),
        replace(INVENTORY, integer=True): (-10, 10, 3),
        VOLATILITY: (0.0, 5.0, 2.0),
        TIME_LEFT: (0.0, 1.0, 0.75),
        FILL_DECAY: (0.5, 5.0, 1.5),
        ARRIVAL_RATE: (20.0, 200.0, 140.0),
    }
    presets: ClassVar = {
        "the paper": {},
        "hardly risk averse": {"risk_aversion": 0.01},
        "very risk averse": {"risk_aversion": 1.0},
        "short, near the close": {"inventory": -6, "time_left": 0.1},
        "no risk at all": {"volatility": 0.0},
    }
    stages: ClassVar = (day, here)
    tasks: ClassVar = {
        "use a risk budget: bring the paper's day to a deviation of 7.0 with γ alone.": uses_the_budget,
        "at τ = 0.25 and γ = 0.1, find the least inventory that you would sell below the mid.": first_below_the_mid,
    }
    prints: ClassVar[str] = "r, quotes.bid_price, quotes.ask_price, exact.mean, exact.sd, naive.mean, naive.sd"

    def show(self, s: Any, quotes: Panel, fills: Panel, path: Panel, end: Panel) -> None:
        """Quotes against inventory, fill probability against depth, one day, the inventory at its end."""
        bid, ask = s.model.depths(INVENTORIES, s.time_left)
        here_bid, here_ask = 100 - float(s.quotes.bid_price), float(s.quotes.ask_price) - 100
        furthest = float(np.abs([bid, ask]).max())
        quotes.view(y=(-furthest, furthest), xlabel="inventory q [clips]", ylabel="price − mid", xlim=(-10, 10))
        quotes.line("ask", INVENTORIES, ask, ASK)
        quotes.line("reservation price", INVENTORIES, (ask - bid) / 2, RESERVATION)
        quotes.line("bid", INVENTORIES, -bid, BID)
        quotes.level(0, MID, "mid")
        quotes.quotes_at(s.inventory, here_bid, here_ask)
        quotes.title(_centred(s.inventory, (here_ask - here_bid) / 2, here_bid + here_ask))

        chance_bid, chance_ask = (
            float(s.market.fill_probability(s.flow, depth, 1 / 200)) for depth in (here_bid, here_ask)
        )
        span = min(-0.5, here_bid, here_ask), max(3.0, here_bid, here_ask)
        depth = np.linspace(*span, 120)
        fills.view(x=span, y=(0.0, 1.0), xlabel="depth δ from mid [price]", ylabel="P(fill in one step)")
        fills.line("P(fill)", depth, s.market.fill_probability(s.flow, depth, 1 / 200), PLAIN)
        fills.line("our ask", [here_ask] * 2, [0, chance_ask], ASK)
        fills.line("our bid", [here_bid] * 2, [0, chance_bid], BID)
        fills.title(f"In one step of 0.005: bid fills {chance_bid:.0%}, ask {chance_ask:.0%}")

        lowest, highest = float(s.run.bid_price.min()), float(s.run.ask_price.max())
        path.view(y=(lowest, highest), xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
        bought, sold = path.day(s.run)
        path.title(f"A day on a fixed tape: {bought} bought, {sold} sold, profit {amount(s.run.pnl[0], 1)}")

        end.left_over({"Avellaneda–Stoikov": (s.exact, INVENTORY_AVERSE), "symmetric quotes": (s.naive, SYMMETRIC)}, 25)
        end.title(f"At the horizon: ±{s.exact.inventory_sd:.1f} clips, symmetric ±{s.naive.inventory_sd:.1f}")

    def readout(self, s: Any) -> str:
        """Quotes, and what the whole day pays, in sentences."""
        return (
            f"{position(s.inventory)}, {s.time_left:.2f} of the day left, mid 100.00: reservation price {s.r:.2f}, "
            f"bid {s.quotes.bid_price:.2f}, ask {s.quotes.ask_price:.2f}, spread {s.quotes.spread:.2f}. "
            f"A whole day from flat earns {amount(s.exact.mean, 1)} ± {s.exact.sd:.1f} and ends "
            f"±{s.exact.inventory_sd:.1f} clips; symmetric quotes with the same average spread earn "
            f"{amount(s.naive.mean, 1)} ± {s.naive.sd:.1f} and end ±{s.naive.inventory_sd:.1f} clips."
        )


def _centred(inventory: float, skew: float, spread: float) -> str:
    if abs(skew) < 0.005:
        return f"{position(inventory)}: quotes centred on the mid, spread {spread:.2f}"
    return f"{position(inventory)}: quotes centred {abs(skew):.2f} {'below' if skew < 0 else 'above'} the mid"
