"""execution_moments: the reference's digits of every policy, the models' own values, and sampled days."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import Exponential, Market, ParameterError, Quotes, exact_moments, simulate
from mmlab.models import CrossingCost, WaitOrCross
from mmlab.simulation import execution_moments

MARKET = Market.avellaneda_stoikov_2008()
COST = CrossingCost(half_spread=0.75, impact=0.02)
SELLER = WaitOrCross.for_market(
    MARKET, arrival_rate=(140, 0), risk_aversion=0.1, max_inventory=20, min_inventory=0, close_cost=COST
)


class Constant:
    """An ask at one depth, while there is something to sell."""

    max_inventory, min_inventory = 20, 0

    def __init__(self, depth):
        self.depth = depth

    def depths(self, inventory, time_left):
        depth = np.where(np.asarray(inventory) > 0, self.depth, np.nan) + 0 * np.asarray(time_left)
        return np.full(depth.shape, np.nan), depth


def asks_at_half(mid_price, inventory, time_left):
    return Quotes.around(mid_price, np.nan, np.where(inventory > 0, 0.5, np.nan))


def sold(policy, **more):
    return execution_moments(policy, MARKET, inventory=20, risk_aversion=0.1, liquidation=COST, **more)


@pytest.mark.parametrize(
    ("policy", "mean", "sd", "worth", "left"),
    [
        (SELLER, 17.66427670, 13.49844975, 8.22518966, 0.02509),
        (replace(SELLER, risk_mode=0.0), 18.22880490, 13.90106576, 8.19524591, 0.03517),
        (replace(SELLER, risk_aversion=0.0), 24.41718175, 23.64801996, -6.43513885, 0.13503),
    ],
)
def test_what_each_seller_gets(policy, mean, sd, worth, left):
    found = sold(policy, n_steps=2_000)
    assert (found.mean, found.sd, found.certainty_equivalent) == pytest.approx((mean, sd, worth), abs=3e-8)
    assert found.left == pytest.approx(left, abs=6e-6)
    assert found.filled + found.left == pytest.approx(20)
    coarse = sold(policy)
    assert coarse.certainty_equivalent == pytest.approx(worth, abs=5e-6)


def test_the_best_constant_depth():
    found = sold(Constant(0.710874))
    assert (found.mean, found.sd) == pytest.approx((14.21747, 15.43311), abs=1e-5)  # the depth has six digits
    assert found.certainty_equivalent == pytest.approx(1.62879616, abs=5e-9)
    assert found.left == pytest.approx(0, abs=3e-6)
    for other in (0.7, 0.72):
        assert sold(Constant(other)).certainty_equivalent < found.certainty_equivalent


def test_a_models_value_is_what_its_policy_is_worth():
    assert sold(SELLER, n_steps=2_000).certainty_equivalent == pytest.approx(SELLER.value(20, 1), abs=1e-8)
    for rate in (40, 14):
        market = replace(MARKET, intensity=Exponential(arrival_rate=rate, fill_decay=1.5))
        both = replace(SELLER, arrival_rate=(rate, 0), crossing=0.77)
        found = execution_moments(
            both, market, inventory=20, risk_aversion=0.1, liquidation=COST, crossing=0.77, n_steps=2_000
        )
        assert found.certainty_equivalent == pytest.approx(both.value(20, 1), abs=2e-6)
        assert found.filled + found.crossed + found.left == pytest.approx(20)


@pytest.mark.parametrize(
    ("rate", "cost", "hedged", "filled"),
    [(140, 0.02, 19.0, 105.7), (140, 0.1, 8.68, 104.5), (140, 0.2, 1.79, 104.3), (5, 0.1, 0.66, 3.60)],
)
def test_how_often_a_dealer_hedges(rate, cost, hedged, filled):
    market = replace(MARKET, intensity=Exponential(arrival_rate=rate, fill_decay=1.5))
    dealer = WaitOrCross.for_market(market, risk_aversion=0.1, max_inventory=15, crossing=cost)
    found = execution_moments(dealer, market, inventory=0, risk_aversion=0.1, crossing=cost, n_steps=2_000)
    assert found.crossed == pytest.approx(hedged, rel=0.013)  # the reference's is a walk of 8,000 Euler steps
    assert found.filled == pytest.approx(filled, abs=0.06)
    assert found.certainty_equivalent == pytest.approx(dealer.value(0, 1), abs=3e-6)


def test_sampled_days_have_these_moments():
    market = replace(MARKET, fill_rule="exponential", mid_move="normal")
    n_paths = 1_000
    days = simulate(asks_at_half, market.tape(n_paths, 1_000, seed=5), inventory=20.0)
    cash = days.pnl - COST(days.final_inventory)
    found = sold(Constant(0.5))
    assert abs(cash.mean() - found.mean) < 4 * found.sd / np.sqrt(n_paths) + 0.01
    assert cash.std() == pytest.approx(found.sd, rel=0.1)


def test_it_is_about_continuous_time_and_the_chain_of_200_steps_is_not():
    """Whatever the fill rule is: in the chain the same quotes fill more often by the linear rule than by the other."""
    exponential = replace(MARKET, fill_rule="exponential")
    own = {"inventory": 0, "risk_aversion": 0.1}
    dealer = WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=15)
    always = execution_moments(dealer, MARKET, **own).mean
    assert execution_moments(dealer, exponential, **own).mean == always
    steps = [exact_moments(dealer, market, n_steps=200).mean for market in (MARKET, exponential)]
    assert steps[0] > always + 0.2
    assert steps[0] > steps[1] + 1


def test_doing_nothing_is_worth_the_risk_and_the_close():
    found = sold(Constant(np.nan))
    assert (found.mean, found.sd, found.left, found.filled) == pytest.approx((-23, 40, 20, 0))
    assert found.certainty_equivalent == pytest.approx(-23 - 0.05 * 1600)
    neutral = execution_moments(Constant(np.nan), MARKET, inventory=20, risk_aversion=0)
    assert neutral.certainty_equivalent == neutral.mean == 0


def test_short_is_long_turned_over():
    dealer = WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=8, crossing=0.2)
    long, short = (execution_moments(dealer, MARKET, inventory=q, risk_aversion=0.1, crossing=0.2) for q in (5, -5))
    assert long.certainty_equivalent == pytest.approx(short.certainty_equivalent, rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"market": replace(MARKET, drift=1.0)}, "must have neither drift nor jumps"),
        ({"inventory": 21}, "max_inventory must be a whole number of at least 21; got 20"),
        ({"inventory": 1.5}, r"inventory|symbol|must be a whole number"),
        ({"n_steps": 20}, "fill .* times a step; take more n_steps than 20"),
        ({"risk_aversion": -1}, r"risk_aversion|γ"),
    ],
)
def test_what_is_refused(wrong, sentence):
    right = {"policy": SELLER, "market": MARKET, "inventory": 20, "risk_aversion": 0.1}
    with pytest.raises(ParameterError, match=sentence):
        execution_moments(**{**right, **wrong})
