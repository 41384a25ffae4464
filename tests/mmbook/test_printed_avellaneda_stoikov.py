"""Rows 1 and 3 to 6 of the audit: what the printed formulas do, and what the paper's do in their place."""

import numpy as np
import pytest
from mmbook import printed

from mmlab import AvellanedaStoikov, Market, Quotes, exact_moments, simulate
from mmlab.units import clips_from_shares

GUIDE = dict(risk_aversion=0.1, volatility=0.2)
PRINTED = printed.AvellanedaStoikov(**GUIDE)
OURS = AvellanedaStoikov(**GUIDE, fill_decay=1.5, horizon=1)
MARKET = Market.avellaneda_stoikov_2008()


def test_row_1_when_flat_the_printed_quotes_are_the_mid_and_ours_earn_an_edge():
    assert PRINTED.calculate_spread(0, 100) == (100, 100)
    assert PRINTED.calculate_optimal_quotes(0, 100, 1) == (100, 100)
    for time_left in (0, 0.5, 1):
        quotes = OURS.quotes(100, 0, time_left)
        assert quotes.bid_price < 100 - 0.6
        assert quotes.ask_price > 100 + 0.6


def test_row_1_the_printed_spread_grows_with_inventory_and_ours_does_not():
    widths = [ask - bid for bid, ask in (PRINTED.calculate_spread(q, 100) for q in (-100, 10, 100))]
    assert widths == pytest.approx([0.4, 0.04, 0.4])
    ours = OURS.quotes(100, [-100, 10, 100], 1).spread
    np.testing.assert_allclose(ours, ours[0], rtol=1e-12)


def test_row_3_the_printed_desk_offers_below_the_mid_it_holds_and_bids_above_the_one_it_owes():
    assert PRINTED.calculate_spread(100, 100) == pytest.approx((99.4, 99.8))
    assert PRINTED.calculate_spread(-100, 100) == pytest.approx((100.2, 100.6))


def test_row_3_our_skew_carries_a_constant_half_spread():
    long, short = OURS.quotes(100, 100, 1), OURS.quotes(100, -100, 1)
    assert long.ask_price > 100 > short.bid_price
    assert long.middle == pytest.approx(99.6)
    assert short.middle == pytest.approx(100.4)


def test_row_4_a_million_shares_are_quoted_below_zero_and_a_hundred_clips_are_not():
    assert PRINTED.calculate_spread(1_000_000, 100) == pytest.approx((-5900, -1900))
    ours = OURS.quotes(100, clips_from_shares(1_000_000, 10_000), 1)
    assert 98 < ours.bid_price < ours.ask_price < 101


def test_row_5_at_the_close_the_printed_desk_still_skews_and_ours_stands_at_the_mid():
    assert PRINTED.calculate_optimal_quotes(100, 100, 0) == pytest.approx((99.6, 99.6))
    ours = OURS.quotes(100, 100, 0)
    assert ours.middle == pytest.approx(100)
    assert OURS.reservation_price(100, 100, 0) == 100


def test_row_6_the_printed_spread_vanishes_at_the_close_and_depends_on_the_clock_it_is_read_on():
    full = np.subtract(*PRINTED.calculate_spread(100, 100)[::-1])
    in_days, in_seconds, at_close = (
        np.subtract(*PRINTED.calculate_optimal_quotes(100, 100, horizon)[::-1]) / full for horizon in (1, 86_400, 0)
    )
    assert in_days == pytest.approx(0.632, abs=5e-4)
    assert in_seconds == pytest.approx(1.0)
    assert at_close == 0


def test_row_6_our_spread_is_linear_in_time_the_same_on_every_clock_and_never_nothing():
    open_, midday, close = OURS.spread([1, 0.5, 0])
    assert midday == pytest.approx((open_ + close) / 2)
    assert close == pytest.approx(2 * 10 * np.log(16 / 15))
    seconds = AvellanedaStoikov(risk_aversion=0.1, volatility=0.2 / np.sqrt(86_400), fill_decay=1.5, horizon=86_400)
    assert seconds.spread(86_400) == pytest.approx(open_)


@pytest.fixture(scope="module")
def printed_at_the_papers_parameters():
    return printed.AvellanedaStoikov(risk_aversion=0.1, volatility=2)


def depths_of(formula):
    def policy(inventory, time_left):
        bid, ask = formula(inventory, 0.0, time_left)
        return -bid, ask

    return policy


def test_on_one_market_the_printed_formulas_lose_what_ours_earn(printed_at_the_papers_parameters):
    wrong = printed_at_the_papers_parameters
    untimed = exact_moments(depths_of(lambda q, mid, _: wrong.calculate_spread(q, mid)), MARKET)
    timed = exact_moments(depths_of(wrong.calculate_optimal_quotes), MARKET)
    ours = exact_moments(AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1), MARKET)
    assert untimed.mean < 0
    assert timed.mean < 0
    assert ours.mean == pytest.approx(64.89254, abs=1e-5)


def test_on_one_tape_they_lose_it_path_by_path_too(printed_at_the_papers_parameters, mean_error):
    wrong = printed_at_the_papers_parameters
    tape = MARKET.tape(n_paths=2_000, n_steps=200, seed=12)

    def printed_strategy(mid, inventory, time_left):
        return Quotes.at(*wrong.calculate_spread(inventory, mid))

    lost = simulate(printed_strategy, tape).pnl
    earned = simulate(AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1), tape).pnl
    exact = exact_moments(depths_of(lambda q, mid, _: wrong.calculate_spread(q, mid)), MARKET)
    assert abs(lost.mean() - exact.mean) < 4 * mean_error(lost)
    assert lost.mean() < -10 * mean_error(lost)
    assert np.mean(earned > lost) > 0.99
