"""Desk: a model and what stands between its quotes and the market, step by step."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of
from mmlab.desk.desk_state import DeskState
from mmlab.desk.limiters import DeskView, check_limiter, flatten_all, start_all, step_all, tell_all
from mmlab.desk.market_data import MarketData
from mmlab.desk.permission import Mode, Permission, Reason, absent_where_empty, strictest
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer, elapsed
from mmlab.desk.reconciliation import reconcile, taken, worst_requested
from mmlab.desk.state import changed, chosen
from mmlab.desk.tape_venue import TapeVenue, TradingVenue
from mmlab.desk.venue import Fills, Venue
from mmlab.models.model import Model, SignalModel, takes_signal
from mmlab.parameters import BoolArray, FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import CASH, INVENTORY, VOLATILITY


@validated
class Desk:
    """Model → aggressiveness → sizing → timing → limits → venue; a stage that is None leaves things as they are.

    Without a timer the quotes are refreshed at every step. A step is `calculate`, `check` and `trade`, each from a
    state to the next: `MarketMakingPipeline` does them in turn, and `simulate` on a tape. Other fields than σ:

    model : Model | SignalModel
        Whose quotes they are.
    aggressiveness, sizer, timer : QuoteAggressiveness, QuoteSizer, QuoteTimer, optional
        Widen the quotes, size them (the model's own sizes then do not count), let them rest.
    limits : Limiter or tuple of Limiters
        Forbid them: what the strictest permits is left of the new and of what rests.
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
        if self.volatility is None and (self.timer or self.aggressiveness):
            raise ParameterError("Desk: a timer and an aggressiveness need the volatility (σ), and so may a limit.")
        for limit in limits:
            check_limiter(limit, self.volatility)

    @property
    def flattens(self) -> bool:
        """Whether a limit gives up the inventory when it halts."""
        return any(getattr(limit, "flatten", None) is not None for limit in self.limits)

    def quotes(
        self,
        mid_price: ArrayLike,
        inventory: ArrayLike,
        time_left: ArrayLike,
        volatility: ArrayLike,
        *,
        aggressiveness: FloatArray | None = None,
        sizes: tuple[FloatArray, FloatArray] | None = None,
        **signal: ArrayLike,
    ) -> Quotes:
        """What the desk would like to show now, in whole ticks, before timing and limits.

        Broadcasts over `mid_price` [price], `inventory` [clips], `time_left` [time] and `volatility` [price/√time];
        a `signal` [price/time] is handed to the model. What is known already of `aggressiveness` and `sizes` is taken.
        """
        quotes = self.model.quotes(mid_price, inventory, time_left, **signal)
        if not isinstance(quotes, Quotes):
            raise ParameterError(f"Desk: the model must return Quotes; it returned {type(quotes).__name__}.")
        shape, fits = quotes.shape, np.broadcast(mid_price, inventory, time_left, volatility, *signal.values()).shape
        if len(shape) > len(fits) or any(n not in (1, m) for n, m in zip(shape[::-1], fits[::-1], strict=False)):
            raise ParameterError(f"Desk: the model's quotes have shape {shape}; they must broadcast to {fits}.")
        if self.aggressiveness is not None:
            if aggressiveness is None:
                aggressiveness = self.aggressiveness.calculate_aggressiveness(inventory, volatility)
            quotes = self.aggressiveness.widen(quotes, aggressiveness)
        if self.sizer is not None:
            bid_size, ask_size = self.sizer.calculate_quote_size(inventory) if sizes is None else sizes
            bid_size, ask_size = bid_size * (quotes.bid_size > 0), ask_size * (quotes.ask_size > 0)
            quotes = absent_where_empty(quotes.bid_price, quotes.ask_price, bid_size, ask_size)
        return quotes.rounded(self.venue.tick)

    def start(self, n_paths: int, venue: TradingVenue, *, inventory: float = 0.0, cash: float = 0.0) -> DeskState:
        """The state before the first step, with this inventory [clips] and cash [price · clip] on every path."""
        held, account = np.full(n_paths, INVENTORY.check(inventory)), np.full(n_paths, CASH.check(cash))
        clock = self.timer.start(n_paths) if self.timer else None
        return DeskState(held, account, venue.start(n_paths), clock, takes_signal=takes_signal(self.model.quotes))

    def calculate(
        self, state: DeskState, data: MarketData, time_left: float
    ) -> tuple[DeskState, Quotes, BoolArray | bool]:
        """What the desk would like to show: new quotes where it refreshes, elsewhere what rests; and where it does."""
        signal: dict[str, Any] = {"signal": data.signal} if state.takes_signal else {}
        if state.takes_signal and data.signal is None:
            raise ParameterError("The desk's model asks for a signal and the market data has none.")
        sigma, timer, clock = self._volatility(data), self.timer, state.clock
        if timer is not None and clock is not None:
            old_enough = elapsed(data.time, clock) >= timer.min_quote_time
            if not np.count_nonzero(old_enough):  # whatever the quotes were, none would be replaced
                return state, state.orders.requested, old_enough
        state.inventory.flags.writeable = False  # a model that counts in place would count twice
        if self.aggressiveness is not None and data.volatility is None and state.aggressiveness is None:
            state = changed(state, aggressiveness=self.aggressiveness.calculate_aggressiveness(state.inventory, sigma))
        if self.sizer is not None and state.sizes is None:
            state = changed(state, sizes=self.sizer.calculate_quote_size(state.inventory))
        eager = state.aggressiveness if data.volatility is None else None
        inventory, sizes = state.inventory, state.sizes
        quotes = self.quotes(data.mid_price, inventory, time_left, sigma, aggressiveness=eager, sizes=sizes, **signal)
        if timer is None or clock is None:
            return state, quotes, True
        rests = state.orders.requested
        clock, refreshed = timer.step(clock, data.time, data.mid_price, quotes, rests, sigma)
        if not all_of(refreshed):
            quotes = chosen(refreshed, quotes, rests, "bid_price", "ask_price", "bid_size", "ask_size")
        return changed(state, clock=clock), quotes, refreshed

    def check(self, state: DeskState, data: MarketData, quotes: Quotes) -> tuple[DeskState, Quotes, Permission]:
        """What the limits leave of some quotes, in whole lots; and what they permit."""
        broken = np.count_nonzero(state.broken)
        if not (self.limits or broken):
            return state, quotes, Permission()
        view, limits = self._view(state, data), state.limits
        if limits is None:
            expected = np.full(view.n_paths, np.nan if self.volatility is None else self.volatility)
            limits = start_all(self.limits, changed(view, volatility=expected))
        limits, permission = step_all(self.limits, limits, view)
        if broken:
            stop = Permission(mode=state.broken * Mode.HALT, reason=state.broken * Reason.VENUE)
            permission = strictest(permission, stop)
        # A venue takes what still fills of an older order off the new one: it needs no room besides.
        left = permission.apply(quotes, data.mid_price, state.inventory)
        if left is not quotes and self.sizer is not None:
            bid_size = np.where(left.bid_size < quotes.bid_size, self.sizer.in_lots(left.bid_size), left.bid_size)
            ask_size = np.where(left.ask_size < quotes.ask_size, self.sizer.in_lots(left.ask_size), left.ask_size)
            left = absent_where_empty(left.bid_price, left.ask_price, bid_size, ask_size)
        halted = np.asarray(permission.mode) > 2 if self.flattens else False  # an enum compares slowly
        return changed(state, limits=limits, halted=halted), left, permission

    def trade(
        self, state: DeskState, data: MarketData, quotes: Quotes, venue: TradingVenue
    ) -> tuple[DeskState, tuple[Any, FloatArray, FloatArray, Fills]]:
        """Send the quotes, give up at a halt what no order can unwind any more, and book what the venue fills.

        Returns the state with `accepted`, `flattened`, `flatten_cost` and `fills`, as in an `Outcome`. What a venue
        answers is checked, unless it is a tape, where nothing else can fill: see `reconcile`.
        """
        ours, worst, broken = type(venue) is TapeVenue, state.worst_price, state.broken
        sent = venue.submit(state.orders, quotes, data)
        orders, accepted = sent if ours else taken(sent, data.n_paths)
        if not ours:
            worst = worst_requested(worst, state.orders, orders, data.n_paths)
        q, cash = state.inventory, state.cash
        flattened = cost = np.zeros(())
        if self.flattens and np.count_nonzero(state.halted):
            halted, view = np.asarray(state.halted), self._view(state, data)
            q, cash, cost = flatten_all(self.limits, state.limits or (), view, halted, orders.working)
            flattened = state.inventory - q
        crossing = (self.venue.taker_fee or 0.0) * np.abs(flattened)
        if ours:
            orders, fills = venue.advance(orders, data)
        else:
            orders, fills, beyond = reconcile(venue.advance(orders, data), orders, np.asarray(worst))
            broken = beyond | broken
        if np.count_nonzero(fills.fill):
            paid, got = np.where(fills.fill > 0, fills.price, 0.0) * fills.fill
            q, cash = q + fills.fill[0] - fills.fill[1], cash + got - paid - fills.fee
        elif np.count_nonzero(fills.fee):
            cash = cash - fills.fee
        if np.count_nonzero(crossing):
            cash, fills = cash - crossing, changed(fills, fee=fills.fee + crossing)
        known: dict[str, Any] = {} if q is state.inventory else {"aggressiveness": None, "sizes": None}
        after = changed(state, inventory=q, cash=cash, orders=orders, worst_price=worst, broken=broken, **known)
        return after, (accepted, flattened, cost, fills)

    def new_day(self, state: DeskState, mid_price: FloatArray) -> DeskState:
        """A day's boundary at this mid [price], shape (n_paths,): what limits count by the day starts anew."""
        with np.errstate(over="raise", invalid="raise"):
            equity = state.cash + state.inventory * mid_price
        return changed(state, limits=tell_all(self.limits, state.limits, "new_day", equity))

    def reset(self, state: DeskState, paths: ArrayLike = True) -> DeskState:
        """Lift what halts the `paths` (a mask) until somebody says so; still in breach, the next step halts again."""
        broken = state.broken & ~np.asarray(paths, dtype=bool)
        return changed(state, broken=broken, limits=tell_all(self.limits, state.limits, "reset", paths))

    def _volatility(self, data: MarketData) -> Any:
        """As measured, or as expected."""
        if data.volatility is None:
            return np.nan if self.volatility is None else self.volatility
        return data.volatility

    def _view(self, state: DeskState, data: MarketData) -> DeskView:
        """What the limits see."""
        sigma = np.full(data.n_paths, self._volatility(data)) if data.volatility is None else data.volatility
        return DeskView(data.time, data.mid_price, state.inventory, state.cash, sigma)
