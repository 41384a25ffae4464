"""A shortfall that adds up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.measure import implementation_shortfall

PRICE = st.floats(1, 1_000)


def test_the_references_example():
    cost = implementation_shortfall(100, [100.25, 100.40], [60, 20], decision=100, arrival=100.1, close=100.8, fee=0.01)
    assert (cost.delay, cost.trading, cost.opportunity, cost.fees) == pytest.approx((8, 15, 16, 0.8))
    assert cost.total == pytest.approx(39.8)
    assert "39.8" in repr(cost)


@given(st.booleans(), st.lists(st.tuples(PRICE, st.floats(0, 10)), max_size=5), PRICE, PRICE, PRICE, st.floats(-1, 1))
def test_the_parts_are_paper_less_what_was_earned(sells, fills, decision, arrival, close, fee):
    side = -1 if sells else 1
    prices, clips = np.array(fills).reshape(-1, 2).T
    ordered = clips.sum() + 3
    cost = implementation_shortfall(side * ordered, prices, clips, decision, arrival, close, fee)
    paper = side * ordered * (close - decision)
    earned = side * (clips * (close - prices)).sum() - fee * clips.sum()
    assert cost.total == pytest.approx(paper - earned, abs=1e-8 * (1 + ordered) * 1_000)
    assert cost.total == cost.delay + cost.trading + cost.opportunity + cost.fees


def test_what_is_not_filled_is_opportunity_alone():
    cost = implementation_shortfall(-10, [], [], decision=100, arrival=99, close=98)
    assert (cost.delay, cost.trading, cost.opportunity, cost.fees) == (0, 0, 20, 0)


@pytest.mark.parametrize(("prices", "clips"), [([100.0], [11.0]), ([100.0], [-1.0]), ([100.0], [1.0, 2.0])])
def test_fills_that_are_none_are_refused(prices, clips):
    with pytest.raises(ParameterError, match="Fills must have a price and clips each, up to 10 in all"):
        implementation_shortfall(10, prices, clips, 100, 100, 100)
