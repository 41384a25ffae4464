"""What the flows do to a book, and the day whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from mmlab import Market, ParameterError
from mmlab.files import write_whole
from mmlab.market import read_lobster
from mmlab.market.journal import Journal
from mmlab.market.lobster import EMPTY, EXECUTION, NEW
from mmlab.market.order_book import BUY, SELL
from mmlab.market.order_flow import OrderFlow
from mmlab.market.synthetic_day import SHIPPED, SyntheticDay
from mmlab.measure import calibrate

FLOW = OrderFlow(limit_rate=0.5, cancel_rate=0.2, market_rate=0.5, market_size=300)


def market_order_times(journal, side: int) -> np.ndarray:
    """When market orders of a side came: several executions at one time are one order."""
    events = journal.events
    return np.unique(journal.times[(events[:, 0] == EXECUTION) & (events[:, 4] == -side)])


def written(journal, folder, name: str):
    """The pair of compressed files of a level-1 day, as SHIPPED was made: what changed the best quotes, and trades."""
    times, events, tops = journal.times, journal.events, journal.tops
    kept = np.ones(len(times), dtype=bool)
    kept[1:] = (tops[1:] != tops[:-1]).any(axis=1) | (events[1:, 0] == EXECUTION)
    rows = zip(times[kept], events[kept].tolist(), strict=True)
    messages = [f"{time:.9f},{','.join(map(str, event))}\n" for time, event in rows]
    books = [f"{','.join(map(str, top))}\n" for top in tops[kept].tolist()]
    paths = folder / f"{name}_message_1.csv.gz", folder / f"{name}_orderbook_1.csv.gz"
    write_whole("The day", dict(zip(paths, (messages, books), strict=True)))
    return paths


def test_orders_come_at_the_rates_they_were_given() -> None:
    seconds = 1500
    journal = FLOW.run(seconds, seed=1)
    kinds = np.bincount(journal.events[:, 0], minlength=5)
    limits = 2 * FLOW.depth * FLOW.limit_rate * seconds
    assert abs(kinds[NEW] - limits) < 4 * np.sqrt(limits)
    for side in (BUY, SELL):
        expected = FLOW.market_rate * seconds
        assert abs(len(market_order_times(journal, side)) - expected) < 4 * np.sqrt(expected)


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    first, again, other = (FLOW.run(20, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.events, again.events)
    assert len(first.times) != len(other.times) or (first.events != other.events).any()


def test_excited_market_orders_come_as_often_on_average_and_in_bursts() -> None:
    seconds, calm = 4000, OrderFlow(limit_rate=0.2, cancel_rate=0.2, market_rate=0.5, market_size=50, depth=10)
    excited = OrderFlow(
        limit_rate=0.2, cancel_rate=0.2, market_rate=0.5, market_size=50, depth=10, branching=0.6, excitation_decay=2.0
    )
    counts = {}
    for name, flow in (("calm", calm), ("excited", excited)):
        journal = flow.run(seconds, seed=5)
        times = market_order_times(journal, BUY) - 34_200
        counts[name] = np.histogram(times, bins=np.arange(0, seconds + 1, 20))[0]
        # A Hawkes count over a long time has variance mean/(1 − n)², and a mean that keeps the rate.
        spread = np.sqrt(0.5 * seconds) / (1 - flow.branching)
        assert abs(counts[name].sum() - 0.5 * seconds) < 4 * spread
    assert 0.7 < counts["calm"].var() / counts["calm"].mean() < 1.4
    assert counts["excited"].var() / counts["excited"].mean() > 3


def test_the_book_is_never_crossed_and_its_top_is_what_was_written_down() -> None:
    journal = FLOW.run(60, seed=2)
    ask, ask_size, bid, bid_size = journal.tops.T
    assert (ask > bid).all()
    assert ((ask_size > 0) | (ask == EMPTY)).all()
    assert ((bid_size > 0) | (bid == -EMPTY)).all()
    assert (np.diff(journal.times) >= 0).all()
    assert tuple(journal.tops[-1]) == (
        journal.book.best(SELL) * 100,
        journal.book.size(SELL, journal.book.best(SELL)),
        journal.book.best(BUY) * 100,
        journal.book.size(BUY, journal.book.best(BUY)),
    )


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_day_without_time_is_refused(seconds) -> None:
    with pytest.raises(ParameterError, match="seconds must be a finite number above 0"):
        FLOW.run(seconds, seed=1)


def test_the_synthetic_days_market_orders_reach_as_its_truth_says() -> None:
    day, seconds = SyntheticDay(), 3600
    journal = day.run(seconds, seed=11)
    events, tops = journal.events, journal.tops
    executions = np.flatnonzero(events[:, 0] == EXECUTION)
    starts = executions[np.r_[True, journal.times[executions][1:] != journal.times[executions][:-1]]]
    ends = np.r_[executions[np.searchsorted(executions, starts[1:]) - 1], executions[-1]]
    mid = (tops[starts - 1, 0] + tops[starts - 1, 2]) / 2e4
    reach = -events[starts, 4] * (events[ends, 3] / 1e4 - mid)
    assert reach.min() == pytest.approx(0.02)
    for depth in (0.02, 0.03, 0.05, 0.08):
        expected = 2 * seconds * day.arrival_rate * np.exp(-day.fill_decay * depth)
        assert abs((reach > depth - 1e-6).sum() - expected) < 4 * np.sqrt(expected)


def test_the_synthetic_days_mid_moves_as_its_truth_says() -> None:
    day, seconds = SyntheticDay(), 7200
    journal = day.run(seconds, seed=12)
    mid = journal.tops[:, [0, 2]].mean(axis=1) / 1e4
    grid = np.arange(34_200, 34_200 + seconds, 5.0)
    moves = np.diff(mid[np.searchsorted(journal.times, grid, side="right") - 1])
    # The hidden price's own variance, and a tick with probability ε/tick at each order.
    orders = 2 * day.arrival_rate * np.exp(-day.fill_decay * 0.02)
    expected = day.volatility**2 + orders * day.jump * 0.01
    error = np.sqrt((moves**4).mean() / len(moves)) / 5
    assert abs((moves**2).mean() / 5 - expected) < 4 * error


def test_a_day_that_is_written_is_read_back_and_the_same_bytes_each_time(tmp_path) -> None:
    journal = SyntheticDay().run(120, seed=1)
    message, orderbook = written(journal, tmp_path, "SYNTH_2026-01-05_34200000_34320000")
    np.testing.assert_array_equal(read_lobster(tmp_path).market_orders.size, journal.day().market_orders.size)
    rows = [np.loadtxt(path, delimiter=",") for path in (message, orderbook)]
    assert rows[0].shape[1] == 6
    assert rows[1].shape[1] == 4
    assert len(rows[0]) == len(rows[1])
    executions = journal.events[journal.events[:, 0] == EXECUTION]
    np.testing.assert_array_equal(rows[0][rows[0][:, 1] == EXECUTION][:, 1:], executions)
    before = message.read_bytes()
    written(journal, tmp_path, "SYNTH_2026-01-05_34200000_34320000")
    assert message.read_bytes() == before


def test_a_dealers_order_stands_in_the_book_and_the_others_come_as_before() -> None:
    sent: list[int] = []

    def dealer(time: float, journal: Journal) -> None:
        best = journal.book.best(BUY)
        if not sent and best is not None:
            assert time > 34_200
            sent.append(journal.limit(time, BUY, best, 50))

    alone, joined = FLOW.run(60, seed=3), FLOW.run(60, seed=3, dealer=dealer)
    ours = joined.events[:, 1] == sent[0]
    assert joined.events[ours][0].tolist()[::2] == [1, 50, 1]
    assert joined.events[ours][1:, 2].sum() <= 50
    others = ~ours
    placed = joined.events[others & (joined.events[:, 0] == 1)], alone.events[alone.events[:, 0] == 1]
    assert len(placed[0]) == len(placed[1])
    np.testing.assert_array_equal(
        joined.times[others & (joined.events[:, 0] == 1)], alone.times[alone.events[:, 0] == 1]
    )


def test_the_shipped_day_is_the_drawn_one_read_back_and_tells_its_truth() -> None:
    truth = SyntheticDay()
    recorded, drawn = read_lobster(SHIPPED), truth.run(10_800, seed=20260105).day()
    # The files leave out what happened behind the best quotes, as a level-1 day does.
    for column in ("time", "side", "size", "price", "mid"):
        np.testing.assert_allclose(
            getattr(recorded.market_orders, column), getattr(drawn.market_orders, column), rtol=1e-9
        )
    at = np.linspace(34_201, 44_990, 500)
    np.testing.assert_allclose(recorded.mid_at(at), drawn.mid_at(at))
    # Orders reach whole ticks from the best quotes on: there, and only there, λ(δ) = A e^{−κδ}.
    reason = calibrate(recorded)
    assert reason.pooled.depths[0] == pytest.approx(0.01 * truth.half_spread)
    for estimate, value in (
        (reason.pooled.arrival_rate, truth.arrival_rate),
        (reason.pooled.fill_decay, truth.fill_decay),
        (reason.jump, truth.jump),
        (reason.clustering[0].branching, 0.0),
        (reason.clustering[1].branching, 0.0),
    ):
        assert abs(estimate.value - value) < 2 * estimate.error
    believed = Market.from_calibration(reason)
    assert abs(believed.volatility - truth.volatility) < 2 * reason.volatility.error
