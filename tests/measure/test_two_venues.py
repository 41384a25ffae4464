"""The detector of gaps between two venues, by hand and by its laws; the hour of chapter 15 is tested with it."""

import numpy as np
import pytest

from mmlab import ParameterError, Quotes
from mmlab.measure.two_venues import TwoVenues

CALM = Quotes(99.98, 100.02, 5, 5)
HIGH, HIGHER, FAR = (Quotes(mid - 0.02, mid + 0.02, size, 5) for mid, size in ((100.08, 7), (100.10, 3), (101, 9)))


def watch(detector, *stream, n_paths=1):
    """What is reported of (time, first, second) rows: (time of the report, row, opened, size, profit)."""
    state, reports = detector.start(n_paths), []
    for time, first, second in stream:
        state, found = detector.step(state, time, first, second)
        for row, path in np.argwhere(found.reported):
            numbers = (float(x[row, path]) for x in (found.opened, found.size, found.profit))
            reports.append((time, int(row), *numbers))
    return reports


def test_a_gap_is_reported_once_with_what_the_order_finds():
    detector = TwoVenues(latency=1.0, cost=0.01)
    stream = [(0, CALM, CALM), (10, CALM, HIGH), (10.5, CALM, HIGHER), (12, CALM, HIGH), (14, CALM, CALM)]
    ((time, row, opened, size, profit),) = watch(detector, *stream)
    assert (time, row, opened, size) == (12, 0, 10, 3)  # the least bid size until the order was there
    assert profit == pytest.approx(3 * (100.06 - 100.02 - 0.01))  # and the least edge


def test_one_that_closes_before_the_order_or_as_it_comes_is_not_and_latency_decides():
    stream = [(0, CALM, CALM), (10, CALM, HIGH), (11, CALM, CALM), (20, CALM, CALM)]
    assert watch(TwoVenues(latency=1.0, cost=0), *stream) == []
    assert len(watch(TwoVenues(latency=0.999, cost=0), *stream)) == 1
    assert watch(TwoVenues(latency=0.1, cost=0), (1.0, CALM, HIGH), (1.1, CALM, CALM)) == []  # 0.10000000000000009


def test_costs_that_eat_the_edge_leave_no_phantom_even_in_the_last_bit():
    stream = [(0, CALM, HIGH), (100, CALM, CALM)]
    assert watch(TwoVenues(latency=0, cost=0.04), *stream) == []  # 100.06 − 100.02 − 0.04 is 1.7e−15
    assert len(watch(TwoVenues(latency=0, cost=0.039), *stream)) == 1


def test_both_directions_and_exchanged_venues():
    detector, stream = TwoVenues(latency=1, cost=0), [(0, CALM, HIGH), (9, CALM, CALM)]
    (one,) = watch(detector, *stream)
    (other,) = watch(detector, *((time, second, first) for time, first, second in stream))
    assert (one[1], other[1]) == (0, 1)
    assert one[2:] == other[2:]


def test_a_gap_that_closes_and_opens_again_is_another_one():
    stream = [(t, CALM, HIGH if n % 2 else CALM) for n, t in enumerate(range(0, 60, 10))]
    assert [row[2] for row in watch(TwoVenues(latency=1, cost=0), *stream)] == [10, 30]


def test_no_opportunity_at_all_and_an_absent_side_is_none():
    assert watch(TwoVenues(latency=0, cost=0), *((t, CALM, CALM) for t in range(9))) == []
    nobody = Quotes(np.nan, 101.02, 0, 5)
    assert watch(TwoVenues(latency=0, cost=0), (0, CALM, nobody), (9, CALM, nobody)) == []


def test_many_markets_at_once_are_each_alone_and_a_step_changes_no_state():
    rng = np.random.default_rng(4)
    mids = 100 + 0.04 * rng.standard_normal((2, 30, 5)).cumsum(axis=1)
    sizes = rng.integers(1, 9, (2, 30, 5))
    detector = TwoVenues(latency=1.5, cost=0.01)

    def stream(paths):
        for t in range(30):
            yield (
                t,
                *(Quotes(mids[v, t, paths] - 0.02, mids[v, t, paths] + 0.02, sizes[v, t, paths], 4) for v in (0, 1)),
            )

    together = sorted(watch(detector, *stream(slice(None)), n_paths=5))
    alone = sorted(row for path in range(5) for row in watch(detector, *stream(path)))
    assert together == alone
    assert together
    state = detector.start()
    detector.step(state, 3.0, CALM, FAR)
    assert detector.start().time == state.time == -np.inf
    assert np.isnan(state.opened).all()


def test_a_crossed_book_and_a_time_that_goes_back_are_refused():
    detector = TwoVenues(latency=0, cost=0)
    state, _ = detector.step(detector.start(), 5.0, CALM, CALM)
    with pytest.raises(ParameterError, match="order of time; got 4 after 5"):
        detector.step(state, 4.0, CALM, CALM)
    with pytest.raises(ParameterError, match="The second venue's book is crossed with itself at the time 6"):
        detector.step(state, 6.0, CALM, Quotes(101, 100, 1, 1))
    with pytest.raises(ParameterError, match="latency"):
        TwoVenues(latency=-1, cost=0)
