import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, Quotes

NAN = float("nan")
prices = st.floats(1, 1e6)
depths = st.floats(-50, 50)


def test_quotes_know_their_spread_and_middle():
    quotes = Quotes.at(99, 101.5)
    assert quotes.spread == 2.5
    assert quotes.middle == 100.25
    assert not quotes.crossed
    assert (quotes.bid_size, quotes.ask_size) == (1, 1)


def test_quotes_broadcast_over_paths():
    quotes = Quotes.at([99, 98, 97], 101, size=2)
    assert quotes.spread.tolist() == [2, 3, 4]
    assert quotes.bid_size.tolist() == [2, 2, 2]


@pytest.mark.parametrize(("bid", "ask", "crossed"), [(99, 101, False), (100, 100, True), (101, 99, True)])
def test_quotes_that_meet_or_pass_each_other_are_crossed_and_not_hidden(bid, ask, crossed):
    assert Quotes.at(bid, ask).crossed == crossed


def test_a_side_without_a_price_is_absent():
    quotes = Quotes.at([99, NAN], [NAN, 101])
    assert quotes.bid_size.tolist() == [1, 0]
    assert quotes.ask_size.tolist() == [0, 1]
    assert np.isnan(quotes.spread).all()
    assert np.isnan(quotes.middle).all()
    assert not quotes.crossed.any()


@given(prices, depths, depths)
def test_quotes_around_a_mid_stand_at_their_depths(mid, bid_depth, ask_depth):
    quotes = Quotes.around(mid, bid_depth, ask_depth)
    assert mid - quotes.bid_price == pytest.approx(bid_depth, abs=1e-9)
    assert quotes.ask_price - mid == pytest.approx(ask_depth, abs=1e-9)
    assert quotes.spread == pytest.approx(bid_depth + ask_depth, abs=1e-9)


def test_a_depth_that_is_nan_leaves_that_side_out():
    quotes = Quotes.around([100, 101], [NAN, 1], 0.5)
    assert np.isnan(quotes.bid_price[0])
    assert quotes.bid_size.tolist() == [0, 1]
    assert quotes.ask_price.tolist() == [100.5, 101.5]


@pytest.mark.parametrize("side", ["bid", "ask"])
@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_an_infinite_price_is_refused_and_told_how_to_be_absent(side, infinity):
    prices = {"bid_price": 99.0, "ask_price": 101.0} | {f"{side}_price": infinity}
    with pytest.raises(ParameterError, match=f"infinite {side}_price; an absent {side} is price NaN and size 0"):
        Quotes.at(**prices)


@pytest.mark.parametrize("size", [-1, np.inf, NAN])
@pytest.mark.parametrize("side", ["bid", "ask"])
def test_a_size_that_is_negative_or_not_finite_is_refused(side, size):
    sizes = {"bid_size": 1, "ask_size": 1} | {f"{side}_size": size}
    with pytest.raises(ParameterError, match=f"{side}_size must be at least 0 clips and finite"):
        Quotes(99, 101, **sizes)


@pytest.mark.parametrize(
    ("quotes", "side"),
    [((99, 101, 0, 1), "bid"), ((NAN, 101, 1, 1), "bid"), ((99, 101, 1, 0), "ask"), ((99, NAN, 1, 1), "ask")],
)
def test_price_and_size_are_absent_together(quotes, side):
    with pytest.raises(ParameterError, match=f"the {side} has a price without a size or a size without a price"):
        Quotes(*quotes)


def test_one_path_whose_side_is_half_absent_is_enough_to_refuse():
    with pytest.raises(ParameterError, match="the ask has a price without a size"):
        Quotes([99, 99], [101, 101], [1, 1], [1, 0])


def test_shapes_that_do_not_broadcast_are_both_named():
    with pytest.raises(ParameterError, match=re.escape("'bid_price': (2,), 'ask_price': (3,)")):
        Quotes.at([99, 98], [101, 102, 103])


@pytest.mark.parametrize("value", [None, "99", 99 + 1j, True, [99, None]])
def test_what_is_no_number_is_refused_by_name(value):
    with pytest.raises(ParameterError, match=r"Quotes: ask_price must be numbers; got"):
        Quotes(99, value, 1, 1)
    with pytest.raises(ParameterError, match=r"Quotes: bid_price must be numbers; got"):
        Quotes.at(value, 101)
    with pytest.raises(ParameterError, match=r"Quotes: bid_depth must be numbers; got"):
        Quotes.around(100, value, 1)
