"""The dashboard: where a profit came from, panels, a list of alerts and a table of metrics, live while a desk runs.

It shows whichever monitor calls it (``MarketMakingMonitor(config, dashboard=Dashboard())``), and plays days by itself:
the browser's player ticks, each tick is some steps of the pipeline and one picture, and between two ticks the kernel
is free.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import ipywidgets as widgets
import numpy as np

from mmbook.ch10.desk_day import STEP, DeskDay, LiveDay
from mmbook.ch10.lists import COLOURS, day_so_far, metrics_table
from mmbook.ch10.scenes import DAYS, code_of
from mmlab.desk import Mode
from mmlab.measure import MarketMakingMonitor, Severity
from mmlab.measure.metrics import of_path
from mmlab.measure.rows import Columns, follow, read
from mmlab.parameters import Parameter, ParameterError
from mmlab.table import minus
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, DRAWING, PLAIN, THIN
from mmlab.teach.words import amount, failure

SPEED = Parameter("n", "steps", "How many steps happen between two plots.", integer=True, name="steps_a_plot")
WINDOW = 600.0
"""How far back the quotes are shown [s]."""
INTERVAL = 50
"""The player's time between two ticks [ms]."""
TABLE_EVERY = 5
"""While it plays, the table of metrics follows each fifth plot: nobody reads thirty numbers faster."""
N_POINTS = 500
HELP = 600.0
"""Within so long of the first critical alert a desk that is picked off is to be halted [s]."""
AS_LONG = {"description_width": "initial"}
LIMIT: dict[str, Any] = THIN | {"linestyle": (0, (5, 1.5))}


def in_time(s: Any) -> bool:
    """Whether Wednesday was halted by a person soon after its first critical alert, and not before."""
    first = next((alert.time for alert in s.alerts if alert.severity is Severity.CRITICAL), None)
    halt = next((entry.time for entry in s.log if entry.what == "halt"), np.inf)
    return s.day == "Wednesday" and first is not None and first <= halt <= first + HELP


def halted_and_lifted(s: Any) -> bool:
    """Whether Monday was halted by a person before it halted itself, and quotes again by a person's word."""
    if s.day != "Monday" or [entry.what for entry in s.log][:2] != ["halt", "reset"]:
        return False
    mode, lifted = s.rows["mode"][:, 0], s.log[1].time
    return not (mode[s.rows["time"] <= s.log[0].time] == Mode.HALT).any() and mode[-1] < Mode.HALT and s.now > lifted


class Dashboard(Explorer):
    """A desk while it runs: play, pause, one step, and the speed; the alerts with their severity as word and shape.

    ``Dashboard()`` plays the days of chapter 10, ``Dashboard({"mine": day})`` others; called with a monitor, it shows
    that one.
    """

    title: ClassVar[str] = "A desk while it runs"
    sliders: ClassVar = {SPEED: (1, 60, 6)}
    tasks: ClassVar = {
        "on Wednesday, halt the desk within ten minutes of its first CRITICAL alert, and not before it.": in_time,
        "on Monday, halt it before it halts itself; lift that, and let it quote again.": halted_and_lifted,
    }

    def __init__(self, days: Mapping[str, DeskDay] | None = None) -> None:
        self.days = dict(DAYS if days is None else days)
        self.presets = {name: {} for name in self.days}  # type: ignore[misc]
        self.alerts = widgets.HTML()
        self.cells = (self.alerts,)
        self.table = widgets.HTML(layout=widgets.Layout(display="none"))
        self.show_table = widgets.ToggleButton(value=False, description="Show the metrics")
        self.play = widgets.Play(min=0, max=1_000_000, interval=INTERVAL, show_repeat=False, tooltip="Play the day")
        super().__init__()
        for words, do in (("Step", self.step), ("Halt", self.halt), ("Lift the halt", self.lift)):
            self.screen.buttons[words] = widgets.Button(description=words)
            self.screen.buttons[words].on_click(lambda _, do=do: do())
        self.who, self.reason = (widgets.Text(description=word, style=AS_LONG) for word in ("who", "why"))
        (slider,), (step, *acts) = self.controls.values(), self.screen.buttons.values()
        moves = widgets.HBox([self.play, slider.widget, step, self.show_table]).add_class("mm-row")
        people = widgets.HBox([self.who, self.reason, *acts]).add_class("mm-row")
        self.screen.rows |= {"moves": moves, "people": people, "table": self.table}
        self.screen.arrange("head", "moves", "people", "words", "plot", "table", "code")
        self.play.observe(self._tick, names="value")
        self.play.observe(self._list_metrics, names="playing")
        self.show_table.observe(self._list_metrics, names="value")

    def reset(self) -> None:
        """Begin the chosen day anew, with its first step."""
        with DRAWING:
            self.play.playing = False
            self.day = self.days[self.preset]
            self.live: LiveDay | None = LiveDay(self.day)
            self.monitor = self.live.step().monitor
            super().reset()

    def step(self) -> None:
        """Some steps of the pipeline, one look of the monitor, one plot."""
        with DRAWING:
            if self.live is None or self.live.over:
                self.play.playing = False
                return
            over = self.live.step(int(self.values["steps_a_plot"])).over
            self._moved()
            if over:
                self.play.playing = False

    def halt(self) -> None:
        """Halt the desk from the next step on, by the name and for the reason that are written beside the button."""
        self._act("halt")

    def lift(self) -> None:
        """Reset what halts the desk until somebody says so; still in breach, it halts again."""
        self._act("reset")

    def _act(self, what: str) -> None:
        with DRAWING:
            if self.live is None:
                return
            pipeline = self.live.pipeline
            try:
                getattr(pipeline, what)(who=self.who.value, reason=self.reason.value)
            except ParameterError as error:
                self._say("status", f"⚠ {failure(error)}")
            else:
                self._say("status", f"On record. {pipeline.log[-1]}")

    def __call__(self, monitor: MarketMakingMonitor) -> None:
        """Show this monitor, whoever drives it: what a monitor calls after each look."""
        with DRAWING:
            if monitor is not self.monitor:
                self.monitor, self.live, self._anew = monitor, None, True
            self._moved()

    def answer(self, values: Mapping[str, Any]) -> SimpleNamespace:
        """The rows of the monitor's history, with their marks."""
        rows = follow(None, read(self.monitor.history))[1]
        day, log = ("", ()) if self.live is None else (self.preset, tuple(self.live.pipeline.log))
        known = {"now": rows["time"][-1], "alerts": tuple(self.monitor.alerts)}
        return SimpleNamespace(**values, **known, rows=rows, day=day, log=log)

    def show(self, s: Any, quotes: Panel, held: Panel, money: Panel) -> None:
        """Our quotes around the mid in the last ten minutes; inventory and profit through the day; alerts."""
        config, rows = self.monitor.config, s.rows
        time, q, profit = rows["time"], rows["inventory"][:, 0], rows["equity"][:, 0] - rows["equity"][0, 0]
        half = 0.75 * config.price(config.quotes.max_spread)
        quotes.view(y=(-half, half), xlim=(-WINDOW, 0), xlabel="seconds before now", ylabel="price less the mid")
        recent = rows.at(time >= time[-1] - WINDOW)
        mid, ago = recent["mid"][:, 0], recent["time"] - time[-1]
        edges = np.append(ago, 0.0) if len(ago) == 1 else ago
        for side, did, look in (("ask", "sold", ASK), ("bid", "bought", BID)):
            stood = np.clip(recent[f"{side}_price"][:, 0] - mid, -half, half)
            filled = recent[f"{side}_fill"][:, 0] > 0
            quotes.outline(f"our {side}", edges, stood[: len(edges) - 1], look, lw=1.4)
            quotes.triangles(f"we {did}", ago[filled], stood[filled], look, up=side == "bid")
        quotes.level(0, PLAIN, lw=0.8)
        if self.live is not None:
            quotes.upright(-STEP * s.steps_a_plot, label="the last plot")
        quotes.title(f"Now {_price(rows, 'bid')} and {_price(rows, 'ask')} around {mid[-1]:.2f}")

        some = np.unique(np.linspace(0, len(q) - 1, N_POINTS).astype(int))
        day = float(time[0]), max(float(time[-1]), float(time[0]) + config.market.horizon)
        most, least = config.clips(config.limits.max_position), config.clips(config.limits.min_position)
        held.view(x=day, y=(1.1 * least - 1, 1.1 * most + 1), xlabel="time [s]", ylabel="inventory [clips]")
        held.line("_inventory", time[some], q[some], PLAIN, lw=1.2)
        held.level(0)
        held.level(most, LIMIT, "limits")
        held.level(least, LIMIT, "_shortest")
        held.title(minus(f"Holding {q[-1]:g} clips"))

        low, high = min(float(profit.min()), -1.0), max(float(profit.max()), 1.0)
        money.view(x=day, y=(low, high), xlabel="time [s]", ylabel="profit [price·clip]")
        money.line("_profit", time[some], profit[some], PLAIN, lw=1.2)
        money.level(0)
        for severity, colour in COLOURS.items():
            at = [alert.time for alert in s.alerts if alert.severity is severity]
            where = f"{severity.name} alert", at, np.interp(at, time, profit), {"color": colour}
            if severity is Severity.WARNING:
                money.triangles(*where, up=True, size=5)
            else:
                money.dots(*where, size=5, corners=4 if severity is Severity.CRITICAL else 16)
        money.title(f"Profit {amount(profit[-1])}, alerts: {len(s.alerts)}")
        self.alerts.value = day_so_far(self.monitor)
        if not self.play.playing or self.play.value % TABLE_EVERY == 0:
            self._list_metrics()

    def readout(self, s: Any) -> str:
        """Where the desk stands: its time, mode, inventory, profit and newest alert."""
        now, alerts = s.rows.last, s.alerts
        fills, profit = of_path(self.monitor.metrics["fills"], 0), now["equity"][0, 0] - s.rows["equity"][0, 0]
        tempo = "" if self.live is None else f", {s.steps_a_plot:.0f} steps a plot"
        newest = f" The newest: {alerts[-1]}" if alerts else ""
        return (
            f"At {now['time'][0]:.0f} s{tempo}: mode {Mode(int(now['mode'][0, 0])).name}, {fills:.0f} fills, "
            f"inventory {amount(now['inventory'][0, 0], 0)} clips, profit {amount(profit)}. "
            f"Alerts so far: {len(alerts)}.{newest}"
        )

    def without_kernel(self) -> Explorer:
        """The same days by a slider that is their time."""
        from mmbook.ch10.dashboard_by_time import DashboardByTime

        return DashboardByTime(self.days)

    def code(self) -> str:
        """The same day, as far as it has come, in a few lines."""
        if self.live is None or self.day not in DAYS.values():
            return "monitor = MarketMakingMonitor(config, dashboard=Dashboard())\nmonitor.monitor(market_data, history)"
        return code_of(self.preset, self.live.n_steps)

    def _tick(self, change: Any) -> None:
        """The player's: further, or, after its stop button, from the day's first step."""
        if change["new"] > change["old"]:
            self.step()
        elif change["new"] == 0:
            self.reset()

    def _list_metrics(self, _: Any = None) -> None:
        """Where the profit came from, and every metric there is, with units; what each is as a tooltip."""
        self.table.layout.display = "" if self.show_table.value else "none"
        if self.show_table.value:
            self.table.value = metrics_table(self.monitor)


def _price(record: Columns, side: str) -> str:
    """What stands on a side now."""
    price = float(record[f"{side}_price"][-1, 0])
    return f"no {side}" if np.isnan(price) else f"{side} {price:.2f}"
