"""The monitor as a desk's day runs: by rows or at once, with the market's clock, its sinks and its dashboard."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

import mmlab
from mmlab import ConfigError, History, MarketMakingConfig, MarketMakingMonitor, ParameterError, simulate
from mmlab.desk import Obligations
from mmlab.measure import METRICS, Rule, attribute, json_lines
from mmlab.measure.risk import day_law

CONFIG = MarketMakingConfig()
RULES = [Rule(name="run", threshold=3, cool_down=60), Rule(name="wide", threshold=0.055, leave_at=1, cool_down=0)]


def market_at(time, mid=100.0):
    return SimpleNamespace(time=time, mid_price=mid)


@pytest.fixture(scope="module")
def history():
    return simulate(CONFIG.make_desk(), CONFIG.make_market().tape(n_paths=2, n_steps=300, seed=3))


def first(history, n_steps):
    """The history as it was after so many steps."""
    columns = {
        name: column[: n_steps + (len(column) == len(history.time))]
        for name in (field.name for field in dataclasses.fields(History))
        if isinstance(column := getattr(history, name), np.ndarray)
    }
    return History(**columns)


def rows_of(history):
    quotes, fills = ("bid_price", "ask_price", "bid_size", "ask_size"), ("bid_fill", "ask_fill", "fees", "refreshed")
    names = ("time", "mid", "inventory", "cash", *quotes, *fills)
    return [{name: getattr(history, name)[n] for name in names} for n in range(len(history.bid_price))]


def same(one, other):
    assert one.alerts == other.alerts
    for name, value in one.metrics.items():
        if name not in ("memory", "cpu"):
            np.testing.assert_allclose(other.metrics[name], value, rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_day_that_grows_is_the_day_as_a_whole(history):
    whole, growing = MarketMakingMonitor(CONFIG, rules=RULES), MarketMakingMonitor(CONFIG, rules=RULES)
    whole.monitor(None, history)
    assert len(whole.alerts) > 5
    for n in (*range(1, 40), 40, 41, 200, 300):
        growing.monitor(None, first(history, n))
    same(whole, growing)
    np.testing.assert_allclose(whole.metrics["pnl"], history.pnl)
    np.testing.assert_allclose(whole.attribution.pnl, history.pnl)


def test_rows_as_the_guide_keeps_them_are_the_history(history):
    whole, by_rows, rows = MarketMakingMonitor(CONFIG, rules=RULES), MarketMakingMonitor(CONFIG, rules=RULES), []
    whole.monitor(None, history)
    for row in rows_of(history):
        rows.append(row)
        by_rows.monitor(market_at(row["time"], row["mid"]), rows)
    by_rows.monitor(market_at(history.time[-1], history.mid[-1]), rows)
    same(whole, by_rows)
    assert by_rows.attribution.pnl == pytest.approx(history.wealth[-2] - history.wealth[0])


def test_at_the_end_of_what_there_is_the_last_quotes_stand(history):
    monitor = MarketMakingMonitor(CONFIG)
    monitor.monitor(None, history)
    quiet = len(monitor.alerts)
    end = history.time[-1]
    for late in (10, 80, 100, 120, 300):
        monitor.monitor(market_at(end + late, history.mid[-1] + 1), history)
    stale = [alert for alert in monitor.alerts[quiet:] if alert.path == 0]
    assert [(alert.rule, alert.time > end + 20) for alert in stale] == [("stale", True)]  # once, and not for each look
    held = history.inventory[-1]
    np.testing.assert_allclose(monitor.metrics["pnl"], history.pnl + held)
    monitor.monitor(None, history)
    np.testing.assert_allclose(monitor.metrics["pnl"], history.pnl)  # looks ahead leave no trace


def test_a_mid_that_nobody_knows_is_told_and_the_last_one_counts(history):
    monitor = MarketMakingMonitor(CONFIG)
    end = history.time[-1]
    monitor.monitor(market_at(end + 20, math.nan), history)
    assert [alert.rule for alert in monitor.alerts if alert.path == 0][-1] == "blind"
    np.testing.assert_allclose(monitor.metrics["pnl"], history.pnl)
    assert monitor.metrics["unknown_marks"].tolist() == [1, 1]


def test_every_metric_there_is_is_in_the_table_and_the_machines_too(history):
    owed = Obligations(presence=1, widest_spread=1)
    law = day_law(CONFIG, n_steps=500)
    monitor = MarketMakingMonitor(CONFIG, horizons=(5.0,), obligations=owed, law=law)
    monitor.monitor(None, history, {"quotes": np.full(300, 1e-4), "limits": np.full(300, 2e-4)})
    assert {name.partition(" ")[0] for name in monitor.metrics} == set(METRICS)
    assert "markout 5" in monitor.metrics
    assert monitor.metrics["value_at_risk"] == law.value_at_risk(0.01) < monitor.metrics["expected_shortfall"] < 0
    assert monitor.metrics["throughput"] == pytest.approx(1 / 3e-4)
    assert "slow" not in {alert.rule for alert in monitor.alerts}
    slow = MarketMakingMonitor(CONFIG)
    slow.monitor(None, history, {"quotes": 0.08, "limits": 0.07})
    assert [alert.value for alert in slow.alerts if (alert.rule, alert.path) == ("slow", 0)] == [pytest.approx(0.15)]


def test_alerts_reach_every_sink_and_the_dashboard_sees_the_monitor(history, tmp_path):
    sent, shown = [], []
    sinks = (sent.append, json_lines(tmp_path / "alerts.jsonl"))
    monitor = MarketMakingMonitor(CONFIG, rules=RULES, sinks=sinks, dashboard=shown.append)
    for n in (100, 300):
        monitor.monitor(None, first(history, n))
    assert sent == monitor.alerts != []
    assert len((tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()) == len(sent)
    assert shown == [monitor, monitor]


def test_a_sink_that_fails_hides_nothing_and_is_told_again(history, tmp_path, caplog):
    folder, sent, shown = tmp_path / "not there yet", [], []
    sinks = (json_lines(folder / "alerts.jsonl"), sent.append)
    monitor = MarketMakingMonitor(CONFIG, rules=RULES, sinks=sinks, dashboard=shown.append)
    for n in (50, 100, 200):
        monitor.monitor(None, first(history, n))
    assert sent == monitor.alerts != []
    assert len(shown) == 3
    (message,) = caplog.messages  # once, and not for each alert
    assert message.startswith("The sink json_lines fails (")
    assert "alerts.jsonl" in message
    folder.mkdir()
    monitor.monitor(None, first(history, 300))
    lines = (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == [alert.json for alert in monitor.alerts] == [alert.json for alert in sent]
    assert len(caplog.messages) == 1


def test_one_alert_that_a_sink_cannot_take_keeps_no_other_from_it(history):
    taken = []

    def picky(alert):
        if alert.rule == "wide":
            raise ValueError("not this one")
        taken.append(alert)

    monitor = MarketMakingMonitor(CONFIG, rules=RULES, sinks=(picky,))
    monitor.monitor(None, history)
    assert taken == [alert for alert in monitor.alerts if alert.rule != "wide"] != []


def test_what_is_kept_for_a_sink_that_never_works_is_bounded(history, monkeypatch):
    def full(alert):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mmlab.measure.monitor.MOST_OWED", 3)
    monitor = MarketMakingMonitor(CONFIG, rules=RULES, sinks=(full,))
    monitor.monitor(None, history)
    assert list(monitor._owed[0]) == monitor.alerts[-3:]


def test_an_empty_history_and_one_step_are_days_too(history):
    monitor = MarketMakingMonitor()
    monitor.monitor(market_at(5), [])
    assert np.isnan(monitor.metrics["pnl"]).all()
    assert monitor.alerts == []
    assert not monitor.attribution.pnl.any()
    monitor.monitor(None, first(history, 1))
    assert monitor.metrics["fills"].shape == (2,)
    np.testing.assert_allclose(monitor.metrics["pnl"], first(history, 1).pnl)


def test_one_row_is_a_history_of_one_row(history):
    alone, listed, row = MarketMakingMonitor(CONFIG), MarketMakingMonitor(CONFIG), rows_of(history)[0]
    alone.monitor(None, row)
    listed.monitor(None, [row])
    same(alone, listed)
    assert (alone.metrics["position"] == row["inventory"]).all()


def test_a_dictionary_configures_it_as_in_the_guide():
    monitor = MarketMakingMonitor({"quotes": {"max_quote_time": 20}})
    assert monitor.config.quotes.max_quote_time == 20
    with pytest.raises(ConfigError, match="no key in"):
        MarketMakingMonitor({"quotes": {"max_quote_tim": 20}})


def test_what_cannot_be_monitored_is_refused_and_changes_nothing(history):
    monitor = MarketMakingMonitor(CONFIG)
    monitor.monitor(None, first(history, 200))
    before, alerts = monitor.metrics, list(monitor.alerts)
    with pytest.raises(ParameterError, match="has 100 rows and had 200: a new day, a new monitor"):
        monitor.monitor(None, first(history, 100))
    with pytest.raises(ParameterError, match="time must not run backwards"):
        monitor.monitor(market_at(0.0), history)
    assert monitor.metrics is before
    assert monitor.alerts == alerts
    monitor.monitor(None, history)
    whole = MarketMakingMonitor(CONFIG)
    whole.monitor(None, history)
    same(whole, monitor)


def test_the_workbook_offers_it():
    assert mmlab.MarketMakingMonitor is MarketMakingMonitor
    assert attribute([], 1).horizon == 1
