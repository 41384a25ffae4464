"""Rows 8 and 10 to 12 of the audit: what the printed Cartea–Jaimungal formulas do."""

import numpy as np
import pytest
from mmbook import printed
from mmbook.printed import AsPrinted

from mmlab import CarteaJaimungal, Exponential, Market, exact_moments

GUIDE = dict(risk_aversion=0.1, volatility=0.2, mean_reversion=0.1)
PRINTED = printed.CarteaJaimungal(**GUIDE)


@pytest.mark.parametrize(
    "quote", [PRINTED.calculate_spread, lambda q, mid: PRINTED.calculate_optimal_quotes(q, mid, 1)]
)
def test_row_8_whatever_it_holds_the_printed_dealer_stands_around_the_mid(quote):
    bid, ask = quote(np.array([-100, -3, 0, 3, 100]), 100)
    np.testing.assert_allclose((bid + ask) / 2, 100, rtol=1e-15)


def test_row_10_when_flat_the_printed_quotes_are_the_mid():
    assert PRINTED.calculate_spread(0, 100) == (100, 100)
    assert PRINTED.calculate_optimal_quotes(0, 100, 1) == (100, 100)


def test_row_10_short_a_hundred_it_buys_at_105_20_what_it_sells_at_94_80():
    bid, ask = PRINTED.calculate_spread(-100, 100)
    assert (bid, ask) == pytest.approx((105.2, 94.8), rel=1e-12)
    assert bid - ask == pytest.approx(10.4, rel=1e-12)
    bid, ask = PRINTED.calculate_spread(np.array([-1, 1]), 100)
    assert (bid > ask).tolist() == [True, False]


def test_row_11_a_rate_times_clips_is_another_price_on_another_clock():
    """The same reversion, 6 an hour or .1 a minute, and nothing else: a price must not know the clock."""
    in_hours, in_minutes = (
        np.subtract(*printed.CarteaJaimungal(0.1, 0, mean_reversion=rate).calculate_spread(10, 100)[::-1])
        for rate in (6, 0.1)
    )
    assert (in_hours, in_minutes) == pytest.approx((60, 1))


def test_row_11_and_another_one_in_another_currency_unit():
    """In cents, γ is a hundredth and σ a hundredfold, so that γσ² is a hundredfold, as a price is. κ stays."""
    dollars = np.subtract(*PRINTED.calculate_spread(10, 100)[::-1])
    in_cents = printed.CarteaJaimungal(risk_aversion=0.001, volatility=20, mean_reversion=0.1)
    cents = np.subtract(*in_cents.calculate_spread(10, 10_000)[::-1])
    assert dollars == pytest.approx(1.04)
    assert cents == pytest.approx(5)


def test_row_12_with_one_inventory_signed_and_one_not_the_spread_is_negative():
    bid, ask = PRINTED.calculate_optimal_quotes(-100, 100, 1)
    assert ask - bid == pytest.approx(-6.068, abs=5e-4)
    long_bid, long_ask = PRINTED.calculate_optimal_quotes(100, 100, 1)
    assert long_ask - long_bid == pytest.approx(6.574, abs=5e-4)


def half_minute(cents: bool):
    """Chapter 05's market, counted in dollars or in cents, with our model and the guide's two formulas in it."""
    one = 100 if cents else 1
    market = Market(
        mid_price=100 * one,
        volatility=0.01 * one,
        horizon=30,
        intensity=Exponential(arrival_rate=1, fill_decay=100 / one),
    )
    penalties = dict(running_penalty=1e-4 * one, terminal_penalty=1e-4 * one, max_inventory=3)
    formula = printed.CarteaJaimungal(0.1 / one, market.volatility, mean_reversion=0.1)
    policies = CarteaJaimungal.for_market(market, **penalties), AsPrinted(formula, timed=False), AsPrinted(formula)
    return [exact_moments(policy, market, n_steps=300).mean / one for policy in policies]


def test_on_one_market_the_printed_formulas_lose_what_ours_earn():
    ours, first, timed = half_minute(cents=False)
    assert ours == pytest.approx(0.2027, abs=5e-5)
    assert first < timed < -70 * ours


def test_row_11_counted_in_cents_the_same_formula_loses_hundreds_of_times_less():
    (ours, first, timed), (same, other_first, other_timed) = half_minute(cents=False), half_minute(cents=True)
    assert same == pytest.approx(ours)
    assert first < 300 * other_first < 0
    assert timed < 300 * other_timed < 0
