"""Many policies at once, and constant quotes in closed form, are `exact_moments` of each."""

from __future__ import annotations

import numpy as np
import pytest
from mmbook.ch06.scenes import all_models, believer

from mmlab import (
    Exponential,
    GueantLehalleFernandezTapia,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    ParameterError,
    Signal,
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
        assert many.inventory_sd[j] == pytest.approx(exact.inventory_sd, abs=1e-6)
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


@pytest.mark.parametrize("half_spread", [-0.3, 0.0, 0.745, 3.0])
def test_the_closed_form_of_constant_quotes_is_exact_moments(half_spread: float) -> None:
    closed = constant_quotes_moments(half_spread, MARKET)
    exact = exact_moments(Symmetric(half_spread=half_spread), MARKET)
    assert closed.mean == pytest.approx(exact.mean, rel=1e-9)
    assert closed.sd == pytest.approx(exact.sd, rel=1e-6, abs=1e-4)
    assert closed.inventory_sd == pytest.approx(exact.inventory_sd, rel=1e-6, abs=1e-6)
    n = len(exact.inventories) // 2
    assert closed.inventories[200 - n : 201 + n].tolist() == exact.inventories.tolist()
    np.testing.assert_allclose(closed.final_inventory[200 - n : 201 + n], exact.inventory_distribution[-1], atol=1e-9)


@pytest.mark.parametrize(
    ("market", "message"),
    [
        (dict(drift=1), "neither drifts nor jumps"),
        (dict(jump=(0.1, 0.1)), "neither drifts nor jumps"),
        (dict(signal=Signal(mean_reversion=1)), "signal|neither drifts"),
    ],
)
def test_a_mid_that_does_more_than_wander_is_refused(market: dict[str, object], message: str) -> None:
    rough = Market.avellaneda_stoikov_2008(**market)
    for compute in (
        lambda: constant_quotes_moments(0.5, rough),
        lambda: many_moments([Symmetric(half_spread=0.5)], rough),
        lambda: many_certainty_equivalents([Symmetric(half_spread=0.5)], rough, 0.1, 20),
    ):
        with pytest.raises(ParameterError, match=message):
            compute()
    with pytest.raises(ParameterError, match="sides are alike"):
        constant_quotes_moments(0.5, ROUGH)
    normal = Market.avellaneda_stoikov_2008(mid_move="normal")
    with pytest.raises(ParameterError, match="coin moves; got 'normal'"):
        many_certainty_equivalents([Symmetric(half_spread=0.5)], normal, 0.1, 20)
