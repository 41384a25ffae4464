"""What chapter 02 says in words of the numbers that it shows."""

from __future__ import annotations

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch02 import AvellanedaStoikovExplorer

from mmlab import (
    AvellanedaStoikov,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    Quotes,
    Symmetric,
    exact_moments,
    monte_carlo,
    simulate,
)
from mmlab.parameters import FloatArray
from mmlab.simulation import History
from tests.mmbook.checking import state_at

MARKET = Market.avellaneda_stoikov_2008()
MODEL = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
STRATEGIES = {"inventory": AvellanedaStoikov, "symmetric": Symmetric}
PUBLISHED = {
    (0.1, "inventory"): (65.0, 6.6, 2.9),
    (0.1, "symmetric"): (68.4, 12.7, 8.4),
    (0.01, "inventory"): (68.6, 8.7, 5.1),
    (0.01, "symmetric"): (68.8, 12.8, 8.7),
    (1.0, "inventory"): (31.4, 5.0, 1.7),
    (1.0, "symmetric"): (44.0, 11.0, 5.1),
}
"""Profit, its deviation and that of the final inventory, by γ and strategy."""


def test_on_average_the_risk_of_a_fill_takes_nothing_away_and_each_time_it_may() -> None:
    thousand = simulate(MODEL, MARKET.tape(n_paths=1000, n_steps=200, seed=1))
    paid, filled = thousand.bid_price[:-10], thousand.bid_fill[:-10] > 0
    at_once, later = ((mid - paid)[filled] for mid in (thousand.mid[:-11], thousand.mid[10:-1]))
    assert 0.05 < np.mean(later < 0) < 0.5
    assert abs(at_once.mean() - later.mean()) < 0.05


def standard_errors(sample: FloatArray, n: int) -> tuple[float, float]:
    """Of the mean and of the deviation, from n draws."""
    x = sample - sample.mean()
    variance, fourth = (x**2).mean(), (x**4).mean()
    return float(np.sqrt(variance / n)), float(np.sqrt((fourth - variance**2) / n) / (2 * np.sqrt(variance)))


@pytest.mark.parametrize(("gamma", "name"), PUBLISHED)
def test_no_published_number_is_further_from_the_exact_one_than_chance_explains(gamma: float, name: str) -> None:
    strategy = STRATEGIES[name].for_market(MARKET, risk_aversion=gamma)
    exact = exact_moments(strategy, MARKET, n_steps=200)
    sample = monte_carlo(strategy, MARKET, n_paths=20_000, n_steps=200, seed=2008)
    errors = *standard_errors(sample.pnl, 1000), standard_errors(sample.final_inventory, 1000)[1]
    away = np.subtract(PUBLISHED[gamma, name], (exact.mean, exact.sd, exact.inventory_sd)) / errors
    assert abs(away).max() < 2.5


def test_with_the_same_spread_skewing_earns_a_twentieth_less_at_half_of_the_deviation() -> None:
    averse, symmetric = (
        exact_moments(kind.for_market(MARKET, risk_aversion=0.1), MARKET, n_steps=200) for kind in STRATEGIES.values()
    )
    assert 0.03 < 1 - averse.mean / symmetric.mean < 0.07
    assert 0.45 < averse.sd / symmetric.sd < 0.55


def test_the_guides_formula_trades_far_more_often_and_loses() -> None:
    guide = printed.AvellanedaStoikov(risk_aversion=0.1, volatility=2)

    def as_printed(mid_price: float, inventory: float, time_left: float) -> Quotes:
        return Quotes.at(*guide.calculate_optimal_quotes(inventory, mid_price, time_left))

    def one_day(strategy: object) -> History:
        return simulate(strategy, MARKET.tape(n_paths=1, n_steps=200, seed=8))

    theirs, ours = one_day(as_printed), one_day(MODEL)
    assert theirs.pnl[0] < 0 < ours.pnl[0]
    assert theirs.bid_fill.sum() > 2 * ours.bid_fill.sum()


def test_the_printed_ask_breaks_the_symmetry_that_equation_7_has() -> None:
    forever = InfiniteHorizonAvellanedaStoikov.for_market(MARKET, risk_aversion=0.1, max_inventory=10)
    q, ratio = np.arange(-9, 10), 0.1**2 * 2**2
    bid, ask = forever.reservation_price(100, q)
    below = 2 * forever.omega - ratio * q**2
    assert bid == pytest.approx(100 + np.log(1 - (2 * q + 1) * ratio / below) / 0.1)
    assert ask == pytest.approx(100 - np.log(1 + (2 * q - 1) * ratio / below) / 0.1)
    as_printed = forever.printed_ask_indifference(100, q)
    assert as_printed == pytest.approx(100 + np.log(1 + (1 - 2 * q) * ratio / below) / 0.1)
    assert ask - 100 == pytest.approx((100 - bid)[::-1])
    assert abs(as_printed - 100 - (100 - bid)[::-1]).min() > 1e-4
    assert as_printed[-1] == pytest.approx(100 - 5.53, abs=0.005)
    assert ask[-1] == pytest.approx(100 - 3.54, abs=0.005)


@pytest.mark.parametrize(
    ("task", "there", "nearly"),
    [
        (0, {"risk_aversion": 0.05}, {"risk_aversion": 0.06}),
        (0, {"risk_aversion": 0.05}, {"risk_aversion": 0.05, "volatility": 2.1}),
        (1, {"inventory": 7, "time_left": 0.25}, {"inventory": 6, "time_left": 0.25}),
        (1, {"inventory": 7, "time_left": 0.25}, {"inventory": 8, "time_left": 0.25}),
    ],
)
def test_a_task_is_done_by_what_it_asks_for_and_by_nothing_nearby(task, there, nearly):
    done, explorer = list(AvellanedaStoikovExplorer.tasks.values())[task], AvellanedaStoikovExplorer()
    for values, is_done in ((there, True), (nearly, False), ({}, False)):
        assert done(state_at(explorer, **values)) is is_done
