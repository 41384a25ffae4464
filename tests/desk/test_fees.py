"""Fees: what a maker and a taker pay, tiers by traded volume, rebates; in price and clips, whatever their scale."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import HoStoll, MarketMakingConfig, MarketMakingPipeline, ParameterError, simulate
from mmlab.desk import ConfigError, Desk, FeeSchedule, History, Venue
from mmlab.market import Exponential, Market
from mmlab.measure import attribute
from mmlab.models import Symmetric
from mmlab.simulation import rebuild

CONFIG = MarketMakingConfig()
TIERS = ((10, 0.01), (30, -0.004))
FEES = FeeSchedule(maker=0.02, tiers=TIERS)
amounts = st.floats(0, 100)


def test_a_volume_pays_tier_by_tier():
    assert FEES.taker == 0.02
    assert FEES.paid([5, 10, 30, 40]) == pytest.approx([0.1, 0.2, 0.4, 0.36])
    assert FEES.paid(10, volume=25) == pytest.approx(5 * 0.01 - 5 * 0.004)


@given(st.lists(amounts, min_size=1, max_size=6), amounts)
def test_in_how_many_fills_a_volume_came_makes_no_difference(clips, before):
    volumes = before + np.concatenate([[0.0], np.cumsum(clips)[:-1]])
    assert FEES.paid(clips, volumes).sum() == pytest.approx(FEES.paid(sum(clips), before), abs=1e-9)


@given(amounts, amounts, st.floats(0.01, 100), st.floats(0.01, 100))
def test_fees_know_no_scale_of_price_and_of_clip(clips, before, price, clip):
    scaled = FeeSchedule(maker=0.02 * price, tiers=tuple((v * clip, fee * price) for v, fee in TIERS))
    expected = price * clip * FEES.paid(clips, before)
    assert scaled.paid(clips * clip, before * clip) == pytest.approx(expected, rel=1e-9, abs=1e-9 * price * clip)


def test_who_gets_a_rebate_is_paid_by_who_crosses():
    assert Venue(fee=-0.003).taker_fee == 0.003
    assert Venue(fee=0.002, tiers=((5, -0.004),)).taker_fee == 0.004
    with pytest.raises(ParameterError, match=r"taker \(f_t\) 0\.001 and maker \(f\) -0\.003 .* pay for each trade"):
        Venue(fee=-0.003, taker_fee=0.001)


@pytest.mark.parametrize(
    ("tiers", "why"),
    [
        (((5, 0.1), (5, 0.2)), "must increase, from above 0"),
        (((0, 0.1),), "must increase, from above 0"),
        (((5,),), "are pairs"),
        (3, "are pairs"),
        (((5, np.nan),), "finite"),
        ((("a", "b"),), "are pairs"),
    ],
)
def test_tiers_that_are_none_are_refused(tiers, why):
    with pytest.raises(ParameterError, match=why):
        FeeSchedule(tiers=tiers)


@pytest.mark.parametrize("taker", ["", "taker_cost = 0.00003"])
def test_toml_takes_a_rebate_and_tiers(taker):
    text = f"[market]\ntransaction_cost = -0.00002\n{taker}\ncost_tiers = [[10_000, -0.000025], [50_000, -0.00003]]\n"
    config = MarketMakingConfig.from_toml(text)
    venue = config.make_desk().venue
    assert venue.fee == pytest.approx(-0.002)
    assert np.array(venue.tiers) == pytest.approx(np.array([(100, -0.0025), (500, -0.003)]))
    assert venue.taker_fee == pytest.approx(0.003)
    assert MarketMakingConfig.from_toml(config.to_toml()) == config
    assert MarketMakingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("market", "why"),
    [
        (dict(transaction_cost=-6e-5), r"a rebate of 0\.006 is more than half a tick of 0\.01 \[price\]"),
        (dict(cost_tiers=((100, -6e-5),)), "a rebate of 0.006 is more than half a tick"),
        (dict(transaction_cost=-3e-5, taker_cost=2e-5), "the venue would pay for each trade"),
        (dict(cost_tiers=((100, -3e-5),), taker_cost=2e-5), "the venue would pay for each trade"),
        (dict(cost_tiers=((100, 0.0), (50, 0.0))), "must increase"),
    ],
)
def test_a_rebate_that_no_venue_pays_is_refused(market, why):
    with pytest.raises(ConfigError, match=why):
        CONFIG.override({"market": market})


STATED = {
    "market": dict(transaction_cost=5e-5, cost_tiers=((5_000, 2e-5), (20_000, -3e-5))),
    "limits": dict(unwind="aggressive", unwind_above=500, unwind_to=100, flatten_half_spread=2e-4, flatten_impact=1e-6),
}


def test_a_session_pays_by_what_rested_and_what_crossed_and_it_adds_up():
    config = CONFIG.override(STATED)
    history = simulate(config.make_desk(), config.make_market().tape(20, 1_000, seed=1))
    made, crossed = (history.bid_fill + history.ask_fill).sum(axis=0), np.abs(history.flattened).sum(axis=0)
    assert made.min() > 200 > 0 < crossed.min()
    fees = config.fees
    np.testing.assert_allclose(history.fees.sum(axis=0), fees.paid(made) + fees.taker * crossed, atol=1e-9)
    parts = attribute(history, 60.0).parts
    np.testing.assert_allclose(parts["fees"], -history.fees.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(parts["unexplained"], 0, atol=1e-8)
    assert (history.fees < 0).any()


def test_with_tiers_and_crossing_a_day_is_rebuilt_and_quiet_steps_are_looked_ahead_at(tmp_path):
    config = CONFIG.override(STATED)
    tape = config.make_market().tape(1, 2_000, seed=4)
    history = simulate(MarketMakingPipeline(config), tape)
    assert history.flattened.any()
    history.to_csv(tmp_path / "day.csv")
    assert rebuild(tmp_path / "day.csv").hash == history.hash
    desk = config.make_desk()
    both = simulate(desk, tape.repeated(2)).columns
    alone = simulate(desk, tape).columns
    for name in set(alone) - {"time"}:
        np.testing.assert_array_equal(both[name][:, 0], alone[name][:, 0], err_msg=name)


def test_a_history_from_before_tiers_is_read(tmp_path):
    history = simulate(MarketMakingPipeline(CONFIG), CONFIG.make_market().tape(1, 200, seed=4))
    assert "cost_tiers" not in json.dumps(history.provenance["configuration"])
    history.to_csv(tmp_path / "day.csv")
    assert rebuild(tmp_path / "day.csv").hash == History.from_csv(tmp_path / "day.csv").hash


@pytest.mark.parametrize(("solution", "share"), [("first order", 0.5), ("competitive", 1.0)])
@pytest.mark.parametrize("rebate", [0.002, 0.03])
def test_a_rebate_brings_a_dealers_quotes_in_by_the_share_that_a_cost_takes_them_out(solution, share, rebate):
    model = HoStoll(
        demand_intercept=20, demand_slope=20, volatility=0.3, risk_aversion=0.1, horizon=1, solution=solution
    )
    paid = dataclasses.replace(model, processing_cost=-rebate)
    q = np.arange(-3, 4)
    np.testing.assert_allclose(np.array(model.depths(q, 0.5)) - paid.depths(q, 0.5), share * rebate, atol=1e-12)
    rebated = CONFIG.override({"market": {"transaction_cost": -2e-5}})
    assert rebated.make_model("HoStoll", demand_intercept=20, demand_slope=20).processing_cost == pytest.approx(-0.002)


@pytest.mark.parametrize("fee", [-0.1, -0.02, 0.0, 0.05])
def test_on_an_exponential_flow_the_best_depth_moves_by_the_whole_fee(fee):
    """Of A exp(−kδ)(δ − f) the best δ is 1/k + f; and so a desk without risk earns most there, on one tape."""
    market = Market(mid_price=100, volatility=0, horizon=1, intensity=Exponential(arrival_rate=100, fill_decay=5.0))
    tape = market.tape(400, 400, seed=2)
    depths = 1 / 5 + fee + np.array([-0.1, 0.0, 0.1])
    earned = [simulate(Desk(model=Symmetric(half_spread=depth), venue=Venue(fee=fee)), tape).pnl for depth in depths]
    for other in (earned[0], earned[2]):
        more = earned[1] - other
        assert more.mean() > 2 * more.std() / np.sqrt(len(more))
