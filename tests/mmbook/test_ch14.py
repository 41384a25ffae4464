"""Chapter 14: its tables to the reference's digits, its limit on a tape, its investors, its explorer's tasks."""

import numpy as np
import pytest
from mmbook.ch14 import AssetsExplorer
from mmbook.ch14.scenes import (
    DESKS,
    GAMMA,
    MARKET,
    RiskLimit,
    earned_and_risked,
    limited,
    outcome,
    plug_in,
    quoter,
)

from mmlab import Desk, Symmetric, simulate
from mmlab.market import MultiAssetMarket
from mmlab.measure.capital import estimated_utility
from mmlab.teach import check

PORTFOLIO = {
    5: (122.591006, 12.592149, 114.5004),
    6: (125.378027, 13.198397, 116.3907),
    8: (128.558588, 14.437111, 117.4094),
    10: (130.402315, 15.601653, 116.7674),
}


@pytest.mark.parametrize("limit", PORTFOLIO)
def test_limits_of_the_portfolio(limit):
    mean, sd, worth = limited(limit, True)
    assert (mean, sd) == pytest.approx(PORTFOLIO[limit][:2], abs=6e-7)
    assert worth == pytest.approx(PORTFOLIO[limit][2], abs=6e-5)


def test_of_limits_of_each_asset_six_clips_are_worth_the_most():
    worth = {size: limited(size, False).certainty_equivalent for size in (5, 6, 7)}
    assert max(worth, key=worth.get) == 6


@pytest.mark.parametrize(("rho", "bound", "apart"), [(0.99, 12, 0.0252), (0.99, 24, 0.0103), (1.0, 24, 0.0007)])
def test_a_hedged_pair_is_quoted_as_none_held_but_for_the_bound_and_what_rho_lacks(rho, bound, apart):
    bids = quoter(2, rho, "exact", bound).depths([[0, 3], [0, -3]], 1)[0][0]
    assert np.diff(bids)[0] == pytest.approx(apart, abs=6e-5)


def test_a_portfolio_limit_of_a_few_clips_is_worse_than_that_of_each_asset_and_a_wider_one_better():
    for size in (2, 3, 4):
        assert limited(size, True).certainty_equivalent < limited(size, False).certainty_equivalent
    wide, each = limited(10, True), limited(8, False)
    assert wide.certainty_equivalent - each.certainty_equivalent == pytest.approx(3.4, abs=0.01)
    assert each.sd - wide.sd == pytest.approx(0.81, abs=0.006)


@pytest.mark.parametrize(("rho", "limit"), [(0.9, 4), (0.9, 9), (0.0, 5), (-0.9, 6), (1.0, 5)])
def test_no_step_leads_beyond_the_risk_limit_and_the_desk_never_stands_still(rho, limit):
    pair = MultiAssetMarket.alike(MARKET, 2, rho)
    own = RiskLimit(pair.correlation, limit)
    desk = Desk(model=Symmetric.for_market(MARKET, risk_aversion=GAMMA), limits=(own,))
    history = simulate(desk, pair.tape(n_paths=100, n_steps=300, seed=9))
    q = pair.by_asset(history.inventory)
    assert np.einsum("tip,ij,tjp->tp", q, np.array(pair.correlation), q).max() <= limit**2 + 1e-9
    quotes = pair.by_asset(history.bid_size + history.ask_size).sum(axis=1)
    assert quotes.min() > 0


def test_the_limit_in_continuous_time_asks_for_no_room():
    q = np.array([[3.0], [2.0]])
    strict, loose = (RiskLimit([[1, 0.0], [0.0, 1]], 5, together=n).allowed(q)[..., 0] for n in (2, 1))
    assert loose.all()
    assert strict.tolist() == [[False, False], [True, True]]


def test_ten_assets_gain_what_the_law_says():
    ten = quoter(10, 0.5)
    tape = ten.market.tape(n_paths=200, n_steps=500, seed=14)
    together, apart = (np.subtract(*earned_and_risked(dealer, tape)) for dealer in (ten, ten.alone))
    gain = together - apart
    error = gain.std() / np.sqrt(len(gain))
    assert abs(gain.mean() - (ten.alone.risk_cost - ten.risk_cost)) < 3 * error
    assert gain.mean() / together.mean() < 0.01


def test_common_flows_make_a_day_wilder_and_earn_no_more():
    dealer, sd = quoter(2, 0.9), {}
    for share in (0.0, 1.0):
        market = MultiAssetMarket(dealer.market.markets, 0.9, common_flow=share)
        tape = market.tape(n_paths=500, n_steps=800, seed=15)
        profit = market.by_asset(simulate(dealer.alone, tape).pnl).sum(axis=0)
        sd[share] = profit.std()
        assert profit.mean() == pytest.approx(135.083304, abs=4 * profit.std() / np.sqrt(500))
    assert sd[0] == pytest.approx(11.806436, rel=0.1)
    assert sd[1] / sd[0] > 1.25


def test_investors_of_sixty_days_pay_kan_and_zhous_bill():
    utilities = plug_in(60, 3)
    error = utilities.std() / np.sqrt(len(utilities))
    assert abs(utilities.mean() - estimated_utility(0.2, 60, 3)) < 4 * error
    assert (utilities < 0).mean() == pytest.approx(0.58, abs=0.015)


def test_diversification_of_the_three_desks():
    apart, whole = np.sqrt(np.diag(DESKS)).sum(), np.sqrt(DESKS.sum())
    assert (apart, whole) == pytest.approx((49, 38.649709), abs=6e-7)
    assert 1 - whole / apart == pytest.approx(0.211230, abs=6e-7)


def test_a_fill_of_the_other_moves_the_bid_by_what_the_reference_says():
    dealer = quoter(2, 0.9, "exact")
    moved = np.diff([dealer.depths(q, 1)[0][0] for q in ([0, 0], [0, 1])])
    assert moved == pytest.approx(0.0278, abs=5e-5)
    assert outcome("exact", 0.9).certainty_equivalent - outcome("alone", 0.9).certainty_equivalent == pytest.approx(
        0.7786, abs=6e-5
    )


def test_the_explorers_tasks_can_be_done_and_are_not_done_by_standing_still():
    explorer = AssetsExplorer()
    assert explorer.words.count("✔ Done") == 0
    explorer.set(correlation=0.9, held_1=5, held_2=-8)
    assert explorer.words.count("✔ Done") == 1
    explorer.set(correlation=0.78, held_1=6, held_2=-6, limit=4, of_the_pair=1)
    assert explorer.words.count("✔ Done") == 1
    explorer.set(correlation=0.9)
    assert explorer.words.count("✔ Done") == 0


@pytest.mark.parametrize(
    ("may_hold", "says"),
    [
        (lambda q1, q2: abs(q1 + q2) <= 8, "score 101.3"),
        (lambda q1, q2: q1**2 + q2**2 + 1.8 * q1 * q2 <= 64, "score 100.0"),
        (lambda q1, q2: max(abs(q1), abs(q2)) <= 6, "score 0.0: with 169 positions"),
        (lambda q1, q2: True, "knows nothing of ρ"),
        (lambda q1, q2: abs(q1 + q2) <= 5, "half of the way"),
        (lambda q1, q2: False, "the day begins there"),
    ],
)
def test_limits_are_scored_by_what_a_day_is_worth(may_hold, says):
    assert says in check("limits-of-a-pair", may_hold).message
