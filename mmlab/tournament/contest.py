"""Traders in the style of public contests: a class `Trader` whose `run(state)` returns orders, and what it is shown.

The names are ours, the shape is theirs: `state.order_depths[product].buy_orders` and `.sell_orders` (price → clips,
those of sell orders below 0), `state.position`, `state.own_trades`, `state.timestamp`, `state.traderData`; what comes
back is a dict of lists of orders, alone or with conversions (of which there are none here) and a text to keep. Prices
are whole ticks. A file that says `from datamodel import Order, OrderDepth, TradingState` runs as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

PRODUCT = "CLIP"
"""The only thing that is traded."""


@dataclass
class ContestOrder:
    """An order: above 0 buys, below 0 sells."""

    symbol: str
    price: float
    quantity: float


@dataclass
class Depth:
    """What the others have in the book: price [ticks] → clips, those of sell orders below 0."""

    buy_orders: dict[int, int] = field(default_factory=dict)
    sell_orders: dict[int, int] = field(default_factory=dict)


class Trading:
    """A trader at one table."""

    def __init__(self, trader: Any, tick: float):
        self.trader, self.tick, self.kept = trader, tick, ""

    def orders(self, step: int, mid: float, _: float, state: Any) -> list[list[Any]]:
        """What it wants to stand from this step on: prices and clips, those of a bid above 0.

        Its own trades of the last step are one a side, at the mean price [ticks]; those of others are not told. The mid
        [ticks] is observed under "MID".
        """
        (position, _, _, bought, sold, bought_price, sold_price, *_), levels = state
        fills = (bought_price, bought), (sold_price, -sold)
        at = 100 * (step - 1)
        own = [SimpleNamespace(symbol=PRODUCT, price=p / self.tick, quantity=n, timestamp=at) for p, n in fills if n]
        given = SimpleNamespace(
            traderData=self.kept,
            timestamp=100 * step,
            listings={PRODUCT: PRODUCT},
            order_depths={PRODUCT: Depth({p: n for p, n in levels if n > 0}, {p: n for p, n in levels if n < 0})},
            own_trades={PRODUCT: own},
            market_trades={PRODUCT: []},
            position={PRODUCT: position},
            observations=SimpleNamespace(plainValueObservations={"MID": mid / self.tick}, conversionObservations={}),
        )
        answer = self.trader.run(given)
        if isinstance(answer, tuple):
            answer, self.kept = answer[0], str(answer[-1])
        return [[float(one.price) * self.tick, float(one.quantity)] for one in answer.get(PRODUCT, [])]


def as_datamodel() -> ModuleType:
    """These classes by the names that contests import them by."""
    module = ModuleType("datamodel")
    plain = "TradingState", "Trade", "Observation", "Listing", "ConversionObservation"
    vars(module).update(dict.fromkeys(plain, SimpleNamespace), Order=ContestOrder, OrderDepth=Depth)
    vars(module).update(Symbol=str, Product=str, UserId=str, Position=int, Time=int)
    return module
