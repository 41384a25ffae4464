"""Traders in the style of public contests: a class `Trader` whose `run(state)` returns orders, and what it is shown.

The names are ours, the shape is theirs: `state.order_depths[product].buy_orders` and `.sell_orders` (price → clips,
those of sell orders below 0), `state.position`, `state.own_trades`, `state.timestamp`, `state.traderData`; what comes
back is a dict of lists of orders, alone or with conversions (of which there are none here) and a text to keep. Prices
are whole ticks. A file that says `from datamodel import Order, OrderDepth, TradingState` runs as it is.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

PRODUCT = "CLIP"
"""The only thing that is traded."""


@dataclass
class ContestOrder:
    """An order: above 0 buys, below 0 sells."""

    symbol: str
    price: int
    quantity: int


@dataclass
class Depth:
    """What the others have in the book: price [ticks] → clips, those of sell orders below 0."""

    buy_orders: dict[int, int] = field(default_factory=dict)
    sell_orders: dict[int, int] = field(default_factory=dict)


@dataclass
class ContestTrade:
    """A trade of one's own at a step: above 0 was bought, below 0 sold; at the mean price of its side [ticks]."""

    symbol: str
    price: float
    quantity: int
    timestamp: int


@dataclass
class Observed:
    """What is known beside the book: the mid price [ticks] under "MID"."""

    plainValueObservations: dict[str, float]  # as contests call it
    conversionObservations: dict[str, Any] = field(default_factory=dict)


@dataclass
class ContestState:
    """What `run` gets; `traderData` is what it returned last."""

    traderData: str
    timestamp: int
    listings: dict[str, str]
    order_depths: dict[str, Depth]
    own_trades: dict[str, list[ContestTrade]]
    market_trades: dict[str, list[ContestTrade]]
    position: dict[str, int]
    observations: Observed


class Trading:
    """A trader at one table."""

    def __init__(self, trader: Any, tick: float):
        self.trader, self.tick, self.kept = trader, tick, ""

    def orders(self, step: int, mid: float, state: Any) -> list[list[Any]]:
        """What it wants to stand from this step on: prices and clips, those of a bid above 0."""
        (position, _, _, bought, sold, bought_price, sold_price, *_), levels = state
        depth = Depth({p: n for p, n in levels if n > 0}, {p: n for p, n in levels if n < 0})
        fills = (bought_price, bought), (sold_price, -sold)
        trades = [ContestTrade(PRODUCT, price / self.tick, n, 100 * (step - 1)) for price, n in fills if n]
        given = ContestState(
            self.kept,
            100 * step,
            {PRODUCT: PRODUCT},
            {PRODUCT: depth},
            {PRODUCT: trades},
            {PRODUCT: []},
            {PRODUCT: position},
            Observed({"MID": mid / self.tick}),
        )
        answer = self.trader.run(given)
        if isinstance(answer, tuple):
            self.kept = str(answer[-1])
        by_product = answer[0] if isinstance(answer, tuple) else answer
        return [[float(one.price) * self.tick, float(one.quantity)] for one in by_product.get(PRODUCT, [])]


def as_datamodel() -> types.ModuleType:
    """These classes by the names that contests import them by."""
    module = types.ModuleType("datamodel")
    theirs = {"Order": ContestOrder, "OrderDepth": Depth, "TradingState": ContestState, "Trade": ContestTrade}
    vars(module).update(theirs, Symbol=str, Product=str, Position=int, UserId=str, Time=int, Observation=Observed)
    return module
