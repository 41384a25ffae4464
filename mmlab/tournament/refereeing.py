"""What counts as quotes: an answer of a strategy's process becomes orders, or the round is lost with a sentence."""

from __future__ import annotations

from typing import Any

from mmlab.files import short
from mmlab.market.order_book import BUY, SELL
from mmlab.tournament.hours import Conditions
from mmlab.tournament.match import Orders, on_ticks

MOST_ORDERS = 20
"""That a strategy may have in the book."""
LARGEST = 1e6
"""What a price and a size have to be below."""


class Lost(ValueError):
    """A round that is lost; the message says why."""


def orders_of(sheet: Any, conditions: Conditions) -> Orders:
    """The orders that an answer stands for, sizes in whole clips (rounded down) and prices on ticks.

    Raises
    ------
    Lost
        If it is a sentence, no list of pairs of numbers, has too many, a price that is none, or bids at or above asks.
    """
    if isinstance(sheet, str):
        raise Lost(f"it raised {sheet}")
    if not isinstance(sheet, list) or any(not isinstance(one, list) or len(one) != 2 for one in sheet):
        raise Lost("it answered with what are no quotes")
    if len(sheet) > MOST_ORDERS:
        raise Lost(f"it quoted {len(sheet)} orders at a time; {MOST_ORDERS} are allowed")
    orders: Orders = {}
    for price, size in sheet:
        if type(price) not in (int, float) or type(size) not in (int, float):
            raise Lost(f"it quoted a {type(price).__name__} for a price and a {type(size).__name__} for a size")
        if not (abs(size) < LARGEST and 0 < price < LARGEST):
            raise Lost(f"it quoted {short(str(abs(size)))} clips at {short(str(price))}")
        side = BUY if size > 0 else SELL
        if clips := min(int(abs(size)), conditions.max_position * 2):
            key = side, on_ticks(side, price, conditions.tick)
            orders[key] = orders.get(key, 0) + clips
    bid = max((price for side, price in orders if side == BUY), default=None)
    ask = min((price for side, price in orders if side == SELL), default=None)
    if bid is not None and ask is not None and bid >= ask:
        tick = conditions.tick
        raise Lost(f"its bid {bid * tick:g} was not below its ask {ask * tick:g}")
    return orders
