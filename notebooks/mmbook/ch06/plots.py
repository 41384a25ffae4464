"""The plots of chapter 06: one tape, the frontier, the inventory in time, and what wrong beliefs cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from mmbook.ch06.scenes import LOOKS, SYMBOLS, belief_row
from mmlab.simulation import ExactMoments, History, sweep
from mmlab.teach.style import ASK, BID, Picture, drawing, legend, steps
from mmlab.teach.words import amount

_BLUES = LinearSegmentedColormap.from_list("blues", ["#ffffff", BID["color"]])
_REDS = LinearSegmentedColormap.from_list("reds", ["#ffffff", ASK["color"]])


def one_tape(histories: Mapping[str, History], title: str, path: int = 0) -> Picture:
    """Mid, inventory and profit of several models on one path of one tape."""
    with drawing(3, 1, width=9.0, height=6.0) as (fig, (prices, held, earned)):
        for name, history in histories.items():
            time = history.time
            held.plot(*steps(time, history.inventory[:-1, path]), lw=1.2, **LOOKS[name])
            earned.plot(time, history.wealth[:, path], lw=1.2, label=name, **LOOKS[name])
        prices.plot(time, history.mid[:, path], color="#444444", lw=1)
        prices.set(ylabel="mid [price]")
        prices.set_title(title)
        held.set(ylabel="inventory [clips]")
        earned.set(ylabel="profit so far", xlabel="time [horizon = 1]")
        for axes in (prices, held, earned):
            axes.set_xlim(0, float(time[-1]))
            axes.tick_params(labelbottom=axes is earned)
    legend(earned, loc="upper left")
    words = "; ".join(
        f"{name}: profit {amount(history.pnl[path], 1)}, inventory from "
        f"{amount(history.inventory[:, path].min(), 0)} to {amount(history.inventory[:, path].max(), 0)}"
        for name, history in histories.items()
    )
    return Picture(fig, f"{title}. {words}.")


def frontier(
    curves: Mapping[str, Sequence[ExactMoments]],
    marked: Mapping[str, ExactMoments],
    title: str,
    zoom: tuple[tuple[float, float], tuple[float, float]],
) -> Picture:
    """Mean against deviation along γ, the whole and a part of it, with one γ marked on each curve."""
    with drawing(1, 2, width=10.0, height=3.9) as (fig, (whole, near)):
        for axes in (whole, near):
            for name, days in curves.items():
                axes.plot([day.sd for day in days], [day.mean for day in days], label=name, **LOOKS[name])
            for name, day in marked.items():
                axes.plot(day.sd, day.mean, "o", ms=6, color=LOOKS[name]["color"])
            axes.set(xlabel="standard deviation of a day's profit")
        whole.set(ylabel="mean profit [price · clip]", xlim=(0, None))
        whole.set_title(title)
        near.set(xlim=zoom[0], ylim=zoom[1])
        near.set_title("The upper left corner, magnified")
    legend(whole, loc="lower right")
    words = "; ".join(f"{name} {day.mean:.1f} ± {day.sd:.1f}" for name, day in marked.items())
    return Picture(fig, f"{title}. Marked on the curves: {words}.")


def inventory_in_time(days: Mapping[str, ExactMoments], title: str, furthest: int = 20) -> Picture:
    """P(q_t) as shades, a panel a model, with the band that holds nine days of ten."""
    words = []
    with drawing(1, len(days), width=10.0, height=3.3) as (fig, panels):
        for axes, (name, day) in zip(panels, days.items(), strict=True):
            q, chance = day.inventories, day.inventory_distribution
            shown = np.abs(q) <= furthest
            time = np.linspace(0, 1, len(chance))
            strength = np.sqrt(chance[1:, shown].T)  # or only the first moments would show
            axes.pcolormesh(time, np.append(q[shown], furthest + 1.0) - 0.5, strength, cmap=_BLUES, vmin=0, vmax=0.6)
            for level in (0.05, 0.95):
                axes.plot(time, q[(chance.cumsum(axis=1) >= level).argmax(axis=1)], color="#444444", lw=1)
            axes.set(xlabel="time [horizon = 1]", ylim=(-furthest, furthest))
            axes.set_title(f"{name}: ±{day.inventory_sd:.1f} at the close")
            axes.grid(False)
            words.append(f"{name} ±{day.inventory_sd:.1f} clips at the close")
        panels[0].set_ylabel("inventory [clips]")
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return Picture(fig, f"{title}. {'; '.join(words)}. Lines hold nine days of ten between them.")


def belief_maps(
    risk_aversion: float,
    pairs: Sequence[tuple[str, str]],
    levels: Sequence[Sequence[float]],
    n: int = 15,
    executor: Any = None,
) -> Picture:
    """What a pair of beliefs costs, each wrong by a factor from ½ to 2, as a map with contours for each pair.

    The rows of the maps are a `sweep`: `executor` is whoever computes them.
    """
    factors = np.geomspace(0.5, 2, n)
    whole = {"risk_aversion": risk_aversion, "n": n}
    rows = [whole | {"across": x, "up": y, "factor": factor} for x, y in pairs for factor in factors.tolist()]
    costs = np.reshape(sweep(belief_row, rows, executor=executor).results, (len(pairs), n, n))
    words, ticks = [], ([0.5, 0.7, 1, 1.4, 2], ["½", "0.7", "1", "1.4", "2"])
    with drawing(1, len(pairs), width=10.0, height=4.0) as (fig, panels):
        for axes, (across, up), lines, cost in zip(panels, pairs, levels, costs, strict=True):
            top = float(cost.max())
            axes.pcolormesh(factors, factors, np.sqrt(np.maximum(cost, 0) / top), cmap=_REDS, vmin=0, vmax=1.3)
            drawn = axes.contour(factors, factors, cost, levels=lines, colors="#444444", linewidths=0.9)
            axes.clabel(drawn, fmt="%g", fontsize=8)
            axes.plot(1, 1, "o", color=BID["color"], ms=6)
            axes.set(xscale="log", yscale="log", xlabel=f"{SYMBOLS[across]} believed / true")
            axes.set(ylabel=f"{SYMBOLS[up]} believed / true")
            axes.set_xticks(*ticks)
            axes.set_yticks(*ticks)
            axes.minorticks_off()
            axes.grid(False)
            axes.set_title(f"{SYMBOLS[across]} and {SYMBOLS[up]} wrong: at most {top:.1f} a day")
            words.append(f"{SYMBOLS[across]} and {SYMBOLS[up]}: up to {top:.2f}")
    return Picture(fig, f"What two wrong beliefs cost a day, {'; '.join(words)}; the dot is the truth.")


def printed_beside(
    curves: Mapping[str, Sequence[ExactMoments]], printed: Mapping[str, ExactMoments], title: str
) -> Picture:
    """The frontier of some models, and printed formulas as crosses under it."""
    with drawing(width=9.0, height=3.8) as (fig, axes):
        for name, days in curves.items():
            axes.plot([day.sd for day in days], [day.mean for day in days], label=name, **LOOKS[name])
        for row, (name, day) in enumerate(printed.items()):
            axes.plot(day.sd, day.mean, "X", ms=8, color="#444444")
            beside = (8, -12 if row % 2 else 6)
            axes.annotate(name, (day.sd, day.mean), beside, textcoords="offset points", fontsize=8)
        axes.axhline(0, color="#999999", lw=0.8)
        axes.set(xlabel="standard deviation of a day's profit", ylabel="mean profit [price · clip]")
        axes.set(xlim=(0, 1.3 * max(day.sd for day in printed.values())))
        axes.set(ylim=(min(day.mean for day in printed.values()) - 12, None))
        axes.set_title(title)
    legend(axes, loc="lower right")
    words = "; ".join(f"{name} {amount(day.mean, 1)} ± {day.sd:.1f}" for name, day in printed.items())
    return Picture(fig, f"{title}. {words}.")
