"""Chapter 07: its answers, its checks, its explorers, and what its prose claims."""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch07 import QuoteAggressivenessExplorer, QuoteSizerExplorer, QuoteTimerExplorer, scenes, tables
from mmbook.ch07.reveals import alone

from mmlab import (
    AvellanedaStoikov,
    Desk,
    Exponential,
    Market,
    QuoteAggressiveness,
    QuoteSizer,
    QuoteTimer,
    Venue,
    simulate,
)
from tests.mmbook.checking import answers_with_numbers, right_answers, state_at, usual_mistakes


def room(q):
    return [max(0, math.floor(min(5, 12 - q))), max(0, math.floor(min(5, q + 12)))]


def desk(size=3, age=0.01, max_move=None, spread=1.0):
    """The notebook's."""
    return Desk(
        model=scenes.dealer(),
        volatility=4,
        venue=scenes.VENUE,
        sizer=QuoteSizer(base_size=size, max_position=20),
        timer=QuoteTimer(min_quote_time=0.005, max_quote_time=age, stale_fraction=1e6, max_move=max_move),
        aggressiveness=QuoteAggressiveness(base_spread=spread, max_spread=spread, max_position=20, normal_volatility=4),
    )


def run(strategy):
    return scenes.Hours.of(simulate(strategy, scenes.tape()))


@lru_cache(maxsize=1)
def reference_run():
    return run(desk())


GUIDE = {
    "market": {"clip": 5000, "transaction_cost": 5e-5},
    "quotes": {"base_spread": 1e-4, "quote_size": 5000},
    "limits": {"max_position": 1_000_000},
}
TOML = "\n".join(f"[{name}]\n" + "\n".join(f"{k} = {v}" for k, v in part.items()) for name, part in GUIDE.items())
GOOD = desk(size=4, age=0.05, max_move=0.5, spread=1.7)


class Broken:
    def quotes(self, mid_price, inventory, time_left):
        raise ZeroDivisionError("division by zero")


def behind(u, v, M):
    return sum((1 - 1 / M) ** (v + j - 1) for j in range(1, int(u) + 1))


def reached(distance, sigma, time):
    return 2 * NormalDist().cdf(-distance / (sigma * math.sqrt(time)))


def more_given_on(rebate, A, k):
    return A / math.e * (math.exp(k * rebate) / k - 1 / k - rebate)


RIGHT = [
    ("filled-behind", behind),
    ("walked-through", lambda depth, moved, sigma, time: reached(depth - moved, sigma, time)),
    ("rebate-given-on", more_given_on),
    ("sizes-with-room", room),
    ("stale-after", 3600 * (0.375 / 4) ** 2),
    ("spread-at-inventory", 16),
    ("spread-at-inventory", -16),
    ("save-the-guide", GUIDE),
    ("save-the-guide", TOML),
    ("best-desk", GOOD),
]
WRONG = [
    ("filled-behind", lambda u, v, M: behind(u, 0, M), "as first in line"),
    ("filled-behind", lambda u, v, M: behind(u + v, 0, M), "the others and we get together"),
    ("filled-behind", lambda u, v, M: min(u, max(M - v, 0)), "as if every order had its mean size"),
    ("filled-behind", lambda u, v, M: u * (1 - 1 / M) ** (u + v - 1), "all of our clips or none"),
    ("filled-behind", lambda u, v, M: behind(u, v + 1, M), "one factor 1 − 1/M too many"),
    ("filled-behind", lambda u, v, M: u + v, "clip number ahead"),
    ("walked-through", lambda d, x, sigma, t: reached(d - x, sigma, t) / 2, "beyond it at the end"),
    ("walked-through", lambda d, x, sigma, t: reached(d, sigma, t), "as if the mid had not moved"),
    ("walked-through", lambda d, x, sigma, t: reached(d + x, sigma, t), "not gone away"),
    ("walked-through", lambda d, x, sigma, t: reached(d - x, sigma, t**2), "moves by σ√t"),
    ("walked-through", lambda d, x, sigma, t: 1 - reached(d - x, sigma, t), "the chance that it is not"),
    ("walked-through", lambda d, x, sigma, t: 0.5, "How far has the mid to go"),
    ("rebate-given-on", lambda r, A, k: A / math.e * (math.exp(k * r / 2) * (1 / k + r / 2) - 1 / k - r), "for half"),
    ("rebate-given-on", lambda r, A, k: A / k * math.exp(k * r - 1), "Less what is earned if it is kept"),
    ("rebate-given-on", lambda r, A, k: A / k / math.e * (math.exp(k * r) - 1), "against no rebate at all"),
    ("rebate-given-on", lambda r, A, k: A * r / math.e, "what keeping it brings"),
    ("rebate-given-on", lambda r, A, k: A / math.e * (math.exp(-k * r) / k - 1 / k - r), "moves the quote nearer"),
    ("rebate-given-on", lambda r, A, k: A + r, "1/k − rebate"),
    ("sizes-with-room", lambda q: (min(12 - abs(q), 5), min(12 - abs(q), 5)), "both sides have got the same room"),
    ("sizes-with-room", lambda q: room(q)[::-1], "bid and ask are exchanged"),
    ("sizes-with-room", lambda q: (min(5, 12 - q), min(5, q + 12)), "whole lots, rounded down"),
    ("sizes-with-room", lambda q: (math.floor(min(5, 12 - q)), math.floor(min(5, q + 12))), "no size is below 0"),
    ("sizes-with-room", lambda q: [max(0, round(min(5, r))) for r in (12 - q, q + 12)], "5 and 3; it is 5 and 2"),
    ("sizes-with-room", lambda q: (5, 5), "gives 5 and 5; it is 3 and 5"),
    ("stale-after", (0.375 / 4) ** 2, "is hours"),
    ("stale-after", 60 * (0.375 / 4) ** 2, "is minutes"),
    ("stale-after", 3600 * (0.75 / 4) ** 2, "the whole half-spread"),
    ("stale-after", 3600 * 0.375 / 4, "without the square"),
    ("stale-after", 1.0, "1 s is not when"),
    ("spread-at-inventory", 18, "2.8 in a calm market; at σ = 2σ₀ it is 2.900"),
    ("spread-at-inventory", 3, "at 3 the spread is 2.150"),
    ("save-the-guide", 7, "not int"),
    ("save-the-guide", {"limits": {"max_position": 1_000_000}}, "choose a clip of 5,000 shares"),
    ("save-the-guide", {"market": {"clip": 200}}, "max_position is 5000 and was to stay 1e+06"),
    ("sizes-with-room", lambda q: [2 * size for size in room(q)], "twice what it must be"),
    ("stale-after", 1800 * (0.375 / 4) ** 2, "half of what it must be"),
    ("best-desk", 3, "the answer is a Desk"),
    ("best-desk", dataclasses.replace(GOOD, venue=Venue()), "for everybody"),
    ("best-desk", desk(), "19.5 can be had"),
    ("best-desk", Desk(model=Broken(), venue=scenes.VENUE), "ZeroDivisionError: division by zero"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        (
            "doubling-the-spread-limits-risk",
            "17.51 ± 0.38 with a deviation of 5.95, with 3 it earns 11.84 ± 0.40 with 6.25",
        ),
        (
            "fresher-is-better",
            "never fill. At 0.01 h the score is 10.3 ± 0.3, with 0.442 ± 0.004 earned a clip; at 0.08 h 4.9 ± 0.6",
        ),
        ("who-gets-the-rebate", "half scores +0.23 ± 0.16 an hour, all of it +0.52 ± 0.24"),
        (
            "six-times-the-size",
            "17.49 ± 0.38 an hour, six earn 29.09 ± 0.68: 61.6 ± 1.0 clips are traded instead of 27.4 ± 0.3",
        ),
    ]
)


def test_without_a_lever_the_desk_is_the_model():
    bare, reference = simulate(scenes.dealer(), scenes.tape()), simulate(Desk(model=scenes.dealer()), scenes.tape())
    np.testing.assert_array_equal(bare.cash, reference.cash)
    np.testing.assert_array_equal(bare.pnl, alone("size", 1).pnl)


def test_the_score_by_hour_has_the_score_for_its_mean():
    earned = reference_run().pnl
    assert reference_run().score.mean() == pytest.approx(earned.mean() - 0.05 * earned.var(), rel=1e-12)


def test_large_sizes_are_harmless_while_fresh_and_lose_money_while_they_rest():
    fresh = tables.scored_more(alone("size", 6), alone("size", 1))
    rest = tables.scored_more(run(desk(size=6)), reference_run())
    assert fresh[0] > 5 * fresh[1]
    assert rest[0] < -10 * rest[1]


def test_a_reason_beats_the_clock():
    more, error = tables.scored_more(run(desk(age=0.05, max_move=0.5)), reference_run())
    assert more > 5 * error


def test_the_printed_sizes_get_stuck_where_ours_unwind():
    stuck = simulate(scenes.PrintedSizes(scenes.dealer(), printed.QuoteSizer(6, 4)), scenes.tape())
    ours = simulate(Desk(model=scenes.dealer(), sizer=QuoteSizer(base_size=4, max_position=6)), scenes.tape())
    at_limit = np.abs(stuck.inventory) == 6
    assert at_limit[-1].mean() > 0.3
    assert (at_limit[:-1] <= at_limit[1:]).all()  # once there, always there
    was, still = (np.abs(ours.inventory) == 6)[:-1], (np.abs(ours.inventory) == 6)[1:]
    assert np.mean(still[was]) < 0.9


def test_the_printed_width_is_another_desk_in_every_unit():
    width = printed.QuoteAggressiveness(1.5, 3)
    width.max_position = 20
    spreads = [
        float(scenes.PrintedWidth(scenes.dealer(), width, sigma).quotes(100, 0, 1).spread)
        for sigma in (4, 4 / np.sqrt(60), 0.04)
    ]
    assert spreads == pytest.approx([1.5, 1.5 * 4 / np.sqrt(60), 0.06])


def state_of(explorer, preset=None, **values):
    if preset:
        explorer.choose(preset)
    explorer.set(**values)
    return explorer.answer(explorer.values)


@pytest.mark.parametrize(("size", "decay"), [(1, 0), (4, 0.1), (9, 0)])
def test_a_desks_quotes_as_a_strategy_do_what_the_fresh_desk_does(size, decay):
    flow = Exponential(arrival_rate=60, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(intensity=flow, market_order_size=3)
    model, tape = AvellanedaStoikov.for_market(market, risk_aversion=0.05), market.tape(20, 50, seed=2)
    sizer = QuoteSizer(base_size=size, max_position=6, size_decay=decay)
    width = QuoteAggressiveness(base_spread=1, max_spread=3, max_position=6, normal_volatility=1)
    for lever in (None, width):
        desk = Desk(model=model, volatility=2, sizer=sizer, aggressiveness=lever)
        quick, slow = simulate(scenes.fresh(desk), tape), simulate(desk, tape)
        np.testing.assert_array_equal(quick.inventory, slow.inventory)
        np.testing.assert_allclose(quick.wealth, slow.wealth, atol=1e-9)


def test_desks_side_by_side_do_what_each_does_alone():
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=60, fill_decay=1.5), market_order_size=3)
    model, tape = AvellanedaStoikov.for_market(market, risk_aversion=0.05), market.tape(20, 50, seed=2)
    sizers = [
        QuoteSizer(base_size=size, max_position=limit, size_decay=0.1) for size, limit in ((1, 9), (5, 3), (9, 7))
    ]
    together = simulate(scenes.side_by_side(model, sizers), tape.repeated(3))
    for sizer, held in zip(sizers, np.split(together.inventory, 3, axis=1), strict=True):
        np.testing.assert_array_equal(held, simulate(Desk(model=model, sizer=sizer), tape).inventory)


def test_who_is_picked_off_loses_against_the_mid():
    run = simulate(desk(), scenes.tape())
    edges = np.array([run.mid[:-1] - run.bid_price, run.ask_price - run.mid[:-1]])
    lost, filled = scenes.picked_off(run), np.array([run.bid_fill, run.ask_fill]) > 0
    np.testing.assert_array_equal(lost, filled & (edges < 0))
    assert 0 < lost.sum() < filled.sum()


def test_the_side_that_adds_shrinks_the_limit_holds_and_a_larger_size_earns_less_than_its_share():
    shown = QuoteSizerExplorer()
    for eta, q_max, gamma in itertools.product((0.0, 0.3), (4, 25), (0.005, 0.1)):
        state = state_of(shown, size_decay=eta, max_position=q_max, risk_aversion=gamma)
        bid, ask = state.sizer.calculate_quote_size(np.arange(q_max + 1))
        assert (np.diff(bid) <= 0).all()
        assert bid[-1] == 0
        assert (ask[1:] >= 1).all()
        assert state.largest.max() <= q_max
        assert state.within <= state.plainly
        assert state.means[3] < 2 * state.means[1]
        assert state.means[7] < 2 * state.means[3]


def test_a_size_is_best_inside_and_too_large_a_one_earns_less():
    state = state_of(QuoteSizerExplorer(), base_size=10, risk_aversion=0.1)
    assert state.best == 4
    assert state.means[9] < state.means[4]
    assert (state.mean, state.sd) == pytest.approx((state.means[9], state.sds[9]))


def test_between_too_fresh_and_too_old_there_is_an_age_that_earns_most():
    state = state_of(QuoteTimerExplorer())
    best = int(state.edge.argmax())
    assert 0 < best < len(state.ages) - 1
    for end in (0, -1):
        error = np.hypot(*state.days[2, [best, end]].std(axis=1)) / 150**0.5  # more than that of the pairs
        assert state.edge[best] - state.edge[end] > 4 * error > 0
    # Too fresh: no place in the queue. Too old: nearly all that fills is picked off.
    assert state.fills[0] == 0
    assert state.off[-1] / state.fills[-1] > 0.7


def test_who_watches_the_mid_is_not_picked_off_but_over_a_slow_line():
    shown = QuoteTimerExplorer()
    presets = "too patient", "watching the mid", "watching it over a slow line"
    (patient, _), (watching, off), (slow, off_slow) = (
        (state.ours[2], state.ours[1]) for state in (state_of(shown, preset) for preset in presets)
    )
    assert off == 0
    assert off_slow > 8
    assert watching > 2 > 0.5 > patient > slow


def test_the_lever_trades_less_and_does_not_make_a_calm_day_safer():
    state = state_of(QuoteAggressivenessExplorer())
    (fills, mean, sd, _), (plain_fills, plain_mean, plain_sd, _) = state.ours, state.plain
    assert fills < plain_fills
    assert mean < plain_mean
    assert sd > plain_sd
    assert (np.diff(state.curve[0]) < 0).all()


def test_in_a_market_under_stress_the_best_base_spread_is_narrower():
    calm, stressed = (state_of(QuoteAggressivenessExplorer(), volatility=sigma) for sigma in (2, 4))
    assert stressed.best < calm.best
    assert stressed.ours[2] < stressed.plain[2]


@pytest.mark.parametrize(
    ("explorer", "done"),
    [
        (
            QuoteSizerExplorer,
            [
                {"base_size": 9},
                {"base_size": 10, "size_decay": 0.3, "max_position": 40, "risk_aversion": 0.02},
            ],
        ),
        (QuoteTimerExplorer, [{"stale_fraction": 0.5}, {"stale_fraction": 1.6, "max_move": 1.5}]),
        (QuoteAggressivenessExplorer, [{"max_position": 30}, {"volatility": 4.0, "base_spread": 3.0}]),
    ],
)
def test_an_explorers_tasks_can_be_done_and_are_not_at_the_start_nor_by_a_preset(explorer, done):
    shown, tasks = explorer(), explorer.tasks.values()
    for values, task in zip(done, tasks, strict=True):
        assert task(state_at(shown, **values))
    for preset in explorer.presets:
        at_rest = state_of(shown, preset)
        assert not [task for task in tasks if task(at_rest)], preset


def test_a_limit_under_which_many_sizes_are_worth_the_same_does_not_do_the_task():
    task = next(iter(QuoteSizerExplorer.tasks.values()))
    tied = state_at(QuoteSizerExplorer(), max_position=2)
    assert tied.worths[3] == tied.worths[4] == tied.worths.max()
    assert not task(tied)


def test_the_oldest_age_does_not_do_the_task_that_is_to_be_done_with_nu_alone():
    task = next(iter(QuoteTimerExplorer.tasks.values()))
    at_the_clock = state_at(QuoteTimerExplorer(), max_quote_time=0.02)
    assert at_the_clock.age == at_the_clock.best
    assert not task(at_the_clock)


def test_what_a_size_fills_is_what_step_1_says():
    """Of the orders that reach the ask of a fresh desk; those that would pass ±20 are too rare to count."""
    sizes = np.concatenate([scenes.tape().buy_size[scenes.tape().buy_size > 0]])
    for u in (1, 2, 6):
        filled = np.minimum(sizes, u)
        assert filled.mean() == pytest.approx(behind(u, 0, 2), abs=4 * filled.std() / len(filled) ** 0.5)


def test_a_mid_walks_through_a_quote_as_often_as_step_2_says():
    rng = np.random.default_rng(1)
    paths = np.cumsum(rng.normal(0, 4 * 0.01**0.5 / 50, (4000, 2500)), axis=1)
    share = (paths.min(axis=1) <= -0.5).mean()
    assert share == pytest.approx(reached(0.5, 4, 0.01), abs=0.02)


def test_a_fee_is_a_market_with_fewer_customers_and_quotes_further_out():
    """Exercise 6, for the best depth of a dealer with any γ and any value of the clip."""
    depths = np.linspace(-1, 8, 900_001)
    for gamma, worth, fee in ((0.1, 0.3, 0.4), (0.5, -0.2, -0.3)):
        gain = np.exp(-1.5 * depths) * (1 - np.exp(-gamma * (depths - worth - fee)))
        free = math.exp(-1.5 * fee) * np.exp(-1.5 * depths) * (1 - np.exp(-gamma * (depths - worth)))
        assert depths[gain.argmax()] == pytest.approx(depths[free.argmax()] + fee, abs=3e-5)
        assert gain.max() == pytest.approx(free.max(), rel=1e-8)


def test_effects_are_paired_and_a_ratios_error_is_that_of_drawing_the_hours_again():
    one, six = alone("size", 1), alone("size", 6)
    paired = tables.earned_more(six, one)
    apart = np.hypot(tables.Effect.of(six.pnl).error, tables.Effect.of(one.pnl).error)
    assert paired.error < 0.7 * apart
    assert tables.earned_more(one, one) == (0, 0)
    edge = tables.ratio_of(six.edge, six.traded)
    assert edge.mean == pytest.approx(six.edge.sum() / six.traded.sum())
    pick = np.random.default_rng(2).integers(0, 250, (2000, 250))
    again = (six.edge[pick].sum(axis=1) / six.traded[pick].sum(axis=1)).std()
    assert edge.error == pytest.approx(again, rel=0.1)
    assert np.isnan(tables.ratio_of(np.zeros(3), np.zeros(3)).mean)


def test_twice_the_spread_is_not_half_the_risk_and_not_a_quarter_less():
    *_, (_, profit, deviation, held) = tables.deviations(alone("width", 1.5), alone("width", 3.0), ("a", "b")).rows
    ratio, error = map(float, deviation.split(" ± "))
    assert ratio - 3 * error > 0.75
    assert abs(ratio - 1) < 3 * error
    assert float(profit.split(" ± ")[0]) == pytest.approx(0.68, abs=0.03)
    assert float(held) > 2


def test_late_fills_of_a_resting_quote_have_the_largest_edge():
    timer = QuoteTimer(min_quote_time=0, max_quote_time=0.08, stale_fraction=1e6)
    waits = Desk(model=scenes.dealer(), volatility=4, timer=timer, venue=Venue(queue_time=0.0025))
    rows = tables.by_age(simulate(waits, scenes.tape()), (0, 0.01, 0.03, 0.05, 0.08)).rows
    edges = [[float(x) for x in row[2].split(" ± ")] for row in rows]
    assert edges[1][0] + 3 * edges[1][1] < edges[0][0]
    assert edges[3][0] > edges[1][0] + 3 * edges[3][1]


def test_post_only_makes_the_deviation_larger_and_the_score_smaller():
    runs = {"3": reference_run(), "6": run(desk(size=6))}
    rows = tables.post_only({"3": desk(), "6": desk(size=6)}, runs, scenes.tape()).rows
    for _, _, _, deviation, score in rows:
        was, now = map(float, deviation.split(" → "))
        more, error = map(float, score.replace("−", "-").split(" ± "))
        assert now > 1.5 * was
        assert more < -3 * error


def test_obeying_costs_nothing_where_one_obeys_anyway_and_more_the_narrower():
    rows = tables.obeying(desk(), (1.0, 1.2, 1.5, 1.6), scenes.tape()).rows
    costs = [[float(x) for x in row[3].split(" ± ")] for row in rows]
    assert costs[3] == [0, 0]
    for narrow, wider in itertools.pairwise(costs[:3]):
        assert narrow[0] + 3 * narrow[1] < wider[0]
    before, after = ([float(row[n].split(" ± ")[0]) for row in rows] for n in (1, 2))
    assert all(now >= was for was, now in zip(before, after, strict=True))
    assert after[0] < 90 < after[1]
    earned = reference_run().pnl.mean()
    assert -costs[0][0] > earned > -costs[1][0] > 0.45 * earned


def test_the_questions_in_money_are_what_the_desks_earn():
    assert alone("size", 1).pnl.mean() == pytest.approx(17.5, abs=0.05)
    assert alone("width", 3.0).pnl.mean() == pytest.approx(11.8, abs=0.05)
    assert run(desk(size=6)).pnl.mean() == pytest.approx(-1.9, abs=0.05)
    assert run(desk(age=0.05, max_move=0.5)).pnl.mean() == pytest.approx(21.8, abs=0.05)


def test_six_fresh_clips_trade_more_than_twice_as_much_nearer_to_the_mid():
    one, six = alone("size", 1), alone("size", 6)
    assert 2 < six.traded.sum() / one.traded.sum() < 2.5
    assert six.edge.sum() / six.traded.sum() < 0.8 * one.edge.sum() / one.traded.sum()
