"""The museum's explorer: an exhibit's quotes beside the right ones, and what a session by it earns, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.cha2.museum import LIMIT, exhibits
from mmlab import Exponential, Market, exact_moments
from mmlab.measure import MISTAKES
from mmlab.models.within import Within
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, SYMMETRIC, THIN
from mmlab.teach.words import amount, position
from mmlab.vocabulary import FILL_DECAY, INVENTORY, RISK_AVERSION, TIME_LEFT, VOLATILITY

INVENTORIES = np.arange(-6.0, 7.0)
SHOWN = exhibits()
EXHIBIT = Parameter(
    name="exhibit",
    symbol="№",
    unit="none",
    description="Which exhibit of the museum hangs here.",
    at_least=1,
    at_most=len(SHOWN),
    integer=True,
)


def number(id: str) -> int:
    """An exhibit's number in the explorer."""
    return [one.id for one in SHOWN].index(id) + 1


def session(exhibit: int, risk_aversion: float, volatility: float, fill_decay: float) -> dict[str, Any]:
    """The whole session by both."""
    one = SHOWN[int(exhibit) - 1]
    flow = Exponential(arrival_rate=140, fill_decay=fill_decay)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    wrong, right = one.wrong(market, risk_aversion), one.right(market, risk_aversion)
    wrong_day, right_day = (exact_moments(Within(policy, LIMIT), market) for policy in (wrong, right))
    worth, right_worth = (day.certainty_equivalent(risk_aversion) for day in (wrong_day, right_day))
    return locals()


def here(wrong: Any, right: Any, inventory: float, time_left: float) -> dict[str, Any]:
    """Where we stand."""
    wrong_quotes, right_quotes = (model.quotes(100, inventory, time_left) for model in (wrong, right))
    return locals()


def as_rich(s: Any) -> bool:
    """Whether no skew hangs there, at the γ where it earns what the right quotes earn, in the paper's market."""
    paper = (s.volatility, s.fill_decay) == (2, 1.5)
    return bool(s.one.id == "no-skew" and paper and abs(s.wrong_day.mean - s.right_day.mean) < 0.2)


def half_as_much_again(s: Any) -> bool:
    """Whether σ for σ² hangs there and skews half as much again as it should."""
    return bool(s.one.id == "sigma" and abs(1 / s.volatility - 1.5) < 0.04)


def hung(id: str) -> dict[str, Any]:
    """A preset that hangs an exhibit and names it."""
    return {"exhibit": number(id), "named": number(id)}


class MuseumExplorer(Explorer):
    """Sliders for the exhibit, γ, σ, k, q and τ over two plots: its quotes and the right ones, the inventory left."""

    title: ClassVar[str] = "The museum of mistakes"
    sliders: ClassVar = {
        EXHIBIT: (1, len(SHOWN), number("absolute")),
        RISK_AVERSION: (0.01, 0.5, 0.1),
        VOLATILITY: (0.5, 3.0, 2.0),
        FILL_DECAY: (0.5, 3.0, 1.5),
        replace(INVENTORY, integer=True): (-6, 6, 3),
        TIME_LEFT: (0.0, 1.0, 0.5),
    }
    presets: ClassVar = {
        "one without a name": {},
        "inventory added": hung("sign"),
        "σ for σ²": hung("sigma"),
        "no skew": hung("no-skew"),
        "whole spread a side": hung("whole-spread"),
        "log₁₀": hung("log10"),
        "t for T − t": hung("skew-elapsed"),
    }
    also: ClassVar = {"named": 0}
    stages: ClassVar = (session, here)
    moves: ClassVar = {
        "name it": lambda s: {"named": s.exhibit},
        "next exhibit": lambda s: {"exhibit": s.exhibit % len(SHOWN) + 1, "named": 0},
    }
    tasks: ClassVar = {
        "hang no skew, and at σ = 2, k = 1.5 find the γ at which it earns as much as the right one (± 0.2).": as_rich,
        "hang σ for σ², and find the σ at which it skews half as much again as it should.": half_as_much_again,
    }
    prints: ClassVar[str] = "wrong_day.mean, wrong_day.sd, right_day.mean, right_day.sd, abs(right_worth - worth)"

    def show(self, s: Any, quotes: Panel, end: Panel) -> None:
        """Both pairs of quotes against inventory, and what is left at the close."""
        quotes.view(y=(-4, 4), xlabel="inventory q [clips]", ylabel="price − mid", xlim=(-6, 6))
        for model, name, looks in ((s.right, "right", (THIN, THIN)), (s.wrong, "wrong", (ASK, BID))):
            bid, ask = model.depths(INVENTORIES, s.time_left)
            quotes.line(f"ask, {name}", INVENTORIES, np.clip(ask, -9, 9), looks[0])
            quotes.line(f"bid, {name}", INVENTORIES, np.clip(-bid, -9, 9), looks[1])
        quotes.level(0, MID, "mid")
        quotes.upright(s.inventory)
        name = f", {s.one.id}" if s.named == s.exhibit else ""
        quotes.title(f"№ {int(s.exhibit)} of {len(SHOWN)}{name}: wrong in colour, right in grey")
        end.left_over({"wrong": (s.wrong_day, INVENTORY_AVERSE), "right": (s.right_day, SYMMETRIC)}, LIMIT)
        days = ((round(day.inventory_mean, 1) + 0.0, day.inventory_sd) for day in (s.wrong_day, s.right_day))
        end.title("At the close: {} clips, right {}".format(*(f"{amount(mean, 1)} ± {sd:.1f}" for mean, sd in days)))

    def readout(self, s: Any) -> str:
        """The mistake, its quotes here, and its price, in sentences."""
        wrong, right, less = s.wrong_quotes, s.right_quotes, s.right_worth - s.worth
        named = f"Here {MISTAKES[s.one.id].sentence}." if s.named == s.exhibit else "Which mistake is it?"
        return (
            f"{named} {position(s.inventory)}, {s.time_left:.2f} left: "
            f"{wrong.bid_price:.2f} / {wrong.ask_price:.2f}, right {right.bid_price:.2f} / {right.ask_price:.2f}. "
            f"A session earns {amount(s.wrong_day.mean, 1)} ± {s.wrong_day.sd:.1f}, right "
            f"{amount(s.right_day.mean, 1)} ± {s.right_day.sd:.1f}: within ±{LIMIT} clips it "
            f"is worth {abs(less):.1f} {'less' if less > 0 else 'more'} a session at this γ."
        )
