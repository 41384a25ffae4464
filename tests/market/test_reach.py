"""Which order comes to which price: by exact arithmetic in whole ticks, wherever prices lie and in whatever units."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Desk, Exponential, Market, Quotes, Symmetric, Venue, simulate
from mmlab.market import Day, replay_tape
from mmlab.market.order_flow import OrderFlow
from mmlab.market.reach import last_bits, passed, reached
from mmlab.measure import calibrate

FLOW = OrderFlow(limit_rate=0.6, cancel_rate=0.2, market_rate=0.3, market_size=300, depth=20, branching=0.5)
LEVELS = [(100, 100), (30, 100), (1.1, 10**5), (9682, 100), (2e-5, 10**8), (-300, 100), (1e9, 100)]
"""A price and how many ticks a unit has; the last is 10¹¹ ticks."""


def one_order(bid, ask, price):
    """A buyer pays `price` for six clips between two looks."""
    quotes = [np.full(4, x) for x in (bid, ask, 5, 5)]
    return Day.from_quotes_and_trades([0, 1, 2, 3], *quotes, [1.5], [1], [6], np.array([price]))


def tapes(day):
    return day.tape(1.0, 1.0), replay_tape(day, 1.0, 1.0)


@pytest.mark.parametrize(("price", "per_unit"), LEVELS)
def test_a_trade_at_our_price_is_ours_at_every_price(price, per_unit):
    """Case 03: 200 prices in a row, each order for six clips at exactly our ask."""
    start, tick = round(price * per_unit), 1 / per_unit
    filled = np.zeros(5)
    for k in range(start, start + 200):
        steps, replay = tapes(one_order((k - 1) / per_unit, (k + 1) / per_unit, (k + 1) / per_unit))
        ask = Symmetric(half_spread=tick)
        front, back = (Desk(model=ask, venue=Venue(tick=tick, queue=queue)) for queue in ("front", "back"))
        runs = (front, steps), (front, replay), (back, replay), (ask, steps), (ask, replay)
        filled += [simulate(desk, tape).ask_fill.sum() for desk, tape in runs]
    assert filled.tolist() == [200] * 5


@pytest.mark.parametrize("level", [100, -100, 0, 10**9])
def test_below_zero_the_front_of_the_queue_fills_what_the_back_does(level):
    """Case 06: one clip at each end, wherever prices lie."""
    tape = replay_tape(one_order(level - 1, level + 1, level + 1), 1.0, 1.0)
    for queue in ("front", "back"):
        desk = Desk(model=Symmetric(half_spread=1), venue=Venue(tick=1.0, queue=queue))
        assert simulate(desk, tape).ask_fill.sum() == 1


ticks = st.sampled_from([0.01, 0.1, 0.25, 1e-5, 1e-8, 1 / 3, 5.0])


@given(ticks, st.integers(-(10**11), 10**11), st.integers(-20, 20), st.integers(-60, 60), st.sampled_from([-1, 1]))
def test_on_ticks_an_order_comes_to_what_whole_numbers_say(tick, mid_half_ticks, ours, thirds, side):
    """k ≤ ⌊w/tick⌋ in fractions, for orders on thirds of a tick and mids on halves; beyond is a whole tick beyond."""
    k = mid_half_ticks // 2 + side * ours
    worst = mid_half_ticks // 2 + side * Fraction(thirds, 3)
    price, mid = k * tick, mid_half_ticks * tick / 2
    reach = side * (float(worst) * tick - mid)
    depth, bits = side * (price - mid), last_bits(price, mid, tick=tick)
    whole = floor(side * worst) - side * k
    assert reached(depth, reach, bits) == (whole >= 0)
    assert passed(depth, reach, bits, tick) == (whole >= 1)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1), st.floats(-2, 2))
def test_without_ticks_what_is_less_than_last_bits_apart_is_one_price(price, away, more):
    mid, worst = price - away, price + more
    bits = last_bits(price, mid)
    assert bits <= 4 * np.spacing(max(abs(price), abs(mid)))
    if abs(worst - price) > 2 * bits:
        assert reached(price - mid, worst - mid, bits) == (worst > price)
        assert passed(price - mid, worst - mid, bits) == (worst > price)
    for same in (price, np.nextafter(price, np.inf), np.nextafter(price, -np.inf)):
        assert reached(price - mid, same - mid, bits)
        assert not passed(price - mid, same - mid, bits)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_prices_in_single_precision_are_the_decimals_that_were_stored(dtype):
    """100.07 as a float32 is a third of a ten-thousandth of a tick below it."""
    prices = np.array([100.05, 100.07, 100.07], dtype=dtype)
    for tape in tapes(one_order(*prices)):
        desk = Desk(model=Symmetric(half_spread=0.01), venue=Venue(tick=0.01))
        assert simulate(desk, tape).ask_fill.sum() == 1


def test_a_reach_that_lies_on_no_tick_comes_to_the_last_tick_before_it():
    asks = [lambda mid, q, left, ask=ask: Quotes.at(mid - 9, ask + 0 * mid) for ask in (100.06, 100.07, 100.08)]
    steps, replay = tapes(one_order(100.0013, 100.0913, 100.0764))
    for tape in (steps, replay):
        assert [float(simulate(ask, tape).ask_fill.sum()) for ask in asks] == [1, 1, 0]


def moved(day, ticks=0, *, tick=0.01, price=1.0, time=1.0, size=1.0):
    """The same day, so many ticks higher, and in other units."""

    def up(column):
        return (np.round(column / tick) + ticks) * (tick * price)

    orders = day.market_orders
    quotes = (time * day.time, up(day.bid), up(day.ask), size * day.bid_size, size * day.ask_size)
    return Day.from_quotes_and_trades(*quotes, time * orders.time, orders.side, size * orders.size, up(orders.price))


def replayed(day, *, tick=0.01, size=1.0, time=1.0):
    """A desk two ticks from the mid, at the front and at the back, with ticks and without, and on plain steps."""
    bare, clip = Symmetric(half_spread=2 * tick), 100 * size
    tape = replay_tape(day, 5 * time, clip)
    runs = [
        simulate(Desk(model=bare, venue=Venue(tick=rounding, queue=queue)), tape)
        for rounding in (tick, 0.0)
        for queue in ("front", "back")
    ]
    return [*runs, simulate(Desk(model=bare, venue=Venue(tick=tick)), day.tape(time, clip))]


def same_fills(first, second):
    for one, other in zip(first, second, strict=True):
        for side in ("bid_fill", "ask_fill"):
            np.testing.assert_allclose(getattr(other, side), getattr(one, side), atol=1e-9)


@pytest.fixture(scope="module")
def recorded():
    """Ten minutes, in whole seconds plus a quarter, so that no row lies on a step's start in one unit only."""
    day = FLOW.run(300, seed=3).day()
    known = ~np.isnan(day.mid)
    time = np.floor((day.time - day.time[0]) * 8) / 8 + 0.0625
    orders = day.market_orders
    columns = (column[known] for column in (time, day.bid, day.ask, day.bid_size, day.ask_size))
    when = np.searchsorted(day.time, orders.time)
    return Day.from_quotes_and_trades(*columns, time[when], orders.side, orders.size, orders.price)


@pytest.mark.parametrize("ticks", [-30_000, -10_037, 1, 10**11])
def test_all_prices_so_many_ticks_higher_are_the_same_fills(recorded, ticks):
    """Case 06's shift by −300 among them; a record of plain cents beside one at a billion."""
    here, there = replayed(moved(recorded)), replayed(moved(recorded, ticks))
    same_fills(here, there)
    assert all(run.ask_fill.sum() > 5 for run in here)
    if abs(ticks) < 10**6:
        for one, other in zip(here, there, strict=True):
            # A mid that lies higher by a constant adds that constant to each clip held at the end, bought as dear.
            np.testing.assert_allclose(other.pnl, one.pnl, atol=1e-6)


@pytest.mark.parametrize(("price", "time", "size"), [(3, 1, 1), (1e-6, 1, 1), (1, 1 / 60, 1), (1, 7, 1), (1, 1, 0.01)])
def test_other_units_are_the_same_fills(recorded, price, time, size):
    here, there = moved(recorded), moved(recorded, price=price, time=time, size=size)
    same_fills(replayed(here), replayed(there, tick=0.01 * price, size=size, time=time))


@pytest.mark.parametrize("ticks", [0, -30_000, 10**11])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_order_fills_more_at_the_back_than_at_the_front(seed, ticks):
    """Orders that rest alike: the venue's two queues on one history of prices, order by order."""
    day = moved(FLOW.run(120, seed=seed).day(), ticks)
    tape = replay_tape(day, 5, 100)
    for tick in (0.01, 0.0):
        front, back = Venue(tick=tick), Venue(tick=tick, queue="back")
        resting = {venue: venue.start(1) for venue in (front, back)}
        sold = dict.fromkeys(resting, 0.0)
        for n in range(tape.n_steps):
            mid, reach = tape.mid[n], np.stack([tape.sell_reach[n], tape.buy_reach[n]])
            size = np.stack([tape.sell_size[n], tape.buy_size[n]])
            fills = {}
            for venue, orders in resting.items():
                if n % 40 == 0:  # joined anew, whatever is left
                    orders = venue.submit(orders, Quotes.at(mid - 0.02, mid + 0.02), float(n), mid)
                resting[venue], filled = venue.advance(orders, float(n), mid, reach, size, tape.touch[n])
                fills[venue] = filled.fill
                sold[venue] += filled.fill.sum()
            assert sold[back] <= sold[front] + 1e-9
        assert sold[front] > 5


@pytest.mark.parametrize("ticks", [-30_000, 10**11])
def test_a_calibration_counts_the_same_orders_wherever_prices_lie(ticks):
    day = FLOW.run(300, seed=3).day()
    here, there = calibrate(moved(day)), calibrate(moved(day, ticks))
    for one, other in zip((here.pooled, *here.fills), (there.pooled, *there.fills), strict=True):
        np.testing.assert_array_equal(other.observed, one.observed)
        np.testing.assert_allclose(other.depths, one.depths, atol=1e-12)
        assert other.arrival_rate.value == pytest.approx(one.arrival_rate.value)
    assert there.volatility.value == pytest.approx(here.volatility.value, rel=1e-4)


def test_bids_at_0_and_below_are_counted_and_filled_as_any_other():
    """Case 09c: a coin below its tick, and a model that is given its horizon in seconds."""
    market = Market(mid_price=4e-8, volatility=0, horizon=600, intensity=Exponential(arrival_rate=0.3, fill_decay=1e8))
    tape = market.tape(20, 600, seed=1)
    assert Quotes.around(4e-8, 1e-8, 1e-8).rounded(1e-7).bid_price == 0
    run = simulate(Desk(model=Symmetric(half_spread=1e-8), venue=Venue(tick=1e-7)), tape)
    quotes, clips = run.at_or_below_zero
    assert clips == run.bid_fill.sum() > 0
    assert quotes == (run.bid_price <= 0).sum() == 20 * 600
    assert f"{quotes:,}, with {clips:g} clips filled" in repr(run)
    plain = simulate(Symmetric(half_spread=1), Market.avellaneda_stoikov_2008().tape(5, 20, seed=1))
    assert plain.at_or_below_zero == (0, 0)
    assert "at 0 or below" not in repr(plain)
