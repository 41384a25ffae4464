"""Flows and imbalances on small days that can be counted by hand, and on a book where nobody knows anything."""

import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.learning import (
    book_states,
    decayed_flows,
    forecast_r_squared,
    intervals,
    line_fit,
    micro_price,
    order_flow_imbalance,
)
from mmlab.market import Day, MarketOrders, Tape
from mmlab.market.order_flow import OrderFlow

NONE = MarketOrders(*np.empty((5, 0)))
CALM = OrderFlow(limit_rate=0.5, cancel_rate=0.1, market_rate=0.4, market_size=250, depth=7)


def day(bid, ask, bid_size, ask_size, orders=NONE):
    return Day(np.arange(len(bid)) * 1.0, *(np.array(c, dtype=float) for c in (bid, ask, bid_size, ask_size)), orders)


@pytest.fixture(scope="module")
def book():
    return CALM.run(7_200, seed=5).day()


def test_a_flow_is_known_before_the_step_and_forgets():
    never = -np.inf
    tape = Tape(
        [0.0, 1.0, 3.0, 4.0, 5.0],
        np.full((5, 1), 100.0),
        np.array([[0.0], [never], [0.2], [never]]),
        np.array([[never], [0.1], [0.1], [never]]),
        *np.ones((2, 4, 1)),
    )
    kept = np.exp(-0.5)
    expected = [[0, 0], [kept, 1], [(kept - 1) * kept**2, 0], [(kept - 1) * kept**3, 0]]
    assert decayed_flows(tape, [0.5, 0.0])[0] == pytest.approx(np.array(expected), abs=1e-15)


def test_imbalance_counts_what_comes_and_goes_at_the_best_prices():
    # A bid grows by 3, then is outbid by 4; the ask's 6 are taken; the ask falls back with 2; a halt; both are back.
    of_day = day(
        [99, 99, 99.5, 99.5, 99.5, np.nan, 99],
        [101, 101, 101, 102, 101, np.nan, 101],
        [5, 8, 4, 4, 4, 0, 5],
        [6, 6, 6, 7, 2, 0, 5],
    )
    assert order_flow_imbalance(of_day).tolist() == [0, 3, 4, 6, -2, 0, 0]


def test_intervals_hold_what_moved_the_mid_in_them():
    orders = MarketOrders(*np.array([[1.5, 2.0, 3.5], [1, -1, 1], [7, 2, 1], [101, 99, 102], [100, 100, 101.0]]))
    of_day = day([99, 99, 100, 100, 100], [101, 101, 102, 102, 102], [5, 8, 4, 4, 4], [6, 6, 6, 7, 2], orders)
    move, imbalance, trades = intervals(of_day, 2)
    assert move.tolist() == [1, 0]
    assert imbalance.tolist() == [3 + 4 + 6, -1 + 5]
    assert trades.tolist() == [5, 1]
    halted = day([99, np.nan, 99, 99, 99], [101, np.nan, 101, 101, 101], [5, 0, 5, 5, 5], [5, 0, 5, 5, 5])
    assert intervals(halted, 2).shape == (3, 1)


def test_imbalance_of_a_book_explains_half_and_predicts_nothing(book):
    """Zero intelligence, 7,200 s of the calm flow, seed 5: nobody knows anything (B.4 .462 … .679 and about 0)."""
    for horizon, explained in ((1, 0.462), (5, 0.577), (10, 0.620), (30, 0.684), (60, 0.679)):
        move, imbalance, _ = intervals(book, horizon)
        *_, same = line_fit(imbalance, move)
        *_, coming = line_fit(imbalance[:-1], move[1:])
        assert abs(same.value - explained) < 3 * same.error
        assert coming.value < 3 * coming.error


def test_a_line_s_error_is_newey_and_west_s():
    """Against the sandwich (XᵀX)⁻¹S(XᵀX)⁻¹, S = Σ_j (1 − |j|/6) Σ_n uₙuₙ₋ⱼxₙxₙ₋ⱼᵀ, of matrices."""
    rng = np.random.default_rng(1)
    x, noise = rng.standard_normal(200), rng.standard_normal(205)
    y = 1 + 0.5 * x + np.convolve(noise, np.ones(6), "valid")
    slope, inside, _ = line_fit(x, y)
    design = np.column_stack([np.ones(200), x])
    beta = np.linalg.solve(design.T @ design, design.T @ y)
    pull = design * (y - design @ beta)[:, np.newaxis]
    middle = sum((1 - abs(j) / 6) * pull[max(j, 0) : 200 + j].T @ pull[max(-j, 0) : 200 - j] for j in range(-5, 6))
    inverse = np.linalg.inv(design.T @ design)
    assert slope.value == pytest.approx(beta[1], rel=1e-12)
    assert slope.error == pytest.approx(np.sqrt((inverse @ middle @ inverse)[1, 1]), rel=1e-10)
    assert inside == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-12)


def test_errors_out_of_sample_hold_the_truth_as_often_as_they_say():
    """400 samples, seed 2: R² of the true slope is ¼; the interval of two errors holds it in about 95 of 100."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((400, 1_000))
    y = x + np.sqrt(3) * rng.standard_normal((400, 1_000))
    each = [forecast_r_squared(a, b) for a, b in zip(x, y, strict=True)]
    assert abs(np.mean([one.value for one in each]) - 0.25) < 0.003
    assert 0.90 < np.mean([abs(one.value - 0.25) < 2 * one.error for one in each]) < 0.98
    assert forecast_r_squared(2 * x[0], x[0]).value == pytest.approx(0)


def coin_days(n, seed):
    """A mid that goes up by one tick with the chance of the bid's share, and else down; the sizes are drawn anew."""
    rng = np.random.default_rng(seed)
    bid_size, ask_size = rng.integers(1, 100, size=(2, n))
    up = rng.random(n - 1) < (bid_size / (bid_size + ask_size))[:-1]
    mid = 100 + np.concatenate([[0], np.cumsum(np.where(up, 0.01, -0.01))])
    return day(mid - 0.005, mid + 0.005, bid_size, ask_size)


def test_where_each_event_is_a_move_the_micro_price_is_its_mean():
    """And G* is G¹: what comes later does not depend on what rests now."""
    of_day = coin_days(40_000, seed=3)
    first, limit = micro_price(of_day)[..., 0]
    share = of_day.bid_size / (of_day.bid_size + of_day.ask_size)
    place, moved = book_states(of_day)[:-1], np.diff(of_day.mid)
    for state in range(10):
        inside = place == state
        error = 0.01 / np.sqrt(inside.sum())
        assert abs(first[state] - 0.01 * (2 * share[:-1][inside] - 1).mean()) < 3 * error
        assert abs(first[state] - moved[inside].mean()) < 3 * error
    assert limit == pytest.approx(first, abs=3e-4)


def test_the_two_sides_exchanged_the_micro_price_is_mirrored(book):
    tables = micro_price(book, [0.015, 0.025, 0.035])
    assert tables.shape == (2, 10, 4)
    assert tables[:, ::-1] == pytest.approx(-tables, abs=1e-12)


def test_the_two_sides_exchanged_a_book_is_in_the_mirrored_state():
    sizes = np.arange(1, 21) * 100.0
    bid_size, ask_size = (grid.ravel() for grid in np.meshgrid(sizes, sizes))
    bid, ask = np.full((2, 400), [[99], [101]])
    here, there = (
        book_states(day(bid, ask, *pair), n_bins=11) for pair in ((bid_size, ask_size), (ask_size, bid_size))
    )
    np.testing.assert_array_equal(here, 10 - there)
    assert set(here[bid_size == ask_size]) == {5}


def test_the_limit_is_the_sum_of_all_moves_to_come():
    """G* = G¹ + B G¹ + B² G¹ + …, on a chain of two states in which runs last: up moves lead to up moves."""
    rng = np.random.default_rng(4)
    up = np.cumsum(rng.random(40_000) < 0.2) % 2 == 0
    mid = 100 + 0.01 * np.concatenate([[0], np.cumsum(np.where(up[:-1], 1, -1))])
    of_day = day(mid - 0.005, mid + 0.005, np.where(up, 9, 1), np.where(up, 1, 9))
    first, limit = micro_price(of_day, n_bins=2)[..., 0]
    stays = 1 - np.mean(up[1:] != up[:-1])
    assert first == pytest.approx([-0.01, 0.01], abs=1e-12)
    assert limit[1] == pytest.approx(0.01 / (2 - 2 * stays), rel=1e-9)


def out_of_sample(of_day, edges, horizon):
    """R² against the mid, of the second half by the first: of the weighted mid, G¹ and the micro-price."""
    half = (of_day.time[0] + of_day.time[-1]) / 2
    tables = micro_price(of_day.between(of_day.time[0], half), edges)
    test = of_day.between(half, of_day.time[-1])
    at = np.arange(test.time[0], test.time[-1] - horizon, horizon)
    row = np.searchsorted(test.time, at, side="right") - 1
    weighted = (test.bid_size / (test.bid_size + test.ask_size) - 0.5) * (test.ask - test.bid)
    shifts = [weighted, *(table.ravel()[book_states(test, edges)] for table in tables)]
    target = test.mid_at(at + horizon) - test.mid_at(at)
    known = ~np.isnan(target)
    return [forecast_r_squared(shift[row][known], target[known]) for shift in shifts]


def test_on_a_book_where_nobody_knows_the_micro_price_gains_a_little(book):
    """B.4: 2.5 ± .9 % at 5 s; the weighted mid loses 13 ± 3 % at 1 s."""
    weighted, first, limit = out_of_sample(book, [0.015, 0.025, 0.035], 5)
    assert abs(first.value - 0.0239) < 3 * first.error
    assert abs(limit.value - 0.0252) < 3 * limit.error
    weighted, *_ = out_of_sample(book, [0.015, 0.025, 0.035], 1)
    assert abs(weighted.value + 0.129) < 3 * weighted.error


def test_on_a_real_day_imbalance_explains_and_does_not_predict(real_day):
    """AMZN, 21 June 2012, 09:35 to 16:00 (B.4's table); the last second is not watched to its end."""
    watched = real_day.between(34_500, 57_600)
    rows = {
        1: (0.00153, 0.00042, 0.169, 0.246, 0.203, 0.00017, 0.0022, 0.0038),
        5: (0.00242, 0.00064, 0.304, 0.349, 0.279, 0.00022, 0.0026, -0.0055),
        10: (0.00250, 0.00064, 0.331, 0.354, 0.319, 0.00032, 0.0056, -0.0144),
    }
    for horizon, (beta, error, inside, out, trades, next_beta, next_inside, next_out) in rows.items():
        move, imbalance, traded = intervals(watched, horizon)
        slope, explained, outside = line_fit(imbalance, move / 0.01)
        assert [slope.value, slope.error] == pytest.approx([beta, error], abs=6e-6)
        assert [explained, outside.value] == pytest.approx([inside, out], abs=6e-4)
        assert line_fit(traded, move)[1] == pytest.approx(trades, abs=1.1e-3)
        slope, explained, outside = line_fit(imbalance[:-1], move[1:] / 0.01)
        assert slope.value == pytest.approx(next_beta, abs=6e-6)
        assert explained == pytest.approx(next_inside, abs=2e-4)
        assert outside.value == pytest.approx(next_out, abs=3e-4)


def test_on_a_real_day_the_weighted_mid_is_a_disaster(real_day):
    watched, edges = real_day.between(34_500, 57_600), [0.06, 0.10, 0.14, 0.18]
    for horizon, references in ((1, (-4.715, -0.014, -0.066)), (5, (-0.771, 0.0035, -0.002))):
        for found, reference in zip(out_of_sample(watched, edges, horizon), references, strict=True):
            assert abs(found.value - reference) < max(found.error, 0.001)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: intervals(coin_days(9, 1), 1e-9), "A grid of .* would take .* GiB; the limit is 4 GiB"),
        (lambda: intervals(coin_days(9, 1), 0), "horizon must be a finite number above 0"),
        (
            lambda: line_fit(np.ones(30), np.ones(30)),
            r"x, y must have one length, at least 50; got \{30\}",
        ),
        (lambda: line_fit(np.full(60, np.nan), np.ones(60)), "x must be a finite number"),
        (
            lambda: forecast_r_squared([1.0, 2.0], [1.0]),
            r"predicted, target must have one length, at least 20; got \{1, 2\}",
        ),
        (lambda: forecast_r_squared(np.ones(30), np.zeros(30)), "forecast_r_squared cannot use .*: .* encountered"),
        (lambda: forecast_r_squared([1.0], [1.0], blocks=1), "blocks must be a whole number of at least 2"),
        (lambda: micro_price(coin_days(9, 1), n_bins=1), "n_bins must be a whole number of at least 2; got 1"),
        (lambda: order_flow_imbalance(CALM), "day must be a Day"),
    ],
)
def test_what_is_no_sample_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
