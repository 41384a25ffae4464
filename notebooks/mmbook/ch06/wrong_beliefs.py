"""Wrong beliefs: the quotes follow what a dealer believes of σ, k and A, the fills what is true."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch06.scenes import BELIEF_LOOKS, FACTORS, SYMBOLS, TRUTH, belief_costs, cost_curves
from mmlab import GueantLehalleFernandezTapia, Market, exact_moments
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, THIN
from mmlab.teach.words import amount
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, RISK_AVERSION, VOLATILITY


def alone(risk_aversion: float) -> dict[str, Any]:
    """What each belief costs if it alone is wrong, by factors from ½ to 2."""
    curves = cost_curves(risk_aversion)
    return locals()


def together(risk_aversion: float, volatility: float, fill_decay: float, arrival_rate: float) -> dict[str, Any]:
    """What these beliefs cost, in a market that stays what it is."""
    market = Market.avellaneda_stoikov_2008()
    believed = dict(volatility=volatility, fill_decay=fill_decay, arrival_rate=arrival_rate)
    own = dict(risk_aversion=risk_aversion, max_inventory=20, solution="closed form")
    right = GueantLehalleFernandezTapia.for_market(market, **own)
    wrong = GueantLehalleFernandezTapia.for_market(market, **own, **believed)
    worth = exact_moments(right, market).certainty_equivalent(risk_aversion)
    left = exact_moments(wrong, market).certainty_equivalent(risk_aversion)
    costs = belief_costs(risk_aversion, [{name: value} for name, value in believed.items()])
    return locals()


def cancels(s: Any) -> bool:
    """Whether σ is believed as much too small as makes up for half of the customers."""
    return (s.fill_decay, s.arrival_rate) == (1.5, 70) and abs(s.wrong.skew / s.right.skew - 1) < 0.02


def costs_a_point(s: Any) -> bool:
    """Whether k alone, believed too small, costs about 1 a day at γ = 0.1: the slider has stops."""
    others = (s.volatility, s.arrival_rate, s.risk_aversion) == (2, 140, 0.1)
    return others and s.fill_decay < 1.5 and abs(s.worth - s.left - 1) < 0.2


class WrongBeliefsExplorer(Explorer):
    """Sliders for what the dealer believes of σ, k and A, and for γ; the truth stays where it is."""

    title: ClassVar[str] = "Wrong beliefs: the sliders are what you believe"
    sliders: ClassVar = {
        replace(VOLATILITY, description=f"Believed. {VOLATILITY.description}", scale="log", above=0): (1.0, 4.0, 2.0),
        replace(FILL_DECAY, description=f"Believed. {FILL_DECAY.description}"): (0.75, 3.0, 1.5),
        replace(ARRIVAL_RATE, description=f"Believed. {ARRIVAL_RATE.description}"): (70.0, 280.0, 140.0),
        RISK_AVERSION: (0.01, 1.0, 0.1),
    }
    presets: ClassVar = {
        "σ twice too large": {"volatility": 4.0},
        "the truth": {},
        "k twice too large": {"fill_decay": 3.0},
        "all too small": {"volatility": 1.0, "fill_decay": 0.75, "arrival_rate": 70.0},
        "two errors that cancel": {"volatility": 2.8, "arrival_rate": 274.4},
        "σ half, very risk averse": {"volatility": 1.0, "risk_aversion": 1.0},
    }
    stages: ClassVar = (alone, together)
    tasks: ClassVar = {
        "believe A = 70, half of the truth, and find the σ that makes the quotes right again.": cancels,
        "with k alone, too small, lose about 1 a day at γ = 0.1.": costs_a_point,
    }
    prints: ClassVar[str] = "right.half_spread, right.skew, worth, wrong.half_spread, wrong.skew, left, *costs"

    def show(self, s: Any, whole: Panel, near: Panel, quotes: Panel) -> None:
        """The cost against each factor, the same magnified, and the quotes believed beside the right ones."""
        highest = {name: float(curve.max()) for name, curve in s.curves.items()}
        dearest = max(highest, key=highest.__getitem__)
        others = max(most for name, most in highest.items() if name != dearest)
        for panel, tag in ((whole, ""), (near, "_")):
            for (name, curve), cost in zip(s.curves.items(), s.costs, strict=True):
                panel.line(f"{tag}{SYMBOLS[name]} alone", np.log2(FACTORS), curve, BELIEF_LOOKS[name])
                panel.dots(f"_{name}", np.log2(s.believed[name] / TRUTH[name]), cost, BELIEF_LOOKS[name])
        scale: dict[str, Any] = {"xlabel": "believed / true", "xlim": (-1.06, 1.06), "xticks": [-1, -0.5, 0, 0.5, 1]}
        scale |= {"xticklabels": ["½", "0.7", "1", "1.4", "2"]}
        whole.view(y=(0.0, highest[dearest]), ylabel="cost a day [price · clip]", **scale)
        whole.title(f"An error in {SYMBOLS[dearest]} costs up to {highest[dearest]:.1f}")
        near.view(y=(-0.1 * others, 1.2 * others), ylabel="the same, magnified", **scale)
        near.upright(0.0, MID, lw=1)
        near.title(f"The others cost {others:.2f} at most")

        q = np.arange(-6.0, 7.0)
        for dealer, names, looks in (
            (s.right, ("right", "_right ask"), (THIN, THIN)),
            (s.wrong, ("bid believed", "ask believed"), (BID, ASK)),
        ):
            bid, ask = dealer.depths(q, s.market.horizon)
            quotes.line(names[0], q, -bid, looks[0])
            quotes.line(names[1], q, ask, looks[1])
        furthest = max(dealer.half_spread + 6 * dealer.skew for dealer in (s.right, s.wrong))
        quotes.view(
            y=(-furthest, furthest), xlabel="inventory q [clips]", ylabel="distance from mid [price]", xlim=(-6, 6)
        )
        quotes.title(f"These beliefs cost {amount(s.worth - s.left)} of {amount(s.worth)} a day")

    def readout(self, s: Any) -> str:
        """Beliefs, quotes and money, in sentences."""
        beliefs = ", ".join(
            f"{SYMBOLS[name]} = {value:g} ({'right' if value == TRUTH[name] else f'truly {TRUTH[name]:g}'})"
            for name, value in s.believed.items()
        )
        each = ", ".join(f"{SYMBOLS[name]} {amount(cost)}" for name, cost in zip(TRUTH, s.costs, strict=True))
        return (
            f"You believe {beliefs}; γ = {s.risk_aversion:g}. Flat you quote ±{s.wrong.half_spread:.3f} and skew "
            f"{s.wrong.skew:.3f} a clip; right would be ±{s.right.half_spread:.3f} and {s.right.skew:.3f}. With the "
            f"right beliefs a day is worth {amount(s.worth)} to you, with these {amount(s.left)}: they cost "
            f"{amount(s.worth - s.left)}. Each alone would cost: {each}."
        )
