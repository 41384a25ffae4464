"""Almgren and Chriss: the reference's digits, the optimum by linear algebra, limits, laws and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.models import AlmgrenChriss

PAPER = AlmgrenChriss(
    position=1e6,
    horizon=5,
    n_slices=5,
    volatility=0.95,
    temporary_impact=2.5e-6,
    permanent_impact=2.5e-7,
    half_spread=0.0625,
    risk_aversion=1e-6,
)
FRONTIER = [
    (0.0, 0.0, 662500.0, 1040672.8593, 2374254.53),
    (1e-7, 0.19462855, 670057.46, 961622.9023, 2251786.38),
    (1e-6, 0.60707616, 911226.9863, 603430.6688, 1903782.11),
    (2e-6, 0.84629713, 1140715.167, 449367.6525, 1879859.18),
    (1e-5, 1.72671087, 1845211.2616, 171712.4057, 2127653.04),
]


def test_the_papers_holdings():
    assert PAPER.kappa == pytest.approx(0.607076163247, abs=5e-13)
    assert PAPER.holdings == pytest.approx([1e6, 541955.5544, 289854.2194, 147897.4878, 62141.8016, 0], abs=5e-5)
    assert PAPER.expected_cost == pytest.approx(911226.9863, abs=5e-5)
    assert PAPER.variance == pytest.approx(3.641286e11, rel=2e-7)


@pytest.mark.parametrize(("aversion", "kappa", "cost", "sd", "at_risk"), FRONTIER)
def test_the_frontier(aversion, kappa, cost, sd, at_risk):
    model = replace(PAPER, risk_aversion=aversion)
    assert model.kappa == pytest.approx(kappa, abs=5e-9)
    costs, sds = PAPER.frontier([[aversion], [1e-6]])
    assert (costs[0, 0], sds[0, 0]) == pytest.approx((cost, sd), abs=6e-5)
    assert (costs[1, 0], sds[1, 0]) == (PAPER.expected_cost, np.sqrt(PAPER.variance))
    assert cost + 1.6448536 * sd == pytest.approx(at_risk, abs=0.2)  # the table took 1.645


def test_all_at_once_is_the_other_end():
    cost, sd = PAPER.frontier(1e9)
    assert cost == pytest.approx(2562500, rel=1e-9)
    assert sd == pytest.approx(0, abs=1e-6)
    assert np.isfinite(replace(PAPER, risk_aversion=1e30).holdings).all()


def test_the_frontier_is_flat_at_twap():
    cost, sd = PAPER.frontier([0.0, 1e-7])
    assert 1 - sd[1] / sd[0] == pytest.approx(0.076, abs=5e-4)
    assert cost[1] / cost[0] - 1 == pytest.approx(0.0114, abs=5e-5)
    for aversion in (1e-7, 1e-6, 1e-5):
        (low, high), (near, far) = PAPER.frontier([aversion * (1 - 1e-6), aversion * (1 + 1e-6)])
        assert (high - low) / (far - near) == pytest.approx(-2 * aversion * (near + far) / 2, rel=1e-4)


def test_the_value_at_risk_is_least_where_twice_lambda_times_sd_is_its_quantile():
    quantile = 1.6448536269514722
    cost, sd = PAPER.frontier(1.694113e-6)
    assert cost + quantile * sd == pytest.approx(1877135.6457, abs=5e-5)
    assert 2 * 1.694113e-6 * sd == pytest.approx(quantile, rel=1e-6)
    for other in (1.6e-6, 1.8e-6):
        more, deviation = PAPER.frontier(other)
        assert more + quantile * deviation > cost + quantile * sd


def test_the_continuous_limit_and_half_of_its_variance_in_five_slices():
    fine = replace(PAPER, n_slices=5_000)
    assert fine.expected_cost == pytest.approx(964514.3, abs=0.05)
    assert fine.variance == pytest.approx(7.319806e11, rel=1e-6)
    assert fine.holdings[1_000] == pytest.approx(545204.3, abs=0.05)
    finer = replace(PAPER, n_slices=100_000)
    assert finer.kappa == pytest.approx(0.600832755, rel=1e-5)
    assert finer.variance == pytest.approx(7.32447762e11, rel=1e-4)
    assert PAPER.variance / finer.variance == pytest.approx(0.497, abs=5e-4)
    limit = [  # an error of first order, taken out
        2 * getattr(replace(PAPER, n_slices=100_000), name) - getattr(replace(PAPER, n_slices=50_000), name)
        for name in ("expected_cost", "variance", "kappa")
    ]
    assert limit == pytest.approx([964537.1481, 7.32447762e11, 0.600832755], rel=2e-9)
    fifth = 2 * replace(PAPER, n_slices=100_000).holdings[20_000] - replace(PAPER, n_slices=50_000).holdings[10_000]
    assert fifth == pytest.approx(545212.182, abs=2e-3)


def test_a_drift_holds_more():
    drifting = replace(PAPER, drift=0.02)
    assert drifting.holdings[1:-1] == pytest.approx([546342.2873, 296084.1174, 154127.3858, 66528.5345], abs=5e-5)
    wished = 0.02 / (2 * 1e-6 * 0.95**2)
    assert wished == pytest.approx(11080.332410, abs=5e-7)


def objective(model, holdings):
    """E + λV of any holdings, from the paper's sums."""
    tau = model.horizon / model.n_slices
    eta = model.temporary_impact - model.permanent_impact * tau / 2
    sold, held = -np.diff(holdings), holdings[1:]
    cost = model.permanent_impact * model.position**2 / 2 + model.half_spread * np.abs(sold).sum()
    cost += eta / tau * (sold**2).sum() - model.drift * tau * held.sum()
    return cost + model.risk_aversion * model.volatility**2 * tau * (held**2).sum()


@pytest.mark.parametrize("drift", [0.0, 0.02])
def test_linear_algebra_finds_the_same_schedule_and_no_other_is_better(drift):
    model = replace(PAPER, drift=drift, n_slices=12)
    tau = model.horizon / 12
    eta = (model.temporary_impact - model.permanent_impact * tau / 2) / tau
    pull = model.risk_aversion * model.volatility**2 * tau
    matrix = np.diag(np.full(11, 2 * eta + pull)) - eta * (np.eye(11, k=1) + np.eye(11, k=-1))
    right = np.full(11, drift * tau / 2)
    right[0] += eta * model.position
    assert model.holdings[1:-1] == pytest.approx(np.linalg.solve(matrix, right), rel=1e-11)
    best = objective(model, model.holdings)
    assert best == pytest.approx(model.expected_cost + model.risk_aversion * model.variance, rel=1e-12)
    rng = np.random.default_rng(1)
    for _ in range(20):
        other = model.holdings.copy()
        other[1:-1] += 1e4 * rng.standard_normal(11)
        assert objective(model, other) > best


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4))
def test_permanent_impact_costs_the_same_whatever_the_schedule(inner):
    holdings = np.array([1e6, *inner, 0.0])
    costs = [
        objective(replace(PAPER, permanent_impact=theta, temporary_impact=2.5e-6 + theta / 2), holdings)
        for theta in (0.0, 2.5e-7)
    ]
    assert costs[1] - costs[0] == pytest.approx(0.5 * 2.5e-7 * 1e12, rel=1e-6)


def test_laws_of_scale_and_side():
    clips = replace(
        PAPER, position=1e4, temporary_impact=2.5e-4, permanent_impact=2.5e-5, risk_aversion=1e-4, half_spread=0.0625
    )
    assert 100 * clips.holdings == pytest.approx(PAPER.holdings, rel=1e-12)
    assert 100 * clips.expected_cost == pytest.approx(PAPER.expected_cost, rel=1e-12)
    bought = replace(PAPER, position=-1e6)
    assert np.array_equal(bought.holdings, -PAPER.holdings)
    assert (bought.expected_cost, bought.variance) == (PAPER.expected_cost, PAPER.variance)


def test_one_slice_one_clip_and_no_impact_to_speak_of():
    once = replace(PAPER, n_slices=1)
    assert once.holdings.tolist() == [1e6, 0]
    assert once.variance == 0
    short = replace(PAPER, horizon=1e-9, risk_aversion=0.0)
    assert short.holdings == pytest.approx(np.linspace(1e6, 0, 6))
    one = AlmgrenChriss(
        position=1, horizon=1, n_slices=20, volatility=2, temporary_impact=1e-9, risk_aversion=0.05, half_spread=0.75
    )
    assert one.expected_cost == pytest.approx(0.75, abs=1e-6)
    assert PAPER.schedule.sold == pytest.approx(-np.diff(PAPER.holdings))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"risk_aversion": -1e-9}, r"risk_aversion \(λ\) must be a finite number at least 0 .*; got -1e-09"),
        ({"permanent_impact": 6e-6}, r"temporary_impact \(η\) 2\.5e-06 must be above ½θτ = 3e-06.*take more slices"),
        ({"temporary_impact": 0.0}, r"temporary_impact \(η\) must be .* above 0"),
        ({"n_slices": 0}, r"n_slices \(N\) must be a whole number at least 1"),
        ({"drift": 0.02, "risk_aversion": 0.0}, r"With a drift \(α\), risk_aversion \(λ\)"),
        ({"horizon": 0.0}, r"horizon \(T\) must be .* above 0"),
    ],
)
def test_what_is_refused(wrong, sentence):
    with pytest.raises(ParameterError, match=sentence):
        replace(PAPER, **wrong)


def test_more_slices_are_taken_where_one_would_be_paid_for():
    assert replace(PAPER, permanent_impact=6e-6, n_slices=7).expected_cost > 0
