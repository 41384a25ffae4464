"""The explorer of short-term alpha: quotes against the signal, and one day on which the signal moves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmlab.market import Exponential, Market, Signal
from mmlab.market.signal import remembered_time
from mmlab.models import CarteaJaimungal, CarteaJaimungalSignal
from mmlab.parameters import FloatArray, Parameter
from mmlab.simulation import History
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import Artists, put_fills, put_here
from mmlab.teach.quick import one_path
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, RESERVATION, SYMMETRIC, figure, legend, steps, style
from mmlab.teach.words import amount, position
from mmlab.vocabulary import INVENTORY, MEAN_REVERSION, SIGNAL, SIGNAL_JUMP, SIGNAL_VOLATILITY, TIME_LEFT

MID_PRICE, HORIZON, N_STEPS, TAPE_SEED, NODES = 100.0, 20.0, 200, 12, 20
OWN = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
SIGNALS = np.linspace(-0.01, 0.01, 61)


@dataclass(frozen=True)
class Day:
    """What follows from the signal's own parameters alone."""

    model: CarteaJaimungalSignal
    sees: History
    blind: History


@lru_cache(maxsize=8)
def _day(mean_reversion: float, signal_volatility: float, signal_jump: float) -> Day:
    market = Market(
        mid_price=MID_PRICE,
        volatility=0.003,
        horizon=HORIZON,
        intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
        signal=Signal(mean_reversion=mean_reversion, signal_volatility=signal_volatility, signal_jump=signal_jump),
    )
    model = CarteaJaimungalSignal.for_market(market, **OWN, nodes=NODES)
    tape = market.tape(1, N_STEPS, seed=TAPE_SEED)
    return Day(model, one_path(model, tape), one_path(CarteaJaimungal.for_market(market, **OWN), tape))


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Day
    inventory: float
    time_left: float
    signal: float
    bid_depth: float
    ask_depth: float
    value: float
    bids: FloatArray
    asks: FloatArray

    @property
    def promised(self) -> float:
        """What the mid is expected to move by until the horizon, by its signal [price]."""
        return self.signal * remembered_time(self.day.model.mean_reversion, self.time_left)


class CarteaJaimungalSignalExplorer(Explorer):
    """Sliders for ζ, η, ε, the signal, q and τ over four plots: quotes against the signal, and a day with one."""

    title: ClassVar[str] = "Short-term alpha (Cartea, Jaimungal and Penalva, §10.4.2)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        MEAN_REVERSION,
        SIGNAL,
        SIGNAL_VOLATILITY,
        replace(INVENTORY, integer=True),
        SIGNAL_JUMP,
        TIME_LEFT,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "mean_reversion": (0.2, 2.0),
        "signal": (-0.01, 0.01),
        "signal_volatility": (0.0, 0.004),
        "inventory": (-4.0, 4.0),
        "signal_jump": (0.0, 0.004),
        "time_left": (0.0, HORIZON),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "mean_reversion": zeta,
                "signal": alpha,
                "signal_volatility": eta,
                "inventory": q,
                "signal_jump": epsilon,
                "time_left": 15.0,
            }
        )
        for name, zeta, eta, epsilon, alpha, q in (
            ("the chapter's market", 0.5, 0.001, 0.002, 0.004, 0.0),
            ("a signal that forgets at once", 2.0, 0.001, 0.002, 0.004, 0.0),
            ("long, and the mid will fall", 0.5, 0.001, 0.002, -0.006, 3.0),
            ("nothing moves the signal", 0.5, 0.0, 0.0, 0.0, 3.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The day (cached), and the quotes at this inventory, time and signal, and at every other signal."""
        day = _day(*(values[name] for name in ("mean_reversion", "signal_volatility", "signal_jump")))
        q, tau, alpha = values["inventory"], values["time_left"], values["signal"]
        bids, asks = day.model.depths(q, tau, np.append(SIGNALS, alpha))
        value = float(day.model.value(q, tau, alpha))
        return State(day, q, tau, alpha, float(bids[-1]), float(asks[-1]), value, bids[:-1], asks[:-1])

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, ((quotes, signal), (held, prices)) = figure(2, 2, width=10.5, height=6.0)
        artists = Artists()
        with style():
            quotes.set(xlabel="signal α [price/time]", ylabel="distance from mid [price]", xlim=(-0.01, 0.01))
            quotes.set_xticks(np.linspace(-0.01, 0.01, 5))
            signal.set(ylabel="signal α [price/time]", xlim=(0, HORIZON))
            held.set(xlabel="time", ylabel="inventory [clips]", xlim=(0, HORIZON))
            prices.set(xlabel="time", ylabel=f"price − {MID_PRICE:g}", xlim=(0, HORIZON))
            for axes in (quotes, signal, held):
                axes.axhline(0, label="mid" if axes is quotes else None, **MID)
            for axes, name, look, label in (
                (quotes, "ask", ASK, "ask"),
                (quotes, "promised", RESERVATION, "where the signal takes the mid"),
                (quotes, "bid", BID, "bid"),
                (signal, "signal", {"color": "#444444"}, ""),
                (held, "sees", INVENTORY_AVERSE, "sees the signal"),
                (held, "blind", SYMMETRIC, "blind"),
                (prices, "day_ask", ASK | {"linewidth": 1}, "ask"),
                (prices, "day_mid", {"color": "#444444", "linewidth": 1}, "mid"),
                (prices, "day_bid", BID | {"linewidth": 1}, "bid"),
            ):
                artists.line(axes, name, look, label)
            artists.here(quotes)
            artists.fills(prices)
            for axes, name in ((quotes, "t_quotes"), (signal, "t_signal"), (held, "t_held"), (prices, "t_prices")):
                artists[name] = axes.set_title("…")
            legend(quotes, loc="upper left", ncols=2)
            legend(held, loc="upper left", ncols=2)
            legend(prices, loc="upper left", ncols=5, columnspacing=1.0, handlelength=1.8)
        self._axes = quotes, signal, held, prices
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        quotes, signal, held, prices = self._axes
        day, alpha = result.day, result.signal
        sees, blind, time = day.sees, day.blind, day.sees.time
        memory = remembered_time(day.model.mean_reversion, result.time_left)
        artists["ask"].set_data(SIGNALS, result.asks)
        artists["bid"].set_data(SIGNALS, -result.bids)
        artists["promised"].set_data(SIGNALS, SIGNALS * memory)
        furthest = float(np.max(np.abs([result.asks, result.bids])))
        self.view(quotes, y=(-1.1 * furthest, 1.5 * furthest))
        put_here(artists, alpha, result.bid_depth, result.ask_depth, furthest)
        middle = (result.ask_depth - result.bid_depth) / 2
        artists["t_quotes"].set_text(
            f"At α = {amount(alpha, 4)} the middle of the quotes is {amount(middle, 4)} from the mid"
        )

        strength = sees.signal[:, 0] if sees.signal is not None else time * 0
        artists["signal"].set_data(time, strength)
        highest = max(float(np.abs(strength).max()), 1e-3)
        self.view(signal, y=(-1.1 * highest, 1.1 * highest))
        artists["t_signal"].set_text(f"The signal on a fixed tape, at most {np.abs(strength).max():.4f}")
        for name, run in (("sees", sees), ("blind", blind)):
            artists[name].set_data(*steps(time, run.inventory[:-1, 0]))
        everything = np.concatenate([sees.inventory, blind.inventory])
        self.view(held, y=(min(-2.0, float(everything.min())), max(2.0, float(everything.max())) + 1.5))
        artists["t_held"].set_text(f"Profit of the day {amount(sees.pnl[0], 4)}, blind {amount(blind.pnl[0], 4)}")
        bid, mid, ask = (column[:N_STEPS, 0] - MID_PRICE for column in (sees.bid_price, sees.mid, sees.ask_price))
        for name, price in (("day_ask", ask), ("day_bid", bid)):
            artists[name].set_data(*steps(time, price))
        artists["day_mid"].set_data(time[:-1], mid)
        low, high = float(np.nanmin([bid, mid])), float(np.nanmax([ask, mid]))
        self.view(prices, y=(low, high + 0.2 * (high - low)))
        bought, sold = put_fills(artists, sees, MID_PRICE)
        artists["t_prices"].set_text(f"{bought} bought, {sold} sold by the dealer who sees")

    def readout(self, result: State) -> str:
        """Quotes, what the signal promises, and the day, in sentences."""
        q, sees, blind = result.inventory, result.day.sees, result.day.blind
        return (
            f"{position(q)}, {result.time_left:g} of {HORIZON:g} left, signal {amount(result.signal, 4)}: until the "
            f"close it takes the mid {amount(result.promised, 4)}. Bid depth {amount(result.bid_depth, 4)}, ask depth "
            f"{amount(result.ask_depth, 4)}, spread {result.bid_depth + result.ask_depth:.4f}, "
            f"value h = {amount(result.value, 4)}. One day on a fixed tape: the dealer who sees the signal trades "
            f"{sees.bid_fill.sum() + sees.ask_fill.sum():.0f} times and earns {amount(sees.pnl[0], 4)}; one who does "
            f"not trades {blind.bid_fill.sum() + blind.ask_fill.sum():.0f} times and earns {amount(blind.pnl[0], 4)}."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Exponential, Market, Signal, simulate

market = Market(
    mid_price=100, volatility=0.003, horizon={HORIZON:g}, intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
    signal=Signal(
        mean_reversion={v["mean_reversion"]},
        signal_volatility={v["signal_volatility"]},
        signal_jump={v["signal_jump"]},
    ),
)
own = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
model = CarteaJaimungalSignal.for_market(market, **own, nodes={NODES})  # fewer nodes: a plot's accuracy
state = dict(inventory={v["inventory"]}, time_left={v["time_left"]}, signal={v["signal"]})
bid_depth, ask_depth = model.depths(**state)
tape = market.tape(n_paths=1, n_steps={N_STEPS}, seed={TAPE_SEED})
sees, blind = (simulate(dealer, tape) for dealer in (model, CarteaJaimungal.for_market(market, **own)))
print(bid_depth, ask_depth, model.value(**state), sees.pnl[0], blind.pnl[0])
"""
