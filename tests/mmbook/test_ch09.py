"""Chapter 09: its answers, its checks, and what its prose claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
from mmbook import printed
from mmbook.ch09 import PipelineExplorer
from mmbook.ch09.checks import Skewed, skew
from mmbook.ch09.pipeline_hour import events
from mmbook.ch09.scenes import (
    CONFIG,
    STORM,
    FilledIn,
    Interrupted,
    around,
    hour,
    hours,
    play,
    trade_unseen,
)

from mmlab import Desk, MarketMakingPipeline, Quotes, simulate
from mmlab.desk import FlakyVenue, Mode, Permission, Reason, TapeVenue, mode_changes
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes


class Skews:
    def __init__(self, sign: float = -1.0, at_the_end: float = 3.0):
        self.sign, self.at_the_end = sign, at_the_end

    def quotes(self, mid_price, inventory, time_left):
        middle = mid_price + self.sign * 0.004 * (self.at_the_end if time_left <= 300 else 1) * inventory
        return Quotes.at(middle - 0.025, middle + 0.025)


class Prices(Skews):
    def quotes(self, mid_price, inventory, time_left):
        return mid_price - 0.025, mid_price + 0.025


class Wider(Skews):
    def quotes(self, mid_price, inventory, time_left):
        return Quotes.at(mid_price - 0.03 - 0.004 * inventory, mid_price + 0.025 - 0.004 * inventory)


class Close:
    def __init__(self, at: float = 3300.0, mode: Mode = Mode.REDUCE_ONLY):
        self.at, self.mode = at, mode

    def start(self, view):
        return None

    def step(self, state, view):
        return state, Permission(mode=np.full(view.n_paths, self.mode if view.time >= self.at else Mode.NORMAL))


@dataclass(frozen=True)
class Maintenance:
    inner: Any
    closed = (1200, 1500)
    keeps = True

    def start(self, n_paths):
        return self.inner.start(n_paths)

    def submit(self, orders, quotes, data):
        if self.closed[0] <= data.time < self.closed[1]:
            return (orders if self.keeps else self.inner.start(len(quotes.bid_price))), False
        return self.inner.submit(orders, quotes, data)

    def advance(self, orders, data):
        return self.inner.advance(orders, data)


class Doubles(Maintenance):
    def submit(self, orders, quotes, data):
        return super().submit(orders, replace(quotes, bid_size=2 * quotes.bid_size), data)


class Breaks(Maintenance):
    def submit(self, orders, quotes, data):
        raise KeyError("no such order")


class TooLong(Maintenance):
    closed = (1200, 1515)


class CancelsAll(Maintenance):
    def submit(self, orders, quotes, data):
        if 1200 <= data.time < 1500:
            nothing = np.full_like(quotes.bid_price, np.nan)
            return self.inner.submit(orders, Quotes.at(nothing, nothing), data)[0], False
        return self.inner.submit(orders, quotes, data)


FREE = {"max_volatility": 2.0, "max_daily_loss": 10_000, "max_drawdown": 10_000}
BEST = {
    "model": {"risk_aversion": 7e-4},
    "limits": FREE,
    "quotes": {"base_spread": 1e-4, "max_spread": 2e-4, "size_decay": 0.1},
}


def left(q, bid, ask, one, two, u, v, pick=max, least=min, most=None):
    mode, bid = pick(one, two), least(bid, u, v)
    if mode == 3:
        return 0, 0
    if mode == 2:
        return min(bid, max(-q, 0) if most is None else most * (q < 0)), min(
            ask, max(q, 0) if most is None else most * (q > 0)
        )
    return bid, ask


def oldest(t_max, row, late, sigma):
    return sigma * np.sqrt(np.ceil(t_max / row) * row + late)


RIGHT = [
    ("pipe-width", lambda w, d, q, low, high: q * (w - max(2 * d, low)) / (high - low)),
    ("pipe-strictest", left),
    ("pipe-unknown", lambda q, b, a, new_b, new_a: (q - max(a, new_a), q + max(b, new_b))),
    ("pipe-age", oldest),
    ("one-row-by-hand", (99.98, 100.05, 3, 2)),
    ("own-model", Skews()),
    ("own-limit", Close()),
    ("own-venue", Maintenance),
    ("best-pipeline", BEST),
]
WRONG = [
    ("pipe-width", lambda w, d, q, low, high: q * (w - 2 * d) / (high - low), "the larger of 2δ and w₀"),
    ("pipe-width", lambda w, d, q, low, high: q * (w - low) / (high - low), "2δ is forgotten"),
    ("pipe-width", lambda w, d, q, low, high: q * (w - max(2 * d, low)) / high, "not w₁"),
    ("pipe-strictest", lambda q, b, a, m, n, u, v: left(q, b, a, m, m, u, u), "what the first limit leaves"),
    ("pipe-strictest", lambda q, b, a, m, n, u, v: left(q, b, a, n, n, v, v), "what the second limit leaves"),
    ("pipe-strictest", lambda *x: left(*x, most=99), "would turn the inventory over"),
    ("pipe-unknown", lambda q, b, a, new_b, new_a: (q - a - new_a, q + b + new_b), "not the sum"),
    ("pipe-unknown", lambda q, b, a, new_b, new_a: (q - new_a, q + new_b), "believes that the new"),
    ("pipe-unknown", lambda q, b, a, new_b, new_a: (q - min(a, new_a), q + min(b, new_b)), "the better case"),
    ("pipe-age", lambda t, row, late, v: oldest(t, row, 0, v), "the latency is forgotten"),
    ("pipe-age", lambda t, row, late, v: v * np.sqrt(t + late), "rounded up"),
    ("pipe-age", lambda t, row, late, v: oldest(t, row, late, v) ** 2 / v, "the root of time"),
    ("one-row-by-hand", (99.95, 100.02, 2, 3), "long two"),
    ("one-row-by-hand", (99.982, 100.042, 3, 2), "but for the ticks"),
    ("one-row-by-hand", (99.98, 100.04, 3, 2), "without the width of eq. (2)"),
    ("one-row-by-hand", (99.98, 100.05, 2, 3), "who is short buys to unwind"),
    ("one-row-by-hand", (99.9, 100.05, 3, 2), "not right: bid."),
    ("one-row-by-hand", (99.98, 100.05), "shape (2,)"),
    ("own-model", Skews, "an object with a method quotes(mid_price, inventory, time_left), not"),
    ("own-model", Skews(sign=1.0), "skews the wrong way"),
    ("own-model", Skews(at_the_end=1.0), "yours by 0.004"),
    ("own-model", Prices(), "must return `Quotes`"),
    ("own-model", Wider(), "the bid is 99.9700; it must be 99.9750"),
    ("own-model", 3, "no method `quotes`"),
    ("own-limit", 3, "no method `start`"),
    ("own-limit", Close(at=3200), "before 3300 s all is permitted; yours says NORMAL and REDUCE_ONLY"),
    ("own-limit", Close(at=3400), "at 3300 s yours says NORMAL and REDUCE_ONLY"),
    ("own-limit", Close(mode=Mode.HALT), "yours halts"),
    ("own-venue", TooLong, "at 1500 s yours rejected"),
    ("own-venue", CancelsAll, "What rests stays while the venue is closed"),
    ("own-venue", Doubles, "and should be 3. Hand it on to `inner`"),
    ("own-venue", Breaks, "yours raised KeyError"),
    ("own-venue", lambda inner: inner, "at 1200 s yours accepted"),
    ("best-pipeline", 3, "a dict of sections"),
    ("best-pipeline", {"market": {"volatility": 0.01}}, "the market stays as it is"),
    ("best-pipeline", {"limits": {"max_position": 2000}}, "within ±1,000 shares"),
    ("best-pipeline", {"quotes": {"sise": 3}}, "sise"),
    ("best-pipeline", {"quotes": {"size_decay": 0.1}}, "1.4 can be had"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        (
            "what-limits-do-to-the-worst-hours",
            "end at −1.53 on average, with them at −3.00; the mean goes from 2.00 to",
        ),
        ("two-minutes-of-silence", "From 14.75 to 17.00 min the quotes of before, 99.82 and 99.88, rest on"),
        ("which-limit-first", "6 of the 6 orders gave the same cash, modes and reasons"),
    ]
)


def test_an_hour_has_its_storm_and_nothing_else_of_another():
    calm, stormy = hour(storm=1.0), hour(storm=4.0)
    first, last = (round(share * calm.n_steps) for share in STORM)
    ratio = np.diff(stormy.mid, axis=0) / np.diff(calm.mid, axis=0)
    np.testing.assert_allclose(ratio[first:last], 4)
    np.testing.assert_allclose(np.delete(ratio, np.s_[first:last], axis=0), 1)
    np.testing.assert_array_equal(calm.buy_reach, stormy.buy_reach)


def test_a_lost_piece_of_the_feed_is_a_gap_that_nothing_is_quoted_after():
    run = simulate(MarketMakingPipeline(CONFIG, max_gap=60), hour().without(60, 68))
    assert run.mode is not None
    assert run.reason is not None
    assert [int(n) for n in np.flatnonzero(run.reason[:, 0] == Reason.GAP)] == [60]
    assert np.isnan(run.bid_price[60, 0])
    assert np.isfinite(run.bid_price[59, 0])


def test_limits_cost_money_and_the_tail_in_a_market_where_nobody_knows_more():
    bare = simulate(replace(CONFIG.make_desk(), limits=()), hours()).pnl
    safe = simulate(MarketMakingPipeline(CONFIG), hours()).pnl
    less = bare - safe
    assert less.mean() > 5 * less.std() / np.sqrt(less.size)
    assert np.sort(safe)[:20].mean() < 1.5 * np.sort(bare)[:20].mean()


def on_a_flaky_venue(script, acts=None, **how):
    """The chapter's hour on a venue that fails by this script, and the pipeline that ran it."""
    venue = FlakyVenue(TapeVenue(CONFIG.make_desk().venue, hour()), script, **how)
    pipeline = MarketMakingPipeline(CONFIG, venue)
    return pipeline, play(pipeline, hour(), acts)


def test_a_halts_cost_comes_after_the_storm_and_most_halts_end_by_themselves():
    free = simulate(replace(CONFIG.make_desk(), limits=()), hours())
    safe = simulate(MarketMakingPipeline(CONFIG), hours())
    first, end = (round(share * hours().n_steps) for share in STORM)
    less = np.diff(safe.wealth[[first, end, -1]] - free.wealth[[first, end, -1]], axis=0)
    (in_it, after), errors = less.mean(axis=1), less.std(axis=1) / 20
    assert after < in_it - 2 * np.hypot(*errors) < 0
    assert 0.2 < in_it / (in_it + after) < 0.3
    turns = mode_changes(safe)
    assert 300 < ((turns.before == Mode.HALT) & (turns.mode < Mode.HALT)).sum() <= 400
    halted = [np.mean(safe.mode[part] == Mode.HALT) for part in (slice(end), slice(end, None))]
    assert 0.3 < halted[1] < 0.4


def test_an_interrupted_step_leaves_nothing_behind():
    venue = TapeVenue(CONFIG.make_desk().venue, hour())
    pipeline, feed = MarketMakingPipeline(CONFIG, Interrupted(venue, at=150)), list(venue.market_data())
    for row in feed[:150]:
        pipeline.run_pipeline(row)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run_pipeline(feed[150])
    assert len(pipeline.history.time) - 1 == 150
    for row in feed[150:]:
        pipeline.run_pipeline(row)
    np.testing.assert_array_equal(pipeline.close(venue.end).cash, simulate(MarketMakingPipeline(CONFIG), hour()).cash)


def test_a_rejected_order_leaves_the_old_one_and_a_rejected_cancellation_works_on():
    _, refused = on_a_flaky_venue(dict.fromkeys(range(60, 64), "reject"))
    assert list(np.flatnonzero(~refused.accepted[:, 0])) == [60, 61, 62, 63]
    np.testing.assert_array_equal(refused.inventory[1:], np.cumsum(refused.bid_fill - refused.ask_fill, axis=0))
    halt = {60: lambda desk: desk.halt(who="Ann", reason="a rumour")}
    pipeline, run = on_a_flaky_venue(dict.fromkeys(range(60, 64), "reject cancels"), halt)
    stood = np.isfinite(run.bid_price) | np.isfinite(run.ask_price)
    assert stood[60:64].all()
    assert not stood[64:].any()
    assert (run.reason[60:] == Reason.OPERATOR).all()
    assert (run.bid_fill + run.ask_fill)[60:64].sum() > 0
    assert not np.diff(run.inventory[64:], axis=0).any()
    assert [entry.who for entry in pipeline.log] == ["Ann"]


def test_a_venue_that_answers_late_twice_or_never():
    late, cancels, twice, never = (
        on_a_flaky_venue({44: ("half sent", steps)}, **how)[1]
        for steps, how in (
            (6, {"cancel_on_disconnect": False}),
            (6, {"cancel_on_disconnect": True}),
            (6, {"cancel_on_disconnect": False, "tells_twice": True}),
            (np.inf, {"cancel_on_disconnect": False}),
        )
    )
    assert (late.reason[45:51] == Reason.DISCONNECTED).all()
    assert late.mode[51] < Mode.HALT
    assert late.ask_fill[44:51].sum() > 0
    assert not (cancels.bid_fill + cancels.ask_fill)[44:51].any()
    assert twice.hash == late.hash
    assert (never.mode[45:] == Mode.HALT).all()
    assert not (never.bid_fill + never.ask_fill)[44:].any()


def test_a_fill_told_double_is_booked_and_halts_for_good():
    venue = TapeVenue(CONFIG.make_desk().venue, hour())
    run = play(MarketMakingPipeline(CONFIG, FlakyVenue(venue, dict.fromkeys(range(60, 240), "double"))), hour())
    first = int(np.argmax(run.mode[:, 0] == Mode.HALT))
    assert run.reason[first, 0] == Reason.VENUE
    assert (run.mode[first:] == Mode.HALT).all()
    assert not (run.bid_fill + run.ask_fill)[first:].any()
    plain = simulate(MarketMakingPipeline(CONFIG), hour())
    np.testing.assert_array_equal(run.ask_fill[first - 1], 2 * plain.ask_fill[first - 1])


def test_the_guides_pipeline_filled_in_keeps_its_mean_and_breaks_its_limit():
    bare = simulate(Desk(model=CONFIG.make_model(), venue=CONFIG.make_desk().venue), hours()).pnl
    guide = FilledIn(CONFIG)
    blind, _, largest = trade_unseen(guide, hours())
    assert guide.inventory == 0
    assert largest > 20
    assert blind.std() > 3 * bare.std()
    assert abs(blind.mean() - bare.mean()) < 2 * blind.std() / 20


def test_what_happened_around_a_step_is_told():
    shown = str(around(on_a_flaky_venue({44: ("half sent", 6)})[1], 44, 46))
    assert "the venue cannot be reached" in shown


def test_the_guides_pipeline_and_monitor_call_what_is_not_there():
    with pytest.raises(AttributeError, match="_setup_model"):
        printed.MarketMakingPipeline({})  # type: ignore[no-untyped-call]
    with pytest.raises(AttributeError, match="_calculate_metrics"):
        printed.MarketMakingMonitor({}).monitor(None, [])  # type: ignore[no-untyped-call]


def test_ours_has_every_method_that_the_guides_pipeline_calls_and_counts_fills():
    called = "_setup_model _setup_quote_manager _setup_risk_manager _calculate_quotes _check_risk_limits _submit_quotes"
    tape = hour()
    venue = TapeVenue(CONFIG.make_desk().venue, tape)
    pipeline = MarketMakingPipeline(CONFIG, venue)
    for name in (*called.split(), "_update_history", "run_pipeline"):
        assert callable(getattr(pipeline, name))
    for data in venue.market_data():
        pipeline.run_pipeline(data)
    run = pipeline.close(venue.end)
    np.testing.assert_array_equal(run.inventory[1:], np.cumsum(run.bid_fill - run.ask_fill, axis=0))
    assert run.bid_fill.sum() > 10


def test_the_skewed_model_skews_three_times_as_far_at_the_end():
    assert skew(300.0) == pytest.approx(3 * skew(301.0))
    assert float(Skewed().quotes(100.0, 2.0, 100.0).ask_price) == pytest.approx(100.001)


def test_the_explorers_cursor_stops_at_every_event_and_at_the_end():
    shown = PipelineExplorer()
    shown.set(step=0)
    stops = events(shown.answer(shown.values).day)
    for event in stops[stops > 0][:5]:
        shown.screen.buttons["Next event"].click()
        assert shown.values["step"] == event
    shown.screen.buttons["◀ Step"].click()
    assert shown.values["step"] == event - 1
    shown.screen.buttons["Step ▶"].click()
    assert shown.values["step"] == event
    shown.set(step=239)
    shown.screen.buttons["Next event"].click()
    assert shown.values["step"] == 239
    assert "Minute 59.75" in shown.words


def visible(widget):
    """A widget and all in it that its page shows."""
    inside = () if widget.layout.display == "none" else getattr(widget, "children", ())
    return [widget, *(deeper for child in inside for deeper in visible(child))]


def test_the_explorer_shows_one_section_at_a_time_and_its_player_starts_at_the_cursor():
    shown = PipelineExplorer()
    handles = {name: control.handle for name, control in shown.controls.items()}
    for section, names in shown.sections.items():
        shown.screen.tabs.value = section
        assert {name for name, handle in handles.items() if handle in visible(shown.widget)} == {"step", *names}
    assert sum(isinstance(widget, widgets.Play) for widget in visible(shown.widget)) == 1
    assert shown.values["step"] == 96


def test_the_explorer_starts_with_the_chapters_hour():
    shown = PipelineExplorer()
    assert "23 clips bought, 19 sold" in shown.words
    run = simulate(MarketMakingPipeline(CONFIG), hour())
    assert f"profit −{-run.pnl[0]:.2f}" in shown.words


def test_an_hours_profit_is_continuous_in_the_latency():
    """On the chapter's hours, in steps of 15 s: next to nothing at a millisecond, and never more for being slower."""
    latencies = (0, 0.001, 0.02, 1, 5, 15, 20, 29.9)
    earned = [
        simulate(MarketMakingPipeline(CONFIG.override({"quotes": {"latency": latency}})), hours()).pnl
        for latency in latencies
    ]
    means = [pnl.mean() for pnl in earned]
    for faster, slower in pairwise(earned):
        more = slower - faster
        assert more.mean() <= 2 * more.std() / 20
    millisecond = earned[1] - earned[0]
    assert abs(millisecond.mean()) <= 0.01
    assert means[0] - means[3] == pytest.approx(0.4, abs=0.25)
    for pnl in earned[:3]:  # 20 ms are a 750th of a step, and of what a whole one costs
        assert (earned[0] - pnl).mean() < (means[0] - means[5]) / 50
    assert min(means[5], means[7]) - 0.15 < means[6] < max(means[5], means[7]) + 0.15
    assert means[1] > 1.4 > 0 > means[4] > means[5]


def test_the_explorers_latency_has_an_effect_below_a_step():
    shown, profits = PipelineExplorer(), set()
    for latency in np.arange(0, 15, 1.5):
        shown.set(latency=float(latency), max_volatility=2.0)
        profits.add(round(float(shown.answer(shown.values).day.pnl[0]), 6))
    assert len(profits) > 6


def test_the_explorer_shows_every_corner_of_its_sliders():
    shown = PipelineExplorer()
    for end in (0, 1):
        for name, ends in shown.ends.items():
            shown.set(**{name: ends[end]})
            assert "⚠" not in shown.words, (name, ends[end], shown.words)
    shown.set(quote_size=315.0)
    assert "⚠" not in shown.words


@pytest.mark.parametrize(
    ("task", "there", "nearly"),
    [
        (0, {"max_volatility": 1.0}, {"max_volatility": 0.5}),
        (0, {"max_volatility": 2.0}, {"max_volatility": 2.0, "storm": 3.0}),
        (1, {"risk_aversion": 1e-3}, {"risk_aversion": 8e-4}),
        (1, {"risk_aversion": 2e-3}, {"risk_aversion": 2e-3, "seed": 20}),
    ],
)
def test_a_task_is_done_by_what_it_asks_for_and_by_nothing_nearby(task, there, nearly):
    done, explorer = list(PipelineExplorer.tasks.values())[task], PipelineExplorer()
    for values, is_done in ((there, True), (nearly, False), ({}, False)):
        explorer.reset()
        explorer.set(**values)
        assert done(explorer.answer(explorer.values)) is is_done


def test_no_cell_has_more_than_twenty_lines():
    text = Path(__file__).parents[2] / "notebooks" / "text" / "09_pipeline.md"
    cells = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", text.read_text(encoding="utf-8"), re.M | re.S)
    assert len(cells) > 30
    assert max(len(cell.strip().splitlines()) for cell in cells) <= 20
