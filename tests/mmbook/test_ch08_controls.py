"""Chapter 08: how halts end, what the kill switch and the pre-trade checks cost, its derivations, its tasks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from mmbook.ch08 import PnLLimitExplorer, PositionLimitExplorer, VolatilityLimitExplorer
from mmbook.ch08.controls import (
    CAUSES,
    CHECKED,
    NOON,
    WARY,
    changed_by,
    check_effects,
    checks_table,
    ends_by_itself,
    halts_table,
    kill_switch_effects,
    pressed,
)
from mmbook.ch08.scenarios import chapter_desk, scenario_tape
from mmbook.ch08.tail_improvement import LimitEffect

from mmlab import Quotes, Venue, simulate
from mmlab.desk import Block, DeskView, Mode, PnLLimiter, Reason
from tests.mmbook.checking import state_at

BY_THEMSELVES = {Reason.VOLATILITY, Reason.GAP, Reason.NO_MARKET, Reason.DISCONNECTED}


@pytest.mark.parametrize("reason", CAUSES)
def test_a_halt_for_something_outside_ends_by_itself_and_one_of_our_own_by_a_reset(reason):
    assert ends_by_itself(reason) == (reason in BY_THEMSELVES)  # which asserts that a reset ends the others


def test_every_reason_for_which_a_desk_halts_is_in_the_table():
    never_halt = {Reason.NONE, Reason.PROFIT_LOCK, Reason.SOFT_POSITION, Reason.POSITION, Reason.UNWIND, Reason.CLOSE}
    assert set(CAUSES) == set(Reason) - never_halt - {Reason.UNKNOWN}  # of that no feed can be the cause: it is refused
    assert len(halts_table().rows) == len(CAUSES)


def test_a_switch_pressed_before_the_first_step_earns_nothing_and_one_never_pressed_changes_nothing():
    tape = scenario_tape(50, 8)
    np.testing.assert_array_equal(pressed(tape, 0), 0.0)
    np.testing.assert_array_equal(pressed(tape, 10_000), simulate(chapter_desk(), tape).pnl)


def test_what_the_chapter_says_of_the_kill_switch():
    day, short, late = kill_switch_effects().values()
    assert changed_by(day["calm"]).startswith("−26.8 ± 0.3")
    assert changed_by(short["calm"]).startswith("−5.5")
    assert changed_by(short["crash"]).startswith("+8.3 ± 0.2 / +11.1")
    assert changed_by(day["crash"]).startswith("−13.1")
    assert changed_by(late["crash"]).startswith("−24.0 ± 0.2 / −21.8")
    assert min(day["one-sided"].tail_improvement, late["one-sided"].tail_improvement) > 50


def test_each_mistake_is_stopped_by_its_check_and_a_plain_pair_by_none():
    plain, large = Quotes.at(99.25, 100.75), Quotes.at(99.25, 100.75, 100.0)
    mistaken = [Quotes.at(9.9925, 100.75), large, large, Quotes.at(100.10, 100.75), Quotes.at(100.40, 100.75), plain]
    names = ["COLLAR", "SIZE", "NOTIONAL", "POST_ONLY", "SELF_TRADE", "NONE"]
    for (checks, _), wrong, name in zip(CHECKED.values(), mistaken, names, strict=True):
        touch = {"best_ask": 100.05} if checks.post_only else {}
        for quotes, stopped in ((wrong, name), (plain, "NONE")):
            assert checks.check_quotes(quotes, 100.0, own_ask=100.3, **touch).reason[0] == Block[stopped]


def test_a_loop_that_sends_at_every_step_is_stopped_by_the_rate():
    checks, _ = CHECKED["2 messages in 2 steps"]
    run = simulate(dataclasses.replace(chapter_desk(WARY), checks=checks), scenario_tape(5, 8))
    assert (run.not_sent["RATE"] > 100).all()


def test_what_the_chapter_says_of_pre_trade_checks():
    found = check_effects()
    for name in ("largest order, 5", "post-only", "no self-trade"):
        assert all(n == effect.days_changed == 0 for effect, n in found[name].values())
    assert round(found["price collar, 1.5"]["burst"][1]) == 78
    assert found["price collar, 1.5"]["calm"][0].days_changed < 0.05
    assert [round(effect.price) for effect, _ in found["2 messages in 2 steps"].values()] == [5, 5]
    assert found["largest notional, 104"]["burst"][0].tail_improvement < -2 * 2.2
    assert len(checks_table().rows) == len(found)


def test_an_effect_that_rounds_to_nothing_has_no_sign():
    assert changed_by(LimitEffect(0.01, 0.1, -0.04, 0.2, 0.5)) == "0.0 ± 0.1 / 0.0 ± 0.2"


def test_a_stop_costs_what_the_derivation_says():
    """Of a game that pays c a step beside a fair one: c times the steps missed, and p for each stop."""
    rng, c, p, loss = np.random.default_rng(1), 0.05, 0.5, 10.0
    equity = np.cumsum(c + rng.standard_normal((200, 20_000)), axis=0)
    hit = equity <= -loss
    at = np.where(hit.any(axis=0), hit.argmax(axis=0), 199)
    stopped = equity[at, np.arange(20_000)] - p * hit.any(axis=0)
    price = c * (199 - at).mean() + p * hit.any(axis=0).mean()
    lost = equity[-1] - stopped
    assert lost.mean() == pytest.approx(price, abs=3 * lost.std() / np.sqrt(20_000))
    fair = equity - c * np.arange(1, 201)[:, None]
    touched = (fair <= -loss).any(axis=0).mean()
    assert touched == pytest.approx(2 * (fair[-1] <= -loss).mean(), rel=0.12)  # in steps it overshoots a little


def test_a_volatility_halt_lasts_as_long_as_the_derivation_says():
    sigma, step = 2.0, 0.001
    state = WARY.start(DeskView(0.0, 100.0, volatility=40.0))
    mid, n, mode = 100.0, 0, Mode.HALT
    while mode == Mode.HALT or n == 0:
        n += 1
        mid += sigma * np.sqrt(step) * (-1) ** n  # every square is σ²Δt
        state, permission = WARY.step(state, DeskView(n * step, mid))
        mode = Mode(int(permission.mode[0]))
    left = 0.8 * 20
    assert n * step == pytest.approx(0.02 * np.log((40**2 - sigma**2) / (left**2 - sigma**2)), abs=2 * step)


def test_holding_never_helps_the_worst_days_of_a_crash():
    tape = scenario_tape(500, 8, crash=8.0)
    free = simulate(chapter_desk(), tape).pnl
    for loss in (5, 20, 60):
        stop = PnLLimiter(max_daily_loss=loss, max_drawdown=loss, widened_half_spread=1.2)
        held = simulate(chapter_desk(stop), tape).pnl
        assert np.sort(held)[:25].mean() < np.sort(free)[:25].mean()


TASKS = [
    (PositionLimitExplorer, 0, {"limit": 2, "sellers": 1.0, "sink": 0.0}, {"limit": 1, "sellers": 1.0, "sink": 0.0}),
    (PositionLimitExplorer, 0, {"limit": 2, "sellers": 1.0, "sink": 0.0}, {"limit": 23, "sellers": 1.0, "sink": 0.0}),
    (PositionLimitExplorer, 1, {"sink": 2.0}, {"sink": 1.0}),
    (PnLLimitExplorer, 0, {"max_daily_loss": 60.0, "max_drawdown": 60.0}, {"max_drawdown": 60.0}),
    (PnLLimitExplorer, 1, {"sink": 6.0, "crash": 0.0, "max_drawdown": 20.0}, {"sink": 6.0, "crash": 0.0}),
    (VolatilityLimitExplorer, 0, {"max_volatility": 5.0}, {"max_volatility": 6.0}),
    (
        VolatilityLimitExplorer,
        1,
        {"soft_volatility": 2.0, "burst": 1.0, "leave_at": 0.6},
        {"soft_volatility": 2.0, "burst": 1.0, "leave_at": 0.7},
    ),
]


@pytest.mark.parametrize(("kind", "task", "there", "nearly"), TASKS)
def test_a_task_is_done_by_what_it_asks_for_and_by_nothing_nearby(kind, task, there, nearly):
    done, explorer = list(kind.tasks.values())[task], kind()
    for values, is_done in ((there, True), (nearly, False), ({}, False)):
        assert done(state_at(explorer, **values)) is is_done


def test_every_message_of_the_desk_takes_a_step():
    assert chapter_desk().venue == Venue(latency=1 / 200, cancel_latency=1 / 200)
    assert NOON == 100
