import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Desk, Exponential, Linear, Market, ParameterError, QuoteTimer, Signal, Symmetric, Tape, Venue
from mmlab.simulation import simulate_desk

EXPONENTIAL = Exponential(arrival_rate=140, fill_decay=1.5)
LINEAR = Linear(demand_intercept=140, demand_slope=100)
TIME_STEP = 0.005


def columns(tape):
    named = {field.name: getattr(tape, field.name) for field in dataclasses.fields(tape)}
    return {name: column for name, column in named.items() if isinstance(column, np.ndarray)}


def blank(**changes):
    """Two steps of two paths on which nothing happens."""
    nothing, one = np.full((2, 2), -np.inf), np.ones((2, 2))
    quiet = dict(
        time=[0, 1, 2], mid=np.full((3, 2), 100.0), buy_reach=nothing, sell_reach=nothing, buy_size=one, sell_size=one
    )
    return Tape(**(quiet | changes))


@pytest.mark.parametrize("rule", ["linear", "exponential"])
@pytest.mark.parametrize("flow", [EXPONENTIAL, LINEAR])
def test_the_reach_passes_a_depth_as_often_as_the_fill_rule_says(flow, rule):
    market = Market.avellaneda_stoikov_2008(intensity=flow, fill_rule=rule)
    tape = market.tape(n_paths=1_000, n_steps=200, seed=11)
    for reach in (tape.buy_reach, tape.sell_reach):
        for depth in (-1.5, -0.3, 0.0, 0.4, 0.9, 1.3, 1.5):
            expected = flow.rate(depth) * TIME_STEP
            p = min(1.0, expected) if rule == "linear" else 1 - np.exp(-expected)
            observed = np.mean(reach >= depth)
            assert abs(observed - p) <= 4 * np.sqrt(p * (1 - p) / reach.size), (depth, p, observed)


def test_a_quote_whose_expected_fills_exceed_one_fills_for_certain_under_the_linear_rule():
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=1_000, n_steps=200, seed=2)
    depth = -0.25  # λΔt = 1.0185
    assert EXPONENTIAL.rate(depth) * TIME_STEP > 1
    assert (tape.buy_reach >= depth).all()
    assert (tape.sell_reach >= depth).all()


def test_the_two_sides_of_a_step_are_independent():
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=1_000, n_steps=200, seed=3)
    buys, sells = tape.buy_reach >= 0.5, tape.sell_reach >= 0.5
    assert abs(np.corrcoef(buys.ravel(), sells.ravel())[0, 1]) < 4 / np.sqrt(buys.size)
    assert abs(np.corrcoef(buys[1:].ravel(), buys[:-1].ravel())[0, 1]) < 4 / np.sqrt(buys.size)


def test_a_pair_of_flows_is_buy_orders_and_sell_orders():
    never = Exponential(arrival_rate=0, fill_decay=1.5)
    tape = Market.avellaneda_stoikov_2008(intensity=(EXPONENTIAL, never)).tape(50, 50, seed=4)
    assert np.isfinite(tape.buy_reach).all()
    assert (tape.sell_reach == -np.inf).all()


def test_orders_do_not_depend_on_where_the_mid_goes():
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=1_000, n_steps=200, seed=5)
    moves, came = np.diff(tape.mid, axis=0).ravel(), (tape.buy_reach >= 0).ravel()
    assert abs(np.corrcoef(moves, came)[0, 1]) < 4 / np.sqrt(moves.size)


def test_binomial_moves_are_one_deviation_up_or_down():
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=200, n_steps=100, seed=6)
    moves = np.diff(tape.mid, axis=0)
    np.testing.assert_allclose(np.abs(moves), 2 * np.sqrt(0.01), atol=1e-12)
    assert abs(np.mean(moves > 0) - 0.5) < 4 * 0.5 / np.sqrt(moves.size)


@pytest.mark.parametrize("mid_move", ["binomial", "normal"])
def test_the_mid_spreads_with_volatility_and_trends_with_drift(mid_move, sd_error, mean_error):
    market = Market.avellaneda_stoikov_2008(mid_move=mid_move, drift=3, horizon=2)
    tape = market.tape(n_paths=20_000, n_steps=30, seed=7)
    change = tape.mid[-1] - tape.mid[0]
    assert abs(change.mean() - 3 * 2) < 4 * mean_error(change)
    assert abs(change.std() - 2 * np.sqrt(2)) < 4 * sd_error(change)
    assert (tape.mid[0] == 100).all()


def test_normal_moves_have_the_kurtosis_of_normal_moves():
    moves = np.diff(Market.avellaneda_stoikov_2008(mid_move="normal").tape(1_000, 100, seed=8).mid, axis=0)
    kurtosis = np.mean(moves**4) / np.mean(moves**2) ** 2
    assert abs(kurtosis - 3) < 4 * np.sqrt(24 / moves.size)


def test_buy_orders_lift_the_mid_and_sell_orders_lower_it():
    calm = Market.avellaneda_stoikov_2008().tape(n_paths=5, n_steps=200, seed=9)
    moved = Market.avellaneda_stoikov_2008(jump=(0.25, 0.5)).tape(n_paths=5, n_steps=200, seed=9)
    np.testing.assert_array_equal(moved.buy_reach, calm.buy_reach)
    pushed = np.diff(moved.mid, axis=0) - np.diff(calm.mid, axis=0)
    for n, path in np.ndindex(pushed.shape):
        expected = 0.25 * (calm.buy_reach[n, path] >= 0) - 0.5 * (calm.sell_reach[n, path] >= 0)
        assert pushed[n, path] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "seed", [1, np.int64(7), np.random.SeedSequence(3), [1, 2]], ids=["int", "numpy int", "SeedSequence", "list"]
)
def test_the_same_seed_gives_the_same_tape(seed):
    market = Market.avellaneda_stoikov_2008(jump=(0.1, 0.1))
    first, again = market.tape(5, 7, seed), market.tape(5, 7, seed)
    for name, column in columns(first).items():
        np.testing.assert_array_equal(column, getattr(again, name))


def test_another_seed_gives_another_tape():
    market = Market.avellaneda_stoikov_2008()
    assert (market.tape(5, 7, 1).buy_reach != market.tape(5, 7, 2).buy_reach).all()


def test_a_generator_is_used_up_as_it_draws():
    market = Market.avellaneda_stoikov_2008()
    generator = np.random.default_rng(5)
    first, second = market.tape(5, 7, generator), market.tape(5, 7, generator)
    np.testing.assert_array_equal(first.mid, market.tape(5, 7, 5).mid)
    assert (first.buy_reach != second.buy_reach).all()


@pytest.mark.parametrize("seed", [-1, "today", 1.5])
def test_a_seed_that_is_none_is_refused(seed):
    reason = f"seed must be a whole number of at least 0, a Generator or a SeedSequence; got {seed!r}"
    with pytest.raises(ParameterError, match=re.escape(reason)):
        Market.avellaneda_stoikov_2008().tape(5, 7, seed)


def test_drawing_a_tape_leaves_numpys_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    Market.avellaneda_stoikov_2008().tape(5, 7, 1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_one_path_of_one_step_is_a_tape():
    tape = Market.avellaneda_stoikov_2008().tape(1, 1, seed=1)
    assert (tape.n_paths, tape.n_steps) == (1, 1)
    assert tape.mid.shape == (2, 1)
    assert tape.time_left.tolist() == [1]


@given(st.integers(1, 6), st.integers(1, 6), st.just(0) | st.floats(1e-9, 100))
def test_a_tape_has_the_shapes_and_times_that_were_asked_for(n_paths, n_steps, horizon):
    tape = Market.avellaneda_stoikov_2008(horizon=horizon).tape(n_paths, n_steps, seed=1)
    assert tape.mid.shape == (n_steps + 1, n_paths)
    assert tape.buy_reach.shape == tape.sell_size.shape == (n_steps, n_paths)
    assert tape.time[0] == 0
    assert tape.time[-1] == tape.time_left[0] == horizon
    assert (tape.buy_size == 1).all()


def test_in_no_time_nothing_happens():
    tape = Market.avellaneda_stoikov_2008(horizon=0, jump=(1, 1), drift=5).tape(3, 4, seed=1)
    assert (tape.mid == 100).all()
    assert (tape.buy_reach == -np.inf).all()
    assert (tape.sell_reach == -np.inf).all()


def test_a_still_market_stands_still():
    tape = Market.avellaneda_stoikov_2008(volatility=0).tape(3, 4, seed=1)
    assert (tape.mid == 100).all()


def test_a_tape_cannot_be_written_on():
    market = Market.avellaneda_stoikov_2008(signal=Signal(mean_reversion=1, signal_jump=1))
    for column in columns(market.tape(3, 4, seed=1)).values():
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_a_tape_leaves_the_arrays_it_was_made_from_to_their_owner():
    mid = np.full((3, 2), 100.0)
    tape = blank(mid=mid)
    assert not tape.mid.flags.writeable
    mid[0, 0] = 99.0
    assert mid[0, 0] == 99


def test_a_tape_may_be_made_from_lists():
    tape = Tape([0, 1], [[100], [101]], [[0.5]], [[-np.inf]], [[1]], [[1]])
    assert (tape.n_paths, tape.n_steps) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (dict(time=[0, 1]), "Tape: mid has shape (3, 2), so time must have shape (3,); got (2,)."),
        (dict(buy_reach=np.zeros((3, 2))), "so buy_reach must have shape (2, 2); got (3, 2)."),
        (dict(sell_reach=np.zeros(2)), "so sell_reach must have shape (2, 2); got (2,)."),
        (dict(buy_size=1.0), "so buy_size must have shape (2, 2); got ()."),
        (
            dict(mid=[100, 101, 102]),
            "mid (n_steps + 1, n_paths), with at least one step and one path; got (3,) and (3,)",
        ),
        (dict(time=[0], mid=[[100, 100]]), "with at least one step and one path; got (1,) and (1, 2)"),
        (dict(mid=np.empty((3, 0))), "with at least one step and one path; got (3,) and (3, 0)"),
        (dict(time=[0, 2, 1]), "Tape: time must be finite and must not run backwards."),
        (dict(time=[0, 1, np.nan]), "Tape: time must be finite and must not run backwards."),
        (dict(mid=[[100, 100], [np.nan, 100], [100, 100]]), "Tape: mid must be finite everywhere."),
        (dict(mid=[[100, 100], [np.inf, 100], [100, 100]]), "Tape: mid must be finite everywhere."),
        (dict(mid=[[100, 100], [1e60, 100], [100, 100]]), "Tape: mid must be at most 1e+50 in size."),
        (dict(sell_reach=[[0, 1e60], [-np.inf, 0]]), "Tape: sell_reach must be at most 1e+50 in size."),
        (dict(buy_size=[[1, 1e60], [1, 1]]), "Tape: buy_size must be at most 1e+50 in size."),
        (dict(buy_reach=[[0, np.inf], [0, 0]]), "Tape: buy_reach must be a number below +inf; −inf says that no order"),
        (dict(sell_reach=[[0, np.nan], [0, 0]]), "Tape: sell_reach must be a number below +inf"),
        (dict(signal=np.zeros((2, 2))), "so signal must have shape (3, 2); got (2, 2)."),
        (dict(signal=[[0, 0], [np.nan, 0], [0, 0]]), "Tape: signal must be finite everywhere."),
        (dict(touch=np.zeros((3, 2, 2, 2))), "so touch must have shape (2, 2, 2, 2); got (3, 2, 2, 2)."),
        (dict(buy_size=[[1, 1], [1, -1]]), "Tape: buy_size must be at least 0 clips."),
        (dict(sell_size=[[1, 1], [np.nan, 1]]), "Tape: sell_size must be at least 0 clips."),
    ],
)
def test_a_tape_that_does_not_fit_together_is_refused(changes, reason):
    with pytest.raises(ParameterError, match=re.escape(reason)):
        blank(**changes)


def test_several_steps_may_bear_one_time():
    assert blank(time=[0, 0, 1]).time_left.tolist() == [1, 1]


def test_orders_come_at_any_time_in_their_step_and_who_asks_changes_nothing_else():
    market = Market.avellaneda_stoikov_2008()
    tape = market.tape(n_paths=500, n_steps=40, seed=1)
    times = np.stack([tape.arrival(n) for n in range(40)])
    share = (times - tape.time[:-1, np.newaxis, np.newaxis]) / TIME_STEP * (40 / 200)
    assert share.min() >= 0
    assert share.max() < 1
    for moment, exact in ((1, 1 / 2), (2, 1 / 3)):
        error = (share**moment).std() / share.size**0.5
        assert abs((share**moment).mean() - exact) < 4 * error
    assert abs(np.corrcoef(share[:, 0].ravel(), share[:, 1].ravel())[0, 1]) < 4 / (500 * 40) ** 0.5
    np.testing.assert_array_equal(tape.arrival(7), times[7])
    np.testing.assert_array_equal(tape.first(8).arrival(7), times[7])
    np.testing.assert_array_equal(market.tape(500, 40, seed=1).arrival(7), times[7])
    assert not (market.tape(500, 40, seed=2).arrival(7) == times[7]).any()
    assert not any(isinstance(value, np.ndarray) and value.shape == times.shape for value in vars(tape).values())


def test_when_orders_come_is_drawn_from_nobody_elses_numbers():
    """A generator gives the same numbers after a tape as if the tape's orders had no times."""
    market, (one, other) = Market.avellaneda_stoikov_2008(), (np.random.default_rng(3) for _ in range(2))
    first, second = market.tape(4, 5, one), market.tape(4, 5, one)
    other.integers(0, 2, size=(5, 4), dtype=np.int8), other.random((2, 5, 4))
    np.testing.assert_array_equal(second.mid, market.tape(4, 5, other).mid)
    assert first.arrival_seed != second.arrival_seed


def test_a_step_may_begin_with_its_orders():
    tape = blank(arrival_seed=None)
    np.testing.assert_array_equal(tape.arrival(1), np.ones((2, 2)))
    with pytest.raises(ParameterError, match="arrival_seed must be a whole number of at least 0; got -1"):
        blank(arrival_seed=-1)


def test_a_storm_is_as_many_times_as_far_and_a_lost_feed_is_the_rest():
    market = Market.avellaneda_stoikov_2008()
    tape = market.tape(3, 20, seed=1)
    storm = tape.stormy(5, 9, 4.0)
    moves, stressed = np.diff(tape.mid, axis=0), np.diff(storm.mid, axis=0)
    np.testing.assert_allclose(stressed[5:9], 4 * moves[5:9])
    np.testing.assert_allclose(np.delete(stressed, np.s_[5:9], axis=0), np.delete(moves, np.s_[5:9], axis=0))
    less = tape.without(5, 9)
    np.testing.assert_array_equal(less.buy_reach, np.delete(tape.buy_reach, np.s_[5:9], axis=0))
    np.testing.assert_array_equal(less.time, np.delete(tape.time, np.s_[5:9]))
    np.testing.assert_array_equal(less.mid, np.delete(tape.mid, np.s_[5:9], axis=0))
    assert less.origin["then"] == [["without", 5, 9]]
    assert storm.first(7).origin["then"] == [["stormy", 5, 9, 4.0], ["first", 7]]
    assert dataclasses.replace(tape, mid=storm.mid).origin is None, "a changed copy says nothing of where it is from"


def test_a_repeated_tape_is_what_each_of_several_desks_sees():
    tape = Market.avellaneda_stoikov_2008(market_order_size=2).tape(5, 40, seed=1)
    desk = Desk(
        model=Symmetric(half_spread=0.75),
        volatility=2,
        timer=QuoteTimer(min_quote_time=0.0, max_quote_time=1.0),
        venue=Venue(latency=0.031, queue_time=0.017),  # not in whole steps: it matters when orders come
    )
    measured = np.repeat([2.0, 4.0, 8.0], 5)
    together = simulate_desk(desk, tape.repeated(3).repeated(1), volatility=measured)
    for copy, sigma in enumerate((2.0, 4.0, 8.0)):
        here, alone = np.s_[:, 5 * copy : 5 * copy + 5], simulate_desk(desk, tape, volatility=sigma)
        assert alone.bid_fill.any()
        for name, column in alone.columns.items():
            np.testing.assert_array_equal(column, together.columns[name][() if name == "time" else here], name)
    with pytest.raises(ParameterError, match="times must be a whole number"):
        tape.repeated(0)
    with pytest.raises(ParameterError, match="5 paths are not 2 copies"):
        dataclasses.replace(tape, copies=2)


@pytest.mark.parametrize("steps", [(-1, 3), (5, 4), (0, 21), (0.5, 3), (0, "x"), (0, 20)])
def test_steps_that_a_tape_has_not_are_refused(steps):
    tape = Market.avellaneda_stoikov_2008().tape(2, 20, seed=1)
    with pytest.raises(ParameterError):
        tape.without(*steps)
    if steps != (0, 20):
        with pytest.raises(ParameterError):
            tape.stormy(*steps, 2.0)
    for times in (-1, float("nan"), "x"):
        with pytest.raises(ParameterError, match="times"):
            tape.stormy(0, 2, times)
