"""A live session: what its log says, what is wrong in it, and which fills differ from the simulation's, and why."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmbook.ch12.scenes import log_of, simulated_session

from mmlab.desk import History
from mmlab.files import FileError
from mmlab.measure import LiveLog, live_differences, reconcile
from mmlab.measure.live_log import HEAD, SIGN, Event
from mmlab.parameters import ParameterError
from tests.measure.live_session import PLANTED, planted_session, text_of


def difference_of_profits(found) -> float:
    return math.fsum(one.worth for one in found.differences) + found.fees


def test_the_shipped_session_is_the_planted_one():
    assert LiveLog.shipped().events == planted_session().events


def test_each_planted_difference_is_found_with_its_reason_and_nothing_else():
    found = live_differences(LiveLog.shipped(), simulated_session())
    assert Counter(one.why for one in found.differences) == PLANTED
    assert found.live_profit - found.simulated_profit == pytest.approx(difference_of_profits(found), abs=1e-9)
    assert found.simulated_profit == pytest.approx(float(simulated_session().pnl[0]), abs=1e-9)
    shown = [row[:3] for row in found.by_reason.rows[:-1]]
    assert {why: int(number) for why, _, number in shown} == PLANTED


def test_the_shipped_sessions_own_faults():
    faults = [(event.trade, why) for event, why in LiveLog.shipped().faults]
    assert ("t-unknown", "nobody here sent this order") in faults
    assert [why for _, why in faults].count("the trade is reported twice") == 1
    assert len(faults) == 2


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.3])
def test_a_session_in_which_all_went_as_simulated_has_no_difference(delay):
    found = live_differences(log_of(simulated_session(), delay=delay), simulated_session())
    assert found.differences == ()
    assert found.fees == pytest.approx(0, abs=1e-12)
    assert found.alike == len(log_of(simulated_session()).fills)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 374), max_size=30))
def test_whatever_was_not_filled_the_worths_add_up_to_the_profit(dropped):
    log = log_of(simulated_session())
    gone = {id(log.fills[n]) for n in dropped}
    rest = LiveLog(tuple(event for event in log.events if id(event) not in gone))
    found = live_differences(rest, simulated_session())
    assert len(found.differences) == len(dropped)
    assert found.live_profit - found.simulated_profit == pytest.approx(difference_of_profits(found), abs=1e-8)


def in_other_units(log: LiveLog, history: History, price: float, shift: float, size: float, time: float):
    """Both with prices × `price` + `shift`, sizes and times in other units."""
    events = tuple(
        e._replace(time=e.time * time, price=e.price * price + shift, size=e.size * size, fee=e.fee * price * size)
        for e in log.events
    )
    columns = {name: getattr(history, name) * price + shift for name in ("mid", "bid_price", "ask_price")}
    columns |= {
        f"{side}_{what}": getattr(history, f"{side}_{what}") * size for side in SIGN for what in ("size", "fill")
    }
    columns |= {"time": history.time * time, "inventory": history.inventory * size, "fees": history.fees * price * size}
    return LiveLog(events), replace(history, cash=history.cash * 0, **columns)


@pytest.mark.parametrize(
    ("price", "shift", "size", "time"), [(100, 0, 1, 1), (1, -250, 1, 1), (1, 0, 50, 1), (1, 0, 1, 0.01)]
)
def test_units_change_no_reason_and_scale_the_worth(price, shift, size, time):
    log, history = planted_session(), simulated_session()
    found = live_differences(log, history)
    other = live_differences(*in_other_units(log, history, price, shift, size, time))
    assert [one.why for one in other.differences] == [one.why for one in found.differences]
    worths = [[one.worth for one in each.differences] for each in (found, other)]
    np.testing.assert_allclose(worths[1], np.array(worths[0]) * price * size, atol=1e-9)


def test_the_two_sides_are_alike():
    """Bids and asks swapped, prices below 0: every difference is on the other side, for the same reason."""
    log, history = planted_session(), simulated_session()
    other = {"bid": "ask", "ask": "bid", "": ""}
    events = tuple(e._replace(side=other[e.side], price=-e.price) for e in log.events)
    mirrored = {f"{a}_{what}": getattr(history, f"{b}_{what}") * (-1 if what == "price" else 1)
                for a, b in (("bid", "ask"), ("ask", "bid")) for what in ("price", "size", "fill")}  # fmt: skip
    mirrored |= {"mid": -history.mid, "inventory": -history.inventory}
    found, turned = live_differences(log, history), live_differences(LiveLog(events), replace(history, **mirrored))
    key = [(one.time, other[one.side], one.why) for one in found.differences]
    assert [(one.time, one.side, one.why) for one in turned.differences] == sorted(key)


def test_an_empty_log_has_all_the_simulations_fills_as_never_sent(tmp_path):
    (tmp_path / "log.csv").write_text(",".join(HEAD) + "\n")
    log = LiveLog.from_csv(tmp_path / "log.csv")
    found = live_differences(log, simulated_session())
    assert {one.why for one in found.differences} == {"no order"}
    assert (log.inventory, log.cash, log.fees, log.faults) == (0, 0, 0, ())
    assert found.live_profit == 0


def test_each_fault_of_a_log_has_its_sentence():
    order, ack = Event(0, "order", "b1", "bid", 99.0, 2.0), Event(0, "ack", "b1")
    fill = Event(1, "fill", "b1", "bid", 99.0, 1.0, 0.0, "t1")
    wrong = {
        "nobody here sent this order": fill._replace(order="b2", trade="t2"),
        "the trade is reported twice": fill,
        "it is on the other side than its order": fill._replace(side="ask", trade="t2"),
        "its price is worse than the order's": fill._replace(price=99.5, trade="t2"),
        "more is filled than was ordered": fill._replace(size=1.5, trade="t2"),
        "an order's id is used again": order._replace(time=1),
    }
    for why, event in wrong.items():
        assert [one for _, one in LiveLog((order, ack, fill, event)).faults] == [why]
    ended = (order, ack, Event(0.5, "cancel", "b1"), Event(0.7, "cancelled", "b1"), fill)
    assert [why for _, why in LiveLog(ended).faults] == ["it is filled after its end"]
    # The cancellation was refused: the order works on, and its fill is in order.
    assert LiveLog((order, ack, Event(0.5, "cancel", "b1"), Event(0.7, "cancel reject", "b1"), fill)).faults == ()
    assert LiveLog((order, ack, fill, fill)).inventory == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,teleport,b1,,,,,", "line 2: event must be one of order, ack, .*got 'teleport'"),
        ("1,order,b1,middle,99,1,,", "line 2: side must be bid or ask; got 'middle'"),
        ("1,order,b1,bid,nan,1,,", "line 2: price and fee must be finite and size above 0"),
        ("1,order,b1,bid,99,-1,,", "line 2: price and fee must be finite and size above 0"),
        ("nan,ack,b1,,,,,", "line 2: time must be finite"),
        ("1,ack,,,,,,", "line 2: an order needs its id"),
        ("1,ack,b1", "line 2: it is no line of a log"),
        ("soon,ack,b1,,,,,", "line 2: it is no line of a log"),
        ("2,ack,b1,,,,,\n1,ack,b1,,,,,", "line 3: time must be finite and not run backwards; got 1 after 2"),
    ],
)
def test_a_line_that_is_none_is_refused_with_its_number(tmp_path, line, why):
    (tmp_path / "log.csv").write_text(",".join(HEAD) + "\n" + line + "\n")
    with pytest.raises(FileError, match=why):
        LiveLog.from_csv(tmp_path / "log.csv")


def test_other_files_clocks_and_paths_are_refused(tmp_path):
    (tmp_path / "log.csv").write_text("hello\n")
    with pytest.raises(FileError, match="must begin with the line time,event,order"):
        LiveLog.from_csv(tmp_path / "log.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(FileError, match="must begin with the line time,event,order"):
        LiveLog.from_csv(tmp_path / "empty.csv")
    late = LiveLog((Event(37_800, "order", "b1", "bid", 99.0, 1.0),))
    with pytest.raises(ParameterError, match="the log goes from 37800 to 37800, the simulation from 0 to 1800"):
        live_differences(late, simulated_session())
    with pytest.raises(ParameterError, match="path must be one of 0 to 0; got 1"):
        live_differences(planted_session(), simulated_session(), path=1)


def test_the_end_of_the_day_against_the_venues_record():
    ours = log_of(simulated_session())
    sums, breaks = reconcile(ours, ours)
    assert breaks == ()
    assert {row[3] for row in sums.rows} == {"0"}

    lost, dearer = ours.fills[10], ours.fills[20]
    theirs = [fill._replace(fee=0.001) if fill is dearer else fill for fill in ours.fills if fill is not lost]
    orders = [event for event in ours.events if event.event != "fill"]
    extra = ours.fills[30]._replace(trade="t-new", size=3.0)
    venue = LiveLog(tuple(sorted([*orders, *theirs, extra], key=lambda event: event.time)))
    sums, breaks = reconcile(ours, venue)
    assert [(event.trade, why) for event, why in breaks] == [
        (lost.trade, "the venue has no such trade"),
        (dearer.trade, "its fee is 0.001; ours is 0.0005"),
        ("t-new", "we have no such trade"),
    ]
    apart = {row[0]: row[3] for row in sums.rows}
    assert float(apart["position [clips]"]) == pytest.approx(ours.inventory - venue.inventory)
    assert float(apart["cash [price · clip]"]) == pytest.approx(ours.cash - venue.cash, abs=1e-6)


def test_what_a_halt_gave_up_is_a_fill_that_the_session_has_not():
    history = simulated_session()
    given, cost = np.zeros_like(history.bid_fill), np.zeros_like(history.bid_fill)
    given[100], cost[100] = 2.0, 0.1
    flattened = replace(history, flattened=given, flatten_cost=cost)
    found = live_differences(log_of(history), flattened)
    (one,) = found.differences
    assert (one.side, one.simulated - one.live) == ("ask", 2.0)
    assert one.worth == pytest.approx(float(2 * (history.mid[-1, 0] - history.mid[100, 0])) + 0.1)


def test_a_slice_that_crossed_is_one_too_and_a_hedge_elsewhere_is_on_neither_side():
    history = simulated_session()
    given = np.zeros_like(history.mid[1:])
    given[100] = 3.0  # clips are sold
    here = replace(history, crossed=given, crossing_cost=0.02 * given)
    found = live_differences(log_of(history), here)
    (row,) = found.differences
    assert (row.side, row.simulated) == ("ask", 3.0)
    assert row.worth == pytest.approx(-3 * (history.mid[100, 0] - 0.02 - history.mid[-1, 0]))
    there = replace(here, basis=given, funding=given, unhedged=0 * given)
    assert live_differences(log_of(history), there).differences == ()
    assert live_differences(log_of(history), there).simulated_profit == pytest.approx(
        live_differences(log_of(history), history).simulated_profit
    )


def test_a_file_reads_back_to_the_last_bit(tmp_path):
    log = log_of(simulated_session(), delay=0.1)
    (tmp_path / "log.csv").write_text(text_of(log))
    assert LiveLog.from_csv(tmp_path / "log.csv").events[:50] == log.events[:50]
    assert repr(LiveLog.from_csv(tmp_path / "log.csv")) == repr(log)
