"""What happens to an order book, written down as it happens: events and best quotes, as in LOBSTER's files."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from mmlab.market.day import Day
from mmlab.market.lobster import CANCEL, EMPTY, EXECUTION, NEW, PRICE_UNIT, to_day
from mmlab.market.order_book import BUY, SELL, OrderBook, Side, opposite
from mmlab.parameters import FloatArray

Queues = dict[tuple[Side, int], dict[int, int]]
"""(side, price × 10,000) → the orders that rest there, first to trade first, each with its shares."""
OPEN = 34_200.0
"""Half past nine, in seconds after midnight: when the days begin that are drawn."""


class Journal:
    """An order book and the list of its events; orders go through the journal so that none is missed.

    Parameters
    ----------
    tick : float
        [price]
    """

    def __init__(self, tick: float = 0.01):
        self.book = OrderBook()
        self._unit = round(tick * PRICE_UNIT)
        # Numbers side by side, a fifth of what as many tuples would take.
        self._times, self._rows = array("d"), array("q")

    def __len__(self) -> int:
        return len(self._times)

    def limit(self, time: float, side: Side, price: int, size: int) -> int:
        """Rest a limit order that meets nothing, and return its number."""
        order, executions = self.book.limit(side, price, size)
        assert not executions, "the journal's limit orders rest: a crossing one is a market order first"
        self._note(time, NEW, order, size, price, side)
        return order

    def market(self, time: float, side: Side, size: int) -> int:
        """Send a market order, an event for each resting order that it meets; returns the shares that traded."""
        other, left = opposite(side), size
        while left and (first := self.book.first(other)):
            traded = min(left, first.size)
            self.book.market(side, traded)
            self._note(time, EXECUTION, first.order, traded, first.price, other)
            left -= traded
        return size - left

    def cancel(self, time: float, order: int) -> None:
        """Take an order out of the book."""
        side, price = self.book.place(order)
        self._note(time, CANCEL, order, self.book.cancel(order), price, side)

    @property
    def times(self) -> FloatArray:
        """Seconds after midnight, shape (n,)."""
        return np.array(self._times)

    @property
    def events(self) -> NDArray[np.int64]:
        """Type, order, shares, price × 10,000, side of the resting order: shape (n, 5)."""
        return np.array(self._rows).reshape(-1, 9)[:, :5]

    @property
    def tops(self) -> NDArray[np.int64]:
        """After each event: ask price, ask size, bid price, bid size, shape (n, 4)."""
        return np.array(self._rows).reshape(-1, 9)[:, 5:]

    @property
    def mid(self) -> FloatArray:
        """After each event [price], shape (n,); no number to use while a side is empty."""
        return np.asarray(self.tops[:, [0, 2]].mean(axis=1) / PRICE_UNIT)

    @property
    def queues(self) -> Queues:
        """What rests now."""
        levels = [(side, level) for side in (BUY, SELL) for level in self.book.levels(side)]
        return {(side, price * self._unit): dict(queue) for side, (price, queue) in levels}

    def day(self) -> Day:
        """What was written down, as a recorded day: best quotes after each event, market orders, all in currency."""
        # Before the first event written down there may have been others: its mid is taken for unknown, as a file's is.
        return to_day(np.column_stack([self.times, self.events]), self.tops.astype(np.float64))

    def forget(self) -> None:
        """Start the list anew; the book stays as it is."""
        self._times, self._rows = array("d"), array("q")

    def _note(self, time: float, kind: int, order: int, size: int, price: int, side: int) -> None:
        self._times.append(time)
        self._rows.extend((kind, order, size, price * self._unit, side, *self._top(SELL), *self._top(BUY)))

    def _top(self, side: Side) -> tuple[int, int]:
        price = self.book.best(side)
        return (-side * EMPTY, 0) if price is None else (price * self._unit, self.book.size(side, price))
