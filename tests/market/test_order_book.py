"""The order book against a naive one that scans a list, and by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.market.order_book import BUY, SELL, Execution, OrderBook

COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("limit"), st.sampled_from([BUY, SELL]), st.integers(-4, 4), st.integers(1, 9)),
        st.tuples(st.just("market"), st.sampled_from([BUY, SELL]), st.integers(1, 25)),
        st.tuples(st.just("cancel"), st.integers(0, 60), st.one_of(st.none(), st.integers(1, 5))),
    ),
    max_size=60,
)


class Naive:
    """The rules as one would say them: all orders in one list, sorted anew for each trade."""

    def __init__(self):
        self.orders = []  # [number, side, price, size]
        self.sent = 0

    def trade(self, side, size, worst):
        done = []
        while size:
            met = [o for o in self.orders if o[1] == -side and (worst is None or side * o[2] <= side * worst)]
            if not met:
                break
            first = min(met, key=lambda o: (side * o[2], o[0]))
            traded = min(size, first[3])
            done.append(Execution(first[0], first[2], traded))
            first[3] -= traded
            size -= traded
            self.orders = [o for o in self.orders if o[3]]
        return done

    def limit(self, side, price, size):
        done = self.trade(side, size, price)
        self.sent += 1
        left = size - sum(d.size for d in done)
        if left:
            self.orders.append([self.sent, side, price, left])
        return self.sent, done

    def market(self, side, size):
        return self.trade(side, size, None)

    def cancel(self, order, size):
        found = next(o for o in self.orders if o[0] == order)
        taken = found[3] if size is None else min(size, found[3])
        found[3] -= taken
        self.orders = [o for o in self.orders if o[3]]
        return taken

    def queue(self, side, price):
        return [(o[0], o[3]) for o in sorted(self.orders) if o[1] == side and o[2] == price]


@given(COMMANDS)
def test_it_does_what_the_rules_say_and_is_never_crossed(commands) -> None:
    book, naive, sent, gone = OrderBook(), Naive(), 0, 0
    for kind, *arguments in commands:
        if kind == "cancel":
            order, size = arguments
            if book.resting(order):
                taken = book.cancel(order, size)
                assert taken == naive.cancel(order, size)
                gone += taken
        elif kind == "limit":
            (order, done), (same, expected) = book.limit(*arguments), naive.limit(*arguments)
            assert (order, done) == (same, expected)
            sent += arguments[2]
            gone += 2 * sum(d.size for d in done)
        else:
            done = book.market(*arguments)
            assert done == naive.market(*arguments)
            gone += sum(d.size for d in done)
        bid, ask = book.best(BUY), book.best(SELL)
        assert bid is None or ask is None or bid < ask
    for side in (BUY, SELL):
        levels = book.levels(side, 100)
        assert [price for price, _ in levels] == sorted({price for price, _ in levels}, reverse=side == BUY)
        for price, queue in levels:
            assert queue == naive.queue(side, price)
            assert book.size(side, price) == sum(size for _, size in queue)
            before = 0
            for order, size in queue:
                assert book.ahead(order) == before
                before += size
    # What was sent rests, traded or was cancelled: nothing appears and nothing is lost.
    assert sent - gone == sum(book.size(side, p) for side in (BUY, SELL) for p, _ in book.levels(side, 100))


def test_a_market_order_takes_the_best_prices_first_and_within_a_price_who_came_first() -> None:
    book = OrderBook()
    far, _ = book.limit(SELL, 102, 5)
    first, _ = book.limit(SELL, 101, 3)
    second, _ = book.limit(SELL, 101, 4)
    assert book.market(BUY, 9) == [Execution(first, 101, 3), Execution(second, 101, 4), Execution(far, 102, 2)]
    assert book.best(SELL) == 102
    assert book.resting(far) == 3


def test_a_limit_order_through_the_other_side_trades_up_to_its_price_and_rests() -> None:
    book = OrderBook()
    ask, _ = book.limit(SELL, 101, 3)
    book.limit(SELL, 103, 3)
    order, done = book.limit(BUY, 102, 5)
    assert done == [Execution(ask, 101, 3)]
    assert book.best(BUY) == 102
    assert book.resting(order) == 2
    assert book.mid == 102.5


def test_a_partial_cancel_keeps_the_place_in_the_queue() -> None:
    book = OrderBook()
    first, _ = book.limit(BUY, 99, 10)
    ours, _ = book.limit(BUY, 99, 10)
    assert book.ahead(ours) == 10
    assert book.cancel(first, 4) == 4
    assert book.ahead(ours) == 6
    assert book.cancel(first) == 6
    assert book.ahead(ours) == 0


def test_an_empty_side_has_no_best_price_and_an_empty_book_no_mid() -> None:
    book = OrderBook()
    assert book.best(BUY) is None
    assert math.isnan(book.mid)
    assert book.market(BUY, 5) == []


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda book: book.limit(2, 100, 5), "side must be BUY"),
        (lambda book: book.limit(BUY, 100, 0), "size must be a whole number of at least 1"),
        (lambda book: book.market(SELL, -3), "size must be a whole number of at least 1"),
        (lambda book: book.cancel(7), "no order 7 rests"),
        (lambda book: book.ahead(7), "no order 7 rests"),
    ],
)
def test_what_makes_no_sense_is_refused(act, words) -> None:
    with pytest.raises(ParameterError, match=words):
        act(OrderBook())
