"""Desk: a model and what stands between its quotes and the market, step by step."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of
from mmlab.desk.limiters import answer, asks
from mmlab.desk.market_data import MarketData
from mmlab.desk.permission import Mode, Permission, Reason, strictest
from mmlab.desk.pnl_limits import PnLLimiter
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer, elapsed
from mmlab.desk.reconciliation import reconcile, taken, worst_asked
from mmlab.desk.state import changed
from mmlab.desk.tape_venue import TapeVenue, TradingVenue
from mmlab.desk.venue import Fills, Venue
from mmlab.models.model import Model, SignalModel, takes_signal
from mmlab.parameters import BoolArray, FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import CASH, INVENTORY, VOLATILITY

_SEEN_AT_START = ("n_paths", "equity", "volatility")
_SEEN = ("time", "mid_price", "inventory", "cash", "volatility")


@dataclass(frozen=True, eq=False)
class DeskState:
    """What a desk remembers of each path: arrays of shape (n_paths,), and the states of its parts.

    `inventory` [clips], `cash` [price · clip], the venue's `orders`, when the timer last refreshed (`clock` [time]) and
    a state for each limiter, None before the first step. Of a venue that is not ours, the worst price `asked` of each
    order, and whether it did what was not asked for, which halts until a reset (`broken`).
    """

    inventory: FloatArray
    cash: FloatArray
    orders: Any
    clock: FloatArray | None
    limits: tuple[Any, ...] | None = None
    asked: FloatArray | float = np.nan
    broken: BoolArray | bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one step did; arrays of shape (n_paths,).

    `refreshed` and `accepted` may be True for all. `flattened` is what was given up at a halt [clips], positive where
    sold, and `flatten_cost` what that cost [price · clip].
    """

    refreshed: BoolArray | bool
    permission: Permission
    accepted: BoolArray | bool
    flattened: FloatArray | float
    flatten_cost: FloatArray | float
    fills: Fills


@validated
class Desk:
    """Model → aggressiveness → sizing → timing → limits → venue; a stage that is None leaves things as they are.

    Without a timer the quotes are refreshed at every step. A step is `calculate`, `check` and `trade`, each from a
    state to the next: `MarketMakingPipeline` does them in turn, and `simulate` on a tape. Other fields than σ:

    model : Model | SignalModel
        Whose quotes they are.
    aggressiveness, sizer, timer : QuoteAggressiveness, QuoteSizer, QuoteTimer, optional
        Widen the quotes, size them (the model's own sizes then do not count), let them rest.
    limits : limiter or tuple of limiters
        Forbid them: what the strictest permits is left of the new and of what rests. A limiter has `start`, which
        returns a state, and `step(state, ...)`, which returns a state and a Permission. They are given by name what
        they ask for: `start` n_paths, equity [price · clip] and the volatility that the desk expects, `step` the time,
        mid_price, inventory, cash and the measured volatility, of shape (n_paths,).
    venue : Venue
        Where they rest: tick, fee and latencies; all 0 by default.
    """

    model: Model | SignalModel = dataclasses.field()
    volatility: float | None = parameter(VOLATILITY, default=None, description="What timer and aggressiveness expect.")
    aggressiveness: QuoteAggressiveness | None = None
    sizer: QuoteSizer | None = None
    timer: QuoteTimer | None = None
    limits: Any = ()
    venue: Venue = Venue()

    def __post_init__(self) -> None:
        kinds = {"aggressiveness": QuoteAggressiveness, "sizer": QuoteSizer, "timer": QuoteTimer, "venue": Venue}
        for name, kind in kinds.items():
            given = getattr(self, name)
            if not isinstance(given, kind) and (given is not None or kind is Venue):
                raise ParameterError(f"Desk: {name} must be a {kind.__name__}; got {given!r}.")
        if not callable(getattr(self.model, "quotes", None)) or isinstance(self.model, type):
            raise ParameterError(f"Desk: model must have quotes(mid_price, inventory, time_left); got {self.model!r}.")
        limits = () if self.limits is None else self.limits if isinstance(self.limits, tuple) else (self.limits,)
        object.__setattr__(self, "limits", limits)
        expects = any("volatility" in starts for starts, _ in self._asked)
        if self.volatility is None and (self.timer or self.aggressiveness or expects):
            raise ParameterError("Desk: a timer and an aggressiveness need the volatility (σ), and so may a limit.")

    @functools.cached_property
    def flattens(self) -> bool:
        """Whether a limit gives up the inventory when it halts."""
        return any(getattr(limit, "on_halt", "hold") == "flatten" for limit in self.limits)

    @functools.cached_property
    def _looks(self) -> bool:
        """Whether the model asks for a signal."""
        return takes_signal(self.model.quotes)

    @functools.cached_property
    def _asked(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """What each limiter's start and step ask for."""
        return [(asks(limit, "start", _SEEN_AT_START), asks(limit, "step", _SEEN)) for limit in self.limits]

    def quotes(
        self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike, volatility: ArrayLike, **seen: ArrayLike
    ) -> Quotes:
        """What the desk would like to show now, in whole ticks, before timing and limits.

        Broadcasts over `mid_price` [price], `inventory` [clips], `time_left` [time] and `volatility` [price/√time];
        a `signal` [price/time] is handed to the model.
        """
        quotes = self.model.quotes(mid_price, inventory, time_left, **seen)
        if not isinstance(quotes, Quotes):
            raise ParameterError(f"Desk: the model must return Quotes; it returned {type(quotes).__name__}.")
        shape, fits = quotes.shape, np.broadcast(mid_price, inventory, time_left, volatility, *seen.values()).shape
        if len(shape) > len(fits) or any(n not in (1, m) for n, m in zip(shape[::-1], fits[::-1], strict=False)):
            raise ParameterError(f"Desk: the model's quotes have shape {shape}; they must broadcast to {fits}.")
        if self.aggressiveness is not None:
            eager = self.aggressiveness.calculate_aggressiveness
            steady = isinstance(volatility, float)
            a = self._again(eager, inventory, volatility) if steady else eager(inventory, volatility)
            quotes = self.aggressiveness.widen(quotes, a)
        if self.sizer is not None:
            bid_size, ask_size = self._again(self.sizer.calculate_quote_size, inventory)
            bid_there, ask_there = (bid_size > 0) & (quotes.bid_size > 0), (ask_size > 0) & (quotes.ask_size > 0)
            quotes = Quotes.unchecked(
                np.where(bid_there, quotes.bid_price, np.nan),
                np.where(ask_there, quotes.ask_price, np.nan),
                bid_size * bid_there,
                ask_size * ask_there,
            )
        return quotes.rounded(self.venue.tick)

    def start(self, n_paths: int, venue: TradingVenue, *, inventory: float = 0.0, cash: float = 0.0) -> DeskState:
        """The state before the first step, with this inventory [clips] and cash [price · clip] on every path."""
        held, account = np.full(n_paths, INVENTORY.check(inventory)), np.full(n_paths, CASH.check(cash))
        return DeskState(held, account, venue.start(n_paths), self.timer.start(n_paths) if self.timer else None)

    def calculate(
        self, state: DeskState, data: MarketData, time_left: float
    ) -> tuple[DeskState, Quotes, BoolArray | bool]:
        """What the desk would like to show: new quotes where it refreshes, elsewhere what rests; and where it does."""
        seen = {} if data.signal is None or not self._looks else {"signal": data.signal}
        if self._looks and not seen:
            raise ParameterError("The desk's model asks for a signal and the market data has none.")
        sigma, timer, clock = self._volatility(data), self.timer, state.clock
        if timer is not None and clock is not None:
            old_enough = elapsed(data.time, clock) >= timer.min_quote_time
            if not np.count_nonzero(old_enough):  # whatever the quotes were, none would be replaced
                return state, state.orders.wanted, old_enough
        state.inventory.flags.writeable = False  # a model that counts in place would count twice
        quotes = self.quotes(data.mid_price, state.inventory, time_left, sigma, **seen)
        if timer is None or clock is None:
            return state, quotes, True
        rests = state.orders.wanted
        clock, refreshed = timer.step(clock, data.time, data.mid_price, quotes, rests, sigma)
        if not all_of(refreshed):
            quotes = _where(refreshed, quotes, rests)
        return changed(state, clock=clock), quotes, refreshed

    def check(self, state: DeskState, data: MarketData, quotes: Quotes) -> tuple[DeskState, Quotes, Permission]:
        """What the limits leave of some quotes, in whole lots; and what they permit."""
        halted = np.count_nonzero(state.broken)
        if not (self.limits or halted):
            return state, quotes, Permission()
        mid, q, before = data.mid_price, state.inventory, state.limits
        if before is None:
            with np.errstate(invalid="ignore"):
                equity = state.cash + np.where(q == 0, 0.0, q * mid)
            known = dict(zip(_SEEN_AT_START, (len(mid), equity, self.volatility), strict=True))
            before = tuple(
                limit.start(**{name: known[name] for name in names})
                for limit, (names, _) in zip(self.limits, self._asked, strict=True)
            )
        seen = dict(zip(_SEEN, (data.time, mid, q, state.cash, self._volatility(data)), strict=True))
        answers = [
            answer(limit, limit.step(memory, **{name: seen[name] for name in names}), mid.shape)
            for limit, memory, (_, names) in zip(self.limits, before, self._asked, strict=True)
        ]
        permission = strictest(*(permission for _, permission in answers))
        if halted:
            stop = Permission(mode=state.broken * Mode.HALT, reason=state.broken * Reason.VENUE)
            permission = strictest(permission, stop)
        # A venue takes what still fills of an older order off the new one: it needs no room besides.
        left = permission.apply(quotes, mid, q)
        if left is not quotes and self.sizer is not None:
            bid, bid_size = self._in_lots(left.bid_price, left.bid_size, quotes.bid_size)
            ask, ask_size = self._in_lots(left.ask_price, left.ask_size, quotes.ask_size)
            left = Quotes.unchecked(bid, ask, bid_size, ask_size)
        return changed(state, limits=tuple(memory for memory, _ in answers)), left, permission

    def trade(
        self, state: DeskState, data: MarketData, quotes: Quotes, venue: TradingVenue
    ) -> tuple[DeskState, tuple[Any, FloatArray, FloatArray, Fills]]:
        """Send the quotes, give up at a halt what no order can unwind any more, and book what the venue fills.

        Returns the state with `accepted`, `flattened`, `flatten_cost` and `fills`, as in an `Outcome`. What a venue
        answers is checked, unless it is a tape, where nothing else can fill: see `reconcile`.
        """
        ours, asked, broken = type(venue) is TapeVenue, state.asked, state.broken
        sent = venue.submit(state.orders, quotes, data)
        orders, accepted = sent if ours else taken(sent, data.n_paths)
        if not ours:
            asked = worst_asked(asked, state.orders, orders, data.n_paths)
        cash, q, cost = state.cash, state.inventory, np.zeros(())
        for limit, memory in zip(self.limits, state.limits or (), strict=False) if self.flattens else ():
            if isinstance(limit, PnLLimiter) and np.count_nonzero(memory.halt.mode):
                cash, q, paid = limit.flatten(memory.halt, cash, q, data.mid_price, *orders.working)
                cost = cost + paid
        flattened = state.inventory - q if self.flattens else cost
        crossing = (self.venue.taker_fee or 0.0) * np.abs(flattened)
        if ours:
            orders, fills = venue.advance(orders, data)
        else:
            orders, fills, beyond = reconcile(venue.advance(orders, data), orders, np.asarray(asked))
            broken = beyond | broken
        if np.count_nonzero(fills.fill):
            paid, got = np.where(fills.fill > 0, fills.price, 0.0) * fills.fill
            q, cash = q + fills.fill[0] - fills.fill[1], cash + got - paid - fills.fee
        elif np.count_nonzero(fills.fee):
            cash = cash - fills.fee
        if np.count_nonzero(crossing):
            cash, fills = cash - crossing, changed(fills, fee=fills.fee + crossing)
        after = changed(state, inventory=q, cash=cash, orders=orders, asked=asked, broken=broken)
        return after, (accepted, flattened, cost, fills)

    def new_day(self, state: DeskState, mid_price: FloatArray) -> DeskState:
        """A day's boundary at this mid [price], shape (n_paths,): what limits count by the day starts anew."""
        with np.errstate(over="raise", invalid="raise"):
            equity = state.cash + state.inventory * mid_price
        return self._tell(state, "new_day", equity)

    def reset(self, state: DeskState, paths: ArrayLike = True) -> DeskState:
        """Lift what halts the `paths` (a mask) until somebody says so; still in breach, the next step halts again."""
        state = changed(state, broken=state.broken & ~np.asarray(paths, dtype=bool))
        return self._tell(state, "reset", paths)

    def _in_lots(self, price: FloatArray, size: FloatArray, uncut: FloatArray) -> tuple[FloatArray, FloatArray]:
        """A side in whole lots where it has been cut."""
        assert self.sizer is not None
        if len(cut := np.flatnonzero(size < uncut)):
            price, size = price.copy(), size.copy()
            size[cut] = lots = self.sizer.in_lots(size[cut])
            price[cut[lots == 0]] = np.nan
        return price, size

    def _again(self, function: Callable[..., Any], inventory: ArrayLike, *others: Any) -> Any:
        """What a function of the inventory says, kept for the next step: most fill nothing, in one market.

        Only for the same array, on which nobody can write, and the same other numbers.
        """
        kept = self.__dict__.setdefault("_kept", {})
        held, known, said = kept.get(function.__name__, (None, (), None))
        if held is not inventory or known != others:
            said = function(inventory, *others)
            if isinstance(inventory, np.ndarray) and not inventory.flags.writeable:
                kept[function.__name__] = (inventory, others, said)
        return said

    def _tell(self, state: DeskState, what: str, said: Any) -> DeskState:
        """The state after the limits that have such a method have been told."""
        told = (
            getattr(limit, what)(memory, said) if hasattr(limit, what) else memory
            for limit, memory in zip(self.limits, state.limits or (), strict=bool(state.limits))
        )
        return changed(state, limits=tuple(told) or None)

    def _volatility(self, data: MarketData) -> Any:
        """As measured, or as expected."""
        if data.volatility is None:
            return np.nan if self.volatility is None else self.volatility
        return data.volatility


def _where(chosen: BoolArray, then: Quotes, otherwise: Quotes) -> Quotes:
    """`then` on the paths that are chosen, elsewhere `otherwise`."""
    names = ("bid_price", "ask_price", "bid_size", "ask_size")
    return Quotes.unchecked(*(np.where(chosen, getattr(then, name), getattr(otherwise, name)) for name in names))
