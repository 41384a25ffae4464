"""Unwinder: an inventory that is too large crosses the spread, and the close is flat; priced, on record, to scale."""

import dataclasses

import numpy as np
import pytest

from mmlab import MarketMakingConfig, MarketMakingPipeline, ParameterError, simulate
from mmlab.desk import ConfigError, Desk, Mode, QuoteSizer, Reason, Unwinder, Venue
from mmlab.market import Exponential, Market
from mmlab.measure import attribute
from mmlab.models import Symmetric
from mmlab.simulation import rebuild

FLOW = tuple(Exponential(arrival_rate=rate, fill_decay=1.5) for rate in (60.0, 40.0))
MARKET = Market(mid_price=100, volatility=1, horizon=1, intensity=FLOW, market_order_size=2)
N_STEPS = 200
AGGRESSIVE = Unwinder(half_spread=0.1, impact=0.01, above=6, target=2)
FLAT = Unwinder(half_spread=0.1, impact=0.01, close=1.0, reduce_time=0.1, cross_time=1 / N_STEPS)
MODEL, VENUE = Symmetric(half_spread=0.4), Venue(fee=0.01, taker_fee=0.03)


def run(unwinder, market=MARKET, venue=VENUE, model=MODEL, n_paths=40, clip=1, **how):
    tape = market.tape(n_paths, N_STEPS, seed=5)
    tape = dataclasses.replace(tape, buy_size=clip * tape.buy_size, sell_size=clip * tape.sell_size)
    return simulate(Desk(model=model, limits=unwinder, venue=venue, **how), tape)


def crossed(history):
    return np.abs(history.flattened).sum(axis=0)


def test_from_the_bound_on_it_crosses_to_the_target_and_says_so():
    history = run(AGGRESSIVE)
    q = history.inventory[:-1]
    there = np.abs(q) >= 6
    assert there.sum() > 40
    np.testing.assert_array_equal(history.flattened, np.where(there, np.sign(q) * (np.abs(q) - 2), 0))
    n = np.abs(history.flattened)
    np.testing.assert_allclose(history.flatten_cost, 0.1 * n + 0.01 * n**2, atol=1e-15)
    np.testing.assert_allclose(history.fees, 0.01 * (history.bid_fill + history.ask_fill) + 0.03 * n, atol=1e-15)
    assert (history.mode[there] == Mode.REDUCE_ONLY).all()
    assert (history.reason[there] == Reason.UNWIND).all()
    assert (history.mode[~there] == Mode.NORMAL).all()
    parts = attribute(history, 0.05).parts
    np.testing.assert_allclose(parts["flattening"], -history.flatten_cost.sum(axis=0))
    np.testing.assert_allclose(parts["unexplained"], 0, atol=1e-9)


def test_the_close_is_flat_and_before_it_the_desk_only_reduces():
    history, free = run(FLAT), run(())
    assert (free.final_inventory != 0).any()
    np.testing.assert_array_equal(history.final_inventory, 0)
    late = history.time[:-1] >= 0.9 - 1e-9
    held = np.abs(history.inventory)
    assert (np.diff(held, axis=0)[late] <= 0).all()
    assert (history.reason[late] == Reason.CLOSE).all()
    assert not history.flattened[:-1].any()
    np.testing.assert_array_equal(history.bid_size[-1] + history.ask_size[-1], 0)
    np.testing.assert_array_equal(history.flattened[-1], history.inventory[-2])


@pytest.mark.parametrize("unwinder", [AGGRESSIVE, FLAT])
def test_long_and_short_unwind_alike(unwinder):
    """With bids for asks and the mid upside down a desk holds, gives up and earns the mirror image."""
    tape = MARKET.tape(20, N_STEPS, seed=5)
    turned = dataclasses.replace(
        tape,
        mid=200 - tape.mid,
        **{
            f"{a}_{x}": getattr(tape, f"{b}_{x}")
            for a, b in (("buy", "sell"), ("sell", "buy"))
            for x in ("reach", "size")
        },
    )
    desk = Desk(model=MODEL, limits=unwinder, venue=VENUE)
    ours, theirs = simulate(desk, tape), simulate(desk, turned)
    np.testing.assert_array_equal(theirs.flattened, -ours.flattened)
    np.testing.assert_array_equal(theirs.flatten_cost, ours.flatten_cost)
    np.testing.assert_allclose(theirs.pnl, ours.pnl, atol=1e-9)


@pytest.mark.parametrize("unwinder", [AGGRESSIVE, FLAT])
@pytest.mark.parametrize(("price", "clip", "clock"), [(10, 1, 1), (1, 4, 1), (1, 1, 60)])
def test_another_unit_of_price_clip_or_time_is_the_same_desk(unwinder, price, clip, clock):
    ours = run(unwinder)
    flow = tuple(Exponential(arrival_rate=rate / clock, fill_decay=1.5 / price) for rate in (60.0, 40.0))
    market = Market(
        mid_price=100 * price,
        volatility=price / np.sqrt(clock),
        horizon=clock,
        intensity=flow,
        market_order_size=2,
    )
    units = dict(half_spread=price, impact=price / clip, above=clip, target=clip, close=clock, reduce_time=clock)
    units["cross_time"] = clock
    fields = {name: None if (v := getattr(unwinder, name)) is None else v * unit for name, unit in units.items()}
    sizer = QuoteSizer(base_size=clip, max_position=50 * clip, min_size=clip, lot=clip)
    other = run(
        Unwinder(**fields),
        market,
        Venue(fee=0.01 * price, taker_fee=0.03 * price),
        Symmetric(half_spread=0.4 * price),
        clip=clip,
        sizer=sizer,
    )
    alone = run(unwinder, sizer=QuoteSizer(base_size=1, max_position=50, min_size=1, lot=1))
    np.testing.assert_allclose(other.flattened, clip * alone.flattened)
    np.testing.assert_allclose(other.pnl, price * clip * alone.pnl, rtol=1e-6, atol=1e-6 * price * clip)
    assert crossed(ours).sum() > 0


def test_a_dearer_crossing_costs_what_it_says_and_nothing_else_changes():
    cheap, dear = run(AGGRESSIVE), run(dataclasses.replace(AGGRESSIVE, half_spread=0.3))
    np.testing.assert_array_equal(cheap.flattened, dear.flattened)
    np.testing.assert_allclose(cheap.pnl - dear.pnl, 0.2 * crossed(cheap), atol=1e-9)


@pytest.mark.parametrize("latency", [0.0, 0.004, 0.012])
def test_what_still_works_is_left_to_its_order_and_no_crossing_turns_the_inventory(latency):
    venue = Venue(latency=latency, cancel_latency=latency)
    history = run(Unwinder(half_spread=0.1, above=6, close=1.0, cross_time=0.05), venue=venue)
    left = history.inventory[:-1] - history.flattened
    assert (left * history.inventory[:-1] >= 0).all()
    np.testing.assert_array_equal(history.final_inventory, 0)


def test_a_day_of_both_policies_is_rebuilt_and_the_same_alone_as_among_others(tmp_path):
    limits = dict(unwind="aggressive", unwind_above=400, unwind_to=100, flatten_half_spread=2e-4, flatten_impact=1e-6)
    config = MarketMakingConfig().override(
        {"limits": limits | dict(flat_by_close=True, close_reduce_time=600, close_cross_time=30)}
    )
    assert config == MarketMakingConfig.from_toml(config.to_toml())
    tape = config.make_market().tape(1, 2_340, seed=4)
    history = simulate(MarketMakingPipeline(config), tape)
    assert {Reason.UNWIND, Reason.CLOSE} <= {*history.reason[:, 0]}
    assert history.final_inventory[0] == 0
    history.to_csv(tmp_path / "day.csv")
    assert rebuild(tmp_path / "day.csv").hash == history.hash
    both = simulate(config.make_desk(), tape.repeated(2))
    for name in ("inventory", "cash", "flattened", "mode", "reason", "fees"):
        np.testing.assert_array_equal(getattr(both, name)[:, 1], getattr(history, name)[:, 0], err_msg=name)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (dict(), r"needs above \(q_x\) or close \(T\)"),
        (dict(above=3, target=3), r"target \(q_t\) 3 must be below above \(q_x\) 3"),
        (dict(close=1), r"cross_time \(t_x\) must be above 0"),
        (dict(close=1, cross_time=0.2, reduce_time=0.1), "it comes first"),
    ],
)
def test_an_unwinder_that_does_nothing_is_refused(given, why):
    with pytest.raises(ParameterError, match=why):
        Unwinder(half_spread=0.1, **given)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (dict(unwind="aggressive", flatten_half_spread=1e-4, flatten_impact=0), "needs unwind_above"),
        (dict(unwind_above=500), "'passive' takes none"),
        (dict(unwind="aggressive", unwind_above=500), "must say what that costs"),
        (dict(flat_by_close=True, flatten_half_spread=1e-4, flatten_impact=0), "close_cross_time 0 is not above"),
        (dict(unwind="slow"), "unwind must be 'passive' or 'aggressive'"),
        (dict(flatten_half_spread=1e-4), "on_halt='flatten' needs"),
    ],
)
def test_a_policy_that_is_not_whole_is_refused(limits, why):
    with pytest.raises(ConfigError, match=why):
        MarketMakingConfig().override({"limits": limits})
