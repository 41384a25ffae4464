"""Day: what a venue recorded, quotes and market orders, whoever wrote it down. `lobster` reads one from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.description import hash_of
from mmlab.frozen import frozen
from mmlab.market.columns import DayError, as_seconds, exact, freeze, numbers, require, require_clock
from mmlab.market.market_orders import MarketOrders
from mmlab.market.reach import last_bits
from mmlab.market.steps import tape_in_steps
from mmlab.market.tape import Tape
from mmlab.market.watching import doubt, gaps_closed, last_known, unwatched
from mmlab.parameters import BoolArray, FloatArray
from mmlab.table import Summary

_QUOTES = ("time", "bid", "ask", "bid_size", "ask_size")


@frozen(eq=False, repr=False)
class Day(Summary):
    """The best quotes after each event, and the visible market orders, from time[0] to time[-1].

    A row holds until the next one, but for `stale_after` at most. Where there is no quoting (a halt) or nothing on a
    side, its price is NaN and its size 0; the mid is NaN then, and that time is not watched: it counts nowhere. A
    silence longer than `stale_after` (a gap in the record, a night) is no quoting either: a row of NaN is put in where
    it begins, and orders in it are left out ("in a gap").

    Parameters
    ----------
    time : array, shape (n_events,)
        [s] not decreasing, over at most 10 days: several days may follow each other. LOBSTER's are after midnight.
    bid, ask : array, shape (n_events,)
        [price] bid below ask.
    bid_size, ask_size : array, shape (n_events,)
        [shares]
    market_orders : MarketOrders
        Each with a mid before it.
    left_out : mapping of arrays, optional
        By reason, the times [s] of what was seen and is no market order here.
    stale_after : float
        [s] from when on a row is no news; by default never: a silence is a quiet market.

    Raises
    ------
    DayError
        If the columns do not fit together, or a row breaks one of the rules above.
    """

    time: FloatArray
    bid: FloatArray
    ask: FloatArray
    bid_size: FloatArray
    ask_size: FloatArray
    market_orders: MarketOrders
    left_out: Mapping[str, FloatArray] = field(default_factory=dict)
    stale_after: float = np.inf

    def __post_init__(self) -> None:
        freeze(self, *_QUOTES)
        if len(self.time) < 2:
            raise DayError(f"Day: a day has at least two rows; got {len(self.time)}.")
        if not floats(self.stale_after) > 0:
            raise DayError(f"Day: stale_after must be above 0; got {self.stale_after:g}.")
        require_clock("Day", self.time)
        require("Day", ~(self.bid >= self.ask), "bid must be below ask", self.bid, self.ask)
        require("Day", ~np.isinf(self.bid) & ~np.isinf(self.ask), "an absent side is NaN", self.bid, self.ask)
        for price, size in ((self.bid, self.bid_size), (self.ask, self.ask_size)):
            fits = np.where(np.isnan(price), size == 0, (size > 0) & (size < np.inf))
            require("Day", fits, "a size is above 0, and 0 where no price is, which is written NaN", price, size)
        when, mid = self.market_orders.time, self.market_orders.mid
        within = (when >= self.time[0]) & (when <= self.time[-1])
        require("Day, order", within, "time must be within the day", when)
        require("Day, order", np.isfinite(mid), "mid must be finite", mid)
        if changes := gaps_closed(self):
            for name, column in changes.items():
                object.__setattr__(self, name, column)
            freeze(self, *_QUOTES)

    @classmethod
    def from_quotes_and_trades(
        cls,
        time: ArrayLike,
        bid: ArrayLike,
        ask: ArrayLike,
        bid_size: ArrayLike,
        ask_size: ArrayLike,
        trade_time: ArrayLike,
        trade_side: ArrayLike,
        trade_size: ArrayLike,
        trade_price: ArrayLike,
        stale_after: float = np.inf,
    ) -> Day:
        """A day from any venue's quotes and trades: all that a converter of another format has to call.

        Trades of one time and one side (the aggressor's) become one market order; the mid before it is that of the
        last quote strictly before it, and where there is none the order is left out ("without mid"). So are orders that
        traded on the other side of that mid, buys below and sales above it; a day on which they are more than one in
        ten (and more than five) is refused, as its signs are wrong or its quotes late.

        Times are seconds, or datetime64, which become seconds after the first one's midnight. Prices may be below 0.
        Where a side is absent its price is NaN and its size 0 (not 0 or −1). What a converter does with the rest:

        - A locked or crossed row, bid ≥ ask, is refused. It is often one of several of one time: keep the last of them.
          If the book was crossed, write NaN and 0 on both sides: nobody knows a mid.
        - Trades are in order of time, those of both sides in one list; a time that goes back is refused.
        - A trade after the last quote is refused too. Repeat the last quote at the end of the record if it was in force
          till then, or leave the trade out.
        - A session's end, a night, a lost connection: give `stale_after` [s], from when on quotes are no news, or a row
          of NaN where quoting ends. Else the silence counts as a quiet market.

        >>> day = Day.from_quotes_and_trades([0, 1, 2], [99, 99, 98], [101, 103, 102], [5, 5, 5], [5, 5, 5],
        ...                                  trade_time=[1, 1], trade_side=[1, 1], trade_size=[5, 2],
        ...                                  trade_price=[101, 102])
        >>> day.market_orders.size, day.market_orders.reach
        (array([7.]), array([2.]))
        """
        time, trade_time = as_seconds(time, trade_time)
        sizes = numbers("bid_size", bid_size), numbers("ask_size", ask_size)
        quotes = (time, numbers("bid", bid), numbers("ask", ask), *sizes)
        sold = numbers("trade_size", trade_size), numbers("trade_price", trade_price)
        trades = (trade_time, numbers("trade_side", trade_side), *sold)
        for table, kind in ((quotes, "quotes"), (trades, "trades")):
            if len({column.shape for column in table}) > 1 or table[0].ndim != 1:
                raise DayError(f"Day: {kind} must be columns of one length; got {[c.shape for c in table]}.")
        require_clock("Day, trades (in order of time)", trade_time)
        before = np.searchsorted(quotes[0], trades[0], side="left") - 1
        mid = np.where(before >= 0, (quotes[1] + quotes[2])[before] / 2, np.nan) if len(quotes[0]) else trades[0]
        orders = MarketOrders.merged(*trades, mid)
        has_mid = ~np.isnan(orders.mid)
        day = cls(*quotes, orders.where(has_mid), {"without mid": orders.time[~has_mid]}, stale_after)
        orders = day.market_orders
        wrong = orders.reach < -last_bits(orders.price, orders.mid)
        if wrong.sum() > max(5, len(orders) / 10):  # of a few, quotes may be a little late
            raise DayError(
                f"Day: {wrong.sum()} of {len(orders)} market orders traded on the wrong side of the mid before them, "
                f"the first of them at {exact(orders.time[wrong][0])}: are the signs those of the aggressor (buyer 1, "
                "seller -1), and are quotes on the same clock as trades?"
            )
        left_out = {**day.left_out, "on the wrong side of the mid": orders.time[wrong]}
        return replace(day, market_orders=orders.where(~wrong), left_out=left_out) if wrong.any() else day

    @property
    def mid(self) -> FloatArray:
        """(bid + ask) / 2 after each event [price]; NaN where a side is absent."""
        return (self.bid + self.ask) / 2

    @property
    def hash(self) -> str:
        """The SHA-256 of its quotes and market orders, by which a record names the day that was traded on."""
        quotes = {name: getattr(self, name) for name in _QUOTES}
        orders = {f"order {column.name}": getattr(self.market_orders, column.name) for column in fields(MarketOrders)}
        return hash_of(quotes | {"stale_after": np.asarray(float(self.stale_after))} | orders)

    @property
    def observed(self) -> float:
        """How long the market was watched, with quotes known on both sides [s]."""
        return float(self.clock(self.time[-1]))

    @property
    def unwatched(self) -> FloatArray:
        """From when and until when there was no mid [s], shape (n, 2): halts, absent sides and gaps."""
        return unwatched(self.time, self.mid)

    @property
    def doubt(self) -> str:
        """Why the market may have been shut in a silence, if nobody gave `stale_after`; empty if nothing says so."""
        return doubt(self.time, self.mid) if self.stale_after == np.inf else ""

    def require_no_doubt(self) -> None:
        """Refuse to say what a quote would have met, as long as it is in doubt when the market was open."""
        if self.doubt:
            raise DayError(f"The day has {self.doubt}.")

    @property
    def _facts(self) -> dict[str, object]:
        dark, waits = np.diff(self.unwatched), np.diff(self.time)
        low = int(((self.bid <= 0) | (self.ask <= 0)).sum())
        return {
            "quotes": f"{len(self.time):,}",
            "time": f"{self.time[0]:.9g} to {self.time[-1]:.9g} s",
            "watched": f"{self.observed:,.1f} s",
            "not watched": f"{dark.sum():,.1f} s, {dark.max(initial=0):,.1f} at once",
            "longest silence": f"{waits.max():,.1f} s",
            "market orders": f"{len(self.market_orders):,}",
            **{f"left out: {why}": f"{len(times):,}" for why, times in self.left_out.items()},
            **({"rows with a price at or below 0, taken": f"{low:,}"} if low else {}),
        }

    def clock(self, time: ArrayLike) -> FloatArray:
        """How long there was a mid before each `time` [s]: the day's own clock, which halts and gaps stop."""
        watched = np.diff(self.time) * ~np.isnan(self.mid[:-1])
        return np.asarray(np.interp(floats(time), self.time, np.r_[0.0, np.cumsum(watched)]))

    def mid_at(self, time: ArrayLike) -> FloatArray:
        """The mid in force at each `time` [price]; NaN outside the day."""
        return last_known(self.time, self.mid, time)

    def watched(self, start: ArrayLike, end: ArrayLike) -> BoolArray:
        """Whether there was a mid from each `start` to its `end` [s] all the time, but for moments of no length."""
        began, ended = np.searchsorted(self.unwatched[:, 0], end), np.searchsorted(self.unwatched[:, 1], start, "right")
        return np.asarray((began == ended) & (start >= self.time[0]) & (end <= self.time[-1]))

    def between(self, start: float, end: float) -> Day:
        """The part of the day with start ≤ time < end, the quotes in force at its two ends included as rows.

        Parts that share an end share nothing else, and what is observed in them adds up.
        """
        start, end = float(start), float(end)
        first, last = np.searchsorted(self.time, [start, end])
        rows = np.arange(max(first - 1, 0), last)
        time = np.maximum(self.time[rows], start)
        if 0 < last < len(self.time):
            rows, time = np.append(rows, last - 1), np.append(time, end)
        if not start < end or len(rows) < 2:
            span = f"{exact(self.time[0])} to {exact(self.time[-1])}"
            raise DayError(f"There is no day from {exact(start)} to {exact(end)}: it runs from {span}.")
        quotes = {name: getattr(self, name)[rows] for name in _QUOTES} | {"time": time}
        orders = self.market_orders
        inside = (orders.time >= start) & (orders.time < end)
        left = {why: times[(times >= start) & (times < end)] for why, times in self.left_out.items()}
        return replace(self, market_orders=orders.where(inside), left_out=left, **quotes)

    def tape(self, time_step: float, clip: float) -> Tape:
        """The day as a tape of one path, in steps of `time_step` [s]; `clip` [shares] makes sizes clips.

        Quotes are placed at the mid in force at t_n and stand over (t_n, t_{n+1}]. The buy reach is the worst price of
        the buy orders in that time, or the highest best bid if that is further, less mid[n]: a quote that the other
        side came through is filled, for a clip at least. A step that starts without a mid bears the last one (before
        the first, the first) and reaches −inf: nothing fills. Time starts at 0; what is left of a step is dropped.

        Raises
        ------
        DayError, ParameterError
            If a number is not above 0, a silence is in doubt (`doubt`), no step starts with a mid, or the steps would
            need too much memory.
        """
        return tape_in_steps(self, time_step, clip)
