"""The Avellaneda–Stoikov explorer: move γ, σ, k, A, q and τ; quotes, fills, profit and inventory follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmlab.market import Exponential, Market, Tape
from mmlab.models import AvellanedaStoikov, Symmetric
from mmlab.parameters import Parameter
from mmlab.simulation import ExactMoments, History, exact_moments
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import Artists, put_chances, put_day, put_here
from mmlab.teach.quick import Constant, constant_quotes, one_path
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, RESERVATION, SYMMETRIC, figure, legend, style
from mmlab.teach.words import amount, position
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, INVENTORY, RISK_AVERSION, TIME_LEFT, VOLATILITY

MID_PRICE, HORIZON, N_STEPS, TAPE_SEED = 100.0, 1.0, 200, 8
INVENTORIES = np.arange(-10.0, 11.0)


@dataclass(frozen=True)
class Day:
    """What follows from the market and γ alone: nothing here is computed again when q or τ move."""

    market: Market
    model: AvellanedaStoikov
    averse: ExactMoments
    symmetric: Constant
    history: History


@lru_cache(maxsize=8)
def quoting_day(risk_aversion: float, volatility: float, arrival_rate: float, fill_decay: float) -> Day:
    """The paper's market with these numbers, the model that believes them, and one day on a fixed tape."""
    flow = Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    model = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
    symmetric = Symmetric.for_market(market, risk_aversion=risk_aversion)
    return Day(
        market=market,
        model=model,
        averse=exact_moments(model, market, N_STEPS),
        symmetric=constant_quotes(symmetric.half_spread, market, N_STEPS),
        history=one_path(model, _tape(market)),
    )


@lru_cache(maxsize=8)
def _tape(market: Market) -> Tape:
    return market.tape(n_paths=1, n_steps=N_STEPS, seed=TAPE_SEED)


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Day
    inventory: float
    time_left: float
    bid_depth: float
    ask_depth: float
    bid_fills: float
    ask_fills: float

    @property
    def skew(self) -> float:
        """How far the reservation price is from the mid [price]."""
        return (self.ask_depth - self.bid_depth) / 2


class AvellanedaStoikovExplorer(Explorer):
    """Sliders for γ, σ, k, A, q and τ over four plots: quotes, fill probability, a day, the inventory at its end."""

    title: ClassVar[str] = "Avellaneda–Stoikov (2008)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        RISK_AVERSION,
        replace(INVENTORY, integer=True),
        VOLATILITY,
        TIME_LEFT,
        FILL_DECAY,
        ARRIVAL_RATE,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "risk_aversion": (0.001, 2.0),
        "volatility": (0.0, 5.0),
        "fill_decay": (0.5, 5.0),
        "arrival_rate": (20.0, 200.0),
        "inventory": (-10.0, 10.0),
        "time_left": (0.0, 1.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "risk_aversion": gamma,
                "volatility": sigma,
                "fill_decay": 1.5,
                "arrival_rate": 140.0,
                "inventory": q,
                "time_left": tau,
            }
        )
        for name, gamma, sigma, q, tau in (
            ("the paper", 0.1, 2.0, 3.0, 0.75),
            ("hardly risk averse", 0.01, 2.0, 3.0, 0.75),
            ("very risk averse", 1.0, 2.0, 3.0, 0.75),
            ("short, near the close", 0.1, 2.0, -6.0, 0.1),
            ("no risk at all", 0.1, 0.0, 3.0, 0.75),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The day (cached) and the quotes at this inventory and time."""
        day = quoting_day(*(values[n] for n in ("risk_aversion", "volatility", "arrival_rate", "fill_decay")))
        q, tau = values["inventory"], values["time_left"]
        bid, ask = day.model.depths(q, tau)
        flow, dt = day.market.buy_intensity, HORIZON / N_STEPS
        fills = (float(day.market.fill_probability(flow, depth, dt)) for depth in (bid, ask))
        return State(day, q, tau, float(bid), float(ask), *fills)

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, ((quotes, fills), (path, end)) = figure(2, 2, width=10.0, height=5.8)
        with style():
            quotes.set(
                xlabel="inventory q [clips]",
                ylabel="distance from mid [price]",
                xlim=(-10, 10),
                xticks=range(-10, 11, 5),
            )
            fills.set(xlabel="depth δ from mid [price]", ylabel="P(fill in one step)")
            path.set(xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
            end.set(xlabel="inventory at the horizon [clips]", ylabel="probability")
            artists = Artists()
            line = artists.line

            line(quotes, "ask", ASK, "ask")
            line(quotes, "reservation", RESERVATION, "reservation price")
            line(quotes, "bid", BID, "bid")
            quotes.axhline(0, label="mid", **MID)
            artists.here(quotes)
            line(fills, "probability", {"color": "#444444"}, "P(fill)")
            line(fills, "at_ask", ASK, "our ask")
            line(fills, "at_bid", BID, "our bid")
            artists.day(path)
            line(end, "end_averse", INVENTORY_AVERSE, "Avellaneda–Stoikov")
            line(end, "end_symmetric", SYMMETRIC, "symmetric quotes")
            for axes, name in ((quotes, "t_quotes"), (fills, "t_fills"), (path, "t_path"), (end, "t_end")):
                artists[name] = axes.set_title("…")
                legend(axes, loc="upper right", ncols=2 if axes is path else 1)
        self._axes = quotes, fills, path, end
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        quotes, fills, path, end = self._axes
        day, q = result.day, result.inventory

        bid, ask = day.model.depths(INVENTORIES, result.time_left)
        middle = (ask - bid) / 2
        artists["ask"].set_data(INVENTORIES, ask)
        artists["bid"].set_data(INVENTORIES, -bid)
        artists["reservation"].set_data(INVENTORIES, middle)
        furthest = float(max(np.abs(ask).max(), np.abs(bid).max()))
        self.view(quotes, y=(-furthest, furthest))
        put_here(artists, q, result.bid_depth, result.ask_depth, furthest)
        artists["t_quotes"].set_text(_say_quotes(result))

        here = result.bid_depth, result.ask_depth
        self.view(fills, x=(min(-0.5, *here), max(3.0, *here)), y=(0.0, 1.0))
        left, right = fills.get_xlim()
        depth, dt = np.linspace(left, right, 120), HORIZON / N_STEPS
        artists["probability"].set_data(depth, day.market.fill_probability(day.market.buy_intensity, depth, dt))
        artists["at_ask"].set_data([result.ask_depth] * 2, [0, result.ask_fills])
        artists["at_bid"].set_data([result.bid_depth] * 2, [0, result.bid_fills])
        artists["t_fills"].set_text(
            f"In one step of {dt:g}: bid fills {result.bid_fills:.0%}, ask {result.ask_fills:.0%}"
        )

        history = day.history
        self.view(path, y=(float(history.bid_price.min()), float(history.ask_price.max())))
        bought, sold = put_day(artists, history)
        artists["t_path"].set_text(
            f"A day on a fixed tape: {bought} bought, {sold} sold, profit {amount(history.pnl[0], 1)}"
        )

        chances = {
            "end_averse": (day.averse.inventories, day.averse.inventory_distribution[-1]),
            "end_symmetric": (np.arange(-N_STEPS, N_STEPS + 1.0), day.symmetric.final_inventory),
        }
        self.view(end, x=(-25, 25), y=(0.0, put_chances(artists, chances, 25)))
        artists["t_end"].set_text(
            f"At the horizon: ±{day.averse.inventory_sd:.1f} clips, symmetric ±{day.symmetric.inventory_sd:.1f}"
        )

    def readout(self, result: State) -> str:
        """Quotes, fill probabilities, and what the whole day pays, in sentences."""
        averse, symmetric = result.day.averse, result.day.symmetric
        return (
            f"{position(result.inventory)}, {result.time_left:.2f} of the day left, mid {MID_PRICE:.2f}: "
            f"reservation price {MID_PRICE + result.skew:.2f}, bid {MID_PRICE - result.bid_depth:.2f}, "
            f"ask {MID_PRICE + result.ask_depth:.2f}, spread {result.bid_depth + result.ask_depth:.2f}. "
            f"A whole day from flat earns {amount(averse.mean, 1)} ± {averse.sd:.1f} and ends "
            f"±{averse.inventory_sd:.1f} clips; symmetric quotes with the same average spread earn "
            f"{amount(symmetric.mean, 1)} ± {symmetric.sd:.1f} and end ±{symmetric.inventory_sd:.1f} clips."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import AvellanedaStoikov, Exponential, Market, Symmetric, exact_moments

market = Market.avellaneda_stoikov_2008(
    volatility={v["volatility"]},
    intensity=Exponential(arrival_rate={v["arrival_rate"]}, fill_decay={v["fill_decay"]}),
)
model = AvellanedaStoikov.for_market(market, risk_aversion={v["risk_aversion"]})
reservation_price = model.reservation_price(100, {v["inventory"]}, {v["time_left"]})
quotes = model.quotes(100, {v["inventory"]}, {v["time_left"]})
exact = exact_moments(model, market, n_steps=200)
symmetric = exact_moments(Symmetric.for_market(market, risk_aversion={v["risk_aversion"]}), market, n_steps=200)
print(reservation_price, quotes.bid_price, quotes.ask_price, exact.mean, exact.sd, symmetric.mean, symmetric.sd)
"""


def _say_quotes(state: State) -> str:
    skew = state.skew
    if abs(skew) < 0.005:
        return f"{position(state.inventory)}: quotes centred on the mid, spread {state.bid_depth + state.ask_depth:.2f}"
    where = "below" if skew < 0 else "above"
    return f"{position(state.inventory)}: quotes centred {abs(skew):.2f} {where} the mid"
