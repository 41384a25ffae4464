import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.units import (
    absolute_volatility,
    clips_from_shares,
    price_from_basis_points,
    price_from_ticks,
    risk_aversion_per_clip,
)

numbers = st.floats(1e-6, 1e6)


def test_twenty_percent_a_year_moves_a_hundred_dollar_stock_by_126_cents_a_day():
    assert absolute_volatility(0.2, 100, per="day") == pytest.approx(1.2599, abs=5e-5)


def test_the_guides_volatility_without_a_unit_is_off_by_forty_in_variance():
    """Audit, row 13: σ = .2 taken for a price per √day."""
    assert (absolute_volatility(0.2, 100, per="day") / 0.2) ** 2 == pytest.approx(39.68, abs=0.005)


@pytest.mark.parametrize(
    ("shorter", "longer", "how_many"),
    [("second", "minute", 60), ("minute", "hour", 60), ("hour", "day", 6.5), ("day", "year", 252)],
)
def test_volatility_grows_with_the_square_root_of_time(shorter, longer, how_many):
    ratio = absolute_volatility(0.2, 100, per=longer) / absolute_volatility(0.2, 100, per=shorter)
    assert ratio == pytest.approx(math.sqrt(how_many), rel=1e-14)


def test_a_trading_day_has_six_and_a_half_hours_of_seconds():
    ratio = absolute_volatility(0.2, 100, per="day") / absolute_volatility(0.2, 100, per="second")
    assert ratio == pytest.approx(math.sqrt(6.5 * 3600), rel=1e-14)


def test_a_market_that_never_closes_can_be_told():
    around_the_clock = absolute_volatility(0.2, 100, per="hour", trading_days=365, hours_per_day=24)
    assert around_the_clock == pytest.approx(20 / math.sqrt(8760), rel=1e-14)


@given(numbers, numbers, st.floats(0.01, 100))
def test_volatility_is_proportional_to_itself_and_to_the_price(volatility, price, factor):
    sigma = absolute_volatility(volatility, price)
    assert absolute_volatility(volatility * factor, price) == pytest.approx(sigma * factor)
    assert absolute_volatility(volatility, price * factor) == pytest.approx(sigma * factor)


def test_a_year_is_the_volatility_times_the_price():
    assert absolute_volatility(0.2, 100, per="year") == 20


def test_basis_points_and_ticks_become_prices():
    assert price_from_basis_points(25, 100) == 0.25
    assert price_from_basis_points(-1, 5000) == -0.5
    assert price_from_ticks(3, 0.25) == 0.75
    assert price_from_ticks(-2, 0.25) == -0.5


def test_shares_become_clips():
    assert clips_from_shares(-1_000_000, 10_000) == -100
    assert risk_aversion_per_clip(1e-5, 10_000) == pytest.approx(0.1)


@given(st.floats(1e-9, 1), st.floats(-1e6, 1e6), st.floats(1, 1e5))
def test_what_a_position_costs_does_not_depend_on_the_clip_it_is_counted_in(cara, shares, shares_per_clip):
    gamma_q = risk_aversion_per_clip(cara, shares_per_clip) * clips_from_shares(shares, shares_per_clip)
    assert gamma_q == pytest.approx(cara * shares, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("convert", "sentence"),
    [
        (lambda: absolute_volatility(-0.2, 100), "annual_relative_volatility must be .* at least 0 .*; got -0.2"),
        (lambda: absolute_volatility("20%", 100), "annual_relative_volatility must be .*; got '20%'"),
        (lambda: absolute_volatility(0.2, 0), r"price \(S\) must be .* above 0 \[price\]; got 0"),
        (lambda: absolute_volatility(0.2, 100, per="month"), "per must be one of second, .*, year; got 'month'"),
        (lambda: absolute_volatility(0.2, 100, trading_days=0), "trading_days must be .* above 0 .*; got 0"),
        (lambda: absolute_volatility(0.2, 100, trading_days=None), "trading_days must be .*; got None"),
        (lambda: absolute_volatility(0.2, 100, hours_per_day=25), "hours_per_day must be .* at most 24 .*; got 25"),
        (
            lambda: absolute_volatility(0.2, 100, trading_days=-252, hours_per_day=-6.5),
            "trading_days must be .*; got -252",
        ),
        (lambda: price_from_basis_points(float("nan"), 100), "basis_points must be a finite number .*; got nan"),
        (lambda: price_from_basis_points(1, -100), r"price \(S\) must be .* above 0 .*; got -100"),
        (lambda: price_from_ticks(1, 0), r"tick must be .* above 0 \[price\]; got 0"),
        (lambda: price_from_ticks(None, 0.01), "ticks must be a finite number .*; got None"),
        (lambda: clips_from_shares(100, 0), r"shares_per_clip must be .* above 0 \[shares/clip\]; got 0"),
        (lambda: clips_from_shares(float("inf"), 10), "shares must be a finite number .*; got inf"),
        (lambda: risk_aversion_per_clip(-1e-5, 10), r"risk_aversion must be .* at least 0 \[1/currency\]; got -1e-05"),
        (lambda: risk_aversion_per_clip(1e-5, [10, 20]), r"shares_per_clip must be one number; .* shape \(2,\)"),
    ],
)
def test_a_conversion_of_nonsense_is_refused_by_name(convert, sentence):
    with pytest.raises(ParameterError, match=sentence):
        convert()
