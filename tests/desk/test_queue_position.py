"""The back of a queue by hand, and against the place that an order has in our own book: between back and front."""

import dataclasses

import numpy as np
import pytest

from mmlab import Desk, Market, ParameterError, Quotes, QuoteTimer, Symmetric, Venue, simulate
from mmlab.desk.queue_position import Places, fill_at_back
from mmlab.market import Day, replay_tape
from mmlab.market.flow_run import BUSY, LONG_QUEUES, Place, filled_at, looked_at

NEVER = -np.inf


def wait(*steps, price=101.0, size=1.0):
    """What of an ask each step fills: (best ask, displayed there, worst price of a buy order, its size) a step."""
    places, fills = Places.none(1), []
    for best, displayed, worst, order_size in steps:
        mid = np.array([best - 1.0])
        touch = np.array([[[best - 2.0], [best]], [[5.0], [displayed]]])
        reach = np.array([[NEVER], [worst - mid[0] if worst else NEVER]])
        resting = np.array([[np.nan], [price]]), np.array([[0.0], [size - sum(fills)]])
        fill, places = fill_at_back(places, *resting, mid, reach, np.array([[0.0], [order_size]]), touch)
        assert fill[0, 0] == 0
        fills.append(float(fill[1, 0]))
    return fills


def test_at_the_best_price_all_that_is_displayed_trades_first():
    assert wait((101, 3, 101, 2), (101, 1, 101, 1), (101, 5, 101, 0.25), (101, 5, 101, 2)) == [0, 0, 0.25, 0.75]
    assert wait((101, 3, 101, 3.5)) == [0.5]
    assert wait((101, 3, 102, 4)) == [1]


def test_new_orders_behind_ours_do_not_lengthen_its_queue_and_what_disappears_shortens_it():
    assert wait((101, 3, None, 0), (101, 9, 101, 3.25)) == [0, 0.25]
    assert wait((101, 3, None, 0), (101, 1, None, 0), (101, 9, 101, 1.25)) == [0, 0, 0.25]


def test_better_than_the_best_nothing_is_ahead():
    assert wait((102, 3, 102, 0.5), price=101) == [0.5]
    assert wait((101, 3, None, 0), (102, 3, 102, 0.5)) == [0, 0.5]  # those ahead have gone
    assert wait((102, 3, None, 0), (101, 3, 101, 0.5)) == [0, 0.5]  # and those who come to our price are behind


def test_behind_the_best_it_takes_a_trade_beyond_our_price():
    assert wait((100, 3, 101, 9)) == [0]
    assert wait((100, 3, 101.5, 3.25), (100, 3, 102, 9)) == [0.25, 0.75]
    assert wait((100, 3, 101, 9), (101, 2, 101, 2.25)) == [0, 0.25]  # seen only when it is the best


def test_a_new_price_and_a_larger_size_go_to_the_back():
    mid, touch = np.array([100.0]), np.array([[[99.0], [101.0]], [[5.0], [2.0]]])
    reach, sold = np.array([[NEVER], [1.0]]), np.array([[0.0], [1.5]])

    def step(places, price, size):
        resting = np.array([[np.nan], [price]]), np.array([[0.0], [size]])
        return fill_at_back(places, *resting, mid, reach, sold, touch)

    for price, size, filled in ((101.0, 1.0, 1.0), (101.0, 0.5, 0.5), (101.0, 1.1, 0.0), (101.5, 1.0, 0.0)):
        _, places = step(Places.none(1), 101.0, 1.0)
        assert places.ahead[1, 0] == 0.5
        assert step(places, price, size)[0][1, 0] == filled


def test_while_the_market_is_closed_a_place_is_kept():
    closed = np.full((2, 2, 1), np.nan)
    mid, reach, none = np.array([100.0]), np.full((2, 1), NEVER), np.zeros((2, 1))
    resting = np.array([[99.0], [101.0]]), np.ones((2, 1))
    places = Places(*resting, np.array([[3.0], [4.0]]))
    fill, after = fill_at_back(places, *resting, mid, reach, none, closed)
    assert not fill.any()
    np.testing.assert_array_equal(after.ahead, places.ahead)


@pytest.mark.parametrize("flow", [LONG_QUEUES, BUSY], ids=["long queues", "busy"])
def test_the_books_own_place_fills_between_the_bounds_order_by_order(flow):
    """Join the back of both best queues every ten seconds for ten: a share that the book itself would have filled."""
    run, looks = looked_at(flow, 600, 5, 60)
    time, events, tops = run.times - run.times[0], run.events, run.tops
    tape, share = replay_tape(run.day(), 20, 100), 0.01
    filled = {"front": [], "back": [], "book": []}
    for start, event, queues in looks:
        until = int(np.searchsorted(time, start + 10))
        bid, ask = tops[event - 1, [2, 0]]
        steps = slice(*np.searchsorted(tape.time, [time[event - 1] + 1e-9, start + 10]))
        for side, best in ((1, bid), (-1, ask)):
            last = list(queues[side, int(best)])[-1]
            filled["book"].append(filled_at(events, Place(event, side, int(best), last), until) >= 0)
        for queue in ("front", "back"):
            venue = Venue(queue=queue)
            resting, sold = venue.start(1), np.zeros((2, 1))
            for n in range(steps.start, steps.stop):
                mid = tape.mid[n]
                if n == steps.start:
                    quotes = Quotes.at([bid / 10_000], [ask / 10_000], share)
                    resting = venue.submit(resting, quotes, tape.time[n], mid)
                happens = (
                    np.stack([tape.sell_reach[n], tape.buy_reach[n]]),
                    np.stack([tape.sell_size[n], tape.buy_size[n]]),
                )
                resting, fills = venue.advance(resting, tape.time[n], mid, *happens, tape.touch[n])
                sold += fills.fill
            filled[queue] += (sold[:, 0] > 0).tolist()
    front, book, back = (np.array(filled[name]) for name in ("front", "book", "back"))
    assert len(book) == 120
    assert (back <= book).all()
    assert (book <= front).all()
    assert back.sum() < book.sum() < front.sum()


def test_on_a_recorded_day_the_back_never_fills_more_than_the_front_while_both_stand_alike():
    tape = replay_tape(BUSY.run(600, seed=2).day(), 5, 100)
    still = [
        simulate(Desk(model=Symmetric(half_spread=0.02), venue=Venue(tick=0.01, queue=queue)), tape)
        for queue in ("front", "back")
    ]
    np.testing.assert_array_equal(still[1].ask_price, still[0].ask_price)
    for side in ("bid_fill", "ask_fill"):
        assert getattr(still[1], side).sum() < getattr(still[0], side).sum()


def test_on_a_recorded_day_nobody_is_picked_off_by_the_mid():
    """The bid alone falls by 4 and the mid through our bid at 99.5: whoever sells at the best bid of 96 does not."""
    day = Day.from_quotes_and_trades([0, 1, 9], [100, 96, 96], [102, 101, 101], *np.ones((2, 3)), [], [], [], [])
    tape, resting = replay_tape(day, 2, 1), QuoteTimer(min_quote_time=99, max_quote_time=99)
    for queue in ("front", "back"):
        desk = Desk(model=Symmetric(half_spread=1.5), volatility=1, timer=resting, venue=Venue(queue=queue))
        history = simulate(desk, tape)
        assert (history.bid_price == 99.5).all()
        assert history.mid[-1] == 98.5
        assert not history.bid_fill.any()
    unknown = dataclasses.replace(tape, touch=None)
    assert simulate(dataclasses.replace(desk, venue=Venue()), unknown).bid_fill.sum() == 1


def test_the_back_of_a_queue_needs_a_tape_that_knows_it_and_there_are_two_ends():
    tape = Market.avellaneda_stoikov_2008().tape(1, 5, seed=1)
    with pytest.raises(ParameterError, match="needs a tape that knows what is displayed"):
        simulate(Desk(model=Symmetric(half_spread=0.6), venue=Venue(queue="back")), tape)
    with pytest.raises(ParameterError, match=r"queue must be 'front' or 'back'; got 'middle'\."):
        Venue(queue="middle")
