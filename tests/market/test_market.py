import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Exponential, Linear, Market, ParameterError

CALM = Exponential(arrival_rate=140, fill_decay=1.5)
INFORMED = Exponential(arrival_rate=20, fill_decay=0.5)


def test_the_papers_market_is_the_one_of_its_numerical_section():
    market = Market.avellaneda_stoikov_2008()
    assert (market.mid_price, market.volatility, market.horizon, market.drift) == (100, 2, 1, 0)
    assert market.intensity == CALM
    assert (market.fill_rule, market.mid_move, market.jump) == ("linear", "binomial", (0, 0))
    assert Market.avellaneda_stoikov_2008(volatility=3).volatility == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"intensity": 140}, "intensity must be an Exponential, a Linear or a (buy, sell) pair of them; got 140."),
        ({"intensity": None}, "intensity must be an Exponential, a Linear or a (buy, sell) pair of them; got None."),
        ({"intensity": (CALM,)}, "intensity must be an Exponential, a Linear or a (buy, sell) pair of them; got (Exp"),
        (
            {"intensity": (CALM, 3)},
            "intensity must be an Exponential, a Linear or a (buy, sell) pair of them; got (Exp",
        ),
        ({"jump": 0.1}, "jump (ε) must be a pair, for (buy, sell) orders; got 0.1."),
        ({"jump": (0.1, 0.1, 0.1)}, "jump (ε) must be a pair, for (buy, sell) orders; got (0.1, 0.1, 0.1)."),
        ({"jump": (0.1, -0.1)}, "jump (ε) must be a finite number at least 0 [price]; got -0.1."),
        ({"jump": ("a", "b")}, "jump (ε) must be a finite number at least 0 [price]; got 'a'."),
        ({"fill_rule": "linaer"}, "fill_rule must be 'linear' or 'exponential'; got 'linaer'."),
        ({"mid_move": None}, "mid_move must be 'binomial' or 'normal'; got None."),
        ({"signal": 0.5}, "signal must be a Signal or None; got 0.5."),
        ({"volatility": -2}, "volatility (σ) must be a finite number at least 0 [price/√time]; got -2."),
        ({"horizon": -1}, "horizon (T) must be a finite number at least 0 [time]; got -1."),
        ({"sigma": 2}, "Market has no parameter 'sigma'. Did you mean volatility (σ)?"),
    ],
)
def test_a_market_that_cannot_be_is_refused(change, reason):
    with pytest.raises(ParameterError, match=f"^{re.escape(reason)}"):
        Market.avellaneda_stoikov_2008(**change)


def test_linear_fills_have_the_papers_probability_and_stop_at_certain():
    market = Market.avellaneda_stoikov_2008()
    assert market.fill_probability(CALM, [0, 0.74538521, -1], 0.005) == pytest.approx([0.7, 0.22883530, 1], abs=1e-8)


def test_exponential_fills_are_those_of_a_poisson_flow():
    market = Market.avellaneda_stoikov_2008(fill_rule="exponential")
    assert market.fill_probability(CALM, [0, 0.74538521], 0.005) == pytest.approx(
        [1 - np.exp(-0.7), 0.20454046], abs=1e-8
    )


@given(st.floats(-1e5, 1e5), st.floats(0, 10), st.sampled_from(["linear", "exponential"]))
def test_a_fill_has_a_probability_at_any_depth_and_step(depth, time_step, rule):
    market = Market.avellaneda_stoikov_2008(fill_rule=rule)
    probability = market.fill_probability(CALM, depth, time_step)
    assert 0 <= probability <= 1
    assert market.fill_probability(CALM, depth + 1, time_step) <= probability
    assert market.fill_probability(CALM, depth, time_step + 1) >= probability


@given(st.floats(0.01, 3), st.floats(1e-6, 1e-2))
def test_both_fill_rules_agree_in_a_short_step(depth, time_step):
    linear, exponential = (
        Market.avellaneda_stoikov_2008(fill_rule=rule).fill_probability(CALM, depth, time_step)
        for rule in ("linear", "exponential")
    )
    assert exponential <= linear
    assert linear - exponential <= (140 * time_step) ** 2 / 2


def test_what_is_not_quoted_does_not_fill():
    for rule in ("linear", "exponential"):
        market = Market.avellaneda_stoikov_2008(fill_rule=rule)
        assert market.fill_probability(CALM, [np.nan, 0.5], 0.005)[0] == 0


def test_one_flow_serves_both_sides_and_a_pair_is_buy_and_sell():
    both = Market.avellaneda_stoikov_2008()
    assert both.buy_intensity == both.sell_intensity == CALM
    pair = Market.avellaneda_stoikov_2008(intensity=(CALM, INFORMED))
    assert (pair.buy_intensity, pair.sell_intensity) == (CALM, INFORMED)


def test_a_market_tells_its_numbers_and_those_its_flows_share():
    assert Market.avellaneda_stoikov_2008().parameters() == dict(
        mid_price=100, volatility=2, horizon=1, drift=0, market_order_size=1, arrival_rate=140, fill_decay=1.5
    )
    ho_stoll = Market.avellaneda_stoikov_2008(intensity=Linear(demand_intercept=20, demand_slope=10))
    assert ho_stoll.parameters() == dict(
        mid_price=100, volatility=2, horizon=1, drift=0, market_order_size=1, demand_intercept=20, demand_slope=10
    )


def test_a_market_whose_flows_differ_does_not_tell_one_number_for_two():
    reason = Market.avellaneda_stoikov_2008(intensity=(CALM, INFORMED)).parameters()
    assert reason == dict(mid_price=100, volatility=2, horizon=1, drift=0, market_order_size=1)
    equal_pair = Market.avellaneda_stoikov_2008(intensity=(CALM, Exponential(arrival_rate=140, fill_decay=1.5)))
    assert equal_pair.parameters()["fill_decay"] == 1.5


def test_a_market_tells_its_sides_apart_where_a_model_asks_for_both():
    market = Market.avellaneda_stoikov_2008(intensity=(CALM, INFORMED), jump=(0.1, 0.2))
    assert market.sides() == dict(arrival_rate=(140, 20), fill_decay=(1.5, 0.5), jump=(0.1, 0.2))
    lines = Linear(demand_intercept=20, demand_slope=10)
    assert Market.avellaneda_stoikov_2008(intensity=(CALM, lines)).sides() == dict(jump=(0, 0))


def test_larger_orders_have_their_mean_and_leave_everything_else_where_it_was():
    market = Market.avellaneda_stoikov_2008()
    one, larger = market.tape(200, 100, seed=7), replace(market, market_order_size=3).tape(200, 100, seed=7)
    for name in ("mid", "buy_reach", "sell_reach"):
        np.testing.assert_array_equal(getattr(one, name), getattr(larger, name))
    assert one.buy_size.min() == one.sell_size.max() == 1
    sizes = np.concatenate([larger.buy_size, larger.sell_size])
    # A geometric size of mean m has the variance m (m − 1).
    assert abs(sizes.mean() - 3) < 4 * np.sqrt(3 * 2 / sizes.size)
    assert sizes.var() == pytest.approx(6, rel=0.05)
    assert sizes.min() == 1
    np.testing.assert_array_equal(sizes, np.round(sizes))
    with pytest.raises(ParameterError, match="market_order_size"):
        replace(market, market_order_size=0.5)


@pytest.mark.parametrize("horizon", [1e-308, 5e-324])
def test_steps_too_short_for_a_rate_are_refused(horizon):
    market = Market(
        mid_price=100.0, volatility=1.0, horizon=horizon, intensity=Exponential(arrival_rate=1.0, fill_decay=1.0)
    )
    with pytest.raises(ParameterError, match=r"^A step must be 0 or at least 1e-300; the horizon over n_steps is "):
        market.tape(2, 1, 0)
