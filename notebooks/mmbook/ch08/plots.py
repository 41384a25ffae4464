"""The plots of chapter 08: profits without and with a limit, price and tail improvement, modes, the printed trap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mmbook.ch08.tail_improvement import LimitEffect, Run, expected_shortfall
from mmlab.desk import Mode, Reason
from mmlab.parameters import FloatArray
from mmlab.teach.style import ASK, BID, RESERVATION, SYMMETRIC, Picture, drawing, legend, steps
from mmlab.teach.words import amount

WITHOUT, WITH = SYMMETRIC, BID
MODES: dict[Mode, dict[str, Any]] = {
    Mode.NORMAL: {"facecolor": "#ffffff", "edgecolor": "#999999", "hatch": ""},
    Mode.WIDEN: {"facecolor": "#cfe8df", "edgecolor": "#009E73", "hatch": "..."},
    Mode.REDUCE_ONLY: {"facecolor": "#f7dfcc", "edgecolor": "#D55E00", "hatch": "///"},
    Mode.HALT: {"facecolor": "#555555", "edgecolor": "#222222", "hatch": ""},
}
"""Each mode by colour and by hatch."""


def _distributions(axes: Axes, pnls: Mapping[str, FloatArray], looks: Iterable[Mapping[str, Any]]) -> None:
    """The share of days by profit, an outline for each desk."""
    low, high = np.quantile(np.concatenate([*pnls.values()]), [0.002, 0.998])
    edges = np.linspace(low, high, 41)
    for (name, pnl), look in zip(pnls.items(), looks, strict=True):
        axes.plot(*steps(edges, 100 * np.histogram(pnl, edges)[0] / pnl.size), label=name, **look)
    axes.set(xlabel="profit of a day [price · clip]", ylabel="share of days [%]", xlim=(low, high))


def profits(pairs: Mapping[str, tuple[FloatArray, FloatArray]], title: str) -> Picture:
    """For each market the days' profits without a limit and with it; thick: the mean of the worst 5%."""
    words = []
    with drawing(1, len(pairs), width=10.0, height=3.1) as (fig, panels):
        for axes, (name, both) in zip(panels, pairs.items(), strict=True):
            _distributions(axes, dict(zip(("without the limit", "with it"), both, strict=True)), (WITHOUT, WITH))
            bads = [-expected_shortfall(pnl)[0] for pnl in both]
            for bad, look in zip(bads, (WITHOUT, WITH), strict=True):
                axes.axvline(bad, 0, 0.14, **(look | {"linestyle": "-", "lw": 4}))
            axes.set_ylim(bottom=0)
            means, tails = ([amount(x, 1) for x in xs] for xs in ([pnl.mean() for pnl in both], bads))
            axes.set_title(f"{name}: worst 5% from {tails[0]} to {tails[1]}")
            words.append(f"{name}: mean {' and '.join(means)}, worst 5% {' and '.join(tails)}")
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    legend(panels[0], loc="upper left")
    return Picture(fig, f"{title}. Without the limit and with it: {'; '.join(words)}.")


def price_and_tail(table: Mapping[str, Mapping[str, LimitEffect]], title: str) -> Picture:
    """A panel for each scenario: of each limit, what it did to the mean (hatched) and to the worst days (plain)."""
    words = []
    with drawing(1, len(table), width=11.0, height=3.3) as (fig, panels):
        for axes, (scenario, effects) in zip(panels, table.items(), strict=True):
            rows = np.arange(len(effects))[::-1]
            means = [-effect.price for effect in effects.values()]
            tails = [effect.tail_improvement for effect in effects.values()]
            axes.barh(rows + 0.2, tails, 0.36, color=BID["color"], label="the worst 5%")
            axes.barh(rows - 0.2, means, 0.36, **MODES[Mode.REDUCE_ONLY], label="the mean")
            errors = [effect.tail_error for effect in effects.values()]
            axes.errorbar(tails, rows + 0.2, xerr=2 * np.array(errors), fmt="none", ecolor="#222222", lw=1)
            axes.axvline(0, color="#444444", lw=0.8)
            axes.set_yticks(rows, list(effects) if axes is panels[0] else [""] * len(effects))
            axes.set_title(scenario)
            axes.set_xlabel("change [price · clip]")
            pairs = zip(effects, means, tails, strict=True)
            each = [f"{name} mean {amount(x, 1, '+')}, worst days {amount(y, 1, '+')}" for name, x, y in pairs]
            words.append(f"{scenario}: {', '.join(each)}")
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
        handles, labels = panels[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=2)
    return Picture(fig, f"{title}. {'; '.join(words)}.")


def ladder(
    limits: Sequence[float], means: Sequence[float], tails: Sequence[tuple[float, float]], title: str, no_limit: float
) -> Picture:
    """Mean and worst 5% of days against the position limit, with two standard errors of the latter."""
    bad, errors = np.array([-es for es, _ in tails]), np.array([error for _, error in tails])
    with drawing(width=8.0, height=3.2) as (fig, axes):
        axes.plot(limits, means, "o-", color=ASK["color"], ms=4, label="mean of all days")
        axes.errorbar(limits, bad, 2 * errors, fmt="s--", color=BID["color"], ms=4, label="mean of the worst 5%")
        axes.axhline(no_limit, color="#999999", lw=0.8)
        axes.text(3.2, no_limit - 0.4, "worst 5% without a limit", va="top", fontsize=8, color="#444444")
        axes.set(xlabel="position limit ±$q_{max}$ [clips]", ylabel="price · clip, a day")
        axes.set_title(title)
    legend(axes, loc="center right")
    words = "; ".join(f"±{q:g}: {m:.1f}, {amount(b, 1)}" for q, m, b in zip(limits, means, bad, strict=True))
    return Picture(fig, f"{title}. Limit, mean, worst 5%: {words}.")


def mode_strips(runs: Mapping[str, Run], title: str, path: int = 0) -> Picture:
    """One day: the inventory of each desk, and under it a strip for each with its modes and their reasons."""
    looks = (WITHOUT, BID, ASK, RESERVATION, {"color": "#444444", "linestyle": (0, (1, 1.2))})
    words: list[str] = []
    names: list[str] = []
    with drawing(2, 1, width=10.0, height=5.0) as (fig, (held, strips)):
        for (name, run), look in zip(runs.items(), looks, strict=False):
            held.plot(*steps(run.time, run.inventory[:-1, path]), lw=1.3, label=name, **look)
            if run.mode is None or run.reason is None:
                continue
            row = -len(names)
            names.append(name)
            mode, reason = run.mode[:, path], run.reason[:, path]
            cuts = np.flatnonzero(np.diff(mode) | np.diff(reason)) + 1
            for first, last in zip(np.append(0, cuts), np.append(cuts, len(mode)), strict=True):
                start, end = run.time[first], run.time[last]
                strips.barh(row, end - start, 0.72, start, **MODES[Mode(mode[first])], lw=0.6)
            reasons = [Reason(r).name.lower().replace("_", " ") for r in dict.fromkeys(reason[reason > 0].tolist())]
            strips.text(1.01 * run.time[-1], row, ",\n".join(reasons), va="center", fontsize=8, color="#222222")
            shares = [f"{m.name.replace('_', ' ')} {np.mean(mode == m):.0%}" for m in Mode if (mode == m).any()]
            words.append(f"{name}: {', '.join(shares)}, profit {amount(run.pnl[path], 1)}")
        held.set(ylabel="inventory [clips]", xlim=(0, run.time[-1]))
        held.set_title(title)
        strips.set(xlabel="time [horizon = 1]", xlim=(0, run.time[-1]))
        strips.set_yticks([-n for n in range(len(names))], names)
        strips.grid(False)
        patches = [Patch(**look, label=mode.name.lower().replace("_", " ")) for mode, look in MODES.items()]
        fig.legend(handles=patches, loc="outside lower center", ncols=4, handlelength=3)
    legend(held, loc="upper left", ncols=2)
    return Picture(fig, f"{title}. {'; '.join(words)}.")


def trap(runs: Mapping[str, Run], title: str, path: int, limit: float) -> Picture:
    """One day's inventory with no limit, the printed one and ours, and the days' profits with the last two."""
    looks = dict(zip(runs, (WITHOUT, ASK, BID), strict=True))
    with drawing(1, 2, width=10.0, height=3.4) as (fig, (held, earned)):
        for name, run in runs.items():
            held.plot(*steps(run.time, run.inventory[:-1, path]), lw=1.3, label=name, **looks[name])
        for bound in (-limit, limit):
            held.axhline(bound, color="#999999", lw=0.8)
        held.set(xlabel="time [horizon = 1]", ylabel="inventory [clips]")
        held.set_title(title)
        _distributions(earned, {name: run.pnl for name, run in runs.items()}, looks.values())
        earned.set_title("The printed limit is worse than none")
    legend(earned, loc="upper left")
    words = "; ".join(f"{name} {amount(run.pnl.mean(), 1)}, {run.pnl.std():.1f}" for name, run in runs.items())
    return Picture(fig, f"{title}. Mean profit and deviation: {words}.")
