"""Chapter 16: its laws, scenarios and limits to the reference's digits, and the policies that its check judges."""

import re

import numpy as np
import pytest
from mmbook.ch16 import RiskExplorer
from mmbook.ch16.checks import BEST, CAREFUL, UNSEEN
from mmbook.ch16.scenes import (
    DESKS,
    MARKET,
    a_policy,
    bounded,
    days_with_a_stop,
    glft,
    law_of,
    stressed,
    years,
)

from mmlab import exact_moments
from mmlab.measure.backtests import acerbi_szekely, christoffersen
from mmlab.simulation import profit_law
from mmlab.teach import check
from tests.mmbook.checking import cell, run_cells

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


def test_overlapping_windows_make_clusters_that_a_test_of_independence_rejects():
    days = years(law_of("symmetric", 1, 0.0), 200, seed=3)
    windows = np.lib.stride_tricks.sliding_window_view(days, 10, axis=1).sum(axis=2)
    found = {}
    for name, sums in (("overlapping", windows), ("apart", days[:, :241])):
        exceptions = sums < np.quantile(sums, 0.05)
        found[name] = np.mean([christoffersen(year, 0.05).independence > 3.84 for year in exceptions])
    assert found["overlapping"] > 0.8
    assert found["apart"] < 0.15


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
        ((None, 24, 0.1), "the answer is three things"),
        ((0.1, 2.5, None), "whole number"),
        ((-1, 12, None), "risk_aversion"),
        (0.1, "the answer is three things"),
    ],
)
def test_a_policy_is_judged(policy, says):
    assert says in check("risk-policy", policy).message


def test_the_right_sum_in_parts_of_other_desks_is_shown_beside_the_right_parts():
    def turned(days, alpha):
        worst = np.argsort(days.sum(axis=0))[: round(alpha * days.shape[1])]
        return -days[::-1, worst].mean(axis=1)

    assert re.search(r"gave \[ *2\.33.*should be \[−17\.5", check("euler-shares", turned).message)


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


@pytest.fixture(scope="module")
def shown():
    return run_cells("16_desk_risk")[1]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("inv_cdf(tail)\n        normal_es", r"symmetric +0\.1% +−11\.4312 +−26\.6418 +−1\.7307 +−22\.9161 +0\.497%"),
        ("inv_cdf(tail)\n        normal_es", r"γ = 0\.1 +5\.0% +−54\.2827 +−54\.1300 +−51\.6768 +−51\.3959 "),
        ("inv_cdf(tail)\n        normal_es", r"γ = 0\.01 +0\.1% +−37\.5500 +−40\.7094 +−33\.2429 +−38\.2286 "),
        (
            "for seed in",
            r"(seed [1-5]: .* is [+−][012]\.\d standard errors.*\n){5}seed 252: .* is \+3\.3 standard errors",
        ),
        ("spread_risk", r"price 4,652,695\.75 \+ spread 216,317\.39"),
        ("spread_risk", r"1 days: 1\.0000 .*\n.*1\.1180 .*\n.*1\.4832 .*\n.*10 days: 1\.9621 .* 3\.1623\n.*2\.6786 "),
        ("spread_risk", r"symmetric +6\.4337 +−33\.0854 +−17\.6423 +−5\.6551"),
        ("acerbi_szekely(drawn", r"below −0\.707, 0\.01% below −1\.69;.* 31\.\d%"),
        ("for budget in", r"budget 0: ±8, .*\nbudget 15: ±12, "),
        ("feared", r"(0\.66\d\d|0\.6454|0\.5754|0\.5108) +\1 +\1"),
        ("basel_zones(rate)", r"8\.11  28\.58  54\.32  75\.81  89\.22  95\.88  98\.63  99\.60  99\.89  99\.97  99\.99"),
        ("time_to_drawdown(d", r"halted at 30, 40, 50: 41 13 3"),
        ("diversification", r"takes off 40\.73%\n\n(.*\n){3}symmetric +44\.4971 +51% +37\.1402 +72%"),
        ("What a perfect", r"3\.16 a day, 790 a year"),
    ],
)
def test_what_the_prose_says_a_cell_computes(shown, part, words):
    assert re.search(words, cell(shown, part))
