"""The models side by side: one γ for all of them, in one market; risk, profit, skew and the inventory at the close."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch06.scenes import HIGHEST, LOOKS, LOWEST, all_models, frontiers
from mmlab import Exponential, Market
from mmlab.simulation import many_moments
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.words import amount
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, RISK_AVERSION, VOLATILITY


def every_gamma(volatility: float, fill_decay: float, arrival_rate: float) -> dict[str, Any]:
    """The market, and every model's deviation and mean for γ from 0.01 to 1."""
    flow = Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    curves = frontiers(market)
    return locals()


def one_gamma(market: Market, risk_aversion: float) -> dict[str, Any]:
    """A day of each model at one γ: what exact_moments gives, of all at once."""
    models = all_models(market, risk_aversion)
    days = many_moments([*models.values()], market, max_inventory=50)
    scores = days.mean - risk_aversion / 2 * days.sd**2
    return locals()


def deviates_by_seven(s: Any) -> bool:
    """Whether Guéant's deviation in the paper's market is 7.0, to the digit that the readout shows."""
    paper = (s.volatility, s.fill_decay, s.arrival_rate) == (2, 1.5, 140)
    return paper and abs(s.days.sd[[*s.models].index("Guéant")] - 7) < 0.05


class ModelsExplorer(Explorer):
    """Sliders for γ of all models and for σ, k, A of the market, over frontier, skew and inventory at the close."""

    title: ClassVar[str] = "The models side by side"
    sliders: ClassVar = {
        RISK_AVERSION: (LOWEST, HIGHEST, 0.1),
        VOLATILITY: (0.5, 3.0, 2.0),
        FILL_DECAY: (1.0, 3.0, 1.5),
        ARRIVAL_RATE: (50.0, 200.0, 140.0),
    }
    presets: ClassVar = {
        "the paper's market": {},
        "hardly risk averse": {"risk_aversion": 0.01},
        "very risk averse": {"risk_aversion": 1.0},
        "volatile, few customers": {"volatility": 3.0, "arrival_rate": 50.0},
        "a calm day": {"volatility": 0.5},
    }
    stages: ClassVar = (every_gamma, one_gamma)
    tasks: ClassVar = {"in the paper's market, bring Guéant's deviation to 7.0 with γ alone.": deviates_by_seven}
    prints: ClassVar[str] = "*days.mean, *days.sd, *scores, *days.inventory_sd"

    def show(self, s: Any, frontier: Panel, skew: Panel, end: Panel) -> None:
        """A line for each model in each panel, and a dot on its frontier."""
        names, near = [*s.models], np.abs(s.days.inventories) <= 20
        time, final = np.arange(201) / 200, s.days.final_inventory[:, near]
        skews = {}
        for j, (name, model) in enumerate(s.models.items()):
            bid, ask = model.depths(1.0, s.market.horizon - time)
            skews[name] = np.broadcast_to(bid - ask, time.shape) / 2
            sd, mean = s.curves[name]
            frontier.line(name, sd, mean, LOOKS[name])
            frontier.dots(f"_{name}", s.days.sd[j], s.days.mean[j], LOOKS[name])
            skew.line(f"_{name}", time, skews[name], LOOKS[name])
            end.outline(f"_{name}", np.append(s.days.inventories[near], 21.0) - 0.5, final[j], LOOKS[name])

        sds, means = (np.concatenate([curve[i] for curve in s.curves.values()]) for i in (0, 1))
        frontier.view(
            x=(0.9 * float(sds.min()), 1.05 * float(sds.max())),
            y=(float(means.min()), float(means.max())),
            xlabel="standard deviation of a day's profit",
            ylabel="mean profit [price · clip]",
        )
        frontier.title(f"At γ = {s.risk_aversion:g} the best score is {names[s.scores.argmax()]}’s")
        steepest = max(float(each.max()) for each in skews.values())
        skew.view(y=(0.0, steepest), xlabel="time [horizon = 1]", ylabel="skew for a clip [price]", xlim=(0, 1))
        first = {name: float(each[0]) for name, each in skews.items()}
        skew.title(f"At the start AS skews {first['Avellaneda–Stoikov']:.2g}, Guéant {first['Guéant']:.2g}")
        wide, tall = (-20.5, 20.5), (0.0, float(final.max()))
        end.view(x=wide, y=tall, xlabel="inventory at the horizon [clips]", ylabel="probability")
        held = dict(zip(names, s.days.inventory_sd, strict=True))
        end.title(f"Left over: Guéant ±{held['Guéant']:.1f}, symmetric ±{held['symmetric']:.1f}")

    def readout(self, s: Any) -> str:
        """A line of the table for each model, in words."""
        numbers = zip(s.models, s.days.mean, s.days.sd, s.scores, s.days.inventory_sd, strict=True)
        words = "; ".join(
            f"{name} {amount(mean, 1)} ± {sd:.1f}, score {amount(score, 1)}, ±{held:.1f} clips"
            for name, mean, sd, score, held in numbers
        )
        return f"γ = {s.risk_aversion:g}; a day earns (the score is mean − ½γ·variance): {words}."
