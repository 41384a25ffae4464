"""What stops a desk beside its limits, and what it costs: halts and how they end, the kill switch, pre-trade checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from mmbook.ch08.scenarios import SCENARIOS, chapter_desk, chapter_market, scenario_tape
from mmbook.ch08.tail_improvement import LimitEffect, effect_of
from mmlab.desk import (
    FlakyVenue,
    MarketMakingPipeline,
    Mode,
    PnLLimiter,
    PreTradeChecks,
    Reason,
    TapeVenue,
    VolatilityLimiter,
)
from mmlab.market import Tape
from mmlab.parameters import FloatArray
from mmlab.simulation import simulate
from mmlab.table import Table
from mmlab.teach.words import amount

N_DAYS, SEED, NOON = 500, 8, 100
"""Days of each scene, their seed, and the step at noon."""
WARY = VolatilityLimiter(soft_volatility=3, max_volatility=20, soft_half_spread=0.75, window=0.02)
TWENTY_LOST = PnLLimiter(max_daily_loss=20, max_drawdown=99, widened_half_spread=1.2)
TWENTY_DOWN = PnLLimiter(max_daily_loss=99, max_drawdown=20, widened_half_spread=1.2)


def changed_by(effect: LimitEffect) -> str:
    """The mean and the worst 5% of days, each with its error."""
    parts = ((-effect.price, effect.price_error), (effect.tail_improvement, effect.tail_error))
    return " / ".join((amount(x, 1, "+") if round(x, 1) else "0.0") + f" ± {e:.1f}" for x, e in parts)


class Cause(NamedTuple):
    """Why a desk halts: its limits, its venue, and what its feed shows in steps 5 and 6."""

    what: str
    limits: tuple[Any, ...] = ()
    venue: Callable[[TapeVenue], Any] = lambda inner: inner
    mid: float = 0.0
    """How far from the mid of before [price]."""
    halted: bool = False
    late: float = 0.0
    """How long the feed is silent before step 5 [time]."""
    pressed: bool = False


CAUSES: dict[Reason, Cause] = {
    Reason.VOLATILITY: Cause("the mid moves too much", (WARY,), mid=4.0),
    Reason.GAP: Cause("the feed is silent", late=0.1),
    Reason.NO_MARKET: Cause("trading is halted", halted=True),
    Reason.DISCONNECTED: Cause("the line breaks", venue=lambda inner: FlakyVenue(inner, {5: ("down", 2)})),
    Reason.DAILY_LOSS: Cause("the day has lost 20", (TWENTY_LOST,), mid=-3.0),
    Reason.DRAWDOWN: Cause("it is 20 from its best", (TWENTY_DOWN,), mid=-3.0),
    Reason.VENUE: Cause(
        "fills do not fit", venue=lambda inner: FlakyVenue(inner, dict.fromkeys(range(5, 40), "double"))
    ),
    Reason.OPERATOR: Cause("somebody presses the switch", pressed=True),
}
"""For each reason for which a desk halts, how to come to it."""


def ends_by_itself(reason: Reason, n_steps: int = 60, reset_at: int = 50) -> bool:
    """Run a desk with 8 clips into this halt: whether it is over some time after its cause, or stands until a reset."""
    cause = CAUSES[reason]
    tape = chapter_market(volatility=0.05).tape(1, 200, SEED)
    tape = dataclasses.replace(tape, time=tape.time + cause.late * (np.arange(tape.n_steps + 1) >= 5))
    inner = TapeVenue(chapter_desk().venue, tape)
    desk = dataclasses.replace(chapter_desk(), limits=cause.limits)
    run = MarketMakingPipeline(desk, cause.venue(inner), end=2.0, max_gap=0.05, inventory=8.0, cash=-800.0)
    outcomes: list[tuple[int, int]] = []
    for n, datum in enumerate(list(inner.market_data())[:n_steps]):
        if cause.pressed and n == 5:
            run.halt(who="A. Trader", reason="to see how it ends")
        if n == reset_at and outcomes[-1][0] == Mode.HALT:
            run.reset(who="B. Officer", reason="the cause is gone")
        bad = n in (5, 6)
        mid = datum.mid_price + cause.mid * bad
        outcome = run.run_pipeline(dataclasses.replace(datum, mid_price=mid, halted=cause.halted and bad))
        outcomes.append((int(np.max(outcome.permission.mode)), int(np.max(outcome.permission.reason))))
    reasons = {why for mode, why in outcomes if mode == Mode.HALT}
    assert reasons == {reason}, f"halted for {reasons}, not for {reason!r}"
    assert outcomes[-1][0] != Mode.HALT, "the reset has not ended it"
    return outcomes[reset_at - 1][0] != Mode.HALT


@lru_cache(maxsize=1)
def halts_table() -> Table:
    """Each reason for which a desk halts, whether such a halt ends by itself, and who lifts it."""
    rows = []
    for reason, cause in CAUSES.items():
        ends = ("yes", "nobody needs to") if ends_by_itself(reason) else ("no", "a person, with a name and a reason")
        rows.append((reason.name.replace("_", " "), cause.what, *ends))
    return Table.of(("a halt for", "here because", "ends by itself?", "who lifts it"), rows)


def pressed(tape: Tape, at: int, until: int | None = None) -> FloatArray:
    """Profits of days on which somebody halts the desk at a step, and resets it at another one, or never."""
    desk = chapter_desk()
    run = MarketMakingPipeline(desk, TapeVenue(desk.venue, tape), end=float(tape.time[-1]))
    for n, datum in enumerate(TapeVenue(desk.venue, tape).market_data()):
        if n == at:
            run.halt(who="A. Trader", reason="a headline")
        if n == until:
            run.reset(who="B. Officer", reason="it is over")
        run.run_pipeline(datum)
    return run.close(TapeVenue(desk.venue, tape).end).pnl


PRESSED: dict[str, tuple[int, int | None]] = {
    "at noon, for the day": (NOON, None),
    "at noon, for 20 steps": (NOON, NOON + 20),
    "10 steps late, for the day": (NOON + 10, None),
}
"""When the switch is pressed, and when the halt is lifted."""


@lru_cache(maxsize=1)
def kill_switch_effects() -> Mapping[str, Mapping[str, LimitEffect]]:
    """What pressing does, by when and by kind of day."""
    found: dict[str, dict[str, LimitEffect]] = {name: {} for name in PRESSED}
    for kind, how in SCENARIOS.items():
        tape = scenario_tape(N_DAYS, SEED, **how)
        free = simulate(chapter_desk(), tape).pnl
        for name, when in PRESSED.items():
            found[name][kind] = effect_of(free, pressed(tape, *when))
    return found


def kill_switch_table() -> Table:
    """`kill_switch_effects`: a row for each way to press, a column for each kind of day."""
    rows = [(name, *map(changed_by, row.values())) for name, row in kill_switch_effects().items()]
    return Table.of(("mean / worst 5%", *SCENARIOS), rows)


CHECKED: dict[str, tuple[PreTradeChecks, str]] = {
    "price collar, 1.5": (PreTradeChecks(price_collar=1.5), "a bid with its point one place off"),
    "largest order, 5": (PreTradeChecks(max_order=5), "100 shares sent as 100 clips"),
    "largest notional, 104": (PreTradeChecks(max_notional=104), "the same"),
    "post-only": (PreTradeChecks(post_only=True), "a bid at 100.10, the best ask is 100.05"),
    "no self-trade": (PreTradeChecks(no_self_trade=True), "a bid above our own ask"),
    "2 messages in 2 steps": (PreTradeChecks(max_messages=2, message_window=0.01), "a loop that sends at every step"),
}
"""Each check, and a mistake that it is there for."""


@lru_cache(maxsize=1)
def check_effects() -> Mapping[str, Mapping[str, tuple[LimitEffect, float]]]:
    """Price and tail improvement of each check on the desk with a volatility limit, and orders not sent a day."""
    found: dict[str, dict[str, tuple[LimitEffect, float]]] = {name: {} for name in CHECKED}
    desk = chapter_desk(WARY)
    for kind in ("calm", "burst"):
        tape = scenario_tape(N_DAYS, SEED, **SCENARIOS[kind])
        free = simulate(desk, tape).pnl
        for name, (checks, _) in CHECKED.items():
            run = simulate(dataclasses.replace(desk, checks=checks), tape)
            not_sent = sum(float(n.sum()) for n in run.not_sent.values()) / tape.n_paths
            found[name][kind] = effect_of(free, run.pnl), not_sent
    return found


def checks_table() -> Table:
    """`check_effects`, with the mistake that each would have stopped."""
    rows = []
    for name, found in check_effects().items():
        effects = [f"{changed_by(effect)} ({n:.1f})" for effect, n in found.values()]
        rows.append((name, *effects, CHECKED[name][1]))
    return Table.of(("check", "calm: mean / worst 5% (not sent)", "burst", "a mistake that it stops"), rows)
