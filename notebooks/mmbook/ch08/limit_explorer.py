"""What the three explorers of limits share: the worst day, its modes, all days' profits, and the time in each mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmbook.ch08.quick_limits import Days
from mmbook.ch08.tail_improvement import LEVEL, LimitEffect, changes_a_day, effect_of, expected_shortfall
from mmlab.desk import Mode
from mmlab.parameters import FloatArray
from mmlab.teach.explorer import Explorer
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC, figure, legend, steps, style
from mmlab.teach.words import amount

WITHOUT, WITH = SYMMETRIC, BID
N_PATHS, SEED, HALF_SPREAD, VOLATILITY = 500, 8, 0.75, 2.0
"""The days of the explorers, and the desk's quotes; one step of latency, as `quick_limits` says."""
SHARES: dict[Mode, dict[str, Any]] = {
    Mode.WIDEN: RESERVATION,
    Mode.REDUCE_ONLY: ASK,
    Mode.HALT: MID | {"linestyle": "-"},
}


@dataclass(frozen=True, eq=False)
class State:
    """One position of the sliders: the days without the limit and with it, and what is drawn of the worst one.

    `curves` are what the limit measures on the worst day without it, there and under the limit; `bounds` are the
    lines that it is held against.
    """

    free: Days
    limited: Days
    curves: tuple[FloatArray, FloatArray]
    bounds: tuple[float, float]
    effect: LimitEffect
    also: str = ""

    @property
    def worst(self) -> int:
        """The day that lost most without the limit."""
        return int(self.free.pnl.argmin())


class LimitExplorer(Explorer):
    """One limit and one desk; a subclass names what the limit measures and computes the days."""

    measures: str
    """The label of the first panel's axis."""

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels: the worst day as the limit sees it, its modes, the profits, the time in each mode."""
        fig, panels = figure(2, 2, width=10.5, height=5.4)
        panels[0, 0].get_gridspec().set_height_ratios([1.6, 1])
        (day, profits), (modes, shares) = panels
        artists: dict[str, Artist] = {}
        with style():
            for name, look in (("upper", MID), ("lower", MID)):
                (artists[name],) = day.plot([0, 1], [0, 1], lw=1, **look)
            for name, look, label in (("without", WITHOUT, "without the limit"), ("with", WITH, "with it")):
                (artists[f"day_{name}"],) = day.plot([0, 1], [0, 1], lw=1.3, **look)
                (artists[f"pnl_{name}"],) = profits.plot([0, 1], [0, 1], label=label, **look)
                (artists[f"bad_{name}"],) = profits.plot([0, 0], [0, 1], **(look | {"lw": 3.5}))
            (artists["mode"],) = modes.plot([0, 1], [0, 1], **WITH)
            for mode, look in SHARES.items():
                label = {1: "widened", 2: "only reducing", 3: "halted"}[int(mode)]
                (artists[f"share_{mode:d}"],) = shares.plot([0, 1], [0, 1], label=label, **look)
            day.set(ylabel=self.measures, xlim=(0, 1))
            profits.set(xlabel="profit of a day [price · clip]", ylabel="share of days [%]")
            modes.set(xlabel="time [horizon = 1]", xlim=(0, 1), ylim=(-0.3, 3.3))
            modes.set_yticks(range(4), ["normal", "widen", "reduce only", "halt"])
            shares.set(xlabel="time [horizon = 1]", ylabel="share of days [%]", xlim=(0, 1), ylim=(0, 125))
            shares.set_yticks([0, 50, 100])
            for axes, name in ((day, "t_day"), (profits, "t_pnl"), (modes, "t_mode"), (shares, "t_share")):
                artists[name] = axes.set_title("…")
        legend(profits, loc="upper left")
        legend(shares, loc="upper left", ncols=3)
        self._axes: tuple[Axes, Axes] = day, profits
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        day, profits = self._axes
        n_steps, worst = len(result.limited.mode), result.worst
        edges = np.linspace(0, 1, n_steps + 1)
        for name, curve in zip(("without", "with"), result.curves, strict=True):
            artists[f"day_{name}"].set_data(*steps(edges, curve))
        for name, bound in zip(("upper", "lower"), result.bounds, strict=True):
            artists[name].set_data([0, 1], [bound, bound])
        every = np.concatenate([*result.curves, result.bounds])
        every = every[np.isfinite(every)]
        self.view(day, y=(min(float(every.min()), 0.0), float(every.max())))
        both = {"without": result.free.pnl, "with": result.limited.pnl}
        low, high = np.quantile(np.concatenate([*both.values()]), [0.002, 0.998])
        bins = np.linspace(low, high, 41)
        top = 0.0
        for name, pnl in both.items():
            share = 100 * np.histogram(pnl, bins)[0] / pnl.size
            top = max(top, float(share.max()))
            artists[f"pnl_{name}"].set_data(*steps(bins, share))
        for name, pnl in both.items():
            bad = -expected_shortfall(pnl)[0]
            artists[f"bad_{name}"].set_data([bad, bad], [0, 0.12 * top])
        self.view(profits, x=(float(low), float(high)), y=(0.0, 1.25 * top))
        mode = result.limited.mode
        artists["mode"].set_data(*steps(edges, mode[:, worst]))
        for level in SHARES:
            artists[f"share_{level:d}"].set_data(*steps(edges, 100 * (mode == level).mean(axis=1)))
        lost, kept = result.free.pnl[worst], result.limited.pnl[worst]
        artists["t_day"].set_text(
            f"The worst day earned {amount(lost, 1)} without the limit, {amount(kept, 1)} with it"
        )
        artists["t_mode"].set_text(f"That day: {changes_a_day(mode[:, [worst]]):.0f} changes of mode")
        artists["t_pnl"].set_text(f"{paid(result.effect)} (thick)")
        touched = 100 * (mode > 0).any(axis=0).mean()
        artists["t_share"].set_text(f"The limit acts on {touched:.0f}% of the days")

    def readout(self, result: State) -> str:
        """Price, tail improvement, and the time in each mode."""
        free, limited, w = result.free.pnl, result.limited.pnl, result.effect
        bad = [-expected_shortfall(pnl)[0] for pnl in (free, limited)]
        mode = result.limited.mode
        shares = [100 * float((mode == level).mean()) for level in (1, 2, 3)]
        return (
            f"Price: the mean day earns {amount(free.mean(), 1)} without the limit and {amount(limited.mean(), 1)} "
            f"with it, {amount(-w.price, 2, '+')} ± {w.price_error:.2f}. Tail improvement: the mean of the worst "
            f"{LEVEL:.0%} of {free.size} days is {amount(bad[0], 1)} without and {amount(bad[1], 1)} with it, "
            f"{amount(w.tail_improvement, 2, '+')} ± {w.tail_error:.2f}. It changed {w.days_changed:.1%} of the days; "
            f"of the time it widened {shares[0]:.1f}%, only reduced {shares[1]:.1f}%, halted {shares[2]:.1f}%; "
            f"{changes_a_day(mode):.1f} changes of mode a day.{result.also}"
        )


def compare(free: Days, limited: Days, curves: tuple[FloatArray, FloatArray], bounds: tuple[float, float]) -> State:
    """The state of two runs over the same days."""
    return State(free, limited, curves, bounds, effect_of(free.pnl, limited.pnl))


def paid(effect: LimitEffect) -> str:
    """Price and tail improvement in a title."""
    costs = "costs" if effect.price >= 0 else "earns"
    saves = "saves" if effect.tail_improvement >= 0 else "loses"
    return f"It {costs} {abs(effect.price):.1f} of the mean and {saves} {abs(effect.tail_improvement):.1f} of the tail"
