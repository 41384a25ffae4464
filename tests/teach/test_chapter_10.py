"""Chapter 10: what it says of its days, its questions and its exercises."""

import math

import numpy as np
import pytest

from mmlab.desk import Mode
from mmlab.measure import Record, Rule, Watch, default_rules
from mmlab.teach import check
from mmlab.teach.chapter_10_days import CALM, CONFIG, DAYS, INFORMED, N_DAYS, alarms, many, per_day
from mmlab.teach.desk_day import LiveDay
from tests.teach import judging


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
        live.step(10)
    larger = CONFIG.override({"limits": {"max_drawdown": 4_000}})
    live.pipeline.change_limits(larger.make_limits())
    assert live.step().history.mode[-1, 0] == Mode.HALT
    live.pipeline.reset()
    assert live.step().history.mode[-1, 0] == Mode.WIDEN


def test_a_calm_day_has_hardly_any_false_alarm():
    _, _, high = per_day(len(alarms(Watch(default_rules(CONFIG)), many(CALM, 0))), N_DAYS)
    assert high < 0.2


def test_informed_orders_cost_what_they_know_over_many_days():
    impact = []
    for market in (CALM, INFORMED):
        days = many(market, 7, 10)
        impact.append(days.equity[-1] - days.equity[0])
    less = impact[0] - impact[1]
    assert less.mean() > 4 * less.std(ddof=1) / math.sqrt(10)


@pytest.mark.parametrize(("leave_at", "heard"), [(1.0, 460), (0.9, 405), (0.8, 1)])
def test_too_much_hysteresis_is_deaf(leave_at, heard):
    rule = Rule(name="wide", threshold=0.06, leave_at=leave_at, cool_down=0)
    assert len(alarms(Watch([rule]), Record.of(DAYS["Wednesday"].history))) == heard


def test_counts_have_intervals():
    assert per_day(0, 40) == (0, 0, pytest.approx(3.69 / 40, rel=0.02))  # exact Poisson: 0 to 3.689
    assert per_day(10, 1) == (10, pytest.approx(4.80, rel=0.01), pytest.approx(18.39, rel=0.01))  # 4.795 to 18.391


def speaks(values, threshold, leave_at):
    on, n = False, 0
    for value in values:
        if value >= threshold and not on:
            on, n = True, n + 1
        elif value < leave_at * threshold:
            on = False
    return n


test_right_answers = judging.right_answers(
    [
        ("markout", lambda side, price, mid_later: side * (mid_later - price)),
        ("attribute-two-fills", (0.05, -0.09, 0.06)),
        ("speak-once", speaks),
        ("none-in-forty-days", 0.0749),
        ("best-watch", Watch([Rule(name="toxic", threshold=1.2)], horizon=200)),
    ]
)

test_usual_mistakes = judging.usual_mistakes(
    [
        ("markout", lambda side, price, mid_later: side * (price - mid_later), "the sign is the taker's"),
        ("markout", lambda side, price, mid_later: abs(price - mid_later), "can be a loss"),
        ("markout", lambda side, price, mid_later: mid_later, "it is 0.05"),
        ("attribute-two-fills", (0.05, 0.09, -0.12), "what costs is negative"),
        ("attribute-two-fills", (0.05, -0.01, -0.02), "adverse selection is not -0.01"),
        ("attribute-two-fills", (0.04, -0.09, 0.06), "spread is not 0.04"),
        ("speak-once", lambda v, t, f: sum(x >= t for x in v), "It speaks once"),
        ("speak-once", lambda v, t, f: speaks(v, t, 1.0), "over as soon as"),
        ("speak-once", lambda v, t, f: 0, "a rule speaks 2 times"),
        ("none-in-forty-days", 0, "for certain"),
        ("none-in-forty-days", 3.0, "in forty days"),
        ("none-in-forty-days", 0.5, "not 0.05"),
        ("best-watch", 3, "the answer is a Watch"),
        ("best-watch", Watch([Rule(name="toxic", threshold=3)], horizon=30), "hours are enough"),
        ("best-watch", Watch([Rule(name="run", threshold=6)]), "false alarms a calm day"),
    ]
)

test_answers_with_their_numbers = judging.answers_with_numbers(
    [
        ("monday-was", "54.94 is a spread of 8.29, adverse selection of −0.57, 49.59 from the inventory"),
        ("tuesday-was", "14.66 is a spread of 28.57, adverse selection of 0.00"),
        ("wednesday-was", "−8.78 is a spread of 28.54, adverse selection of −20.08"),
        ("speak-sooner", "5.10 times a calm day (95% interval 4.42 to 5.85), at 8 0.85 times, and at 12 0 times"),
    ]
)


@pytest.mark.parametrize("id", ["markout", "attribute-two-fills", "speak-once", "none-in-forty-days", "best-watch"])
def test_unfilled_answers_are_not_attempted(id):
    assert check(id, ...).status == "not attempted"
