"""Backtests against the reference's digits, published tables, and every order in which a few days can come."""

import itertools
from functools import cache
from statistics import NormalDist

import numpy as np
import pytest

from mmlab import AvellanedaStoikov, Market, ParameterError, Symmetric
from mmlab.measure.backtests import (
    ENDS,
    acerbi_szekely,
    basel_zone,
    basel_zones,
    christoffersen,
    counts,
    kupiec,
    rejection_rate,
)
from mmlab.simulation import profit_law

MARKET = Market.avellaneda_stoikov_2008()
RATIOS = [5.025168, 1.176491, 0.108435, 0.094940, 0.769138, 1.956810, 3.555355, 5.496990, 7.733551]
SIZES = [
    (250, 0.01, (1, 6), 0.094760, 0.242732),
    (255, 0.01, (1, 6), 0.092201, 0.257003),
    (1000, 0.01, (5, 16), 0.055077, 0.781549),
    (255, 0.05, (7, 20), 0.045180, 0.852601),
    (1000, 0.05, (38, 64), 0.051414, 0.999963),
]
PUBLISHED = [8.11, 28.58, 54.32, 75.81, 89.22, 95.88, 98.63, 99.60, 99.89, 99.97, 99.99]
"""Basel's table of the cumulative chances [%]."""
CLUSTERED, SPREAD = (40, 41, 100, 101, 102, 200), (20, 60, 100, 140, 180, 220)


@pytest.mark.parametrize(("x", "ratio"), list(enumerate(RATIOS)))
def test_kupiecs_ratio(x, ratio):
    assert kupiec(x, 250, 0.01) == pytest.approx(ratio, abs=5e-7)


@pytest.mark.parametrize(("n_days", "tail", "accepted", "size", "power"), SIZES)
def test_the_true_size_of_kupiecs_test(n_days, tail, accepted, size, power):
    passes = [x for x in range(n_days + 1) if kupiec(x, n_days, tail) <= 3.8414588]
    assert (passes[0], passes[-1]) == accepted
    assert rejection_rate(n_days, tail) == pytest.approx(size, abs=5e-7)
    assert rejection_rate(n_days, tail, 2 * tail) == pytest.approx(power, abs=5e-7)


@pytest.mark.parametrize(
    ("n_days", "tail", "first", "last"),
    [(510, 0.01, 2, 10), (1000, 0.01, 5, 16), (510, 0.05, 17, 35), (255, 0.05, 7, 20)],
)
def test_kupiecs_printed_regions_as_they_are_remembered(n_days, tail, first, last):
    passes = [x for x in range(n_days + 1) if kupiec(x, n_days, tail) <= 3.8414588]
    assert (passes[0], passes[-1]) == (first, last)


def test_no_exception_is_rejected_though_it_is_printed_as_accepted():
    assert kupiec(0, 255, 0.01) == pytest.approx(5.13, abs=5e-3)
    assert counts(250, 0.01)[0] == pytest.approx(0.0811, abs=5e-5)


def test_basels_table_and_zones():
    cumulative = 100 * np.cumsum(counts(250, 0.01))[:11]
    assert cumulative == pytest.approx(PUBLISHED, abs=5e-3)
    assert [basel_zone(x) for x in range(11)] == ["green"] * 5 + ["yellow"] * 5 + ["red"]
    assert basel_zones(0.03)["red"] == pytest.approx(0.2210, abs=5e-5)
    assert basel_zones(0.02)["green"] == pytest.approx(0.4387, abs=5e-5)
    assert sum(basel_zones(0.013).values()) == pytest.approx(1)
    assert tuple(basel_zones(0.01)) == tuple(ENDS)


def days(exceptions, n=250):
    return np.isin(np.arange(1, n + 1), exceptions)


@pytest.mark.parametrize(
    ("exceptions", "steps", "independence", "both"),
    [(CLUSTERED, (240, 3, 3, 3), 15.91529665, 19.47065142), (SPREAD, (237, 6, 6, 0), 0.29632641, 3.85168118)],
)
def test_christoffersens_ratios(exceptions, steps, independence, both):
    found = christoffersen(days(exceptions), 0.01)
    assert found.steps == steps
    assert found.coverage == pytest.approx(3.55535477, abs=5e-9)
    assert found.independence == pytest.approx(independence, abs=5e-9)
    assert found.both == pytest.approx(both, abs=5e-9)


@pytest.mark.parametrize("test", ["coverage", "independence", "both"])
@pytest.mark.parametrize("rate", [0.1, 0.35])
def test_a_rejection_rate_is_the_chance_of_all_rejected_years(test, rate):
    n, tail, rejected = 10, 0.1, 0.0
    bound = 5.991464547 if test == "both" else NormalDist().inv_cdf(0.975) ** 2
    for year in itertools.product((0, 1), repeat=n):
        if getattr(christoffersen(year, tail), test) > bound:
            rejected += rate ** sum(year) * (1 - rate) ** (n - sum(year))
    assert rejection_rate(n, tail, rate, test) == pytest.approx(rejected, abs=1e-12)
    assert rejected > 0.001


def test_a_year_is_too_short_for_independence_and_the_size_of_both_is_not_its_level():
    assert rejection_rate(250, 0.01, test="independence") < 0.04
    assert rejection_rate(250, 0.01, test="both") != pytest.approx(0.05, abs=0.005)


@cache
def about_the_mean(name):
    made = {"symmetric": Symmetric, "AS": AvellanedaStoikov}[name].for_market(MARKET, risk_aversion=0.1)
    law = profit_law(made, MARKET)
    return law, law.value_at_risk(0.025) + law.mean, law.expected_shortfall(0.025) + law.mean


def exact_statistic(law, var, es):
    """E[Z₂] of what is stated, from the law: E[X; X < −VaR] / (α ES) + 1."""
    x = law.mean - var
    return (law.partial_mean(x) - law.mean * law.cdf(x)) / (0.025 * es) + 1


def test_acerbi_and_szekelys_statistic_of_a_right_model_and_of_the_normal_law():
    law, var, es = about_the_mean("symmetric")
    assert (var, es) == (pytest.approx(26.97319414, abs=5e-9), pytest.approx(36.04496128, abs=1e-8))
    assert exact_statistic(law, var, es) == pytest.approx(0, abs=1e-9)
    assert exact_statistic(law, 26.375917, 31.460625) == pytest.approx(-0.206213, abs=5e-7)
    assert exact_statistic(law, 0.8 * var, 0.8 * es) == pytest.approx(-0.9875, abs=5e-5)
    assert law.cdf(-0.8 * (law.value_at_risk(0.01) + law.mean) + law.mean) == pytest.approx(0.021934, abs=5e-7)


def test_acerbi_and_szekelys_statistic_by_hand():
    profits = np.array([[-4.0, 1.0, 2.0, -3.0], [0.0, 1.0, 2.0, 3.0]])
    np.testing.assert_allclose(acerbi_szekely(profits, 2.5, 3.5, 0.25), [1 - 7 / 3.5, 1.0])
    np.testing.assert_allclose(acerbi_szekely(10 * profits, 25, 35, 0.25), acerbi_szekely(profits, 2.5, 3.5, 0.25))
    each = acerbi_szekely(profits[0], [2.5, 2.5, 2.5, 9.0], [3.5, 3.5, 3.5, 9.0], 0.25)
    assert each == pytest.approx(1 - 4 / 3.5)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: kupiec(5, 4, 0.01), "cannot be more exceptions than days"),
        (lambda: kupiec(-1, 4, 0.01), "exceptions must be a whole number of at least 0"),
        (lambda: kupiec(1, 4, 1.0), "tail must be above 0 and below 1"),
        (lambda: christoffersen([0, 2, 1], 0.1), "at least two truths"),
        (lambda: christoffersen([1], 0.1), "at least two truths"),
        (lambda: rejection_rate(9, 0.1, test="kupiec"), 'must be "coverage"'),
        (lambda: acerbi_szekely([1.0, -2.0], 1.0, 0.0, 0.1), "must be above 0: measure profits from their mean"),
    ],
)
def test_what_is_refused(call, why):
    with pytest.raises(ParameterError, match=why):
        call()


def test_what_is_no_number_is_named():
    with pytest.raises(ParameterError, match="tail must be one number; got 'x'"):
        kupiec(1, 250, "x")
    with pytest.raises(ParameterError, match="profits"):
        acerbi_szekely("ab", 1.0, 1.0, 0.1)
