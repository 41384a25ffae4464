"""Promised in the morning, given in the afternoon: on a day whose truth is known, on a real one, and by hand."""

import dataclasses

import numpy as np
import pytest
from mmbook.ch12.afternoon import account, expected_at_quotes, promise, quote_afternoon

from mmlab import Desk, Exponential, GueantLehalleFernandezTapia, Market, Symmetric, Tape, Venue, simulate
from mmlab.market import Day, read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import CalibrationError

MARKET = Market(
    mid_price=100,
    volatility=0.02,
    horizon=600,
    intensity=Exponential(arrival_rate=0.3, fill_decay=40),
    jump=(0.005, 0.005),
    fill_rule="linear",
)


def desk(market, calibration, **venue):
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.05, max_inventory=20, solution="closed form")
    return Desk(model=model, venue=Venue(**(dict(tick=0.01) | venue)))


@pytest.fixture(scope="module")
def shipped():
    return read_lobster(SHIPPED)


@pytest.fixture(scope="module")
def afternoon(shipped):
    return quote_afternoon(shipped, desk, clip=100)


def test_the_front_of_the_queue_gives_what_the_rates_say_of_where_the_quotes_stood(afternoon):
    """On the day whose flow does not change: within three errors, those of the count and of the morning's rate."""
    expected, edge = afternoon.expected["front"]
    given, rate = afternoon.given["front"], afternoon.calibration.pooled.arrival_rate
    error = np.hypot(np.sqrt(expected), expected * rate.error / rate.value)
    assert abs(given.orders - expected) < 3 * error
    assert edge / expected == pytest.approx(given.edge / given.clips, rel=0.05)
    assert afternoon.given["back"].orders < 0.8 * given.orders


def test_ticks_explain_the_first_difference(afternoon):
    """The model asks for 2.44 cents when flat and can have 3: the promise has more orders at less each."""
    assert afternoon.promised.orders > 1.15 * afternoon.expected["front"][0]
    assert (
        afternoon.promised.edge / afternoon.promised.clips
        < afternoon.given["front"].edge / afternoon.given["front"].clips
    )


def test_the_parts_add_up_to_the_profit(afternoon):
    for result in (afternoon.promised, *afternoon.given.values()):
        parts = result.edge + result.adverse_selection + result.inventory + result.fees
        assert parts == pytest.approx(result.profit, abs=1e-9)
    for queue, result in afternoon.given.items():
        assert result.profit == pytest.approx(afternoon.histories[queue].pnl[0])


def test_a_promise_is_what_a_long_simulation_finds(mean_error, sd_error):
    made = desk(MARKET, None, tick=0, fee=0.001)
    result = promise(made, MARKET)
    run = simulate(made, MARKET.tape(n_paths=2_000, n_steps=2_000, seed=1))
    clips = (run.bid_fill + run.ask_fill).sum(axis=0)
    for promised, found in ((result.clips, clips), (result.edge, run.edge)):
        assert abs(found.mean() - promised) < 4 * mean_error(found)
    # In a step of AΔt = 0.09 an order of the other side comes with a fill that often, and its jump is the dealer's.
    assert abs(run.pnl.mean() - result.profit) < 4 * mean_error(run.pnl) - 0.09 * result.adverse_selection
    assert abs(run.pnl.std() - result.profit_sd) < 4 * sd_error(run.pnl)
    squares = (run.inventory[1:] ** 2).mean(axis=0)
    assert abs(squares.mean() - result.inventory_sd**2) < 4 * mean_error(squares)


def test_a_promise_of_constant_depths_is_the_rates():
    result = promise(Desk(model=Symmetric(half_spread=0.03), venue=Venue(fee=-0.002)), MARKET)
    clips = 2 * 600 * 0.3 * np.exp(-40 * 0.03)
    assert result.clips == result.orders == pytest.approx(clips)
    assert result.edge == pytest.approx(0.03 * clips)
    assert result.adverse_selection == pytest.approx(-0.005 * clips)
    assert result.fees == pytest.approx(0.002 * clips)
    assert result.profit == pytest.approx((0.03 - 0.005 + 0.002) * clips)
    quiet = dataclasses.replace(MARKET, intensity=Exponential(arrival_rate=0, fill_decay=40))
    assert promise(Desk(model=Symmetric(half_spread=0.03)), quiet).profit == 0


def test_an_account_by_hand():
    """Buy 1 at 99 (edge 1), the mid falls by 2 in the next second and rises by 5 after; sell 1 at 104 (edge 1)."""
    never, one = -np.inf, np.ones((3, 1))
    tape = Tape([0, 1, 2, 4], [[100], [98], [103], [103]], [[never], [never], [1]], [[1], [never], [never]], one, one)
    run = simulate(Desk(model=Symmetric(half_spread=1), venue=Venue(fee=0.25)), tape)
    result = account(run, horizon=1)
    assert (result.orders, result.clips, result.edge, result.adverse_selection) == (2, 2, 2, -2)
    assert (result.inventory, result.fees, result.profit) == (5, -0.5, 4.5)
    assert result.inventory_sd == pytest.approx(np.sqrt(2 / 4))
    assert np.isnan(result.profit_sd)
    flow = Exponential(arrival_rate=2, fill_decay=1)
    market = dataclasses.replace(MARKET, intensity=flow)
    assert expected_at_quotes(run, market, tape) == pytest.approx((2 * 4 * 2 / np.e, 2 * 4 * 2 / np.e))


def test_an_afternoon_without_market_orders_is_given_nothing_but_what_came_through(shipped):
    orders = shipped.market_orders
    quiet = dataclasses.replace(shipped, market_orders=orders.where(orders.time < 39_000), left_out={})
    given = quote_afternoon(quiet, desk, clip=100, noon=43_200).given
    assert given["front"].orders < 40
    assert np.isfinite(given["back"].profit)


def test_an_afternoon_of_one_event_is_one(shipped):
    end = shipped.time[-1]
    short = quote_afternoon(shipped, desk, clip=100, noon=end - 1e-3)
    assert short.tape.time[-1] == pytest.approx(1e-3)
    assert all(result.profit == 0 for result in short.given.values())


def test_a_morning_that_tells_nothing_is_refused(shipped):
    with pytest.raises(CalibrationError, match="needs at least 30 market orders"):
        quote_afternoon(shipped, desk, clip=100, noon=shipped.time[0] + 10)


def test_a_clock_that_repeats_and_a_halt_change_nothing_but_their_own_time(shipped):
    """Every row from 43,600 s to 43,660 s without a mid, and times to the hundredth of a second."""
    halted = (shipped.time >= 43_600) & (shipped.time < 43_660)
    coarse = np.floor(shipped.time * 100) / 100
    orders = shipped.market_orders
    kept = ~((orders.time >= 43_600) & (orders.time < 43_660))
    when = np.floor(orders.time * 100) / 100
    day = Day(
        coarse,
        np.where(halted, np.nan, shipped.bid),
        np.where(halted, np.nan, shipped.ask),
        np.where(halted, 0, shipped.bid_size),
        np.where(halted, 0, shipped.ask_size),
        dataclasses.replace(orders, time=np.maximum(when, coarse[0])).where(kept),
    )
    result = quote_afternoon(day, desk, clip=100, noon=43_200)
    closed = ~result.tape.is_open[:, 0]
    start = result.tape.time[:-1][closed] + 43_200
    assert closed.any()
    assert (start >= 43_599.99).all()
    assert (start < 43_661).all()
    for run in result.histories.values():
        assert np.isnan(run.bid_price[closed]).all()
        assert not (run.bid_fill + run.ask_fill)[closed].any()
    assert result.given["front"].orders > 200


def test_a_real_day_keeps_the_order_of_the_bounds(real_day):
    given = quote_afternoon(real_day, desk, clip=100)
    front, back = given.given["front"], given.given["back"]
    assert 0 < back.orders < front.orders
    assert back.clips < front.clips < given.promised.clips
    assert front.adverse_selection < 0
    assert "given, front of the queue" in repr(given)
    assert given._repr_markdown_().count("|\n") == 12
