"""Day: what a venue recorded, quotes and market orders, whoever wrote it down. `lobster` reads one from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.market.tape import Tape
from mmlab.parameters import FloatArray
from mmlab.table import Summary


class DayError(ValueError):
    """A recorded day that cannot be right; the message says where and why."""


def last_known(time: FloatArray, value: FloatArray, at: ArrayLike) -> FloatArray:
    """What held at the times `at`: the value of the last row not after; NaN before the first row and after the last."""
    at = np.asarray(at, dtype=np.float64)
    row = np.searchsorted(time, at, side="right") - 1
    return np.where((row >= 0) & (at <= time[-1]), value[row], np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class MarketOrders(Summary):
    """Market orders in the order of their times, all arrays of shape (n_orders,)."""

    time: FloatArray
    """[time]"""
    side: FloatArray
    """The aggressor's: +1 bought, −1 sold."""
    size: FloatArray
    """[shares]"""
    price: FloatArray
    """[price] the worst that the order paid or got."""
    mid: FloatArray
    """[price] before the order."""

    @classmethod
    def merged(
        cls, time: FloatArray, side: FloatArray, size: FloatArray, price: FloatArray, mid: FloatArray
    ) -> MarketOrders:
        """The market orders behind executions: those of one time and one side are one order, which swept the book."""
        if len(time) == 0:
            return cls(time, side, size, price, mid)
        ordered = np.lexsort((side, time))
        time, side, size, price, mid = (column[ordered] for column in (time, side, size, price, mid))
        first = np.flatnonzero(np.r_[True, (np.diff(time) > 0) | (np.diff(side) != 0)])
        worst = np.maximum.reduceat(side * price, first) * side[first]
        return cls(time[first], side[first], np.add.reduceat(size, first), worst, mid[first])

    def __len__(self) -> int:
        return len(self.time)

    def where(self, chosen: NDArray[np.bool_]) -> MarketOrders:
        """Those that a mask of shape (n_orders,) picks."""
        return MarketOrders(*(getattr(self, column.name)[chosen] for column in fields(self)))

    @property
    def reach(self) -> FloatArray:
        """How far from the mid each traded [price]: side × (worst price − mid before)."""
        return self.side * (self.price - self.mid)


@dataclass(frozen=True, eq=False, repr=False)
class Day(Summary):
    """The best quotes after each event, and the visible market orders, from time[0] to time[-1].

    A row holds until the next one. Where there is no quoting (a halt) or nothing on a side, its price is NaN and its
    size 0; the mid is NaN then, and that time does not count as observed.

    Parameters
    ----------
    time : array, shape (n_events,)
        [time] not decreasing; LOBSTER's are seconds after midnight.
    bid, ask : array, shape (n_events,)
        [price] bid below ask.
    bid_size, ask_size : array, shape (n_events,)
        [shares]
    market_orders : MarketOrders
        Each with a mid before it.
    left_out : mapping of arrays, optional
        By reason, the times [time] of what was seen and is no market order here.

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

    def __post_init__(self) -> None:
        quotes = ("time", "bid", "ask", "bid_size", "ask_size")
        for table, names in ((self, quotes), (self.market_orders, tuple(f.name for f in fields(MarketOrders)))):
            for name in names:
                column = np.asarray(getattr(table, name), dtype=np.float64).view()
                column.flags.writeable = False
                object.__setattr__(table, name, column)
                if column.shape != table.time.shape or column.ndim != 1:
                    raise DayError(f"Day: time has shape {table.time.shape}, so must {name}; got {column.shape}.")
        if len(self.time) < 2:
            raise DayError(f"Day: a day has at least two rows; got {len(self.time)}.")
        orders = self.market_orders
        require("Day", np.isfinite(self.time), "time must be finite", self.time)
        require("Day", np.diff(self.time, prepend=self.time[0]) >= 0, "time must not run backwards", self.time)
        require("Day", ~(self.bid >= self.ask), "bid must be below ask", self.bid, self.ask)
        require("Day", ~np.isinf(self.bid) & ~np.isinf(self.ask), "an absent side is NaN", self.bid, self.ask)
        for price, size in ((self.bid, self.bid_size), (self.ask, self.ask_size)):
            fits = np.where(np.isnan(price), size == 0, size > 0)
            require("Day", fits, "a size is above 0, and 0 where no price is", size)
        within = (orders.time >= self.time[0]) & (orders.time <= self.time[-1])
        require("Day, order", within, "time must be within the day", orders.time)
        require("Day, order", np.diff(orders.time, prepend=-np.inf) >= 0, "time must not run backwards", orders.time)
        require("Day, order", np.abs(orders.side) == 1, "side must be 1 (bought) or -1 (sold)", orders.side)
        require("Day, order", (orders.size > 0) & np.isfinite(orders.size), "size must be above 0", orders.size)
        for name in ("price", "mid"):
            column = getattr(orders, name)
            require("Day, order", np.isfinite(column), f"{name} must be finite", column)

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
    ) -> Day:
        """A day from any venue's quotes and trades: all that a converter of another format has to call.

        Trades of one time and one side (the aggressor's) become one market order; the mid before it is that of the
        last quote strictly before it, and where there is none the order is left out ("without mid").

        >>> day = Day.from_quotes_and_trades([0, 1, 2], [99, 99, 98], [101, 103, 102], [5, 5, 5], [5, 5, 5],
        ...                                  trade_time=[1, 1], trade_side=[1, 1], trade_size=[5, 2],
        ...                                  trade_price=[101, 102])
        >>> day.market_orders.size, day.market_orders.reach
        (array([7.]), array([2.]))
        """

        def number(column: ArrayLike) -> FloatArray:
            return np.asarray(column, dtype=np.float64)

        quotes = (number(time), number(bid), number(ask), number(bid_size), number(ask_size))
        trades = (number(trade_time), number(trade_side), number(trade_size), number(trade_price))
        for table, kind in ((quotes, "quotes"), (trades, "trades")):
            if len({column.shape for column in table}) > 1 or table[0].ndim != 1:
                raise DayError(f"Day: {kind} must be columns of one length; got {[c.shape for c in table]}.")
        before = np.searchsorted(quotes[0], trades[0], side="left") - 1
        mid = np.where(before >= 0, (quotes[1] + quotes[2])[before] / 2, np.nan) if len(quotes[0]) else trades[0]
        orders = MarketOrders.merged(*trades, mid)
        known = ~np.isnan(orders.mid)
        return cls(*quotes, orders.where(known), {"without mid": orders.time[~known]})

    @property
    def _facts(self) -> dict[str, object]:
        left = {f"left out, {why}": len(times) for why, times in self.left_out.items()}
        span = f"{self.time[0]:.6g} to {self.time[-1]:.6g}, {self.observed:.6g} of it with a mid"
        return {"quotes": len(self.time), "time": span, "market orders": len(self.market_orders), **left}

    @property
    def mid(self) -> FloatArray:
        """(bid + ask) / 2 after each event [price]; NaN where a side is absent."""
        return (self.bid + self.ask) / 2

    @property
    def observed(self) -> float:
        """How long there was a mid [time]."""
        return float(self.clock(self.time[-1]))

    def clock(self, time: ArrayLike) -> FloatArray:
        """How long there was a mid before each `time` [time]: the day's own clock, which halts stop."""
        seen = np.diff(self.time) * ~np.isnan(self.mid[:-1])
        return np.asarray(np.interp(np.asarray(time, dtype=np.float64), self.time, np.r_[0.0, np.cumsum(seen)]))

    def mid_at(self, time: ArrayLike) -> FloatArray:
        """The mid in force at each `time` [price]; NaN outside the day."""
        return last_known(self.time, self.mid, time)

    def between(self, start: float, end: float) -> Day:
        """The part of the day with start ≤ time < end, the quotes in force at its two ends included as rows.

        Parts that share an end share nothing else, and what is observed in them adds up.
        """
        first, last = np.searchsorted(self.time, [start, end])
        rows = np.arange(first, last)
        time = self.time[rows]
        if first > 0:
            rows, time = np.r_[first - 1, rows], np.r_[start, time]
        if last < len(self.time) and last > 0:
            rows, time = np.r_[rows, last - 1], np.r_[time, end]
        if not start < end or len(rows) < 2:
            raise DayError(
                f"There is no day from {start:g} to {end:g}: it runs from {self.time[0]:g} to {self.time[-1]:g}."
            )
        quotes = (self.bid[rows], self.ask[rows], self.bid_size[rows], self.ask_size[rows])
        orders = self.market_orders
        inside = (orders.time >= start) & (orders.time < end)
        left = {why: times[(times >= start) & (times < end)] for why, times in self.left_out.items()}
        return Day(time, *quotes, orders.where(inside), left)

    def tape(self, time_step: float, clip: float) -> Tape:
        """The day as a tape of one path, in steps of `time_step` [time]; `clip` [shares] makes sizes clips.

        Quotes are placed at the mid in force at t_n and stand over (t_n, t_{n+1}]. The buy reach is the worst price of
        the buy orders in that time, or the highest best bid if that is further, less mid[n]: a quote that the other
        side came through is filled, for a clip at least. A step that starts without a mid bears the last one (before
        the first, the first) and reaches −inf: nothing fills. Time starts at 0; what is left of a step is dropped.
        """
        if not (time_step > 0 and clip > 0):
            raise DayError(f"time_step and clip must be above 0; got {time_step:g} and {clip:g}.")
        # Allow the division the last bits, so that a day of whole steps keeps its last one.
        n_steps = int((self.time[-1] - self.time[0]) / time_step * (1 + 1e-12))
        edges = self.time[0] + time_step * np.arange(n_steps + 1)
        if n_steps < 1 or np.isnan(self.mid).all():
            raise DayError(f"A tape needs a mid and a step of {time_step:g} within the day.")
        row = np.searchsorted(self.time, edges, side="right") - 1
        mid = self.mid[row]
        known = np.flatnonzero(~np.isnan(mid))
        if len(known) == 0:
            raise DayError(f"No step of {time_step:g} starts with a mid.")
        quoted = ~np.isnan(mid[:-1])
        mid = mid[known[np.maximum(np.searchsorted(known, np.arange(n_steps + 1), side="right") - 1, 0)]]

        step = np.searchsorted(edges, self.market_orders.time) - 1
        columns = []
        for side, opposite in ((1, self.bid), (-1, -self.ask)):
            chosen = (self.market_orders.side == side) & (step >= 0) & (step < n_steps)
            orders, at = self.market_orders.where(chosen), step[chosen]
            worst = np.full(n_steps, -np.inf)
            np.maximum.at(worst, at, side * orders.price)
            best = np.fmax(np.fmax.reduceat(opposite, row)[:-1], opposite[row[1:]])
            shares = np.bincount(at, orders.size, minlength=n_steps)
            shares = np.where(best > worst, np.maximum(shares, clip), shares)
            columns.append((np.where(quoted, np.fmax(worst, best) - side * mid[:-1], -np.inf), shares / clip))
        (buy_reach, buy_size), (sell_reach, sell_size) = (tuple(c[:, np.newaxis] for c in pair) for pair in columns)
        return Tape(edges - edges[0], mid[:, np.newaxis], buy_reach, sell_reach, buy_size, sell_size)


def require(where: str, holds: NDArray[np.bool_], rule: str, *columns: FloatArray) -> None:
    """Refuse a table at the first of its lines, counted from 1, that breaks a rule."""
    if not holds.all():
        n = int(np.argmin(holds))
        got = " and ".join(f"{column[n]:.15g}" for column in columns)
        raise DayError(f"{where}, line {n + 1}: {rule}; got {got}.")
