"""Day: what a venue recorded, quotes and market orders, whoever wrote it down. `lobster` reads one from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.description import hash_of
from mmlab.market.columns import DayError as DayError
from mmlab.market.columns import as_seconds, count_steps, exact, numbers, require, require_clock, seconds
from mmlab.market.market_orders import MarketOrders as MarketOrders
from mmlab.market.reach import last_bits, reach_columns
from mmlab.market.tape import Tape
from mmlab.market.watching import doubt, last_known, unwatched
from mmlab.parameters import BoolArray, FloatArray, check_number
from mmlab.table import Summary

WRONG_SIDE = 0.1
"""Part of the market orders that may trade on the wrong side of the mid: quotes may be a little late."""


@dataclass(frozen=True, eq=False, repr=False)
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
        quotes = ("time", "bid", "ask", "bid_size", "ask_size")
        for table, names in ((self, quotes), (self.market_orders, tuple(f.name for f in fields(MarketOrders)))):
            for name in names:
                given = getattr(table, name)
                column = (seconds if name == "time" else numbers)(name, given).view()
                column.flags.writeable = False
                object.__setattr__(table, name, column)
                if column.shape != table.time.shape or column.ndim != 1:
                    raise DayError(f"Day: time has shape {table.time.shape}, so must {name}; got {column.shape}.")
        if len(self.time) < 2:
            raise DayError(f"Day: a day has at least two rows; got {len(self.time)}.")
        orders = self.market_orders
        if not floats(self.stale_after) > 0:
            raise DayError(f"Day: stale_after must be above 0; got {self.stale_after:g}.")
        require_clock("Day", self.time)
        require("Day", ~(self.bid >= self.ask), "bid must be below ask", self.bid, self.ask)
        require("Day", ~np.isinf(self.bid) & ~np.isinf(self.ask), "an absent side is NaN", self.bid, self.ask)
        for price, size in ((self.bid, self.bid_size), (self.ask, self.ask_size)):
            fits = np.where(np.isnan(price), size == 0, (size > 0) & (size < np.inf))
            require("Day", fits, "a size is above 0, and 0 where no price is, which is written NaN", price, size)
        within = (orders.time >= self.time[0]) & (orders.time <= self.time[-1])
        require("Day, order", within, "time must be within the day", orders.time)
        require_clock("Day, order", orders.time)
        require("Day, order", np.abs(orders.side) == 1, "side must be 1 (bought) or -1 (sold)", orders.side)
        require("Day, order", (orders.size > 0) & np.isfinite(orders.size), "size must be above 0", orders.size)
        for name in ("price", "mid"):
            column = getattr(orders, name)
            require("Day, order", np.isfinite(column), f"{name} must be finite", column)
        self._close_gaps()

    def _close_gaps(self) -> None:
        """Put a row of NaN where a row goes stale, and leave out the orders that came after that."""
        apart = np.diff(self.time) - self.stale_after
        gaps = np.flatnonzero((apart > last_bits(self.time[1:])) & ~np.isnan(self.mid[:-1]))
        if not len(gaps):
            return
        orders, stale = self.market_orders, self.time[gaps] + self.stale_after
        row = np.searchsorted(self.time, orders.time) - 1
        unseen = np.isin(row, gaps) & (orders.time > (self.time + self.stale_after)[row])
        left = np.sort(np.append(self.left_out.get("in a gap", []), orders.time[unseen]))
        changes: dict[str, Any] = {
            "market_orders": orders.where(~unseen),
            "left_out": {**self.left_out, "in a gap": left},
        }
        for name, value in (("time", stale), ("bid", np.nan), ("ask", np.nan), ("bid_size", 0.0), ("ask_size", 0.0)):
            changes[name] = np.insert(getattr(self, name), gaps + 1, value)
        self.__dict__.update(changes)
        self.__post_init__()

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
        if wrong.sum() > max(5, WRONG_SIDE * len(orders)):
            raise DayError(
                f"Day: {wrong.sum()} of {len(orders)} market orders traded on the wrong side of the mid before them, "
                f"the first of them at {exact(orders.time[wrong][0])}: are the signs those of the aggressor (buyer 1, "
                "seller -1), and are quotes on the same clock as trades?"
            )
        if not wrong.any():
            return day
        left_out = {**day.left_out, "on the wrong side of the mid": orders.time[wrong]}
        return replace(day, market_orders=orders.where(~wrong), left_out=left_out)

    @property
    def mid(self) -> FloatArray:
        """(bid + ask) / 2 after each event [price]; NaN where a side is absent."""
        return (self.bid + self.ask) / 2

    @property
    def hash(self) -> str:
        """The SHA-256 of its quotes and market orders, by which a record names the day that was traded on."""
        tables = (("", self), ("order ", self.market_orders))
        columns = ((f"{of}{f.name}", getattr(table, f.name)) for of, table in tables for f in fields(table))
        return hash_of({name: np.asarray(told) for name, told in columns if isinstance(told, np.ndarray | float)})

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
        """What the day holds, what was not watched, and what was left out."""
        dark, waits = np.diff(self.unwatched), np.diff(self.time)
        low = int(((self.bid <= 0) | (self.ask <= 0)).sum())
        facts: dict[str, object] = {
            "quotes": f"{len(self.time):,}",
            "time": f"{self.time[0]:.9g} to {self.time[-1]:.9g} s",
            "watched": f"{self.observed:,.1f} s",
            "not watched": f"{dark.sum():,.1f} s, {dark.max(initial=0):,.1f} at once",
            "longest silence": f"{waits.max():,.1f} s",
            "market orders": f"{len(self.market_orders):,}",
        }
        facts |= {f"left out: {why}": f"{len(times):,}" for why, times in self.left_out.items()}
        return facts | ({"rows with a price at or below 0, taken": f"{low:,}"} if low else {})

    def clock(self, time: ArrayLike) -> FloatArray:
        """How long there was a mid before each `time` [s]: the day's own clock, which halts and gaps stop."""
        seen = np.diff(self.time) * ~np.isnan(self.mid[:-1])
        return np.asarray(np.interp(floats(time), self.time, np.r_[0.0, np.cumsum(seen)]))

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
        rows = np.arange(first, last)
        time = self.time[rows]
        if first > 0:
            rows, time = np.r_[first - 1, rows], np.r_[start, time]
        if last < len(self.time) and last > 0:
            rows, time = np.r_[rows, last - 1], np.r_[time, end]
        if not start < end or len(rows) < 2:
            first, last = exact(self.time[0]), exact(self.time[-1])
            raise DayError(f"There is no day from {exact(start)} to {exact(end)}: it runs from {first} to {last}.")
        quotes = (self.bid[rows], self.ask[rows], self.bid_size[rows], self.ask_size[rows])
        orders = self.market_orders
        inside = (orders.time >= start) & (orders.time < end)
        left = {why: times[(times >= start) & (times < end)] for why, times in self.left_out.items()}
        return Day(time, *quotes, orders.where(inside), left, self.stale_after)

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
        time_step = check_number("time_step", time_step, "s", above=0)
        clip = check_number("clip", clip, "shares", above=0)
        self.require_no_doubt()
        # A step's start stands for the last bits after it too, so that what bears that time counts as of it.
        bits = float(last_bits(self.time[-1])) + 1e-9 * time_step
        n_steps = count_steps("A tape", self.time[-1] - self.time[0] + bits, time_step, 16 * 8)
        edges = self.time[0] + time_step * np.arange(n_steps + 1)
        if n_steps < 1 or np.isnan(self.mid).all():
            raise DayError(f"A tape needs a mid and a step of {time_step:g} within the day.")
        row = np.searchsorted(self.time, edges + bits, side="right") - 1
        mid = self.mid[row]
        known = np.flatnonzero(~np.isnan(mid))
        if len(known) == 0:
            raise DayError(f"No step of {time_step:g} starts with a mid.")
        quoted = ~np.isnan(mid[:-1])
        mid = mid[known[np.maximum(np.searchsorted(known, np.arange(n_steps + 1), side="right") - 1, 0)]]
        step = np.searchsorted(edges + bits, self.market_orders.time) - 1
        happened = reach_columns(self, row, step, mid[:-1], quoted, clip)
        how = {"time_step": float(time_step), "clip": float(clip)}
        return Tape(edges - edges[0], mid[:, np.newaxis], *happened).coming_from({"day": self.hash, "in_steps": how})
