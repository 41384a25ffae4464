"""The dashboard: it plays, pauses and steps a pipeline, shows any monitor, and tells severities without colour."""

import dataclasses
import html
import re
from collections import Counter

import numpy as np
import pytest
from mmbook.ch10 import Dashboard
from mmbook.ch10.desk_day import DeskDay, LiveDay
from mmbook.ch10.scenes import CALM, CONFIG, DAYS

from mmlab import MarketMakingMonitor, simulate
from mmlab.desk import Mode
from mmlab.measure import METRICS, Severity
from mmlab.teach.panel import Panel

SHORT = DeskDay(dataclasses.replace(CALM, horizon=600.0), seed=3)


@pytest.fixture(scope="module")
def monday():
    shown = Dashboard({"Monday": DAYS["Monday"]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Panel, "render", lambda panel: ("", ""))  # a day's pictures, of which its last is looked at
        shown.set(steps_a_plot=60)
        while shown.live.history.mode[-1, 0] != Mode.HALT:
            shown.step()
        shown.show_table.value = True
    return shown


def test_a_tick_is_some_steps_and_one_picture_and_the_stop_button_begins_anew():
    shown = Dashboard({"short": SHORT})
    first = shown.svg
    shown.play.value = 1
    shown.play.value = 2
    assert shown.live.n_steps == 1 + 2 * 6
    assert shown.svg != first
    assert shown.words.startswith("At 120 s, 6 steps a plot: mode NORMAL")
    shown.play.value = 0
    assert shown.live.n_steps == 1
    assert shown.words.startswith("At 0 s")


def test_a_day_that_is_interrupted_in_a_step_goes_on_with_that_step(monkeypatch):
    day = LiveDay(SHORT).step(2)

    def stopped(data):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(day.pipeline, "run_pipeline", stopped)
        with pytest.raises(KeyboardInterrupt):
            day.step(3)
    while not day.over:
        day.step(9)
    np.testing.assert_array_equal(day.history.cash, SHORT.history.cash)


@pytest.mark.usefixtures("undrawn")
def test_a_day_that_is_over_stops_the_player_and_further_ticks_do_nothing():
    shown = Dashboard({"short": SHORT})
    shown.play.playing = True
    for tick in range(1, 20):
        shown.play.value = tick
    assert shown.live.over
    assert not shown.play.playing
    assert shown.live.n_steps == SHORT.tape.n_steps
    np.testing.assert_allclose(shown.monitor.metrics["pnl"], SHORT.history.pnl)


def test_what_adds_up_leaves_nothing_unexplained_but_its_rounding(monday):
    assert re.search(r"unexplained\s+0\s+price·clip", re.sub("<[^>]*>", " ", monday.table.value))


def test_the_metrics_are_those_of_the_one_table_with_their_units(monday):
    assert set(monday.monitor.metrics)
    assert monday.table.value.count("<span>fees</span>") == 1  # once, with the sign of what it does to the profit
    for name in monday.monitor.metrics.keys() - {"fees"}:
        metric = METRICS[name.partition(" ")[0]]
        assert f"<span>{name.replace('_', ' ')}</span>" in monday.table.value
        unit = "ms" if metric.unit == "s" else metric.unit
        assert unit == "1" or f" {unit}</span>" in monday.table.value
        assert html.escape(metric.definition) in monday.table.value


def test_where_the_profit_came_from_is_shown_too(monday):
    parts = monday.monitor.attribution.parts
    for name in parts.keys() - {"unexplained"}:
        shown = f"{parts[name][0]:.4g}".replace("-", "−")
        assert (
            f'<span>{name.replace("_", " ")}</span><span style="white-space:nowrap">{shown} '
            "price·clip</span>" in monday.table.value
        )
    assert parts["spread"][0] > 0


def test_the_attribution_is_shown_first_in_currency_and_adds_up(monday):
    shown = html.unescape(re.sub("<[^>]*>", " ", monday.alerts.value)).replace("\N{MINUS SIGN}", "-")
    head, rest = shown.split("alerts, the newest first")
    assert head.split()[:5] == ["Where", "the", "profit", "came", "from"]
    numbers = [float(x) for x in re.findall(r"(-?[\d.]+(?:e[+-]\d+)?)\s+currency", head)]
    assert len(numbers) == len(monday.monitor.attribution.parts)
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=2)
    assert numbers[-1] == pytest.approx(100 * monday.monitor.metrics["pnl"][0], rel=1e-3)
    assert "CRITICAL" in rest


def test_alerts_are_a_list_of_shapes_and_words_the_newest_first(monday):
    items = re.findall(r"<li>(.*?)</li>", monday.alerts.value)
    plain = [html.unescape(re.sub("<.*?>", "", item)) for item in items]
    assert plain == [str(alert) for alert in reversed(monday.monitor.alerts)][:8]
    assert plain[0].startswith("■ CRITICAL")
    _, profit = monday.panels[-1].render()
    assert [f"{severity.name} alert" in profit for severity in Severity] == [True] * 3
    marks = re.findall(r'<path d="([^"]*z)"[^>]*style="fill: var\(--mm-(\w+)', profit)
    shapes = {colour: (path.count("M"), path.count("L") / path.count("M") + 1) for path, colour in marks}
    n = Counter(alert.severity for alert in monday.monitor.alerts)
    assert shapes == {
        "blue": (n[Severity.INFO], 16),
        "amber": (n[Severity.WARNING], 3),
        "red": (n[Severity.CRITICAL], 4),
    }


@pytest.mark.usefixtures("undrawn")
def test_a_halt_is_lifted_by_its_button_alone_for_a_name_and_a_reason(monday):
    monday.step()
    pipeline = monday.live.pipeline
    assert "plot: mode HALT" in monday.words
    pipeline.change_limits(CONFIG.override({"limits": {"max_drawdown": 5_000}}).make_limits(), who="Bob", reason="room")
    monday.set(steps_a_plot=1)
    monday.step()
    assert "plot: mode HALT" in monday.words
    lift, step = (monday.screen.buttons[words] for words in ("Lift the halt", "Step"))
    for who, reason, answer in (
        ("", "", "reset: say in words who does it and why, for the log; got who=''"),
        ("Ann", " ", "reset: say in words who does it and why, for the log; got reason=' '"),
        ("Bob", "mine", "Bob may not lift this halt: Bob changed a limit while it stood (max_drawdown 25"),
    ):
        monday.who.value, monday.reason.value = who, reason
        lift.click()
        assert answer in monday.words
        assert len(pipeline.log) == 1
        step.click()
        assert "plot: mode HALT" in monday.words
    monday.who.value, monday.reason.value = "Ann", "agreed"
    lift.click()
    assert "reset by Ann, HALT → no halt, because: agreed." in monday.words
    step.click()
    assert "plot: mode HALT" not in monday.words
    monday.screen.buttons["Halt"].click()
    assert "halt by Ann, no halt → HALT" in monday.words
    step.click()
    assert "plot: mode HALT" in monday.words


def test_it_shows_the_monitor_that_calls_it():
    shown = Dashboard({"short": SHORT})
    monitor = MarketMakingMonitor(CONFIG, dashboard=shown)
    history = simulate(CONFIG.make_desk(), CALM.tape(1, 300, seed=5))
    rows = [
        {
            name: getattr(history, name)[n]
            for name in ("mid", "inventory", "cash", "bid_price", "ask_price", "bid_fill", "ask_fill")
        }
        | {"time": history.time[n]}
        for n in range(300)
    ]
    monitor.monitor(None, rows[:200])
    before = shown.svg
    assert shown.monitor is monitor
    assert "steps a plot" not in shown.words
    monitor.monitor(None, rows)
    assert shown.svg != before
    assert shown.words.startswith(f"At {history.time[299]:.0f} s: mode NORMAL")
    shown.step()  # its own day is gone until a preset brings it back
    assert shown.monitor is monitor
    shown.screen.reset.click()
    assert shown.monitor is not monitor


@pytest.mark.usefixtures("undrawn")
def test_its_two_tasks_are_done_by_halting_in_time_and_by_lifting_ones_own_halt():
    wednesday, monday = "✔ Done: on Wednesday", "✔ Done: on Monday"
    shown = Dashboard()
    shown.set(steps_a_plot=20)
    shown.who.value, shown.reason.value = "Ann", "to see"
    halt, lift = (shown.screen.buttons[words] for words in ("Halt", "Lift the halt"))
    for act in (halt, None, lift, None):
        assert monday not in shown.words
        shown.step() if act is None else act.click()
    assert monday in shown.words
    assert wednesday not in shown.words
    for early in (True, False):
        shown.choose("Wednesday")
        shown.set(steps_a_plot=20)
        if early:
            halt.click()
        while not early and not any(alert.severity is Severity.CRITICAL for alert in shown.monitor.alerts):
            shown.step()
        if not early:
            halt.click()
        shown.step()
        assert (wednesday in shown.words) is not early
