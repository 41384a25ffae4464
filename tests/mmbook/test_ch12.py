"""Chapter 12: its answers, its checks, and the replay that it explores."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from mmbook.ch12 import ReplayExplorer
from mmbook.ch12.plots import session_apart
from mmbook.ch12.queue_checks import bounds as queue_bounds
from mmbook.ch12.queue_checks import waits
from mmbook.ch12.queue_ways import four_ways, four_ways_plot
from mmbook.ch12.scenes import by_chance, drop_copy, log_of, simulated_session, wealth_apart

from mmlab import Desk, GueantLehalleFernandezTapia, Market, Venue, simulate
from mmlab.desk import PositionLimiter
from mmlab.market import replay_tape
from mmlab.market.recorded_day import recorded_day
from mmlab.measure import Difference, LiveDifferences, LiveLog, calibrate, live_differences, reconcile
from mmlab.teach import check, hint
from mmlab.teach.exercises import EXERCISES, _hints_given
from mmlab.teach.predict import _guesses
from mmlab.teach.words import amount
from tests.mmbook import checking

QUESTION_IDS = ("backtest-without-a-queue", "once-a-second", "live-below-simulated", "four-missed-fills")
STEP_IDS = ("replay-two-steps", "replay-three-parts", "replay-gone-in-front")
EXERCISE_IDS = (*STEP_IDS, "fill-bounds", "expected-orders", "position-break", "why-not-filled", "queue-guess")


def bounds(displayed, traded, through, size):
    return (size, size) if through else (min(max(traded - displayed, 0), size), min(traded, size))


def counted(depth, seconds, rate, decay):
    mean = np.nansum(rate * np.exp(-decay * depth) * seconds)
    return mean, np.sqrt(mean)


def two_steps(p, a, b):
    return p * (1 - p) + p * a * (1 - a) + (1 - p) * b * (1 - b)


def count_variance(p, a, b):
    """Of the fills, by going through all four cases."""
    chances = {2: p * a, 1: p * (1 - a) + (1 - p) * b, 0: (1 - p) * (1 - b)}
    mean = sum(n * chance for n, chance in chances.items())
    return sum((n - mean) ** 2 * chance for n, chance in chances.items())


def parts(side, size, depth, at_fill, soon, last):
    return size * depth, side * size * (soon - at_fill), side * size * (last - soon)


def net(trades):
    return sum(side * size for _, side, size in trades)


def off(ours, theirs):
    return net(set(ours)) - net(theirs)


def why(sign, price, limit, left, acknowledged, rejected, start):
    late = "latency" if acknowledged > start else "queue" if left else "size"
    return "price" if sign * (limit - price) < 0 else "reject" if rejected else late


def in_proportion(displayed, traded, cancelled, joined, through, size):
    front = displayed - cancelled * displayed / (displayed + joined)
    return size if through else min(max(traded - front, 0), size)


def by_the_back(displayed, traded, cancelled, joined, through, size):
    return size if through else min(max(traded - displayed, 0), size)


RIGHT = [("fill-bounds", bounds), ("expected-orders", counted), ("queue-guess", in_proportion)]
RIGHT += [("replay-two-steps", two_steps), ("replay-three-parts", parts), ("position-break", off)]
RIGHT += [("replay-gone-in-front", lambda d, v, f: d - v + f), ("why-not-filled", why)]
STEPS = [
    ("replay-two-steps", lambda p, a, b: count_variance(p, a, b), "the number of fills N"),
    ("replay-two-steps", lambda p, a, b: two_steps(p, a, b) + 0.01, "should be"),
    ("replay-two-steps", lambda p, a, b: p + p * a + (1 - p) * b, "that is E[Λ]"),
    (
        "replay-two-steps",
        lambda p, a, b: two_steps(p, *2 * [p * a + (1 - p) * b]),
        "not their average",
    ),
    ("replay-two-steps", lambda p, a, b: p * (1 - p), "the first step alone"),
    ("replay-two-steps", lambda p, a, b: two_steps(p, a, b) ** 0.5, "the standard deviation"),
    ("replay-two-steps", lambda p, a, b: p * (1 - p) + a * (1 - a) + b * (1 - b), "with its own probability"),
    ("replay-three-parts", lambda side, *x: parts(1, *x), "A sale gains when the mid falls"),
    ("replay-three-parts", lambda *x: (parts(*x)[0], -parts(*x)[1], parts(*x)[2]), "below 0 where the mid"),
    ("replay-three-parts", lambda k, n, d, s, m, e: (n * d, k * n * (m - s), k * n * (e - s)), "counted twice"),
    ("replay-three-parts", lambda k, n, *x: parts(k, 1, *x), "two clips lose twice"),
    ("replay-three-parts", lambda k, *x: (k * parts(k, *x)[0], *parts(k, *x)[1:]), "a sale at depth δ earns δ too"),
    (
        "replay-three-parts",
        lambda k, n, d, *x: np.add(parts(k, n, d, *x), (0, n * d, 0)),
        "The edge has that",
    ),
    ("replay-gone-in-front", lambda d, v, f: d - v, "has traded too"),
    ("replay-gone-in-front", lambda d, v, f: d - v - f, "was the others'"),
    ("replay-gone-in-front", lambda d, v, f: d, "all that traded would have been ours"),
    ("replay-gone-in-front", lambda d, v, f: v - d - f, "the sign is the other one"),
]
LOGS = [
    ("position-break", lambda a, b: net(a) - net(b), "counted twice"),
    ("position-break", lambda a, b: -off(a, b), "the venue's position less ours"),
    ("position-break", lambda a, b: sum(t[2] for t in set(a)) - sum(t[2] for t in b), "side × size"),
    ("position-break", lambda a, b: len(set(a)) - len(b), "the number of trades"),
    ("position-break", lambda a, b: net(set(a)), "our position alone"),
    ("position-break", lambda a, b: net(set(a) - set(b)), "only the venue has"),
    ("why-not-filled", lambda sign, *x: why(1, *x), "for an ask the better price is the lower one"),
    ("why-not-filled", lambda k, p, q, *x: "price" if p != q else why(k, p, q, *x), "a better price"),
    ("why-not-filled", lambda k, p, q, *x: why(k, p, p, *x), "never looked at"),
    ("why-not-filled", lambda *x: why(*x[:5], False, x[6]), "refused is called late"),
    ("why-not-filled", lambda *x: "latency" if x[4] == x[6] else why(*x), "is there: it is late only if"),
    ("why-not-filled", lambda *x: why(*x[:3], 1.0, *x[4:]), "nothing is left"),
    ("why-not-filled", lambda *x: "queue", "gave 'queue'; it should be 'price'"),
    ("why-not-filled", lambda *x: "bad luck", "must be one of price, reject"),
    ("queue-guess", by_the_back, "your score is"),
    ("queue-guess", lambda *x: 62.0, "One of these is better"),
    ("queue-guess", lambda d, v, c, j, b, s: s if b else min(v, s), "your score is 0"),
]
WRONG = [
    *STEPS,
    *LOGS,
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
        ("once-a-second", "1184 fills instead of 1078, they earn 10% more .* the profit is 15.2 instead of 19.0"),
        ("live-below-simulated", "Live made 390, the simulation 626: −236"),
        ("live-below-simulated", "in the queue had are +172 .* late +56, and one line of the record −359"),
        ("live-below-simulated", "a sale at 100.00 while the mid was at 103.91, of .* the session is +123"),
        ("four-missed-fills", "it was +172 in money. By chance alone it would be 0, give or take 191"),
    ]
)


@pytest.mark.parametrize("id", EXERCISE_IDS)
def test_no_answer_is_not_attempted_and_hints_end(id):
    assert check(id, ...).status == "not attempted"
    hints = [hint(id).message for _ in EXERCISES[id].hints]
    assert "This is the last hint" in hints[-1]


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
        words = rf"{queue} of every queue, orders met: {orders} \(.* expected\), edge {edge}, profit {profit}"
        assert re.search(words, shown.words), shown.words


def test_inside_the_spread_no_queue_stands_before_the_replayed_desk_and_a_tight_limit_halts_it():
    shown = ReplayExplorer()
    assert "120 s from 11:00 on" in shown.words
    assert "Task: find a width" in shown.words
    shown.choose("inside the spread")
    assert "Task: find a width" in shown.words  # near: no preset does a task
    assert re.findall(r"profit (.)", shown.words) == ["−", "−"]
    for met, expected, sd in re.findall(r"orders met: (\d+) \((.*?) ± (.*?) expected\)", shown.words):
        assert float(met) > float(expected) + 5 * float(sd)  # many more, as the text says
    shown.set(width=0.36)
    assert "✔ Done: find a width" in shown.words
    shown.choose("tight limits")
    assert shown.words.count("halted after") == 1
    shown.choose("as calibrated")
    shown.set(start=12)
    assert "✔ Done: as calibrated, find a start from which the back earns more" in shown.words
    shown.set(latency=0.5)
    assert "Task: as calibrated" in shown.words
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
    assert ways["backtest, back"].money.mean < ways["its own place"].money.mean < ways["backtest, front"].money.mean
    assert ways["its own place"].gain.mean < ways["backtest, front"].gain.mean
    assert abs(place.mean - there.mean) < 3 * np.hypot(place.error, there.error)
    plot = four_ways_plot(ways, "title")
    assert plot.alt.count("ticks a clip placed") == 4


def test_the_chapters_two_accounts_are_as_the_chapter_says():
    """Sums that agree over breaks that do not; all worths add up; one difference breeds others."""
    history, log, venue = simulated_session(), LiveLog.shipped(), drop_copy()
    sums, breaks = reconcile(log, venue)
    apart = {row[0]: row[3] for row in sums.rows}
    assert {apart[name] for name in ("trades", "bought [clips]", "sold [clips]", "position [clips]")} == {"0"}
    assert apart["cash [price · clip]"] == "-3.6175"
    assert [why for _, why in breaks] == [
        "its fee is 0.003; ours is 0.0005", "the venue has no such trade", "we have no such trade",
    ]  # fmt: skip
    assert venue.faults == ()
    found = live_differences(venue, history)
    assert found.live_profit - found.simulated_profit == pytest.approx(1.26, abs=0.005)
    for why in ("queue", "reject", "latency", "size"):
        worth = sum(one.worth for one in found.differences if one.why == why)
        assert abs(worth) < 1.5 * by_chance(found, history, why)
    back = live_differences(log_of(simulated_session("back")), history)
    kinds = Counter(one.why for one in back.differences)
    assert (kinds["queue"], kinds["price"], len(back.differences)) == (58, 113, 178)
    late = live_differences(log_of(simulated_session(latency=0.02)), history)
    assert {one.why for one in late.differences} == {"price"}
    cost = late.simulated_profit - late.live_profit
    assert cost / late.simulated_profit == pytest.approx(0.1, abs=0.01)


def test_wealth_apart_ends_at_the_difference_of_the_profits_and_the_picture_marks_each_fill():
    history, log = simulated_session(), LiveLog.shipped()
    found = live_differences(log, history)
    _, money, clips = wealth_apart(log, history)
    assert money[-1] == pytest.approx(found.live_profit - found.simulated_profit, abs=1e-9)
    assert clips[-1] == pytest.approx(log.inventory - float(history.inventory[-1, 0]))
    for none in wealth_apart(log_of(history), history)[1:]:
        assert np.abs(none).max() < 1e-9
    assert wealth_apart(LiveLog(()), history)[1][-1] == pytest.approx(-float(history.pnl[0]))
    picture = session_apart(log, history, found, "title")
    assert picture.alt.count(" ask ") + picture.alt.count(" bid ") == len(found.differences)
    assert "10:51 ask record −3.59" in picture.alt


def test_chance_is_of_the_clips_that_are_apart():
    history = simulated_session()
    one = Difference(0.0, "bid", 1.0, 0.0, "queue", 0.0)
    none = LiveDifferences((), 0.0, 0.0, 0.0, 0)
    assert by_chance(none, history, "queue") == 0
    moves = np.diff(history.mid[:, 0])
    assert by_chance(replace(none, differences=(one,)), history, "queue") == pytest.approx(np.sqrt((moves**2).sum()))
    both = (one, replace(one, side="ask"))
    assert by_chance(replace(none, differences=both), history, "queue") == 0


def test_the_books_answers_lie_between_the_bounds_and_no_constant_passes():
    asked, filled = waits()
    least, most = np.array([queue_bounds(*wait) for wait in asked]).T
    assert (least <= filled).all()
    # An order so small that it is met as a whole may be met where a clip would be met in part.
    assert np.mean(filled > most) < 0.01
    for constant in (0.0, 38.0, 62.0, 100.0):
        assert check("queue-guess", lambda *wait, x=constant: x).status == "not yet"
