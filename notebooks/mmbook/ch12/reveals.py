"""The answer to the question of chapter 12, computed from a book; the words: exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch12.queue_ways import four_ways
from mmlab.teach.checks import Facts
from mmlab.teach.findings import drawn
from mmlab.teach.style import BID, GUESS, MID


@drawn(width=6.4, height=2.0, legend="upper left")
def without_a_queue(guess: str, axes: Axes) -> Facts:
    """What a clip that joins the best queue earns by the backtest and in the book, and what the guess says of it."""
    ways = four_ways()
    believed, real = ways["backtest, front"].money, ways["its own place"].money
    ratio = real.mean / believed.mean
    ratio_error = abs(ratio) * np.hypot(real.error / real.mean, believed.error / believed.mean)
    meant = {
        "about the same": 1.0,
        "a small part, perhaps nothing": ratio,
        "the same the other way round: a loss": -1.0,
    }[guess]
    for n, (name, (mean, error)) in enumerate((("backtest", believed), ("in the book", real))):
        axes.errorbar(mean, n, xerr=2 * error, fmt="o", color=BID["color"], capsize=3)
        axes.annotate(name, (mean, n), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8)
    axes.axvline(0, **MID)
    axes.axvline(meant * believed.mean, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="ticks a clip placed (± 2 s.e.)", yticks=[], ylim=(-0.6, 2.2))
    axes.set_title(f"The backtest says {believed.mean:.2f} ticks, the book gives {real.mean:.2f}")
    filled = {"believed_filled": ways["backtest, front"].filled.mean, "filled": ways["its own place"].filled.mean}
    earned = {"believed": believed, "real": real, "ratio": ratio, "ratio_error": ratio_error}
    return filled | earned


REVEALS = {"backtest-without-a-queue": without_a_queue}
