"""Limits inside a desk: met, applied once, recorded; and never broken, whatever is on its way."""

import dataclasses

import numpy as np
import pytest

from mmlab import Desk, Exponential, Market, ParameterError, QuoteSizer, QuoteTimer, Symmetric, Venue, simulate
from mmlab.desk import (
    DeskView,
    MarketData,
    MarketMakingPipeline,
    Mode,
    Permission,
    PnLLimiter,
    PositionLimiter,
    Reason,
    VolatilityLimiter,
    mode_changes,
)
from mmlab.measure import attribute

NAN = float("nan")
N, W, R, H = Mode
ORDERS = Exponential(arrival_rate=140, fill_decay=1.5)
MARKET = Market.avellaneda_stoikov_2008(intensity=ORDERS, mid_move="normal")
FLATTENER = PnLLimiter(
    max_daily_loss=6,
    max_drawdown=12,
    widened_half_spread=0.5,
    on_halt="flatten",
    flatten_half_spread=0.25,
    flatten_impact=0.125,
)
POSITION = PositionLimiter(max_position=10, min_position=-7, soft_max_position=8)
VOLATILITY = VolatilityLimiter(soft_volatility=2.2, max_volatility=3, soft_half_spread=0.7, window=0.05)
MODEL = Symmetric(half_spread=0.3)
LARGE = QuoteSizer(base_size=8, max_position=200)


@pytest.fixture(scope="module")
def tape():
    """Orders of half a clip to eight."""
    plain = MARKET.tape(n_paths=300, n_steps=200, seed=1)
    sizes = np.random.default_rng(3).integers(1, 17, (2, 200, 300)) / 2
    return dataclasses.replace(plain, buy_size=sizes[0], sell_size=sizes[1])


def test_limits_that_are_far_away_change_nothing(tape):
    far = (
        PositionLimiter(max_position=1e6, min_position=-1e6),
        PnLLimiter(max_daily_loss=1e6, max_drawdown=1e6, widened_half_spread=1),
        VolatilityLimiter(soft_volatility=100, max_volatility=200, soft_half_spread=1, window=1),
    )
    bare, limited = (simulate(Desk(model=MODEL, volatility=2, limits=limits), tape) for limits in ((), far))
    for name in ("bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill", "inventory", "cash"):
        np.testing.assert_array_equal(getattr(bare, name), getattr(limited, name), name)
    assert not limited.mode.any()
    assert bare.mode is None
    assert len(mode_changes(limited)) == 0


@pytest.mark.parametrize("limits", [(POSITION,), (POSITION, FLATTENER, VOLATILITY)], ids=["position", "all"])
def test_in_a_million_fills_a_hard_limit_is_broken_0_times(limits):
    """Whatever travels: orders up to thrice the room, partial fills, and halts that flatten."""
    n_paths, n_steps, n_fills = 3_500, 250, 0
    tape = MARKET.tape(n_paths=n_paths, n_steps=n_steps, seed=2)
    sizes = np.random.default_rng(5).integers(1, 17, (2, n_steps, n_paths)) / 2
    for latency, cancel_latency in ((0, 0), (0.006, 0.015), (0.015, 0.006)):
        desk = Desk(
            model=Symmetric(half_spread=0.05),
            volatility=2,
            sizer=QuoteSizer(base_size=20, max_position=200, lot=0.5),
            timer=QuoteTimer(min_quote_time=0.01, max_quote_time=0.05, max_move=0.1),
            limits=limits,
            venue=Venue(latency=latency, cancel_latency=cancel_latency),
        )
        history = simulate(desk, dataclasses.replace(tape, buy_size=sizes[0], sell_size=sizes[1]))
        n_fills += np.count_nonzero(history.bid_fill) + np.count_nonzero(history.ask_fill)
        assert (history.inventory.min(), history.inventory.max()) == (-7, 10)  # reached, and not passed
        assert FLATTENER not in limits or np.count_nonzero(history.flattened) > 100
    assert n_fills > 1e6


def test_what_is_given_up_at_a_halt_is_paid_and_shown():
    """Every clip and every cent: the half-spread of .25 and .125 a clip, once the orders that rest are gone."""
    desk = Desk(model=MODEL, sizer=LARGE, limits=(POSITION, FLATTENER), venue=Venue(fee=0.15, cancel_latency=0.02))
    tape = Market.avellaneda_stoikov_2008(intensity=ORDERS, volatility=10).tape(n_paths=300, n_steps=200, seed=1)
    history = simulate(desk, tape, inventory=3, cash=-300)
    sold, cost = history.flattened, history.flatten_cost
    assert (sold > 0).any()
    assert (sold < 0).any()
    np.testing.assert_allclose(cost, 0.25 * np.abs(sold) + 0.125 * sold**2)
    np.testing.assert_allclose(
        np.diff(history.inventory, axis=0), history.bid_fill - history.ask_fill - sold, atol=1e-9
    )
    paid = np.nan_to_num(history.bid_price) * history.bid_fill - np.nan_to_num(history.ask_price) * history.ask_fill
    booked = sold * history.mid[:-1] - cost - paid - history.fees
    np.testing.assert_allclose(np.diff(history.cash, axis=0), booked, atol=1e-9)
    on_inventory = (history.inventory[1:] * np.diff(tape.mid, axis=0)).sum(axis=0)
    attributed = history.edge + on_inventory - history.fees.sum(axis=0) - cost.sum(axis=0)
    np.testing.assert_allclose(attributed, history.pnl, atol=1e-8)
    halted = np.cumsum(history.mode == H, axis=0) > 0
    assert not sold[~halted].any()
    ended = halted[-6]  # a halt lasts, and every cancellation has arrived
    assert not history.inventory[-1][ended].any()
    assert not history.bid_size[-1][ended].any()


def test_a_history_tells_every_change_of_mode(tape):
    limits = (POSITION, PnLLimiter(max_daily_loss=6, max_drawdown=12, widened_half_spread=0.5), VOLATILITY)
    history = simulate(Desk(model=MODEL, volatility=2, sizer=LARGE, limits=limits, venue=Venue(fee=0.3)), tape)
    assert (history.mode.dtype, history.reason.dtype, history.value.dtype) == (np.int8, np.int8, np.float32)
    assert history.mode.shape == history.bound.shape == history.bid_fill.shape
    changes = mode_changes(history)
    assert {*changes.reason} == {*Reason} - {Reason.PROFIT_LOCK, *list(Reason)[Reason.UNKNOWN :]}
    assert len(changes) == np.count_nonzero(np.diff(history.mode, axis=0, prepend=np.int8(0)))
    lost = changes.reason == Reason.DAILY_LOSS
    rows = np.searchsorted(tape.time, changes.time[lost])
    opened, now = (history.wealth[row, changes.path[lost]] for row in (0, rows))
    np.testing.assert_allclose(changes.value[lost], opened - now, rtol=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        history.mode[0] = 0
    with pytest.raises(ParameterError, match="a desk without limits"):
        mode_changes(simulate(MODEL, tape))


def test_settings_remember_nothing_of_a_run(tape):
    """What a desk and its parts hold after a run is what they were made of."""
    parts = (LARGE, QuoteTimer(min_quote_time=0, max_quote_time=1), POSITION, FLATTENER, VOLATILITY, Venue(tick=0.01))
    desk = Desk(model=MODEL, volatility=2, sizer=LARGE, timer=parts[1], limits=parts[2:5], venue=parts[5])
    simulate(desk, tape)
    for part in (desk, *parts):
        assert vars(part).keys() == {field.name for field in dataclasses.fields(part)}


def test_what_is_cut_is_whole_lots_and_a_side_that_reduces_is_there():
    """Of 6.7 clips room is left for 3.3: three lots; with 6.7 long six of them can be sold, and none bought."""
    limits = PositionLimiter(max_position=10, min_position=-10, soft_max_position=9)
    desk = Desk(model=MODEL, sizer=LARGE, limits=limits, venue=Venue(tick=0.25))
    for q, sizes in ((6.7, (3, 8)), (9.5, (0, 8)), (-9.6, (8, 0)), (25.5, (0, 8)), (0, (8, 8))):
        outcome = MarketMakingPipeline(desk, Still(), end=1, inventory=q).run_pipeline(MarketData(0, 100.1))
        assert tuple(outcome.fills.size.ravel()) == sizes
        there = ~np.isnan(outcome.fills.price)
        assert (outcome.fills.price[there] % 0.25 == 0).all()


class Still(Venue):
    """A venue where orders rest and nobody trades."""

    def submit(self, orders, quotes, data):
        return super().submit(orders, quotes, data.time, data.mid_price), True

    def advance(self, orders, data):
        return super().advance(orders, data.time, data.mid_price, np.full((2, data.n_paths), -np.inf), 1.0)


def started(desk, inventory=0):
    """A pipeline of one market, which starts with no equity at 100."""
    return MarketMakingPipeline(desk, Still(), end=9, inventory=inventory, cash=-100.0 * inventory)


def walk(pipeline, *data):
    """Mode and reason at these times and mids."""
    outcomes = [pipeline.run_pipeline(MarketData.unchecked(time, np.array([mid], float))) for time, mid in data]
    return [(Mode(outcome.permission.mode[0]), Reason(outcome.permission.reason[0])) for outcome in outcomes]


def test_an_unknown_equity_halts_and_says_so_until_a_reset():
    pipeline = started(Desk(model=MODEL, limits=(POSITION, FLATTENER)), inventory=1)
    assert walk(pipeline, (0, 100), (1, NAN), (2, 100)) == [(N, 0), (H, Reason.UNKNOWN), (H, Reason.UNKNOWN)]
    assert pipeline.state.inventory == 0  # given up when there was a price again
    pipeline.reset(who="Ann", reason="looked at")
    assert walk(pipeline, (3, 100)) == [(N, 0)]


def test_still_in_breach_a_reset_desk_halts_again_and_says_why():
    pnl = PnLLimiter(max_daily_loss=6, max_drawdown=9, widened_half_spread=1)
    pipeline = started(Desk(model=MODEL, limits=(POSITION, pnl)), inventory=3)
    lost, drawn = Reason.DAILY_LOSS, Reason.DRAWDOWN
    assert walk(pipeline, (0, 100), (1, 99), (2, 98)) == [(N, 0), (W, lost), (H, lost)]
    pipeline.reset(who="Ann", reason="looked at")
    assert walk(pipeline, (3, 98)) == [(H, lost)]
    pipeline.new_day()
    pipeline.reset(who="Ann", reason="looked at")
    assert walk(pipeline, (4, 98), (5, 97)) == [(W, drawn), (H, drawn)]


def test_already_beyond_every_limit_at_the_start_a_desk_only_halts():
    volatility_limit = VolatilityLimiter(soft_volatility=1, max_volatility=2, soft_half_spread=0.1, window=1)
    nothing = PnLLimiter(max_daily_loss=0, max_drawdown=0, widened_half_spread=0)
    desk = Desk(model=MODEL, volatility=3, limits=(POSITION, nothing, volatility_limit))
    assert walk(started(desk, 50), (0, 100)) == [(H, Reason.DRAWDOWN)]
    assert walk(started(Desk(model=MODEL, limits=POSITION), 50), (0, 100)) == [(R, Reason.POSITION)]


def test_with_a_limit_of_0_a_desk_only_comes_back():
    desk = Desk(model=MODEL, limits=PositionLimiter(max_position=0, min_position=0))
    for q, sizes in ((0, (0, 0)), (3, (0, 1)), (-3, (1, 0))):
        outcome = started(desk, q).run_pipeline(MarketData(0, 100))
        assert tuple(outcome.fills.size.ravel()) == sizes


class StopLoss:
    """A reader's own limit, which gives up what it has at its loss, for a quarter a clip."""

    def start(self, view):
        return np.zeros(view.n_paths, dtype=bool)

    def step(self, stopped, view):
        stopped = stopped | (view.equity <= -6)
        return stopped, Permission(mode=stopped * np.int8(Mode.HALT))

    def flatten(self, stopped, view):
        sold = np.where(stopped, view.inventory, 0.0)
        return sold, 0.25 * np.abs(sold)


@pytest.mark.parametrize("latency", [0, 0.02])
def test_a_readers_own_limit_can_give_up_inventory_at_a_halt(latency):
    """In the history and in the attribution, with latency too: what an order can still unwind is not given up."""
    tape = Market.avellaneda_stoikov_2008(intensity=ORDERS, volatility=10).tape(n_paths=300, n_steps=200, seed=1)
    venue = Venue(fee=0.15, latency=latency, cancel_latency=latency)
    history = simulate(Desk(model=MODEL, sizer=LARGE, limits=(POSITION, StopLoss()), venue=venue), tape)
    sold, cost = history.flattened, history.flatten_cost
    assert (sold > 0).any()
    assert (sold < 0).any()
    np.testing.assert_array_equal(cost, 0.25 * np.abs(sold))
    halted = np.cumsum(history.mode == H, axis=0) > 0
    assert not sold[~halted].any()
    assert not history.inventory[-1][halted[-9]].any()
    assert np.abs(history.inventory).max() <= 10
    shared = attribute(history, horizon=0.05)
    np.testing.assert_allclose(shared.flattening, -cost.sum(axis=0), atol=1e-9)


def test_a_limit_that_is_changed_to_flatten_shows_what_it_costs():
    hold = PnLLimiter(max_daily_loss=6, max_drawdown=12, widened_half_spread=0.5)
    pipeline = started(Desk(model=MODEL, limits=hold), inventory=4)
    assert walk(pipeline, (0, 100), (1, 98)) == [(N, 0), (H, Reason.DAILY_LOSS)]
    assert pipeline.history.flattened is None
    pipeline.change_limits(FLATTENER, who="Bob", reason="give it up")
    walk(pipeline, (2, 98), (3, 98))
    history = pipeline.history
    assert history.flattened[:, 0].tolist() == [0, 0, 4, 0]
    assert history.flatten_cost[:, 0].tolist() == [0, 0, 0.25 * 4 + 0.125 * 16, 0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, r"StopLoss\.flatten must return \(sold, cost\), each of shape \(2,\); it returned None"),
        ((np.zeros(3), 0), r"StopLoss\.flatten must return \(sold, cost\), each of shape \(2,\)"),
        (([3, 0], 0), r"StopLoss\.flatten may give up part or all of 2 clips; it gives up 3"),
        (([-1, 0], 0), r"StopLoss\.flatten may give up part or all of 2 clips; it gives up -1"),
        (([0, 1], 0), r"StopLoss\.flatten may give up nothing but on a halted path with a known mid; it gives up 1"),
        (([NAN, 0], 0), r"StopLoss\.flatten .* it gives up nan"),
        (([2, 0], NAN), r"StopLoss\.flatten must say what it costs; got nan"),
    ],
)
def test_what_a_readers_limit_gives_up_is_what_there_is_at_a_halt_or_a_sentence(answer, message):
    limit = StopLoss()
    limit.step = lambda state, view: (state, Permission(mode=np.array([H, N], np.int8)))
    limit.flatten = lambda state, view: answer
    pipeline = MarketMakingPipeline(Desk(model=MODEL, limits=limit), Still(), end=9, inventory=2)
    with pytest.raises(ParameterError, match=f"Desk: {message}"):
        pipeline.run_pipeline(MarketData(0, [100, 100]))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (3, r"a limit must have start\(view\) and step\(state, view\); got 3"),
        (StopLoss, r"a limit must have start\(view\) and step\(state, view\); got <class"),
        (VOLATILITY, r"the volatility \(σ\) that the desk expects"),
    ],
)
def test_what_is_no_limit_is_refused(limits, message):
    with pytest.raises(ParameterError, match=message):
        Desk(model=MODEL, limits=limits)


def test_a_limit_that_takes_something_else_or_asks_for_what_nobody_knows_is_told_what_there_is():
    class Old(StopLoss):
        def step(self, state, time, inventory):
            return state, Permission()

    class Curious(StopLoss):
        def step(self, state, view):
            return state, Permission(max_bid_size=view.weather)

    for limit, error, message in (
        (Old(), ParameterError, r"Desk: Old\.step must take \(state, view\): .* missing .* 'inventory'"),
        (Curious(), AttributeError, r"A limit is shown time, mid_price, .*; there is no 'weather'"),
    ):
        with pytest.raises(error, match=message):
            started(Desk(model=MODEL, limits=limit)).run_pipeline(MarketData(0, 100))


def test_a_view_is_one_market_or_many():
    view = DeskView(1, [100, NAN], inventory=2, cash=-150)
    assert view.n_paths == 2
    np.testing.assert_array_equal(view.equity, [50, NAN])
    np.testing.assert_array_equal(view.volatility, [NAN, NAN])
    for mid, inventory, shape in (([100, 101], [1, 2, 3], r"\(2,\)"), ([[100, 101]], 0, r"\(1, 2\)")):
        with pytest.raises(ParameterError, match=f"DeskView: mid_price must be a number or one for .*; got {shape}"):
            DeskView(1, mid, inventory)


class Watcher:
    """A reader's own limit, which forbids nothing and says what it watches."""

    def start(self, view):
        return None

    def step(self, state, view):
        return None, Permission(value=np.abs(view.inventory), bound=5.0)


@pytest.mark.parametrize("n_paths", [1, 3])
def test_what_a_limit_watches_is_on_record_where_it_forbids_nothing(n_paths):
    history = simulate(Desk(model=MODEL, limits=(Watcher(),)), MARKET.tape(n_paths, 50, seed=1))
    np.testing.assert_array_equal(history.value, np.abs(history.inventory[:-1]))
    assert (history.bound == 5).all()
    assert not history.mode.any()
