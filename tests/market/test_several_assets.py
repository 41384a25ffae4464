"""Several markets on one tape: moves that go together, each with its own clients, by the one reach rule."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mmlab import ParameterError, Symmetric, simulate
from mmlab.market import Exponential, Market, MultiAssetMarket, Signal
from mmlab.market.several_assets import check_covariance

M = Market.avellaneda_stoikov_2008(mid_move="normal")


def test_moves_have_the_correlation_and_flows_have_none():
    market = MultiAssetMarket((M, replace(M, volatility=3, mid_price=50)), 0.6)
    tape = market.tape(n_paths=400, n_steps=100, seed=1)
    mid, reach = market.by_asset(tape.mid), market.by_asset(tape.buy_reach)
    assert mid.shape == (101, 2, 400)
    moves = np.diff(mid, axis=0).swapaxes(0, 1).reshape(2, -1)
    error = 1 / np.sqrt(moves.shape[1])
    assert_allclose(np.cov(moves) * 100, market.covariance, rtol=5 * error * 1.5)
    assert abs(np.corrcoef(reach.swapaxes(0, 1).reshape(2, -1))[0, 1]) < 4 * error
    assert_array_equal(tape.mid[0], np.repeat([100, 50], 400))


@pytest.mark.parametrize("rho", [-1, 1])
def test_fully_correlated_mids_move_as_one(rho):
    tape = MultiAssetMarket.alike(M, 2, rho).tape(3, 10, seed=2)
    moves = np.diff(MultiAssetMarket.alike(M, 2, rho).by_asset(tape.mid), axis=0)
    assert_allclose(moves[:, 1], rho * moves[:, 0], atol=1e-6)


def test_one_clients_orders_reach_as_rarely_in_every_asset():
    other = replace(M, intensity=Exponential(arrival_rate=70, fill_decay=3))
    market = MultiAssetMarket((M, other), 0, common_flow=1)
    reach = market.by_asset(market.tape(50, 20, seed=3).sell_reach)
    assert_allclose(other.sell_intensity.rate(reach[:, 1]), M.sell_intensity.rate(reach[:, 0]))
    half = replace(market, common_flow=0.5)
    reach = half.by_asset(half.tape(50, 200, seed=3).sell_reach)
    alike = np.isclose(other.sell_intensity.rate(reach[:, 1]), M.sell_intensity.rate(reach[:, 0]))
    assert abs(alike.mean() - 0.5) < 4 * 0.5 / np.sqrt(alike.size)


def test_one_asset_fills_as_the_market_itself_does():
    alone = MultiAssetMarket((M,), 0).tape(2000, 50, seed=4)
    history, single = (
        simulate(Symmetric.for_market(M, risk_aversion=0.1), t) for t in (alone, M.tape(2000, 50, seed=4))
    )
    pair = np.array([h.bid_fill.sum(axis=0) for h in (history, single)])
    error = pair.std(axis=1).max() * np.sqrt(2 / 2000)
    assert abs(np.diff(pair.mean(axis=1))[0]) < 4 * error


@pytest.mark.parametrize(
    ("markets", "rho", "common", "words"),
    [
        ((), 0, 0, "at least one Market"),
        ((M, replace(M, horizon=2)), 0, 0, "one horizon"),
        ((replace(M, mid_move="binomial"),), 0, 0, "mid_move='normal'"),
        ((replace(M, signal=Signal(mean_reversion=1, signal_volatility=1)),), 0, 0, "no signal"),
        ((M, M), 1.1, 0, "smallest eigenvalue is -0.1"),
        ((M, M, M), -0.6, 0, "smallest eigenvalue is -0.2"),
        ((M, M), [[1, 0.5], [0.4, 1]], 0, "symmetric"),
        ((M, M), [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]], 0, "shape"),
        ((M, M), [[2, 0], [0, 1]], 0, "1 on its diagonal"),
        ((M, M), 0, 1.5, "common_flow"),
    ],
)
def test_what_is_no_market_of_several_assets_says_why(markets, rho, common, words):
    with pytest.raises(ParameterError, match=words):
        MultiAssetMarket(markets, rho, common)


@pytest.mark.parametrize("matrix", [[], [[1, 2]], [[np.nan]], 3.0])
def test_what_is_no_covariance_says_so(matrix):
    with pytest.raises(ParameterError, match="square"):
        check_covariance("covariance (Σ)", matrix)


def test_a_grid_of_more_than_a_million_states_is_refused():
    with pytest.raises(ParameterError, match="1,030,301 states"):
        MultiAssetMarket.alike(M, 3, 0.0).lattice(50)
    pair = MultiAssetMarket.alike(M, 2, 0.0)
    np.testing.assert_array_equal(pair.lattice(np.uint8(3))[0], pair.lattice(3)[0])
    with pytest.raises(ParameterError, match="max_inventory must be a whole number"):
        pair.lattice(2.5)
