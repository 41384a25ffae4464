"""Desk: a model and what stands between its quotes and the market, step by step."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of, any_of
from mmlab.desk import halts
from mmlab.desk.crossing import crossed
from mmlab.desk.desk_state import DeskState
from mmlab.desk.hedger import Hedger, hedged
from mmlab.desk.limiters import DeskView, call, check_limiter, flatten_all, tell_all
from mmlab.desk.market_data import MarketData
from mmlab.desk.obligations import Obligations
from mmlab.desk.orders import Fills, asked_for, booked
from mmlab.desk.permission import Permission, strictest
from mmlab.desk.pre_trade import PreTradeChecks
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer, elapsed
from mmlab.desk.sides import Sides, leaves, quotes_of
from mmlab.desk.tables import Tables
from mmlab.desk.tape_venue import TapeVenue, TradingVenue
from mmlab.desk.venue import Venue
from mmlab.desk.venue_answers import advanced, submitted
from mmlab.frozen import changed
from mmlab.models.model import Model, SignalModel, takes_signal
from mmlab.parameters import BoolArray, FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import CASH, INVENTORY, VOLATILITY


@validated
class Desk:
    """Model → aggressiveness → sizing → timing → limits → venue; a stage that is None leaves things as they are.

    Without a timer the quotes are refreshed at every step. A step is `calculate`, `check` and `trade`, each from a
    state to the next: `MarketMakingPipeline` does them in turn, and `simulate` on a tape. Other fields than σ:

    model : Model | SignalModel | Schedule
        Whose quotes they are. One with ``across(inventory, time_left, since) -> (sold, cost)`` also trades across the
        spread as a step begins: [clips], positive where sold, and [price · clip], shape (n_paths,); `since` is the time
        left when it was last asked and could, inf at first.
    aggressiveness, sizer, timer : QuoteAggressiveness, QuoteSizer, QuoteTimer, optional
        Widen the quotes, size them (the model's own sizes then do not count), let them rest.
    limits : Limiter or tuple of Limiters
        Forbid them: what the strictest permits is left of the new and of what rests.
    checks : PreTradeChecks, optional
        What each new order must pass before it is sent.
    obligations : Obligations, optional
        What it owes, and keeps as far as its limits let it.
    venue : Venue
        Where they rest: tick, fee and latencies; all 0 by default.
    hedger : Hedger, optional
        What it sells on at another venue. The model's `across` then says how much, if anything, and not at what cost.
    """

    model: Model | SignalModel = dataclasses.field()
    volatility: float | None = parameter(VOLATILITY, default=None, description="What timer and aggressiveness expect.")
    aggressiveness: QuoteAggressiveness | None = None
    sizer: QuoteSizer | None = None
    timer: QuoteTimer | None = None
    limits: Any = ()
    venue: Venue = Venue()
    checks: PreTradeChecks | None = None
    obligations: Obligations | None = None
    hedger: Hedger | None = None

    def __post_init__(self) -> None:
        kinds = {"aggressiveness": QuoteAggressiveness, "sizer": QuoteSizer, "timer": QuoteTimer, "venue": Venue}
        kinds |= {"checks": PreTradeChecks, "obligations": Obligations, "hedger": Hedger}
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
        for part in (self.obligations, self.checks, self.hedger):
            if part is not None:
                part.check_desk(self)

    @cached_property
    def flattens(self) -> bool:
        """Whether a limit gives up inventory, at a halt or by itself."""
        return any(getattr(limit, "flatten", None) is not None for limit in self.limits)

    @cached_property
    def _unwinds(self) -> bool:
        """Whether one does by itself."""
        return any(getattr(limit, "unwinds", False) for limit in self.limits)

    def quotes(
        self,
        mid_price: ArrayLike,
        inventory: ArrayLike,
        time_left: ArrayLike,
        volatility: ArrayLike,
        **signal: ArrayLike,
    ) -> Quotes:
        """What the desk would like to show now, in whole ticks, before timing and limits.

        Broadcasts over `mid_price` [price], `inventory` [clips], `time_left` [time] and `volatility` [price/√time];
        a `signal` [price/time] is handed to the model.
        """
        shape = np.broadcast(mid_price, inventory, time_left, volatility, *signal.values()).shape
        sides = quotes_of(self.model, shape, mid_price, inventory, time_left, **signal)
        return self._shown(sides, np.broadcast_to(inventory, shape), volatility).quotes

    def _shown(self, sides: Sides, inventory: FloatArray, sigma: Any, tables: Any = None, place: Any = None) -> Sides:
        """The model's quotes, wider and in sizes as the stages say, on ticks; the rows of tables where it has a place.

        A `sigma` of None is the expected one, for which there is a table.
        """
        if self.aggressiveness is not None:
            extra = tables.extra.take(place) if sigma is None else self.aggressiveness.extra(inventory, sigma)
            sides = self.aggressiveness._wider(sides, extra)
        sizes = None
        if self.sizer is not None and place is not None:
            sizes = tables.sizes.take(place, axis=1)
        elif self.sizer is not None:
            sizes = np.array(self.sizer.calculate_quote_size(inventory))
        if self.obligations is not None:
            return self.obligations.obeyed(self, sides, sizes, inventory)
        if sizes is not None:
            sides = Sides(sides.price, sizes * (sides.size > 0)).less_empty()
        return sides.rounded(self.venue.tick)

    def start(
        self,
        n_paths: int,
        venue: TradingVenue,
        *,
        inventory: float = 0.0,
        cash: float = 0.0,
        time_left: FloatArray | None = None,
    ) -> DeskState:
        """The state before the first step, with this inventory [clips] and cash [price · clip] on every path.

        `time_left` is what will be left of the session as each step begins [time], if that is known.
        """
        held, account = np.full(n_paths, INVENTORY.check(inventory)), np.full(n_paths, CASH.check(cash))
        held.flags.writeable = False  # a model that counts in place would count twice
        sigma = np.full(n_paths, np.nan if self.volatility is None else self.volatility)
        tables, place = Tables.of(self.model, time_left, self).place(held)
        clock, looks = self.timer.start(n_paths) if self.timer else None, takes_signal(self.model.quotes)
        state = DeskState(held, account, venue.start(n_paths), clock, tables, place, sigma, takes_signal=looks)
        return changed(state, hedge=self.hedger.venue.start(n_paths)) if self.hedger else state

    def calculate(
        self, state: DeskState, data: MarketData, time_left: float | FloatArray
    ) -> tuple[DeskState, Sides, BoolArray | bool]:
        """What the desk would like to show: new quotes where it refreshes, elsewhere what rests; and where it does."""
        if state.takes_signal and data.signal is None:
            raise ParameterError("The desk's model asks for a signal and the market data has none.")
        if self.hedger is not None:
            state = hedged(self.hedger, self.model, state, data, time_left)
        elif hasattr(self.model, "across"):
            state = crossed(self.model, state, data, time_left)
        timer, clock = self.timer, state.clock
        if timer is None or clock is None:
            return state, self._ideal(state, data, time_left), True
        age = elapsed(data.time, clock)
        old_enough = age >= timer.min_quote_time
        rests = asked_for(state.orders, len(clock))
        if not np.count_nonzero(old_enough):  # whatever the quotes were, none would be replaced
            return state, rests, old_enough
        ideal = self._ideal(state, data, time_left)
        sigma = state.volatility if data.volatility is None else data.volatility
        refreshed = timer.replaces(age, data.mid_price, ideal, rests, sigma)
        if all_of(refreshed):
            return changed(state, clock=np.full(len(data.mid_price), data.time)), ideal, refreshed
        if not np.count_nonzero(refreshed):
            return state, rests, refreshed
        shown = Sides(*[np.where(refreshed, new, old) for new, old in zip(ideal, rests, strict=True)])
        return changed(state, clock=np.where(refreshed, data.time, clock)), shown, refreshed

    def _ideal(self, state: DeskState, data: MarketData, time_left: float | FloatArray) -> Sides:
        """What a desk shows that refreshes everywhere: of each stage the row of a table, or else it is calculated."""
        tables, place, inventory, measured = state.tables, state.place, state.inventory, data.volatility
        if tables.known and place is not None:
            sides = tables.quotes(place, data.mid_of_sides, time_left)
        else:
            signal: dict[str, Any] = {"signal": data.signal} if state.takes_signal else {}
            sides = quotes_of(self.model, inventory.shape, data.mid_price, inventory, time_left, **signal)
        sigma = state.volatility if measured is None and place is None else measured
        return self._shown(sides, inventory, sigma, tables, place)

    def check(self, state: DeskState, data: MarketData, quotes: Sides) -> tuple[DeskState, Sides, Permission]:
        """What the limits leave of some quotes, in whole lots; and what they permit."""
        if state.unknown is not None:
            state = changed(state, lost=data.time >= state.awaited_until)
        silenced = state.lost or any_of(state.stopped)
        stopped = silenced or any_of(state.broken)
        if not (self.limits or stopped):
            return state, quotes, strictest()
        view, limits = self._view(state, data), state.limits
        if limits is None:
            start = changed(view, volatility=state.volatility)
            limits = tuple([call(limit, "start", start) for limit in self.limits])
        tables, place = state.tables, state.place
        answers = [tables.step(limit, own, view, place) for limit, own in zip(self.limits, limits, strict=True)]
        permission = strictest(*[permission for _, permission in answers])
        if stopped:
            permission = strictest(permission, *halts.stops(state))
        # A venue takes what still fills of an older order off the new one: it needs no room besides.
        left = leaves(permission, quotes, data.mid_price, state.inventory)
        if left is not quotes:
            if self.sizer is not None and np.count_nonzero(cut := left.size < quotes.size):
                left = Sides(left.price, np.where(cut, self.sizer.in_lots(left.size), left.size)).less_empty()
            left = left.rounded(self.venue.tick)
        halted = np.asarray(permission.mode) > 2  # an enum compares slowly
        if silenced:  # who cannot reach the venue keeps what it holds, and who halts a desk unless he says otherwise
            halted = halted & ~(np.asarray(state.holds) | state.lost)
        return changed(state, limits=tuple([own for own, _ in answers]), halted=halted), left, permission

    def trade(
        self, state: DeskState, data: MarketData, quotes: Sides, venue: TradingVenue
    ) -> tuple[DeskState, tuple[Any, FloatArray, FloatArray, Fills]]:
        """Send the quotes, give up at a halt what no order can unwind any more, and book what the venue fills.

        Returns the state with `accepted`, `flattened`, `flatten_cost` and `fills`, as in an `Outcome`. What a venue
        answers is checked, unless it is a tape, where nothing else can fill: see `reconcile`. Nothing is sent, and
        nothing given up, while it cannot be reached: see `Disconnected`.
        """
        ours, q, cash = type(venue) is TapeVenue, state.inventory, state.cash
        if isinstance(venue, TapeVenue) and ours:
            orders, accepted = venue._ask_for(state.orders, quotes, data, self.venue.tick), True
        else:
            state, orders, accepted = submitted(venue, state, quotes, data)
        flattened = cost = _NOTHING
        gives_up = self.flattens and (np.count_nonzero(state.halted) or (self._unwinds and not data.halted))
        if gives_up and state.unknown is None:
            halted, view = np.asarray(state.halted), self._view(state, data)
            q, cash, cost = flatten_all(self.limits, state.limits or (), view, halted, orders.working)
            flattened = state.inventory - q
        broken = state.broken
        if ours:
            orders, fills = venue.advance(orders, data)
        else:
            state, orders, fills, beyond = advanced(venue, state, orders, quotes, data)
            broken = beyond | broken
        if np.count_nonzero(fills.fill):
            q, cash = booked(q, cash, fills.price, fills.fill)
        if np.count_nonzero(fills.fee):
            cash = cash - fills.fee
        across = _NOTHING if self.hedger else state.crossed[0]  # a hedge has paid where it was made
        if self.venue.taker_fee and (np.count_nonzero(flattened) or np.count_nonzero(across)):
            crossing = self.venue.taker_fee * (np.abs(flattened) + np.abs(across))
            cash, fills = cash - crossing, changed(fills, fee=fills.fee + crossing)
        after = {"cash": cash, "orders": orders, "broken": broken, "crossed": (0.0, 0.0)}
        if q is not state.inventory:
            q.flags.writeable = False  # a model that counts in place would count twice
            after["inventory"] = q
            after["tables"], after["place"] = state.tables.place(q)
        return changed(state, **after), (accepted, flattened, cost, fills)

    def new_day(self, state: DeskState, mid_price: FloatArray) -> DeskState:
        """A day's boundary at this mid [price], shape (n_paths,): what limits count by the day starts anew."""
        with np.errstate(over="raise", invalid="raise"):
            equity = state.cash + state.inventory * mid_price
        return changed(state, limits=tell_all(self.limits, state.limits, "new_day", equity))

    def halt(self, state: DeskState, on_halt: Literal["hold", "flatten"] = "hold") -> DeskState:
        """Stop all paths until a `reset`: orders are cancelled, the inventory is held, or given up as limits do."""
        everywhere, limits = np.ones(len(state.inventory), bool), state.limits
        if on_halt == "flatten":
            if limits is None or not any(getattr(limit, "on_halt", "") == "flatten" for limit in self.limits):
                raise ParameterError("halt: 'flatten' needs a limit with on_halt='flatten', which has seen the market.")
            limits = tell_all(self.limits, limits, "halt", everywhere)
        elif on_halt != "hold":
            raise ParameterError(f"halt: on_halt must be 'hold' or 'flatten'; got {on_halt!r:.80}.")
        return changed(state, limits=limits, stopped=everywhere, holds=everywhere & (on_halt == "hold"), halted=False)

    def reset(self, state: DeskState, paths: ArrayLike = True) -> DeskState:
        """Lift what halts the `paths` (a mask) until somebody says so; still in breach, the next step halts again."""
        mask = halts.mask_of(paths, state)
        return changed(halts.reset(state, mask), limits=tell_all(self.limits, state.limits, "reset", mask))

    def _view(self, state: DeskState, data: MarketData) -> DeskView:
        """What the limits see."""
        sigma = state.volatility if data.volatility is None else data.volatility
        market = {"time": data.time, "mid_price": data.mid_price, "volatility": sigma}
        return DeskView.unchecked(**market, inventory=state.inventory, cash=state.cash)


_NOTHING = np.zeros(())
