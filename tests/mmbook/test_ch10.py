"""Chapter 10: what it says of its days, its questions and its exercises."""

import math
from dataclasses import replace

import numpy as np
import pytest
from mmbook.ch10 import checks
from mmbook.ch10.desk_day import LiveDay
from mmbook.ch10.scenes import (
    CALM,
    CONFIG,
    DAYS,
    INFORMED,
    N_DAYS,
    alarms,
    detected,
    first_times,
    many,
    net_markouts,
    per_day,
)

from mmlab.desk import Mode
from mmlab.measure import Rule, Watch, attribute, default_rules
from tests.mmbook import checking


@pytest.fixture(scope="module", autouse=True)
def its_days_are_run():
    """Before the clock of a check runs: the likelihood ratio is learnt from eighty days."""
    checks.likelihood_ratio()


@pytest.fixture(scope="module")
def parts():
    return {name: {part: v[0] for part, v in day.watched().attribution.parts.items()} for name, day in DAYS.items()}


def test_the_parts_add_up_to_the_cent(parts):
    for day in parts.values():
        assert abs(day["unexplained"]) < 1e-9
        assert sum(value for part, value in day.items() if part != "pnl") == pytest.approx(day["pnl"], abs=1e-9)


def test_the_largest_profit_is_luck_and_the_smallest_was_picked_off(parts):
    monday, tuesday, wednesday = parts.values()
    assert monday["pnl"] > tuesday["pnl"] > 0 > wednesday["pnl"]
    assert monday["inventory"] > 5 * monday["spread"]
    assert abs(tuesday["adverse_selection"]) < 0.05 * tuesday["spread"]
    assert wednesday["spread"] == pytest.approx(tuesday["spread"], rel=0.01)
    assert -wednesday["adverse_selection"] > 0.6 * wednesday["spread"]


def test_on_monday_half_of_the_position_limit_and_three_quarters_are_alerts_when_they_are_reached():
    day = DAYS["Monday"]
    heard = [a for a in day.watched().alerts if a.rule in ("long", "short")]
    first = {a.severity.name: a.time for a in reversed(heard)}
    assert first == {"INFO": 6_220, "WARNING": 7_760}
    for share, time in ((0.5, 6_220), (0.75, 7_760)):
        used = np.abs(day.history.inventory[:, 0]) / CONFIG.clips(CONFIG.limits.max_position)
        assert day.history.time[np.argmax(used >= share)] == time


def test_wednesdays_markout_is_above_0_and_below_the_fee():
    assert 0 < DAYS["Wednesday"].watched().metrics["markout 60"][0] < CONFIG.price(CONFIG.market.transaction_cost)


def test_a_day_step_by_step_is_the_day_at_once_and_hears_the_same():
    live, whole = LiveDay(DAYS["Tuesday"]), DAYS["Tuesday"].watched()
    while not live.over:
        live.step(97)
    for name in ("time", "mid", "inventory", "cash", "bid_price"):
        np.testing.assert_array_equal(getattr(live.history, name), getattr(DAYS["Tuesday"].history, name))
    assert [*map(str, live.monitor.alerts)] == [*map(str, whole.alerts)]
    assert live.monitor.metrics["pnl"] == pytest.approx(whole.metrics["pnl"])
    assert len(live.monitor.latencies.counts) == 4


def test_monday_halts_itself_and_a_larger_limit_alone_lifts_nothing():
    live = LiveDay(DAYS["Monday"]).step()
    while live.history.mode[-1, 0] != Mode.HALT:
        live.step()
    assert live.history.time[-2] == 8_830 == DAYS["Monday"].watched().alerts[-1].time
    so_far = attribute(live.history, 30.0)  # "the losses are the mid's, not the flow's"
    assert abs(so_far.adverse_selection[0]) < 0.1 * so_far.spread[0]
    larger = CONFIG.override({"limits": {"max_drawdown": 4_000}})
    live.pipeline.change_limits(larger.make_limits(), who="Bob", reason="room")
    assert live.step().history.mode[-1, 0] == Mode.HALT
    live.pipeline.reset(who="Ann", reason="looked at")
    assert live.step().history.mode[-1, 0] == Mode.WIDEN


def test_a_calm_day_has_hardly_any_false_alarm():
    _, _, high = per_day(len(alarms(Watch(default_rules(CONFIG)), many(CALM, 0))), N_DAYS)
    assert high < 0.2


TOXIC = [rule for rule in default_rules(CONFIG) if rule.name == "toxic"]


@pytest.mark.parametrize("seed", [0, 1, 2028])
def test_nineteen_of_twenty_informed_days_are_found_within_an_hour_and_calm_ones_are_left_in_peace(seed):
    """Seed 0 is the chapter's; the threshold was chosen on other days than these (`tests.benchmarks alarms`)."""
    (found,) = first_times(TOXIC, many(INFORMED, seed)) <= 3_600
    assert found.mean() >= 0.95
    assert found[:20].mean() >= 0.95
    assert len(alarms(Watch(default_rules(CONFIG)), many(CALM, seed))) <= 0.15 * N_DAYS


def test_against_0_instead_of_the_fee_fewer_informed_days_are_found():
    """The mean markout of these days is above 0 and below the fee."""
    free = replace(many(INFORMED, 0), fees=None)
    (fee,), (zero,) = (first_times(TOXIC, days) <= 3_600 for days in (many(INFORMED, 0), free))
    assert zero.sum() < 0.8 * fee.sum()
    assert sum(alert.rule == "toxic" for alert in DAYS["Wednesday"].watched().alerts) == 5
    always = replace(TOXIC[0], cool_down=0)  # "in between the rule cleared ten times"
    assert len(alarms(Watch([always]), DAYS["Wednesday"].history)) == 11


def test_the_likelihood_ratio_is_the_quicker_of_the_two_and_both_see_the_same_fills():
    assert checks.yardsticks()[1] < 0.25 * checks.yardsticks()[0]
    time, net = net_markouts(many(CALM, 0, 1), 30.0)[0]
    assert (np.diff(time) >= 0).all()
    assert abs(net.mean() - 0.017) < 4 * net.std() / math.sqrt(len(net))
    assert detected(lambda so_far: len(so_far) == 3, [(time, net)]) == time[2]
    ((times, by_hand),) = net_markouts(checks.TWO_FILLS, 30.0)  # 99.98 → 99.95, and 100.00 → 100.01
    assert times.tolist() == [30, 90]
    np.testing.assert_allclose(by_hand, [-0.03, -0.01])


def test_informed_orders_cost_what_they_know_over_many_days():
    impact = []
    for market in (CALM, INFORMED):
        days = many(market, 7, 10)
        impact.append(days.pnl)
    less = impact[0] - impact[1]
    assert less.mean() > 4 * less.std(ddof=1) / math.sqrt(10)


@pytest.mark.parametrize(("leave_at", "heard"), [(1.0, 460), (0.9, 405), (0.8, 1)])
def test_too_much_hysteresis_is_deaf(leave_at, heard):
    rule = Rule(name="wide", threshold=0.06, leave_at=leave_at, cool_down=0)
    assert len(alarms(Watch([rule]), DAYS["Wednesday"].history)) == heard


def test_counts_have_intervals():
    """Garwood's table."""
    for n, low, high in (
        (0, 0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.242, 7.225),
        (10, 4.795, 18.391),
        (100, 81.36, 121.63),
    ):
        assert per_day(n, 10) == (n / 10, pytest.approx(low / 10, rel=1e-3), pytest.approx(high / 10, rel=1e-3))


def times_fired(values, threshold, leave_at):
    on, n = False, 0
    for value in values:
        if value >= threshold and not on:
            on, n = True, n + 1
        elif value < leave_at * threshold:
            on = False
    return n


RIGHT = [
    ("markout", lambda side, price, mid_later: side * (mid_later - price)),
    ("attribute-two-fills", (0.05, -0.09, 0.06)),
    ("alert-hysteresis", times_fired),
    ("none-in-forty-days", 0.0749),
    ("sooner-than-the-rule", lambda net: checks.likelihood_ratio()(net)),
    ("sooner-than-the-rule", lambda net: len(net) >= 15 and net.mean() < 0.007),
]

WRONG = [
    ("markout", lambda side, price, mid_later: side * (price - mid_later), "the sign is the taker's"),
    ("markout", lambda side, price, mid_later: abs(price - mid_later), "can be a loss"),
    ("markout", lambda side, price, mid_later: mid_later - price, "that of a clip that was bought"),
    ("markout", lambda side, price, mid_later: price - mid_later, "that of a clip that was sold"),
    ("markout", lambda side, price, mid_later: mid_later, "it is 0.05"),
    ("attribute-two-fills", (0.05, 0.09, -0.12), "what costs is negative"),
    ("attribute-two-fills", (0.05, -0.01, -0.02), "adverse selection is not −0.01"),
    ("attribute-two-fills", (0.04, -0.09, 0.06), "spread is not 0.04"),
    ("alert-hysteresis", lambda v, t, f: sum(x >= t for x in v), "It fires once"),
    ("alert-hysteresis", lambda v, t, f: times_fired(v, t, 1.0), "clears as soon as"),
    ("alert-hysteresis", lambda v, t, f: 0, "a rule fires 2 times"),
    ("alert-hysteresis", lambda v, t, f: min(times_fired(v, t, f), 2), "on 60 values, leave_at 1, it gives 2; a rule"),
    ("none-in-forty-days", 0, "for certain"),
    ("none-in-forty-days", 3.0, "in forty days"),
    ("none-in-forty-days", 0.5, "not 0.05"),
    ("sooner-than-the-rule", 3, "give the function itself"),
    ("sooner-than-the-rule", lambda net: True, "it fires on 40 of 40 calm days"),
    ("sooner-than-the-rule", lambda net: len(net) > 50, "it fires on 40 of 40 calm days"),
    ("sooner-than-the-rule", lambda net: False, "0 of 40 informed days found"),
    ("sooner-than-the-rule", lambda net: len(net) >= 30 and net.mean() < -0.01, "of 100: 0 is the default rule's"),
]

test_right_answers_are_right = checking.right_answers(RIGHT)
test_usual_mistakes_are_named = checking.usual_mistakes(WRONG)
test_answers_with_their_numbers = checking.answers_with_numbers(
    [
        ("monday-was", "54.94 is a spread of 8.29, adverse selection of −0.57, 49.59 from the inventory"),
        ("tuesday-was", "14.66 is a spread of 28.57, adverse selection of 0.00"),
        ("wednesday-was", "−8.78 is a spread of 28.54, adverse selection of −20.08"),
        ("speak-sooner", "5.10 times a calm day (95% interval 4.42 to 5.85), at 8 0.85 times, and at 12 0 times"),
    ]
)
