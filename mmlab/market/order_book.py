"""A limit order book with price–time priority: queues of orders, what trades, and where an order stands in its queue.

Prices are whole ticks, sizes whole shares. What time it is and who sends orders is not known here: see `order_flow`.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from operator import index
from typing import Literal, NamedTuple

from mmlab.parameters import ParameterError

Side = Literal[1, -1]
BUY: Side = 1
SELL: Side = -1


class Execution(NamedTuple):
    """A resting order that traded: which, at what price [ticks], how much of it [shares]."""

    order: int
    price: int
    size: int


class OrderBook:
    """Resting orders by side and price; the best price trades first, and within a price who came first.

    Sides are BUY (1) and SELL (−1). It is the one thing in mmlab that changes in place: a book is its history.
    """

    def __init__(self) -> None:
        self._levels: dict[Side, dict[int, OrderedDict[int, int]]] = {BUY: {}, SELL: {}}
        # Best prices first; a price whose level has gone is dropped when it comes to the top.
        self._prices: dict[Side, list[int]] = {BUY: [], SELL: []}
        self._where: dict[int, tuple[Side, int]] = {}
        self._sent = 0

    def limit(self, side: Side, price: int, size: int) -> tuple[int, list[Execution]]:
        """Send a limit order: it trades with what it meets up to its price, and the rest joins the queue there.

        Returns
        -------
        order : int
            Its number, good for `cancel` and `ahead` while some of it rests.
        executions : list of Execution
            What it traded with at once.

        Raises
        ------
        ParameterError
            If the side is not BUY or SELL, the price no whole number of ticks, or the size not one of at least 1.
        """
        price = index(price)
        executions = self._trade(side, size, price)
        order = self._sent = self._sent + 1
        left = size - sum(done.size for done in executions)
        if left:
            levels = self._levels[side]
            if price not in levels:
                levels[price] = OrderedDict()
                heapq.heappush(self._prices[side], -side * price)
            levels[price][order] = left
            self._where[order] = side, price
        return order, executions

    def market(self, side: Side, size: int) -> list[Execution]:
        """Send a market order: it takes the other side's best prices until it is filled or nothing is left there."""
        return self._trade(side, size, None)

    def cancel(self, order: int, size: int | None = None) -> int:
        """Take `size` shares off an order (all, if not given); it keeps its place. Returns what was taken off.

        Raises
        ------
        ParameterError
            If no such order rests, or the size is not at least 1.
        """
        side, price = self.place(order)
        resting = self._levels[side][price][order]
        taken = resting if size is None else min(size, resting)
        _check_size(taken)
        self._reduce(order, side, price, taken)
        return taken

    def best(self, side: Side) -> int | None:
        """The best price [ticks] of a side, or None if nothing rests there."""
        prices, levels = self._prices[side], self._levels[side]
        while prices:
            price = -side * prices[0]
            if price in levels:
                return price
            heapq.heappop(prices)
        return None

    def first(self, side: Side) -> Execution | None:
        """The resting order of a side that would trade next, as if with all it has; None if nothing rests there."""
        price = self.best(side)
        if price is None:
            return None
        order, size = next(iter(self._levels[side][price].items()))
        return Execution(order, price, size)

    @property
    def mid(self) -> float:
        """Halfway between the best prices [ticks]; NaN where a side is empty."""
        bid, ask = self.best(BUY), self.best(SELL)
        return float("nan") if bid is None or ask is None else (bid + ask) / 2

    def size(self, side: Side, price: int) -> int:
        """The shares that rest at a price [ticks]."""
        return sum(self._levels[side].get(price, {}).values())

    def levels(self, side: Side, n: int | None = None) -> list[tuple[int, list[tuple[int, int]]]]:
        """The best `n` prices of a side, or all, each with its queue of (order, shares), first to trade first."""
        prices = sorted(self._levels[side], reverse=side == BUY)[:n]
        return [(price, list(self._levels[side][price].items())) for price in prices]

    def ahead(self, order: int) -> int:
        """How many shares trade before this order does: the queue in front of it at its own price.

        Raises
        ------
        ParameterError
            If no such order rests.
        """
        side, price = self.place(order)
        # Orders are numbered as they come.
        return sum(size for other, size in self._levels[side][price].items() if other < order)

    def resting(self, order: int) -> int:
        """The shares of an order that still rest; 0 if it has traded, was cancelled or never was."""
        if order not in self._where:
            return 0
        side, price = self._where[order]
        return self._levels[side][price][order]

    def place(self, order: int) -> tuple[Side, int]:
        """The side and the price [ticks] at which an order rests.

        Raises
        ------
        ParameterError
            If no such order rests.
        """
        if order not in self._where:
            raise ParameterError(f"no order {order!r} rests in the book: it has traded, was cancelled or never was.")
        return self._where[order]

    def _trade(self, side: Side, size: int, worst: int | None) -> list[Execution]:
        """Trade against the other side, no further than the price `worst`."""
        if side not in (BUY, SELL):
            raise ParameterError(f"side must be BUY (1) or SELL (-1); got {side!r}.")
        _check_size(index(size))
        executions: list[Execution] = []
        other = opposite(side)
        while size and (first := self.first(other)) and (worst is None or side * first.price <= side * worst):
            done = first._replace(size=min(size, first.size))
            self._reduce(done.order, other, done.price, done.size)
            executions.append(done)
            size -= done.size
        return executions

    def _reduce(self, order: int, side: Side, price: int, size: int) -> None:
        queue = self._levels[side][price]
        queue[order] -= size
        if not queue[order]:
            del queue[order], self._where[order]
            if not queue:
                del self._levels[side][price]


def opposite(side: Side) -> Side:
    """The other side."""
    return SELL if side == BUY else BUY


def _check_size(size: int) -> None:
    if size < 1:
        raise ParameterError(f"size must be a whole number of at least 1 [shares]; got {size!r}.")
