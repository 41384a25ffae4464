import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import InfiniteHorizonAvellanedaStoikov, ParameterError

models = st.builds(
    InfiniteHorizonAvellanedaStoikov,
    risk_aversion=st.floats(0.01, 5),
    volatility=st.floats(0.1, 10),
    fill_decay=st.floats(0.05, 50),
    max_inventory=st.integers(1, 40),
)


def paper(**changes):
    return InfiniteHorizonAvellanedaStoikov(
        **(dict(risk_aversion=0.1, volatility=2, fill_decay=1.5, max_inventory=10) | changes)
    )


def frozen_inventory_value(model, cash, mid, q):
    """v(x, s, q) = −e^{−γ(x + qs)} / (ω − ½γ²σ²q²): the paper's value of holding q for ever."""
    gamma, sigma = model.risk_aversion, model.volatility
    return -np.exp(-gamma * (cash + q * mid)) / (model.omega - 0.5 * gamma**2 * sigma**2 * q**2)


def test_the_natural_discount_rate_and_the_flat_indifference_prices_are_the_papers():
    model = paper()
    assert model.omega == pytest.approx(2.42, rel=1e-14)
    bid, ask = model.reservation_price(0, 0)
    assert bid == pytest.approx(-0.0829880281, abs=5e-11)
    assert ask == pytest.approx(0.0829880281, abs=5e-11)


def test_the_printed_ask_is_another_number():
    assert paper().printed_ask_indifference(0, 0) == pytest.approx(0.0823049914, abs=5e-11)


@pytest.mark.parametrize("q", range(-9, 10))
def test_one_clip_traded_at_an_indifference_price_leaves_the_value_where_it_was(q):
    model, cash, mid = paper(), 5.0, 1.0
    bid, ask = model.reservation_price(mid, q)
    held = frozen_inventory_value(model, cash, mid, q)
    assert frozen_inventory_value(model, cash - bid, mid, q + 1) == pytest.approx(held, rel=1e-12)
    assert frozen_inventory_value(model, cash + ask, mid, q - 1) == pytest.approx(held, rel=1e-12)


@pytest.mark.parametrize("q", range(-9, 11))
def test_one_clip_sold_at_the_printed_ask_does_not(q):
    model, cash, mid = paper(), 5.0, 1.0
    printed = model.printed_ask_indifference(mid, q)
    held = frozen_inventory_value(model, cash, mid, q)
    assert frozen_inventory_value(model, cash + printed, mid, q - 1) != pytest.approx(held, rel=1e-5)


@given(models, st.data())
def test_the_ask_mirrors_the_bid_of_the_opposite_inventory(model, data):
    q = data.draw(st.integers(-model.max_inventory + 1, model.max_inventory))
    ask, bid = model.reservation_price(0, q)[1], model.reservation_price(0, -q)[0]
    assert ask == pytest.approx(-bid, rel=1e-12)


def test_the_printed_ask_does_not_mirror_the_bid():
    model, q = paper(), np.arange(-9, 11)
    gap = model.printed_ask_indifference(0, q) + model.reservation_price(0, -q)[0]
    assert (np.abs(gap) > 5e-4).all()


@given(models)
def test_the_longer_the_desk_the_lower_both_its_prices(model):
    q = np.arange(-model.max_inventory, model.max_inventory + 1)
    bid, ask = model.reservation_price(0, q)
    assert (np.diff(bid[:-1]) < 0).all()
    assert (np.diff(ask[1:]) < 0).all()


@given(models)
def test_it_never_quotes_beyond_its_largest_inventory(model):
    q_max = model.max_inventory
    bid, ask = model.depths(np.arange(-q_max, q_max + 1))
    assert np.isnan(bid[-1])
    assert np.isnan(ask[0])
    assert np.isfinite(bid[:-1]).all()
    assert np.isfinite(ask[1:]).all()
    quotes = model.quotes(100, [q_max, -q_max], 0.5)
    assert quotes.bid_size.tolist() == [0, 1]
    assert quotes.ask_size.tolist() == [1, 0]


def test_the_quotes_stand_outside_the_indifference_prices_by_the_chance_to_trade():
    bid, ask = paper().reservation_price(100, 4)
    quotes = paper().quotes(100, 4)
    assert bid - quotes.bid_price == pytest.approx(10 * np.log(16 / 15), rel=1e-9)
    assert quotes.ask_price - ask == pytest.approx(10 * np.log(16 / 15), rel=1e-9)


def test_the_time_left_changes_nothing_and_broadcasts():
    bid, ask = paper().depths(np.arange(-2, 3), np.array([[0.0], [0.5], [1e6]]))
    assert bid.shape == ask.shape == (3, 5)
    np.testing.assert_array_equal(bid, np.broadcast_to(paper().depths(np.arange(-2, 3))[0], (3, 5)))


@given(models, st.floats(0.01, 100))
def test_another_time_unit_changes_no_quote_and_another_currency_scales_it(model, c):
    q = np.arange(-model.max_inventory, model.max_inventory + 1)
    gamma, sigma, k = model.risk_aversion, model.volatility, model.fill_decay
    in_other_time = InfiniteHorizonAvellanedaStoikov(
        risk_aversion=gamma, volatility=sigma / np.sqrt(c), fill_decay=k, max_inventory=model.max_inventory
    )
    in_other_price = InfiniteHorizonAvellanedaStoikov(
        risk_aversion=gamma / c, volatility=sigma * c, fill_decay=k / c, max_inventory=model.max_inventory
    )
    assert in_other_time.omega == pytest.approx(model.omega / c)
    np.testing.assert_allclose(in_other_time.depths(q), model.depths(q), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(in_other_price.depths(q), c * np.array(model.depths(q)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("discount_rate", [1.0, 2.0])
def test_a_discount_rate_at_which_the_largest_inventory_is_worth_minus_infinity_is_refused(discount_rate):
    reason = rf"discount_rate \(ω\) must be above ½γ²σ²q_max² = 2 \[1/time\], .*; got {discount_rate:g}"
    with pytest.raises(ParameterError, match=reason):
        paper(discount_rate=discount_rate)


def test_a_discount_rate_just_above_the_bound_quotes_at_every_inventory():
    bid, ask = paper(discount_rate=2.0 * (1 + 1e-12)).depths(np.arange(-10, 11))
    assert np.isfinite(bid[:-1]).all()
    assert np.isfinite(ask[1:]).all()


def test_a_dealer_who_discounts_everything_asks_only_for_the_chance_to_trade():
    bid, ask = paper(discount_rate=1e12).depths(np.arange(-9, 10))
    np.testing.assert_allclose([bid, ask], 10 * np.log(16 / 15), rtol=1e-9)


def test_a_risk_aversion_too_small_to_square_is_refused_instead_of_quoting_nan():
    with pytest.raises(ParameterError, match=r"risk_aversion \(γ\) must be a finite number above 0, by 1e-50 or more"):
        paper(risk_aversion=1e-200)
    assert np.isfinite(paper(risk_aversion=1e-50, volatility=1e-50).depths(0)).all()


@pytest.mark.parametrize(("inventory", "named"), [(11, "11"), (-10.5, "-10.5"), ([0, 3, -12], "-12")])
@pytest.mark.parametrize("ask_for", ["depths", "reservation_price", "quotes", "printed_ask_indifference"])
def test_an_inventory_beyond_the_largest_is_refused(ask_for, inventory, named):
    state = (inventory,) if ask_for == "depths" else (100, inventory)
    with pytest.raises(ParameterError, match=rf"inventory \(q\) {named} is beyond max_inventory ±10\."):
        getattr(paper(), ask_for)(*state)


def test_a_negative_time_left_is_refused_though_it_does_not_matter():
    with pytest.raises(ParameterError, match=r"time_left \(τ\) must be .* at least 0 \[time\]; got -1"):
        paper().depths(0, -1)


@pytest.mark.parametrize("max_inventory", [0, -3, 2.5, "10", True])
def test_the_largest_inventory_is_a_count(max_inventory):
    with pytest.raises(ParameterError, match=r"max_inventory \(q_max\) must be a whole number at least 1 \[clips\]"):
        paper(max_inventory=max_inventory)


def test_another_risk_aversion_brings_its_own_natural_discount_rate():
    assert dataclasses.replace(paper(), risk_aversion=0.2).omega == pytest.approx(4 * paper().omega)
