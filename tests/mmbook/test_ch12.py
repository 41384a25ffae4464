"""Chapter 12: its answers, its checks, and the replay that it explores."""

from __future__ import annotations

import re

import numpy as np
import pytest
from mmbook.ch12 import ReplayExplorer
from mmbook.ch12.queue_ways import four_ways, four_ways_plot

from mmlab import Desk, GueantLehalleFernandezTapia, Market, Venue, simulate
from mmlab.desk import PositionLimiter
from mmlab.market import replay_tape
from mmlab.market.recorded_day import recorded_day
from mmlab.measure import calibrate
from mmlab.teach import check, hint, predict
from mmlab.teach.exercises import EXERCISES, _hints_given
from mmlab.teach.predict import QUESTIONS, _guesses
from mmlab.teach.words import amount
from tests.mmbook import checking

QUESTION_IDS = ("backtest-without-a-queue",)
EXERCISE_IDS = ("fill-bounds", "expected-orders")


def bounds(displayed, traded, through, size):
    return (size, size) if through else (min(max(traded - displayed, 0), size), min(traded, size))


def counted(depth, seconds, rate, decay):
    mean = np.nansum(rate * np.exp(-decay * depth) * seconds)
    return mean, np.sqrt(mean)


RIGHT = [("fill-bounds", bounds), ("expected-orders", counted)]
WRONG = [
    ("fill-bounds", lambda d, t, b, s: bounds(d, t, b, s)[::-1], "the least comes first"),
    ("fill-bounds", lambda d, t, b, s: bounds(d, t, False, s), "traded beyond our price"),
    ("fill-bounds", lambda d, t, b, s: (bounds(d, t, b, s)[0], t), "more than the 100 that we asked for"),
    ("fill-bounds", lambda d, t, b, s: (t - d, min(t, s)), "a fill is at least 0"),
    ("fill-bounds", lambda d, t, b, s: (0, min(t, s)), "The least: all 300 were in front"),
    ("expected-orders", lambda d, t, a, k: (np.sum(a * np.exp(-k * d) * t), 1.0), "has a NaN"),
    ("expected-orders", lambda d, t, a, k: counted(np.nan_to_num(d), t, a, k), "as one at the mid"),
    ("expected-orders", lambda d, t, a, k: counted(d, 1, a, k), "forgets how long"),
    ("expected-orders", lambda d, t, a, k: counted(d * 0 + np.nanmean(d), t, a, k), "average the rates"),
    ("expected-orders", lambda d, t, a, k: (counted(d, t, a, k)[0], 1.0), "scatter by the root"),
    ("expected-orders", lambda d, t, a, k: counted(d, t, 2 * a, k), "expects .* Σ A"),
]


@pytest.fixture(autouse=True)
def fresh_kernel():
    _guesses.clear()
    yield
    _guesses.clear()
    _hints_given.clear()


test_right_answers_are_right = checking.right_answers(RIGHT)
test_usual_mistakes_are_named = checking.usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = checking.answers_with_numbers(
    [
        ("backtest-without-a-queue", "fills 76% of the clips and earns 0.22 ± 0.03 ticks"),
        ("backtest-without-a-queue", "62% are filled and each earns 0.04 ± 0.03"),
    ]
)


@pytest.mark.parametrize("id", EXERCISE_IDS)
def test_no_answer_is_not_attempted_and_hints_end(id):
    assert check(id, ...).status == "not attempted"
    hints = [hint(id).message for _ in EXERCISES[id].hints]
    assert "This is the last hint" in hints[-1]


@pytest.mark.parametrize("id", QUESTION_IDS)
def test_each_guess_is_drawn_and_answered(id):
    question, plots = QUESTIONS[id], set()
    for guess, reason in question.choices.items():
        asked = predict(id).think_again().commit(guess)
        assert reason in asked.answer
        assert "⚠" not in asked.answer
        plots.add(re.search(r'src="data:image/png;base64,([^"]+)"', asked._answer.value)[1])
    assert len(plots) == len(question.choices)


def test_the_replay_explorers_numbers_are_those_of_simulate_at_both_ends_of_the_queue():
    shown = ReplayExplorer()
    shown.set(latency=0.4, width=1.3, position_limit=3, start=7)
    day, fitted = recorded_day().day, calibrate(recorded_day().day.between(34_200, 39_600))
    tape = replay_tape(day.between(40_020, 40_140), time_step=10, clip=200)
    model = GueantLehalleFernandezTapia(
        risk_aversion=0.1,
        volatility=Market.from_calibration(fitted).total_volatility,
        arrival_rate=fitted.pooled.arrival_rate.value,
        fill_decay=fitted.pooled.fill_decay.value / 1.3,
        horizon=120,
        max_inventory=20,
        solution="closed form",
    )
    limit = PositionLimiter(max_position=3, min_position=-3)
    for queue in ("front", "back"):
        venue = Venue(tick=0.01, latency=0.4, cancel_latency=0.4, queue=queue)
        run = simulate(Desk(model=model, limits=limit, venue=venue), tape)
        orders = (run.bid_fill > 0).sum() + (run.ask_fill > 0).sum()
        edge, profit = (amount(200 * x, 1) for x in (run.edge[0], run.pnl[0]))
        words = rf"{queue} of every queue, {orders} orders met \(.* expected\), edge {edge}, profit {profit}"
        assert re.search(words, shown.words), shown.words


def test_inside_the_spread_no_queue_stands_before_the_replayed_desk_and_a_tight_limit_halts_it():
    shown = ReplayExplorer()
    assert "120 s from 11:00 on" in shown.words
    assert "Task: find a width" in shown.words
    shown.choose("inside the spread")
    assert "✔ Done: find a width" in shown.words
    assert re.findall(r"profit (.)", shown.words) == ["−", "−"]
    shown.choose("tight limits")
    assert shown.words.count("halted after") == 1
    other = ReplayExplorer(recorded_day().day.between(36_000, 37_800))
    assert "the day that the explorer was given" in other.code()
    assert "from 10:15 on" in other.words


def test_a_real_day_is_replayed_by_rates_whose_fit_is_called_rejected(real_day):
    shown = ReplayExplorer(real_day)
    for preset in shown.presets:
        shown.choose(preset)
        assert "(fit rejected (χ² " in shown.words


def test_what_really_stands_in_the_book_fills_between_the_bounds_of_the_backtest():
    ways = four_ways(seconds=900, seed=4)
    front, back, place, there = (ways[name].filled for name in ways)
    for real in (place, there):
        assert back.mean < real.mean < front.mean
    assert ways["its own place"].gain.mean < ways["backtest, front"].gain.mean
    assert abs(place.mean - there.mean) < 3 * np.hypot(place.error, there.error)
    plot = four_ways_plot(ways, "title")
    assert plot.alt.count("ticks a clip placed") == 4
