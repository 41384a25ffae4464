"""A policy over two assets, exactly, against the tables of reference_desk.md §B."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmlab import Market, ParameterError, simulate
from mmlab.market import MultiAssetMarket
from mmlab.models import SeveralAssets
from mmlab.simulation import continuous_certainty_equivalent, joint_moments

M = Market.avellaneda_stoikov_2008()


@cache
def quoter(rho, solution="exact", max_inventory=12):
    market = MultiAssetMarket.alike(M, 2, rho)
    return SeveralAssets(risk_aversion=0.1, max_inventory=max_inventory, market=market, solution=solution)


POLICIES = {
    (0.6, "exact"): (135.210158, 11.690678, 128.525410),
    (0.6, "alone"): (135.083304, 11.806436, 128.250604),
    (0.6, "stationary"): (134.938159, 11.561442, 128.396369),
    (0.6, "tanh"): (135.235434, 11.714459, 128.522792),
    (0.9, "exact"): (135.387229, 11.415267, 129.010097),
    (0.9, "alone"): (135.083304, 11.806436, 128.231529),
    (0.9, "stationary"): (135.181811, 11.331664, 128.895895),
    (0.9, "tanh"): (135.394124, 11.468589, 128.951308),
}


@pytest.mark.parametrize("case", POLICIES)
def test_every_policy_of_the_table(case):
    rho, kind = case
    model = quoter(rho)
    policy = model.alone if kind == "alone" else replace(model, solution=kind)
    mean, sd, worth = joint_moments(policy, model.market, 0.1, n_steps=500)
    assert_allclose([mean, sd], POLICIES[case][:2], rtol=0, atol=6e-7)
    assert_allclose(worth, POLICIES[case][2], rtol=0, atol=1.1e-6)


@pytest.mark.parametrize("rho", [0, 0.6, 0.9, -0.9])
def test_desks_that_do_not_talk_risk_the_same_at_every_correlation(rho):
    model = quoter(rho)
    mean, sd, _ = joint_moments(model.alone, model.market, 0.1)
    assert_allclose([mean, sd], (135.083304, 11.806436), rtol=0, atol=6e-7)


WIDE = {
    (0.6, "exact"): 128.528858,
    (0.9, "exact"): 129.043553,
}


@pytest.mark.parametrize("case", WIDE)
def test_on_a_wide_grid_the_tanh_loses_nearly_nothing(case):
    rho, _ = case
    model = quoter(rho, "exact", 18)
    best = float(model.value([0, 0], 1))
    assert_allclose(best, WIDE[case], rtol=0, atol=6e-7)
    lost = {k: best - joint_moments(p, model.market, 0.1, n_steps=400).certainty_equivalent
            for k, p in {"alone": model.alone, "tanh": replace(model, solution="tanh")}.items()}  # fmt: skip
    assert_allclose(lost["alone"], {0.6: 0.2772, 0.9: 0.8111}[rho], atol=6e-5)
    assert_allclose(lost["tanh"], {0.6: 0.0002, 0.9: 0.0006}[rho], atol=6e-5)


@pytest.mark.parametrize(
    ("rho", "tanh", "stationary"), [(0, 0.0008, 0.131), (0.95, 0.183, 0.116), (0.99, 0.645, 0.268)]
)
def test_near_the_bound_the_tanh_loses_more_than_the_stationary(rho, tanh, stationary):
    model = quoter(rho)
    lost = [float(model.value([0, 0], 1)) - joint_moments(replace(model, solution=s), model.market, 0.1, n_steps=240)[2]
            for s in ("tanh", "stationary")]  # fmt: skip
    assert_allclose(lost, (tanh, stationary), atol=6e-4)


@pytest.mark.parametrize(("start", "costs"), [((5, -5), 1.0831), ((5, 5), 0.9052), ((0, 0), 0.7905)])
def test_alone_costs_most_where_the_pair_is_hedged(start, costs):
    joint = quoter(0.9, "stationary")
    worth = [joint_moments(p, joint.market, 0.1, inventory=start)[2] for p in (joint, joint.alone)]
    assert_allclose(worth[0] - worth[1], costs, atol=6e-5)


LIMITS = {3: (117.732031, 11.727832, 110.8244), 4: (122.314699, 12.716905, 114.0109),
          6: (127.480590, 14.625399, 115.6068), 8: (130.445314, 16.406754, 113.3673)}  # fmt: skip


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_of_each_asset(limit):
    market = quoter(0.9).market
    found = joint_moments(lambda q, tau: (0.75 + 0 * q, 0.75 + 0 * q), market, 0.1, max_inventory=limit)
    assert_allclose(found[:2], LIMITS[limit][:2], rtol=0, atol=6e-7)
    assert_allclose(found[2], LIMITS[limit][2], rtol=0, atol=6e-5)


def test_steps_that_are_too_long_are_refused_and_what_is_asked_for_then_works():
    model = quoter(0.9, "tanh")
    with pytest.raises(ParameterError, match="would explode: take 213 n_steps"):
        joint_moments(model, model.market, 0.1, n_steps=100)
    assert_allclose(joint_moments(model, model.market, 0.1, n_steps=213).certainty_equivalent, 128.9513, atol=2e-4)


def test_one_asset_is_the_continuous_certainty_equivalent():
    market = MultiAssetMarket.alike(M, 1, 0.0)
    model = SeveralAssets(risk_aversion=0.1, max_inventory=12, market=market)
    known = continuous_certainty_equivalent(lambda q, tau: of_one(model, q, tau), M, 0.1, max_inventory=12)
    assert_allclose(joint_moments(model, market, 0.1, n_steps=600).certainty_equivalent, known, atol=1e-6)


def of_one(model, q, tau):
    q, tau = np.broadcast_arrays(q, tau)
    sides = [model.depths([row], float(at)) for row, at in zip(np.atleast_2d(q), np.atleast_2d(tau)[:, 0], strict=True)]
    return tuple(np.array([side[i][0] for side in sides]).reshape(q.shape) for i in (0, 1))


def test_the_tape_agrees():
    model = quoter(0.9, "tanh")
    tape = model.market.tape(n_paths=2_000, n_steps=400, seed=7)
    profit = model.market.by_asset(simulate(model, tape).pnl).sum(axis=0)
    mean, sd, _ = joint_moments(model, model.market, 0.1)
    assert abs(profit.mean() - mean) < 4 * sd / np.sqrt(2_000) + 0.3  # and what steps of 1/400 change
    assert abs(profit.std() / sd - 1) < 0.08


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        ({"drift": 1.0}, {}, "neither drift nor jumps"),
        ({"jump": (0.1, 0.1)}, {}, "neither drift nor jumps"),
        ({}, {"max_inventory": None}, "max_inventory must be a whole number"),
    ],
)
def test_refusals(change, more, words):
    market = MultiAssetMarket((replace(M, mid_move="normal", **change),), 0)
    with pytest.raises(ParameterError, match=words):
        joint_moments(lambda q, tau: (q, q), market, 0.1, **({"max_inventory": 3} | more))
