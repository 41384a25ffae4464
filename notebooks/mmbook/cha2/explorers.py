"""The museum's explorer: an exhibit's quotes beside the right ones, and what a session by it earns, exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.cha2.museum import exhibits
from mmlab import Exponential, Market, exact_moments
from mmlab.measure import MISTAKES
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, SYMMETRIC, THIN
from mmlab.teach.words import amount, position
from mmlab.vocabulary import FILL_DECAY, INVENTORY, RISK_AVERSION, TIME_LEFT, VOLATILITY

INVENTORIES = np.arange(-6.0, 7.0)
SHOWN = [one for one in exhibits() if one.room != "as printed"]
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
    wrong_day, right_day = exact_moments(wrong, market), exact_moments(right, market)
    worth, right_worth = (day.certainty_equivalent(risk_aversion) for day in (wrong_day, right_day))
    return locals()


def here(wrong: Any, right: Any, inventory: float, time_left: float) -> dict[str, Any]:
    """Where we stand."""
    wrong_quotes, right_quotes = (model.quotes(100, inventory, time_left) for model in (wrong, right))
    return locals()


def more_on_average_and_worth_less(s: Any) -> bool:
    """Whether the exhibit earns more than the right quotes and is worth less, in the paper's market."""
    paper = (s.risk_aversion, s.volatility, s.fill_decay) == (0.1, 2, 1.5)
    return bool(paper and s.wrong_day.mean > s.right_day.mean + 0.05 and s.worth < s.right_worth - 0.05)


def hidden_by_a_round_number(s: Any) -> bool:
    """Whether σ for σ² hangs there and its quotes are the right ones."""
    return bool(s.one.id == "sigma" and abs(s.volatility - 1) < 1e-9)


class MuseumExplorer(Explorer):
    """Sliders for the exhibit, γ, σ, k, q and τ over two plots: its quotes and the right ones, the inventory left."""

    title: ClassVar[str] = "The museum of mistakes"
    sliders: ClassVar = {
        EXHIBIT: (1, len(SHOWN), number("sign")),
        RISK_AVERSION: (0.01, 0.5, 0.1),
        VOLATILITY: (0.5, 3.0, 2.0),
        FILL_DECAY: (0.5, 3.0, 1.5),
        replace(INVENTORY, integer=True): (-6, 6, 3),
        TIME_LEFT: (0.0, 1.0, 0.5),
    }
    presets: ClassVar = {
        "inventory added": {},
        "σ for σ²": {"exhibit": number("sigma")},
        "no skew": {"exhibit": number("no-skew")},
        "whole spread a side": {"exhibit": number("whole-spread")},
        "log₁₀": {"exhibit": number("log10")},
        "t for T − t": {"exhibit": number("skew-elapsed")},
    }
    stages: ClassVar = (session, here)
    moves: ClassVar = {"next exhibit": lambda s: {"exhibit": s.exhibit % len(SHOWN) + 1}}
    tasks: ClassVar = {
        "at γ = 0.1, σ = 2, k = 1.5: find one that earns more on average and is worth less.": (
            more_on_average_and_worth_less
        ),
        "hang σ for σ², and find the σ at which no test would find it.": hidden_by_a_round_number,
    }
    prints: ClassVar[str] = "wrong_day.mean, wrong_day.sd, right_day.mean, right_day.sd, right_worth - worth"

    def show(self, s: Any, quotes: Panel, end: Panel) -> None:
        """Both pairs of quotes against inventory, and what is left at the close."""
        quotes.view(y=(-4, 4), xlabel="inventory q [clips]", ylabel="price − mid", xlim=(-6, 6))
        for model, name, looks in ((s.right, "right", (THIN, THIN)), (s.wrong, "wrong", (ASK, BID))):
            bid, ask = model.depths(INVENTORIES, s.time_left)
            quotes.line(f"ask, {name}", INVENTORIES, np.clip(ask, -9, 9), looks[0])
            quotes.line(f"bid, {name}", INVENTORIES, np.clip(-bid, -9, 9), looks[1])
        quotes.level(0, MID, "mid")
        quotes.upright(s.inventory)
        quotes.title(f"№ {int(s.exhibit)}, {s.one.id}: wrong in colour, right in grey")
        end.left_over({"wrong": (s.wrong_day, INVENTORY_AVERSE), "right": (s.right_day, SYMMETRIC)}, 25)
        end.title(f"At the close: ±{s.wrong_day.inventory_sd:.1f} clips, right ±{s.right_day.inventory_sd:.1f}")

    def readout(self, s: Any) -> str:
        """The mistake, its quotes here, and its price, in sentences."""
        wrong, right = s.wrong_quotes, s.right_quotes
        return (
            f"Here {MISTAKES[s.one.id].sentence}. {position(s.inventory)}, {s.time_left:.2f} left: "
            f"{wrong.bid_price:.2f} / {wrong.ask_price:.2f}, right {right.bid_price:.2f} / {right.ask_price:.2f}. "
            f"A session earns {amount(s.wrong_day.mean, 1)} ± {s.wrong_day.sd:.1f}, right "
            f"{amount(s.right_day.mean, 1)} ± {s.right_day.sd:.1f}: the mistake costs "
            f"{amount(s.right_worth - s.worth, 1)} a session at this γ."
        )
