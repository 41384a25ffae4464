import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Exponential, Market, ParameterError
from mmlab.models import liquidity_half_spread
from mmlab.units import clips_from_shares, risk_aversion_per_clip

gammas = st.just(0.0) | st.floats(1e-4, 5)
volatilities = st.floats(0, 10)
decays = st.floats(0.05, 50)
horizons = st.floats(0.1, 10)
inventories = st.floats(-50, 50)
fractions = st.floats(0, 1)
factors = st.floats(0.01, 100)


def paper(**changes):
    return AvellanedaStoikov(**(dict(risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=1) | changes))


@pytest.mark.parametrize(
    ("inventory", "time_left", "spread", "bid", "ask"),
    [(0, 1, 1.69077042, 99.15461479, 100.84538521), (3, 0.75, 1.59077042, 98.30461479, 99.89538521)],
)
def test_the_quotes_are_the_papers_to_eight_digits(inventory, time_left, spread, bid, ask):
    quotes = paper().quotes(100, inventory, time_left)
    assert quotes.spread == pytest.approx(spread, abs=5e-9)
    assert quotes.bid_price == pytest.approx(bid, abs=5e-9)
    assert quotes.ask_price == pytest.approx(ask, abs=5e-9)
    assert paper().spread(time_left) == pytest.approx(spread, abs=5e-9)


def test_three_clips_with_three_quarters_of_the_day_left_move_the_price_by_ninety_cents():
    assert paper().reservation_price(100, 3, 0.75) == pytest.approx(99.1, abs=1e-12)


@given(gammas, volatilities, decays, horizons, inventories, fractions)
def test_the_quotes_stand_around_the_reservation_price(gamma, sigma, k, horizon, q, left):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    quotes = model.quotes(100, q, left * horizon)
    reservation = model.reservation_price(100, q, left * horizon)
    assert quotes.middle == pytest.approx(reservation, rel=1e-9, abs=1e-9)


@given(gammas, volatilities, decays, horizons, inventories, fractions)
def test_a_short_desk_quotes_the_mirror_image_of_a_long_one(gamma, sigma, k, horizon, q, left):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    bid, ask = model.depths(q, left * horizon)
    assert model.depths(-q, left * horizon) == (ask, bid)


@given(gammas, volatilities, decays, horizons, inventories, inventories, fractions)
def test_the_spread_does_not_know_the_inventory(gamma, sigma, k, horizon, one, other, left):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    spreads = [sum(model.depths(q, left * horizon)) for q in (one, other)]
    assert spreads == pytest.approx([float(model.spread(left * horizon))] * 2, rel=1e-9, abs=1e-9)


@given(gammas, volatilities, decays, horizons, inventories, st.floats(0.01, 10), fractions)
def test_a_longer_desk_bids_lower_and_offers_lower(gamma, sigma, k, horizon, q, more, left):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    (bid, ask), (longer_bid, longer_ask) = model.depths(q, left * horizon), model.depths(q + more, left * horizon)
    assert longer_bid >= bid
    assert longer_ask <= ask


@given(gammas, volatilities, decays, horizons, inventories, fractions, factors)
def test_another_time_unit_changes_no_quote(gamma, sigma, k, horizon, q, left, c):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    in_other = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma / np.sqrt(c), fill_decay=k, horizon=c * horizon)
    depths, others = model.depths(q, left * horizon), in_other.depths(q, left * (c * horizon))
    assert others == pytest.approx(depths, rel=1e-9, abs=1e-9)


@given(gammas, volatilities, decays, horizons, inventories, fractions, factors)
def test_another_currency_scales_every_depth(gamma, sigma, k, horizon, q, left, c):
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=sigma, fill_decay=k, horizon=horizon)
    in_other = AvellanedaStoikov(risk_aversion=gamma / c, volatility=c * sigma, fill_decay=k / c, horizon=horizon)
    depths, others = model.depths(q, left * horizon), in_other.depths(q, left * horizon)
    assert [depth / c for depth in others] == pytest.approx(depths, rel=1e-9, abs=1e-9)


@given(st.floats(1e-6, 1e-2), st.floats(-1e4, 1e4), st.floats(1, 1000), st.floats(1, 1000), fractions)
def test_what_a_position_does_to_the_quotes_does_not_depend_on_the_clip(cara, shares, one_clip, other_clip, left):
    one, other = (
        paper(risk_aversion=risk_aversion_per_clip(cara, clip)).reservation_price(
            100, clips_from_shares(shares, clip), left
        )
        for clip in (one_clip, other_clip)
    )
    assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@given(st.floats(1e-6, 1e-2), st.floats(-1e4, 1e4), st.floats(1, 1000), fractions, st.sampled_from([10, 100, 1000]))
def test_a_desk_counted_in_shares_and_in_round_lots_quotes_the_same(cara, shares, clip, left, lot):
    """A lot costs `lot` times what a share does; the CARA coefficient, per unit of money, is the same."""
    in_shares = paper(risk_aversion=risk_aversion_per_clip(cara, clip))
    in_lots = paper(risk_aversion=risk_aversion_per_clip(cara, clip / lot), volatility=2 * lot, fill_decay=1.5 / lot)
    by_share = in_shares.quotes(100, clips_from_shares(shares, clip), left)
    by_lot = in_lots.quotes(100 * lot, clips_from_shares(shares / lot, clip / lot), left)
    assert by_lot.bid_price / lot == pytest.approx(by_share.bid_price, rel=1e-9)
    assert by_lot.ask_price / lot == pytest.approx(by_share.ask_price, rel=1e-9)


@pytest.mark.parametrize("gamma", [0, 5e-324, 1e-300, 1e-12, 1e-8, 1e-4])
def test_without_risk_aversion_a_quote_asks_one_over_k(gamma):
    """(1/γ) ln(1 + γ/k) = 1/k − γ/(2k²) + γ²/(3k³) − …; the spread's limit is 2/k."""
    series = 1 / 1.5 - gamma / (2 * 1.5**2) + gamma**2 / (3 * 1.5**3)
    assert liquidity_half_spread(gamma, 1.5) == pytest.approx(series, rel=1e-12)
    assert paper(risk_aversion=gamma).spread(0) == pytest.approx(2 * series, rel=1e-12)


def test_without_risk_aversion_the_inventory_is_ignored():
    bid, ask = paper(risk_aversion=0).depths([-40, 0, 40], 0.5)
    np.testing.assert_allclose([bid, ask], 2 / 3, rtol=1e-15)


@given(st.floats(1e-6, 100), decays, st.floats(1.01, 10))
def test_the_more_risk_averse_takes_less_for_the_chance_to_trade(gamma, k, more):
    assert liquidity_half_spread(gamma * more, k) < liquidity_half_spread(gamma, k) < 1 / k


def test_at_the_close_nothing_but_the_chance_to_trade_is_left():
    bid, ask = paper().depths([-1e6, -3, 0, 7, 1e6], 0)
    np.testing.assert_allclose([bid, ask], 10 * np.log(16 / 15), rtol=1e-14)


@pytest.mark.parametrize("inventory", [1e6, -1e6])
def test_a_million_clips_still_have_finite_quotes(inventory):
    quotes = paper().quotes(100, inventory, 1)
    assert quotes.middle == pytest.approx(100 - 0.4 * inventory)
    assert quotes.spread == pytest.approx(1.69077042, abs=1e-7)


def test_far_from_flat_the_model_quotes_through_the_mid():
    bid, ask = paper().depths([3, -3], 1)
    assert ask[0] < 0 < bid[0]
    assert bid[1] < 0 < ask[1]


def test_how_often_orders_come_changes_no_quote():
    quiet, busy = (
        AvellanedaStoikov.for_market(
            Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=rate, fill_decay=1.5)),
            risk_aversion=0.1,
        )
        for rate in (1, 1_000)
    )
    assert quiet == busy
    assert quiet.depths(3, 0.75) == busy.depths(3, 0.75)


def test_inventories_and_times_broadcast():
    q, tau = np.arange(-2, 3)[:, np.newaxis], np.array([0, 0.5, 1])
    bid, ask = paper().depths(q, tau)
    assert bid.shape == ask.shape == (5, 3)
    assert bid[4, 2] == paper().depths(2, 1)[0]
    assert paper().reservation_price(np.full((2, 1, 1), 100.0), q, tau).shape == (2, 5, 3)
    assert paper().quotes(100, q, tau).ask_price.shape == (5, 3)
    assert paper().spread(tau).shape == (3,)


def test_one_inventory_and_one_time_give_two_numbers():
    bid, ask = paper().depths(0, 1)
    assert bid.shape == ask.shape == ()


@pytest.mark.parametrize("ask_for", ["depths", "quotes", "reservation_price", "spread"])
@pytest.mark.parametrize(
    ("time_left", "reason"),
    [
        (-0.1, r"time_left \(τ\) must be .* at least 0 \[time\]; got -0\.1"),
        (1.5, r"time_left \(τ\) 1\.5 is beyond the model's horizon \(T\) 1"),
        (float("nan"), r"time_left \(τ\) must be .*; got nan"),
        ([0.5, float("inf")], r"time_left \(τ\) must be .*; got inf"),
    ],
)
def test_a_time_that_is_not_left_is_refused(ask_for, time_left, reason):
    state = {"depths": (0,), "quotes": (100, 0), "reservation_price": (100, 0), "spread": ()}[ask_for]
    with pytest.raises(ParameterError, match=reason):
        getattr(paper(), ask_for)(*state, time_left)


@pytest.mark.parametrize("inventory", [float("nan"), float("inf"), [0, float("-inf")], "3", None])
def test_an_inventory_that_is_no_number_is_refused(inventory):
    with pytest.raises(ParameterError, match=r"inventory \(q\) must be a finite number \[clips\]; got"):
        paper().depths(inventory, 0.5)
