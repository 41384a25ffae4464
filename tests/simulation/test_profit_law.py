"""The exact law of a day's profit: against every path of a short chain, the reference's digits, and laws of scale."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from mmlab import AvellanedaStoikov, Exponential, Market, Symmetric, exact_moments, monte_carlo
from mmlab.parameters import ParameterError
from mmlab.simulation import profit_law
from mmlab.simulation.law import LEFT_AT_THE_END, characteristic_functions
from mmlab.simulation.outcomes import outcomes

MARKET = Market.avellaneda_stoikov_2008()
POLICIES = {
    "AS .1": AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1),
    "AS .01": AvellanedaStoikov.for_market(MARKET, risk_aversion=0.01),
    "symmetric": Symmetric.for_market(MARKET, risk_aversion=0.1),
}
REFERENCE = [
    ("AS .1", 0.05, -54.28266236, -51.67684592),
    ("AS .1", 0.01, -50.03192719, -47.93836733),
    ("AS .1", 0.001, -45.31791085, -43.61379413),
    ("AS .01", 0.001, -37.55003476, -33.24294151),
    ("symmetric", 0.05, -47.13102573, -38.36845024),
    ("symmetric", 0.01, -33.08543458, -23.73111799),
    ("symmetric", 0.001, -11.43123316, -1.73067571),
]
TO_BE_FLAT = [("AS .1", 1.90605738, -47.56933555, -45.26938684), ("AS .01", 3.65330780, -40.38911255, -35.00010344)]
TO_BE_FLAT += [("symmetric", 6.43365648, -17.64228821, -5.65537232)]


def crossing(clips):
    """What chapter 08's desk pays to be flat at once."""
    return 0.75 * clips + 0.02 * clips**2


@pytest.mark.parametrize(("name", "tail", "var", "es"), REFERENCE)
def test_the_references_tails(name, tail, var, es):
    law = profit_law(POLICIES[name], MARKET, n_steps=200)
    assert law.value_at_risk(tail) == pytest.approx(var, abs=5e-9)
    assert law.expected_shortfall(tail) == pytest.approx(es, abs=5e-9)


@pytest.mark.parametrize(("name", "cost", "var", "es"), TO_BE_FLAT)
def test_being_flat_at_the_close_costs_what_the_reference_says(name, cost, var, es):
    law = profit_law(POLICIES[name], MARKET, n_steps=200, liquidation=crossing)
    assert law.moments.mean - law.mean == pytest.approx(cost, abs=5e-9)
    assert law.value_at_risk(0.01) == pytest.approx(var, abs=5e-9)
    assert law.expected_shortfall(0.01) == pytest.approx(es, abs=5e-9)


def test_how_often_a_day_loses():
    assert profit_law(POLICIES["symmetric"], MARKET).probability_of_loss == pytest.approx(3.066909e-4, abs=5e-11)
    assert profit_law(POLICIES["AS .01"], MARKET).probability_of_loss == pytest.approx(2.05e-7, abs=5e-10)
    median_of_the_worst = profit_law(POLICIES["symmetric"], MARKET).quantile(1 - 0.5 ** (1 / 250))
    assert median_of_the_worst == pytest.approx(21.141414, abs=5e-7)


@pytest.mark.parametrize("name", POLICIES)
def test_half_the_terms_give_eight_digits_of_a_quantile_and_four_of_a_shortfall(name):
    whole, half = (profit_law(POLICIES[name], MARKET, n_terms=n) for n in (256, 128))
    assert half.value_at_risk(0.01) == pytest.approx(whole.value_at_risk(0.01), rel=1e-8)
    assert half.expected_shortfall(0.01) == pytest.approx(whole.expected_shortfall(0.01), rel=1e-4)


MARKETS = {
    "binomial": MARKET,
    "normal": replace(MARKET, mid_move="normal", drift=1.5),
    "jumps": replace(MARKET, jump=(0.2, 0.3), intensity=Exponential(arrival_rate=20, fill_decay=1.5)),
}


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
def test_mean_and_deviation_are_those_of_exact_moments(market):
    policy = replace(POLICIES["AS .1"], fill_decay=1.5)
    law, moments = profit_law(policy, market), exact_moments(policy, market)
    density = law.coefficients[1:]
    x = np.linspace(law.low, law.high, 20_001)
    pdf = law.coefficients[0] + np.cos((x - law.low)[:, None] * law._frequencies) @ density
    mean = np.trapezoid(x * pdf, x) if hasattr(np, "trapezoid") else np.trapz(x * pdf, x)
    assert mean == pytest.approx(moments.mean, abs=1e-9)
    assert (law.mean, law.sd) == (moments.mean, moments.sd)
    free = profit_law(policy, market, liquidation=lambda clips: 0 * clips)
    assert (free.mean, free.sd) == (pytest.approx(moments.mean, abs=1e-9), pytest.approx(moments.sd, abs=1e-9))


def test_every_path_of_a_short_chain_has_the_same_characteristic_function():
    """Five steps of four outcomes and two moves: 32,768 paths, each with its probability and its profit."""
    policy, u = POLICIES["AS .1"], np.linspace(0, 3, 7)
    steps, move = outcomes(policy, MARKET, 5, 6), MARKET.volatility * np.sqrt(1 / 5)
    chances, profits = [], []
    for path in itertools.product(itertools.product(range(4), (-1, 1)), repeat=5):
        q, chance, profit = 0, 1.0, 0.0
        for n, (k, sign) in enumerate(path):
            chance *= steps.probability[k, n, q + 6] / 2
            profit += steps.edge[k, n, q + 6]
            q += (0, 1, -1, 0)[k]
            profit += q * sign * move
        chances.append(chance)
        profits.append(profit)
    whole = np.exp(1j * np.multiply.outer(u, profits)) @ np.array(chances)
    ours = characteristic_functions(policy, MARKET, 5, 6, u).sum(axis=1)
    np.testing.assert_allclose(ours, whole, atol=1e-14)
    law = profit_law(policy, replace(MARKET, mid_move="normal"), n_steps=5, n_terms=512)
    assert law.cdf(law.low) == pytest.approx(0, abs=1e-9)
    assert law.cdf(law.high) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("seed", [2, 3])
def test_a_large_sample_agrees(seed):
    for policy in POLICIES.values():
        pnl, law = monte_carlo(policy, MARKET, n_paths=100_000, n_steps=200, seed=seed).pnl, profit_law(policy, MARKET)
        for p in (0.05, 0.5, 0.95):
            below = (pnl <= law.quantile(p)).mean()
            assert abs(below - p) < 4 * np.sqrt(p * (1 - p) / len(pnl))


def test_a_unit_of_price_scales_the_law():
    per_cent = replace(MARKET, mid_price=1e4, volatility=200, intensity=Exponential(arrival_rate=140, fill_decay=0.015))
    policy = AvellanedaStoikov(risk_aversion=0.001, volatility=200, fill_decay=0.015, horizon=1)
    cents, units = profit_law(policy, per_cent), profit_law(POLICIES["AS .1"], MARKET)
    for tail in (0.05, 0.001):
        assert cents.value_at_risk(tail) == pytest.approx(100 * units.value_at_risk(tail), rel=1e-9)
        assert cents.expected_shortfall(tail) == pytest.approx(100 * units.expected_shortfall(tail), rel=1e-8)


def test_the_shortfall_is_the_mean_of_the_quantiles():
    law, tail = profit_law(POLICIES["symmetric"], MARKET), 0.05
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mean = sum(w * law.quantile(tail * (x + 1) / 2) for x, w in zip(nodes, weights, strict=True)) / 2
    assert -mean == pytest.approx(law.expected_shortfall(tail), rel=1e-4)
    assert law.value_at_risk(1e-3) > law.value_at_risk(1e-2) > law.value_at_risk(0.5)


def test_a_unseen_drift_leaves_the_mean_and_not_the_tail():
    drifting = replace(MARKET, drift=-6.0)
    calm, down = (profit_law(POLICIES["symmetric"], market) for market in (MARKET, drifting))
    assert down.mean == pytest.approx(calm.mean, abs=1e-9)
    assert down.expected_shortfall(0.01) > calm.expected_shortfall(0.01) + 10


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"max_inventory": 3}, "max_inventory = 3 is too small"),
        ({"n_terms": 8}, "n_terms = 8 are too few"),
        ({"n_terms": 0}, "n_terms"),
        ({"liquidation": lambda clips: -clips}, "must give a finite cost of at least 0"),
        ({"liquidation": lambda clips: 1.0}, "for each of 61 inventories"),
    ],
)
def test_what_is_refused(given, why):
    with pytest.raises(ParameterError, match=why):
        profit_law(POLICIES["AS .1"], MARKET, **given)


@pytest.mark.parametrize("p", [0, 1, -0.1, float("nan")])
def test_a_tail_is_a_share(p):
    with pytest.raises(ParameterError, match="must be above 0 and below 1"):
        profit_law(POLICIES["AS .1"], MARKET).expected_shortfall(p)
    assert LEFT_AT_THE_END < 1e-6


def test_a_desk_that_quotes_nothing_has_no_law_to_expand():
    law = profit_law(lambda inventory, time_left: (np.nan * inventory, np.nan * inventory), MARKET, n_terms=64)
    assert law.sd == 0
    assert law.value_at_risk(0.01) == pytest.approx(0, abs=1e-3)
