import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    Exponential,
    GueantLehalleFernandezTapia,
    Market,
    ParameterError,
    PostOnly,
    Symmetric,
    continuous_certainty_equivalent,
    exact_moments,
)

MARKET = Market.avellaneda_stoikov_2008()
STRESSED = Market.avellaneda_stoikov_2008(volatility=2_000)
AS = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
SYMMETRIC = Symmetric.for_market(MARKET, risk_aversion=0.1)
EXACT = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=12)


def test_the_exact_policy_is_worth_its_own_value_and_avellaneda_and_stoikovs_less():
    assert continuous_certainty_equivalent(EXACT, MARKET, 0.1) == pytest.approx(64.132924, abs=5e-7)
    assert continuous_certainty_equivalent(EXACT, MARKET, 0.1) == pytest.approx(EXACT.value(0, 1), rel=1e-8)
    assert continuous_certainty_equivalent(AS, MARKET, 0.1, max_inventory=12) == pytest.approx(61.403, abs=5e-4)


@pytest.mark.parametrize(
    ("bound", "worth", "digits"), [(12, 55.570, 3), (20, 48.768, 3), (40, 15.486, 3), (60, -59.3, 1)]
)
def test_what_the_symmetric_policy_is_worth_depends_wholly_on_its_bound(bound, worth, digits):
    value = continuous_certainty_equivalent(SYMMETRIC, MARKET, 0.1, max_inventory=bound)
    assert value == pytest.approx(worth, abs=0.5 * 10**-digits)


@pytest.mark.parametrize("solution", ["stationary", "closed form"])
def test_no_other_policy_is_worth_more_than_the_exact_one(solution):
    other = dataclasses.replace(EXACT, solution=solution)
    assert EXACT.value(0, 1) - 0.2 < continuous_certainty_equivalent(other, MARKET, 0.1) < EXACT.value(0, 1)


@settings(max_examples=20)
@given(
    st.floats(0.05, 1), st.floats(0.1, 3), st.floats(0.1, 150), st.floats(0.5, 3), st.floats(0.1, 2), st.integers(1, 8)
)
def test_any_exact_policy_is_worth_its_own_value(gamma, sigma, rate, k, horizon, bound):
    market = Market(
        mid_price=100, volatility=sigma, horizon=horizon, intensity=Exponential(arrival_rate=rate, fill_decay=k)
    )
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=gamma, max_inventory=bound)
    worth = continuous_certainty_equivalent(model, market, gamma)
    assert worth == pytest.approx(model.value(0, horizon), rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("mid_move", ["binomial", "normal"])
def test_the_chain_comes_to_it_as_steps_shorten_with_drift_jumps_and_unequal_flows(mid_move):
    flows = Exponential(arrival_rate=14, fill_decay=1.5), Exponential(arrival_rate=10, fill_decay=1.2)
    market = Market.avellaneda_stoikov_2008(intensity=flows, jump=(0.1, 0.2), drift=0.7, mid_move=mid_move)

    def policy(inventory, time_left):
        """Through the mid when it is far from flat, and no bid at all when very long."""
        skew = 0.15 * inventory * (1 + time_left)
        return np.where(inventory > 4, np.nan, 0.4 + skew), np.where(inventory < -5, np.nan, 0.3 - skew)

    worth = [exact_moments(policy, market, n, max_inventory=7).certainty_equivalent(0.2) for n in (500, 1000, 2000)]
    halved = [2 * fine - coarse for coarse, fine in pairwise(worth)]
    limit = (4 * halved[1] - halved[0]) / 3
    assert continuous_certainty_equivalent(policy, market, 0.2, max_inventory=7) == pytest.approx(limit, abs=2e-5)


def test_quotes_that_stop_at_the_mid_have_kinks_and_an_answer():
    worth = continuous_certainty_equivalent(PostOnly(AS), MARKET, 0.1, max_inventory=12)
    assert 61.403 < worth < EXACT.value(0, 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((AS, MARKET, 0.1), "max_inventory must be a whole number of at least 1; got None"),
        ((AS, MARKET, 0.0, 12), r"risk_aversion \(γ\) must be a finite number above 0"),
        ((AS, "NYSE", 0.1, 12), "market must be a Market; got 'NYSE'"),
        (
            (AS, MARKET, 0.1, 60),
            r"With ±60 clips this policy quotes so far through the mid that it would fill \S+ times",
        ),
        ((SYMMETRIC, STRESSED, 0.1, 60), "290 decades that numbers hold: lower max_inventory"),
        ((3, MARKET, 0.1, 12), "policy must be a model or a function of"),
    ],
)
def test_what_cannot_be_valued_is_refused(arguments, reason):
    with pytest.raises(ParameterError, match=reason):
        continuous_certainty_equivalent(*arguments)


def test_a_policy_without_an_answer_is_not_given_one():
    def erratic(inventory, time_left):
        return 0.5 + 0.4 * np.sin(1e6 * time_left) + 0 * inventory, 0.5 + 0 * inventory + 0 * time_left

    with pytest.raises(ParameterError, match="4,096 steps do not settle the certainty equivalent"):
        continuous_certainty_equivalent(erratic, MARKET, 0.1, max_inventory=1)
