"""The first explorer a reader meets: quote by two numbers, how far from the mid and how much to skew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mmlab import Market, Quotes, Tape, simulate
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer, Move
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PLAIN
from mmlab.teach.words import amount

HALF_SPREAD = Parameter("δ", "price", "How far from the middle both quotes stand.", name="half_spread")
SKEW = Parameter("ℓ", "price/clip", "How far both quotes move down for a clip held (up for one short).", name="skew")


def quoting(once: str, to_the_end: str, most: int) -> Mapping[str, Move]:
    """Buttons of a game: quote as the sliders stand, once or until there are `most` choices, and take one back."""

    def more(times: int) -> Move:
        return lambda s: {"choices": (s.choices + ((s.half_spread, s.skew),) * times)[:most]}

    return {once: more(1), to_the_end: more(most), "Take back": lambda s: {"choices": s.choices[:-1]}}


def next_quotes(panel: Panel, at: float, wide: float, middle: float, half_spread: float) -> None:
    """Bars where the quotes will stand."""
    for name, price, look in (("_next ask", middle + half_spread, ASK), ("_next bid", middle - half_spread, BID)):
        panel.line(name, [at, at + wide], [price, price], look | {"linestyle": "-"}, lw=4)


def curves(panel: Panel, lines: Mapping[str, tuple[Any, Any, dict[str, Any]]], least: float, **view: Any) -> None:
    """Lines by name, each with its x, y and look, and zero; at least ±`least` is seen."""
    shown = np.concatenate([[-least, least], *(y for _, y, _ in lines.values())])
    panel.view(y=(shown.min(), shown.max()), **view)
    panel.level(0)
    for name, (x, y, look) in lines.items():
        panel.line(name, x, y, look)


def orders() -> dict[str, Any]:
    """The day: its mid and the orders that come, whatever we quote."""
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=1, n_steps=200, seed=8)
    return locals()


def quoted(tape: Tape, half_spread: float, skew: float) -> dict[str, Any]:
    """Our quotes, and what comes of them."""

    def by_hand(mid_price: float, inventory: float, time_left: float) -> Quotes:
        middle = mid_price - skew * inventory
        return Quotes.at(middle - half_spread, middle + half_spread)

    day = simulate(by_hand, tape)
    bought, sold = day.bid_fill.sum(), day.ask_fill.sum()
    spread, profit = day.edge[0], day.pnl[0]
    return locals()


class QuotingDayExplorer(Explorer):
    """One day on one tape: the half-spread and the skew decide fills, inventory and profit."""

    title: ClassVar[str] = "A quoting day"
    sliders: ClassVar = {HALF_SPREAD: (0.0, 2.5, 0.75), SKEW: (0.0, 0.5, 0.0)}
    presets: ClassVar = {
        "no skew": {},
        "skew against the inventory": {"skew": 0.2},
        "very close": {"half_spread": 0.1},
        "far away": {"half_spread": 2.0},
    }
    stages: ClassVar = (orders, quoted)
    prints: ClassVar[str] = "bought, sold, spread, profit"

    def show(self, s: Any, prices: Panel, held: Panel, money: Panel) -> None:
        """Prices, inventory and profit through the day."""
        time, clips, wealth = s.day.time, s.day.inventory[:, 0], s.day.wealth[:, 0]
        through: dict[str, Any] = {"xlabel": "time [horizon = 1]", "xlim": (0, 1)}
        prices.view(y=(s.day.bid_price.min(), s.day.ask_price.max()), ylabel="price", **through)
        prices.day(s.day)
        prices.title(f"{s.bought:.0f} bought, {s.sold:.0f} sold")

        held.view(y=(min(clips.min(), -1), max(clips.max(), 1)), ylabel="inventory [clips]", **through)
        held.level(0)
        held.outline("_held", time, clips[:-1], PLAIN)
        held.title(f"Inventory between {amount(clips.min(), 0)} and {amount(clips.max(), 0)} clips")

        curves(money, {"_profit": (time, wealth, PLAIN)}, 1, ylabel="profit so far", **through)
        money.title(f"Profit {amount(s.profit, 1)}")

    def readout(self, s: Any) -> str:
        """Fills, profit and where it came from."""
        clips = s.day.inventory[:, 0]
        return (
            f"{s.bought:.0f} clips bought and {s.sold:.0f} sold. Spread earned {s.spread:.1f}, "
            f"the mid's moves on what was held {s.profit - s.spread:+.1f}, profit {s.profit:.1f}. "
            f"Inventory between {clips.min():.0f} and {clips.max():.0f} clips, {clips[-1]:.0f} at the end."
        )
