"""The models side by side: one γ for all of them, in one market; risk, profit, skew and the inventory at the close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.polynomial import Chebyshev

from mmbook.ch06.many import many_moments
from mmlab.market import Exponential, Market
from mmlab.models import (
    AvellanedaStoikov,
    CarteaJaimungal,
    GueantLehalleFernandezTapia,
    HoStoll,
    Model,
    Symmetric,
)
from mmlab.parameters import FloatArray, Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, triangles
from mmlab.teach.quick import constant_quotes
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC, figure, legend, steps, style
from mmlab.teach.words import amount
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, RISK_AVERSION, VOLATILITY

LOOKS: dict[str, dict[str, Any]] = {
    "Avellaneda–Stoikov": BID,
    "Guéant": RESERVATION | {"linestyle": (0, (7, 1.5))},
    "Cartea–Jaimungal": ASK | {"linestyle": (0, (1.2, 1.2))},
    "Ho–Stoll": {"color": "#BF8000", "linestyle": (0, (4, 1.5, 1, 1.5))},
    "AS, no horizon": MID | {"linestyle": (0, (6, 1.5, 1, 1.5, 1, 1.5))},
    "symmetric": SYMMETRIC,
}
"""How chapter 06 draws each model."""

N_STEPS, MAX_INVENTORY = 200, 20
WIDTH, CURVE_WIDTH = 40, 30
LOWEST, HIGHEST = 0.01, 1.0


def all_models(market: Market, risk_aversion: float) -> dict[str, Model]:
    """The models of chapters 02 to 05 that believe `market`, with one γ: φ = ½γσ² is what Cartea and Jaimungal take."""
    penalties = {"running_penalty": risk_aversion * market.total_volatility**2 / 2, "terminal_penalty": 0.0}
    bound = {"max_inventory": MAX_INVENTORY}
    return {
        "Avellaneda–Stoikov": AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion),
        "Guéant": GueantLehalleFernandezTapia.for_market(market, risk_aversion=risk_aversion, **bound),
        "Cartea–Jaimungal": CarteaJaimungal.for_market(market, **penalties, **bound),
        "Ho–Stoll": HoStoll.for_market(market, risk_aversion=risk_aversion),
        "symmetric": Symmetric.for_market(market, risk_aversion=risk_aversion),
    }


@dataclass(frozen=True)
class Row:
    """What one model does: where it stands on the frontier, how it skews, and what it is left with."""

    mean: float
    sd: float
    score: float
    """Mean − ½γ·variance [price · clip]."""
    inventory_sd: float
    final_inventory: FloatArray
    skew: FloatArray
    """How far one clip held moves the middle of the quotes down [price], at each step's start."""


@lru_cache(maxsize=64)
def rows(market: Market, risk_aversion: float) -> dict[str, Row]:
    """All models at one γ."""
    models = all_models(market, risk_aversion)
    *clocked, symmetric = models.values()
    assert isinstance(symmetric, Symmetric)
    constant = constant_quotes(symmetric.half_spread, market, N_STEPS)
    many = many_moments(clocked, market, N_STEPS, WIDTH)
    middle = slice(N_STEPS - WIDTH, N_STEPS + WIDTH + 1)
    numbers = [
        *zip(many.mean, many.sd, many.inventory_sd, many.final_inventory, strict=True),
        (constant.mean, constant.sd, constant.inventory_sd, constant.final_inventory[middle]),
    ]
    time_left = market.horizon * (1 - np.arange(N_STEPS) / N_STEPS)
    table = {}
    for (name, model), (mean, sd, inventory_sd, final) in zip(models.items(), numbers, strict=True):
        bid, ask = model.depths(np.array([1.0]), time_left[:, np.newaxis])
        score = mean - risk_aversion / 2 * sd**2
        table[name] = Row(float(mean), float(sd), float(score), float(inventory_sd), final, (bid - ask)[:, 0] / 2)
    return table


@lru_cache(maxsize=16)
def frontiers(market: Market) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Deviation and mean of each model for γ from 0.01 to 1: smooth in ln γ, so a few exact points give the curve."""
    centre, half = np.log(LOWEST * HIGHEST) / 2, np.log(HIGHEST / LOWEST) / 2

    def at(name: str, places: FloatArray) -> list[Model]:
        return [all_models(market, float(gamma))[name] for gamma in np.exp(centre + half * places)]

    nodes, models = {}, []
    for name, n_nodes in (("Avellaneda–Stoikov", 7), ("Guéant", 5), ("Cartea–Jaimungal", 5), ("Ho–Stoll", 7)):
        nodes[name] = np.cos(np.pi * (np.arange(n_nodes) + 0.5) / n_nodes)
        models += at(name, nodes[name])
    many = many_moments(models, market, N_STEPS, CURVE_WIDTH)
    along, curves, start = np.linspace(-1, 1, 60), {}, 0
    for name, places in nodes.items():
        sd, mean = (
            np.asarray(Chebyshev.fit(places, values[start : start + len(places)], len(places) - 1, [-1, 1])(along))
            for values in (many.sd, many.mean)
        )
        curves[name], start = (sd, mean), start + len(places)
    gammas = np.geomspace(LOWEST, HIGHEST, 16).tolist()
    spreads = [Symmetric.for_market(market, risk_aversion=gamma).half_spread for gamma in gammas]
    constant = [constant_quotes(half_spread, market, N_STEPS) for half_spread in spreads]
    curves["symmetric"] = np.array([c.sd for c in constant]), np.array([c.mean for c in constant])
    return curves


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    market: Market
    risk_aversion: float
    table: dict[str, Row]
    curves: dict[str, tuple[FloatArray, FloatArray]]


class ModelsExplorer(Explorer):
    """Sliders for γ of all models and for σ, k, A of the market, over frontier, skew and inventory at the close."""

    title: ClassVar[str] = "The models side by side"
    parameters: ClassVar[tuple[Parameter, ...]] = (RISK_AVERSION, VOLATILITY, FILL_DECAY, ARRIVAL_RATE)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "risk_aversion": (LOWEST, HIGHEST),
        "volatility": (0.5, 3.0),
        "fill_decay": (1.0, 3.0),
        "arrival_rate": (50.0, 200.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({"risk_aversion": gamma, "volatility": sigma, "fill_decay": k, "arrival_rate": rate})
        for name, gamma, sigma, k, rate in (
            ("the paper's market", 0.1, 2.0, 1.5, 140.0),
            ("hardly risk averse", 0.01, 2.0, 1.5, 140.0),
            ("very risk averse", 1.0, 2.0, 1.5, 140.0),
            ("volatile, few customers", 0.1, 3.0, 1.5, 50.0),
            ("a calm day", 0.1, 0.5, 1.5, 140.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """Everything is cached: the curves by the market, the points by market and γ."""
        flow = Exponential(arrival_rate=values["arrival_rate"], fill_decay=values["fill_decay"])
        market = Market.avellaneda_stoikov_2008(volatility=values["volatility"], intensity=flow)
        gamma = values["risk_aversion"]
        return State(market, gamma, rows(market, gamma), frontiers(market))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Three panels; a line for each model in each, and a dot on the frontier."""
        fig, panels = figure(1, 3, width=11.5, height=3.8)
        panels[0].get_gridspec().set_width_ratios([1.25, 1, 1])
        frontier, skew, end = panels
        artists: dict[str, Artist] = {}
        with style():
            frontier.set(xlabel="standard deviation of a day's profit", ylabel="mean profit [price · clip]")
            skew.set(xlabel="time [horizon = 1]", ylabel="skew for one clip held [price]", xlim=(0, 1))
            end.set(xlabel="inventory at the horizon [clips]", ylabel="probability")
            for name, look in LOOKS.items():
                if name == "AS, no horizon":
                    continue
                for axes, kind in ((frontier, "curve"), (skew, "skew"), (end, "end")):
                    (artists[f"{kind}_{_key(name)}"],) = axes.plot([0, 1], [0, 1], label=name, **look)
                artists[f"dot_{_key(name)}"] = triangles(frontier, look)
            for axes, name in zip(panels, ("t_frontier", "t_skew", "t_end"), strict=True):
                artists[name] = axes.set_title("…")
            legend(skew, loc="upper right")
            fig.draw_without_rendering()  # dots are round where the axes are; the layout puts them there
        self._axes: tuple[Axes, Axes, Axes] = frontier, skew, end
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        frontier, skew, end = self._axes
        sds, means = (np.concatenate([curve[i] for curve in result.curves.values()]) for i in (0, 1))
        across = 0.9 * float(sds.min()), 1.05 * float(sds.max())
        self.view(frontier, x=across, y=(float(means.min()), float(means.max())))
        time = np.arange(N_STEPS) / N_STEPS
        inventories = np.arange(-WIDTH, WIDTH + 1.0)
        near = np.abs(inventories) <= 20
        for name, row in result.table.items():
            artists[f"curve_{_key(name)}"].set_data(*result.curves[name])
            put_dots(artists[f"dot_{_key(name)}"], row.sd, row.mean)
            artists[f"skew_{_key(name)}"].set_data(time, row.skew)
            outline = steps(np.append(inventories[near], 21.0) - 0.5, row.final_inventory[near])
            artists[f"end_{_key(name)}"].set_data(*outline)
        rows = result.table.values()
        self.view(skew, y=(0.0, max(float(row.skew.max()) for row in rows)))
        self.view(end, x=(-20.5, 20.5), y=(0.0, max(float(row.final_inventory.max()) for row in rows)))
        best = max(result.table, key=lambda name: result.table[name].score)
        artists["t_frontier"].set_text(f"At γ = {result.risk_aversion:g} the best score is {best}’s")
        first = {name: float(row.skew[0]) for name, row in result.table.items()}
        artists["t_skew"].set_text(
            f"At the start AS skews {first['Avellaneda–Stoikov']:.2g}, Guéant {first['Guéant']:.2g}"
        )
        held = {name: row.inventory_sd for name, row in result.table.items()}
        artists["t_end"].set_text(f"Left over: Guéant ±{held['Guéant']:.1f}, symmetric ±{held['symmetric']:.1f}")

    def readout(self, result: State) -> str:
        """A line of the table for each model, in words."""
        words = "; ".join(
            f"{name} {amount(row.mean, 1)} ± {row.sd:.1f}, score {amount(row.score, 1)}, ±{row.inventory_sd:.1f} clips"
            for name, row in result.table.items()
        )
        return f"γ = {result.risk_aversion:g}; a day earns (the score is mean − ½γ·variance): {words}."

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import (
    AvellanedaStoikov, CarteaJaimungal, Exponential, GueantLehalleFernandezTapia, HoStoll, Market, Symmetric,
    exact_moments,
)

gamma = {v["risk_aversion"]}
market = Market.avellaneda_stoikov_2008(
    volatility={v["volatility"]},
    intensity=Exponential(arrival_rate={v["arrival_rate"]}, fill_decay={v["fill_decay"]}),
)
for model in (
    AvellanedaStoikov.for_market(market, risk_aversion=gamma),
    GueantLehalleFernandezTapia.for_market(market, risk_aversion=gamma, max_inventory={MAX_INVENTORY}),
    CarteaJaimungal.for_market(
        market, running_penalty=gamma * market.volatility**2 / 2, terminal_penalty=0, max_inventory={MAX_INVENTORY}
    ),
    HoStoll.for_market(market, risk_aversion=gamma),
    Symmetric.for_market(market, risk_aversion=gamma),
):
    exact = exact_moments(model, market, n_steps={N_STEPS})
    print(exact.mean, exact.sd, exact.mean - gamma / 2 * exact.sd**2, exact.inventory_sd)
"""


def _key(name: str) -> str:
    """A model's name as an id of SVG."""
    return "".join(letter for letter in name if letter.isascii() and letter.isalpha())
