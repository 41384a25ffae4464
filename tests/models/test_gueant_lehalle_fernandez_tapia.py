import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, GueantLehalleFernandezTapia, Market, ParameterError, exact_moments
from mmlab.models import gueant_lehalle_fernandez_tapia as module

MARKET = Market.avellaneda_stoikov_2008()
SOLUTIONS = ["exact", "stationary", "closed form"]
fractions = st.floats(0, 1)
factors = st.floats(0.01, 100)
small_models = dict(
    risk_aversion=st.just(0.0) | st.floats(1e-4, 2),
    volatility=st.just(0.0) | st.floats(0.01, 4),
    arrival_rate=st.floats(0.1, 200),
    fill_decay=st.floats(0.05, 20),
    horizon=st.floats(0.01, 10),
    max_inventory=st.integers(1, 8),
    risk_mode=st.none() | st.just(0.0) | st.floats(1e-4, 2),
    solution=st.sampled_from(SOLUTIONS),
)
models = st.builds(GueantLehalleFernandezTapia, **small_models)
exact_models = st.builds(GueantLehalleFernandezTapia, **(small_models | {"solution": st.just("exact")}))


def paper(**changes):
    """The parameters of GLFT (2013), §5: prices in ticks, time in seconds."""
    given = dict(risk_aversion=0.01, volatility=0.3, arrival_rate=0.9, fill_decay=0.3, horizon=600, max_inventory=30)
    return GueantLehalleFernandezTapia(**(given | changes))


def avellaneda_stoikov(**changes):
    return GueantLehalleFernandezTapia.for_market(MARKET, **(dict(risk_aversion=0.1, max_inventory=12) | changes))


def all_inventories(model):
    orders = round(model.max_inventory / model.order_size)
    return model.order_size * np.arange(-orders, orders + 1)


@pytest.mark.parametrize(
    ("solution", "bids"),
    [
        ("exact", (2.97252177, 3.31304541, 3.38116807, 3.65347944)),
        ("closed form", (2.97358604, 3.31291520, 3.38078103, 3.65224436)),
    ],
)
def test_the_papers_market_ten_minutes_before_the_close(solution, bids):
    bid, ask = paper(solution=solution).depths([-5, 0, 1, 5], 600)
    assert bid == pytest.approx(bids, abs=5e-9)
    assert ask[1] == pytest.approx(bids[1], abs=5e-9)


def test_three_clips_and_ten_seconds():
    bid, _ = paper(max_inventory=3, horizon=10).depths(np.arange(-3, 4), 10)
    exact = (1.26828137816, 2.42465751977, 3.03060546786, 3.52735909674, 4.13330704483, 5.28968318644)
    assert bid[:-1] == pytest.approx(exact, abs=5e-12)
    assert np.isnan(bid[-1])


def test_the_close_leaves_the_chance_to_trade():
    bid, ask = paper().depths([-29, 0, 29], 0)
    np.testing.assert_allclose([bid, ask], 3.278982282, atol=5e-10)


def test_avellaneda_and_stoikovs_day_is_worth_64_13_and_skews_an_eighth_of_what_they_do():
    model = avellaneda_stoikov()
    assert model.value(0, 1) == pytest.approx(64.132924, abs=5e-7)
    assert model.skew == pytest.approx(0.05172, abs=5e-6)
    bid, _ = model.depths([0, 1], 1)
    assert bid[1] - bid[0] == pytest.approx(0.05244, abs=5e-6)
    bid, _ = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1).depths([0, 1], 1)
    assert bid[1] - bid[0] == pytest.approx(0.4)


def test_what_the_exact_policy_earns_in_the_papers_two_hundred_steps():
    moments = exact_moments(avellaneda_stoikov(), MARKET, n_steps=200)
    assert (moments.mean, moments.sd, moments.inventory_sd) == pytest.approx((67.830059, 7.249369, 3.090715), abs=5e-7)


@pytest.mark.parametrize(
    ("changes", "tau"), [({}, 0.1), ({"solution": "exact", "max_inventory": 100}, 0.05), ({"risk_mode": 0.0}, 1.0)]
)
def test_depths_have_ten_digits_and_more_to_the_last_inventory(changes, tau, log_ratios_to_forty_digits):
    model = avellaneda_stoikov(**changes)
    q, k = all_inventories(model), model.fill_decay
    bid, ask = model.depths(q, tau)
    # c₁ and −M of the docstring, for orders of one clip.
    liquidity = np.log1p(model.xi / k) / model.xi if model.xi else 1 / k
    eta = np.full(len(q), model.arrival_rate * np.exp(-k * liquidity) / (1 + model.xi / k))
    bands = np.stack([eta, -k * model.risk_aversion * model.volatility**2 / 2 * q**2, eta])
    bands[0, 0] = bands[2, -1] = 0.0
    exact = liquidity + log_ratios_to_forty_digits(bands, np.zeros(len(q)), tau) / k
    np.testing.assert_allclose(bid[:-1], exact, rtol=1e-11)
    np.testing.assert_allclose(ask[1:], 2 * liquidity - exact, rtol=1e-11)


@given(models, fractions)
def test_a_short_desk_quotes_the_mirror_image_of_a_long_one(model, left):
    q, tau = all_inventories(model), left * model.horizon
    (bid, ask), (mirrored_bid, mirrored_ask) = model.depths(q, tau), model.depths(-q, tau)
    np.testing.assert_allclose(mirrored_bid, ask, rtol=1e-9, atol=1e-11 / model.fill_decay)
    np.testing.assert_allclose(mirrored_ask, bid, rtol=1e-9, atol=1e-11 / model.fill_decay)


@given(models, fractions)
def test_a_longer_desk_bids_lower_and_offers_lower(model, left):
    bid, ask = model.depths(all_inventories(model), left * model.horizon)
    assert (np.diff(bid[:-1]) >= -1e-11 / model.fill_decay).all()
    assert (np.diff(ask[1:]) <= 1e-11 / model.fill_decay).all()


@given(models, fractions)
def test_it_quotes_the_side_that_brings_it_home_and_never_beyond_its_bounds(model, left):
    bid, ask = model.depths(all_inventories(model), left * model.horizon)
    assert np.isnan([bid[-1], ask[0]]).all()
    assert np.isfinite([bid[:-1], ask[1:]]).all()


@given(models, fractions, factors)
def test_another_time_unit_changes_no_quote(model, left, c):
    other = dataclasses.replace(
        model, volatility=model.volatility / np.sqrt(c), arrival_rate=model.arrival_rate / c, horizon=model.horizon * c
    )
    q = all_inventories(model)
    one, two = model.depths(q, left * model.horizon), other.depths(q, left * other.horizon)
    np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-10 / model.fill_decay)


@given(exact_models, fractions, factors)
def test_another_currency_scales_every_depth_and_the_value(model, left, c):
    other = dataclasses.replace(
        model,
        risk_aversion=model.risk_aversion / c,
        risk_mode=None if model.risk_mode is None else model.risk_mode / c,
        volatility=c * model.volatility,
        fill_decay=model.fill_decay / c,
    )
    q, tau = all_inventories(model), left * model.horizon
    np.testing.assert_allclose(other.depths(q, tau), c * np.array(model.depths(q, tau)), rtol=1e-9)
    np.testing.assert_allclose(other.value(q, tau), c * model.value(q, tau), rtol=1e-9, atol=1e-11 * c)


@given(models, fractions, st.integers(1, 20))
def test_smaller_clips_change_the_count_and_no_quote(model, left, c):
    other = dataclasses.replace(
        model,
        risk_aversion=model.risk_aversion / c,
        risk_mode=None if model.risk_mode is None else model.risk_mode / c,
        max_inventory=c * model.max_inventory,
        order_size=c * model.order_size,
    )
    q, tau = all_inventories(model), left * model.horizon
    np.testing.assert_allclose(other.depths(c * q, tau), model.depths(q, tau), rtol=1e-9, atol=1e-11 / model.fill_decay)
    assert (other.quotes(100, 0, tau).bid_size == c * model.quotes(100, 0, tau).bid_size).all()


@given(exact_models, st.floats(1.01, 10), fractions)
def test_more_charge_for_variance_bids_lower_when_long(model, more, left):
    """At ξ = 0, where γ is that charge alone: with CARA it also makes fills rarer, and so the bounds farther away."""
    model = dataclasses.replace(model, risk_mode=0.0)
    averse = dataclasses.replace(model, risk_aversion=more * model.risk_aversion)
    q, tau = all_inventories(model), left * model.horizon
    bid, lower = (m.depths(q[q >= 0], tau)[0][:-1] for m in (model, averse))
    assert (lower - bid >= -1e-11 / model.fill_decay).all()


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_higher_risk_aversion_skews_more(solution):
    skews = []
    for gamma in (0.01, 0.1, 1):
        bid, ask = avellaneda_stoikov(risk_aversion=gamma, solution=solution).depths(3, 0.5)
        skews.append(bid - ask)
    assert skews == sorted(skews)


@given(exact_models, fractions)
def test_a_solution_from_the_cache_is_the_one_made_anew(model, left):
    tau = left * model.horizon
    first = model.depths(0, tau)
    solved = module._solved.cache_info().misses
    again = dataclasses.replace(model).depths(0, tau)
    model.depths(all_inventories(model), tau / 2)
    assert module._solved.cache_info().misses == solved
    module._solved.cache_clear()
    assert first == again == model.depths(0, tau)


@given(exact_models, st.lists(fractions, min_size=1, max_size=4), factors)
def test_the_depths_do_not_know_how_long_the_day_was_or_what_else_is_asked(model, lefts, c):
    longer = dataclasses.replace(model, horizon=model.horizon * (1 + c))
    q, tau = all_inventories(model), np.array(lefts)[:, np.newaxis] * model.horizon
    one, two = model.depths(q, tau), longer.depths(q, tau)
    np.testing.assert_allclose(two, one, rtol=1e-10, atol=1e-11 / model.fill_decay)
    np.testing.assert_allclose([m[0] for m in one], model.depths(q, tau[0]), rtol=1e-10, atol=1e-11 / model.fill_decay)


@pytest.mark.parametrize(("q", "at_bound"), [(-2, 0), (0, 0), (1, 0), (2, 1)])
@pytest.mark.parametrize("risk_mode", [None, 0.0])
def test_near_the_close_it_is_avellaneda_and_stoikovs_formula_to_first_order(q, at_bound, risk_mode):
    """δᵇ = c₁ + ½γσ²(2q + 1)τ + O(τ²) where neither q nor q + 1 is a bound: their spread/2 + qγσ²τ, if ξ = γ.

    From q = Q − 1 it is (η/k)τ more: at Q one of the two ways to trade is gone.
    """
    model, tau = avellaneda_stoikov(max_inventory=3, risk_mode=risk_mode), np.array([1e-5, 1e-6])
    first_order = model._liquidity + (0.1 * 2**2 * (2 * q + 1) / 2 + at_bound * model._traded_rate / 1.5) * tau
    error = np.abs(model.depths(q, tau)[0] - first_order)
    assert error[0] < 1e-6
    assert error[1] < error[0] / 99 + 1e-14
    if risk_mode is None and not at_bound:
        first_order_of_as = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1).depths(q, tau)[0]
        np.testing.assert_allclose(first_order, first_order_of_as, rtol=1e-14)


@pytest.mark.parametrize("changes", [{}, {"volatility": 0}, {"risk_aversion": 0}, {"risk_mode": 0, "order_size": 2}])
def test_a_day_without_end_is_quoted_by_the_stationary_solution(changes):
    model = avellaneda_stoikov(horizon=200, **changes)
    stationary = dataclasses.replace(model, solution="stationary")
    q = all_inventories(model)
    np.testing.assert_allclose(model.depths(q, 200), stationary.depths(q, 0), rtol=1e-11)
    bid, _ = stationary.depths(q, np.array([[0], [200]]))
    np.testing.assert_array_equal(bid[0], bid[1])


def test_the_closed_form_is_near_the_stationary_solution_and_nearer_where_inventory_costs_little():
    worst = []
    for gamma in (0.1, 0.01):
        exact, closed = (
            avellaneda_stoikov(risk_aversion=gamma, max_inventory=100, solution=solution).depths([0, 1, 2], 1)[0]
            for solution in ("stationary", "closed form")
        )
        worst.append(np.abs(exact - closed).max())
    assert worst[1] < worst[0] / 5 < 5e-4


@pytest.mark.parametrize("solution", SOLUTIONS)
@pytest.mark.parametrize("size", [1, 2])
def test_risk_mode_nought_is_the_limit_of_small_ones(solution, size):
    near, limit = (
        avellaneda_stoikov(risk_mode=xi, solution=solution, order_size=size).depths([-2, 0, 4], 0.7) for xi in (1e-9, 0)
    )
    np.testing.assert_allclose(near, limit, rtol=1e-8)


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_no_risk_aversion_is_the_limit_of_little(solution):
    near, limit = (
        avellaneda_stoikov(risk_aversion=gamma, solution=solution).depths([-2, 0, 4], 0.7) for gamma in (1e-13, 0)
    )
    np.testing.assert_allclose(near, limit, rtol=1e-6)


def test_without_volatility_only_the_bounds_move_the_quotes():
    still = avellaneda_stoikov(volatility=0, max_inventory=60)
    assert still.skew == 0
    assert still.half_spread == still._liquidity
    bid, _ = still.depths([0, 59], 1)
    assert bid[0] == pytest.approx(still._liquidity, rel=1e-9)
    assert bid[1] > 1.5 * still._liquidity


def test_twice_the_order_is_quoted_in_twice_the_size_and_skips_the_odd_inventories():
    model = avellaneda_stoikov(order_size=2)
    quotes = model.quotes(100, [0, 12, -12], 1)
    assert quotes.bid_size.tolist() == [2, 0, 2]
    assert quotes.ask_size.tolist() == [2, 2, 0]
    with pytest.raises(
        ParameterError, match=r"inventory \(q\) must be a multiple of 2 \[clips\], the size of an order; got 3"
    ):
        model.depths([0, 3], 1)
    bid, _ = dataclasses.replace(model, solution="closed form").depths([3, 10, 10.5], 1)
    assert bid[0] == model.half_spread + 3 * model.skew
    assert np.isfinite(bid[1])
    assert np.isnan(bid[2])


def test_the_reservation_price_is_the_middle_of_the_quotes_and_falls_with_the_inventory():
    model = avellaneda_stoikov()
    middle = model.reservation_price(100, [-12, -3, 0, 3, 12], 0.5)
    assert np.isnan(middle[[0, 4]]).all()
    assert middle[2] == pytest.approx(100, abs=1e-12)
    assert middle[1] - 100 == pytest.approx(100 - middle[3], rel=1e-9)
    assert middle[3] < 100


def test_a_clip_held_and_its_price_are_worth_what_the_quotes_say():
    """δᵇ − c₁ is what a clip more takes from the value."""
    model = avellaneda_stoikov()
    value, (bid, _) = model.value([2, 3], 0.5), model.depths(2, 0.5)
    assert value[0] - value[1] == pytest.approx(bid - model._liquidity, rel=1e-10)
    np.testing.assert_array_equal(model.value([-12, 0, 7], 0), 0)


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_inventories_and_times_broadcast(solution):
    model = avellaneda_stoikov(solution=solution)
    bid, ask = model.depths(np.arange(-12, 13), np.linspace(0, 1, 7)[:, np.newaxis])
    assert bid.shape == ask.shape == (7, 25)
    assert bid[6, 14] == pytest.approx(model.depths(2, 1)[0], rel=1e-12)
    assert model.depths(0, 1)[0].shape == ()
    assert model.quotes(100, np.zeros(5), 1).bid_price.shape == (5,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fill_decay": 0}, "fill_decay (k) must be a finite number above 0 [1/price]; got 0."),
        ({"arrival_rate": 0}, "arrival_rate (A) must be a finite number above 0 [1/time]; got 0."),
        ({"arrival_rate": -1}, "arrival_rate (A) must be a finite number above 0 [1/time]; got -1."),
        ({"volatility": float("nan")}, "volatility (σ) must be a finite number at least 0 [price/√time]; got nan."),
        (
            {"max_inventory": 2.5},
            "max_inventory (Q) must be a whole number at least 1 and at most 200 [clips]; got 2.5.",
        ),
        ({"max_inventory": 0}, "max_inventory (Q) must be a whole number at least 1 and at most 200 [clips]; got 0."),
        (
            {"max_inventory": 201},
            "max_inventory (Q) must be a whole number at least 1 and at most 200 [clips]; got 201.",
        ),
        (
            {"order_size": 5},
            "max_inventory (Q) must be a whole number of orders, 1 to 200; got 12 clips with order_size (Δ) 5.",
        ),
        (
            {"order_size": 0.01},
            "max_inventory (Q) must be a whole number of orders, 1 to 200; got 12 clips with order_size (Δ) 0.01.",
        ),
        (
            {"order_size": 24},
            "max_inventory (Q) must be a whole number of orders, 1 to 200; got 12 clips with order_size (Δ) 24.",
        ),
        ({"risk_mode": -1}, "risk_mode (ξ) must be a finite number at least 0 [1/(price·clip)]; got -1."),
        ({"solution": "fast"}, "solution must be 'exact', 'stationary' or 'closed form'; got 'fast'."),
    ],
)
def test_a_model_that_cannot_be_is_refused(change, reason):
    with pytest.raises(ParameterError, match=re.escape(reason)):
        avellaneda_stoikov(**change)


@pytest.mark.parametrize("solution", SOLUTIONS)
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ((13, 0.5), "inventory (q) 13 is beyond max_inventory ±12."),
        (([0, -12.5, 3], 0.5), "inventory (q) -12.5 is beyond max_inventory ±12."),
        ((np.nan, 0.5), "inventory (q) must be a finite number [clips]; got nan."),
        ((0, -0.5), "time_left (τ) must be a finite number at least 0 [time]; got -0.5."),
        ((0, 1.5), "time_left (τ) 1.5 is beyond the model's horizon (T) 1."),
    ],
)
def test_a_state_that_cannot_be_is_refused(solution, state, reason):
    with pytest.raises(ParameterError, match=re.escape(reason)):
        avellaneda_stoikov(solution=solution).depths(*state)


def test_only_the_exact_solution_has_a_value():
    with pytest.raises(ParameterError, match=r"value is what the exact solution has; .* solution is 'stationary'"):
        avellaneda_stoikov(solution="stationary").value(0, 1)


def test_a_desk_so_averse_that_its_largest_inventory_has_no_number_is_told_so():
    with pytest.raises(ParameterError, match="290 decades that numbers hold: lower max_inventory, or the cost"):
        avellaneda_stoikov(risk_aversion=5, max_inventory=200).depths(0, 1)


def test_two_hundred_clips_and_a_day_of_a_million_seconds_are_solved():
    bid, _ = paper(max_inventory=200, horizon=1e6).depths([-1, 0, 199], 1e6)
    closed, _ = paper(max_inventory=200, solution="closed form").depths([-1, 0], 1)
    np.testing.assert_allclose(bid[:2], closed, rtol=1e-3)
    assert bid[2] > bid[1]


def test_a_day_of_no_length_is_quoted_as_the_close():
    model = GueantLehalleFernandezTapia.for_market(
        Market.avellaneda_stoikov_2008(horizon=0), risk_aversion=0.1, max_inventory=3
    )
    assert model.depths(1, 0) == pytest.approx(np.full(2, 10 * np.log1p(0.1 / 1.5)), rel=1e-12)
