import dataclasses
import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    ParameterError,
    PostOnly,
    Symmetric,
    exact_moments,
)
from mmlab.models import WholeClips

PAPER = Market.avellaneda_stoikov_2008()
INVENTORY_STRATEGY = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
SYMMETRIC = Symmetric.for_market(PAPER, risk_aversion=0.1)


def every_path(depths, market, n_steps):
    """All that can happen in a few steps, one by one: its probabilities, profits and final inventories."""
    dt = market.horizon / n_steps
    chance, wealth, held = np.ones(1), np.zeros(1), np.zeros(1)

    def side(intensity, depth):
        fills, comes = (
            np.minimum(1, np.broadcast_to(intensity.rate(d) * dt, held.shape))
            if market.fill_rule == "linear"
            else 1 - np.exp(-np.broadcast_to(intensity.rate(d) * dt, held.shape))
            for d in (depth, 0.0)
        )
        both = np.minimum(fills, comes)
        if market.jump == (0, 0):  # whether an order came that did not fill makes no difference
            return {(1, 1): fills, (0, 0): 1 - fills}
        return {(1, 1): both, (1, 0): fills - both, (0, 1): comes - both, (0, 0): 1 - fills - comes + both}

    for n in range(n_steps):
        bid, ask = depths(held, market.horizon - n * dt)
        sells, buys = side(market.sell_intensity, bid), side(market.buy_intensity, ask)
        outcomes = []
        for (bought, sell), (sold, buy), sign in product(sells, buys, (-1, 1)):
            p = chance * sells[bought, sell] * buys[sold, buy] / 2
            q = held + bought - sold
            move = market.drift * dt + sign * market.volatility * np.sqrt(dt)
            move += market.jump[0] * buy - market.jump[1] * sell
            outcomes.append((p, wealth + bought * bid + sold * ask + q * move, q))
        chance, wealth, held = (np.concatenate(column) for column in zip(*outcomes, strict=True))
    return chance, wealth, held


@settings(max_examples=25)
@given(
    gamma=st.floats(0.01, 2),
    sigma=st.floats(0, 3),
    rates=st.tuples(st.floats(0, 6), st.floats(0, 6)),
    decays=st.tuples(st.floats(0.2, 3), st.floats(0.2, 3)),
    jump=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)),
    drift=st.floats(-2, 2),
    rule=st.sampled_from(["linear", "exponential"]),
)
def test_the_moments_are_those_of_all_paths_counted_one_by_one(gamma, sigma, rates, decays, jump, drift, rule):
    flows = tuple(Exponential(arrival_rate=a, fill_decay=k) for a, k in zip(rates, decays, strict=True))
    market = Market.avellaneda_stoikov_2008(volatility=sigma, intensity=flows, jump=jump, drift=drift, fill_rule=rule)
    model = AvellanedaStoikov(risk_aversion=gamma, volatility=2, fill_decay=1.5, horizon=1)
    chance, profit, final = every_path(model.depths, market, n_steps=3)
    exact = exact_moments(model, market, n_steps=3)
    mean = chance @ profit
    assert exact.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert exact.sd == pytest.approx(np.sqrt(chance @ (profit - mean) ** 2), rel=1e-6, abs=1e-6)
    assert exact.inventory_mean == pytest.approx(chance @ final, abs=1e-9)
    assert exact.inventory_sd**2 == pytest.approx(chance @ final**2 - (chance @ final) ** 2, abs=1e-9)
    worth = -np.log(chance @ np.exp(-0.3 * profit)) / 0.3
    assert exact.certainty_equivalent(0.3) == pytest.approx(worth, rel=1e-6, abs=1e-6)


@settings(max_examples=50)
@given(
    half_spread=st.floats(-0.5, 3),
    sigma=st.floats(0, 5),
    rate=st.floats(0, 300),
    n_steps=st.integers(1, 60),
    horizon=st.floats(0.1, 4),
)
def test_the_symmetric_strategy_has_its_closed_form(half_spread, sigma, rate, n_steps, horizon):
    """Mean 2Npδ, Var q = 2Np(1 − p), Var profit = 2Np(1 − p)[δ² + σ²Δt (N + 1)/2]."""
    dt = horizon / n_steps
    p = min(1.0, rate * np.exp(-1.5 * half_spread) * dt)
    market = Market.avellaneda_stoikov_2008(
        volatility=sigma, horizon=horizon, intensity=Exponential(arrival_rate=rate, fill_decay=1.5)
    )
    exact = exact_moments(Symmetric(half_spread=half_spread), market, n_steps=n_steps)
    variance = 2 * n_steps * p * (1 - p)
    price_leg = sigma**2 * dt * (n_steps + 1) / 2
    assert exact.mean == pytest.approx(2 * n_steps * p * half_spread, rel=1e-6, abs=1e-6)
    assert exact.inventory_sd**2 == pytest.approx(variance, rel=1e-6, abs=1e-6)
    assert exact.sd**2 == pytest.approx(variance * (half_spread**2 + price_leg), rel=1e-4, abs=1e-6)
    assert exact.average_spread == pytest.approx(2 * half_spread)


def test_one_step_worth_by_hand():
    """At δ = 1 each side fills with ¼; the mid moves ±2. Neither 9/16, one of the two 6/16, both 1/16."""
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=0.5, fill_decay=np.log(2)))
    exact = exact_moments(Symmetric(half_spread=1), market, n_steps=1)
    assert exact.mean == pytest.approx(6 / 16 + 2 / 16)
    assert exact.sd**2 == pytest.approx(6 / 16 * (1 + 4) + 4 / 16 - 0.25)
    expected = 9 / 16 + 6 / 16 * np.exp(-0.5) * np.cosh(1) + 1 / 16 * np.exp(-1)
    assert exact.certainty_equivalent(0.5) == pytest.approx(-2 * np.log(expected), rel=1e-12)
    normal = exact_moments(Symmetric(half_spread=1), dataclasses.replace(market, mid_move="normal"), n_steps=1)
    expected = 9 / 16 + 6 / 16 * np.exp(-0.5) * np.exp(0.5) + 1 / 16 * np.exp(-1)
    assert normal.certainty_equivalent(0.5) == pytest.approx(-2 * np.log(expected), rel=1e-12)


def test_one_step_with_jumps_by_hand():
    """At δ = 1 half of the orders that come fill: who bought met a sell order, and a buy order came with (½ − ¼)/¾."""
    market = Market.avellaneda_stoikov_2008(
        volatility=0, intensity=Exponential(arrival_rate=0.5, fill_decay=np.log(2)), jump=(0.3, 0.9)
    )
    exact = exact_moments(Symmetric(half_spread=1), market, n_steps=1)
    bought, sold = 1 + 0.3 / 3 - 0.9, 1 + 0.9 / 3 - 0.3
    assert exact.mean == pytest.approx(3 / 16 * bought + 3 / 16 * sold + 1 / 16 * 2)


def test_a_position_drifts_with_the_mid_after_the_step_it_was_bought_in():
    market = Market.avellaneda_stoikov_2008(volatility=0, drift=3, horizon=2)
    only_bid = exact_moments(lambda q, tau: (np.where(q < 1, -10.0, np.nan), np.nan), market, n_steps=4)
    assert only_bid.inventory_distribution[-1][only_bid.inventories == 1] == pytest.approx(1)
    assert only_bid.mean == pytest.approx(-10 + 3 * 2)
    assert only_bid.sd == pytest.approx(0, abs=1e-6)
    assert np.isnan(only_bid.average_spread)


@pytest.mark.parametrize("model", [INVENTORY_STRATEGY, SYMMETRIC])
def test_the_inventory_is_somewhere_at_every_step_and_starts_at_zero(model):
    exact = exact_moments(model, PAPER)
    np.testing.assert_allclose(exact.inventory_distribution.sum(axis=1), 1, atol=1e-9)
    assert exact.inventory_distribution.min() >= 0
    assert exact.inventory_distribution[0][exact.inventories == 0] == 1
    assert exact.inventory_mean == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("gamma", [0.01, 0.1, 1])
def test_a_longer_step_count_brings_both_fill_rules_together(gamma):
    """Both are first order in Δt: halving the step halves what is between them."""
    model = AvellanedaStoikov.for_market(PAPER, risk_aversion=gamma)
    poisson = dataclasses.replace(PAPER, fill_rule="exponential")
    mean, sd, inventory_sd = np.transpose(
        [
            [one.mean - other.mean, one.sd - other.sd, one.inventory_sd - other.inventory_sd]
            for one, other in (
                [exact_moments(model, market, n, 45) for market in (PAPER, poisson)] for n in (400, 800, 1600)
            )
        ]
    )
    assert mean[1:] / mean[:-1] == pytest.approx([0.5, 0.5], abs=0.03)
    assert abs(sd[2]) < abs(sd[1]) < 0.1
    assert abs(inventory_sd[2]) < abs(inventory_sd[1]) < 0.01


def test_both_fill_rules_have_one_limit():
    """What is left after extrapolating the step away (2 × fine − coarse) is second order in Δt."""
    poisson = dataclasses.replace(PAPER, fill_rule="exponential")
    limits = [
        2 * exact_moments(INVENTORY_STRATEGY, market, 3200, 45).mean
        - exact_moments(INVENTORY_STRATEGY, market, 1600, 45).mean
        for market in (PAPER, poisson)
    ]
    assert limits[0] == pytest.approx(limits[1], abs=0.01)


@settings(max_examples=20)
@given(st.floats(0.05, 20), st.floats(0.01, 1), st.floats(0.5, 4))
def test_another_time_unit_changes_no_profit(c, gamma, sigma):
    flow = Exponential(arrival_rate=40, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=sigma, drift=1, jump=(0.1, 0.05), intensity=flow)
    in_other = Market.avellaneda_stoikov_2008(
        volatility=sigma / np.sqrt(c),
        horizon=c,
        drift=1 / c,
        jump=(0.1, 0.05),
        intensity=Exponential(arrival_rate=40 / c, fill_decay=1.5),
    )
    one, other = (
        exact_moments(AvellanedaStoikov.for_market(m, risk_aversion=gamma), m, n_steps=40) for m in (market, in_other)
    )
    for figure in ("mean", "sd", "inventory_mean", "inventory_sd", "average_spread"):
        assert getattr(other, figure) == pytest.approx(getattr(one, figure), rel=1e-7, abs=1e-7), figure
    assert other.certainty_equivalent(gamma) == pytest.approx(one.certainty_equivalent(gamma), rel=1e-6)


@settings(max_examples=20)
@given(st.floats(0.05, 20), st.floats(0.01, 1), st.floats(0.5, 4))
def test_another_currency_scales_the_profit_and_nothing_else(c, gamma, sigma):
    flow = Exponential(arrival_rate=40, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=sigma, drift=1, jump=(0.1, 0.05), intensity=flow)
    in_other = Market.avellaneda_stoikov_2008(
        mid_price=100 * c,
        volatility=sigma * c,
        drift=c,
        jump=(0.1 * c, 0.05 * c),
        intensity=Exponential(arrival_rate=40, fill_decay=1.5 / c),
    )
    one = exact_moments(AvellanedaStoikov.for_market(market, risk_aversion=gamma), market, n_steps=40)
    other = exact_moments(AvellanedaStoikov.for_market(in_other, risk_aversion=gamma / c), in_other, n_steps=40)
    for figure in ("mean", "sd", "average_spread"):
        assert getattr(other, figure) == pytest.approx(c * getattr(one, figure), rel=1e-7, abs=1e-7), figure
    for figure in ("inventory_mean", "inventory_sd"):
        assert getattr(other, figure) == pytest.approx(getattr(one, figure), rel=1e-7, abs=1e-7), figure
    assert other.certainty_equivalent(gamma / c) == pytest.approx(c * one.certainty_equivalent(gamma), rel=1e-6)


def test_a_mirrored_market_mirrors_the_inventory():
    busy, quiet = Exponential(arrival_rate=60, fill_decay=1.5), Exponential(arrival_rate=40, fill_decay=1)
    up = dataclasses.replace(PAPER, intensity=(busy, quiet), jump=(0.2, 0.1), drift=1)
    down = dataclasses.replace(PAPER, intensity=(quiet, busy), jump=(0.1, 0.2), drift=-1)
    one, other = (exact_moments(INVENTORY_STRATEGY, market, n_steps=50) for market in (up, down))
    assert other.mean == pytest.approx(one.mean)
    assert other.sd == pytest.approx(one.sd)
    assert other.inventory_mean == pytest.approx(-one.inventory_mean)
    assert abs(one.inventory_mean) > 0.1


@pytest.mark.parametrize("model", [INVENTORY_STRATEGY, SYMMETRIC])
def test_a_sure_amount_is_worth_less_the_more_risk_averse_one_is(model):
    exact = exact_moments(model, PAPER)
    worth = [exact.certainty_equivalent(gamma) for gamma in (1e-50, 1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.3)]
    assert (np.diff(worth) < 1e-9).all()
    assert worth[0] == pytest.approx(exact.mean, rel=1e-12)
    assert worth[3] == pytest.approx(exact.mean - 0.5e-3 * exact.sd**2, abs=1e-4)


def test_the_certainty_equivalent_runs_smoothly_into_its_expansion():
    """−(1/γ) ln E e^{−γW} = mean − γ sd²/2 + γ² κ₃/6 − …, on either side of where the code changes over."""
    exact = exact_moments(SYMMETRIC, PAPER)
    for gamma in (1e-8, 7e-6, 8e-6, 1e-5):
        charge = (exact.mean - exact.certainty_equivalent(gamma)) / gamma
        assert charge == pytest.approx(exact.sd**2 / 2, rel=2e-4)


def test_far_inventories_are_weighed_though_they_are_hardly_ever_reached():
    """A table that holds all but 1e−9 of the probability holds nowhere near all of E[e^{−γW}]."""
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=0.012, fill_decay=1.5))
    model = Symmetric(half_spread=0)
    chance, profit, _ = every_path(model.depths, market, n_steps=6)
    worth = -np.log(chance @ np.exp(-8 * profit)) / 8
    assert exact_moments(model, market, n_steps=6, max_inventory=3).certainty_equivalent(8) == pytest.approx(worth)


def test_the_certainty_equivalent_does_not_depend_on_the_table():
    worth = [exact_moments(SYMMETRIC, PAPER, max_inventory=n).certainty_equivalent(0.1) for n in (60, 120, 200)]
    assert worth == pytest.approx([worth[-1]] * 3, rel=1e-9)


@pytest.mark.parametrize("gamma", [0, -0.1, float("nan"), "0.1", None])
def test_a_certainty_equivalent_needs_a_risk_aversion_above_zero(gamma):
    reason = rf"risk_aversion \(γ\) must be a finite number above 0 \[1/\(price·clip\)\]; got {re.escape(repr(gamma))}"
    with pytest.raises(ParameterError, match=reason):
        exact_moments(SYMMETRIC, PAPER).certainty_equivalent(gamma)


def test_a_table_too_small_for_the_policy_is_refused_with_the_probability_that_leaves_it():
    reason = r"max_inventory = 5 is too small: .* leaves ±5 clips with probability 0\.11"
    with pytest.raises(ParameterError, match=reason):
        exact_moments(INVENTORY_STRATEGY, PAPER, max_inventory=5)


def test_a_table_as_large_as_it_need_be_changes_nothing():
    small, large = (exact_moments(INVENTORY_STRATEGY, PAPER, max_inventory=n) for n in (25, 90))
    assert small.mean == pytest.approx(large.mean, abs=1e-7)
    assert small.sd == pytest.approx(large.sd, abs=1e-7)
    assert len(small.inventories) == 51


def test_the_table_grows_until_it_holds_a_restless_policy():
    still = exact_moments(Symmetric(half_spread=-1), Market.avellaneda_stoikov_2008(horizon=5), n_steps=2000)
    restless = exact_moments(Symmetric(half_spread=0.1), Market.avellaneda_stoikov_2008(horizon=5), n_steps=1000)
    # Of the first every quote fills, so nothing is ever held.
    assert restless.inventories.max() > 60 >= still.inventories.max()
    p = 0.7 * np.exp(-0.15)
    assert restless.inventory_sd**2 == pytest.approx(2 * 1000 * p * (1 - p), rel=1e-6)


def test_a_bounded_model_is_carried_to_its_bound_and_no_further():
    bounded = InfiniteHorizonAvellanedaStoikov.for_market(PAPER, risk_aversion=0.1, max_inventory=4)
    for model in (bounded, PostOnly(bounded)):
        exact = exact_moments(model, PAPER)
        assert exact.inventories.tolist() == list(range(-4, 5))
        np.testing.assert_allclose(exact.inventory_distribution.sum(axis=1), 1, rtol=1e-12)
        assert exact.certainty_equivalent(0.1) < exact.mean


def test_in_no_time_nothing_is_earned():
    market = Market.avellaneda_stoikov_2008(horizon=0, jump=(1, 1), drift=3)
    exact = exact_moments(AvellanedaStoikov.for_market(market, risk_aversion=0.1), market, n_steps=3)
    assert (exact.mean, exact.sd, exact.inventory_sd, exact.certainty_equivalent(0.1)) == (0, 0, 0, 0)


def test_a_quote_that_never_fills_earns_nothing():
    dry = dataclasses.replace(PAPER, intensity=Linear(demand_intercept=20, demand_slope=20))
    exact = exact_moments(Symmetric(half_spread=1), dry)
    assert (exact.mean, exact.sd) == (0, 0)
    never = dataclasses.replace(PAPER, intensity=Exponential(arrival_rate=0, fill_decay=1.5))
    assert exact_moments(Symmetric(half_spread=-2), never).mean == 0


def test_one_step_is_a_session():
    exact = exact_moments(SYMMETRIC, PAPER, n_steps=np.int64(1), max_inventory=np.int8(3))
    assert exact.inventory_distribution.shape == (2, 7)


def test_a_plain_function_is_a_policy():
    by_hand = exact_moments(lambda q, tau: INVENTORY_STRATEGY.depths(q, tau), PAPER)
    assert by_hand.mean == exact_moments(INVENTORY_STRATEGY, PAPER).mean
    constant = exact_moments(lambda q, tau: (1, 1), PAPER)
    assert constant.sd == exact_moments(Symmetric(half_spread=1), PAPER).sd


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (lambda q, tau: None, "two depths that depend on inventory and time left alone"),
        (lambda q, tau: 1.0, "two depths that depend on inventory and time left alone"),
        (lambda q, tau: (1, 1, 1), "two depths .* too many values"),
        (lambda q, tau: (None, None), "two depths .* not numbers but object and object"),
        (lambda q, tau: ("1", 1), "two depths .* not numbers"),
        (lambda q, tau: (np.ones(3), 1), r"broadcast over arrays of shape \(200, 61\)"),
        (lambda q: (1, 1), "takes 1 positional argument but 2 were given"),
        (lambda mid, q, tau: (1, 1), "missing 1 required positional argument"),
        (lambda q, tau: (1 if q > 0 else 2, 1), "truth value of an array"),
        (lambda q, tau: (np.inf, 1), "depth must not be infinite; NaN says that it does not quote"),
        (lambda q, tau: (1, np.where(q > 3, -np.inf, 1)), "depth must not be infinite"),
        (0.75, r"policy must be a model or a function of \(inventory, time_left\) .*; got 0\.75"),
        (None, "policy must be a model or a function .*; got None"),
    ],
)
def test_what_is_no_policy_is_refused(policy, reason):
    with pytest.raises(ParameterError, match=reason):
        exact_moments(policy, PAPER)


def test_what_is_no_market_is_refused():
    with pytest.raises(ParameterError, match="market must be a Market; got 100"):
        exact_moments(SYMMETRIC, 100)


def test_a_model_with_a_shorter_day_than_the_market_is_refused():
    with pytest.raises(ParameterError, match=r"time_left \(τ\) 2 is beyond the model's horizon \(T\) 1"):
        exact_moments(INVENTORY_STRATEGY, dataclasses.replace(PAPER, horizon=2))


def test_the_arrays_cannot_be_written_on():
    exact = exact_moments(SYMMETRIC, PAPER)
    for array in (exact.inventories, exact.inventory_distribution):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_equal_models_on_equal_markets_are_computed_once():
    first = exact_moments(AvellanedaStoikov.for_market(PAPER, risk_aversion=0.2), PAPER)
    again = Market.avellaneda_stoikov_2008()
    assert exact_moments(AvellanedaStoikov.for_market(again, risk_aversion=0.2), again) is first
    assert exact_moments(AvellanedaStoikov.for_market(again, risk_aversion=0.3), again) is not first
    clamped = exact_moments(PostOnly(SYMMETRIC), PAPER)
    assert exact_moments(PostOnly(Symmetric.for_market(PAPER, risk_aversion=0.1)), again) is clamped


def test_a_function_that_reads_a_changed_name_is_computed_anew():
    half_spread = 1.0

    def policy(inventory, time_left):
        return half_spread, half_spread

    assert exact_moments(policy, PAPER).average_spread == pytest.approx(2)
    half_spread = 0.5
    assert exact_moments(policy, PAPER).average_spread == pytest.approx(1)


def test_a_model_of_the_readers_own_may_be_changed_and_need_not_hash():
    @dataclasses.dataclass
    class Mine:
        half_spread: float

        def depths(self, inventory, time_left):
            return self.half_spread, self.half_spread

    mine = Mine(1.0)
    assert exact_moments(PostOnly(mine), PAPER).average_spread == pytest.approx(2)
    mine.half_spread = 0.5
    assert exact_moments(PostOnly(mine), PAPER).average_spread == pytest.approx(1)


def test_a_frozen_model_of_the_readers_own_that_reads_a_changed_name_is_computed_anew():
    half_spread = 1.0

    @dataclasses.dataclass(frozen=True)
    class Mine:
        def depths(self, inventory, time_left):
            return half_spread, half_spread

    assert exact_moments(Mine(), PAPER).average_spread == pytest.approx(2)
    half_spread = 0.5
    assert exact_moments(Mine(), PAPER).average_spread == pytest.approx(1)


@pytest.mark.parametrize("wrapper", [PostOnly, WholeClips])
def test_a_model_in_another_keeps_its_own_two_bounds(wrapper):
    model = CarteaJaimungal.for_market(
        PAPER, running_penalty=0.1, terminal_penalty=0.01, max_inventory=9, min_inventory=-4
    )
    alone, inside = exact_moments(model, PAPER), exact_moments(wrapper(model), PAPER)
    assert inside.mean == alone.mean
    assert inside.inventory_distribution[:, inside.inventories < -4].max() == 0
