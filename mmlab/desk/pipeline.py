"""MarketMakingPipeline: a desk on a venue, one market datum after the other, and all that happened written down."""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.desk import halts
from mmlab.desk.config import MarketMakingConfig
from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.history import History
from mmlab.desk.log import Log, differences, refuse_who_changed, stated
from mmlab.desk.look_ahead import quiet_steps, rested
from mmlab.desk.market_data import MarketData
from mmlab.desk.permission import Mode, Permission, Reason
from mmlab.desk.pre_trade import before_submit
from mmlab.desk.run_record import Recorder, RunRecord
from mmlab.desk.sides import Sides
from mmlab.desk.tape_venue import TapeVenue, TradingVenue
from mmlab.frozen import changed
from mmlab.market.columns import exact
from mmlab.parameters import ParameterError

STAGES = ("calculate quotes", "check risk limits", "submit quotes", "update history")


class MarketMakingPipeline:
    """Calculate quotes, check them against the limits, submit them, write down what happened; then the next datum.

    The same for one market and for many paths, which the first datum decides. A step counts when it is over: whatever
    stops it earlier, an error of the venue or the keyboard, leaves state and history as they were before it.

    Where the data says that the market is halted, or comes more than `max_gap` after the last, the desk stands aside
    for this step: both sides are cancelled, and the history tells why (NO_MARKET, GAP). Limits neither look nor forget
    meanwhile, and the next good datum brings new quotes.

    Parameters
    ----------
    config : MarketMakingConfig, mapping or Desk
        The numbers of a desk, or one that is made already.
    venue : TradingVenue, optional
        Where it trades. Without one, `simulate` alone can run it, on a tape.
    model, limits : optional
        In the place of the configuration's: anything with ``quotes(mid_price, inventory, time_left)``; limiters, as a
        `Desk` takes them.
    end : float, optional
        When the session ends [time]; by default after the configuration's horizon.
    max_gap : float, optional
        The longest time between two data that is no gap [time]; None: none is one.
    inventory, cash : float
        What each market starts with [clips] and [price · clip].
    """

    def __init__(
        self,
        config: MarketMakingConfig | Mapping[str, Any] | Desk,
        venue: TradingVenue | None = None,
        *,
        model: Any = None,
        limits: Any = None,
        end: float | None = None,
        max_gap: float | None = None,
        inventory: float = 0.0,
        cash: float = 0.0,
    ) -> None:
        self.config = MarketMakingConfig.from_dict(config) if isinstance(config, Mapping) else config
        self.model = self._setup_model() if model is None else model
        self.quote_manager = self._setup_quote_manager()
        self.risk_manager = self._setup_risk_manager() if limits is None else limits
        self.desk = replace(self.quote_manager, limits=self.risk_manager)
        horizon = None if isinstance(self.config, Desk) else self.config.market.horizon
        self.end = math.nan if (end := horizon if end is None else end) is None else float(end)
        self.max_gap = math.inf if max_gap is None else float(max_gap)
        if not math.isfinite(self.end) or not self.max_gap > 0:
            raise ParameterError(f"A pipeline needs a finite end and max_gap above 0; got {end!r}, {max_gap!r} [time].")
        self._own = {"inventory": inventory, "cash": cash}
        given = {"config": self.config, "model": model, "limits": limits, "end": self.end, "max_gap": max_gap}
        self._run = RunRecord(given | self._own)
        self.venue: TradingVenue | None = venue
        self._recorder: Recorder | None = None
        self._done: tuple[int, DeskState | None, MarketData | None] = (0, None, None)
        self._n_steps, self._ticks, self._stopped = 256, deque[list[int]](maxlen=10_000), False

    def on(self, venue: TradingVenue, n_steps: int = 256) -> MarketMakingPipeline:
        """The same at its start, on this venue, with room for a history of so many steps before it has to grow.

        With the limits that it has by now, and with a halt only if that came before its first step.
        """
        fresh = copy.copy(self)
        fresh.venue, fresh._recorder, fresh._done = venue, None, (0, None, None)
        fresh._n_steps, fresh._ticks = n_steps, deque(maxlen=10_000)
        fresh._run = self._run.anew(self.desk.limits, begun=self.state is not None)
        fresh._stopped = self._stopped and self.state is None
        return fresh

    @property
    def state(self) -> DeskState | None:
        """What the desk remembers; None before the first step is over."""
        return self._done[1]

    def run_pipeline(self, market_data: MarketData) -> Outcome:
        """One step.

        Raises
        ------
        ParameterError
            If there is no venue, time runs backwards, the number of markets changes, or a signal is asked for in vain.
        """
        data, (_, before, last), clock = market_data, self._done, time.perf_counter_ns
        if self.venue is None:
            raise ParameterError("This pipeline has no venue: MarketMakingPipeline(config, venue).")
        if last is not None and not data.time >= last.time:
            raise ParameterError(f"Time must not run backwards; got {exact(data.time)} after {exact(last.time)}.")
        if before is None:
            left = None if type(self.venue) is not TapeVenue else np.maximum(self.end - self.venue.tape.time, 0.0)
            before = self.desk.start(data.n_paths, self.venue, **self._own, time_left=left)
            before = self.desk.halt(before) if self._stopped else before
            self._recorder = Recorder(self.desk, before, self._n_steps, data)
        if len(data.mid_price) != len(before.inventory):
            raise ParameterError(f"These are {data.n_paths} markets; until now they were {len(before.inventory)}.")
        ticks = [clock()]
        state, quotes, refreshed = self._calculate_quotes(before, data)
        ticks.append(clock())
        state, quotes, permission = self._check_risk_limits(state, data, quotes)
        ticks.append(clock())
        state, outcome = self._submit_quotes(state, data, quotes, refreshed, permission)
        ticks.append(clock())
        self._update_history(state, data, outcome)
        ticks.append(clock())
        self._ticks.append(ticks)
        return outcome

    def rest(self, most: int) -> int:
        """Take all those coming steps of its tape at once, `most` at most, in which nothing happens: how many."""
        state, venue, plain = self.state, self.venue, type(self) is MarketMakingPipeline and math.isinf(self.max_gap)
        if state is None or not plain or not isinstance(venue, TapeVenue):
            return 0
        if (quiet := quiet_steps(self.desk, state, venue, self.end, most)) is None:
            return 0
        data, state = quiet
        after, outcome = rested(state, venue.rules.fee, len(data.mid_price))
        self._update_history(after, data, outcome, venue.at(after.orders.step - 1))
        return len(data.mid_price)

    @property
    def history(self) -> History:
        """What there is by now, with the last step ended at the mid it started with."""
        return self._written(None)

    def close(self, market_data: MarketData) -> History:
        """The history with its last step ended, and its books marked, at this datum."""
        return self._written(market_data)

    @property
    def latencies(self) -> NDArray[np.int64]:
        """What each of STAGES took in the last steps, ten thousand at most [ns], shape (n, 4)."""
        return np.diff(np.array(self._ticks, np.int64).reshape(-1, len(STAGES) + 1), axis=1)

    def new_day(self) -> None:
        """A day's boundary, at the last mid: see `Desk.new_day`."""
        if self.state is not None and self._done[2] is not None:
            self._note("new_day", True, self.desk.new_day(self.state, self._done[2].mid_price))

    def halt(self, *, who: str, reason: str, on_halt: Literal["hold", "flatten"] = "hold") -> None:
        """Cancel all orders and send nothing more from the next step on, until a `reset`; the inventory is held.

        It works at any time: before the first step, while flat, while limits halt, and twice, which is noted alone.
        What was sent before may fill until its cancellation is there; the history's `value` says how much of it.
        `who` does it and for what `reason` is kept in the `log`. With "flatten" the inventory is given up as a limit
        with on_halt='flatten' does; without such a limit, or before it has seen the market, that is refused.
        """
        act, state = stated("halt", who, reason), self.state
        before = halts.standing(state, self._stopped)
        if state is None and on_halt != "hold":
            raise ParameterError(f"halt: before the first step a desk can only hold; got on_halt={on_halt!r:.80}.")
        halted, how = state and self.desk.halt(state, on_halt), on_halt == "hold" or on_halt
        self._stopped = self._stopped or state is None
        self._note("halt", how, halted, **act, before=before, after="HALT" if how is True else "HALT, giving up")

    def reset(self, *, who: str, reason: str, paths: ArrayLike = True) -> None:
        """Lift what halts these paths until somebody says so: see `Desk.reset`. Who does it and why is in the `log`.

        Raises
        ------
        ParameterError
            If nobody, or no reason, is named, or `who` changed a limit since that halt stands: then another name must.
        """
        act, state = stated("reset", who, reason), self.state
        mask, before = halts.mask_of(paths, state), halts.standing(state, self._stopped)
        since = self._recorder.halted_since(self._done[0], mask) if self._recorder and state else 0
        refuse_who_changed(self._run.changes, act["who"], since)
        lifted = state and self.desk.reset(state, mask)
        self._stopped = self._stopped and not mask.all()
        after = halts.standing(lifted, self._stopped)
        self._note("reset", mask if mask.shape else bool(mask), lifted, **act, before=before, after=after)

    def change_limits(self, limits: Any, *, who: str, reason: str) -> None:
        """Other numbers for the same limits, in force from the next step on. What they remember stays, a halt too.

        Raises
        ------
        ParameterError
            If these are not of the kinds that it has, in their order: no memory fits another kind; or nobody, or no
            reason, is named for the `log`.
        """
        act, made = stated("change_limits", who, reason), replace(self.desk, limits=limits)
        if list(map(type, made.limits)) != list(map(type, self.desk.limits)):
            kinds = ", ".join(type(limit).__name__ for limit in self.desk.limits)
            raise ParameterError(f"change_limits: limits must be of the kinds that there are: {kinds}; got {limits!r}.")
        act |= differences(self.desk.limits, made.limits)
        self.risk_manager, self.desk = limits, made
        self._note("change_limits", made.limits, self.state, **act)

    @property
    def log(self) -> Log:
        """Every halt, change of limits and reset so far: who, why, from what, to what, when."""
        return Log.of(self._run.changes)

    def _setup_model(self) -> Any:
        return self.config.model if isinstance(self.config, Desk) else self.config.make_model()

    def _setup_quote_manager(self) -> Desk:
        """The desk without its limits."""
        if isinstance(self.config, Desk):
            return replace(self.config, model=self.model, limits=())
        return self.config.make_desk(self.model, limits=())

    def _setup_risk_manager(self) -> Any:
        return self.config.limits if isinstance(self.config, Desk) else self.config.make_limits()

    def _calculate_quotes(self, state: DeskState, data: MarketData) -> tuple[DeskState, Sides, Any]:
        """What the desk would like to show; nothing where it stands aside, and all anew when it is back."""
        if self._aside(data) is None:
            return self.desk.calculate(state, data, max(self.end - data.time, 0.0))
        nothing = Sides(np.full((2, data.n_paths), np.nan), np.zeros((2, data.n_paths)))
        clock = None if self.desk.timer is None else self.desk.timer.start(data.n_paths)
        return changed(state, clock=clock), nothing, True

    def _check_risk_limits(
        self, state: DeskState, data: MarketData, quotes: Sides
    ) -> tuple[DeskState, Sides, Permission]:
        aside = self._aside(data)
        return self.desk.check(state, data, quotes) if aside is None else (state, quotes, aside)

    def _submit_quotes(
        self, state: DeskState, data: MarketData, quotes: Sides, refreshed: Any, permission: Permission
    ) -> tuple[DeskState, Outcome]:
        """Send what the pre-trade checks pass, and book what the venue fills."""
        assert self.venue is not None
        state, quotes, blocked = before_submit(self.desk, state, data, quotes, refreshed, permission)
        across = state.crossed
        state, done = self.desk.trade(state, data, quotes, self.venue)
        return state, Outcome(refreshed, permission, *done, blocked, *across)

    def _update_history(self, state: DeskState, data: MarketData, outcome: Outcome, last: Any = None) -> None:
        """Rows and state count at once, by one assignment: an interrupt comes before it or after it."""
        assert self._recorder is not None
        n = self._done[0]
        end = n + (1 if last is None else len(data.mid_price))
        self._recorder.record(n if last is None else slice(n, end), data, state, outcome)
        self._done = (end, state, last or data)
        self._run.saw(data, self.venue)

    def _aside(self, data: MarketData) -> Permission | None:
        """Why nothing may be quoted around this datum, whatever the limits say."""
        if data.halted:
            return Permission(Mode.HALT, reason=Reason.NO_MARKET)
        last = self._done[2]
        gap = 0.0 if last is None else data.time - last.time
        return Permission(Mode.HALT, reason=Reason.GAP, value=gap, bound=self.max_gap) if gap > self.max_gap else None

    def _note(self, what: str, how: Any, state: DeskState | None, **act: str) -> None:
        """Write down what is done between two steps, after which the desk has this state."""
        n_steps, _, last = self._done
        self._done = (n_steps, state, last)
        self._run.note(n_steps, last, what, how, **act)

    def _written(self, end: MarketData | None) -> History:
        if self._recorder is None or self._done[2] is None:
            raise ParameterError("This pipeline has no history: no step of it is over.")
        own = None if type(self) is MarketMakingPipeline else type(self).__name__
        provenance = self._run.provenance(own, self.venue, self.desk.venue)
        return self._recorder.history(self._done[0], end or self._done[2], provenance, self.state)
