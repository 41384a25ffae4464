"""A desk on a tape: with every lever neutral it is the bare model, and each lever alone does what it says."""

import dataclasses

import numpy as np
import pytest

from mmlab import (
    AvellanedaStoikov,
    Desk,
    Exponential,
    GueantLehalleFernandezTapia,
    HoStoll,
    Linear,
    Market,
    ParameterError,
    QuoteAggressiveness,
    Quotes,
    QuoteSizer,
    QuoteTimer,
    Signal,
    Symmetric,
    Tape,
    Venue,
    exact_moments,
    simulate,
    simulate_desk,
)
from mmlab.desk import Permission
from mmlab.market import Day, replay_tape

PAPER = Market.avellaneda_stoikov_2008()
MODEL = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
ROUGH = Market(
    mid_price=100,
    volatility=2,
    horizon=1,
    drift=-1,
    jump=(0.15, 0.05),
    intensity=(Exponential(arrival_rate=30, fill_decay=1), Linear(demand_intercept=20, demand_slope=15)),
)
NEUTRAL = dict(
    volatility=2,
    sizer=QuoteSizer(base_size=1, max_position=200),
    timer=QuoteTimer(min_quote_time=0, max_quote_time=0),
    aggressiveness=QuoteAggressiveness(base_spread=0, max_spread=0, max_position=200, normal_volatility=2),
    venue=Venue(),
)
SLOW = QuoteTimer(min_quote_time=0.02, max_quote_time=0.1, stale_fraction=0.5, max_move=0.3)
ALL_LEVERS = dict(
    volatility=2,
    sizer=QuoteSizer(base_size=5, max_position=20, lot=0.5, min_size=1, size_decay=0.1),
    timer=SLOW,
    aggressiveness=QuoteAggressiveness(base_spread=1, max_spread=2, max_position=20, normal_volatility=1.5),
    venue=Venue(tick=0.01, fee=0.01, latency=0.015, cancel_latency=0.01, queue_time=0.01),
)
COLUMNS = ("bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill", "inventory", "cash", "wealth")


@pytest.fixture(scope="module")
def tape():
    return PAPER.tape(n_paths=200, n_steps=200, seed=1)


@pytest.fixture(scope="module")
def stressed():
    """Few orders and a mid that runs: whoever stands still is picked off."""
    few = Exponential(arrival_rate=10, fill_decay=1.5)
    return Market.avellaneda_stoikov_2008(volatility=6, intensity=few).tape(n_paths=200, n_steps=200, seed=1)


def with_sizes(tape, seed=3):
    """The same tape with market orders of half a clip to four."""
    sizes = np.random.default_rng(seed).integers(1, 9, (2, tape.n_steps, tape.n_paths)) / 2
    return dataclasses.replace(tape, buy_size=sizes[0], sell_size=sizes[1])


def models():
    rough = dict(risk_aversion=0.3, volatility=2, horizon=1)
    return [
        MODEL,
        AvellanedaStoikov.for_market(PAPER, risk_aversion=3),  # quotes through the mid
        Symmetric(half_spread=0.6),
        HoStoll(**rough, demand_intercept=20, demand_slope=15),
        GueantLehalleFernandezTapia(**rough, arrival_rate=140, fill_decay=1.5, max_inventory=4),
    ]


@pytest.mark.parametrize("levers", [{}, NEUTRAL], ids=["none", "all neutral"])
@pytest.mark.parametrize("market", [PAPER, ROUGH], ids=["paper", "rough"])
@pytest.mark.parametrize("model", models(), ids=lambda model: type(model).__name__)
def test_with_every_lever_neutral_a_desk_is_the_bare_model_to_the_last_bit(model, market, levers):
    tape = market.tape(n_paths=60, n_steps=80, seed=7)
    bare, desk = (
        simulate(model, tape, inventory=2, cash=5),
        simulate(Desk(model=model, **levers), tape, inventory=2, cash=5),
    )
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(desk, name), getattr(bare, name), name)
    assert not desk.fees.any()
    assert desk.refreshed.all()


def test_neutral_levers_agree_with_the_bare_model_on_orders_of_any_size(tape):
    by_orders = with_sizes(tape)
    np.testing.assert_array_equal(
        simulate(Desk(model=MODEL, **NEUTRAL), by_orders).cash, simulate(MODEL, by_orders).cash
    )


def test_a_neutral_desk_earns_what_the_chain_says(mean_error, sd_error):
    exact = exact_moments(MODEL, PAPER, n_steps=50)
    pnl = simulate(Desk(model=MODEL, **NEUTRAL), PAPER.tape(n_paths=10_000, n_steps=50, seed=5)).pnl
    assert abs(pnl.mean() - exact.mean) < 4 * mean_error(pnl)
    assert abs(pnl.std() - exact.sd) < 4 * sd_error(pnl)


def test_a_constant_fee_costs_what_the_chain_says_of_the_fills(mean_error):
    """A symmetric desk that pays a fee c earns its depth less c on each of as many fills."""
    tape = PAPER.tape(n_paths=5_000, n_steps=100, seed=6)
    run = simulate(Desk(model=Symmetric(half_spread=0.6), venue=Venue(fee=0.05)), tape)
    exact = exact_moments(Symmetric(half_spread=0.6), PAPER, n_steps=100).mean * (0.6 - 0.05) / 0.6
    assert abs(run.pnl.mean() - exact) < 4 * mean_error(run.pnl)
    np.testing.assert_allclose(run.fees, 0.05 * (run.bid_fill + run.ask_fill))


def desks():
    alone = {name: {"volatility": 2, name: lever} for name, lever in ALL_LEVERS.items() if name != "volatility"}
    return alone | {"all": ALL_LEVERS}


@pytest.mark.parametrize("levers", desks().values(), ids=desks().keys())
def test_every_clip_and_every_cent_is_accounted_for(levers, tape):
    history = simulate(Desk(model=MODEL, **levers), with_sizes(tape), inventory=1, cash=50)
    np.testing.assert_allclose(np.diff(history.inventory, axis=0), history.bid_fill - history.ask_fill, atol=1e-9)
    paid = np.nan_to_num(history.bid_price) * history.bid_fill - np.nan_to_num(history.ask_price) * history.ask_fill
    np.testing.assert_allclose(np.diff(history.cash, axis=0), -paid - history.fees, atol=1e-9)
    on_inventory = (history.inventory[1:] * np.diff(tape.mid, axis=0)).sum(axis=0)
    np.testing.assert_allclose(history.edge + on_inventory - history.fees.sum(axis=0), history.pnl, atol=1e-8)
    assert (history.bid_fill <= history.bid_size).all()
    assert (history.ask_fill <= history.ask_size).all()
    assert (np.isnan(history.bid_price) == (history.bid_size == 0)).all()


@pytest.mark.parametrize("latency", [0, 0.002, 0.005, 0.031])
def test_no_fill_ever_breaks_the_limits_whatever_is_on_its_way(latency, tape):
    """Small limits, large sizes, a skew that fills them: about a hundred thousand decisions with orders in flight."""
    desk = Desk(
        model=Symmetric(half_spread=0.2),
        volatility=2,
        sizer=QuoteSizer(base_size=4, max_position=5, min_position=-3),
        timer=SLOW,
        venue=Venue(latency=latency, cancel_latency=2 * latency),
    )
    history = simulate(desk, dataclasses.replace(tape, buy_size=4 * tape.buy_size, sell_size=4 * tape.sell_size))
    assert (history.inventory.min(), history.inventory.max()) == (-3, 5)


def test_a_desk_over_its_limit_comes_back_and_does_not_go_further():
    desk = Desk(model=Symmetric(half_spread=0.4), sizer=QuoteSizer(base_size=1, max_position=5))
    history = simulate(desk, PAPER.tape(100, 400, seed=2), inventory=12)
    assert history.inventory.max() == 12
    assert (history.bid_fill[history.inventory[:-1] >= 5] == 0).all()
    assert (history.final_inventory <= 5).all()


def test_a_larger_size_fills_more_and_widens_the_tail_of_the_inventory(tape):
    orders = dataclasses.replace(tape, buy_size=4 * tape.buy_size, sell_size=4 * tape.sell_size)
    small, large = (
        simulate(Desk(model=MODEL, sizer=QuoteSizer(base_size=size, max_position=200)), orders) for size in (1, 4)
    )
    assert large.bid_fill.sum() > 2 * small.bid_fill.sum()
    assert np.quantile(np.abs(large.inventory), 0.95) > 2 * np.quantile(np.abs(small.inventory), 0.95)


def picked_off(history):
    """What was lost against the mid by fills at prices that it had moved through [price · clip], per path."""
    mid = history.mid[:-1]
    bid = np.where(history.bid_fill > 0, np.maximum(history.bid_price - mid, 0) * history.bid_fill, 0)
    ask = np.where(history.ask_fill > 0, np.maximum(mid - history.ask_price, 0) * history.ask_fill, 0)
    return (bid + ask).sum() / history.mid.shape[1]


def edge_per_clip(history):
    return history.edge.sum() / (history.bid_fill + history.ask_fill).sum()


def test_the_longer_quotes_rest_the_less_a_fill_earns(stressed):
    runs = []
    for age in (0, 0.02, 0.1):
        timer = QuoteTimer(min_quote_time=age, max_quote_time=age)
        runs.append(simulate(Desk(model=Symmetric(half_spread=0.6), volatility=6, timer=timer), stressed))
    assert edge_per_clip(runs[0]) == pytest.approx(0.6)
    assert (np.diff([edge_per_clip(run) for run in runs]) < 0).all()
    assert [picked_off(run) > 0 for run in runs] == [False, True, True]


def test_the_later_a_refresh_arrives_the_less_a_fill_earns(stressed):
    desks = [Desk(model=Symmetric(half_spread=0.6), venue=Venue(latency=latency)) for latency in (0, 0.01, 0.03)]
    runs = [simulate(desk, stressed) for desk in desks]
    assert (np.diff([edge_per_clip(run) for run in runs]) < 0).all()
    assert [picked_off(run) > 0 for run in runs] == [False, True, True]


@pytest.mark.parametrize("name", ["latency", "queue_time"])
def test_a_time_finer_than_the_steps_costs_its_share_of_one(name, stressed):
    """What fills at latency ℓ < Δt is a mixture of what fills at 0 and at Δt: profits are, and so is their mean."""
    desks = [
        Desk(model=Symmetric(half_spread=0.6), venue=Venue(**{name: share * 0.005}))
        for share in (0, 0.0001, 0.3, 0.7, 1)
    ]
    none, almost, some, more, all_of_it = (simulate(desk, stressed).edge for desk in desks)
    np.testing.assert_allclose(almost.mean(), none.mean(), atol=4 * (almost - none).std() / 200**0.5 + 1e-12)
    for share, run in ((0.3, some), (0.7, more)):
        off = run - ((1 - share) * none + share * all_of_it)
        assert abs(off.mean()) < 4 * off.std() / 200**0.5
        assert none.mean() - run.mean() > 5 * (none - run).std() / 200**0.5


def test_each_refresh_loses_the_place_in_the_queue(tape):
    """With a queue of three steps a desk that chases every tick is never at its front."""
    queue, fills = Venue(queue_time=3 / 200), []
    for age in (0, 0.03):
        timer = QuoteTimer(min_quote_time=age, max_quote_time=age)
        history = simulate(Desk(model=Symmetric(half_spread=1.5), volatility=2, timer=timer, venue=queue), tape)
        fills.append(history.bid_fill.sum() + history.ask_fill.sum())
    assert fills[0] == 0 < fills[1]


def test_a_timer_keeps_its_ages(tape):
    refreshed = simulate(Desk(model=MODEL, volatility=2, timer=SLOW), tape).refreshed
    for path in refreshed.T:
        ages = np.diff(np.flatnonzero(path)) / 200
        assert ages.min() >= SLOW.min_quote_time - 1e-9
        assert ages.max() <= SLOW.max_quote_time + 1e-9


def test_a_shy_desk_fills_less(tape):
    shy = QuoteAggressiveness(base_spread=1, max_spread=3, max_position=10, normal_volatility=2)
    bare, widened = (simulate(Desk(model=MODEL, volatility=2, aggressiveness=a), tape) for a in (None, shy))
    assert widened.bid_fill.sum() < bare.bid_fill.sum()
    stressed = simulate_desk(Desk(model=MODEL, volatility=2, aggressiveness=shy), tape, volatility=8.0)
    assert stressed.bid_fill.sum() < widened.bid_fill.sum()
    assert np.nanmin(stressed.ask_price - stressed.bid_price) > np.nanmin(widened.ask_price - widened.bid_price)


def test_a_measured_volatility_may_differ_by_step_and_path(tape):
    timer = QuoteTimer(min_quote_time=0, max_quote_time=10, stale_fraction=1e-3)
    measured = np.zeros((tape.n_steps, tape.n_paths))
    measured[100:, ::2] = 2
    refreshed = simulate_desk(Desk(model=MODEL, volatility=2, timer=timer), tape, volatility=measured).refreshed
    assert refreshed[100:, ::2].all()
    assert refreshed.sum() == tape.n_paths + measured[100:, ::2].size / 1


def test_prices_are_whole_ticks_outside_the_models(tape):
    bare, desk = simulate(MODEL, tape), simulate(Desk(model=MODEL, venue=Venue(tick=0.05)), tape)
    np.testing.assert_allclose(np.round(desk.bid_price / 0.05) * 0.05, desk.bid_price, atol=1e-9)
    assert (desk.bid_price[0] <= bare.bid_price[0]).all()
    assert (desk.ask_price[0] >= bare.ask_price[0]).all()


def test_in_a_market_that_stands_still_nothing_is_stale_and_nothing_picked_off():
    still = Market.avellaneda_stoikov_2008(volatility=0)
    history = simulate(
        Desk(model=Symmetric(half_spread=0.6), volatility=0, timer=QuoteTimer(min_quote_time=0, max_quote_time=9)),
        still.tape(20, 50, seed=1),
    )
    assert history.refreshed.sum() == 20  # once a path: σ = 0
    assert picked_off(history) == 0


def test_a_desk_looks_at_the_signal_if_its_model_does():
    class Chaser:
        def quotes(self, mid_price, inventory, time_left, signal):
            return Quotes.around(mid_price + 0.01 * signal, 0.5, 0.5)

    market = Market.avellaneda_stoikov_2008(signal=Signal(mean_reversion=2, signal_jump=3))
    tape = market.tape(5, 20, seed=1)
    np.testing.assert_array_equal(simulate(Desk(model=Chaser()), tape).cash, simulate(Chaser(), tape).cash)
    with pytest.raises(ParameterError, match="asks for a signal and the market data has none"):
        simulate(Desk(model=Chaser()), PAPER.tape(5, 20, seed=1))


class NoBids:
    """A limit that withdraws the bid from half of the session on: what rests too, whatever the timer says."""

    def start(self, view):
        return 0

    def step(self, state, view):
        return state + 1, Permission(max_bid_size=0) if view.time >= 0.5 else Permission()


def test_limits_stand_between_timing_and_venue(tape):
    never = QuoteTimer(min_quote_time=5, max_quote_time=5)
    far = Symmetric(half_spread=4)
    desk = Desk(model=far, volatility=2, timer=never, limits=NoBids(), venue=Venue(cancel_latency=0.1))
    history = simulate(desk, tape)
    assert np.isnan(history.bid_price[120:]).all()
    assert history.bid_fill[100:120].sum() > 0  # while the cancellation is on its way
    bare = simulate(Desk(model=far, volatility=2, timer=never), tape)
    np.testing.assert_array_equal(history.inventory[:101], bare.inventory[:101])


@pytest.mark.parametrize("queue", ["front", "back"])
@pytest.mark.parametrize("latency", [0, 1.5])
def test_a_halt_cancels_what_rests_and_leaves_the_history_whole(queue, latency):
    """Quotes 99/101 but from 3 to 6, and 104/106 after; an order in each second in which there is trading."""
    time = np.arange(12.0)
    middle = np.where(time < 3, 100, np.where(time < 6, np.nan, 105))
    shown = np.where(np.isnan(middle), 0, 1)
    side = np.resize([1, -1], 11)
    day = Day.from_quotes_and_trades(
        *(time, middle - 1, middle + 1, shown, shown),
        *(time[:-1] + 0.25, side, np.full(11, 9), np.nan_to_num(middle[:-1], nan=100) + side),
    )
    tape = replay_tape(day, 0.5, 1)
    timer = QuoteTimer(min_quote_time=0, max_quote_time=50, max_move=0.1)
    venue = Venue(latency=latency, cancel_latency=latency, queue=queue)
    history = simulate(Desk(model=Symmetric(half_spread=0.7), volatility=1, timer=timer, venue=venue), tape)
    start, closed = tape.time[:-1], ~tape.is_open[:, 0]
    assert closed.tolist() == ((start >= 3) & (start < 6)).tolist()
    gone = (start >= 3 + latency) & (start < 6 + latency)
    assert np.isnan(history.bid_price[gone]).all()
    assert (history.ask_size[gone] == 0).all()
    assert not history.bid_fill[closed].any()
    assert not history.ask_fill[closed].any()
    again = history.ask_price[start >= 6 + latency]
    assert set(again[~np.isnan(again)]) == {105.7}
    assert history.bid_fill[start > 6 + latency].sum() > 0
    np.testing.assert_allclose(np.diff(history.inventory, axis=0), history.bid_fill - history.ask_fill)
    assert np.isfinite(history.wealth).all()


def test_a_path_does_not_know_the_others(tape):
    desk = Desk(model=MODEL, **ALL_LEVERS)
    third = Tape(
        tape.time,
        *(getattr(tape, name)[:, 3:4] for name in ("mid", "buy_reach", "sell_reach", "buy_size", "sell_size")),
    )
    np.testing.assert_array_equal(simulate(desk, third).cash[:, 0], simulate(desk, tape).cash[:, 3])


def test_a_history_cannot_be_written_on(tape):
    history = simulate(Desk(model=MODEL), tape)
    for column in (
        history.bid_price,
        history.ask_fill,
        history.inventory,
        history.cash,
        history.fees,
        history.refreshed,
    ):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


@pytest.mark.parametrize(
    ("levers", "reason"),
    [
        (dict(timer=SLOW), r"Desk: a timer and an aggressiveness need the volatility \(σ\)"),
        (dict(sizer=3), "Desk: sizer must be a QuoteSizer; got 3"),
        (dict(venue=None), "Desk: venue must be a Venue; got None"),
        (dict(volatility=-1), r"volatility \(σ\) must be .* at least 0"),
        (dict(model=None), r"Desk: model must have quotes\(mid_price, inventory, time_left\); got None"),
        (dict(sizes=3), "Desk has no parameter 'sizes'"),
    ],
)
def test_what_is_no_desk_is_refused(levers, reason):
    with pytest.raises(ParameterError, match=reason):
        Desk(**(dict(model=MODEL) | levers))


def test_a_volatility_of_another_shape_is_refused(tape):
    with pytest.raises(ParameterError, match=r"must broadcast to \(n_steps, n_paths\) = \(200, 200\); got \(3,\)"):
        simulate_desk(Desk(model=MODEL, volatility=2), tape, volatility=[1, 2, 3])


def test_a_history_too_large_for_the_machine_is_refused(tape, monkeypatch):
    monkeypatch.setattr("mmlab.arrays.MEMORY_LIMIT", 100_000)
    with pytest.raises(ParameterError, match=r"A history of 200 paths × 200 steps would take"):
        simulate(Desk(model=MODEL), tape)
