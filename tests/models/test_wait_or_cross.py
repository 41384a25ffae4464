"""Waiting or crossing: the reference's digits of a seller and of a dealer, other methods, limits and laws."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import GueantLehalleFernandezTapia, Market, ParameterError, PostOnly
from mmlab.models import CrossingCost, WaitOrCross

MARKET = Market.avellaneda_stoikov_2008()
COST = CrossingCost(half_spread=0.75, impact=0.02)
SELLER = WaitOrCross.for_market(
    MARKET, arrival_rate=(140, 0), risk_aversion=0.1, max_inventory=20, min_inventory=0, close_cost=COST
)
DEALER = WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=15)
SELLERS = {
    "risk neutral": replace(SELLER, risk_aversion=0.0),
    "running penalty": replace(SELLER, risk_mode=0.0),
    "CARA": SELLER,
}


@pytest.mark.parametrize(
    ("name", "worth", "depths"),
    [
        ("risk neutral", (24.4171817489, 2.6318273596, 9.9676954058), (3.29849403, 2.22562373, 1.30178976)),
        ("running penalty", (8.6592966342, 2.5337475859, 8.4163063520), (3.20041425, 1.72528489, 0.07230403)),
        ("CARA", (8.2251896648, 2.5121186847, 8.3079992094), (3.15750390, 1.68231623, 0.02928969)),
    ],
)
def test_what_limit_orders_are_worth_and_where_they_stand(name, worth, depths):
    seller = SELLERS[name]
    assert seller.value([20, 1, 5], 1) == pytest.approx(worth, abs=6e-11)
    bid, ask = seller.depths([1, 5, 20], 1)
    assert ask == pytest.approx(depths, abs=6e-9)
    assert np.isnan(bid).all()
    assert np.isnan(seller.depths(0, 1)[1])


def test_the_risk_neutral_value_is_the_sum_of_the_textbook():
    eta, q = 140 / np.e, 20
    terms, term = [], 1.0
    for n in range(q + 1):
        terms.append(term * (1.0 if n == q else np.exp(-1.5 * COST(q - n))))
        term *= eta / (n + 1)
    # The last clip's Poisson tail is W_0 = 1 for ever, which the sum to 20 holds at its value of the start.
    assert SELLERS["risk neutral"].value(20, 1) == pytest.approx(np.log(sum(terms)) / 1.5, abs=1e-10)


@pytest.mark.parametrize(("rate", "limit", "both"), [(140, 8.23, 8.23), (40, -8.42, -4.99), (14, -22.25, -10.71)])
def test_when_not_to_wait(rate, limit, both):
    seller = replace(SELLER, arrival_rate=(rate, 0))
    assert seller.value(20, 1) == pytest.approx(limit, abs=0.006)
    assert replace(seller, crossing=0.77).value(20, 1) == pytest.approx(both, abs=0.006)


def test_the_digits_of_the_scored_exercise_and_of_the_break_even_flows():
    seller = replace(SELLER, arrival_rate=(40, 0))
    assert seller.value(20, 1) == pytest.approx(-8.41673158, abs=5e-9)
    assert replace(seller, crossing=0.77).value(20, 1) == pytest.approx(-4.99070881, abs=6e-9)
    thin = replace(SELLER, arrival_rate=(5, 0))
    assert thin.value(20, 1) == pytest.approx(-35.46, abs=0.005)
    assert replace(thin, crossing=0.77).value(20, 1) == pytest.approx(-13.51, abs=0.005)
    for rate, crosser in ((17.90941127, -19.02), (23.58225118, -15.40)):
        assert replace(SELLER, arrival_rate=(rate, 0)).value(20, 1) == pytest.approx(crosser, abs=2e-8)


def test_crossing_is_worth_little_where_fills_are_many_and_comes_late():
    both = replace(SELLER, crossing=0.77)
    assert both.value(20, 1) == pytest.approx(8.2252271, abs=5e-8)
    time_left = np.linspace(0.0, 1.0, 4_001)
    for clips, latest in ((20, 0.2934), (10, 0.0457), (5, 0.0077)):
        crosses = both.crosses(clips, time_left)
        assert time_left[crosses].max() == pytest.approx(latest, abs=5.1e-4)
        assert crosses[: crosses.sum()].all()
    assert not both.crosses(1, time_left[1:]).any()
    assert not both.crosses(0, time_left).any()
    assert not SELLER.crosses(20, time_left).any()


def test_a_long_day_asks_the_limit_of_the_reference():
    long = replace(SELLER, horizon=200.0)
    depth = long.depths([1, 5, 10, 20], 200.0)[1]
    assert depth == pytest.approx([4.05405114, 1.90813392, 0.98393768, 0.05974144], abs=6e-9)
    gamma, k, q = 0.1, 1.5, np.array([1, 5, 10, 20])
    closed = np.log(140 / ((1 + gamma / k) * 0.5 * k * gamma * 4 * q**2)) / k
    assert depth == pytest.approx(closed, abs=1e-12)


def test_a_program_in_short_steps_finds_the_value():
    """h' = −½γσ²q² + max over δ of the fills' utility, in 40,000 Euler steps, with the depth found on a grid."""
    gamma, k, q = 0.1, 1.5, np.arange(6.0)
    h, dt = -np.asarray(COST(q)), 1 / 20_000
    for _ in range(20_000):
        best = np.log1p(gamma / k) / gamma + h[1:] - h[:-1]
        gain = (1 - np.exp(-gamma * (best + h[:-1] - h[1:]))) / gamma
        h[1:] += dt * (140 * np.exp(-k * best) * gain - 0.5 * gamma * 4 * q[1:] ** 2)
    assert SELLER.value(q, 1) == pytest.approx(h, abs=2e-3)


def test_a_dealer_without_a_hedge_is_glft():
    model = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=15)
    q, tau = np.arange(-15, 16), np.array([[0.0], [0.3], [1.0]])
    assert DEALER.value(q, tau) == pytest.approx(model.value(q, tau), abs=1e-11)
    assert np.array(DEALER.depths(q, tau)) == pytest.approx(np.array(model.depths(q, tau)), abs=1e-11, nan_ok=True)
    assert DEALER.value(0, 1) == pytest.approx(64.13347, abs=5e-6)


def first_hedge(dealer):
    """The fewest clips at which a dealer hedges with the whole day left."""
    return int(np.argmax(dealer.crosses(np.arange(dealer.max_inventory + 1), dealer.horizon)))


@pytest.mark.parametrize(
    ("rate", "cost", "threshold", "worth", "never", "back_to_back"),
    [
        (140, 0.02, 3, 65.7035, 64.1335, 64.5028),
        (140, 0.10, 4, 64.6810, 64.1335, 57.2088),
        (140, 0.20, 6, 64.2460, 64.1335, 49.2401),
        (5, 0.02, 1, 2.3073, 2.1131, 2.3037),
        (5, 0.10, 2, 2.1912, 2.1131, 2.0432),
    ],
)
def test_internalise_or_hedge(rate, cost, threshold, worth, never, back_to_back):
    dealer = replace(DEALER, arrival_rate=rate, crossing=cost)
    assert first_hedge(dealer) == threshold
    assert dealer.value(0, 1) == pytest.approx(worth, abs=2.5e-3)  # the reference's steps and ours end apart so
    assert replace(dealer, crossing=None).value(0, 1) == pytest.approx(never, abs=6e-5)
    assert 2 * rate / 1.5 * 0.3560741305 * np.exp(-1.5 * cost) == pytest.approx(back_to_back, abs=6e-5)
    assert dealer.value(0, 1) > back_to_back


def test_a_dear_hedge_is_worth_nothing_and_the_zone_is_wide():
    wide = replace(DEALER, max_inventory=30)
    hedged = replace(wide, crossing=0.77)
    assert first_hedge(hedged) == 17
    assert hedged.value(0, 1) - wide.value(0, 1) == pytest.approx(3.5e-10, abs=1.5e-10)
    assert wide.value(0, 1) == pytest.approx(64.13348915, abs=6e-9)
    for rate, cost, threshold in ((140, 0.77, 17), (20, 0.77, 7), (5, 0.77, 4), (140, 0.1, 4)):
        skew = 0.05171722 * np.sqrt(140 / rate)
        assert 0.4 <= threshold - (cost / skew + 0.5) <= 2.1
        assert first_hedge(replace(wide, arrival_rate=rate, crossing=cost)) == threshold


@pytest.mark.parametrize(
    ("rate", "alone", "hedged", "price"),
    [
        (140, 63.06790923, 63.0759, 1.0575),
        (20, 7.9944, 8.0002, 0.7654),
        (5, 1.5687, 1.5733, 0.5398),
        (1, 0.1909, 0.1926, 0.2207),
    ],
)
def test_flat_at_the_close_has_a_price(rate, alone, hedged, price):
    free = replace(DEALER, arrival_rate=rate, max_inventory=30)
    flat = replace(free, close_cost=COST)
    either = replace(flat, crossing=0.77)
    assert flat.value(0, 1) == pytest.approx(alone, abs=6e-5)
    assert either.value(0, 1) == pytest.approx(hedged, abs=1.2e-4)
    assert free.value(0, 1) - either.value(0, 1) == pytest.approx(price, abs=1.2e-4)


def test_laws_of_units_sides_and_time():
    assert DEALER.value(3, 0.5) == DEALER.value(-3, 0.5)
    hedging = replace(DEALER, crossing=0.1)
    assert np.array_equal(hedging.crosses(np.arange(-15, 16), 0.7), hedging.crosses(np.arange(15, -16, -1), 0.7))
    cents = replace(
        SELLER,
        risk_aversion=0.001,
        volatility=200,
        fill_decay=0.015,
        crossing=77,
        close_cost=CrossingCost(half_spread=75, impact=2),
    )
    assert cents.value(20, 1) == pytest.approx(100 * replace(SELLER, crossing=0.77).value(20, 1), rel=1e-10)
    hours = replace(SELLER, volatility=2 / np.sqrt(8), arrival_rate=(17.5, 0), horizon=8)
    assert hours.value(20, 8) == pytest.approx(SELLER.value(20, 1), rel=1e-12)
    assert SELLER.value(20, 0) == pytest.approx(-23)
    assert replace(SELLER, horizon=0).value(20, 0) == pytest.approx(-23)
    assert replace(SELLER, crossing=0.77, horizon=0).value(20, 0) == pytest.approx(-15.4)
    assert replace(SELLER, max_inventory=1).value(1, 1) == pytest.approx(SELLER.value(1, 1), rel=1e-12)


def test_an_ask_below_the_mid_is_a_choice_that_post_only_takes_away():
    few = replace(SELLER, arrival_rate=(40, 0))
    assert few.depths(20, 1)[1] < 0
    assert PostOnly(few).depths(20, 1)[1] == 0
    assert PostOnly(few).depths(1, 1)[1] == few.depths(1, 1)[1]
    assert (
        replace(few, arrival_rate=(133, 0)).depths(20, 1)[1] < 0 < replace(few, arrival_rate=(135, 0)).depths(20, 1)[1]
    )


def test_what_is_refused():
    with pytest.raises(ParameterError, match=r"crossing \(c_x\) must be a finite number at least 0"):
        replace(SELLER, crossing=-0.1)
    with pytest.raises(ParameterError, match=r"inventory \(q\) 21 is beyond"):
        SELLER.value(21, 1)
    with pytest.raises(ParameterError, match=r"inventory \(q\) -1 is beyond"):
        SELLER.crosses(-1, 1)
