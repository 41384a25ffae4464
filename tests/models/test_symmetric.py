import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Market, ParameterError, Symmetric


def test_the_papers_benchmark_at_the_papers_risk_aversion():
    model = Symmetric.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=0.1)
    assert model.half_spread == pytest.approx(0.74538521, abs=5e-9)


@given(st.floats(0, 5), st.floats(0, 10), st.floats(0.01, 10))
def test_the_benchmark_is_as_wide_as_the_model_on_average_over_the_day(gamma, sigma, horizon):
    market = Market.avellaneda_stoikov_2008(volatility=sigma, horizon=horizon)
    model = AvellanedaStoikov.for_market(market, risk_aversion=gamma)
    open_and_close = (model.spread(horizon) + model.spread(0)) / 2
    assert 2 * Symmetric.for_market(market, risk_aversion=gamma).half_spread == pytest.approx(float(open_and_close))


@given(st.floats(-5, 5), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_it_quotes_the_same_whatever_it_holds_and_whenever(half_spread, q, time_left):
    model = Symmetric(half_spread=half_spread)
    assert model.depths(q, time_left) == (half_spread, half_spread)
    assert model.reservation_price(100, q, time_left) == 100


def test_it_quotes_around_the_mid():
    quotes = Symmetric(half_spread=0.75).quotes([100, 101], 3)
    assert quotes.bid_price.tolist() == [99.25, 100.25]
    assert quotes.ask_price.tolist() == [100.75, 101.75]


def test_inventories_and_times_broadcast():
    model = Symmetric(half_spread=0.75)
    bid, ask = model.depths(np.zeros((3, 1)), np.zeros(4))
    assert bid.shape == ask.shape == (3, 4)
    assert model.reservation_price(100, np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)


@pytest.mark.parametrize(
    ("state", "reason"),
    [((float("nan"), 0), r"inventory \(q\)"), ((0, -1), r"time_left \(τ\) .* got -1"), ((0, "now"), "got 'now'")],
)
def test_a_state_that_cannot_be_is_refused_though_it_does_not_matter(state, reason):
    with pytest.raises(ParameterError, match=reason):
        Symmetric(half_spread=0.75).depths(*state)
