"""Chapter 16: its laws, scenarios and limits to the reference's digits, and the policies that its check judges."""

import numpy as np
import pytest
from mmbook.ch16 import RiskExplorer
from mmbook.ch16.checks import BEST, CAREFUL, UNSEEN, a_policy
from mmbook.ch16.scenes import (
    DESKS,
    MARKET,
    bounded,
    days_with_a_stop,
    glft,
    law_of,
    stressed,
    years,
)

from mmlab import exact_moments
from mmlab.measure.backtests import acerbi_szekely
from mmlab.simulation import profit_law
from mmlab.teach import check

BOUNDED = [
    (2, 56.883767, -38.237713, -36.189057),
    (4, 62.553506, -39.369214, -28.673772),
    (6, 64.766794, -36.840462, -17.143181),
    (8, 66.022982, -33.482186, -6.081204),
    (12, 67.380309, -27.749119, 12.016285),
    (16, 67.928760, -24.781624, 23.221824),
]


@pytest.mark.parametrize(("limit", "mean", "calm", "sinking"), BOUNDED)
def test_a_scenario_matrix_of_limits(limit, mean, calm, sinking):
    laws = [profit_law(bounded(limit), market) for market in (MARKET, stressed(drift=-6.0))]
    assert [law.mean for law in laws] == pytest.approx([mean, mean], abs=1e-6)  # an unseen drift
    assert [law.expected_shortfall(0.01) for law in laws] == pytest.approx([calm, sinking], abs=1e-6)


def test_stresses_of_a_desk_that_believes_2():
    printed = [-49.1784, -47.6498, -43.7433, -47.9384, -46.3506, -42.4264, -43.3023, -41.7781, -38.0182]
    stresses = [stressed(times, drift) for times in (0.5, 1.0, 2.0) for drift in (0.0, -6.0, -12.0)]
    found = [profit_law(DESKS["A–S"], market).expected_shortfall(0.01) for market in stresses]
    assert found == pytest.approx(printed, abs=6e-5)


def test_drawn_years_have_the_laws_shortfall_and_z2_its_sizes():
    law = law_of("symmetric", 1, 0.0)
    var, es = law.value_at_risk(0.025) + law.mean, law.expected_shortfall(0.025) + law.mean
    drawn = years(law, 20_000, seed=5)
    right, normal, small = (
        acerbi_szekely(drawn, *stated, 0.025) for stated in ((var, es), (26.375917, 31.460625), (0.8 * var, 0.8 * es))
    )
    critical = np.quantile(right, 0.05)
    assert critical == pytest.approx(-0.707, abs=0.01)
    for scores, mean, found in ((right, 0.0, 0.05), (normal, -0.206213, 0.145), (small, -0.9875, 0.67)):
        assert abs(scores.mean() - mean) < 4 * scores.std() / np.sqrt(len(scores))
        assert (scores < critical).mean() == pytest.approx(found, abs=0.012)


def test_days_with_a_stop_that_never_comes_are_the_exact_days_and_a_drift_against_them_costs_what_is_held():
    model, days = glft(0.1), days_with_a_stop(glft(0.1), np.inf, n_days=20_000, seed=3)
    exact = exact_moments(model, MARKET)
    assert abs(days.mean() - exact.mean) < 4 * exact.sd / np.sqrt(20_000)
    assert days.std() == pytest.approx(exact.sd, rel=0.03)
    against = days_with_a_stop(model, np.inf, n_days=20_000, seed=3, against=4.0)
    assert (days - against).mean() == pytest.approx(4 * 1.70454257, rel=0.01)


def test_a_stop_makes_the_worst_days_worse_and_the_grids_best_policy_survives_both_seasons():
    for seed in (16, UNSEEN):
        best = a_policy(*BEST, seed)
        assert best.worst > 0
        assert a_policy(*BEST[:2], 20.0, seed).worst < best.worst
        assert best.calm > a_policy(*CAREFUL, seed).calm + 0.4


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ((0.01, 13, None), "100 of 100"),
        ((0.1, 24, None), "0 of 100, and 50 pass"),
        ((0.003, 24, None), "the worst 1% of the bad days lose"),
        ((0.01, 13, 20), "the worst 1% of the bad days lose"),
        ((0.1, 24), "the answer is three things"),
        ((0.1, 2.5, None), "whole number"),
        ((-1, 12, None), "risk_aversion"),
        (0.1, "the answer is three things"),
    ],
)
def test_a_policy_is_judged(policy, says):
    assert says in check("risk-policy", policy).message


def test_a_move_of_the_explorer_reads_laws_that_are_there():
    RiskExplorer()
    before = law_of.cache_info().misses
    explorer = RiskExplorer()
    for values in ({"policy": 3}, {"times": 2, "sinks": 2}, {"tail": 0.05}):
        explorer.set(**values)
    assert law_of.cache_info().misses == before == 30


def test_the_tasks_of_the_explorer_can_be_done():
    explorer = RiskExplorer()
    explorer.set(times=2, sinks=1, policy=2)
    assert "✔" not in explorer.words
    explorer.set(policy=1)
    assert "✔ Done: at ×σ 2" in explorer.words
    explorer.set(times=1, sinks=0, policy=0, tail=0.03)
    assert "✔ Done: calm, policy 0" in explorer.words
