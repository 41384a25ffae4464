"""Chapter 10's plots: the three days' profits, where they came from, and how often a rule fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from mmlab.measure import Attribution
from mmlab.simulation import History
from mmlab.table import minus
from mmlab.teach.style import ASK, BID, GUESS, RESERVATION, Picture, drawing, legend

LOOKS = (BID, ASK, RESERVATION)
PARTS = ("spread", "adverse_selection", "inventory", "fees", "pnl")


def profits(days: Mapping[str, History], title: str) -> Picture:
    """Each day's profit so far, with its name at its end."""
    words = []
    with drawing(width=9.0, height=3.2) as (fig, axes):
        for (name, day), look in zip(days.items(), LOOKS, strict=True):
            profit = day.wealth[:, 0] - day.wealth[0, 0]
            axes.plot(day.time, profit, **(look | {"lw": 1.4}))
            axes.text(day.time[-1], profit[-1], f" {name}", color=look["color"], va="center")
            words.append(f"{name} ends at {profit[-1]:.1f} and was between {profit.min():.1f} and {profit.max():.1f}")
        axes.axhline(0, color="#999999", lw=0.8)
        axes.set(xlabel="time [s]", ylabel="profit [price·clip]", xlim=(0, 1.1 * day.time[-1]))
        axes.set_title(title)
    return Picture(fig, minus(f"{title}. {'; '.join(words)}."))


def bars(attributions: Mapping[str, Attribution], title: str) -> Figure:
    """The parts of some days' profits beside each other, each with its number."""
    width = 0.8 / len(attributions)
    with drawing(width=9.0, height=3.4) as (fig, axes):
        for n, ((name, found), look) in enumerate(zip(attributions.items(), LOOKS, strict=False)):
            heights = [float(found.parts[part][0]) for part in PARTS]
            at = np.arange(len(PARTS)) + (n - (len(attributions) - 1) / 2) * width
            axes.bar(at, heights, 0.9 * width, color=look["color"], hatch=("", "//", "..")[n], ec="w", label=name)
            for x, height in zip(at, heights, strict=True):
                axes.annotate(
                    minus(f"{height:+.1f}"),
                    (x, height),
                    xytext=(0, 3 if height >= 0 else -3),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if height >= 0 else "top",
                    fontsize=8,
                )
        axes.axhline(0, color="#444444", lw=0.8)
        axes.set_xticks(range(len(PARTS)), [part.replace("_", " ") for part in PARTS[:-1]] + ["profit"])
        axes.set(ylabel="price·clip")
        axes.margins(y=0.15)
        axes.set_title(title)
    if len(attributions) > 1:
        legend(axes, loc="upper center", bbox_to_anchor=(0.31, 1.0))
    return fig


def attributions(days: Mapping[str, Attribution], title: str) -> Picture:
    """`bars`, and in words."""
    words = [
        f"{name}: " + ", ".join(minus(f"{part.replace('_', ' ')} {found.parts[part][0]:+.1f}") for part in PARTS)
        for name, found in days.items()
    ]
    return Picture(bars(days, title), f"{title}. {'; '.join(words)}.")


def false_alarms(thresholds: Sequence[int], rates: Sequence[tuple[float, float, float]], guess: float) -> Figure:
    """False alarms a calm day against a rule's threshold, with their intervals and a guess."""
    middle, low, high = np.transpose(rates)
    with drawing(width=6.4, height=2.8) as (fig, axes):
        axes.errorbar(
            thresholds,
            middle,
            yerr=[middle - low, high - middle],
            fmt="o-",
            color=BID["color"],
            capsize=4,
            label="fired",
        )
        axes.axhline(guess, label=f"your guess: {guess:g} at {min(thresholds)}", **GUESS)
        axes.set(xlabel="fills of one side in a row before it fires", ylabel="false alarms a calm day", yscale="symlog")
        axes.set_yscale("symlog", linthresh=0.1)
        axes.set_ylim(0, 60)  # room for the legend above each guess
        axes.set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
        axes.set_xticks(thresholds)
        axes.set_title(
            f"At {thresholds[0]} it fires {middle[0]:.1f} times a calm day, at {thresholds[-1]} {middle[-1]:.2f}"
        )
    legend(axes, loc="upper right")
    return fig
