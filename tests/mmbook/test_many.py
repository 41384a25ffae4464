"""Many policies at once are `exact_moments` of each."""

from __future__ import annotations

import numpy as np
import pytest
from mmbook.ch06.scenes import TRUE, TRUTH, all_models, believer, frontiers

from mmlab import (
    Exponential,
    GueantLehalleFernandezTapia,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    ParameterError,
    Symmetric,
    exact_moments,
)
from mmlab.simulation import constant_quotes_moments, many_certainty_equivalents, many_moments

MARKET = Market.avellaneda_stoikov_2008()
ROUGH = Market.avellaneda_stoikov_2008(
    volatility=3, intensity=(Exponential(arrival_rate=90, fill_decay=1), Exponential(arrival_rate=60, fill_decay=2))
)


@pytest.mark.parametrize(("market", "n_steps"), [(MARKET, 200), (ROUGH, 60)])
def test_the_moments_of_many_are_those_of_each(market: Market, n_steps: int) -> None:
    models = list(all_models(MARKET, 0.3).values())[:-1]
    many = many_moments(models, market, n_steps, max_inventory=40)
    for j, model in enumerate(models):
        exact = exact_moments(model, market, n_steps)
        assert many.mean[j] == pytest.approx(exact.mean, abs=1e-6)
        assert many.sd[j] == pytest.approx(exact.sd, abs=1e-6)
        n = min(len(exact.inventories) // 2, 40)
        middle = len(exact.inventories) // 2
        np.testing.assert_allclose(
            many.final_inventory[j, 40 - n : 41 + n],
            exact.inventory_distribution[-1, middle - n : middle + n + 1],
            atol=1e-9,
        )


@pytest.mark.parametrize("gamma", [0.01, 0.1, 1.0])
def test_the_certainty_equivalents_of_many_are_those_of_each(gamma: float) -> None:
    models = [
        believer(gamma),
        believer(gamma, volatility=4.0, fill_decay=0.75),
        GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=gamma, max_inventory=20, solution="stationary"),
        InfiniteHorizonAvellanedaStoikov.for_market(MARKET, risk_aversion=0.1, max_inventory=20),
    ]
    together = many_certainty_equivalents(models, MARKET, gamma, 20)
    each = [exact_moments(model, MARKET).certainty_equivalent(gamma) for model in models]
    np.testing.assert_allclose(together, each, rtol=1e-8)


def test_the_curves_pass_through_the_dots() -> None:
    curves = frontiers(MARKET)
    for gamma in (0.02, 0.1, 0.6):
        for name, model in all_models(MARKET, gamma).items():
            (sd, mean), day = curves[name], exact_moments(model, MARKET)
            points, between = np.arange(len(sd)), np.linspace(0, len(sd) - 1, 2_000)
            off = np.hypot(np.interp(between, points, sd) - day.sd, np.interp(between, points, mean) - day.mean)
            assert off.min() < 0.1, name


def test_the_truth_that_beliefs_are_held_against_is_the_markets() -> None:
    known = TRUE.parameters()
    assert {name: known[name] for name in TRUTH} == TRUTH
    assert believer(0.1) == GueantLehalleFernandezTapia.for_market(
        TRUE, risk_aversion=0.1, max_inventory=20, solution="closed form"
    )


@pytest.mark.parametrize("half_spread", [-0.3, 0.0, 0.745, 3.0])
def test_the_closed_form_of_constant_quotes_is_exact_moments(half_spread: float) -> None:
    closed, exact = (
        constant_quotes_moments(half_spread, MARKET),
        exact_moments(Symmetric(half_spread=half_spread), MARKET),
    )
    assert closed.mean == pytest.approx(exact.mean, rel=1e-9)
    assert closed.sd == pytest.approx(exact.sd, rel=1e-6, abs=1e-4)
    assert closed.inventory_sd**2 == pytest.approx(exact.inventory_sd**2, rel=1e-6, abs=1e-8)  # read off a transform
    n = len(exact.inventories) // 2
    np.testing.assert_allclose(closed.final_inventory[200 - n : 201 + n], exact.inventory_distribution[-1], atol=1e-9)


def test_what_the_closed_forms_do_not_cover_is_refused() -> None:
    with pytest.raises(ParameterError, match="constant_quotes_moments"):
        constant_quotes_moments(0.7, Market.avellaneda_stoikov_2008(drift=1.0))
    with pytest.raises(ParameterError, match="many_moments"):
        many_moments([Symmetric(half_spread=0.7)], Market.avellaneda_stoikov_2008(drift=1.0))
