"""Rows 7 to 9 of the audit: what the printed Ho–Stoll formulas do, and what the paper's do in their place."""

import numpy as np
import pytest
from mmbook import printed

from mmlab import HoStoll, Linear, Market, exact_moments

GUIDE = dict(risk_aversion=0.1, volatility=0.2)
COST = 0.0001
PRINTED = printed.HoStoll(**GUIDE, transaction_cost=COST)
OURS = {
    solution: HoStoll(
        **GUIDE,
        demand_intercept=20,
        demand_slope=20,
        horizon=1,
        processing_cost=COST,
        max_inventory=100,
        solution=solution,
    )
    for solution in ("first order", "competitive", "program")
}
ours = pytest.mark.parametrize("model", OURS.values(), ids=OURS.keys())


def test_row_7_the_printed_quotes_cross_as_soon_as_the_dealer_is_short():
    bid, ask = PRINTED.calculate_spread(-100, 100)
    assert (bid, ask) == pytest.approx((100.1999, 99.8001), rel=1e-12)
    q = np.array([-1, -0.051, -0.049, 0, 1])
    bid, ask = PRINTED.calculate_spread(q, 100)
    assert (bid > ask).tolist() == [True, True, False, False, False]


def test_row_7_the_guides_second_method_does_not_cross_and_says_something_else():
    for q in (-100, 100):
        bid, ask = PRINTED.calculate_optimal_quotes(q, 100, 1e9)
        assert (bid, ask) == pytest.approx((99.7999, 100.2001), rel=1e-12)
        assert (bid < 100 - COST) == (ask > 100 + COST)


@ours
def test_row_7_our_spread_is_as_wide_short_as_long_and_never_crosses(model):
    q = np.arange(-99, 100)
    quotes = model.quotes(100, q, 1)
    assert not quotes.crossed.any()
    np.testing.assert_allclose(quotes.spread, quotes.spread[::-1], rtol=1e-10)
    if model.solution != "program":
        np.testing.assert_allclose(quotes.spread, model.quotes(100, 0, 1).spread, atol=1e-12)


@pytest.mark.parametrize(
    "quote", [PRINTED.calculate_spread, lambda q, mid: PRINTED.calculate_optimal_quotes(q, mid, 1)]
)
def test_row_8_whatever_it_holds_the_printed_dealer_stands_around_the_mid(quote):
    bid, ask = quote(np.array([-100, -3, 0, 3, 100]), 100)
    np.testing.assert_allclose((bid + ask) / 2, 100, rtol=1e-15)
    flat, long = (np.subtract(*quote(q, 100)[::-1]) for q in (0, 100))
    assert long > 500 * flat


@ours
def test_row_8_our_middle_moves_against_the_inventory(model):
    middle = model.quotes(100, [-10, -3, 0, 3, 10], 1).middle
    assert (np.diff(middle) < 0).all()
    assert middle[2] == pytest.approx(100)
    assert model.quotes(100, 10, 1).ask_price < model.quotes(100, 0, 1).ask_price


def test_row_9_near_the_close_the_printed_dealer_works_below_cost():
    bid, ask = PRINTED.calculate_optimal_quotes(0, 100, 0.1)
    assert (ask - bid) / (2 * COST) == pytest.approx(0.095, abs=5e-4)
    assert np.subtract(*PRINTED.calculate_optimal_quotes(0, 100, 0)) == 0


@ours
@pytest.mark.parametrize("time_left", [0, 0.1, 1])
def test_row_9_our_spread_covers_the_cost_of_both_trades_at_any_time(model, time_left):
    assert model.quotes(100, 0, time_left).spread >= 2 * COST * (1 - 1e-9)
    assert model.spread_parts(0, time_left).cost == model.spread_parts(0, 1).cost > 0


def test_on_one_market_of_linear_demand_the_printed_formulas_lose_what_ours_earn():
    market = Market.avellaneda_stoikov_2008(intensity=Linear(demand_intercept=100, demand_slope=75))
    wrong = printed.HoStoll(risk_aversion=0.1, volatility=2, transaction_cost=0.01)

    def policy(inventory, time_left):
        bid, ask = wrong.calculate_spread(inventory, 0.0)
        return -bid + 0 * time_left, ask + 0 * time_left

    lost = exact_moments(policy, market, n_steps=200)
    earned = exact_moments(HoStoll.for_market(market, risk_aversion=0.1, processing_cost=0.01), market)
    assert lost.mean < 0 < earned.mean
