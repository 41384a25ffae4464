import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    Desk,
    Exponential,
    Market,
    MarketMakingMonitor,
    ParameterError,
    Quotes,
    QuoteTimer,
    Symmetric,
    Venue,
    simulate,
)
from mmlab.desk.quote_timing import elapsed
from mmlab.desk.sides import Sides

NAN = float("nan")
TIMER = QuoteTimer(min_quote_time=1, max_quote_time=60, stale_fraction=0.5, max_move=0.02)


@pytest.mark.parametrize(
    ("half_spread", "volatility", "age"),
    [
        (0.2, 0.02, 25),  # half of .2 is what σ√25 moves
        (0.2, 0.2, 1),
        (0.2, 0.01, 60),
        (0.2, 0, 60),
        (0, 0, 60),
        (0, 0.02, 1),
        (-0.3, 0.02, 1),  # a quote through the mid earns nothing that could be lost: it is stale at once
        (NAN, 0.02, 60),
        (1e300, 1e-300, 60),
    ],
)
def test_quotes_are_stale_when_the_mid_may_have_eaten_a_stated_part_of_their_half_spread(half_spread, volatility, age):
    assert TIMER.calculate_quote_time(half_spread, volatility) == pytest.approx(age, rel=1e-12)


@given(st.floats(1e-3, 1e3), st.floats(1e-6, 1e3), st.floats(1e-3, 1e3))
def test_the_unit_of_time_does_not_matter(half_spread, volatility, seconds):
    timer = QuoteTimer(min_quote_time=0.1 * seconds, max_quote_time=1e9 * seconds)
    scaled = timer.calculate_quote_time(half_spread, volatility / np.sqrt(seconds))
    plain = QuoteTimer(min_quote_time=0.1, max_quote_time=1e9).calculate_quote_time(half_spread, volatility)
    assert scaled == pytest.approx(seconds * plain, rel=1e-9)


@given(st.floats(0, 100), st.floats(0, 10), st.floats(0, 10), st.floats(0, 1), st.booleans())
def test_never_before_the_minimum_and_never_after_the_maximum(age, half_spread, volatility, move, moves):
    timer = QuoteTimer(min_quote_time=3, max_quote_time=50, max_move=0.1 if moves else None)
    refreshed = timer.should_update_quote(1e4 + age, 1e4, half_spread, volatility, move)
    slack = 1e-5 + 1e-9  # a billionth of the time of day: the last bits of a sum of steps
    assert not (refreshed and age < 3 - slack)
    assert refreshed or age < 50


def test_a_move_of_more_than_the_stated_one_refreshes_and_one_of_just_that_does_not():
    assert not TIMER.should_update_quote(10, 8, 1.0, 0.001, 0.02)
    assert not TIMER.should_update_quote(10, 8, 1.0, 0.001, 100.03 - 100.01)
    assert TIMER.should_update_quote(10, 8, 1.0, 0.001, 0.03)
    assert TIMER.should_update_quote(10, 8, 1.0, 0.001, -0.03)
    assert not TIMER.should_update_quote(10, 9.5, 1.0, 0.001, 5.0)


def after(timer, placed, time, desired, resting, volatility):
    """When each path's quotes around 100 were last replaced after a look at this time, and which are now."""
    sides = (Sides.of(quotes, placed.shape) for quotes in (desired, resting))
    now = timer.replaces(elapsed(time, placed), 100.0, *sides, volatility)
    return np.where(now, time, placed), now


def test_minimum_and_maximum_may_be_the_same_and_ages_are_not_lost_to_rounding():
    clock = QuoteTimer(min_quote_time=0.1, max_quote_time=0.1)
    times = np.linspace(0, 10, 101)
    state, refreshed = clock.start(1), []
    for time in times:
        state, now = after(clock, state, time, Quotes.at([99], [101]), Quotes.at([99], [101]), 1.0)
        refreshed.append(now[0])
    assert all(refreshed)


def test_a_timer_remembers_each_path_and_changes_nothing_that_it_was_given():
    timer = QuoteTimer(min_quote_time=0, max_quote_time=10, max_move=0.5)
    start = timer.start(4)
    desired = Quotes.at([99, 99, NAN, NAN], 101)
    state, refresh = after(timer, start, 0.0, desired, Quotes.at([NAN] * 4, NAN), 0.0)
    assert refresh.all()
    assert (start == -np.inf).all()
    resting = Quotes.at([99, 98.4, 99, NAN], 101)  # stands; moved; should go; is not there and should not be
    later, refresh = after(timer, state, 5.0, desired, resting, 0.0)
    assert refresh.tolist() == [False, True, True, False]
    assert later.tolist() == [0, 5, 5, 0]
    assert state.tolist() == [0, 0, 0, 0]


def test_a_lone_side_is_stale_by_its_own_depth():
    timer = QuoteTimer(min_quote_time=0, max_quote_time=100)
    wide, lone = Quotes.at([98], [102]), Quotes.at([98], [NAN])
    for desired in (wide, lone):
        placed = np.zeros(1)
        assert [bool(after(timer, placed, t, desired, desired, 1.0)[1][0]) for t in (3.9, 4.0)] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (dict(min_quote_time=61), r"min_quote_time \(t_min\) 61 is beyond max_quote_time \(t_max\) 60 \[time\]"),
        (dict(min_quote_time=-1), r"min_quote_time \(t_min\) must be .* at least 0 \[time\]; got -1"),
        (dict(stale_fraction=0), r"stale_fraction \(f\) must be .* above 0"),
        (dict(max_move=-0.01), r"max_move \(m\) must be .* at least 0 \[price\]"),
    ],
)
def test_a_clock_that_cannot_run_is_refused(wrong, sentence):
    with pytest.raises(ParameterError, match=sentence):
        QuoteTimer(**(dict(min_quote_time=1, max_quote_time=60) | wrong))


def test_a_negative_volatility_is_refused():
    with pytest.raises(ParameterError, match=r"volatility \(σ\) must be .* at least 0"):
        TIMER.calculate_quote_time(0.1, -0.2)


def test_seconds_since_1970_are_a_clock_as_any_other():
    """A desk that waits and a line that is slow, then markouts: the same wherever the clock begins."""
    market = Market.avellaneda_stoikov_2008(
        horizon=200, volatility=0.1, intensity=Exponential(arrival_rate=1, fill_decay=1.5)
    )
    tape = market.tape(3, 400, seed=1)
    model = Symmetric(half_spread=0.5)
    timer = QuoteTimer(min_quote_time=1, max_quote_time=3)
    desk = Desk(model=model, volatility=0.1, timer=timer, venue=Venue(latency=0.75, cancel_latency=0.25))
    runs = [simulate(desk, dataclasses.replace(tape, time=tape.time + start)) for start in (0.0, 1_756_710_000.0)]
    for name in ("refreshed", "bid_price", "bid_fill", "ask_fill"):
        np.testing.assert_array_equal(getattr(runs[1], name), getattr(runs[0], name))
    assert runs[0].refreshed.mean() < 0.6
    metrics = []
    for run in runs:
        monitor = MarketMakingMonitor(horizons=(1.0, 10.0))
        monitor.monitor(None, run)
        metrics.append(monitor.metrics)
    for name in [name for name in metrics[0] if name.startswith(("markout", "realised_spread", "price_impact"))]:
        np.testing.assert_allclose(metrics[1][name], metrics[0][name], rtol=1e-6)
