"""The quote timer's explorer: what rests too short loses its place in the queue, what rests too long is picked off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from mmbook.ch07.quick_desk import Rested, resting
from mmlab.desk import QuoteTimer, Venue
from mmlab.market import Exponential, Market, Tape
from mmlab.parameters import FloatArray, Parameter, parameters_of
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, put_triangles, triangles
from mmlab.teach.style import ASK, BID, MID, SYMMETRIC, area, figure, legend, steps, style
from mmlab.vocabulary import VOLATILITY

HALF_SPREAD, N_PATHS, N_STEPS, SEED = 1.5, 150, 200, 1
AGES = (1, 2, 3, 4, 6, 9, 14, 22, 40, 100)
"""In steps."""
_SPECS = {"volatility": VOLATILITY} | parameters_of(QuoteTimer) | parameters_of(Venue)
_NAMES = ("volatility", "stale_fraction", "max_move", "min_quote_time", "max_quote_time", "latency", "queue_time")


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    timer: QuoteTimer
    tape: Tape
    ages: FloatArray
    """At which desks replace their quotes if nothing happens before, in whole steps [time]: `AGES` and ours."""
    row: int
    """Which is ours."""
    runs: Rested

    @property
    def age(self) -> float:
        """Ours [time]."""
        return float(self.ages[self.row])

    @property
    def a_day(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Fills [clips], those picked off [clips] and earned on fills [price · clip], for each age."""
        fills, picked_off, edge = (x.mean(axis=1) for x in (self.runs.fills, self.runs.picked_off, self.runs.edge))
        return fills, picked_off, edge

    @property
    def best(self) -> tuple[float, float]:
        """The age whose fills earn most, and how much a day."""
        edge = self.a_day[2]
        return float(self.ages[edge.argmax()]), float(edge.max())


@lru_cache(maxsize=4)
def _tape(volatility: float) -> Tape:
    """Few orders and a normal mid: binomial moves come back to old prices, and orders there to their queues."""
    flow = Exponential(arrival_rate=10, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, mid_move="normal", intensity=flow)
    return market.tape(n_paths=N_PATHS, n_steps=N_STEPS, seed=SEED)


_rest = lru_cache(maxsize=16)(resting)


class QuoteTimerExplorer(Explorer):
    """Sliders for σ, f, t_max, t_min, m, ℓ and t_q over a day's quotes, and a clip, fills and earnings against age."""

    title: ClassVar[str] = "Quote timing: how long to rest"
    parameters: ClassVar[tuple[Parameter, ...]] = tuple(_SPECS[name] for name in _NAMES)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "volatility": (1.0, 10.0),
        "stale_fraction": (0.1, 2.1),
        "max_move": (0.1, 4.1),
        "min_quote_time": (0.0, 0.02),
        "max_quote_time": (0.02, 0.52),
        "latency": (0.0, 0.1),
        "queue_time": (0.0, 0.1),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(dict(zip(_NAMES, (sigma, f, m, 0.005, 0.2, latency, queue), strict=True)))
        for name, sigma, f, m, latency, queue in (
            ("a fast mid", 6.0, 0.6, 3.1, 0.0, 0.01),
            ("too patient", 6.0, 1.6, 3.1, 0.0, 0.01),
            ("too nervous", 6.0, 0.4, 3.1, 0.0, 0.01),
            ("watching the mid", 6.0, 1.6, 1.3, 0.0, 0.01),
            ("watching it over a slow line", 6.0, 1.6, 1.3, 0.015, 0.01),
            ("a calm mid, a long queue", 2.0, 0.5, 3.1, 0.0, 0.03),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """Our desk and one for each age on the same tape."""
        sigma = values["volatility"]
        timer = QuoteTimer(**{name: values[name] for name in _NAMES[1:5]})
        age = _steps(float(timer.calculate_quote_time(HALF_SPREAD, sigma)))
        ages = tuple(n / N_STEPS for n in sorted({*AGES, age}))
        times = {name: float(f"{values[name]:.6g}") for name in ("max_move", "min_quote_time", "latency", "queue_time")}
        runs = _rest(_tape(sigma), HALF_SPREAD, ages, **times)
        return State(timer, _tape(sigma), np.array(ages), ages.index(age / N_STEPS), runs)

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """A day above, three curves against age below; every artist that moves is named."""
        fig, axes = figure(2, 3, width=10.0, height=5.8)
        artists: dict[str, Artist] = {}

        def line(axes: Axes, name: str, look: dict[str, Any], label: str = "", **more: Any) -> None:
            (artists[name],) = axes.plot([0, 1], [0, 1], label=label, **(look | more))

        with style():
            for unused in axes[0]:
                unused.remove()
            path, (clip, fills, money) = fig.add_subplot(axes[0, 0].get_gridspec()[0, :]), axes[1]
            line(path, "mid", MID | {"linestyle": "-"}, "mid", lw=0.8)
            line(path, "ask", ASK, "resting ask", lw=1.3)
            line(path, "bid", BID, "resting bid", lw=1.3)
            artists["sold"] = triangles(path, ASK, "we sold")
            artists["bought"] = triangles(path, BID, "we bought")
            path.plot([], [], "o", color="#000000", label="picked off")
            artists["off"] = triangles(path, {"color": "#000000"})
            path.set(xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
            line(clip, "clip", BID)
            line(fills, "fills", BID, "fills")
            line(fills, "lost", SYMMETRIC, "picked off")
            artists["error"] = area(money, {"facecolor": "#B0D0E4", "edgecolor": "none"}, "± standard error")
            line(money, "money", BID)
            for axis, name in ((clip, "clip"), (fills, "fills"), (fills, "lost"), (money, "money")):
                artists[f"at_{name}"] = triangles(axis, SYMMETRIC if name == "lost" else BID)
            for axis, name in ((clip, "a"), (fills, "b"), (money, "c")):
                axis.set(xscale="log", xlim=(0.004, 0.7), xlabel="age at refresh [time]", xticks=[0.01, 0.1])
                axis.set_xticklabels(["0.01", "0.1"])
                line(axis, f"least_{name}", {"color": "#999999"}, lw=0.8)
                line(axis, f"most_{name}", {"color": "#999999"}, "t_min, t_max", lw=0.8)
            clip.axhline(0, color="#999999", lw=0.8)
            clip.set(ylabel="edge a clip [price]")
            fills.set(ylabel="clips a day")
            money.set(ylabel="edge a day [price · clip]")
            for axis, name in ((path, "t_path"), (clip, "t_clip"), (fills, "t_fills"), (money, "t_money")):
                artists[name] = axis.set_title("…")
            legend(path, loc="upper center", ncols=6)
            legend(fills, loc="upper left")
        self._axes = path, clip, fills, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        path, clip, fills, money = self._axes
        runs, row, age, timer = result.runs, result.row, result.age, result.timer
        time, mid = result.tape.time, result.tape.mid[:, 0]
        artists["mid"].set_data(time, mid)
        low, high = float(mid.min()) - HALF_SPREAD, float(mid.max()) + HALF_SPREAD
        self.view(path, y=(low, high + 0.15 * (high - low)))
        stood, filled, off = runs.price[..., row], runs.fill[..., row], runs.off[..., row]
        for side, (rests, trades) in enumerate((("bid", "bought"), ("ask", "sold"))):
            artists[rests].set_data(*steps(time, stood[:, side]))
            fair = filled[:, side] & ~off[:, side]
            put_triangles(artists[trades], time[:-1][fair], stood[fair, side], up=not side, size=5)
        put_dots(artists["off"], np.repeat(time[:-1], 2)[off.ravel()], stood[off], size=3.5)
        artists["t_path"].set_text(
            f"Replaced once filled, {timer.max_move:.2f} away or of age {age:.3f}: this day {filled.sum()} filled, "
            f"{off.sum()} of them picked off"
        )

        a_day, lost, edge = result.a_day
        a_clip = _a_clip(result)
        self.view(clip, y=(float(np.nanmin(a_clip, initial=-0.2)), HALF_SPREAD))
        self.view(fills, y=(0.0, 1.35 * max(float(a_day.max()), 1.0)))
        self.view(money, y=(min(1.3 * float(edge.min()), -0.1), max(1.3 * float(edge.max()), 0.1)))
        for name, values in (("clip", a_clip), ("fills", a_day), ("lost", lost), ("money", edge)):
            artists[name].set_data(result.ages, values)
            there = ~np.isnan(values[row : row + 1])
            put_dots(artists[f"at_{name}"], np.array([age])[there], values[row : row + 1][there])
        error = runs.edge.std(axis=1) / N_PATHS**0.5
        outline = np.concatenate([edge - error, (edge + error)[::-1]])
        artists["error"].set_path(Path(np.column_stack([np.append(result.ages, result.ages[::-1]), outline])))
        for name in "abc":
            artists[f"least_{name}"].set_data([timer.min_quote_time] * 2, [-99, 99])
            artists[f"most_{name}"].set_data([timer.max_quote_time] * 2, [-99, 99])
        artists["t_clip"].set_text(_say_clip(result))
        artists["t_fills"].set_text(f"{a_day[row]:.1f} fills a day, {lost[row]:.1f} picked off")
        best, most = result.best
        artists["t_money"].set_text(f"{_money(edge[row])} a day; at most {_money(most)}, at {best:.3f}")

    def readout(self, result: State) -> str:
        """What a day brings at this age, and the age that brings most."""
        row, (best, most) = result.row, result.best
        fills, picked_off, edge = (x[row] for x in result.a_day)
        pnl, refreshes = result.runs.pnl[row], result.runs.refreshes[row].mean()
        return (
            f"Quotes {HALF_SPREAD} off the mid are replaced at age {result.age:.3f}, {refreshes:.1f} times a day. On "
            f"{N_PATHS} days of one tape they get {fills:.2f} fills a day, {picked_off:.2f} of them picked off. "
            f"{_say_clip(result)}, a day {_money(edge)}; with what the mid does to the inventory, PnL "
            f"{_money(pnl.mean())} (standard error {pnl.std() / N_PATHS**0.5:.2f}). Of the ages drawn, {best:.3f} "
            f"earns most: {_money(most)} a day."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import Exponential, Market, Symmetric, simulate
from mmlab.desk import Desk, QuoteTimer, Venue

flow = Exponential(arrival_rate=10, fill_decay=1.5)
market = Market.avellaneda_stoikov_2008(volatility={v["volatility"]}, mid_move="normal", intensity=flow)
desk = Desk(
    model=Symmetric(half_spread={HALF_SPREAD}),
    volatility={v["volatility"]},
    timer=QuoteTimer(
        min_quote_time={v["min_quote_time"]},
        max_quote_time={v["max_quote_time"]},
        stale_fraction={v["stale_fraction"]},
        max_move={v["max_move"]},
    ),
    venue=Venue(latency={v["latency"]}, queue_time={v["queue_time"]}),
)
day = simulate(desk, market.tape(n_paths={N_PATHS}, n_steps={N_STEPS}, seed={SEED}))
fills = (day.bid_fill + day.ask_fill).sum()
print(day.refreshed.sum() / {N_PATHS}, fills / {N_PATHS}, day.edge.sum() / fills, day.edge.mean())
print(day.pnl.mean(), day.pnl.std() / {N_PATHS} ** 0.5)
"""


def _steps(time: float) -> int:
    return int(np.ceil(time * N_STEPS - 1e-6))


def _a_clip(state: State) -> FloatArray:
    fills, _, edge = state.a_day
    return np.asarray(np.divide(edge, fills, out=np.full(len(fills), np.nan), where=fills > 0))


def _say_clip(state: State) -> str:
    earned = _a_clip(state)[state.row]
    return "Nothing fills" if np.isnan(earned) else f"A clip earns {_money(earned)}"


def _money(amount: float) -> str:
    return f"{round(amount, 2) + 0.0:.2f}".replace("-", "−")
