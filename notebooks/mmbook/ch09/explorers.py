"""The explorer of the whole: an hour through the pipeline, every stage's numbers by section, and a cursor in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.ch09.pipeline_hour import RANGES, Day, hour_through, say_step, sections_of
from mmbook.ch09.scenes import CONFIG, N_STEPS
from mmlab.desk import (
    LimitsSection,
    MarketSection,
    Mode,
    ModelSection,
    QuotesSection,
)
from mmlab.parameters import Parameter, parameters_of
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_triangles, triangles
from mmlab.teach.panels import PLAIN, Artists
from mmlab.teach.style import ASK, BID, figure, legend, steps, style

STEP = Parameter(name="step", symbol="n", unit="15 s", description="Where the cursor stands.", at_least=0, integer=True)
STORM = Parameter(
    name="storm",
    symbol="×",
    unit="1",
    description="How many times as far the mid moves from minute 24 to 30.",
    at_least=1,
)
WHICH = Parameter(name="seed", symbol="#", unit="1", description="Which hour it is.", at_least=0, integer=True)

KINDS = {"market": MarketSection, "model": ModelSection, "quotes": QuotesSection, "limits": LimitsSection}
BACK, AHEAD = 16, 4
"""How many steps the close-up shows before and after the cursor."""
_START = {name: getattr(getattr(CONFIG, section), name) for section, names in RANGES.items() for name in names}


def _section(section: str) -> tuple[Parameter, ...]:
    declared = parameters_of(KINDS[section])
    own = (STORM, WHICH) if section == "market" else ()
    return (*(replace(declared[name], name=name) for name in RANGES[section]), *own)


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Day
    step: int


class PipelineExplorer(Explorer):
    """All of a desk's numbers, by section, over one hour: prices, inventory, profit, modes, and a close-up."""

    title: ClassVar[str] = "The pipeline, the whole of it"
    sections: ClassVar[dict[str, tuple[Parameter, ...]]] = {name: _section(name) for name in RANGES}
    parameters: ClassVar[tuple[Parameter, ...]] = (STEP, *(spec for specs in sections.values() for spec in specs))
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "step": (0, N_STEPS - 1),
        "storm": (1.0, 8.0),
        "seed": (0, 60),
        **{name: ends for names in RANGES.values() for name, ends in names.items()},
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({**_START, "step": 96, "storm": storm, "seed": 19, **other})
        for name, storm, other in (
            ("a storm, and three limits", 4.0, {}),
            ("a calm hour", 1.0, {}),
            (
                "through the storm, skewing",
                4.0,
                {"risk_aversion": 1e-3, "max_volatility": 2.0, "max_daily_loss": 1000.0, "max_drawdown": 1000.0},
            ),
            ("slow in a storm", 4.0, {"latency": 20.0, "max_volatility": 2.0}),
        )
    }

    def __init__(self) -> None:
        super().__init__()
        self.add_buttons({"◀ Step": self.back, "Step ▶": self.forward, "Next event": self.next_event})
        cursor = self.controls["step"]
        self.play = widgets.Play(min=0, max=N_STEPS - 1, interval=200, show_repeat=False, tooltip="Play the hour")
        widgets.jslink((cursor, "value"), (self.play, "value"))  # the first one gives the first value
        self.section = widgets.ToggleButtons(
            options=[(f"[{name}]", name) for name in self.sections], style={"button_width": "8em"}
        )
        for control in self.controls.values():
            control.style.description_width = "12.5em"
        cursor.style.description_width = "5em"
        columns = {"grid_template_columns": "repeat(auto-fit, minmax(25em, 1fr))", "width": "100%"}
        self._sections = {
            name: widgets.GridBox([self.controls[spec.name] for spec in specs], layout=widgets.Layout(**columns))
            for name, specs in self.sections.items()
        }
        self.section.observe(lambda _: self._show_section(), names="value")
        self._show_section()
        self.rows |= {"choose": self.section, **self._sections}
        self.rows["moves"].children = (self.play, *self.buttons.values(), cursor)
        self.arrange("head", "moves", "choose", *self._sections, "plot", "words", "code")

    def _show_section(self) -> None:
        for name, box in self._sections.items():
            box.layout.display = "grid" if name == self.section.value else "none"

    def forward(self) -> None:
        """One step on."""
        self.set(step=min(round(self.values["step"]) + 1, N_STEPS - 1))

    def back(self) -> None:
        """One step back."""
        self.set(step=max(round(self.values["step"]) - 1, 0))

    def next_event(self) -> None:
        """To the next step with a fill, another mode or another price; at the end of the hour, to its last step."""
        now, events = round(self.values["step"]), self.compute(self.values).day.events
        later = events[events > now]
        self.set(step=int(later[0]) if len(later) else N_STEPS - 1)

    def compute(self, values: Mapping[str, float]) -> State:
        """The hour (cached: moving the cursor runs nothing), and where the cursor stands."""
        stated = tuple((section, tuple(names.items())) for section, names in sections_of(values).items())
        return State(hour_through(values["storm"], round(values["seed"]), stated), round(values["step"]))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels with one cursor through them, and the close-up beside the prices."""
        fig, grid = figure(4, 2, width=11.0, height=7.0)
        spec = grid[0, 0].get_gridspec()
        spec.set_height_ratios([2.4, 1, 1, 0.9])
        spec.set_width_ratios([1.9, 1])
        for axes in grid[:, 1]:
            axes.remove()
        prices, held, money, modes = grid[:, 0]
        artists = Artists()
        with style():
            near, over = fig.add_subplot(spec[:, 1]), fig.add_subplot(spec[:, 0], zorder=5)
            over.set(xlim=(0, 60), ylim=(0, 1))
            over.set_axis_off()
            artists.line(over, "cursor", {"color": "#000000", "linestyle": "-"}, lw=1)
            for axes, tag, width in ((prices, "", 0.9), (near, "near_", 1.6)):
                artists.line(axes, f"{tag}ask", ASK, "ask", lw=width)
                artists.line(axes, f"{tag}mid", PLAIN, "mid", lw=width)
                artists.line(axes, f"{tag}bid", BID, "bid", lw=width)
                artists[f"{tag}sold"] = triangles(axes, ASK, "we sold")
                artists[f"{tag}bought"] = triangles(axes, BID, "we bought")
            artists.line(held, "inventory", PLAIN, lw=1.2)
            artists.line(money, "profit", PLAIN, lw=1.2)
            artists.line(modes, "mode", PLAIN, lw=1.8)
            held.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
            near.axvline(0, color="#000000", lw=1)
            for axes, name in ((held, "most"), (money, "floor")):
                artists.line(axes, name, ASK, lw=1)
                axes.axhline(0, color="#999999", lw=0.8)
            for axes, name in ((prices, "prices"), (held, "held"), (money, "money"), (modes, "modes"), (near, "near")):
                axes.set_xlim(0, 60)
                artists[f"t_{name}"] = axes.set_title("…")
            prices.set(ylabel="price")
            held.set(ylabel="inventory\n[clips]")
            money.set(ylabel="profit so far\n[price · clip]")
            modes.set(xlabel="time [min]", ylim=(-0.3, 3.3), yticks=range(4))
            modes.set_yticklabels(["normal", "widen", "reduce only", "halt"])
            near.set(xlabel="minutes from the cursor", ylabel="cents from the mid at the cursor")
            near.set(xlim=(-BACK / 4, (AHEAD + 1) / 4), ylim=(-20, 20))
        legend(near, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3)
        self._axes = prices, held, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """The hour, then the cursor and its neighbourhood."""
        run, n = result.day.run, result.step
        assert run.mode is not None
        minutes, wealth, q = run.time / 60, run.wealth[:, 0], run.inventory[:, 0]
        profit = wealth - wealth[0]
        bid, ask = run.bid_price[:, 0], run.ask_price[:, 0]
        prices, held, money = self._axes
        self.view(prices, y=(float(run.mid.min()), float(run.mid.max())))
        self.view(held, y=(min(float(q.min()), -1.0), max(float(q.max()), 1.0)))
        self.view(money, y=(min(float(profit.min()), -0.2), max(float(profit.max()), 0.2)))
        artists["ask"].set_data(*steps(minutes, ask))
        artists["bid"].set_data(*steps(minutes, bid))
        artists["mid"].set_data(minutes, run.mid[:, 0])
        artists["inventory"].set_data(*steps(minutes, q[:-1]))
        artists["profit"].set_data(minutes, profit)
        artists["mode"].set_data(*steps(minutes, run.mode[:, 0]))
        limits = result.day.config.limits
        most, loss = (amount / result.day.config.market.clip for amount in (limits.max_position, limits.max_daily_loss))
        artists["most"].set_data([0, 60, np.nan, 0, 60], [most, most, np.nan, -most, -most])
        artists["floor"].set_data([0, 60], [-loss, -loss])
        artists["cursor"].set_data([minutes[n], minutes[n]], [0, 1])
        shown = slice(max(n - BACK, 0), min(n + AHEAD + 1, N_STEPS))
        ago = minutes[shown.start : shown.stop + 1] - minutes[n]
        for name, price in (("near_ask", ask), ("near_bid", bid), ("near_mid", run.mid[:-1, 0])):
            artists[name].set_data(*steps(ago, 100 * (price[shown] - run.mid[n, 0])))
        for name, fill, price in (("bought", run.bid_fill, bid), ("sold", run.ask_fill, ask)):
            there = fill[:, 0] > 0
            put_triangles(artists[name], minutes[:-1][there], price[there], up=name == "bought")
            inside = there[shown]
            cents = 100 * (price[shown][inside] - run.mid[n, 0])
            put_triangles(artists[f"near_{name}"], ago[:-1][inside] + 0.125, cents, up=name == "bought", size=5.5)
        halted = float((run.mode == Mode.HALT).sum()) / 4
        for name, words in (
            ("prices", f"{run.bid_fill.sum():.0f} clips bought, {run.ask_fill.sum():.0f} sold"),
            ("held", f"Inventory from {q.min():.0f} to {q.max():.0f} clips"),
            ("money", f"Profit {profit[-1]:.2f}; it fell by {result.day.drawdown:.2f} from a peak"),
            ("modes", f"Halted for {halted:.1f} minutes of 60"),
            ("near", f"Minute {minutes[n]:.2f}: {Mode(run.mode[n, 0]).name.lower().replace('_', ' ')}"),
        ):
            artists[f"t_{name}"].set_text(words.replace("-", "−"))

    def readout(self, result: State) -> str:
        """The hour in a sentence, and the step at the cursor in another."""
        run, n = result.day.run, result.step
        assert run.fees is not None
        used = ", ".join(f"{name} {share:.0%}" for name, share in result.day.used.items())
        return (
            f"The hour: {run.bid_fill.sum():.0f} clips bought, {run.ask_fill.sum():.0f} sold, {run.fees.sum():.2f} of "
            f"fees, profit {run.pnl[0]:.2f}, {result.day.drawdown:.2f} from a peak at worst. "
            f"Used of its limits, at most: {used}. {say_step(run, n)}"
        ).replace("-", "−")

    def code(self, values: Mapping[str, float]) -> str:
        """The configuration, the hour and the row at the cursor."""
        stated = "".join(f"    {name!r}: {numbers!r},\n" for name, numbers in sections_of(values).items())
        return f"""from mmlab import MarketMakingPipeline, simulate
from mmbook.ch09.scenes import CONFIG, hour

config = CONFIG.override({{
{stated}}})
tape = hour(config, storm={values["storm"]:.6g}, seed={values["seed"]:.0f})
day = simulate(MarketMakingPipeline(config), tape)
print(day.bid_fill.sum(), day.ask_fill.sum(), day.fees.sum(), day.pnl[0])
print(day.time[{values["step"]:.0f}] / 60, day.mid[{values["step"]:.0f}, 0], day.inventory[{values["step"]:.0f}, 0])
"""
