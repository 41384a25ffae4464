"""When a day was watched, in which unit its clock is, and what a converter's mistakes are told."""

import dataclasses
import time as machine
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook.ch11.plots import the_day
from mmbook.ch11.scenes import half_hours, traded
from mmbook.ch12.afternoon import quote_afternoon

from mmlab import Desk, GueantLehalleFernandezTapia, MarketMakingMonitor, ParameterError, Venue
from mmlab.market import Day, DayError, replay_tape
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.measure import CalibrationError, adverse_selection, calibrate, depth_grid, recent_volatility, volatility


def two_sessions():
    """Case 04: ten minutes on each of two days, a row a second, 600 orders."""
    t = np.r_[np.arange(0.0, 600), np.arange(86400.0, 87000)]
    n, rng = len(t), np.random.default_rng(0)
    when = np.r_[np.sort(rng.uniform(1, 599, 300)), np.sort(rng.uniform(86401, 86999, 300))]
    side = rng.choice([-1, 1], 600)
    mid = 100 + np.cumsum(rng.choice([-0.01, 0.01], n))
    price = mid[np.searchsorted(t, when) - 1] + side * 0.02 * rng.geometric(0.5, 600)
    return t, mid - 0.02, mid + 0.02, np.ones(n), np.ones(n), when, side, np.ones(600), price


def quiet(time, mid=100.0, **more):
    """Quotes a unit around a mid, and nobody who trades."""
    mid = np.broadcast_to(mid, np.shape(time))
    one = np.ones(len(mid))
    return Day.from_quotes_and_trades(time, mid - 1, mid + 1, one, one, [], [], [], [], **more)


def with_a_row_of_nan():
    t, bid, ask, one, _, *trades = two_sessions()
    rows = ((t, 600.0), (bid, np.nan), (ask, np.nan), (one, 0.0), (one, 0.0))
    return Day.from_quotes_and_trades(*(np.insert(column, 600, value) for column, value in rows), *trades)


def test_a_gap_is_not_watched_whether_a_row_or_stale_after_says_so():
    for day in (Day.from_quotes_and_trades(*two_sessions(), stale_after=1), with_a_row_of_nan()):
        reason = calibrate(day, tick=0.02)
        assert day.observed == reason.horizon == 1199
        assert reason.pooled.arrival_rate.value == pytest.approx(0.5276, abs=5e-5)
        # Of the likelihood, before it is multiplied for a χ² that one such day in forty has.
        assert reason.pooled.arrival_rate.error / reason.pooled.inflation == pytest.approx(0.027, abs=5e-4)
        assert reason.volatility.value == pytest.approx(0.01028, abs=5e-6)  # 0.01/√(1 s), and an error of a tenth
        assert day.unwatched.tolist() == [[600, 86400]]
        assert day._facts["not watched"].endswith("85,800.0 at once")
        assert np.isnan(day.mid_at([600.5, 86399])).all()
        assert day.clock([599.5, 50_000, 86400, 86401]).tolist() == [599.5, 600, 600, 601]


def test_a_silence_that_may_be_a_gap_is_not_calibrated_until_somebody_says_what_it_is():
    day = Day.from_quotes_and_trades(*two_sessions())
    with pytest.raises(CalibrationError, match=r"no row for 85,801 s after t = 599: was the market shut.*stale_after"):
        calibrate(day, tick=0.02)
    with pytest.raises(DayError, match="no row for 85,801 s"):
        quote_afternoon(day, None, clip=1)
    words = dataclasses.replace(day, stale_after=1e5)
    assert calibrate(words, tick=0.02).horizon == 86_999
    assert calibrate(dataclasses.replace(day, stale_after=1), tick=0.02).horizon == 1199


def test_silences_of_a_quiet_market_are_in_no_doubt(real_day):
    rng = np.random.default_rng(1)
    for waits in (rng.exponential(1, 5_000), rng.exponential(60, 400), rng.pareto(1.5, 5_000)):
        assert quiet(np.cumsum(waits)).doubt == ""
    assert real_day.doubt == ""
    for _ in range(100):
        n = rng.integers(2, 500)
        assert quiet(np.cumsum(rng.exponential(30, n))).doubt == ""
        assert quiet(np.cumsum(60.0 * rng.choice([1, 2, 3], n, p=[0.9, 0.08, 0.02]))).doubt == ""  # bars, some missing
    for seed in range(3):
        assert SyntheticDay().run(1800, seed=seed).day().doubt == ""


DAY, HOUR = 86_400, 3_600
SESSIONS = {
    "seven of 11 min, a row each 10 s": (np.arange(7) * DAY, 660, 10, 85_750),
    "seven of 11 min, a row each minute": (np.arange(7) * DAY, 660, 60, 85_800),
    "three of 5 min, a row each 10 s": (np.arange(3) * DAY, 300, 10, 86_110),
    "three of 11 min, a row each 30 s": (np.arange(3) * DAY, 660, 30, 85_770),
    "hourly bars of five days of 7 h": (np.arange(5) * DAY, 7 * HOUR, HOUR, 18 * HOUR),
    "5-minute bars, an hour's break a day": (np.arange(3) * DAY, 23 * HOUR, 300, 3_900),
    "minute bars, half an hour's break": (np.arange(2) * 4 * HOUR, 3.5 * HOUR, 60, 1_860),
    "minute bars, an hour's break a day": (np.arange(5) * DAY, 23 * HOUR, 60, 3_660),
}


@pytest.mark.parametrize(("starts", "length", "every", "gap"), SESSIONS.values(), ids=SESSIONS)
@pytest.mark.parametrize("unit", [1, 0.1])
def test_a_gap_is_in_doubt_however_few_rows_a_session_has(starts, length, every, gap, unit):
    """W2: gaps are 1 to 12 of 100 silences, so that no quantile of these is free of them."""
    day = quiet(unit * np.concatenate([start + np.arange(0.0, length, every) for start in starts]))
    assert f"no row for {unit * gap:,.0f} s" in day.doubt
    assert quiet(day.time, stale_after=1.5 * unit * every).doubt == ""


def test_a_gap_between_sessions_with_rows_at_random_is_in_doubt_and_a_part_cut_out_of_a_real_day(real_day):
    rng = np.random.default_rng(3)
    for length, every in ((660, 10), (660, 60), (300, 10), (660, 30)):
        times = [start * DAY + np.sort(rng.uniform(0, length, length // every)) for start in range(4)]
        assert "was the market shut" in quiet(np.concatenate(times)).doubt
    for cut in (600, 3600):
        time = real_day.time[abs(real_day.time - 45_900) > cut / 2]
        assert f"no row for {cut // 100}" in quiet(time).doubt.replace(",", "")


def test_no_tape_is_made_of_a_day_in_doubt():
    day = Day.from_quotes_and_trades(*two_sessions())
    for make in (Day.tape, replay_tape):
        with pytest.raises(DayError, match=r"^The day has no row for 85,801 s after t = 599: was the market shut"):
            make(day, 10.0, 1.0)
        for stale_after in (1, 1e5):
            assert make(dataclasses.replace(day, stale_after=stale_after), 10.0, 1.0).time[-1] >= 86_990
    assert replay_tape(day, 10.0, 1.0, stale_after=1e5).time[-1] == 86_999
    few = np.r_[np.arange(10.0), 1e5 + np.arange(10.0)]
    assert quiet(few).tape(10.0, 1.0).time[-1] == 100_000  # of so few silences none is out of the ordinary


def test_orders_that_fell_into_gaps_are_told_as_such():
    """D10: minute bars of which each goes stale after half a minute."""
    time = np.arange(0.0, 6000, 60)
    sides = np.where(np.arange(98) % 2, 1, -1)
    quotes = (time, *np.repeat([[99.0], [101], [1], [1]], 100, axis=1))
    day = Day.from_quotes_and_trades(*quotes, time[1:-1], sides, np.ones(98), 100 + sides, stale_after=30)
    with pytest.raises(CalibrationError, match=r'98 of 98 market orders were left out, "in a gap".*stale_after, 30 s'):
        calibrate(day)


@pytest.mark.parametrize(("before", "after"), [(3.0, 1.0), (1_756_710_000.52, 1_756_710_000.5)])
def test_trades_that_go_back_in_time_are_refused(before, after):
    time = np.array([-1.0, 2]) + before
    with pytest.raises(DayError) as reason:
        Day.from_quotes_and_trades(
            time, [99] * 2, [101] * 2, [1] * 2, [1] * 2, [before, after], [1, 1], [1] * 2, [101] * 2
        )
    assert str(reason.value).startswith("Day, trades (in order of time), line 2: time must not run backwards; got ")
    assert str(reason.value).endswith(f"{after!r} after {before!r}.".replace(".0 ", " ").replace(".0.", "."))


def test_only_returns_over_watched_time_count():
    """Case 04's minute bars: a break between two of them is no minute."""
    time, mid = np.arange(6.0), np.array([0.0, 1, 3, 10, 11, 13])
    whole = volatility(time, mid, 1.0)
    cut = volatility(np.insert(time, 3, 2.5), np.insert(mid, 3, np.nan), 1.0)
    assert whole.value**2 == pytest.approx((1 + 4 + 49 + 1 + 4) / 5)
    assert cut.value**2 == pytest.approx((1 + 4 + 1 + 4) / 4)
    day = quiet(np.r_[np.arange(50.0), 1000 + np.arange(50.0)], np.r_[np.arange(50.0) % 2, 500 + np.arange(50.0) % 2])
    closed = replay_tape(dataclasses.replace(day, stale_after=2), 1.0, 1.0)
    # What the last row before the gap stood for is watched too: a return of 0, and nearly forgotten.
    # A move of 1 each second adds 1/10 at once, which a second forgets by e^(−1/10): so much is left before the next.
    left = np.sqrt(0.1 / np.expm1(0.1))
    assert recent_volatility(closed, window=10, start=1)[-1] == pytest.approx(left, abs=1e-3)
    assert recent_volatility(replay_tape(day, 1.0, 1.0, 1000), window=10, start=1)[-1] > 1.5


def desk(market, calibration):
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.05, max_inventory=20, solution="closed form")
    return Desk(model=model, venue=Venue(tick=0.01))


def test_a_promise_is_for_the_time_in_which_the_market_is_open():
    """Case 05: half of an afternoon is halted, and half of the orders are promised."""
    day = SyntheticDay().run(7200, seed=4).day()
    shut = (day.time >= 38_700) & (day.time < 40_500)
    prices = (np.where(shut, np.nan, column) for column in (day.bid, day.ask))
    sizes = (np.where(shut, 0.0, column) for column in (day.bid_size, day.ask_size))
    orders = day.market_orders
    halted = Day(day.time, *prices, *sizes, orders.where((orders.time < 38_700) | (orders.time >= 40_500)))
    whole, half = (quote_afternoon(record, desk, clip=100) for record in (day, halted))
    ((start, end),) = halted.unwatched
    assert end - start == pytest.approx(1800, abs=5)
    for promised, of_all in ((half.promised.orders, whole.promised.orders), (half.promised.edge, whole.promised.edge)):
        assert promised == pytest.approx(of_all * (1 - (end - start) / 3600), rel=2e-3)
    assert abs(half.given["front"].orders - half.expected["front"][0]) < 2 * np.sqrt(half.expected["front"][0])
    assert half.expected["front"][0] > 0.75 * half.promised.orders


@given(st.lists(st.floats(0.01, 50), min_size=3, max_size=30), st.floats(0.5, 20), st.floats(0, 1), st.floats(0, 1))
def test_what_is_watched_adds_up_and_is_what_stale_after_says(waits, stale_after, first, second):
    time = np.append(0.0, np.cumsum(waits))
    day = quiet(time, stale_after=stale_after)
    assert day.observed == pytest.approx(np.minimum(waits, stale_after).sum())
    assert day.observed + np.diff(day.unwatched).sum() == pytest.approx(time[-1])
    start, end = sorted((first * time[-1], second * time[-1]))
    if start < end:
        parts = [day.between(*ends) for ends in ((-1, start), (start, end), (end, time[-1] + 1)) if ends[1] > 0]
        assert sum(part.observed for part in parts) == pytest.approx(day.observed)
    tape = replay_tape(day, 1.0, 1.0)
    assert (np.diff(tape.time) * tape.is_open[:, 0]).sum() == pytest.approx(day.observed)
    assert replay_tape(quiet(time), 1.0, 1.0, stale_after).n_steps == tape.n_steps


def test_orders_in_a_gap_are_left_out_and_rows_a_last_bit_apart_are_none():
    args = [[0, 1, 10], [99] * 3, [101] * 3, [1] * 3, [1] * 3, [1.5, 4, 10], [1, 1, -1], [1] * 3, [101, 101, 99]]
    day = Day.from_quotes_and_trades(*args, stale_after=2)
    assert day.market_orders.time.tolist() == [1.5]
    assert day.left_out["in a gap"].tolist() == [4, 10]
    assert day._facts["left out: in a gap"] == "2"
    epoch = 1_756_710_000 + 0.1 * np.arange(1000)
    assert len(quiet(epoch, stale_after=0.1).unwatched) == 0
    with pytest.raises(DayError, match=r"stale_after must be above 0; got 0"):
        quiet([0, 1], stale_after=0)


def test_a_mid_of_0_that_is_lost_closes_the_market():
    day = Day.from_quotes_and_trades(*[[0, 1, 2], [-1, np.nan, -1], [1, 1, 1], [1, 0, 1], [1] * 3], [], [], [], [])
    tape = replay_tape(day, 10, 1)
    assert tape.time.tolist() == [0, 1, 2]
    assert tape.is_open.ravel().tolist() == [True, False]


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "ms"), (1e6, "µs"), (1e9, "ns"), (1e15, "another unit")])
@pytest.mark.parametrize("start", [0, 34_200, 1_756_710_000])
@pytest.mark.parametrize("length", [1_800, 23_400, 3 * 86_400])
def test_a_clock_in_another_unit_is_refused_with_a_guess(factor, unit, start, length):
    """W5: from half an hour to days; since the start, since midnight and since 1970."""
    with pytest.raises(DayError, match=rf"^Day: time .+: is it in {unit}\? Times are seconds"):
        quiet(factor * (start + np.linspace(0.0, length, 10)))


def test_what_a_guess_of_the_unit_rests_on():
    with pytest.raises(DayError, match=r"time is 1\.76e\+12: is it in ms\? Times are seconds"):
        quiet(1_756_710_000_000 + np.arange(0, 600_000, 1_000))  # ten minutes: no more than 6.9 days as seconds
    assert quiet(1_756_710_000 + np.arange(5.0)).observed == 4
    with pytest.raises(DayError, match=r"time spans 11,574 days: is it in ms\?"):
        quiet([0, 1e9])


def test_several_days_may_follow_each_other():
    time = np.concatenate([86_400 * day + np.arange(34_200.0, 57_600, 100) for day in range(9)])
    day = quiet(time, stale_after=200)
    assert day.observed == pytest.approx(9 * 23_300 + 8 * 200)
    assert len(day.unwatched) == 8
    assert replay_tape(day, 60.0, 1).is_open.sum() > 1000


def test_times_of_datetime64_are_seconds_after_the_first_midnight():
    stamps = np.array(
        ["2026-01-05T09:30:00.000000001", "2026-01-05T09:30:00.1", "2026-01-06T00:00:01"], "datetime64[ns]"
    )
    quotes = [[99] * 3, [101] * 3, [1] * 3, [1] * 3]
    for unit in ("ns", "us", "ms"):
        day = Day.from_quotes_and_trades(stamps.astype(f"M8[{unit}]"), *quotes, stamps[1:2], [1], [1], [101])
        first = 34_200 + 1e-9 if unit == "ns" else 34_200
        assert day.time.tolist() == [first, 34_200.1, 86_401]
        assert day.market_orders.time.tolist() == [34_200.1]
    assert len(Day.from_quotes_and_trades(stamps, *quotes, [], [], [], []).market_orders) == 0
    with pytest.raises(DayError, match="both be seconds, or both datetime64"):
        Day.from_quotes_and_trades(stamps, *quotes, [34_200.1], [1], [1], [101])
    with pytest.raises(DayError, match="line 2: time must be finite; got nan"):
        Day.from_quotes_and_trades(np.where([0, 1, 0], np.datetime64("NaT", "ns"), stamps), *quotes, [], [], [], [])
    day = Day.from_quotes_and_trades(stamps, *quotes, [], [], [], [])
    with pytest.raises(DayError, match=r"also takes datetime64\) must be a column of numbers: got datetime64\[ns\]"):
        dataclasses.replace(day, time=stamps)
    with pytest.raises(DayError, match="must be a column of numbers: could not convert"):
        quiet(["09:30", "09:31"])


def test_single_precision_that_loses_the_milliseconds_is_refused():
    epoch = np.arange(1_756_710_000, 1_756_710_600, dtype=np.float32)
    with pytest.raises(
        DayError, match="time is float32, in which times near 1,756,710,000 are 128 s apart; give float64"
    ):
        quiet(epoch)
    assert quiet(np.arange(600, dtype=np.float32)).observed == 599


def test_a_clock_that_goes_back_is_told_with_all_its_digits():
    """Case 09a: 20 ms back, in epoch seconds; wherever times come in."""
    before, after = 1_756_710_000.52, 1_756_710_000.5
    reason = r"got 1756710000\.5 after 1756710000\.52"
    with pytest.raises(DayError, match=f"^Day, line 2: time must not run backwards; {reason}"):
        quiet([before, after])
    monitor = MarketMakingMonitor()
    row = dict(mid=[100.0], inventory=[0.0], cash=[0.0])
    with pytest.raises(ParameterError, match=r"it is 1756710000\.5 after 1756710000\.52"):
        monitor.monitor(None, [row | {"time": before}, row | {"time": after}])


def test_a_market_that_goes_back_is_refused_by_the_monitor():
    """Case 09b: now at T + 10, then at T + 5, with nothing new."""
    rows = [dict(time=0.0, mid=[100.0], inventory=[0.0], cash=[0.0])]
    monitor = MarketMakingMonitor()
    monitor.monitor(SimpleNamespace(time=10.0, mid_price=np.array([100.0])), rows)
    before = monitor.metrics
    with pytest.raises(ParameterError, match=r"time must not run backwards; it is 5 after 10\."):
        monitor.monitor(SimpleNamespace(time=5.0, mid_price=np.array([100.0])), rows)
    assert monitor.metrics is before
    monitor.monitor(SimpleNamespace(time=10.0, mid_price=np.array([101.0])), rows)


@pytest.mark.parametrize("absent", [0.0, -1.0])
def test_a_price_without_a_size_is_told_how_an_absent_one_is_written(absent):
    columns = [[0, 1], [absent, 99], [101, 101], [0, 1], [1, 1]]
    with pytest.raises(DayError, match=rf"where no price is, which is written NaN; got {absent:g} and 0\.$"):
        Day.from_quotes_and_trades(*columns, [], [], [], [])
    columns[3] = [1, 1]
    taken = Day.from_quotes_and_trades(*columns, [], [], [], [])
    assert taken.mid[0] == (101 + absent) / 2
    assert taken._facts["rows with a price at or below 0, taken"] == "1"


def test_signs_that_are_often_wrong_are_refused_and_a_few_are_counted():
    """Case 09d: half the signs wrong, and the 43 of 3,527 that a real record of another venue has."""
    rng = np.random.default_rng(0)
    t, side = np.arange(0.0, 3601), rng.choice([-1, 1], 3527)
    quotes = (t, *np.repeat([[99.99], [100.01], [1], [1]], len(t), axis=1))
    when = np.sort(rng.uniform(1, 3600, 3527))
    for wrong, n in ((0, 0), (43, 43), (1700, None)):
        reason = np.where(np.arange(3527) < wrong, -side, side)
        trades = (when, reason, np.ones(3527), 100 + 0.01 * side * rng.geometric(0.5, 3527))
        if n is None:
            with pytest.raises(DayError, match=r"1700 of 3527 market orders traded on the wrong side of the mid"):
                Day.from_quotes_and_trades(*quotes, *trades)
            continue
        day = Day.from_quotes_and_trades(*quotes, *trades)
        assert len(day.market_orders) == 3527 - n
        assert len(day.left_out.get("on the wrong side of the mid", [])) == n
        assert (day.market_orders.reach > 0).all()


@pytest.mark.parametrize("step", [1e-6, 1e-9, 1e-20, 5e-324])
def test_what_would_not_fit_into_memory_is_refused_before_it_is_asked_for(step):
    """Case 08 and M11: a sentence, at once."""
    day = SyntheticDay().run(600, seed=1).day()
    start = machine.process_time()
    for ask in (
        lambda: day.tape(step, 1.0),
        lambda: replay_tape(day, step, 1.0),
        lambda: volatility(day.time, day.mid, step),
        lambda: calibrate(day, grid=step),
        lambda: depth_grid(day.market_orders.reach, step / 1e4),
        lambda: calibrate(day, tick=step / 1e4),
    ):
        with pytest.raises(
            (ParameterError, CalibrationError), match=r"would take .* GiB; the limit is 4 GiB|above 0|makes .* bins of"
        ):
            ask()
    assert machine.process_time() - start < 1


def test_a_markout_across_a_gap_is_none():
    """Three orders a second before the gap, of which the mid lies 50 higher after it, and three after it."""
    time = np.r_[np.arange(0.0, 10), np.arange(100.0, 110)]
    mid = np.where(time < 50, 100.0, 150.0) + 0.1 * (time % 2)
    one = np.ones(len(time))
    orders = np.array([7.5, 8.5, 9.0, 101.5, 102.5, 103.5])
    trades = (orders, np.ones(6), np.ones(6), np.where(orders < 50, 101.5, 151.5))
    day = Day.from_quotes_and_trades(time, mid - 1, mid + 1, one, one, *trades, stale_after=2)
    assert day.watched([0, 9, 10.5, 101], [11, 100.5, 99, 109]).tolist() == [True, False, False, True]
    for horizon, n in ((1.0, 6), (91.5, 0), (4.0, 3)):
        if n < 2:
            with pytest.raises(CalibrationError, match=f"ε at a horizon of {horizon:g} needs two"):
                adverse_selection(day, horizon)
        else:
            assert abs(adverse_selection(day, horizon).value) <= 0.1


def test_the_last_traded_price_of_a_gap_is_unknown():
    day = Day.from_quotes_and_trades([0, 1, 9], [99] * 3, [101] * 3, [1] * 3, [1] * 3, [1], [1], [1], [101], 2)
    time, price = traded(day)
    assert time.tolist() == [1, 3]
    assert np.isnan(price).tolist() == [False, True]


def test_half_hours_that_were_hardly_watched_are_none(monkeypatch):
    day = quiet(np.r_[np.arange(0.0, 3600, 5), np.arange(9000.0, 10_800, 5)], stale_after=10)
    assert [(part.time[0], part.time[-1]) for part in half_hours(day)] == [(0, 1800), (1800, 3600), (9000, 10_795)]
    assert "half hours have 0.0 to 0.0 market orders a minute" in the_day(day, "A day with a gap").alt
