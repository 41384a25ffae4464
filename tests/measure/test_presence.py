"""Presence: how long obligations were met, measured alike over a day, row by row and by parts; and the alert for it."""

import dataclasses

import numpy as np
import pytest

from mmlab import (
    Desk,
    History,
    Market,
    MarketMakingConfig,
    MarketMakingMonitor,
    ParameterError,
    QuoteSizer,
    QuoteTimer,
    Symmetric,
    simulate,
)
from mmlab.desk import Mode, Obligations, PositionLimiter, Reason
from mmlab.measure import METRICS, Meter, Rule, Watch, default_rules, presence
from mmlab.measure.rows import ABSENT

OWED = Obligations(presence=0.8, widest_spread=1.5, least_size=1, window=0.2)
MARKET = Market.avellaneda_stoikov_2008()
TAPE = MARKET.tape(n_paths=6, n_steps=400, seed=1)
DESK = Desk(
    model=Symmetric(half_spread=0.7),
    sizer=QuoteSizer(base_size=2, max_position=10),
    volatility=2,
    timer=QuoteTimer(min_quote_time=0.01, max_quote_time=0.1),
    limits=PositionLimiter(max_position=3, min_position=-3),
)
HISTORY = simulate(DESK, TAPE)


def rows_of(history, path=0):
    """The same rows as a desk writes them, one at a time."""
    for n in range(len(history.time) - 1):
        row = {name: column[n] for name, column in history.columns.items() if name in ABSENT}
        yield row | {"time": history.time[n]}


def with_quotes(bid, ask, size, **columns):
    """A history of one path, a step a second, in which these quotes stand and nothing happens."""
    n, sides = len(bid), [np.array(x, dtype=float)[:, np.newaxis] for x in (bid, ask, size, size)]
    still = dict(mid=np.full((n + 1, 1), 100.0), inventory=np.zeros((n + 1, 1)), cash=np.zeros((n + 1, 1)))
    names = ("bid_price", "ask_price", "bid_size", "ask_size")
    fills = dict.fromkeys(("bid_fill", "ask_fill"), np.zeros((n, 1)))
    columns = {name: np.array(column)[:, np.newaxis] for name, column in columns.items()}
    given = dict(zip(names, sides, strict=True)) | still | fills | columns
    return History(np.arange(n + 1.0), **given)


def test_it_is_the_share_of_time_in_which_both_sides_stood():
    bid, ask, size = np.full(40, 99.5), np.full(40, 100.5), np.ones(40)
    bid[:4], ask[4:6], size[6:8] = np.nan, 101.5, 0.5
    found = presence(with_quotes(bid, ask, size), OWED)
    assert found.value.tolist() == [32 / 40]
    parts = np.array([0, 0, 0, 0] + [1] * 16)
    assert found.error == pytest.approx(parts.std(ddof=1) / 20**0.5)
    low, high = found.interval
    assert low < 0.8 < high <= 1
    assert found.kept.tolist() == [True]
    assert found.mean.value == 0.8


def test_time_without_a_market_counts_for_nothing():
    bid, ask, size = np.full(40, 99.5), np.full(40, 100.5), np.ones(40)
    bid[1::4] = np.nan
    reason = np.where(np.arange(40) % 4 == 1, Reason.NO_MARKET, Reason.NONE)
    mode = np.where(reason > 0, Mode.HALT, Mode.NORMAL)
    history = with_quotes(bid, ask, size, reason=reason, mode=mode)
    assert presence(history, OWED).value.tolist() == [1.0]
    assert presence(with_quotes(bid, ask, size), OWED).value.tolist() == [0.75]
    _, metrics = Meter(obligations=OWED).step(Meter(obligations=OWED).start(), history)
    assert metrics["presence"].tolist() == [1.0]


def test_a_meter_row_by_row_measures_what_the_whole_day_says():
    meter, by_row = Meter(obligations=OWED), Meter(obligations=OWED).start()
    _, whole = meter.step(meter.start(), HISTORY)
    np.testing.assert_allclose(whole["presence"], presence(HISTORY, OWED).value, rtol=1e-12)
    rows = list(rows_of(HISTORY))
    for row in rows:
        by_row, metrics = meter.step(by_row, row)
    _, at_once = meter.step(meter.start(), rows)
    np.testing.assert_allclose(metrics["presence"], at_once["presence"], rtol=1e-12)
    assert "presence" in METRICS
    assert "presence" not in Meter().step(Meter().start(), HISTORY)[1]


def test_the_interval_holds_the_long_runs_presence():
    tape = MARKET.tape(n_paths=400, n_steps=400, seed=7)
    found = presence(simulate(DESK, tape), OWED)
    assert 0.2 < found.mean.value < 0.95
    low, high = found.interval
    inside = ((low <= found.mean.value) & (found.mean.value <= high)).mean()
    assert inside == pytest.approx(0.95, abs=0.05)


@pytest.mark.parametrize(("price", "clip", "second"), [(4.0, 1.0, 1.0), (1.0, 0.5, 1.0), (1.0, 1.0, 8.0)])
def test_units_do_not_matter(price, clip, second):
    columns = {name: getattr(HISTORY, name) for name in ("bid_price", "ask_price", "bid_size", "ask_size")}
    scaled = {name: column * (price if "price" in name else clip) for name, column in columns.items()}
    history = dataclasses.replace(HISTORY, time=HISTORY.time * second, **scaled)
    owed = Obligations(presence=0.8, widest_spread=1.5 * price, least_size=clip, window=0.2 * second)
    before, after = presence(HISTORY, OWED), presence(history, owed)
    np.testing.assert_allclose(after.value, before.value, rtol=1e-12)
    np.testing.assert_allclose(after.error, before.error, rtol=1e-9)


def absent(bid, window, required=0.8):
    """The alerts of a desk whose bid comes and goes, a row a second."""
    owed = Obligations(presence=required, widest_spread=1.5, window=window)
    rules = [rule for rule in default_rules(MarketMakingConfig(), owed) if rule.name == "absent"]
    watch = Watch(rules, obligations=owed)
    return watch, with_quotes(bid, np.full(len(bid), 100.5), np.ones(len(bid)))


def test_the_alert_fires_when_the_presence_of_a_window_falls_below_what_is_owed_and_clears_again():
    bid = np.full(100, 99.5)
    bid[30:35] = np.nan
    bid[70:75] = np.nan
    watch, history = absent(bid, window=20.0)
    _, alerts = watch.step(watch.start(), history)
    assert [alert.time for alert in alerts] == [34.0, 74.0]  # four seconds of twenty
    assert alerts[0].value == pytest.approx(0.2)
    assert "the share in which our obligations were not met is 0.2, bound 0.2" in alerts[0].what


def test_it_is_silent_while_they_are_met_and_before_a_window_is_over():
    watch, history = absent(np.where(np.arange(100) % 10, 99.5, np.nan), window=20.0)
    assert watch.step(watch.start(), history)[1] == []
    watch, history = absent(np.full(15, np.nan), window=20.0)
    assert watch.step(watch.start(), history)[1] == []
    watch, history = absent(np.full(60, 99.5), window=20.0, required=1.0)
    assert watch.step(watch.start(), history)[1] == []


def test_row_by_row_the_same_alerts_come_as_at_once():
    owed = dataclasses.replace(OWED, presence=0.6)
    rules = [Rule(name="absent", threshold=0.4, leave_at=0.9, cool_down=0)]
    watch = Watch(rules, obligations=owed)
    state, rows, found = watch.start(), list(rows_of(HISTORY)), []
    for row in rows:
        state, alerts = watch.step(state, row)
        found += alerts
    end, at_once = watch.step(watch.start(), rows)
    assert found == at_once
    assert len(found) > 3
    assert len(state.numbers["missed_at"]) == len(end.numbers["missed_at"]) < 100  # no more than a window is kept
    np.testing.assert_array_equal(state.numbers["missed"], end.numbers["missed"])


def test_a_monitor_measures_and_watches_them():
    monitor = MarketMakingMonitor(obligations=OWED)
    monitor.monitor(None, HISTORY)
    np.testing.assert_allclose(monitor.metrics["presence"], presence(HISTORY, OWED).value, rtol=1e-12)
    assert any(alert.rule == "absent" for alert in monitor.alerts)
    assert "presence" not in MarketMakingMonitor().metrics


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Watch([Rule(name="absent", threshold=0.1)]), "The rule 'absent' watches obligations"),
        (lambda: presence(HISTORY, 0.9), "presence needs a History and Obligations"),
        (lambda: presence(with_quotes([99.5] * 4, [100.5] * 4, [1] * 4), OWED), "a market in each of 20 parts"),
    ],
)
def test_what_cannot_be_measured_is_refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()
