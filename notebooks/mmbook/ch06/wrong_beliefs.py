"""Wrong beliefs: the quotes follow what a dealer believes of σ, k and A, the fills what is true.

The dealer quotes by Guéant's closed form, which has all three numbers in it and does not look at the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmbook.ch06.many import many_certainty_equivalents
from mmlab.market import Market
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.parameters import FloatArray, Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, triangles
from mmlab.teach.style import ASK, BID, MID, RESERVATION, figure, legend, style
from mmlab.teach.words import amount
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, RISK_AVERSION, VOLATILITY

TRUE = Market.avellaneda_stoikov_2008()
TRUTH = {"volatility": 2.0, "fill_decay": 1.5, "arrival_rate": 140.0}
SYMBOLS = {"volatility": "σ", "fill_decay": "k", "arrival_rate": "A"}
BELIEF_LOOKS = {
    "volatility": BID,
    "fill_decay": ASK,
    "arrival_rate": RESERVATION | {"linestyle": (0, (4, 1.5, 1, 1.5))},
}
MAX_INVENTORY = 20
FACTORS = np.geomspace(0.5, 2.0, 21)


def believer(risk_aversion: float, **believed: float) -> GueantLehalleFernandezTapia:
    """The dealer who believes the truth but for what is given."""
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


@lru_cache(maxsize=64)
def cost_curves(risk_aversion: float) -> dict[str, FloatArray]:
    """The cost of each belief alone, wrong by each of FACTORS."""
    beliefs = [{name: float(true * factor)} for name, true in TRUTH.items() for factor in FACTORS]
    return dict(zip(TRUTH, belief_costs(risk_aversion, beliefs).reshape(len(TRUTH), -1), strict=True))


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    risk_aversion: float
    believed: dict[str, float]
    curves: dict[str, FloatArray]
    worth: float
    """The certainty equivalent with the right beliefs [price · clip]."""
    cost: float
    """What all beliefs together cost."""
    alone: dict[str, float]
    """What each would cost if the others were right."""


class WrongBeliefsExplorer(Explorer):
    """Sliders for what the dealer believes of σ, k and A, and for γ; the truth stays where it is."""

    title: ClassVar[str] = "Wrong beliefs: the sliders are what you believe"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        replace(VOLATILITY, description=f"Believed. {VOLATILITY.description}", scale="log", above=0),
        replace(FILL_DECAY, description=f"Believed. {FILL_DECAY.description}"),
        replace(ARRIVAL_RATE, description=f"Believed. {ARRIVAL_RATE.description}"),
        RISK_AVERSION,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "volatility": (1.0, 4.0),
        "fill_decay": (0.75, 3.0),
        "arrival_rate": (70.0, 280.0),
        "risk_aversion": (0.01, 1.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "volatility": sigma,
                "fill_decay": k,
                "arrival_rate": rate,
                "risk_aversion": gamma,
            }
        )
        for name, sigma, k, rate, gamma in (
            ("σ twice too large", 4.0, 1.5, 140.0, 0.1),
            ("the truth", 2.0, 1.5, 140.0, 0.1),
            ("k twice too large", 2.0, 3.0, 140.0, 0.1),
            ("all too small", 1.0, 0.75, 70.0, 0.1),
            ("two errors that cancel", 2.8, 1.5, 274.4, 0.1),
            ("σ half, very risk averse", 1.0, 1.5, 140.0, 1.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The curves (cached by γ), and the cost of the beliefs as they stand."""
        gamma = values["risk_aversion"]
        believed = {name: values[name] for name in TRUTH}
        alone = [{name: value} for name, value in believed.items()]
        dealers = [believer(gamma, **belief) for belief in ({}, believed, *alone)]
        right, now, *each = many_certainty_equivalents(dealers, TRUE, gamma, MAX_INVENTORY).tolist()
        costs = dict(zip(TRUTH, (right - worth for worth in each), strict=True))
        return State(gamma, believed, cost_curves(gamma), right, right - now, costs)

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """The cost against each factor, the same magnified, and the quotes believed beside the right ones."""
        fig, panels = figure(1, 3, width=11.5, height=3.7)
        whole, near, quotes = panels
        artists: dict[str, Artist] = {}
        with style():
            for axes, tag in ((whole, "whole"), (near, "near")):
                axes.set(xlabel="believed / true", xscale="log", xlim=(0.48, 2.1))
                axes.set_xticks([0.5, 0.7, 1, 1.4, 2], ["½", "0.7", "1", "1.4", "2"])
                axes.minorticks_off()
                for name, look in BELIEF_LOOKS.items():
                    label = f"{SYMBOLS[name]} alone wrong"
                    (artists[f"{tag}_{name}"],) = axes.plot([0.5, 2], [0, 1], label=label, **look)
                    artists[f"{tag}_dot_{name}"] = triangles(axes, look)
            whole.set(ylabel="what it costs a day [price · clip]")
            near.set(ylabel="the same, magnified")
            near.axvline(1, **(MID | {"lw": 1}))
            quotes.set(xlabel="inventory q [clips]", ylabel="distance from mid [price]", xlim=(-6, 6))
            for name, look in (("bid", BID), ("ask", ASK)):
                (artists[f"right_{name}"],) = quotes.plot([0, 1], [0, 1], lw=1, color=look["color"], alpha=0.6)
                (artists[f"believed_{name}"],) = quotes.plot([0, 1], [0, 1], label=f"{name} believed", **look)
            quotes.plot([], [], lw=1, color="#777777", label="thin: right")
            for axes, name in zip(panels, ("t_whole", "t_near", "t_quotes"), strict=True):
                artists[name] = axes.set_title("…")
            legend(whole, loc="upper center")
            legend(quotes, loc="upper right")
            fig.draw_without_rendering()  # dots are round where the axes are; the layout puts them there
        self._axes = whole, near, quotes
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        whole, near, quotes = self._axes
        highest = {name: float(curve.max()) for name, curve in result.curves.items()}
        dearest = max(highest, key=highest.__getitem__)
        others = max(most for name, most in highest.items() if name != dearest)
        self.view(whole, y=(0.0, highest[dearest]))
        self.view(near, y=(-0.1 * others, 1.2 * others))
        for name, curve in result.curves.items():
            factor, cost = result.believed[name] / TRUTH[name], result.alone[name]
            for tag in ("whole", "near"):
                artists[f"{tag}_{name}"].set_data(FACTORS, curve)
                put_dots(artists[f"{tag}_dot_{name}"], factor, cost)
        artists["t_whole"].set_text(f"An error in {SYMBOLS[dearest]} costs up to {highest[dearest]:.1f}")
        artists["t_near"].set_text(f"The others cost {others:.2f} at most")

        q = np.arange(-6.0, 7.0)
        right, wrong = believer(result.risk_aversion), believer(result.risk_aversion, **result.believed)
        for kind, dealer in (("right", right), ("believed", wrong)):
            bid, ask = dealer.depths(q, TRUE.horizon)
            artists[f"{kind}_bid"].set_data(q, -bid)
            artists[f"{kind}_ask"].set_data(q, ask)
        furthest = max(dealer.half_spread + 6 * dealer.skew for dealer in (right, wrong))
        self.view(quotes, y=(-furthest, furthest))
        artists["t_quotes"].set_text(f"These beliefs cost {amount(result.cost)} of {amount(result.worth)} a day")

    def readout(self, result: State) -> str:
        """Beliefs, quotes and money, in sentences."""
        right, wrong = believer(result.risk_aversion), believer(result.risk_aversion, **result.believed)
        beliefs = ", ".join(
            f"{SYMBOLS[name]} = {value:g} ({'right' if value == TRUTH[name] else f'truly {TRUTH[name]:g}'})"
            for name, value in result.believed.items()
        )
        alone = ", ".join(f"{SYMBOLS[name]} {amount(cost)}" for name, cost in result.alone.items())
        return (
            f"You believe {beliefs}; γ = {result.risk_aversion:g}. Flat you quote ±{wrong.half_spread:.3f} and skew "
            f"{wrong.skew:.3f} a clip; right would be ±{right.half_spread:.3f} and {right.skew:.3f}. With the right "
            f"beliefs a day is worth {amount(result.worth)} to you, with these {amount(result.worth - result.cost)}: "
            f"they cost {amount(result.cost)}. Each alone would cost: {alone}."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import GueantLehalleFernandezTapia, Market, exact_moments

gamma = {v["risk_aversion"]}
market = Market.avellaneda_stoikov_2008()
believed = dict(
    volatility={v["volatility"]},
    fill_decay={v["fill_decay"]},
    arrival_rate={v["arrival_rate"]},
)
own = dict(risk_aversion=gamma, max_inventory={MAX_INVENTORY}, solution="closed form")
for beliefs in ({{}}, believed):
    model = GueantLehalleFernandezTapia.for_market(market, **own, **beliefs)
    print(model.half_spread, model.skew, exact_moments(model, market).certainty_equivalent(gamma))
"""
