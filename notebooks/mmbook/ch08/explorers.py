"""The explorers of chapter 08: a position limit, a PnL limit and a volatility limit, each with what it is there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch08.limit_explorer import LOOKS, LimitExplorer
from mmbook.ch08.scenarios import scenario_tape
from mmbook.ch08.tail_improvement import Run, changes_a_day, effect_of, expected_shortfall, run_days, some_days
from mmlab import Desk, Symmetric, Tape, Venue, simulate
from mmlab.desk import DeskView, PnLLimiter, PositionLimiter, VolatilityLimiter
from mmlab.parameters import FloatArray, Parameter, parameters_of
from mmlab.vocabulary import MAX_POSITION, VOLATILITY

BURST = Parameter("×", "1", "How much further the mid moves from 0.4 to 0.6 of the day.", name="burst")
SELLERS = Parameter("s", "1", "From noon on: so many times the sell orders, 1/s the buy orders.", name="sellers")
SINK = Parameter("↓", "price", "How far the mid sinks from noon to the close.", name="sink")
CRASH = Parameter("⇓", "price", "How far the mid falls in six steps after noon.", name="crash")
FLATTEN = Parameter("0/1", "1", "At a halt: 0 holds the inventory, 1 gives it up.", name="flatten", integer=True)
LIMIT = replace(MAX_POSITION, name="limit", integer=True)
_OF = parameters_of(PnLLimiter) | parameters_of(VolatilityLimiter)


def one_sided(volatility: float, sellers: float, sink: float) -> dict[str, Any]:
    """Days on which sellers outnumber buyers from noon on, and the mid sinks."""
    tape = scenario_tape(500, 8, volatility=volatility, sellers=sellers, sink=sink)
    return locals()


def falling(sink: float, crash: float) -> dict[str, Any]:
    """Days on which the mid sinks under twice the sellers, or crashes."""
    tape = scenario_tape(500, 8, sellers=2.0 if sink else 1.0, sink=sink, crash=crash)
    return locals()


def bursting(burst: float) -> dict[str, Any]:
    """Days with a burst of volatility."""
    tape = scenario_tape(500, 8, burst=burst)
    return locals()


def unlimited(tape: Tape) -> dict[str, Any]:
    """The days without the limit: a clip a side, 0.75 from the mid, a step of latency."""
    venue = Venue(latency=0.005, cancel_latency=0.005)
    desk = Desk(model=Symmetric(half_spread=0.75), volatility=2.0, venue=venue)
    free = run_days(desk, tape)
    return locals()


def within(tape: Tape, desk: Desk, limit: int) -> dict[str, Any]:
    """The same days with it."""
    limits = PositionLimiter(max_position=limit, min_position=-limit)
    limited = run_days(replace(desk, limits=limits), tape)
    return locals()


def stopped(tape: Tape, desk: Desk, max_daily_loss: float, max_drawdown: float, flatten: int) -> dict[str, Any]:
    """The same days with it: at a halt it holds what it has, or pays to give it up."""
    limits = PnLLimiter(max_daily_loss=max_daily_loss, max_drawdown=max_drawdown, widened_half_spread=1.2)
    if flatten:
        limits = replace(limits, on_halt="flatten", flatten_half_spread=0.75, flatten_impact=0.02)
    limited = run_days(replace(desk, limits=limits), tape)
    return locals()


def wary(
    tape: Tape, desk: Desk, soft_volatility: float, max_volatility: float, window: float, leave_at: float
) -> dict[str, Any]:
    """The same days with it."""
    limits = VolatilityLimiter(
        soft_volatility=soft_volatility,
        max_volatility=max_volatility,
        soft_half_spread=0.75,
        window=window,
        leave_at=leave_at,
    )
    limited = run_days(replace(desk, limits=limits), tape)
    return locals()


def without_hysteresis(tape: Tape, limits: VolatilityLimiter) -> dict[str, Any]:
    """What the limit estimates of each mid that it sees, and what its modes would be without hysteresis."""
    plain = replace(limits, leave_at=1.0)
    state = plain.start(DeskView(0.0, tape.mid[0], volatility=np.full(tape.n_paths, 2.0)))
    sigma, modes = np.empty(tape.buy_size.shape), np.empty(tape.buy_size.shape, np.int8)
    for n in range(tape.n_steps):
        state, permission = plain.step(state, DeskView(tape.time[n], tape.mid[n]))
        sigma[n], modes[n] = state.volatility, permission.mode
    return locals()


def compared(free: Run, limited: Run) -> dict[str, Any]:
    """Price and tail improvement."""
    effect = effect_of(free.pnl, limited.pnl)
    tails = [-expected_shortfall(run.pnl)[0] for run in (free, limited)]
    return locals()


def too_tight(s: Any) -> bool:
    """Whether on calm days of σ = 2 this limit, of 8 at most, costs more than it saves in the tail, a looser not."""
    if (s.volatility, s.sellers, s.sink) != (2, 1, 0) or s.limit > 8 or s.effect.price <= s.effect.tail_improvement:
        return False
    looser = effect_of(s.free.pnl, within(s.tape, s.desk, s.limit + 1)["limited"].pnl)
    return looser.price <= looser.tail_improvement


def for_nothing(s: Any) -> bool:
    """Whether ±8 costs, and gives, at most 1 of the mean under twice the sellers."""
    return (s.limit, s.sellers, s.volatility) == (8, 2, 2) and abs(s.effect.price) <= 1


def too_late(s: Any) -> bool:
    """Whether the worst days of a crash of 8 are worse with a stop that flattens."""
    return (s.flatten, s.crash, s.sink) == (1, 8, 0) and s.effect.tail_improvement < 0


def raises_the_mean(s: Any) -> bool:
    """Whether, as the mid sinks by 6, the stop raises the mean by 15."""
    return (s.crash, s.sink) == (0, 6) and s.effect.price <= -15


def halts_too_early(s: Any) -> bool:
    """Whether halts in a burst of 5 take 5 of the mean."""
    return (s.burst, s.soft_volatility, s.window) == (5, 3, 0.02) and s.effect.price >= 5


def quiet(s: Any) -> bool:
    """Whether hysteresis alone leaves fewer than 6 changes a day, with σ at the limit."""
    return (s.burst, s.soft_volatility, s.window) == (1, 2, 0.02) and changes_a_day(s.limited.mode) < 6


class PositionLimitExplorer(LimitExplorer):
    """Sliders for a position limit, the mid's volatility, one-sided flow and how far the mid sinks with it."""

    title: ClassVar[str] = "A position limit"
    measures = "inventory [clips]"
    sliders: ClassVar = {
        LIMIT: (0, 30, 8),
        VOLATILITY: (0.5, 5.0, 2.0),
        SELLERS: (1.0, 4.0, 2.0),
        SINK: (0.0, 8.0, 6.0),
    }
    presets: ClassVar = {
        "one-sided flow": {},
        "a calm day": {"sellers": 1.0, "sink": 0.0},
        "too tight for a calm day": {"limit": 1, "sellers": 1.0, "sink": 0.0},
        "sellers who know nothing": {"sink": 0.0},
    }
    stages: ClassVar = (one_sided, unlimited, within, compared)
    tasks: ClassVar = {
        "tighten from ±8 on a calm day: the first limit that costs the mean more than it saves in the tail.": too_tight,
        "qₘₐₓ = 8, s = 2: how far must the mid sink for the limit to cost nothing (±1)?": for_nothing,
    }

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """The inventory, and both ends of the limit."""
        runs = (s.free, s.limited)
        return {name: run.inventory[:-1, day] for name, run in zip(LOOKS, runs, strict=True)}, (s.limit, -s.limit)


class PnLLimitExplorer(LimitExplorer):
    """Sliders for a day's loss, a drawdown and what a halt does, on days that sink or crash."""

    title: ClassVar[str] = "A PnL limit"
    measures = "equity [price · clip]"
    sliders: ClassVar = {
        _OF["max_daily_loss"]: (5.0, 100.0, 20.0),
        _OF["max_drawdown"]: (5.0, 100.0, 30.0),
        FLATTEN: (0, 1, 1),
        SINK: (0.0, 8.0, 0.0),
        CRASH: (0.0, 12.0, 8.0),
    }
    presets: ClassVar = {
        "a crash, flatten": {},
        "a crash, hold": {"flatten": 0},
        "the mid sinks": {"sink": 6.0, "crash": 0.0},
        "a calm day": {"crash": 0.0},
        "too tight for a calm day": {"max_daily_loss": 5.0, "max_drawdown": 10.0, "crash": 0.0},
    }
    stages: ClassVar = (falling, unlimited, stopped, compared)
    tasks: ClassVar = {
        "a crash of 8, flatten: stop so late that the worst days get worse.": too_late,
        "the mid sinks by 6, no crash: a budget that raises the mean by 15.": raises_the_mean,
    }

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """The marked equity, the start and the loss that halts."""
        desks, that = (s.desk, replace(s.desk, limits=s.limits)), some_days(s.tape, [day])
        curves = {name: simulate(desk, that).wealth[:-1, 0] for name, desk in zip(LOOKS, desks, strict=True)}
        return curves, (0.0, -s.max_daily_loss)


class VolatilityLimitExplorer(LimitExplorer):
    """Sliders for a volatility limit's two thresholds, its memory and its hysteresis, on days with a burst."""

    title: ClassVar[str] = "A volatility limit"
    measures = "estimated σ [price/√time]"
    sliders: ClassVar = {
        _OF["soft_volatility"]: (1.5, 5.0, 3.0),
        _OF["max_volatility"]: (5.0, 40.0, 20.0),
        _OF["window"]: (0.01, 0.2, 0.02),
        _OF["leave_at"]: (0.4, 1.0, 0.8),
        BURST: (1.0, 8.0, 5.0),
    }
    presets: ClassVar = {
        "a burst": {},
        "halts early": {"max_volatility": 6.0},
        "a calm day": {"burst": 1.0},
        "σ at the limit, no hysteresis": {"soft_volatility": 2.0, "leave_at": 1.0, "burst": 1.0},
        "σ at the limit, hysteresis": {"soft_volatility": 2.0, "leave_at": 0.7, "burst": 1.0},
        "a long memory": {"window": 0.2},
    }
    stages: ClassVar = (bursting, unlimited, wary, without_hysteresis, compared)
    tasks: ClassVar = {
        "in the burst of 5, lower the halt until it takes 5 of the mean.": halts_too_early,
        "σ₀ = 2, no burst: under 6 changes of mode a day, by hysteresis alone.": quiet,
    }
    prints = LimitExplorer.prints + ", changes_a_day(modes)"

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """The limit's own estimate of σ, and its two thresholds."""
        return {"with it": s.sigma[:, day]}, (s.max_volatility, s.soft_volatility)

    def readout(self, s: Any) -> str:
        """What hysteresis spares, besides."""
        return super().readout(s)[:-1] + f", {changes_a_day(s.modes):.1f} without hysteresis."
