"""Chapter 01: what it measures against laws and known truths, its questions, its exercises and its explorers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook.ch01 import GlostenMilgromExplorer, OrderBookExplorer
from mmbook.ch01.glosten_milgrom import GlostenMilgrom, sequence
from mmbook.ch01.ladder import ladder, rectangles
from mmbook.ch01.recording import FLOWS, N_STEPS, recording
from mmbook.ch01.reveals import busy_run
from mmbook.ch01.runs import average_prices, queue_positions, resting_shares, spread_parts
from mmbook.ch01.toxicity import NewsDays, pin, vpin
from mmbook.ch01.waiting import DEADLINE, waiting

from mmlab import ParameterError
from mmlab.market.flow_run import (
    BUSY,
    LONG_QUEUES,
    TICK,
    Place,
    filled_at,
    looked_at,
)
from mmlab.market.journal import Journal
from mmlab.market.lobster import EXECUTION, NEW
from mmlab.market.order_book import BUY, SELL
from mmlab.market.order_flow import OrderFlow
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.teach import check, predict
from tests.mmbook.checking import right_answers, usual_mistakes

FLOW = OrderFlow(limit_rate=0.5, cancel_rate=0.2, market_rate=0.5, market_size=300, depth=10)


def by_hand() -> Journal:
    """Three bids of 100 at 100.00, two at 99.99, one ask at 100.02."""
    journal = Journal()
    for price in (10_000, 10_000, 10_000, 9_999, 9_999):
        journal.limit(0.0, BUY, price, 100)
    journal.limit(0.0, SELL, 10_002, 100)
    return journal


def test_a_market_order_is_one_row_with_its_worst_price_as_reach() -> None:
    journal = by_hand()
    journal.market(1.0, SELL, 350)
    journal.market(2.0, BUY, 50)
    orders = journal.day().market_orders
    np.testing.assert_array_equal(orders.side, [-1, 1])
    np.testing.assert_array_equal(orders.size, [350, 50])
    np.testing.assert_allclose(orders.reach, [0.02, 100.02 - (99.99 + 100.02) / 2], atol=1e-9)
    np.testing.assert_allclose(average_prices(journal, orders), [(300 * 100.00 + 50 * 99.99) / 350, 100.02])


def test_every_market_order_of_a_run_is_counted_once() -> None:
    journal = FLOW.run(300, seed=1, warm_up=0.0)
    orders, nobody_opposite = journal.day().market_orders, journal.day().left_out["without mid"]
    executed = (journal.events[:, 0] == EXECUTION) & ~np.isin(journal.times, nobody_opposite)
    assert orders.size.sum() == journal.events[executed, 2].sum()
    assert len(nobody_opposite) < 10 < len(orders)
    assert (np.diff(orders.time) > 0).all()


@pytest.mark.parametrize(
    ("ahead", "sold", "filled"), [(0, 50, True), (2, 200, False), (2, 201, True), (3, 300, False), (3, 301, True)]
)
def test_a_place_is_filled_when_somebody_behind_it_trades(ahead: int, sold: int, filled: bool) -> None:
    journal = by_hand()
    start = len(journal.times)
    journal.market(1.0, SELL, sold)
    # Orders 1, 2 and 3 stand at 100.00, so that `ahead` of them is also the number of the last one in front.
    place = Place(start, BUY, 1_000_000, ahead)
    assert (filled_at(journal.events, place, len(journal.times)) >= 0) == filled


def test_a_place_is_filled_by_a_limit_order_that_would_have_met_it() -> None:
    journal = by_hand()
    journal.market(1.0, SELL, 300)
    start = len(journal.times)
    journal.limit(2.0, SELL, 10_000, 100)
    assert filled_at(journal.events, Place(start, BUY, 1_000_000, 3), start + 1) == start
    assert filled_at(journal.events, Place(start, BUY, 999_900, 5), start + 1) == -1


def test_a_look_is_what_the_events_before_it_have_left_in_the_queues() -> None:
    run, looks = looked_at(FLOW, 40, seed=2)
    queues: dict[tuple[int, int], dict[int, int]] = {}
    times, events = run.times - run.times[0], run.events.tolist()
    for n, (when, event, looked) in enumerate(looks):
        for kind, order, size, price, side in events[looks[n - 1][1] if n else 0 : event]:
            queue = queues.setdefault((side, price), {})
            queue[order] = size if kind == NEW else queue[order] - size
            if not queue[order]:
                del queue[order]
        # First to trade first: in the order in which they came.
        assert {place: [*queue.items()] for place, queue in queues.items() if queue} == {
            place: [*queue.items()] for place, queue in looked.items()
        }
        assert times[event - 1] < when <= times[event]
    assert [when for when, *_ in looks] == [60, 70, 80, 90]


def test_the_front_of_the_queue_is_filled_more_often_and_earns_more() -> None:
    places = queue_positions(LONG_QUEUES, 1800, seed=2)
    front, back = places[0], places[-1]
    assert front.ahead == 0
    for earlier, later in pairwise(places):
        assert earlier.filled.mean >= later.filled.mean
        assert earlier.next_order.mean >= later.next_order.mean
    assert front.gain > back.gain
    assert front.money.mean - back.money.mean > 2 * math.hypot(front.money.error, back.money.error)


def test_queues_are_thin_near_the_mid_and_at_rest_far_from_it() -> None:
    shares = resting_shares(BUSY, seconds=1200, seed=6, n_levels=10)
    at_rest = BUSY.limit_size * BUSY.limit_rate / BUSY.cancel_rate
    assert shares[0] < 0.8 * at_rest
    assert abs(shares[-3:].mean() / at_rest - 1) < 0.1


def test_the_parts_of_a_spread_add_up_and_the_impact_is_the_days_epsilon() -> None:
    day = SyntheticDay()
    parts = spread_parts(day.run(5400, seed=4), later=1)
    assert parts.effective.mean == pytest.approx(parts.realised.mean + parts.impact.mean)
    assert abs(parts.impact.mean - 2 * day.jump / TICK) < 4 * parts.impact.error  # both ways of a round trip
    assert parts.effective.mean >= 2 * day.half_spread


def test_the_sequence_of_quotes_is_the_dealers_own() -> None:
    dealer = GlostenMilgrom(high=110, low=90, informed=0.3, prior=0.4)
    trades = sequence(dealer, good=False, n_trades=25, seed=1)
    for n, side in enumerate(trades.side.tolist()):
        assert (trades.bid[n], trades.ask[n]) == pytest.approx((dealer.bid, dealer.ask))
        dealer = dealer.after(side)
    assert (trades.bid[-1], trades.ask[-1]) == pytest.approx((dealer.bid, dealer.ask))


def test_the_right_choices_are_what_the_runs_say() -> None:
    place = queue_positions(LONG_QUEUES, 3600.0, seed=1)[-1]
    back = place.next_order
    assert abs(back.mean - 1 / 3) < 0.08
    assert (round(place.ahead, -1), LONG_QUEUES.market_size) == (530, 300)  # as the question says
    answer = predict("no-cost-no-spread").commit("2: some of what is at stake").answer
    assert "quotes 99 and 101" in answer


def walk(size, levels):
    trades = []
    for price, shares in levels:
        if size <= 0:
            break
        trades.append((price, min(size, shares)))
        size -= shares
    return trades


def ahead_of(moves):
    def shares_ahead(ahead, events):
        for kind, shares in events:
            ahead = max(0, ahead - shares) if kind in moves else ahead
        return ahead

    return shares_ahead


def ask(high, low, prior, informed):
    good, bad = prior * (1 + informed), (1 - prior) * (1 - informed)
    return low + (high - low) * good / (good + bad)


def count(*, exact=False, per_time=True, per_tick=False, base=np.log, sign=-1, at_zero=True):
    def estimate(beyond, half_spread, seconds):
        reach = beyond + half_spread
        depths = np.arange(half_spread, reach.max(), 0.01)
        counts = np.array([(reach >= depth - 1e-9).sum() for depth in depths])
        enough = counts >= 30
        if exact:
            counts = np.array([(abs(reach - depth) < 1e-3).sum() for depth in depths])
        rates = counts[enough] / (seconds if per_time else 1)
        slope, level = np.polyfit(depths[enough], base(rates), 1)
        rate = np.exp(level / (base(np.e))) if at_zero else rates[0]
        return rate, sign * slope * (0.01 if per_tick else 1)

    return estimate


def apart(ours, shares, price, before, after):
    parts = (price - before, price - after, after - before)
    return np.array([-2 * sum(ours * x * shares) / sum(shares) for x in parts])


def absolute(ours, shares, price, before, after):
    return [2 * sum(abs(x) * shares) / sum(shares) for x in (price - before, price - after, after - before)]


def as_printed(side, shares, price, before, after):
    return [2 * np.mean(side * x) for x in (price - before, price - after, after - before)]


def proved_spread(high, low, p, x):
    return (high - low) * 4 * x * p * (1 - p) / (1 - x**2 * (2 * p - 1) ** 2)


RIGHT = [
    ("walk-the-book", walk),
    ("shares-ahead", ahead_of(("market", "cancel ahead"))),
    ("bayes-ask", ask),
    ("count-intensity", count()),
    ("where-to-wait", lambda ours, theirs, spread: (1 if ours < theirs else 0, 30.0)),
    ("gm-after-a-sell", lambda p, x: p * (1 - x) / (p * (1 - x) + (1 - p) * (1 + x))),
    ("gm-average-move", lambda high, low, p, x: 2 * x * p * (1 - p) * (high - low)),
    ("kappa-of-a-book", lambda m, shares, tick: -shares * np.log(1 - 1 / m) / tick),
    ("take-a-spread-apart", lambda *x: apart(*x)),
]
WRONG = [
    ("walk-the-book", lambda size, levels: [(levels[0][0], size)], "at the best price, whatever rests"),
    ("walk-the-book", lambda size, levels: levels[: len(walk(size, levels))], "whole"),
    ("walk-the-book", lambda size, levels: [(levels[0][0], min(size, levels[0][1]))], "goes on to the next"),
    ("walk-the-book", lambda size, levels: [*walk(size, levels), (100.09, 0)], "A trade of no shares is none"),
    ("walk-the-book", lambda size, levels: 3, "must return a list"),
    ("walk-the-book", lambda size, levels: [1, 2], "must have shape (2,)"),
    ("walk-the-book", lambda size, levels: levels.pop() and [], "changes its argument `levels` in place"),
    ("shares-ahead", ahead_of(("market",)), "cancellations ahead of us"),
    ("shares-ahead", ahead_of(("cancel ahead",)), "market orders take the front"),
    ("shares-ahead", ahead_of(("market", "cancel ahead", "cancel behind")), "cancellations behind us change nothing"),
    ("shares-ahead", lambda ahead, events: ahead + 1, "gave 501; it should be 300"),
    ("shares-ahead", lambda ahead, events: 200 - len(events) * 100, "never fewer than none"),
    ("bayes-ask", lambda h, low, p, x: low + (h - low) * p, "A buy is news"),
    ("bayes-ask", lambda h, low, p, x: GlostenMilgrom(high=h, low=low, prior=p, informed=x).bid, "that is the bid"),
    ("bayes-ask", lambda h, low, p, x: low + (h - low) * (1 + x) / 2, "as if p were ½"),
    ("bayes-ask", lambda h, low, p, x: low + (h - low) * p / (p + (1 - p) * (1 - x)), "half the time, not always"),
    ("bayes-ask", lambda h, low, p, x: ask(h, low, p, x) + 1, "it should be 101"),
    ("bayes-ask", lambda *x: 100 * ask(*x), "In which unit is it"),
    ("count-intensity", count(exact=True), "δ or further"),
    ("count-intensity", count(per_time=False), "divide the counts by the seconds"),
    ("count-intensity", count(per_tick=True), "κ is per tick"),
    ("count-intensity", count(base=np.log10), "base 10"),
    ("count-intensity", count(sign=1), "wrong sign"),
    ("count-intensity", count(at_zero=False), "belongs to δ = 0"),
    ("count-intensity", lambda *run: np.array(count()(*run)) / (2, 1), "nothing to halve"),
    ("count-intensity", lambda *run: count()(*run)[::-1], "A first"),
    ("count-intensity", lambda beyond, half_spread, seconds: (1.0, 30.0), "you found A = 1"),
    ("gm-after-a-sell", lambda p, x: p * (1 + x) / (p * (1 + x) + (1 - p) * (1 - x)), "after a buy"),
    ("gm-after-a-sell", lambda p, x: p * (1 - x) / 2, "Divide by the probability of a sell"),
    ("gm-after-a-sell", lambda p, x: (1 - x) / 2, "as if p were ½"),
    ("gm-after-a-sell", lambda p, x: p, "A sell is news"),
    ("gm-after-a-sell", lambda p, x: (1 - p) * (1 + x) / (p * (1 - x) + (1 - p) * (1 + x)), "of the bad case"),
    ("gm-after-a-sell", lambda p, x: p - x / 20, "P(sell)"),
    ("gm-average-move", lambda high, low, p, x: 0.0, "with its sign"),
    ("gm-average-move", lambda *x: proved_spread(*x), "that is the spread"),
    ("gm-average-move", lambda *x: proved_spread(*x) / 2, "at p = ½ only"),
    ("gm-average-move", lambda high, low, p, x: x * p * (1 - p) * (high - low), "half of what it must be"),
    ("gm-average-move", lambda high, low, p, x: x, "how probable is each"),
    ("kappa-of-a-book", lambda m, shares, tick: -shares * np.log(1 - 1 / m), "The unit of κ"),
    ("kappa-of-a-book", lambda m, shares, tick: -shares * np.log10(1 - 1 / m) / tick, "base 10"),
    ("kappa-of-a-book", lambda m, shares, tick: -np.log(1 - 1 / m) / tick, "one share at each price"),
    ("kappa-of-a-book", lambda m, shares, tick: (1 - 1 / m) ** shares, "gets through one price"),
    ("kappa-of-a-book", lambda m, shares, tick: shares / m / tick, "near, and not right"),
    ("kappa-of-a-book", lambda m, shares, tick: m, "Which fraction of the orders"),
    ("take-a-spread-apart", lambda ours, *x: apart(-ours, *x), "that is a sell where you bought"),
    ("take-a-spread-apart", lambda ours, shares, *x: apart(ours, 1 + 0 * shares, *x), "A share should"),
    ("take-a-spread-apart", lambda *x: as_printed(*x), "You are the maker here"),
    ("take-a-spread-apart", lambda ours, *x: apart(-np.ones_like(ours), *x), "Use `ours`"),
    ("take-a-spread-apart", lambda *x: apart(*x)[[0, 2, 1]], "the other two come in the other order"),
    ("take-a-spread-apart", lambda *x: apart(*x) * [1, 1, -1], "the impact has the other sign"),
    ("take-a-spread-apart", lambda *x: apart(*x) / 2, "half of what it must be"),
    ("take-a-spread-apart", lambda *x: absolute(*x), "have lost their direction"),
    ("take-a-spread-apart", lambda *x: [1, 2, 3], "make up the first"),
    ("where-to-wait", lambda ours, theirs, spread: (0, 0.0), "has to cost less"),
    ("where-to-wait", lambda ours, theirs, spread: (0, 30.0), "half a minute at the best price"),
    ("where-to-wait", lambda ours, theirs, spread: (1, 30.0), "and the budget is 1.9"),
    ("where-to-wait", lambda ours, theirs, spread: (1 if ours < theirs / 2 else 0, 30.0), "within the noise"),
    ("where-to-wait", lambda ours, theirs, spread: (0, 10.01), "ticks against the mid"),
    ("where-to-wait", lambda ours, theirs, spread: (5, 10.0), "must be 0, 1, 2 or 3; got 5"),
    ("where-to-wait", lambda ours, theirs, spread: (1.5, 10.0), "must be 0, 1, 2 or 3; got 1.5"),
    ("where-to-wait", lambda ours, theirs, spread: (0, 60.0), "must be between 0 and 30; got 60"),
]  # fmt: skip

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)


def test_no_rule_that_does_not_look_passes() -> None:
    rules = [(ticks, wait) for ticks in range(4) for wait in (0, 10, 15, 20, 25, 28, 30)]
    assert not [rule for rule in rules if check("where-to-wait", _always(*rule))]


def _always(ticks: int, seconds: float) -> Callable[..., tuple[int, float]]:
    return lambda ours, theirs, spread: (ticks, seconds)


@given(st.floats(0.01, 0.99), st.floats(0, 0.99))
def test_the_spread_is_what_the_proof_says_and_widest_where_the_dealer_knows_least(p: float, informed: float) -> None:
    dealer = GlostenMilgrom(high=110, low=90, prior=p, informed=informed)
    assert dealer.ask - dealer.bid == pytest.approx(proved_spread(110, 90, p, informed), abs=1e-9)
    assert dealer.ask - dealer.bid <= 20 * informed + 1e-9


@given(st.floats(0.01, 0.99), st.floats(0, 0.99))
def test_what_a_dealer_expects_is_a_martingale_whose_steps_are_in_balance(p: float, informed: float) -> None:
    dealer = GlostenMilgrom(high=110, low=90, prior=p, informed=informed)
    buy, worth = (1 + (2 * p - 1) * informed) / 2, 90 + 20 * p
    assert buy * dealer.ask + (1 - buy) * dealer.bid == pytest.approx(worth)
    up, down = buy * (dealer.ask - worth), (1 - buy) * (worth - dealer.bid)
    assert up == pytest.approx(down, abs=1e-9)
    assert up + down == pytest.approx(2 * informed * p * (1 - p) * 20, abs=1e-9)


def test_what_the_chapter_says_of_its_hour_is_so() -> None:
    places = queue_positions(LONG_QUEUES, seconds=3600, seed=1)
    front, back = places[0], places[-1]
    assert front.filled.mean > back.filled.mean + 0.1
    assert front.gain > 2 * back.gain > 0
    assert front.money.mean - back.money.mean > 4 * math.hypot(front.money.error, back.money.error)
    always = (1 - 1 / LONG_QUEUES.market_size) ** back.ahead
    assert back.next_order.mean - always > 4 * back.next_order.error
    orders, hour, depths = busy_run().day().market_orders, 3600, np.arange(0.5, 10) * TICK
    counts = np.array([(orders.reach >= depth - 1e-9).sum() for depth in depths])
    enough = counts >= 30
    slope, level = np.polyfit(depths[enough], np.log(counts[enough] / hour / 2), 1)
    assert 0.3 < np.exp(level) < 0.55
    assert 50 < -slope < 65
    shares = resting_shares(BUSY, seconds=1200, seed=5, n_levels=8)
    far_away = BUSY.limit_rate / BUSY.cancel_rate * (1 - (1 - 1 / BUSY.market_size) ** BUSY.limit_size)
    assert shares[0] < shares[1] < 0.85 * shares[-2:].mean()
    assert 0.45 < np.log(counts[0] / counts[3]) / 3 < 0.6 < far_away
    tape = busy_run().day().tape(time_step=1, clip=100)
    for ticks in (1.5, 2.5, 3.5, 5.5):
        expected = -np.expm1(-np.exp(level + slope * ticks * TICK))
        reached = (tape.buy_reach >= ticks * TICK - 1e-9).mean()
        assert abs(reached - expected) < 4 * np.sqrt(expected / tape.n_steps)


def test_market_orders_in_bursts_come_less_evenly() -> None:
    bursts = replace(BUSY, branching=0.6, excitation_decay=0.5).run(3600, seed=1)
    uneven = []
    for run in (busy_run(), bursts):
        came = run.day().market_orders
        buys = np.histogram(came.time[came.side == BUY] - 34_200, np.arange(0, 3601, 20))[0]
        uneven.append(buys.var() / buys.mean())
    assert 0.7 < uneven[0] < 1.4
    assert uneven[1] > 3


def test_impact_of_an_hour_of_the_synthetic_day_is_its_jumps() -> None:
    parts = [spread_parts(SyntheticDay().run(7200, seed=1), later) for later in (1, 5, 30)]
    assert abs(parts[0].impact.mean - 2 * 0.5) < 3 * parts[0].impact.error
    for each in parts:
        assert each.effective.mean == pytest.approx(each.realised.mean + each.impact.mean)


NEWS = NewsDays(news=0.4, informed=50, uninformed=40)


def test_pin_finds_the_informed_share_in_its_own_world() -> None:
    days = [NEWS.run(60, seed) for seed in range(1, 21)]
    found = np.array([pin(day.buys, day.sells) for day in days])
    assert abs(found.mean() - NEWS.share) < 3 * found.std(ddof=1) / 20**0.5
    assert NEWS.share == pytest.approx(0.2)


def test_pin_and_vpin_take_one_sided_orders_for_informed_ones() -> None:
    days = [NewsDays(news=0, informed=0, uninformed=50, uneven=c).run(600, seed=1) for c in (0.0, 0.3)]
    even, uneven = (pin(day.buys, day.sells) for day in days)
    assert even < 0.05 < 0.1 < uneven
    coins = math.sqrt(2 / math.pi / 50)
    even, uneven = (vpin(day.buys, day.sells, bucket=50) for day in days)
    assert abs(even - coins) < 4 * 0.6 * coins / math.sqrt(600 * 100 / 50)  # |normal| varies by 0.76 of its mean
    assert uneven > 1.4 * coins


def test_kyles_slope_on_worth_is_covariance_over_variance() -> None:
    day = NEWS.run(200_000, seed=3)
    net = day.buys - day.sells
    known = NEWS.news * NEWS.informed
    slope = known * NEWS.move / (2 * NEWS.uninformed + known + known * NEWS.informed)
    assert (net * day.move).mean() / (net**2).mean() == pytest.approx(slope, rel=0.01)


def test_the_tasks_of_the_explorers_can_be_done() -> None:
    dealers = GlostenMilgromExplorer()
    assert "✔" not in dealers.words
    dealers.set(informed=0.3)
    assert dealers.words.count("✔ Done: at p = 0.5") == 1
    dealers.set(informed=0.2, truth=0, prior=0.999)
    assert dealers.words.count("✔ Done: at π = 0.2") == 1
    book = OrderBookExplorer()
    assert "✔" not in book.words
    book.set(orders_ahead=9, event=recording("calm").filled(recording("calm").place(9, 0)) + 1)
    assert "✔ Done: in calm" in book.words
    sweeps = [n for n, step in enumerate(recording("calm").steps, 1) if len({at for at, _ in step.gone}) > 1]
    book.set(event=sweeps[0])
    assert "✔ Done: find a market order" in book.words


def test_paying_at_once_costs_the_half_spread() -> None:
    run = waiting(1)
    np.testing.assert_allclose(run.costs(lambda *_: (0, 0.0)), run.state[:, 2] / 2, atol=1e-6)
    with pytest.raises(ParameterError, match="seconds to wait"):
        run.costs(lambda *_: (0, DEADLINE + 1))


@pytest.mark.parametrize("name", FLOWS)
def test_a_recording_is_a_book_that_is_never_crossed_and_our_place_moves_forward(name: str) -> None:
    day = recording(name)
    assert len(day.steps) == N_STEPS
    assert all(step.bid < step.ask for step in day.steps)
    fills = [day.filled(day.place(orders, 0)) for orders in (0, 2, 9)]
    assert 0 <= fills[0] < fills[1] < fills[2]
    place = day.place(9, 0)
    waits = day.steps[: fills[2]]
    ahead = [sum(n for order, n in s.bids.get(place.price / 10_000, []) if order <= place.behind) for s in waits]
    assert ahead == sorted(ahead, reverse=True)


def test_the_buttons_step_to_the_next_event_and_the_next_market_order() -> None:
    shown = OrderBookExplorer()
    shown.set(event=1)
    shown.screen.buttons["Next event"].click()
    assert shown.values["event"] == 2
    shown.screen.buttons["Next market order"].click()
    assert re.search(r"A market (buy|sell) of \d+ took \d+ at", shown.words)
    shown.set(event=N_STEPS)
    for button in shown.screen.buttons.values():
        button.click()
    assert shown.values["event"] == N_STEPS
    assert not shown.words.startswith("⚠")


def test_our_share_is_bought_and_then_valued() -> None:
    shown = OrderBookExplorer()
    day = recording("calm")
    filled = day.filled(day.place(0, 0)) + 1
    shown.set(orders_ahead=0, event=filled - 1)
    assert "Our share is the first at" in shown.words
    shown.set(event=filled)
    assert f"was bought at 100.04 by event {filled}" in shown.words


def test_the_reference_numbers_are_in_the_readout() -> None:
    assert "bid 99.00, ask 101.00, spread 2.00. After one buy they would be 100.00 and 101.98" in (
        GlostenMilgromExplorer().words
    )


def test_the_ladder_says_what_rests_where() -> None:
    book = by_hand().book
    assert ladder((book, "A book")).alt == "A book: bids 300 at 100.00, 200 at 99.99; asks 100 at 100.02."
    book.market(BUY, 100)
    assert "bids 300 at 100.00" in ladder((book, "No ask is left")).alt


def test_rectangles_stand_where_their_blocks_do_and_cover_no_more() -> None:
    x, low, high = rectangles([(100.0, 0.0, 50.0), (100.0, 50.0, 30.0), (101.0, 0.0, 20.0)], width=0.5, gap=2.0)
    assert (x[:4].min(), x[:4].max()) == (99.75, 100.25)
    assert (low[4], high[4:8].max()) == (50.0, 78.0)
    around = np.column_stack([np.r_[x, x[::-1]], np.r_[high, low[::-1]]])  # as `Panel.band` goes
    turned = np.roll(around, -1, axis=0)
    area = abs(np.sum(around[:, 0] * turned[:, 1] - turned[:, 0] * around[:, 1])) / 2
    assert area == pytest.approx(0.5 * (48 + 28 + 18))
