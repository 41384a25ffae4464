"""A recorded day as a tape for resting orders: when its steps begin, what they know, and where the market is closed."""

import dataclasses

import numpy as np
import pytest

from mmlab import Desk, Quotes, Symmetric, Venue, simulate
from mmlab.market import Day, DayError, MarketOrders, replay_tape
from mmlab.market.order_flow import OrderFlow
from mmlab.market.reach import last_bits, reached
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.parameters import ParameterError

FLOW = OrderFlow(limit_rate=0.6, cancel_rate=0.2, market_rate=0.3, market_size=300, depth=20, branching=0.5)


def small(**changes):
    """Quotes 99/101, then 99/103 after a sweep of two asks at time 1, then 98/102 after a sale at time 2.5."""
    known = dict(
        time=[0, 1, 2.5, 4],
        bid=[99, 99, 98, 98],
        ask=[101, 103, 102, 102],
        bid_size=[5, 5, 4, 4],
        ask_size=[5, 6, 5, 5],
        trade_time=[1, 1, 2.5],
        trade_side=[1, 1, -1],
        trade_size=[5, 2, 3],
        trade_price=[101, 102, 99],
    )
    return Day.from_quotes_and_trades(**(known | changes))


NOBODY = dict(trade_time=[], trade_side=[], trade_size=[], trade_price=[])


def column(values):
    return values.astype(float).ravel().round(6).tolist()


def test_two_steps_begin_with_each_order_and_each_move_of_the_mid_before_and_after_it():
    tape = replay_tape(small(), time_step=10, clip=2)
    assert tape.time.tolist() == [0, 1, 1, 2.5, 2.5, 4]
    assert column(tape.mid) == [100, 100, 101, 101, 100, 100]
    assert column(tape.buy_reach) == [-1, 2, -2, -2, -2]  # 102 from 100; elsewhere only the best bid
    assert column(tape.sell_reach) == [-1, -1, -2, 2, -2]  # 99 from 101
    assert column(tape.buy_size) == [1, 3.5, 1, 1, 1]
    assert column(tape.sell_size) == [1, 1, 1, 1.5, 1]
    assert tape.touch[:, 0, :, 0].tolist() == [[99, 101], [99, 101], [99, 103], [99, 103], [98, 102]]
    assert tape.touch[:, 1, :, 0].tolist() == [[2.5, 2.5], [2.5, 2.5], [2.5, 3], [2.5, 3], [2, 2.5]]
    assert tape.is_open.all()


def test_when_nothing_happens_the_desk_still_looks():
    tape = replay_tape(small(), time_step=0.75, clip=1)
    assert tape.time.tolist() == [0, 0.75, 1, 1, 1.5, 2.25, 2.5, 2.5, 3, 3.75, 4]


def test_a_quote_at_the_price_of_a_trade_is_reached_whatever_its_last_bits():
    day = small(bid=[0.7, 0.7, 0.6, 0.6], ask=[0.9, 1.1, 1, 1], trade_price=[0.9, 1.0, 0.7])
    tape, tick = replay_tape(day, time_step=10, clip=1), 0.1
    asks = [lambda mid, q, left, n=n: Quotes.at(np.nan * mid, n * tick + 0 * mid) for n in (9, 10, 11)]
    assert [simulate(ask, tape).ask_fill.sum() for ask in asks] == [1, 1, 0]


def test_what_the_other_side_came_to_is_reached_without_an_order():
    risen = small(bid=[99, 100.5, 104, 104], ask=[101, 103, 105, 105], **NOBODY)
    tape = replay_tape(risen, time_step=10, clip=1)
    assert tape.time.tolist() == [0, 1, 1, 2.5, 2.5, 4]
    assert column(tape.buy_reach) == [-1, 0.5, -1.25, 2.25, -0.5]  # 104 − 101.75, at 2.5 and from the mid before


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_reaches_of_the_tape_are_those_that_a_calibration_counts(seed):
    """No order is lost or met twice, and each counts from the mid that a calibration takes."""
    day = FLOW.run(60, seed=seed).day()
    tape, orders = replay_tape(day, 5, 100), day.market_orders
    for side, reach, size in ((1, tape.buy_reach, tape.buy_size), (-1, tape.sell_reach, tape.sell_size)):
        mine = orders.where((orders.side == side) & (orders.time < day.time[-1]))
        step = np.searchsorted(tape.time, mine.time - day.time[0] - 1e-12)
        np.testing.assert_allclose(reach[step, 0], mine.reach, atol=1e-6)
        np.testing.assert_allclose(100 * size[step, 0], mine.size)
        assert len(np.unique(step)) == len(step)


@pytest.mark.parametrize(("seed", "time_step"), [(1, 0.3), (2, 1.0), (3, 7.7)])
def test_how_often_the_desk_looks_changes_no_fill_of_quotes_around_the_mid(seed, time_step):
    day = FLOW.run(60, seed=seed).day()
    runs = [
        simulate(lambda mid, q, left: Quotes.at(mid - 0.02, mid + 0.02), replay_tape(day, dt, 100))
        for dt in (time_step, 60)
    ]
    assert runs[0].final_inventory == pytest.approx(runs[1].final_inventory)
    assert runs[0].pnl == pytest.approx(runs[1].pnl)


def test_where_there_is_no_mid_the_market_is_closed():
    halted = small(bid=[99, np.nan, 98, 98], ask=[101, np.nan, 102, 102], bid_size=[5, 0, 4, 4], ask_size=[5, 0, 5, 5])
    tape = replay_tape(halted, time_step=1, clip=1)
    assert tape.time.tolist() == [0, 1, 1, 2, 2.5, 3, 4]
    assert column(tape.is_open) == [True, True, False, False, True, True]
    assert column(tape.mid) == [100] * 7
    assert (tape.buy_reach[2:4] == -np.inf).all()
    assert np.isnan(tape.touch[2:4, 0]).all()
    history = simulate(lambda mid, q, left: Quotes.at(mid - 1, mid + 1), tape)
    assert np.isnan(history.bid_price[2:4]).all()
    assert (history.ask_size[2:4] == 0).all()
    late = replay_tape(small(bid=[np.nan, 99, 98, 98], bid_size=[0, 5, 4, 4]), time_step=10, clip=1)
    assert column(late.mid) == [101, 101, 101, 100, 100]
    assert column(late.is_open) == [False, True, True, True]


def test_a_silence_is_a_quiet_market_unless_it_is_said_to_be_a_gap():
    assert replay_tape(small(), 0.5, 1).is_open.all()
    tape = replay_tape(small(), 0.5, 1, stale_after=1)
    # The order after 1.5 silent seconds came while nobody knew the quotes: it is left out. Then there is news.
    assert tape.time.tolist() == [0, 0.5, 1, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert column(tape.is_open) == [True] * 5 + [False] + [True] * 2 + [False]


def test_a_day_of_one_event_and_one_without_orders_are_tapes():
    flat = [1, 1]
    one = Day.from_quotes_and_trades([0, 5], [99, 99], [101, 101], flat, flat, [], [], [], [])
    assert replay_tape(one, 100, 1).n_steps == 1
    order = Day.from_quotes_and_trades([0, 5], [99, 99], [101, 101], flat, flat, [3], [1], [1], [101])
    tape = replay_tape(order, 100, 1)
    assert tape.time.tolist() == [0, 3, 3, 5]
    assert column(tape.buy_reach) == [-1, 1, -1]
    quiet = replay_tape(small(**NOBODY), 100, 1)
    assert (quiet.buy_reach < 0).all()
    assert (quiet.sell_reach < 0).all()


def test_rows_of_one_time_are_one_event_and_the_last_of_them_holds():
    again = small(time=[0, 1, 1, 4], bid=[99, 99, 98.5, 98], **NOBODY)
    tape = replay_tape(again, 10, 1)
    assert tape.time.tolist() == [0, 1, 1, 4, 4]
    assert column(tape.mid) == [100, 100, 100.25, 100.25, 100]
    assert tape.touch[2, 0, :, 0].tolist() == [98.5, 102]
    both = small(trade_time=[1, 1, 1], trade_price=[101, 102, 99])
    tape = replay_tape(both, 10, 1)
    assert tape.time.tolist() == [0, 1, 1, 2.5, 2.5, 4]
    assert (tape.buy_reach[1], tape.sell_reach[1]) == (pytest.approx(2), pytest.approx(1))


def test_an_order_at_the_days_very_end_is_its_last_steps():
    tape = replay_tape(small(trade_time=[1, 1, 4]), 10, 1)
    assert tape.time.tolist() == [0, 1, 1, 2.5, 2.5, 4, 4]
    assert tape.sell_reach[-1] == pytest.approx(1)


@pytest.mark.parametrize("latency", [0, 1e-9, 1e-3, 0.5])
def test_what_is_decided_upon_a_fill_is_sent_at_the_fill(latency):
    flat = [5, 5]
    day = Day.from_quotes_and_trades([0, 10], [99, 99], [101, 101], flat, flat, [1, 2, 3], [1] * 3, [1] * 3, [101] * 3)
    desk = Desk(model=Symmetric(half_spread=1), venue=Venue(tick=1, latency=latency))
    history = simulate(desk, replay_tape(day, 10, 1))
    assert history.time[:-1][history.ask_fill[:, 0] > 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("queue", ["front", "back"])
@pytest.mark.parametrize("depth", [0.02, 0.03])
def test_a_latency_that_goes_to_0_is_none(queue, depth):
    """What moves is by the place in a queue of orders that arrive a nanosecond after the step began: a few fills."""
    day = SyntheticDay(arrival_rate=0.3, fill_decay=40, half_spread=2).run(1200, seed=1).day()
    tape, runs = replay_tape(day, 10, 100), []
    for latency in (0, 1e-9, 1e-6, 1e-3):
        rules = Venue(tick=0.01, latency=latency, cancel_latency=latency, queue=queue)
        runs.append(simulate(Desk(model=Symmetric(half_spread=depth), venue=rules), tape))
    fills = [int((run.bid_fill > 0).sum() + (run.ask_fill > 0).sum()) for run in runs]
    assert fills[0] > 100
    assert fills[1] == fills[2]
    assert runs[1].pnl == pytest.approx(runs[2].pnl)
    assert abs(fills[1] - fills[0]) <= (0 if queue == "front" else 0.03 * fills[0])
    assert abs(fills[3] - fills[0]) <= 0.06 * fills[0]
    assert abs(runs[1].pnl - runs[0].pnl) < (1e-9 if queue == "front" else 0.5)


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, -1, 1), (1, 1, 0), (1, 1, np.nan), (np.nan, 1, 1)])
def test_numbers_that_are_none_are_refused(numbers):
    reason = "(time_step|clip) must be a finite number above 0 .*; got (0|-1|nan)"
    if not numbers[2] > 0:
        reason = f"Day: stale_after must be above 0; got {numbers[2]:g}"
    with pytest.raises((DayError, ParameterError), match=rf"^{reason}\.$"):
        replay_tape(small(), *numbers)


def test_a_day_that_is_never_open_or_over_at_once_is_refused():
    nan, none = np.full(2, np.nan), np.zeros(2)
    nothing = MarketOrders(*([[]] * 5))
    for day in (
        Day([0, 1], nan, nan, none, none, nothing),
        Day([1, 1], [99, 99], [101, 101], [1, 1], [1, 1], nothing),
    ):
        with pytest.raises(DayError, match="needs time to go by and a step that starts with a mid"):
            replay_tape(day, 1, 1)


def test_a_replay_may_be_cut_short_and_keeps_what_was_displayed():
    tape = replay_tape(small(), 1, 1)
    np.testing.assert_array_equal(tape.first(3).touch, tape.touch[:3])
    assert dataclasses.replace(tape, touch=None).is_open.all()


def test_a_real_day_is_replayed_with_every_order(real_day):
    """Where another row bears an order's time, the mid before that time may not be the mid before the order."""
    tape, orders = replay_tape(real_day, 10, 100), real_day.market_orders
    assert tape.is_open.all()
    # Two steps for each order and each move of the mid, and one for each look, less those that bear one time.
    settled = np.flatnonzero(np.diff(real_day.time, append=np.inf) > 0)
    moved = settled[1:][np.abs(np.diff(real_day.mid[settled])) > 1e-9]
    happens = np.union1d(orders.time, real_day.time[moved])
    assert 0 <= tape.n_steps - 2 * len(happens) <= np.ceil(tape.time[-1] / 10)
    step = np.searchsorted(tape.time + real_day.time[0], orders.time - 1e-10)
    reach = np.where(orders.side == 1, tape.buy_reach[step, 0], tape.sell_reach[step, 0])
    depth = orders.side * (orders.price - tape.mid[step, 0])
    assert reached(depth, reach, last_bits(orders.price)).all()
    assert np.mean(np.abs(reach - orders.reach) < 1e-6) > 0.98
