"""The explorers of chapter 08: a position limit, a PnL limit and a volatility limit, each with what it is there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch08.scenarios import scenario_tape
from mmbook.ch08.tail_improvement import changes_a_day, effect_of, expected_shortfall
from mmlab import Desk, Symmetric, Tape, Venue, simulate
from mmlab.desk import DeskView, History, Mode, PnLLimiter, PositionLimiter, VolatilityLimiter
from mmlab.parameters import FloatArray, Parameter, parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount
from mmlab.vocabulary import MAX_POSITION, VOLATILITY

LOOKS = {"without the limit": SYMMETRIC, "with it": BID}
MODES = {Mode.WIDEN: ("widened", RESERVATION), Mode.REDUCE_ONLY: ("only reducing", ASK), Mode.HALT: ("halted", PLAIN)}
BURST = Parameter("×", "1", "How much further the mid moves from 0.4 to 0.6 of the day.", name="burst")
SELLERS = Parameter("c", "1", "From noon on: so many times the sell orders, 1/c the buy orders.", name="sellers")
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
    free = simulate(desk, tape)
    return locals()


def within(tape: Tape, desk: Desk, limit: int) -> dict[str, Any]:
    """The same days with it."""
    limits = PositionLimiter(max_position=limit, min_position=-limit)
    limited = simulate(replace(desk, limits=limits), tape)
    return locals()


def stopped(tape: Tape, desk: Desk, max_daily_loss: float, max_drawdown: float, flatten: int) -> dict[str, Any]:
    """The same days with it: at a halt it holds what it has, or pays to give it up."""
    limits = PnLLimiter(max_daily_loss=max_daily_loss, max_drawdown=max_drawdown, widened_half_spread=1.2)
    if flatten:
        limits = replace(limits, on_halt="flatten", flatten_half_spread=0.75, flatten_impact=0.02)
    limited = simulate(replace(desk, limits=limits), tape)
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
    limited = simulate(replace(desk, limits=limits), tape)
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


def compared(free: History, limited: History) -> dict[str, Any]:
    """Price and tail improvement."""
    effect = effect_of(free.pnl, limited.pnl)
    tails = [-expected_shortfall(run.pnl)[0] for run in (free, limited)]
    return locals()


class LimitExplorer(Explorer):
    """One limit and one desk; a subclass says what the limit measures, and makes `free`, `limited` and `effect`."""

    prints: ClassVar[str] = "free.pnl.mean(), limited.pnl.mean(), tails, -effect.price, effect.tail_improvement"
    measures: ClassVar[str]
    """The label of the first panel's axis."""

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """What the limit measures on a day, in runs that `LOOKS` names, and the two bounds that it is held against."""
        raise NotImplementedError("abstract: a limit measures something")

    def show(self, s: Any, day: Panel, profits: Panel, modes: Panel, shares: Panel) -> None:
        """The worst day as the limit sees it, the days' profits, that day's modes, the time in each mode."""
        worst, time, acts = int(s.free.pnl.argmin()), s.free.time, s.limited.mode
        curves, bounds = self.measured(s, worst)
        for name, curve in curves.items():
            day.outline(name, time, curve, LOOKS[name], lw=1.3)
        for n, bound in enumerate(bounds):
            day.level(bound, MID, f"_bound {n}", lw=1)
        every = np.concatenate([*curves.values(), bounds])
        day.view(y=(min(float(every.min()), 0.0), float(every.max())), ylabel=self.measures, xlim=(0, 1))
        lost, kept = (amount(run.pnl[worst], 1) for run in (s.free, s.limited))
        day.title(f"The worst day earned {lost} without the limit, {kept} with it")

        pnls = dict(zip(LOOKS, (s.free.pnl, s.limited.pnl), strict=True))
        low, high = np.quantile([*pnls.values()], [0.002, 0.998])
        bins = np.linspace(low, high, 41)
        part = {name: 100 * np.histogram(pnl, bins)[0] / pnl.size for name, pnl in pnls.items()}
        top = float(np.max([*part.values()]))
        for (name, look), tail in zip(LOOKS.items(), s.tails, strict=True):
            profits.outline(name, bins, part[name], look)
            profits.line(f"_tail {name}", [tail, tail], [0, 0.12 * top], look | {"linestyle": "-"}, lw=3.5)
        labels = {"xlabel": "profit of a day [price · clip]", "ylabel": "share of days [%]"}
        profits.view(x=(low, high), y=(0.0, top), **labels)
        price, saved = s.effect.price, s.effect.tail_improvement
        costs, saves = "costs" if price >= 0 else "earns", "saves" if saved >= 0 else "loses"
        profits.title(f"It {costs} {abs(price):.1f} of the mean and {saves} {abs(saved):.1f} of the tail (thick)")

        modes.outline("_mode", time, acts[:, worst], BID)
        names = ["normal", "widen", "reduce only", "halt"]
        modes.view(xlabel="time [horizon = 1]", xlim=(0, 1), ylim=(-0.3, 3.3), yticks=range(4), yticklabels=names)
        modes.title(f"That day: {changes_a_day(acts[:, [worst]]):.0f} changes of mode")
        for mode, (name, look) in MODES.items():
            shares.outline(name, time, 100 * (acts == mode).mean(axis=1), look)
        shares.view(xlabel="time [horizon = 1]", ylabel="share of days [%]", xlim=(0, 1), ylim=(0, 105))
        shares.title(f"The limit acts on {100 * (acts > 0).any(axis=0).mean():.0f}% of the days")

    def readout(self, s: Any) -> str:
        """Price, tail improvement, and the time in each mode."""
        free, limited, w = s.free.pnl, s.limited.pnl, s.effect
        tails = [amount(tail, 1) for tail in s.tails]
        shares = [100 * float((s.limited.mode == mode).mean()) for mode in MODES]
        return (
            f"Price: the mean day earns {amount(free.mean(), 1)} without the limit, {amount(limited.mean(), 1)} with "
            f"it, {amount(-w.price, 2, '+')} ± {w.price_error:.2f}. Tail improvement: the worst 5% of {free.size} days "
            f"earn {tails[0]} without, {tails[1]} with it, {amount(w.tail_improvement, 2, '+')} ± {w.tail_error:.2f}. "
            f"It changed {w.days_changed:.1%} of the days; of the time it widened {shares[0]:.1f}%, only reduced "
            f"{shares[1]:.1f}%, halted {shares[2]:.1f}%; {changes_a_day(s.limited.mode):.1f} changes of mode a day."
        )


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

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """The marked equity, the start and the loss that halts."""
        curves = {name: run.wealth[:-1, day] for name, run in zip(LOOKS, (s.free, s.limited), strict=True)}
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
    prints = LimitExplorer.prints + ", changes_a_day(modes)"

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """The limit's own estimate of σ, and its two thresholds."""
        return {"with it": s.sigma[:, day]}, (s.max_volatility, s.soft_volatility)

    def readout(self, s: Any) -> str:
        """What hysteresis spares, besides."""
        return super().readout(s)[:-1] + f", {changes_a_day(s.modes):.1f} without hysteresis."
