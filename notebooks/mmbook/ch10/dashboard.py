"""The dashboard: what a monitor has seen as a plot, a table of metrics and a list of alerts, live while a desk runs.

It shows whichever monitor calls it (``MarketMakingMonitor(config, dashboard=Dashboard())``), and plays days by itself:
the browser's player ticks, each tick is some steps of the pipeline and one plot, and between two ticks the kernel
is free.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, ClassVar

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmbook.ch10.desk_day import DeskDay, LiveDay
from mmbook.ch10.scenes import DAYS, code_of
from mmlab.desk import Mode
from mmlab.measure import METRICS, MarketMakingMonitor, Severity
from mmlab.measure.metrics import of_path
from mmlab.measure.rows import Columns, follow, read
from mmlab.parameters import Parameter
from mmlab.table import minus
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, put_triangles, triangles
from mmlab.teach.panels import HERE, PLAIN, Artists
from mmlab.teach.style import ASK, BID, DRAWING, figure, legend, steps, style
from mmlab.teach.words import amount

SPEED = Parameter(
    name="steps_a_tick",
    symbol="n",
    unit="steps",
    description="How many steps of the pipeline happen between two plots.",
    at_least=1,
    integer=True,
)
WINDOW = 600.0
"""How far back the quotes are shown [s]."""
INTERVAL = 50
"""The player's time between two ticks [ms]."""
TABLE_EVERY = 5
"""While it plays, the table of metrics follows each fifth plot: nobody reads thirty numbers faster."""
N_POINTS, N_ALERTS = 500, 8
_COLOURS = {Severity.INFO: "#0072B2", Severity.WARNING: "#E69F00", Severity.CRITICAL: "#D55E00"}


class Dashboard(Explorer):
    """A desk while it runs: play, pause, one step, and the speed; the alerts with their severity as word and shape.

    ``Dashboard()`` plays the days of chapter 10, ``Dashboard({"mine": day})`` others; called with a monitor, it shows
    that one.
    """

    title: ClassVar[str] = "A desk while it runs"
    parameters: ClassVar[tuple[Parameter, ...]] = (SPEED,)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {"steps_a_tick": (1, 60)}

    def __init__(self, days: Mapping[str, DeskDay] | None = None) -> None:
        self.days = dict(DAYS if days is None else days)
        self.presets = {name: Preset({"steps_a_tick": 6}) for name in self.days}  # type: ignore[misc]
        self._alerts = widgets.HTML()
        self._table = widgets.HTML()
        self._play = widgets.Play(min=0, max=1_000_000, interval=INTERVAL, show_repeat=False)
        super().__init__()
        self.add_buttons({"Step": self.step, "Lift the halt": self.lift})
        self._play.observe(self._tick, names="value")
        self._play.observe(self._moved, names="playing")
        self.rows |= {"alerts": self._alerts, "table": self._table}
        self.rows["moves"].children = (self._play, *self.buttons.values())
        self.arrange("head", "sliders", "moves", "plot", "words", "alerts", "table", "code")

    def reset(self) -> None:
        """Begin the chosen day anew, with its first step."""
        with DRAWING:
            self._play.playing = False
            self.day = self.days[self._preset.value]
            self.live: LiveDay | None = LiveDay(self.day)
            self.monitor = self.live.step().monitor
            super().reset()

    def step(self) -> None:
        """Some steps of the pipeline, one look of the monitor, one plot."""
        with DRAWING:
            if self.live is None or self.live.over:
                self._play.playing = False
                return
            over = self.live.step(int(self.values["steps_a_tick"])).over
            self._moved()
            if over:
                self._play.playing = False

    def lift(self) -> None:
        """Reset what halts the desk until somebody says so; still in breach, it halts again."""
        with DRAWING:
            if self.live is not None:
                self.live.pipeline.reset()

    def __call__(self, monitor: MarketMakingMonitor) -> None:
        """Show this monitor, whoever drives it: what a monitor calls after each look."""
        with DRAWING:
            if monitor is not self.monitor:
                self.monitor, self.live = monitor, None
                self._fresh_view, self._template = True, None
            self._moved()

    def compute(self, values: Mapping[str, float]) -> Columns:
        """The rows of the monitor's history, with their marks."""
        return follow(None, read(self.monitor.history))[1]

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Our quotes around the mid in the last ten minutes; inventory and profit through the day."""
        fig, (quotes, held, money) = figure(3, 1, width=10.0, height=6.4)
        artists = Artists()
        with style():
            for name, look in (("ask", ASK), ("bid", BID)):
                artists.line(quotes, name, look, f"our {name}", lw=1.4)
            artists.fills(quotes)
            quotes.axhline(0, color="#444444", lw=0.8)
            for axes, name in ((held, "inventory"), (money, "profit")):
                artists.line(axes, name, PLAIN, lw=1.2)
                axes.axhline(0, color="#999999", lw=0.8)
            for name in ("longest", "shortest"):
                artists.line(held, name, HERE | {"linestyle": "--"})
            for severity, marker in zip(Severity, "o^s", strict=True):
                colour = {"color": _COLOURS[severity]}
                artists[severity.name] = triangles(money, colour)
                money.plot([], [], marker, label=f"{severity.name} alert", **colour)
            quotes.set(ylabel="price less the mid", xlabel="seconds before now", xlim=(-WINDOW, 0))
            held.set(ylabel="inventory [clips]")
            money.set(ylabel="profit [price·clip]", xlabel="time [s]")
            for name, axes in (("quoting", quotes), ("holding", held), ("earning", money)):
                artists[name] = axes.set_title("…")
            legend(quotes, loc="upper left", ncols=4)
            legend(money, loc="upper left", ncols=3)
        self._axes = quotes, held, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: Columns) -> None:
        """Move the lines to what is known now."""
        config, now = self.monitor.config, float(result["time"][-1])
        half = 0.75 * config.price(config.quotes.max_spread)
        recent = result.at(result["time"] >= now - WINDOW)
        mid, ago = recent["mid"][:, 0], recent["time"] - now
        for side in ("bid", "ask"):
            stood = np.clip(recent[f"{side}_price"][:, 0] - mid, -half, half)
            edges = np.append(ago, 0.0) if len(ago) == 1 else ago
            artists[side].set_data(*steps(edges, stood[: len(edges) - 1]))
            filled = recent[f"{side}_fill"][:, 0] > 0
            patch = artists["bought" if side == "bid" else "sold"]
            put_triangles(patch, ago[filled], stood[filled], up=side == "bid")
        q, profit = result["inventory"][:, 0], result["equity"][:, 0] - result["equity"][0, 0]
        some = np.unique(np.linspace(0, len(q) - 1, N_POINTS).astype(int))
        artists["inventory"].set_data(result["time"][some], q[some])
        artists["profit"].set_data(result["time"][some], profit[some])
        first = float(result["time"][0])
        end = max(now, first + config.market.horizon)
        bounds = config.clips(config.limits.max_position), config.clips(config.limits.min_position)
        for name, bound in zip(("longest", "shortest"), bounds, strict=True):
            artists[name].set_data([first, end], [bound, bound])
        tempo = "" if self.live is None else f"; {self.values['steps_a_tick']:.0f} steps a tick"
        artists["quoting"].set_text(
            f"The last ten minutes: {_price(result, 'bid')} and {_price(result, 'ask')} around {mid[-1]:.2f}{tempo}"
        )
        artists["holding"].set_text(f"Holding {q[-1]:g} clips; dashed: the limits")
        artists["earning"].set_text(f"Profit {amount(profit[-1])}, {len(self.monitor.alerts)} alerts")
        self.view(self._axes[0], y=(-half, half))
        self.view(self._axes[1], x=(first, end), y=(1.1 * bounds[1] - 1, 1.1 * bounds[0] + 1))
        low, high = float(min(profit.min(), -1.0)), float(max(profit.max(), 1.0))
        self.view(self._axes[2], x=(first, end), y=(1.3 * low, 1.3 * high))
        for severity in Severity:
            at = [alert.time for alert in self.monitor.alerts if alert.severity is severity]
            there = np.interp(at, result["time"], profit)
            patch = artists[severity.name]
            if severity is Severity.WARNING:
                put_triangles(patch, at, there, up=True, size=5)
            else:
                put_dots(patch, at, there, size=5, corners=4 if severity is Severity.CRITICAL else 16)
        self._alerts.value = self._list()
        if not self._play.playing or self._play.value % TABLE_EVERY == 0:
            self._table.value = self._metrics()

    def readout(self, result: Columns) -> str:
        """Where the desk stands: its time, mode, inventory, profit and newest alert."""
        q, profit = result["inventory"][-1, 0], result["equity"][-1, 0] - result["equity"][0, 0]
        alerts = self.monitor.alerts
        newest = f" The newest: {alerts[-1]}" if alerts else ""
        tempo = f", {self.values['steps_a_tick']:.0f} steps a tick" if self.live is not None else ""
        return (
            f"At {result['time'][-1]:.0f} s{tempo}: mode {Mode(int(result['mode'][-1, 0])).name}, "
            f"{of_path(self.monitor.metrics['fills'], 0):.0f} fills, inventory {amount(q, 0)} clips, "
            f"profit {amount(profit)}. Alerts so far: {len(alerts)}.{newest}"
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The same day, as far as it has come, in a few lines."""
        if self.live is None or self.day not in DAYS.values():
            return "monitor = MarketMakingMonitor(config, dashboard=Dashboard())\nmonitor.monitor(market_data, history)"
        return code_of(self._preset.value, self.live.n_steps)

    def _tick(self, change: Any) -> None:
        """The player's: further, or, after its stop button, from the day's first step."""
        if change["new"] > change["old"]:
            self.step()
        elif change["new"] == 0:
            self.reset()

    def _list(self) -> str:
        """The newest alerts, each with its severity's shape and word."""
        alerts = self.monitor.alerts
        items = "".join(
            f'<li><span style="color:{_COLOURS[alert.severity]}">{alert.severity.sign}</span> '
            f"{html.escape(str(alert)[2:])}</li>"
            for alert in alerts[: -N_ALERTS - 1 : -1]
        )
        head = f"{len(alerts)} alerts, the newest first" if alerts else "No alerts"
        return (
            f'<div role="log" aria-label="Alerts"><b>{head}</b>'
            f'<ul style="list-style:none;padding:0;margin:0 0 .5em">{items}</ul></div>'
        )

    def _metrics(self) -> str:
        """Where the profit came from, and every metric there is, with units; what each is as a tooltip."""
        found = self.monitor.attribution
        parts = [
            (
                name,
                part[0],
                "price·clip",
                f"part of the PnL; adverse selection is the mid's move in {found.horizon:g} s",
            )
            for name, part in found.parts.items()
            if name != "pnl"
        ]
        metrics = [
            (name, of_path(value, 0), *METRICS[name.partition(" ")[0]][:2])
            for name, value in self.monitor.metrics.items()
            if name != "fees"  # they are among the parts
        ]
        cells = []
        for name, number, unit, definition in (*parts, *metrics):
            scale, unit = (1000.0, "ms") if unit == "s" else (1.0, unit)
            shown = "–" if np.isnan(number) else minus(f"{scale * number:.4g}")
            cells.append(
                f'<div title="{html.escape(definition)}" style="display:flex;justify-content:space-between">'
                f"<span>{name.replace('_', ' ')}</span>"
                f'<span style="white-space:nowrap">{shown} <small>{"" if unit == "1" else unit}</small></span>'
                "</div>"
            )
        grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(19em,1fr));column-gap:2em;line-height:1.5"
        return f'<div style="{grid}">{"".join(cells)}</div>'


def _price(record: Columns, side: str) -> str:
    """What stands on a side now."""
    price = float(record[f"{side}_price"][-1, 0])
    return f"no {side}" if np.isnan(price) else f"{side} {price:.2f}"
