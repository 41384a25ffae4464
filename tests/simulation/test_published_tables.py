"""Avellaneda and Stoikov (2008), §3.3, tables 1 to 3: exactly, and as near to what is printed as 1000 paths may be."""

import dataclasses

import pytest

from mmlab import AvellanedaStoikov, Market, Symmetric, exact_moments, simulate

MARKET = Market.avellaneda_stoikov_2008()
POISSON = dataclasses.replace(MARKET, fill_rule="exponential")
PATHS_OF_THE_PAPER = 1_000

ROWS = [
    # γ, model, (profit, sd, sd q_T) as published, and exactly
    (0.1, AvellanedaStoikov, (65.0, 6.6, 2.9), (64.89254, 6.54315, 2.92679)),
    (0.1, Symmetric, (68.4, 12.7, 8.4), (68.22818, 13.45735, 8.40166)),
    (0.01, AvellanedaStoikov, (68.6, 8.7, 5.1), (68.39963, 8.96056, 5.21254)),
    (0.01, Symmetric, (68.8, 12.8, 8.7), (68.66618, 13.67762, 8.71188)),
    (1, AvellanedaStoikov, (31.4, 5.0, 1.7), (31.45450, 4.83792, 1.64139)),
    (1, Symmetric, (44.0, 11.0, 5.1), (43.86898, 10.75145, 5.18928)),
]


@pytest.fixture(scope="module")
def tape():
    return MARKET.tape(n_paths=10_000, n_steps=200, seed=2008)


@pytest.mark.parametrize(("gamma", "model", "published", "exact"), ROWS)
def test_the_exact_column_to_five_decimals(gamma, model, published, exact):
    moments = exact_moments(model.for_market(MARKET, risk_aversion=gamma), MARKET, n_steps=200)
    assert (moments.mean, moments.sd, moments.inventory_sd) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize(("gamma", "spread"), [(0.1, 1.4918), (0.01, 1.3490), (1, 3.0317)])
def test_the_average_spread_over_the_grid(gamma, spread):
    moments = exact_moments(AvellanedaStoikov.for_market(MARKET, risk_aversion=gamma), MARKET, n_steps=200)
    assert moments.average_spread == pytest.approx(spread, abs=5e-5)


@pytest.mark.parametrize(("gamma", "printed"), [(0.1, 1.49), (0.01, 1.35), (1, 3.02)])
def test_the_paper_prints_the_average_over_time(gamma, printed):
    assert 2 * Symmetric.for_market(MARKET, risk_aversion=gamma).half_spread == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(("gamma", "model", "published", "exact"), ROWS)
def test_the_published_column_is_what_a_thousand_paths_give(gamma, model, published, exact, tape, mean_error, sd_error):
    run = simulate(model.for_market(MARKET, risk_aversion=gamma), tape)
    profit, sd, inventory_sd = published
    n = PATHS_OF_THE_PAPER
    assert abs(profit - exact[0]) < 2.5 * mean_error(run.pnl, n)
    assert abs(sd - exact[1]) < 2.5 * sd_error(run.pnl, n)
    assert abs(inventory_sd - exact[2]) < 2.5 * sd_error(run.final_inventory, n)
    assert abs(run.pnl.mean() - exact[0]) < 4 * mean_error(run.pnl)
    assert abs(run.pnl.std() - exact[1]) < 4 * sd_error(run.pnl)
    assert abs(run.final_inventory.std() - exact[2]) < 4 * sd_error(run.final_inventory)


@pytest.mark.parametrize(
    ("gamma", "model", "exact"),
    [
        (0.1, AvellanedaStoikov, (57.1717169, 6.3616412, 2.9952268)),
        (0.1, Symmetric, (60.9845744, 12.9218013, 8.0673084)),
        (1, AvellanedaStoikov, (28.2397671, 4.6018844, 1.7014477)),
    ],
)
def test_poisson_fills_earn_less_and_do_not_reproduce_the_paper(gamma, model, exact):
    moments = exact_moments(model.for_market(MARKET, risk_aversion=gamma), POISSON, n_steps=200)
    assert (moments.mean, moments.sd, moments.inventory_sd) == pytest.approx(exact, abs=5e-7)


def test_a_thousand_paths_of_the_symmetric_strategy_are_far_from_normal(tape):
    """Kurtosis about 5.5: the standard error of its deviation is twice what a normal sample's would be."""
    pnl = simulate(Symmetric.for_market(MARKET, risk_aversion=0.1), tape).pnl
    centred = pnl - pnl.mean()
    assert (centred**4).mean() / (centred**2).mean() ** 2 == pytest.approx(5.5, abs=0.7)
