import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, QuoteAggressiveness, Quotes

NAN = float("nan")
OURS = QuoteAggressiveness(base_spread=0.5, max_spread=2, max_position=10, normal_volatility=0.25)
volatilities, inventories = st.floats(0, 100), st.floats(-50, 50)


@pytest.mark.parametrize(
    ("inventory", "volatility", "a"),
    [(0, 0.25, 1), (0, 0, 1), (5, 0.1, 0.5), (-5, 0.1, 0.5), (0, 1, 0.25), (5, 1, 0.125), (10, 0, 0), (99, 0, 0)],
)
def test_inventory_use_and_relative_volatility_make_a_desk_shy(inventory, volatility, a):
    assert OURS.calculate_aggressiveness(inventory, volatility) == a


@given(inventories, inventories, volatilities, volatilities)
def test_aggressiveness_is_in_0_1_and_falls_with_either(q1, q2, s1, s2):
    (small, large), (calm, stressed) = sorted((q1, q2), key=abs), sorted((s1, s2))
    shy, bold = OURS.calculate_aggressiveness(large, stressed), OURS.calculate_aggressiveness(small, calm)
    assert 0 <= shy <= bold <= 1


@given(inventories, volatilities, st.floats(1e-3, 1e3))
def test_the_unit_of_volatility_does_not_matter(q, sigma, unit):
    scaled = QuoteAggressiveness(base_spread=0.5, max_spread=2, max_position=10, normal_volatility=0.25 * unit)
    assert scaled.calculate_aggressiveness(q, sigma * unit) == pytest.approx(
        OURS.calculate_aggressiveness(q, sigma), rel=1e-12
    )


def test_where_nothing_ever_moves_all_is_calm_and_any_volatility_is_stress():
    still = QuoteAggressiveness(base_spread=0.5, max_spread=2, max_position=10, normal_volatility=0)
    assert still.calculate_aggressiveness(0, [0, 0.1]).tolist() == [1, 0]


def test_the_spread_runs_from_base_to_maximum():
    assert OURS.adjust_spread(OURS.base_spread, [1, 0.5, 0]).tolist() == [0.5, 1.25, 2]


def test_a_model_that_quotes_wider_keeps_its_spread_and_one_that_quotes_tighter_is_held_to_the_base():
    assert OURS.adjust_spread([3, 0.1, -1], 1).tolist() == [3, 0.5, 0.5]
    assert OURS.adjust_spread([3, 0.1, -1], 0).tolist() == [4.5, 2, 2]


def test_quotes_are_moved_out_around_their_middle():
    quotes = OURS.adjust_quotes(Quotes.at([99, 99.9, NAN], [101.5, 100, 101], size=3), [10, 0, 10], 0.25)
    assert quotes.bid_price[:2].tolist() == pytest.approx([98.25, 99.7])
    assert quotes.ask_price.tolist() == pytest.approx([102.25, 100.2, 101.75])
    assert np.isnan(quotes.bid_price[2])
    assert quotes.bid_size.tolist() == [3, 3, 0]


@given(inventories, volatilities, st.floats(-1, 3))
def test_quotes_are_never_tighter_than_the_base_nor_off_their_middle(q, sigma, spread):
    quotes = OURS.adjust_quotes(Quotes.at(100 - spread / 2, 100 + spread / 2), q, sigma)
    assert quotes.spread >= max(0.5, spread) - 1e-9
    assert quotes.spread <= max(0.5, spread) + 1.5 + 1e-9
    assert quotes.middle == pytest.approx(100)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (dict(base_spread=3), r"base_spread \(w₀\) 3 is beyond max_spread \(w₁\) 2 \[price\]"),
        (dict(base_spread=-0.1), r"base_spread \(w₀\) must be .* at least 0"),
        (dict(max_position=0), r"max_position \(q_max\) must be .* above 0"),
        (dict(normal_volatility=-1), r"normal_volatility \(σ₀\) must be .* at least 0"),
    ],
)
def test_a_spread_that_cannot_widen_is_refused(wrong, sentence):
    given = dict(base_spread=0.5, max_spread=2, max_position=10, normal_volatility=0.25)
    with pytest.raises(ParameterError, match=sentence):
        QuoteAggressiveness(**(given | wrong))
