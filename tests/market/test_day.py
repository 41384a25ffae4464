import csv
import doctest
import io
import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Quotes, simulate
from mmlab.market import Day, DayError, MarketOrders, day
from mmlab.parameters import ParameterError


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


def halted():
    return small(bid=[99, np.nan, 98, 98], ask=[101, np.nan, 102, 102], bid_size=[5, 0, 4, 4], ask_size=[5, 0, 5, 5])


def test_the_example_of_the_docstring_is_true():
    assert doctest.testmod(day).failed == 0


def test_executions_of_one_time_and_side_are_one_market_order():
    orders = small().market_orders
    assert orders.time.tolist() == [1, 2.5]
    assert orders.side.tolist() == [1, -1]
    assert orders.size.tolist() == [7, 3]
    assert orders.price.tolist() == [102, 99]
    assert orders.mid.tolist() == [100, 101]
    assert orders.reach.tolist() == [2, 2]


def test_an_order_before_the_first_quote_or_in_a_halt_has_no_mid_and_is_left_out():
    assert small(trade_time=[0, 1, 2.5]).left_out["without mid"].tolist() == [0]
    assert halted().left_out["without mid"].tolist() == [2.5]
    assert len(halted().market_orders) == 1


def test_what_is_not_quoted_is_not_observed():
    assert small().observed == 4
    assert halted().observed == 2.5
    assert halted().clock([0.5, 2, 3]).tolist() == [0.5, 1, 1.5]
    assert np.isnan(halted().mid_at([-1, 1, 2, 5])).all()
    assert halted().mid_at([0, 0.9, 2.5, 4]).tolist() == [100, 100, 100, 100]


def test_the_parts_of_a_day_add_up_to_it():
    whole = small()
    parts = [whole.between(a, b) for a, b in ((0, 1), (1, 2), (2, 3), (3, 5))]
    assert sum(part.observed for part in parts) == whole.observed
    assert [len(part.market_orders) for part in parts] == [0, 1, 1, 0]
    assert [part.time.tolist() for part in parts] == [[0, 1], [1, 1, 2], [2, 2.5, 3], [3, 4]]
    assert [part.mid[0] for part in parts] == [100, 100, 101, 100]
    assert [part.mid[-1] for part in parts] == [100, 101, 100, 100]


@pytest.mark.parametrize(("start", "end"), [(5, 6), (-2, -1), (2, 2), (3, 1)])
def test_a_part_that_is_not_there_is_refused(start, end):
    with pytest.raises(DayError, match=re.escape(f"There is no day from {start} to {end}: it runs from 0 to 4.")):
        small().between(start, end)


def test_a_tape_tells_how_far_orders_reach_from_the_mid_at_the_steps_start():
    tape = small().tape(time_step=2, clip=2)
    assert tape.time.tolist() == [0, 2, 4]
    assert tape.mid.ravel().tolist() == [100, 101, 100]
    # The sale at 99 is 2 below the mid at time 2, and 3 clips of 2 are 1.5.
    assert tape.buy_reach.ravel().tolist() == [2, -2]
    assert tape.sell_reach.ravel().tolist() == [-1, 2]
    assert tape.buy_size.ravel().tolist() == [3.5, 1]
    assert tape.sell_size.ravel().tolist() == [1, 1.5]


def test_a_quote_that_the_market_came_through_is_filled_without_an_order():
    nobody = dict(trade_time=[], trade_side=[], trade_size=[], trade_price=[])
    risen = small(bid=[99, 100.5, 104, 104], ask=[101, 103, 105, 105], **nobody)
    tape = risen.tape(time_step=3, clip=1)
    assert tape.buy_reach.item() == 4
    assert tape.sell_reach.item() == -1
    history = simulate(lambda mid, q, left: Quotes.at(mid - 4, mid + 4), tape)
    assert history.ask_fill.item() == 1
    assert history.bid_fill.item() == 0


def test_an_order_at_a_steps_very_start_came_before_its_quotes():
    tape = small().tape(time_step=1, clip=1)
    assert tape.buy_reach.ravel().tolist() == [2, -2, -2, -2]
    assert tape.mid.ravel().tolist() == [100, 101, 101, 100, 100]


def test_where_there_is_no_mid_nothing_fills_and_the_tape_bears_the_last_one():
    tape = halted().tape(time_step=1, clip=1)
    assert tape.mid.ravel().tolist() == [100, 100, 100, 100, 100]
    assert tape.buy_reach.ravel().tolist() == [2, -np.inf, -np.inf, -2]
    late = small(bid=[np.nan, 99, 98, 98], bid_size=[0, 5, 4, 4]).tape(time_step=1, clip=1)
    assert late.mid.ravel().tolist() == [101, 101, 101, 100, 100]
    assert late.buy_reach[0] == -np.inf


@given(st.floats(0.01, 5), st.integers(1, 40))
def test_a_day_of_whole_steps_keeps_its_last_one(time_step, n_steps):
    time = time_step * np.arange(n_steps + 1)
    flat = np.ones(n_steps + 1)
    quiet = Day.from_quotes_and_trades(time, 99 * flat, 101 * flat, flat, flat, [], [], [], [])
    assert quiet.tape(time_step, clip=1).n_steps == n_steps


@pytest.mark.parametrize(("step", "clip"), [(0, 1), (-1, 1), (1, 0), (np.nan, 1), (1, np.inf), (1, 5e-324), (5, 1)])
def test_a_tape_that_cannot_be_is_refused(step, clip):
    reason = r"^((time_step|clip) must be a finite number above 0|A tape needs a mid and a step of 5)"
    with pytest.raises((DayError, ParameterError), match=reason):
        small().tape(step, clip)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (dict(time=[0, 2, 1, 4]), "Day, line 3: time must not run backwards; got 1 after 2."),
        (dict(bid=[99, 103, 98, 98]), "Day, line 2: bid must be below ask; got 103 and 103."),
        (dict(bid=[99, -np.inf, 98, 98]), "Day, line 2: an absent side is NaN; got -inf and 103."),
        (
            dict(ask_size=[5, 0, 5, 5]),
            "Day, line 2: a size is above 0, and 0 where no price is, which is written NaN; got 103 and 0.",
        ),
        (dict(trade_side=[1, 1, 0]), "Day, order, line 2: side must be 1 (bought) or -1 (sold); got 0."),
        (dict(trade_size=[1, 1, -3]), "Day, order, line 2: size must be above 0; got -3."),
        (dict(bid=[99, 98, -1e60, 98]), "Day: bid must be a column of numbers up to 1e+50 in size."),
        (dict(ask_size=[5, np.inf, 5, 5]), "Day, line 2: a size is above 0, and 0 where no price is"),
        (dict(trade_size=[1, 1e60, 3]), "Day: trade_size must be a column of numbers up to 1e+50 in size."),
        (dict(trade_price=[101, 102, np.nan]), "Day, order, line 2: price must be finite; got nan."),
        (dict(trade_time=[1, 1, 9]), "Day, order, line 2: time must be within the day; got 9."),
        (dict(trade_time=[1, 2]), "Day: trades must be columns of one length; got [(2,), (3,), (3,), (3,)]."),
        (dict(bid=[99]), "Day: quotes must be columns of one length"),
    ],
)
def test_a_day_that_cannot_be_is_refused(change, reason):
    with pytest.raises(DayError, match=f"^{re.escape(reason)}"):
        small(**change)


def test_a_day_has_two_rows_and_columns_of_one_length():
    nothing = MarketOrders(*([[]] * 5))
    with pytest.raises(DayError, match=r"at least two rows; got 1\."):
        Day([0], [1], [2], [1], [1], nothing)
    with pytest.raises(DayError, match=r"time has shape \(2,\), so must ask_size; got \(1,\)\."):
        Day([0, 1], [1, 1], [2, 2], [1, 1], [1], nothing)


def test_a_day_cannot_be_written_on():
    with pytest.raises(ValueError, match="read-only"):
        small().bid[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        small().market_orders.size[0] = 1


OTHER_FORMAT = """ts_ms,kind,bid,bid_qty,ask,ask_qty,price,qty,taker
1000,quote,99.5,3,100.5,2,,,
1500,trade,,,,,100.5,2,buy
1500,quote,99.5,3,101.0,1,,,
1700,quote,,,101.0,1,,,
2500,quote,99.0,4,101.0,1,,,
"""


def test_twenty_lines_convert_another_venues_format():
    def read_other(file):
        quotes, trades = [], []
        for row in csv.DictReader(file):
            seconds = float(row["ts_ms"]) / 1000
            if row["kind"] == "quote":
                prices = [float(row[name] or "nan") for name in ("bid", "ask")]
                sizes = [float(row[name] or 0) for name in ("bid_qty", "ask_qty")]
                quotes.append([seconds, *prices, *sizes])
            else:
                side = {"buy": 1, "sell": -1}[row["taker"]]
                trades.append([seconds, side, float(row["qty"]), float(row["price"])])
        return Day.from_quotes_and_trades(*np.transpose(quotes), *np.transpose(trades))

    converted = read_other(io.StringIO(OTHER_FORMAT))
    assert converted.market_orders.reach.tolist() == [0.5]
    assert converted.observed == pytest.approx(0.7)
    assert converted.mid_at([1.0, 1.6, 1.8]).tolist() == pytest.approx([100, 100.25, np.nan], nan_ok=True)


def test_a_day_and_its_tape_hold_their_fields_and_no_memo_of_what_was_asked():
    record = replace(halted(), stale_after=1.2)
    tape = record.tape(time_step=1, clip=1)
    for table in (record, record.market_orders, tape):
        for name in dir(type(table)):
            if isinstance(getattr(type(table), name), property):
                getattr(table, name)
        assert vars(table).keys() == {column.name for column in fields(table)}
