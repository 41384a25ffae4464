"""Several assets quoted at once, against reference_desk.md §B: exact grid, closed form, the law of the trace."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmlab import GueantLehalleFernandezTapia, ParameterError, simulate
from mmlab.market import Exponential, Linear, Market, MultiAssetMarket
from mmlab.models import SeveralAssets, skew_matrix
from mmlab.simulation import rebuild

M = Market.avellaneda_stoikov_2008()


def quoter(n, rho, solution="tanh", max_inventory=12):
    market = MultiAssetMarket.alike(M, n, rho)
    return SeveralAssets(risk_aversion=0.1, max_inventory=max_inventory, market=market, solution=solution)


EXACT = {
    0: (128.26584776, 0.67162812, 0.82850314, 0.67162812, 0.82850314, 0.82850314),
    0.6: (128.52541026, 0.67026373, 0.81908328, 0.72000418, 0.76951662, 0.86836138),
    0.9: (129.01009740, 0.66761249, 0.80076308, 0.75071684, 0.71803129, 0.88304075),
    0.99: (129.30226234, 0.66580889, 0.78840956, 0.76446939, 0.69098712, 0.88600548),
}
STATES = np.array([[0, 0], [3, 0], [0, 3], [3, -3], [3, 3]]).T


@pytest.mark.parametrize("rho", EXACT)
def test_two_assets_exactly(rho):
    model = quoter(2, rho, "exact")
    assert_allclose(model.value([0, 0], 1), EXACT[rho][0], rtol=0, atol=5e-9)
    assert_allclose(model.depths(STATES, 1)[0][0], EXACT[rho][1:], rtol=0, atol=5e-9)


@pytest.mark.parametrize("rho", [0.6, 1])
def test_a_negative_correlation_mirrors_one_asset(rho):
    mirror = np.array([[1], [-1]])
    plus, minus = quoter(2, rho, "exact"), quoter(2, -rho, "exact")
    assert_allclose(minus.value([0, 0], 1), plus.value([0, 0], 1), rtol=1e-12)
    assert_allclose(minus.depths(STATES, 0.4)[0][0], plus.depths(STATES * mirror, 0.4)[0][0], rtol=1e-9)
    assert_allclose(quoter(2, -rho).skew(0.3), quoter(2, rho).skew(0.3) * (mirror @ mirror.T), rtol=1e-9)


def test_without_correlation_it_is_two_desks():
    q = np.arange(-12.0, 13)
    alone = GueantLehalleFernandezTapia.for_market(M, risk_aversion=0.1, max_inventory=12)
    both = quoter(2, 0, "exact").depths([q, 0 * q], 0.7)
    assert_allclose([side[0] for side in both], alone.depths(q, 0.7), rtol=1e-10)
    assert_allclose(quoter(2, 0, "exact").value([0, 0], 1), 2 * alone.value(0, 1), rtol=1e-12)
    assert_allclose(alone.value(0, 1), 64.13292388, rtol=0, atol=5e-9)


def test_one_asset_is_chapter_03():
    q = np.arange(-12.0, 13)
    for solution, same in (("exact", "exact"), ("stationary", "closed form")):
        known = GueantLehalleFernandezTapia.for_market(M, risk_aversion=0.1, max_inventory=12, solution=same)
        depths = quoter(1, 0.3, solution).depths([q], 0.37)
        assert_allclose([side[0] for side in depths], known.depths(q, 0.37), rtol=1e-11)
    assert_allclose(
        quoter(1, 0, "exact").value([q], 0.123), replace(known, solution="exact").value(q, 0.123), rtol=1e-10
    )


def test_between_its_times_the_exact_grid_is_not_its_times():
    model = quoter(2, 0.9, "exact")
    off, on = model.depths([1, 2], 0.5025), model.depths([1, 2], 0.5)
    assert_allclose(off, on, atol=1e-3)
    assert not np.array_equal(off, on)
    assert_allclose(model.value(STATES, 0), 0, atol=1e-12)


def test_gamma_of_the_reference_and_its_equation():
    model = quoter(2, 0.9, "stationary")
    gamma = model.skew(np.inf)
    assert_allclose(gamma[0], (0.04382084, 0.02746642), rtol=0, atol=5e-9)
    assert_allclose(quoter(1, 0).skew(np.inf), 0.05171722, rtol=0, atol=5e-9)
    sigma, d = np.array([[4, 1, -2], [1, 3, 0.5], [-2, 0.5, 5]]), np.array([70, 20, 90])
    gamma = skew_matrix(sigma, d, 0.3)
    assert_allclose(gamma @ np.diag(d) @ gamma, 0.15 * sigma, rtol=1e-10)
    assert_allclose(gamma, gamma.T)
    assert (np.sign(gamma) == np.sign(sigma)).all()  # here; with other matrices an entry may turn


def test_gamma_with_an_end_solves_riccati():
    sigma, d, h = np.array([[4, 1.5], [1.5, 3]]), np.array([70.0, 20]), 1e-5
    slope = (skew_matrix(sigma, d, 0.3, 0.04 + h) - skew_matrix(sigma, d, 0.3, 0.04 - h)) / (2 * h)
    now = skew_matrix(sigma, d, 0.3, 0.04)
    assert_allclose(slope, 2 * (0.15 * sigma - now @ np.diag(d) @ now), rtol=1e-6)
    assert_array_equal(skew_matrix(sigma, d, 0.3, 0), np.zeros((2, 2)))
    for past in (-0.04, np.nan):
        with pytest.raises(ParameterError, match="time_left"):
            skew_matrix(sigma, d, 0.3, past)
    assert_allclose(skew_matrix(sigma, d, 0.3, 50), skew_matrix(sigma, d, 0.3), rtol=1e-10)


def test_the_skew_is_linear_in_price_and_falls_with_more_clients():
    sigma, d = np.array([[4, 1.5], [1.5, 3]]), np.array([70.0, 20])
    assert_allclose(skew_matrix(9 * sigma, d / 3, 0.1 / 3), 3 * skew_matrix(sigma, d, 0.1))  # another currency
    assert_allclose(skew_matrix(sigma, 4 * d, 0.1), skew_matrix(sigma, d, 0.1) / 2)


@pytest.mark.parametrize("rho", [-1, 1])
def test_a_covariance_without_inverse_is_no_hindrance(rho):
    gamma = quoter(2, rho).skew(np.inf)
    assert np.isfinite(gamma).all()
    assert_allclose(gamma @ [1, -rho], 0, atol=1e-9)  # a hedged pair is not skewed
    assert_array_equal(skew_matrix(np.zeros((2, 2)), [1, 1], 0.1), np.zeros((2, 2)))


LAW = {
    (2, 0.9): (4.36897103, 5.15624557, 0.152684),
    (30, 0.5): (63.01731461, 77.34368359, 0.185230),
    (100, 0.5): (198.79880711, 257.81227864, 0.228901),
    (100, 0.9): (105.18393132, 257.81227864, 0.592013),
}


@pytest.mark.parametrize("case", LAW)
def test_the_law_of_the_trace(case):
    n, rho = case
    model, (joint, alone, saved) = quoter(*case), LAW[case]
    assert_allclose([model.risk_cost, model.alone.risk_cost], (joint, alone), rtol=0, atol=5e-9)
    assert_allclose(1 - joint / alone, saved, rtol=0, atol=5e-7)
    by_hand = 2 * ((n - 1) * np.sqrt(1 - rho) + np.sqrt(1 + (n - 1) * rho))
    assert_allclose(joint, np.sqrt(0.1 * model.traded[0] / 2) / 1.5 * by_hand, rtol=1e-8)


def test_the_law_for_ten_assets_at_the_mean_less_a_penalty():
    sigma, d = quoter(10, 0.5).market.covariance, np.full(10, 140 * 1.5 / np.e)
    joint, alone = (np.trace(np.diag(d) @ skew_matrix(s, d, 0.1)) / 1.5 for s in (sigma, np.diag(np.diag(sigma))))
    assert_allclose(alone - joint, 3.382638, rtol=0, atol=5e-7)


def test_the_laws_differences_are_the_tables():
    assert_allclose(
        [m.alone.risk_cost - m.risk_cost for m in (quoter(2, 0.6), quoter(2, 0.9))], (0.2646, 0.7873), atol=5e-5
    )


def test_it_runs_on_a_tape_over_all_assets_by_the_same_rule():
    model = quoter(3, 0.5)
    tape = model.market.tape(n_paths=5, n_steps=40, seed=6)
    history = simulate(model, tape)
    n, at = 17, model.market.by_asset
    bid, ask = model.depths(at(history.inventory[n]), tape.time_left[n])
    assert_allclose(at(history.mid[n] - history.bid_price[n]), bid, rtol=1e-12)
    assert_array_equal(history.bid_fill[n] > 0, bid.ravel() <= tape.sell_reach[n])
    assert_array_equal(history.ask_fill[n] > 0, ask.ravel() <= tape.buy_reach[n])
    assert rebuild(history, tape).hash == history.hash


def test_no_quote_beyond_the_bound():
    for solution in ("exact", "tanh", "stationary"):
        bid, ask = quoter(2, 0.6, solution).depths([[12], [-12]], 0.5)
        assert_array_equal(np.isnan([bid, ask])[..., 0], [[True, False], [False, True]])


def refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_refusals():
    two = quoter(2, 0.6)
    refused(lambda: skew_matrix([[1, 2], [2, 1]], [1, 1], 0.1), "covariance .Σ. .* smallest eigenvalue is -1")
    refused(lambda: skew_matrix(np.eye(2), [1, 0], 0.1), "traded .D. must be a number above 0")
    refused(lambda: skew_matrix(np.eye(2), [1], 0.1), "traded .D.")
    markets = [replace(M, mid_move="normal", intensity=Exponential(arrival_rate=140, fill_decay=k)) for k in (1, 2)]
    unequal = MultiAssetMarket(tuple(markets), 0.5)
    refused(lambda: replace(two, market=unequal, solution="exact"), r"one fill_decay \(k\) for all; got \[1.0, 2.0\]")
    assert np.isfinite(replace(two, market=unequal).depths([0, 0], 1)).all()
    linear = replace(M, mid_move="normal", intensity=Linear(demand_intercept=140, demand_slope=100))
    refused(lambda: replace(two, market=MultiAssetMarket((linear,), 0)), "Exponential flows")
    refused(lambda: quoter(5, 0.5, "exact"), "9,765,625 states")
    refused(lambda: quoter(2, 0.5, "exact").depths([0.5, 0], 1), "whole clips alone; got 0.5")
    refused(lambda: two.depths([0, 0, 0], 1), "needs 2 rows")
    refused(lambda: two.depths([0, 0], [0.5, 1]), "one number")
    refused(lambda: two.depths([13, 0], 1), "beyond max_inventory")
    refused(lambda: two.value([0, 0], 1), "exact solution has")


def test_far_states_need_logarithms_and_have_them():
    wide = quoter(2, 0.9, "exact", 40)
    assert np.isfinite(wide.depths([39, 39], 1)).all()
    assert_allclose(wide.value([0, 0], 1), 129.0435, atol=1e-3)
