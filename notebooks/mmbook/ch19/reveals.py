"""The answers to the questions of chapter 19, computed; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch19.explorers import BLOCKS
from mmbook.ch19.scenes import AFTER, DESK, SKEW, TREATED, in_the_log, panel_of, skewed
from mmlab.causal import Switchback, difference_in_differences, shared_flow
from mmlab.market import Market
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID, RESERVATION, THIN


def _cross(axes: Axes, x: float, level: float, guess: str) -> None:
    axes.plot(x, level, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")


@drawn(width=6.0, height=2.8, legend="center right")
def wider_fills(guess: str, axes: Axes) -> Facts:
    """How often each depth is filled: in the log, in each context, and for the same quotes."""
    log, truth = in_the_log(DESK.fill), DESK.context @ DESK.fill
    contexts = zip(("calm alone", "busy alone"), DESK.fill, (MID, THIN), strict=True)
    for label, rates, look in (("the log", log, ASK), ("all quotes", truth, BID), *contexts):
        axes.plot([1, 2], rates, label=label, **look)
    changes = {"up by about 15 points": 0.15, "hardly at all": 0.0, "down by about 18 points": -0.18}
    _cross(axes, 2, truth[0] + changes[guess], guess)
    axes.set(xlabel="depth [ticks]", ylabel="filled", xticks=[1, 2], xlim=(0.9, 3.4), ylim=(0, 0.85))
    says, true = (100 * (rates[1] - rates[0]) for rates in (log, truth))
    axes.set_title(f"The log says {says:+.1f} points, the truth is {true:+.1f}".replace("-", "−"))
    return {"narrow": truth[0], "wide": truth[1], "points": -true, "busy": in_the_log([[0, 0], [1, 1]])[1]}


@drawn(width=6.0, height=2.8, legend="center left")
def what_the_coin_says(guess: str, axes: Axes) -> Facts:
    """What a switchback of a desk that skews and one that does not says in the mean, against the block."""
    test = Switchback(market=Market.avellaneda_stoikov_2008(), a=skewed(SKEW), b=skewed(0.0), running_penalty=0.2)
    axes.plot(BLOCKS, [test.expectation(block) for block in BLOCKS], "o-", color=BID["color"], label="the test")
    axes.axhline(test.truth, label="the truth", **RESERVATION)
    axes.axhline(0, **THIN)
    _cross(axes, 5, {"about +5.8": 5.8, "about +3": 3.0, "below 0": -1.0}[guess], guess)
    axes.set(xscale="log", xlabel="block [steps of 200 a day]", ylabel="skewed less not, a day")
    axes.set_title(f"Blocks of 5 steps say {test.expectation(5):.2f}, where the truth is +5.77".replace("-", "−"))
    return {"says": test.expectation(5), "truth": test.truth}


@drawn(width=6.0, height=2.8, legend="center right")
def two_engines(guess: str, axes: Axes) -> Facts:
    """What the nearer of two engines earns more than the other, and what all quotes there would."""
    at_once, truth = shared_flow(1.5, 0.6, 0.8)
    axes.bar(["one nearer", "all nearer"], [at_once, truth], color=BID["color"])
    _cross(axes, 1, {"about 0.24": 0.24, "about 0.12": 0.12, "about 0": 0.0}[guess], guess)
    axes.set(
        ylabel="price·clip per order", xlim=(-0.6, 2.9), title=f"Of {at_once:.3f} only {truth:.3f} is not the other's"
    )
    return {"at_once": at_once, "truth": truth}


@drawn(width=6.0, height=2.8, legend="center right")
def how_often_right(guess: str, axes: Axes) -> Facts:
    """How often two intervals around a difference in differences hold the truth."""
    found = [difference_in_differences(panel_of(seed), TREATED, AFTER) for seed in range(300)]
    off, *errors = np.array([(one.value - 1, one.error, usual.error) for one, usual in found]).T
    covers = [float((abs(off) <= 1.96 * error).mean()) for error in errors]
    axes.bar(["by stock", "the usual"], [100 * share for share in covers], color=BID["color"])
    axes.axhline(95, label="promised", **RESERVATION)
    _cross(axes, 1, {"95": 95, "about 80": 80, "about 50": 50}[guess], guess)
    axes.set(ylabel="of 100", xlim=(-0.6, 2.4), title=f"{covers[1]:.0%} of the usual intervals hold the truth")
    return {"stock": 100 * covers[0], "usual": 100 * covers[1], "ratio": float((errors[0] / errors[1]).mean())}


_ALL = wider_fills, what_the_coin_says, two_engines, how_often_right
REVEALS = {each.__name__.replace("_", "-"): each for each in _ALL}
"""By their questions."""
