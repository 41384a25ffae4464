"""The short cuts of the levers' explorers do what `simulate` does, and the explorers say what is true."""

import itertools

import numpy as np
import pytest
from mmbook.ch07 import QuoteAggressivenessExplorer, QuoteSizerExplorer, QuoteTimerExplorer
from mmbook.ch07.quick_desk import always_fresh, resting

from mmlab import AvellanedaStoikov, Exponential, Market, Symmetric, simulate
from mmlab.desk import Desk, QuoteSizer, QuoteTimer, Venue
from tests.mmbook.test_explorers import numbers


def test_desks_that_are_always_fresh_do_what_simulate_does_with_their_sizers() -> None:
    flow = Exponential(arrival_rate=60, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(intensity=flow, market_order_size=3)
    model, tape = AvellanedaStoikov.for_market(market, risk_aversion=0.05), market.tape(20, 50, seed=2)
    inventories = np.arange(-6, 7)
    sizers = [QuoteSizer(base_size=s, max_position=6, size_decay=eta) for s, eta in ((1, 0), (4, 0.1), (9, 0))]
    bid, ask = model.depths(inventories, tape.time_left[:, np.newaxis, np.newaxis])
    sizes = np.array([[sizer.calculate_quote_size(inventories) for sizer in sizers]])
    quick = always_fresh(tape, bid, ask, sizes[:, :, 0], sizes[:, :, 1])
    for row, sizer in enumerate(sizers):
        slow = simulate(Desk(model=model, sizer=sizer), tape)
        np.testing.assert_array_equal(quick.inventory[:, row], slow.inventory)
        np.testing.assert_allclose(quick.edge[row], slow.edge, atol=1e-9)
        np.testing.assert_allclose(quick.pnl[row], slow.pnl, atol=1e-9)
        np.testing.assert_array_equal(quick.traded[row], (slow.bid_fill + slow.ask_fill).sum(axis=0))
        np.testing.assert_array_equal(quick.largest[row], np.abs(slow.inventory).max(axis=0))


@pytest.mark.parametrize(("latency", "queue_time"), [(0, 0), (0.004, 0.02), (0.02, 0.003), (0.031, 0.0217)])
@pytest.mark.parametrize(("min_quote_time", "max_move"), [(0, 0.3), (0.01, 0.6), (0.005, 9)])
def test_desks_with_a_timer_do_what_simulate_does(
    latency: float, queue_time: float, min_quote_time: float, max_move: float
) -> None:
    flow = Exponential(arrival_rate=40, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=5, mid_move="normal", intensity=flow)
    tape, ages = market.tape(10, 100, seed=4), (0.01, 0.03, 0.2)
    known = {"min_quote_time": min_quote_time, "max_move": max_move}
    quick = resting(tape, 0.8, ages, latency=latency, queue_time=queue_time, **known)
    for row, age in enumerate(ages):
        timer = QuoteTimer(max_quote_time=age, stale_fraction=1e6, **known)
        venue = Venue(latency=latency, queue_time=queue_time)
        slow = simulate(Desk(model=Symmetric(half_spread=0.8), volatility=5, timer=timer, venue=venue), tape)
        bids, asks = slow.bid_fill > 0, slow.ask_fill > 0
        np.testing.assert_allclose(quick.pnl[row], slow.pnl, atol=1e-9)
        np.testing.assert_allclose(quick.edge[row], slow.edge, atol=1e-9)
        np.testing.assert_array_equal(quick.fills[row], (bids | asks).sum(axis=0) + (bids & asks).sum(axis=0))
        np.testing.assert_array_equal(quick.refreshes[row], slow.refreshed.sum(axis=0))
        through = (bids & (slow.bid_price > slow.mid[:-1])) | (asks & (slow.ask_price < slow.mid[:-1]))
        np.testing.assert_array_equal(quick.picked_off[row], through.sum(axis=0))
        for side, prices, fills in ((0, slow.bid_price, bids), (1, slow.ask_price, asks)):
            np.testing.assert_allclose(quick.price[:, side, row], prices[:, 0], atol=1e-9)
            np.testing.assert_array_equal(quick.fill[:, side, row], fills[:, 0])


def test_the_side_that_adds_shrinks_the_limit_holds_and_a_larger_size_earns_less_than_its_share() -> None:
    shown = QuoteSizerExplorer()
    for eta, q_max, gamma in itertools.product((0.0, 0.3), (4, 25), (0.005, 0.1)):
        shown.set(size_decay=eta, max_position=q_max, risk_aversion=gamma)
        state = shown.compute(shown.values)
        bid, ask = state.sizer.calculate_quote_size(np.arange(q_max + 1))
        assert (np.diff(bid) <= 0).all()
        assert bid[-1] == 0
        assert (ask[1:] >= 1).all()
        assert state.curves.runs.largest.max() <= q_max
        assert state.within[0] <= state.within[1]
        mean = state.curves.mean
        assert mean[3] < 2 * mean[1]
        assert mean[7] < 2 * mean[3]


def test_a_size_is_best_inside_and_too_large_a_one_earns_less() -> None:
    shown = QuoteSizerExplorer()
    shown.set(base_size=10, risk_aversion=0.1)
    curves = shown.compute(shown.values).curves
    assert curves.best == 4
    assert curves.mean[9] < curves.mean[4]


def test_between_too_fresh_and_too_old_there_is_an_age_that_earns_most() -> None:
    shown = QuoteTimerExplorer()
    state = shown.compute(shown.values)
    fills, picked_off, edge = state.a_day
    best = int(edge.argmax())
    assert 0 < best < len(edge) - 1
    for end in (0, -1):
        paired = state.runs.edge[best] - state.runs.edge[end]
        assert paired.mean() > 4 * paired.std() / len(paired) ** 0.5 > 0
    # Too fresh: no place in the queue. Too old: nearly all that fills is picked off.
    assert fills[0] == 0
    assert picked_off[-1] / fills[-1] > 0.7


def test_who_watches_the_mid_is_not_picked_off_but_over_a_slow_line() -> None:
    shown = QuoteTimerExplorer()
    lost = []
    for preset in ("too patient", "watching the mid", "watching it over a slow line"):
        shown.choose(preset)
        state = shown.compute(shown.values)
        lost.append((state.a_day[1][state.row], state.a_day[2][state.row]))
    (_, patient), (off, watching), (off_slow, slow) = lost
    assert off == 0
    assert off_slow > 8
    assert watching > 2 > 0.5 > patient > slow


def test_the_lever_trades_less_and_does_not_make_a_calm_day_safer() -> None:
    shown = QuoteAggressivenessExplorer()
    state = shown.compute(shown.values)
    assert state.ours.fills < state.plain.fills
    assert state.ours.mean < state.plain.mean
    assert state.ours.sd > state.plain.sd
    assert numbers(shown._artists["t_money"].get_text())[:2] == pytest.approx(
        [state.ours.mean[0], state.ours.sd[0]], abs=0.051
    )
    assert (np.diff(state.curve.fills) < 0).all()


def test_in_a_market_under_stress_the_best_base_spread_is_narrower() -> None:
    shown = QuoteAggressivenessExplorer()
    calm = shown.compute(shown.values)
    shown.set(volatility=4)
    stressed = shown.compute(shown.values)
    assert stressed.best < calm.best
    assert stressed.ours.sd < stressed.plain.sd
