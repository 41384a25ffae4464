"""LiveLog: a session's orders, acknowledgements and fills as they were written down, and what is wrong in them.

`live_differences` holds it against a simulation of the same minutes, or against another record of the session.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mmlab.files import FileError, read_text, short
from mmlab.frozen import frozen
from mmlab.parameters import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

SIGN = {"bid": 1, "ask": -1}
"""What a fill of each side adds to the inventory, by its sign."""
EVENTS = ("order", "ack", "reject", "cancel", "cancelled", "cancel reject", "fill")
"""What a line can say: an order or a cancel is sent, the venue answers, something trades."""
TWICE = "the trade is reported twice"
NOTHING = 1e-9
"""Clips that are left of an order only because sizes are sums of rounded numbers."""


class Event(NamedTuple):
    """A line: orders and fills have a side, a price [price], a size [clips]; fills a fee [price · clip] and an id."""

    time: float
    event: str
    order: str
    side: str = ""
    price: float = math.nan
    size: float = 0.0
    fee: float = 0.0
    trade: str = ""


HEAD = Event._fields


class Order:
    """An order's life as its lines tell it: times [time], inf where nothing is told; fills as (time, size)."""

    def __init__(self, sent: Event) -> None:
        self.sent, self.side, self.price, self.size = sent.time, sent.side, sent.price, sent.size
        self.acknowledged = self.rejected = self.cancel_sent = self.cancelled = math.inf
        self.fills = list[tuple[float, float]]()

    def left(self, time: float) -> float:
        """What is not filled before a time [clips]."""
        return self.size - math.fsum(size for when, size in self.fills if when < time)


@frozen(eq=False, repr=False)
class LiveLog:
    """The lines of a session, in the order of time.

    Parameters
    ----------
    events : tuple of Event

    Raises
    ------
    ParameterError
        If a line's event or side is none, a number is not finite, a size is not above 0, or time runs backwards.
    """

    events: tuple[Event, ...]

    def __post_init__(self) -> None:
        last = -math.inf
        for n, event in enumerate(self.events, start=2):
            if why := _fault(event, last):
                raise ParameterError(f"LiveLog, line {n}: {why}.")
            last = event.time

    @classmethod
    def from_csv(cls, path: str | Path) -> LiveLog:
        """Read a file with the columns time, event, order, side, price, size, fee, trade.

        Times are the simulation's, prices absolute, sizes in clips, fees in price · clip. A file that has nothing but
        its head is a session in which nothing was sent.

        Raises
        ------
        FileError
            If it cannot be read, or a line is none: the message names file, line and reason.
        """
        rows = csv.reader(read_text(path).splitlines())
        if tuple(next(rows, ())) != HEAD:
            raise FileError(f"{short(str(path))} must begin with the line {','.join(HEAD)}.")
        events = []
        for n, row in enumerate(rows, start=2):
            try:
                time, event, order, side, price, size, fee, trade = row
                numbers = float(price) if price else math.nan, float(size or 0), float(fee or 0)
                events.append(Event(float(time), event, order, side, *numbers, trade))
            except ValueError as error:
                raise FileError(f"{short(str(path))}, line {n}: it is no line of a log ({error}).") from None
        try:
            return cls(tuple(events))
        except ParameterError as error:
            raise FileError(str(error).replace("LiveLog", short(str(path)), 1)) from None

    @classmethod
    def shipped(cls) -> LiveLog:
        """Half an hour of the shipped day as a venue might have answered; differences are planted in it."""
        from mmlab.market.synthetic_day import SHIPPED

        return cls.from_csv(SHIPPED / "SYNTH_2026-01-05_37800_39600_session.csv.gz")

    @cached_property
    def orders(self) -> dict[str, Order]:
        """Each order's life, by its id."""
        orders, trades = dict[str, Order](), self._trades
        for event in self.events:
            if event.event == "order":
                orders.setdefault(event.order, Order(event))
        for n, event in enumerate(self.events):
            if (order := orders.get(event.order)) is None:
                continue
            if n in trades:
                order.fills.append((event.time, event.size))
            elif name := _MOMENTS.get(event.event):
                setattr(order, name, min(event.time, getattr(order, name)))
        return orders

    @cached_property
    def _trades(self) -> dict[int, Event]:
        """By their places among the lines, each once."""
        first = dict[object, int]()
        for n, event in enumerate(self.events):
            if event.event == "fill":
                first.setdefault(event.trade or n, n)
        return {n: self.events[n] for n in first.values()}

    @property
    def fills(self) -> tuple[Event, ...]:
        """The trades: what is reported again under its id is no other trade."""
        return tuple(self._trades.values())

    @cached_property
    def faults(self) -> tuple[tuple[Event, str], ...]:
        """Lines that cannot be right whatever was simulated, each with the reason."""
        return tuple(self._faults())

    @property
    def inventory(self) -> float:
        """What the trades bought less what they sold [clips]."""
        return math.fsum(SIGN[fill.side] * fill.size for fill in self.fills)

    @property
    def cash(self) -> float:
        """What the trades left, fees paid [price · clip]."""
        return math.fsum(-SIGN[fill.side] * fill.size * fill.price - fill.fee for fill in self.fills)

    @property
    def fees(self) -> float:
        """What the trades cost beside their prices [price · clip]; below 0 where rebates outweigh them."""
        return math.fsum(fill.fee for fill in self.fills)

    def __repr__(self) -> str:
        return f"LiveLog({len(self.events):,} lines, {len(self.orders):,} orders, {len(self.fills):,} trades)"

    def _faults(self) -> Iterator[tuple[Event, str]]:
        sent, filled, orders, trades = set[str](), defaultdict[str, float](float), self.orders, self._trades
        for n, event in enumerate(self.events):
            order = orders.get(event.order)
            if event.event == "order":
                if event.order in sent:
                    yield event, "an order's id is used again"
                sent.add(event.order)
            elif order is None or event.order not in sent:
                yield event, "nobody here sent this order"
            elif event.event == "fill" and n not in trades:
                yield event, TWICE
            elif event.event == "fill":
                filled[event.order] += event.size
                worse = SIGN[event.side] * (event.price - order.price)
                if event.side != order.side:
                    yield event, "it is on the other side than its order"
                elif worse > NOTHING * (1 + abs(order.price)):
                    yield event, "its price is worse than the order's"
                elif filled[event.order] > order.size + NOTHING:
                    yield event, "more is filled than was ordered"
                elif event.time > min(order.cancelled, order.rejected):
                    yield event, "it is filled after its end"


_MOMENTS = {"ack": "acknowledged", "reject": "rejected", "cancel": "cancel_sent", "cancelled": "cancelled"}


def _fault(event: Event, last: float) -> str:
    """Why a line is none, if it is not."""
    if event.event not in EVENTS:
        return f"event must be one of {', '.join(EVENTS)}; got {short(repr(event.event))}"
    if not math.isfinite(event.time) or event.time < last:
        return f"time must be finite and not run backwards; got {event.time:g} after {last:g}"
    if not event.order:
        return "an order needs its id"
    if event.event in ("order", "fill"):
        if event.side not in SIGN:
            return f"side must be bid or ask; got {short(repr(event.side))}"
        if not (math.isfinite(event.price) and 0 < event.size < math.inf and math.isfinite(event.fee)):
            return f"price and fee must be finite and size above 0; got {event.price:g}, {event.fee:g}, {event.size:g}"
    return ""
