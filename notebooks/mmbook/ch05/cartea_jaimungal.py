"""The Cartea–Jaimungal explorer: what φ, α, λ, κ and ε do to the quotes, over inventory and over the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmlab.market import Exponential, Market
from mmlab.models import CarteaJaimungal
from mmlab.parameters import Parameter
from mmlab.simulation import ExactMoments, exact_moments
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import Artists, put_chances, put_here
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, RESERVATION, SYMMETRIC, figure, legend, style
from mmlab.teach.words import amount, position
from mmlab.vocabulary import (
    ARRIVAL_RATE,
    FILL_DECAY,
    INVENTORY,
    JUMP,
    RUNNING_PENALTY,
    TERMINAL_PENALTY,
    TIME_LEFT,
)

HORIZON, MAX_INVENTORY, N_STEPS, VOLATILITY = 30.0, 5, 120, 0.01
INVENTORIES = np.arange(-MAX_INVENTORY, MAX_INVENTORY + 1.0)
TIMES = np.concatenate([np.linspace(0, 3, 31), np.linspace(3.5, HORIZON, 54)])


@dataclass(frozen=True)
class Session:
    """What follows without q and τ: the model, what it earns, and what a dealer without penalties does there."""

    model: CarteaJaimungal
    earned: ExactMoments
    careless: ExactMoments


@lru_cache(maxsize=8)
def _session(phi: float, alpha: float, arrival_rate: float, fill_decay: float, jump: float) -> Session:
    market = Market(
        mid_price=100,
        volatility=VOLATILITY,
        horizon=HORIZON,
        intensity=Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay),
        jump=(jump, jump),
    )
    model = CarteaJaimungal.for_market(market, running_penalty=phi, terminal_penalty=alpha, max_inventory=MAX_INVENTORY)
    careless = replace(model, running_penalty=0.0, terminal_penalty=0.0)
    return Session(model, *(exact_moments(policy, market, N_STEPS) for policy in (model, careless)))


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    session: Session
    inventory: float
    time_left: float
    bid_depth: float
    ask_depth: float
    value: float


class CarteaJaimungalExplorer(Explorer):
    """Sliders for φ, α, λ, κ, ε, q and τ over three plots: quotes by inventory and by time, the last inventory."""

    title: ClassVar[str] = "Cartea–Jaimungal (2015)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        RUNNING_PENALTY,
        replace(INVENTORY, integer=True),
        TERMINAL_PENALTY,
        TIME_LEFT,
        replace(ARRIVAL_RATE, symbol="λ"),
        JUMP,
        replace(FILL_DECAY, symbol="κ"),
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "running_penalty": (1e-6, 1e-2),
        "terminal_penalty": (1e-6, 1e-2),
        "arrival_rate": (0.1, 2.0),
        "fill_decay": (40.0, 250.0),
        "jump": (0.0, 0.02),
        "inventory": (-4.0, 4.0),
        "time_left": (0.0, HORIZON),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "running_penalty": phi,
                "terminal_penalty": alpha,
                "arrival_rate": 1.0,
                "fill_decay": 100.0,
                "jump": jump,
                "inventory": q,
                "time_left": tau,
            }
        )
        for name, phi, alpha, jump, q, tau in (
            ("the book", 1e-4, 1e-4, 0.0, 2.0, 15.0),
            ("only the close counts", 1e-6, 5e-3, 0.0, 2.0, 3.0),
            ("hates to hold", 2e-3, 1e-4, 0.0, 2.0, 15.0),
            ("orders move the mid", 1e-4, 1e-4, 0.005, 0.0, 15.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The session (cached) and the quotes at this inventory and time."""
        names = ("running_penalty", "terminal_penalty", "arrival_rate", "fill_decay", "jump")
        session = _session(*(values[name] for name in names))
        q, tau = values["inventory"], values["time_left"]
        bid, ask = session.model.depths(q, tau)
        return State(session, q, tau, float(bid), float(ask), float(session.model.value(q, tau)))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Three panels; every artist that moves is named."""
        fig, (quotes, day, end) = figure(1, 3, width=12.0, height=3.8)
        artists = Artists()
        with style():
            quotes.set(
                xlabel="inventory q [clips]", ylabel="distance from mid [price]", xlim=(-5, 5), xticks=range(-4, 5, 2)
            )
            day.set(xlabel="time left τ", xlim=(HORIZON, 0))
            end.set(xlabel="inventory at the close [clips]", ylabel="probability", xlim=(-5.5, 5.5))
            for axes, x in ((quotes, "q"), (day, "t")):
                for name, look, label in (("ask", ASK, "ask"), ("middle", RESERVATION, "middle"), ("bid", BID, "bid")):
                    artists.line(axes, f"{name}_{x}", look, label)
                axes.axhline(0, label="mid", **MID)
                artists.here(axes, tag=f"_{x}")
            for name, look, label in (("end", INVENTORY_AVERSE, "this φ, α"), ("careless", SYMMETRIC, "φ = α = 0")):
                artists.line(end, name, look, label)
            for axes, name in ((quotes, "t_quotes"), (day, "t_day"), (end, "t_end")):
                artists[name] = axes.set_title("…")
            legend(quotes, loc="upper right", ncols=2)
            legend(end, loc="upper right")
        self._axes = quotes, day, end
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        quotes, day, end = self._axes
        model, q, tau = result.session.model, result.inventory, result.time_left
        for at, x, grid, depths in (
            ("q", q, INVENTORIES, model.depths(INVENTORIES, tau)),
            ("t", tau, TIMES, model.depths(q, TIMES)),
        ):
            bid, ask = depths
            artists[f"ask_{at}"].set_data(grid, ask)
            artists[f"bid_{at}"].set_data(grid, -bid)
            artists[f"middle_{at}"].set_data(grid, (ask - bid) / 2)
            furthest = float(np.nanmax(np.abs(depths)))
            axes = quotes if at == "q" else day
            self.view(axes, y=(-1.1 * furthest, 1.6 * furthest if at == "q" else 1.1 * furthest))
            put_here(artists, x, result.bid_depth, result.ask_depth, furthest, f"_{at}")
        skew = (result.ask_depth - result.bid_depth) / 2
        artists["t_quotes"].set_text(f"Middle of the quotes {amount(skew, 4)} from the mid")
        early, late = (_skew(model, 1, left) for left in (HORIZON, 0.0))
        artists["t_day"].set_text(f"One clip: a skew of {early:.4f} early, {late:.4f} at the close")
        earned, careless = result.session.earned, result.session.careless
        chances = {
            name: (exact.inventories, exact.inventory_distribution[-1])
            for name, exact in (("end", earned), ("careless", careless))
        }
        self.view(end, y=(0.0, 1.15 * put_chances(artists, chances, MAX_INVENTORY)))
        artists["t_end"].set_text(
            f"Ends ±{earned.inventory_sd:.2f} clips, without penalties ±{careless.inventory_sd:.2f}"
        )

    def readout(self, result: State) -> str:
        """Quotes, the value of the position, and what the whole session pays, in sentences."""
        earned, careless = result.session.earned, result.session.careless
        q, bid, ask = result.inventory, result.bid_depth, result.ask_depth
        return (
            f"{position(q)}, {result.time_left:g} of {HORIZON:g} left: bid depth {amount(bid, 4)}, ask depth "
            f"{amount(ask, 4)}, spread {bid + ask:.4f}; the position and the time left are worth "
            f"h = {amount(result.value, 4)} above the clips at the mid. A session from flat earns "
            f"{amount(earned.mean, 4)} ± {earned.sd:.4f} and ends ±{earned.inventory_sd:.2f} clips; without penalties "
            f"{amount(careless.mean, 4)} ± {careless.sd:.4f} and ±{careless.inventory_sd:.2f} clips."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import CarteaJaimungal, Exponential, Market, exact_moments

market = Market(
    mid_price=100, volatility={VOLATILITY}, horizon={HORIZON:g}, jump=({v["jump"]}, {v["jump"]}),
    intensity=Exponential(arrival_rate={v["arrival_rate"]}, fill_decay={v["fill_decay"]}),
)
model = CarteaJaimungal.for_market(
    market, max_inventory={MAX_INVENTORY},
    running_penalty={v["running_penalty"]}, terminal_penalty={v["terminal_penalty"]},
)
bid_depth, ask_depth = model.depths({v["inventory"]}, {v["time_left"]})
exact = exact_moments(model, market, n_steps={N_STEPS})
print(bid_depth, ask_depth, model.value({v["inventory"]}, {v["time_left"]}), exact.mean, exact.sd, exact.inventory_sd)
"""


def _skew(model: CarteaJaimungal, inventory: float, time_left: float) -> float:
    """How far the middle of the quotes lies below the mid [price]."""
    bid, ask = model.depths(inventory, time_left)
    return float(bid - ask) / 2
