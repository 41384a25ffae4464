"""Rows 14 to 18 of the audit: what the printed desk does, and what ours does in its place."""

import numpy as np
import pytest
from mmbook import printed

from mmlab import QuoteAggressiveness, QuoteSizer, QuoteTimer

PRINTED = printed.QuoteSizer(max_position=100, min_quote_size=50)
SIZER = QuoteSizer(base_size=50, max_position=100)
TIMER = dict(min_quote_time=1, max_quote_time=60)
SPREADS = dict(base_spread=0.5, max_spread=2)


def completed(thing):
    """The printed part with the attribute that it needs and nothing sets."""
    thing.max_position = 100
    return thing


def test_row_14_at_its_limit_the_printed_desk_cannot_unwind():
    assert PRINTED.calculate_quote_size(100, 100) == (0, 0)
    assert PRINTED.calculate_quote_size(150, 100) == (-50, -50)
    assert SIZER.calculate_quote_size(100) == (0, 50)
    assert SIZER.calculate_quote_size(150) == (0, 50)
    assert SIZER.calculate_quote_size(-150) == (50, 0)


def test_row_14_the_printed_minimum_is_a_cap_and_orders_below_it_are_sent():
    assert printed.QuoteSizer(max_position=1e6, min_quote_size=100).calculate_quote_size(0, 100) == (100, 100)
    assert PRINTED.calculate_quote_size(70, 100) == (30, 30)
    assert QuoteSizer(base_size=80, max_position=100, min_size=50).calculate_quote_size(70) == (0, 80)


def test_row_15_the_printed_impact_has_no_sign_and_no_bound():
    wide = printed.QuoteSizer(max_position=1000, min_quote_size=100)
    assert wide.adjust_quote_size(0, 100, 0.1) == pytest.approx((90, 110))
    assert wide.adjust_quote_size(0, 100, -0.1) == pytest.approx((90, 110))
    assert wide.adjust_quote_size(0, 100, 1.5) == (-50, 250)
    assert SIZER.adjust_quote_size(0, 0.1) == (45, 55)
    assert SIZER.adjust_quote_size(0, -0.1) == (55, 45)
    with pytest.raises(ValueError, match="at least -1 and at most 1"):
        SIZER.adjust_quote_size(0, 1.5)


def test_row_16_the_printed_timer_and_aggressiveness_fail_on_their_first_call():
    with pytest.raises(AttributeError, match="max_position"):
        printed.QuoteTimer(**TIMER).calculate_quote_time(0, 100, 0.2)
    with pytest.raises(AttributeError, match="max_position"):
        printed.QuoteTimer(**TIMER).should_update_quote(5, 0, 0, 100, 0.2)
    with pytest.raises(AttributeError, match="max_position"):
        printed.QuoteAggressiveness(**SPREADS).calculate_aggressiveness(0, 100, 0.2)
    assert QuoteTimer(**TIMER).calculate_quote_time(0.5, 0.2) == 6.25
    ours = QuoteAggressiveness(**SPREADS, max_position=100, normal_volatility=0.2)
    assert ours.calculate_aggressiveness(50, 0.2) == 0.5


def test_row_17_beyond_a_volatility_of_one_the_printed_time_is_always_the_minimum():
    timer = completed(printed.QuoteTimer(**TIMER))
    assert [timer.calculate_quote_time(0, 100, sigma) for sigma in (1.26, 5, 100)] == [1, 1, 1]


def test_row_17_the_printed_time_depends_on_the_unit_of_volatility_and_ours_does_not():
    """One market, told in price per √minute and in price per √hour: 12 an hour is 1.55 a minute."""
    timer = completed(printed.QuoteTimer(**TIMER))
    seconds = {"minute": 60, "hour": 3600}
    per_second = 0.1
    printed_times = {unit: timer.calculate_quote_time(0, 100, per_second * s**0.5) for unit, s in seconds.items()}
    assert printed_times["minute"] > 10 * printed_times["hour"]
    ours = {
        unit: s * QuoteTimer(min_quote_time=1 / s, max_quote_time=60 / s).calculate_quote_time(0.5, per_second * s**0.5)
        for unit, s in seconds.items()
    }
    assert ours["minute"] == pytest.approx(ours["hour"]) == pytest.approx(25)


def test_row_18_flat_and_calm_the_printed_spread_is_nothing_and_it_is_never_above_the_base():
    wrong = completed(printed.QuoteAggressiveness(**SPREADS))
    assert wrong.adjust_spread(0.5, wrong.calculate_aggressiveness(0, 100, 0)) == 0
    spreads = [wrong.adjust_spread(0.5, wrong.calculate_aggressiveness(q, 100, 0.3)) for q in range(-100, 101, 10)]
    assert max(spreads) <= 0.5 < wrong.max_spread
    ours = QuoteAggressiveness(**SPREADS, max_position=100, normal_volatility=0.2)
    spreads = ours.adjust_spread(0.5, ours.calculate_aggressiveness(np.arange(0, 101, 10), 0.1))
    assert spreads[0] == 0.5
    assert spreads[-1] == 2
    assert (np.diff(spreads) > 0).all()
