"""A venue's answers: what cannot be is refused and has not happened, what nobody asked for is booked and halts."""

import numpy as np
import pytest

from mmlab import Desk, MarketData, MarketMakingPipeline, ParameterError, Symmetric, Venue
from mmlab.desk import Fills, Mode, PositionLimiter, Reason
from mmlab.measure import MarketMakingMonitor, Severity

MOST = 2
CENT_UP = np.array([[0.01], [-0.01]])


class Own:
    """Rests what is asked, at random fills it whole or not at all, and tells it wrongly in its own way."""

    def __init__(self, wrong, seed=0, honest=0):
        self.wrong, self.honest, self.random, self.steps, self.kept = wrong, honest, np.random.default_rng(seed), 0, 0.0

    def start(self, n_paths):
        return Venue().start(n_paths)

    def submit(self, orders, quotes, data):
        self.before = orders
        return Venue().submit(orders, quotes, data.time, data.mid_price), True

    def advance(self, orders, data):
        self.steps += 1
        shape = (2, data.n_paths)
        reach = np.where(self.random.random(shape) < 0.6, 50.0, -np.inf)
        after, fills = Venue().advance(orders, data.time, data.mid_price, reach, self.random.choice([1.0, 3.0], shape))
        return (after, fills) if self.steps <= self.honest else self.wrong(self, orders, after, fills)


def late(venue, orders, after, fills):
    fill, venue.kept = venue.kept * np.ones_like(fills.fill), fills.fill
    return after, Fills(np.nan_to_num(fills.price, nan=100.0), fills.size, fill, fills.fee)


def unknown(venue, orders, after, fills):
    fill = np.where(np.isnan(fills.price), 5.0, fills.fill)
    return after, Fills(np.nan_to_num(fills.price, nan=100.0), fills.size, fill, fills.fee)


def after_cancel(venue, orders, after, fills):
    before = venue.before
    return orders, Fills(np.nan_to_num(before.price, nan=100.0), before.size, before.size, fills.fee)


def with_(**columns):
    """The same fills with other columns, each made of the honest fills."""

    def tell(venue, orders, after, fills):
        honest = {name: getattr(fills, name) for name in ("price", "size", "fill", "fee")}
        return after, Fills(**(honest | {name: make(honest[name]) for name, make in columns.items()}))

    return tell


HALTS = {
    "threefold": with_(fill=lambda fill: 3 * fill),
    "twofold, and told": with_(size=lambda size: 2 * size, fill=lambda fill: 2 * fill),
    "late": late,
    "of orders that are not there": unknown,
    "of what was cancelled": after_cancel,
    "at a worse price": with_(price=lambda price: price + CENT_UP),
    "kept to itself": with_(fill=lambda fill: 0 * fill),
}
REFUSED = {
    "below 0": (with_(fill=lambda fill: -fill), r"fill must be at least 0 clips, up to 1e\+50; got -"),
    "NaN": (with_(fill=lambda fill: fill * np.nan), r"fill must be at least 0 clips, up to 1e\+50; got nan"),
    "infinite": (with_(fill=lambda fill: fill + np.inf), r"fill must be at least 0 clips, up to 1e\+50; got inf"),
    "beyond all sizes": (with_(fill=lambda fill: fill * 1e60), r"clips, up to 1e\+50; got \de\+"),
    "complex": (with_(fill=lambda fill: fill + 0j), r"fill must be numbers of shape \(2, 3\); got complex128"),
    "text": (with_(fill=lambda fill: fill.astype(str)), r"fill must be numbers of shape \(2, 3\); got <U"),
    "of one side": (
        with_(fill=lambda fill: fill[:1]),
        r"fill must be numbers of shape \(2, 3\); .* \(1, 3\)",
    ),
    "without a price": (with_(price=lambda price: price * np.nan), "fill must have a finite price, .*; got nan"),
    "at infinity": (
        with_(price=lambda price: price * np.inf),
        r"fill must have a finite price, up to 1e\+50 in size",
    ),
    "below 0, in price": (with_(price=lambda price: -price), "fill must not be on the other side of 0 .*; got -"),
    "a NaN fee": (with_(fee=lambda fee: fee * np.nan), r"fee must be finite, up to 1e\+50 in size; got nan"),
    "None": (lambda *given: None, r"advance must return \(orders, Fills\); it returned None"),
    "no fills": (lambda venue, orders, after, fills: (after, 3), r"advance must return \(orders, Fills\); it returned"),
    "no orders": (
        lambda venue, orders, after, fills: ("orders", fills),
        "must have what was requested, .*; got 'orders'",
    ),
}


def run(venue, n_steps=50):
    desk = Desk(model=Symmetric(half_spread=0.1), limits=PositionLimiter(max_position=MOST, min_position=-MOST))
    pipeline = MarketMakingPipeline(desk, venue, end=100.0)
    for n in range(n_steps):
        pipeline.run_pipeline(MarketData(float(n), np.full(3, 100.0)))
    return pipeline


def test_an_honest_venue_is_believed():
    honest = run(Own(with_())).history
    assert set(honest.mode.ravel()) <= {Mode.NORMAL, Mode.REDUCE_ONLY}
    assert honest.bid_fill.sum() > 30
    assert np.abs(honest.inventory).max() == MOST


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", HALTS)
def test_what_nobody_asked_for_is_booked_and_halts_until_a_reset(kind, seed):
    pipeline = run(Own(HALTS[kind], seed, honest=5))
    history = pipeline.history
    halted = history.mode == Mode.HALT
    first = halted.argmax(axis=0)
    assert (first > 5).all()
    assert (history.reason[halted] == Reason.VENUE).all()
    for path, n in enumerate(first):
        assert halted[n:, path].all()
        # What came before the first wrong fill kept the limit, and that fill is in the books.
        assert np.abs(history.inventory[:n, path]).max() <= MOST
        bought = np.cumsum(history.bid_fill[:, path] - history.ask_fill[:, path])
        np.testing.assert_array_equal(history.inventory[1:, path], bought)
    pipeline.reset(who="Ann", reason="the venue called", paths=[True, False, True])
    outcome = pipeline.run_pipeline(MarketData(60.0, np.full(3, 100.0)))
    assert np.array_equal(outcome.permission.reason == Reason.VENUE, [False, True, False])


def test_what_nobody_asked_for_fires_an_alert_that_says_so():
    monitor = MarketMakingMonitor()
    monitor.monitor(None, run(Own(HALTS["threefold"], honest=5)).history)
    critical = [alert for alert in monitor.alerts if alert.severity is Severity.CRITICAL]
    assert {alert.rule for alert in critical} == {"halted"}
    assert {alert.path for alert in critical} == {0, 1, 2}
    assert "what the venue filled, or has left, is not what was asked for" in str(critical[0])


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_is_refused_and_has_not_happened(kind):
    wrong, sentence = REFUSED[kind]
    venue = Own(wrong, honest=7)
    pipeline = run(venue, 7)
    before, state = pipeline.history, pipeline.state
    for _ in range(2):
        with pytest.raises(ParameterError, match=sentence):
            pipeline.run_pipeline(MarketData(7.0, np.full(3, 100.0)))
        assert pipeline.state is state
        np.testing.assert_array_equal(pipeline.history.inventory, before.inventory)
    venue.wrong = with_()
    assert pipeline.run_pipeline(MarketData(7.0, np.full(3, 100.0))).permission.mode.max() < Mode.HALT


@pytest.mark.parametrize("answer", [None, 3, ("orders",), ("orders", None), ("orders", np.ones(7, bool))])
def test_what_a_venue_says_of_an_order_is_orders_and_whether_they_were_accepted(answer):
    class Wrong(Own):
        def submit(self, orders, quotes, data):
            return answer

    with pytest.raises(ParameterError, match=r"A venue's submit must return \(orders, accepted\); it returned"):
        run(Wrong(with_()), 1)


def test_a_better_price_and_a_rejection_are_no_fault():
    better = run(Own(with_(price=lambda price: price - CENT_UP))).history
    assert better.mode.max() < Mode.HALT
    assert np.nanmax(better.bid_price) == pytest.approx(99.89)


def test_what_travels_may_fill_at_its_old_price():
    class Slow(Own):
        rules = Venue(latency=3.5, cancel_latency=2.0)

        def submit(self, orders, quotes, data):
            return self.rules.submit(orders, quotes, data.time, data.mid_price), True

        def advance(self, orders, data):
            reach = np.where(self.random.random((2, 3)) < 0.4, 0.2, -np.inf)
            when = data.time + self.random.random((2, 3))
            return self.rules.advance(orders, data.time, data.mid_price, reach, np.ones((2, 3)), arrival=when)

    desk = Desk(model=Symmetric(half_spread=0.1), limits=PositionLimiter(max_position=MOST, min_position=-MOST))
    pipeline, mids = (
        MarketMakingPipeline(desk, Slow(None), end=1000.0),
        np.random.default_rng(1).normal(0, 0.1, (500, 3)),
    )
    for n, mid in enumerate(100 + mids.cumsum(axis=0)):
        pipeline.run_pipeline(MarketData(float(n), mid))
    assert pipeline.history.bid_fill.sum() > 100
    assert pipeline.history.mode.max() < Mode.HALT
