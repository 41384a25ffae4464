"""A venue by hand: orders rest at prices, wait in queues, travel, and are picked off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, Quotes, Venue

NAN = float("nan")
NEVER = -np.inf


def run(venue, steps):
    """One path, a step per unit of time: (mid, what to submit or None, sell reach, buy reach, order size) a step."""
    resting, done = venue.start(1), []
    for time, (mid, quotes, *happens) in enumerate(steps):
        mid = np.array([float(mid)])
        if quotes is not None:
            bid, ask, *size = quotes
            resting = venue.submit(resting, Quotes.at([bid], [ask], *size), float(time), mid)
        sell_reach, buy_reach, size = (*happens, NEVER, NEVER, 1.0)[:3] if len(happens) < 3 else happens
        resting, fills = venue.advance(
            resting, float(time), mid, np.array([[sell_reach], [buy_reach]]), np.full((2, 1), float(size))
        )
        done.append(fills)
    return resting, done


def fills_of(done):
    return [fills.fill.ravel().tolist() for fills in done]


def prices_of(done):
    return [[None if np.isnan(p) else p for p in fills.price.ravel()] for fills in done]


def test_an_order_rests_at_its_price_and_the_reach_counts_from_the_mid_of_the_step():
    """The ask at 101: an order that reaches 1 from a mid of 100 takes it, and one that reaches .5 from 100.5."""
    for mid, reach, filled in ((100, 1, 1), (100, 0.9, 0), (100.5, 0.5, 1), (99.5, 1.4, 0), (99.5, 1.5, 1)):
        _, done = run(Venue(), [(100, (99, 101), NEVER, NEVER, 1), (mid, None, NEVER, reach, 1)])
        assert fills_of(done) == [[0, 0], [0, filled]]
        assert prices_of(done)[1] == [99, 101]


def test_orders_fill_in_parts_against_market_orders_and_are_then_gone():
    steps = [(100, (99, 101, 5), 1, NEVER, 2), (100, None, 1, NEVER, 2), (100, None, 1, NEVER, 2), (100, None, 1, 0, 2)]
    resting, done = run(Venue(), steps)
    assert fills_of(done) == [[2, 0], [2, 0], [1, 0], [0, 0]]
    assert [fills.size[0, 0] for fills in done] == [5, 3, 1, 0]
    assert prices_of(done)[3] == [None, 101]
    assert np.isnan(resting.requested.bid_price)
    assert resting.requested.ask_size == 5


def test_what_the_mid_has_moved_through_is_picked_off_whole_whatever_orders_came():
    _, done = run(Venue(queue_time=100), [(100, (99, 101, 7)), (101, None), (101.5, None, NEVER, NEVER, 0)])
    assert fills_of(done) == [[0, 0], [0, 0], [0, 7]]  # at 101 the mid has met the ask and not passed it


def test_an_order_placed_through_the_mid_is_not_picked_off_until_the_mid_moves_on():
    _, done = run(Venue(), [(100, (NAN, 99.5)), (100, None), (99.9, None), (100.1, None)])
    assert fills_of(done) == [[0, 0], [0, 0], [0, 0], [0, 1]]


def test_a_refresh_travels_and_the_old_order_rests_meanwhile():
    steps = [(100, (99, 101)), (100, None), (104, (103, 105)), (104, None), (104, None), (104, None)]
    _, done = run(Venue(latency=2), steps)
    assert prices_of(done) == [[None, None], [None, None], [99, 101], [99, None], [103, None], [103, None]]
    assert fills_of(done)[2] == [0, 1]  # picked off at 101, and the clip that was to stand at 105 is sold


def test_what_fills_on_the_way_is_taken_off_the_new_order():
    """The ask of 5 loses 3 while an ask of 4 is on its way: 1 of it arrives."""
    steps = [
        (100, (99, 101, 5)),
        (100, (99, 102, 4), NEVER, 1, 3),
        (100, None, NEVER, NEVER, 1),
        (100, None, NEVER, 9, 9),
    ]
    _, done = run(Venue(latency=1), [(100, (99, 101, 5)), *steps])
    assert fills_of(done) == [[0, 0], [0, 0], [0, 3], [0, 0], [0, 1]]
    assert prices_of(done)[3:] == [[99, 102], [99, 102]]


def test_an_order_that_is_filled_for_all_that_was_asked_for_does_not_come_back():
    steps = [(100, (99, 101, 2)), (100, None), (100, (99, 101.5, 1), NEVER, 1, 2), (100, None, NEVER, 9, 9)]
    resting, done = run(Venue(latency=1), steps)
    assert fills_of(done) == [[0, 0], [0, 0], [0, 2], [0, 0]]
    assert resting.requested.ask_size == 0


def test_a_cancellation_takes_its_own_time():
    steps = [(100, (99, 101)), (100, (99, NAN)), (100, None), (100, None), (100, None)]
    _, done = run(Venue(cancel_latency=2), steps)
    assert prices_of(done) == [[99, 101], [99, 101], [99, 101], [99, None], [99, None]]


def test_a_message_that_a_later_one_overtakes_is_void():
    steps = [(100, (99, 101)), (100, (98, 102)), (100, (NAN, NAN)), (100, None), (100, None), (100, None), (100, None)]
    _, done = run(Venue(latency=3), steps)
    assert prices_of(done)[-2:] == [[None, None], [None, None]]
    steps = [(100, (99, 101)), (100, (NAN, NAN)), (100, (98, 102)), (100, None), (100, None), (100, None)]
    _, done = run(Venue(cancel_latency=3), steps)
    assert prices_of(done)[-1] == [98, 102]


def test_where_nobody_says_when_orders_come_a_latency_costs_whole_steps():
    for latency, absent in ((0, 0), (0.01, 1), (1, 1), (1.5, 2), (3, 3)):
        _, done = run(Venue(latency=latency), [(100, (99, 101)), *[(100, None)] * 4])
        assert prices_of(done) == [[None, None]] * absent + [[99, 101]] * (5 - absent)


def test_latencies_are_not_lost_to_the_rounding_of_times():
    venue, times, mid = Venue(latency=0.1), np.linspace(0, 10, 101), np.array([100.0])
    resting, nothing = venue.start(1), (np.full((2, 1), NEVER), np.ones((2, 1)))
    for n, time in enumerate(times):
        resting = venue.submit(resting, Quotes.at(mid - 1 - n, mid + 1 + n), time, mid)
        resting, fills = venue.advance(resting, time, mid, *nothing)
        assert n == 0 or fills.price[1, 0] == 100 + n


@pytest.mark.parametrize("start", [0, 34_200, 1.77e9])
@pytest.mark.parametrize("latency", [0.001, 1e-6, 1e-8])
def test_a_latency_is_one_on_any_clock_that_can_tell_it(start, latency):
    if latency < 8 * np.spacing(start):
        pytest.skip("this clock cannot tell such times apart")
    venue, mid, nothing = Venue(latency=latency), np.array([100.0]), (np.full((2, 1), NEVER), np.ones((2, 1)))
    resting = venue.submit(venue.start(1), Quotes.at([99], [101]), start, mid)
    assert (resting.size == 0).all()
    resting, fills = venue.advance(resting, start, mid, *nothing)
    assert (fills.size == 0).all()
    _, fills = venue.advance(resting, start + latency, mid, *nothing)
    assert (fills.size == 1).all()


def test_the_same_price_in_other_last_bits_keeps_its_place_and_rests_as_it_was_sent():
    again = 100.03 - 2e-14
    assert 0 < abs(again - 100.03) < 1e-13
    steps = [(100, (99, 100.03, 3)), (100, None), (100, (99, again, 3), NEVER, 1, 1), (100, None, NEVER, 1, 1)]
    _, done = run(Venue(queue_time=2), steps)
    assert fills_of(done) == [[0, 0], [0, 0], [0, 1], [0, 1]]
    assert [price[1] for price in prices_of(done)] == [100.03, 100.03, again, again]


def test_a_new_price_waits_in_its_queue_and_the_same_price_keeps_its_place():
    arrive = (NEVER, 1, 1)
    steps = [
        (100, (99, 101, 3), *arrive),
        (100, None, *arrive),
        (100, (98, 101, 3), *arrive),
        (100, (98, 100.5), *arrive),
    ]
    _, done = run(Venue(queue_time=2), steps)
    assert fills_of(done) == [[0, 0], [0, 0], [0, 1], [0, 0]]


def test_a_market_order_meets_what_rests_when_it_comes():
    """The refresh of time 1 rests from 1.4 on: who comes at 1.3 meets the old bid, who comes at 1.4 the new one."""
    for share, met in ((0.3, 99), (0.4, 98.5)):
        venue, mid, nothing = Venue(latency=0.4), np.array([100.0]), np.full((2, 1), NEVER)
        resting = venue.submit(venue.start(1), Quotes.at([99], [101], 5), 0.0, mid)
        resting, _ = venue.advance(resting, 0.0, mid, nothing, np.ones((2, 1)))
        resting = venue.submit(resting, Quotes.at([98.5], [101], 4), 1.0, mid)
        resting, fills = venue.advance(
            resting, 1.0, mid, np.array([[2.0], [NEVER]]), np.full((2, 1), 2.0), arrival=np.array([[1 + share], [1.9]])
        )
        assert (fills.price[0, 0], fills.fill[0, 0]) == (met, 2)
        # The ask, of which no order came, is told as it stood at 1.9; the bid's 4 less what filled on the way.
        assert fills.size[1, 0] == 4
        assert resting.requested.bid_size == 2
        resting, fills = venue.advance(resting, 2.0, mid, nothing, np.ones((2, 1)))
        assert (fills.price[0, 0], fills.size[0, 0]) == (98.5, 2)


def test_a_cancellation_comes_within_a_step_too():
    for share, filled in ((0.3, 1), (0.6, 0)):
        venue, mid = Venue(cancel_latency=0.5), np.array([100.0])
        resting = venue.submit(venue.start(1), Quotes.at([99], [101]), 0.0, mid)
        resting, _ = venue.advance(resting, 0.0, mid, np.full((2, 1), NEVER), np.ones((2, 1)))
        resting = venue.submit(resting, Quotes.at([NAN], [NAN]), 1.0, mid)
        reach, when = np.full((2, 1), 2.0), np.full((2, 1), 1 + share)
        assert venue.advance(resting, 1.0, mid, reach, np.ones((2, 1)), arrival=when)[1].fill.tolist() == [[filled]] * 2


def test_what_is_added_at_an_old_price_queues_anew():
    """One clip rests past its queue, the desk raises it to 100: one fills at once, the others ten later."""
    arrive = (1, NEVER, 1000)
    steps = [(100, (99, 101, 2), 1, NEVER, 0)] + [(100, None)] * 10 + [(100, None, 1, NEVER, 1)]
    steps += [(100, (99, 101, 100), *arrive), *[(100, None, *arrive)] * 10]
    _, done = run(Venue(queue_time=10), steps)
    assert [fills[0] for fills in fills_of(done)][11:] == [1, 1, *[0] * 9, 99]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2.5, 4]), st.sampled_from([0, 0.3, 1]))
def test_each_clip_waits_for_itself_and_what_is_withdrawn_is_what_came_last(seed, queue_time, latency):
    """Against a list of clips, each with the time from which on it can fill: first come first, last come first gone."""
    rng = np.random.default_rng(seed)
    venue, mid, resting, clips, sent = Venue(queue_time=queue_time, latency=latency), np.array([100.0]), None, [], []
    resting, price, ordered = venue.start(1), 0.0, 0
    for time in map(float, range(40)):
        if rng.random() < 0.5:
            new = (99.0 if rng.random() < 0.8 else float(rng.integers(95, 99)), int(rng.integers(1, 6)))
            resting = venue.submit(resting, Quotes([new[0]], [NAN], [new[1]], [0]), time, mid)
            if new != (price, ordered):
                sent.append([time + latency, *new])
            price, ordered = new
        came, order = time + rng.random(), int(rng.integers(0, 4))
        while sent and sent[0][0] <= came:
            due, at, size = sent.pop(0)
            if clips and clips[0][0] != at:
                clips = []
            clips = clips[:size] + [(at, due + queue_time)] * (size - len(clips))
        front = sum(ready <= max(came, time) for _, ready in clips)
        filled = min(order, front)
        clips = clips[filled:]
        ordered = max(ordered - filled, 0)
        for message in sent:
            message[2] = max(message[2] - filled, 0)
        reach = np.array([[50.0], [NEVER]])
        resting, fills = venue.advance(
            resting, time, mid, reach, np.full((2, 1), float(order)), arrival=np.full((2, 1), came)
        )
        assert fills.fill[0, 0] == filled


def test_prices_are_whole_ticks_the_bid_down_and_the_ask_up():
    _, done = run(Venue(tick=0.25), [(100, (99.6, 100.1)), (100, (99.75, 100.5))])
    assert prices_of(done) == [[99.5, 100.25], [99.75, 100.5]]


@given(st.floats(1, 1e5), st.floats(0, 5), st.sampled_from([0.01, 0.05, 0.25, 1]))
def test_rounding_moves_quotes_out_by_less_than_a_tick_and_only_once(mid, depth, tick):
    quotes = Quotes.around(mid, depth, depth)
    rounded = quotes.rounded(tick)
    assert -1e-5 * tick <= quotes.bid_price - rounded.bid_price < tick * 1.00001
    assert -1e-5 * tick <= rounded.ask_price - quotes.ask_price < tick * 1.00001
    assert (rounded.rounded(tick).bid_price, rounded.rounded(tick).ask_price) == (rounded.bid_price, rounded.ask_price)


@pytest.mark.parametrize(("fee", "paid"), [(0.02, 0.06), (-0.01, -0.03)])
def test_a_fee_is_paid_and_a_rebate_received_for_each_clip_of_either_side(fee, paid):
    _, done = run(Venue(fee=fee), [(100, (99, 101, 2), 1, 1, 1.5)])
    assert done[0].fee == pytest.approx(paid)


@given(st.integers(0, 2**32 - 1), *[st.sampled_from([0, 0.01, 0.5, 1, 1.7, 4])] * 3)
def test_whatever_travels_a_side_never_fills_for_more_than_was_asked_for(seed, latency, cancel_latency, queue_time):
    """At every decision the position and all that is asked for stay within ±5, and so does every position after."""
    rng = np.random.default_rng(seed)
    venue, q = Venue(latency=latency, cancel_latency=cancel_latency, queue_time=queue_time), np.zeros(8)
    resting = venue.start(8)
    mid = 100 + rng.normal(0, 1, (40, 8)).cumsum(axis=0)
    for time in range(40):
        sizes = [rng.integers(0, 4, 8).clip(0, room) for room in (5 - q, 5 + q)]
        bid, ask = (np.where(size > 0, mid[time] + away, NAN) for size, away in zip(sizes, (-0.5, 0.5), strict=True))
        if rng.random() < 0.7:
            resting = venue.submit(resting, Quotes(bid, ask, *sizes), float(time), mid[time])
        reach, orders = rng.normal(0, 1, (2, 8)), rng.integers(0, 4, (2, 8)).astype(float)
        when = None if rng.random() < 0.2 else time + rng.random((2, 8))
        resting, fills = venue.advance(resting, float(time), mid[time], reach, orders, arrival=when)
        q = q + fills.fill[0] - fills.fill[1]
        assert (np.abs(q) <= 5).all()
        assert (fills.fill <= fills.size).all()


@pytest.mark.parametrize("name", ["tick", "latency", "cancel_latency", "queue_time"])
def test_negative_times_and_ticks_are_refused(name):
    with pytest.raises(ParameterError, match=rf"{name}.* must be a finite number at least 0 \[.*\]; got -1"):
        Venue(**{name: -1})
