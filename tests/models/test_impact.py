"""Prices that remember: Bertsimas and Lo against a program over a tree, Obizhaeva and Wang against one over a grid."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.models import BertsimasLo, ObizhaevaWang

SIGNAL = BertsimasLo(n_slices=6, permanent_impact=0.02, signal_effect=1, signal_memory=0.6, signal_noise=0.5)


def test_the_references_program():
    assert SIGNAL.expected_cost(20, 0.3) == pytest.approx(-2.9198020693, abs=5e-11)
    assert SIGNAL.trade(20, 6, 0.3) == pytest.approx(16.89573333, abs=5e-9)


def test_without_a_signal_the_trades_are_equal():
    plain = BertsimasLo(n_slices=4, permanent_impact=5e-5)
    assert plain.expected_cost(1e5) == pytest.approx(312500)
    assert [plain.trade(1e5 * n / 4, n) for n in (4, 3, 2, 1)] == pytest.approx([25000] * 4)


def on_the_tree(model, position, signal, trade):
    """E Σ P_j S_j when the signal's noise is ± s, by every path, and an equal split's by `trade`."""

    def cost(left, price, x, n):
        bought = trade(left, n, x)
        now = price + model.permanent_impact * bought + model.signal_effect * x
        if n == 1:
            return now * bought
        nexts = [model.signal_memory * x + noise for noise in (-model.signal_noise, model.signal_noise)]
        return now * bought + np.mean([cost(left - bought, now, y, n - 1) for y in nexts])

    return cost(position, 0.0, signal, model.n_slices)


def test_every_path_of_the_tree_gives_the_same_cost_and_other_policies_more():
    best = on_the_tree(SIGNAL, 20, 0.3, SIGNAL.trade)
    assert best == pytest.approx(SIGNAL.expected_cost(20, 0.3), rel=1e-12)
    assert on_the_tree(SIGNAL, 20, 0.3, lambda left, n, x: left / n) == pytest.approx(16.0916266667, abs=5e-11)
    for shift in (-1.0, 1.0):
        other = on_the_tree(SIGNAL, 20, 0.3, lambda left, n, x, d=shift: SIGNAL.trade(left, n, x) + d * (n > 1))
        assert other > best


def test_one_trade_buys_all_and_a_sale_is_a_purchase_of_less():
    assert BertsimasLo(n_slices=1, permanent_impact=0.1, signal_effect=2).expected_cost(3, 0.5) == 0.1 * 9 + 3 * 2 * 0.5
    assert SIGNAL.trade(-20, 6, -0.3) == -SIGNAL.trade(20, 6, 0.3)


@pytest.mark.parametrize(
    ("resilience", "block", "rate", "optimum", "twap", "saving"),
    [
        (0.5, 40000, 20000, 0.4, 0.4261226389, 0.061303),
        (2, 25000, 50000, 0.25, 0.2838338208, 0.119203),
        (5, 14285.71, 71428.57, 0.1428571429, 0.1602695179, 0.108644),
        (50, 1923.08, 96153.85, 0.0192307692, 0.0196, 0.018838),
    ],
)
def test_block_rate_block(resilience, block, rate, optimum, twap, saving):
    model = ObizhaevaWang(position=1e5, horizon=1, resilience=resilience, transient_impact=1e-10)
    assert (model.block, model.rate) == pytest.approx((block, rate), abs=5e-3)
    assert (model.expected_cost, model.twap_cost) == pytest.approx((optimum, twap), abs=5e-11)
    assert 1 - model.expected_cost / model.twap_cost == pytest.approx(saving, abs=5e-7)
    assert 2 * model.block + model.rate * model.horizon == pytest.approx(1e5)


def test_no_resilience_makes_twap_dearer_than_the_bound():
    def ratio(rho):
        model = ObizhaevaWang(position=1, horizon=1, resilience=rho, transient_impact=1)
        return model.twap_cost / model.expected_cost

    assert ratio(2.68799934) == pytest.approx(1.13935155646, abs=5e-12)
    assert max(ratio(rho) for rho in np.geomspace(1e-8, 1e6, 2_001)) <= 1.13935155646
    assert ratio(2.68) < ratio(2.68799934) > ratio(2.70)
    assert ratio(0.99e-4) == pytest.approx(ratio(1.01e-4), abs=1e-6)  # where the series takes over


@pytest.mark.parametrize(("n", "optimum"), [(10, 0.2504156968), (100, 0.2500041666), (1000, 0.2500000417)])
def test_a_program_on_a_grid_comes_to_the_same_cost(n, optimum):
    decay = np.exp(-2 / n) ** np.abs(np.subtract.outer(np.arange(n + 1), np.arange(n + 1)))
    trades = np.linalg.solve(decay, np.ones(n + 1))
    trades /= trades.sum()
    assert trades @ decay @ trades / 2 == pytest.approx(optimum, abs=1e-10)
    model = ObizhaevaWang(position=1, horizon=1, resilience=2, transient_impact=1)
    assert optimum >= model.expected_cost
    assert model.expected_cost == pytest.approx(optimum, rel=2e-3)


def test_permanent_impact_costs_the_same_on_both():
    model = ObizhaevaWang(position=-30, horizon=2, resilience=1.5, transient_impact=0.4)
    more = replace(model, permanent_impact=0.1)
    for cost in ("expected_cost", "twap_cost"):
        assert getattr(more, cost) - getattr(model, cost) == pytest.approx(0.05 * 900)
    assert model.block < 0 < model.expected_cost


def test_what_is_refused():
    with pytest.raises(ParameterError, match=r"resilience \(ρ\) must be a finite number above 0"):
        ObizhaevaWang(position=1, horizon=1, resilience=0, transient_impact=1)
    with pytest.raises(ParameterError, match=r"permanent_impact \(θ\) must be a finite number above 0"):
        BertsimasLo(n_slices=3, permanent_impact=0)
