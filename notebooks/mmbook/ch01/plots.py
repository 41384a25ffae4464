"""The plots of chapter 01 that take more than a few lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmbook.ch01.runs import QueuePosition
from mmlab.market.flow_run import TICK
from mmlab.parameters import FloatArray
from mmlab.teach.style import ASK, BID, MID, Picture, drawing, legend


def queue_value(places: Sequence[QueuePosition]) -> Picture:
    """Chance of a fill and money a share, by place in the queue."""
    share = [place.share for place in places]
    with drawing(1, 2, width=9.0, height=3.0) as (fig, (fills, money)):
        fills.errorbar(
            share, [p.filled.mean for p in places], [2 * p.filled.error for p in places], fmt="o", capsize=3, **BID
        )
        fills.set(ylabel="probability", ylim=(0, 1), xlabel="share of the queue in front")
        fills.set_title(
            f"Filled in ten seconds: {places[0].filled.mean:.0%} at the front, {places[-1].filled.mean:.0%} at the back"
        )
        money.errorbar(
            share, [p.money.mean for p in places], [2 * p.money.error for p in places], fmt="o", capsize=3, **BID
        )
        money.plot(share, [p.gain for p in places], "s", label="each share that was filled", **ASK)
        money.plot([], [], "o", label="each share that was placed (± 2 s.e.)", **BID)
        money.axhline(0, **MID)
        money.set(ylabel="ticks a share", ylim=(-0.1, 0.6), xlabel="share of the queue in front")
        money.set_title(f"Worth of a fill: {places[0].gain:.2f} ticks at the front, {places[-1].gain:.2f} at the back")
    legend(money, loc="upper right")
    money_by_place = "; ".join(
        f"{p.share:.0%} of the queue in front: filled {p.filled.mean:.0%}, {p.money.mean:.2f} ticks a share placed, "
        f"{p.gain:.2f} a share filled"
        for p in places
    )
    return Picture(fig, f"Probability of a fill and money by place in the queue. {money_by_place}.")


def intensity(depths: FloatArray, counts: FloatArray, seconds: float, rate: float, decay: float) -> Picture:
    """Counts of orders of both sides by reach, as a rate per side on a logarithmic axis, and A e^{−κδ}."""
    rates, errors = counts / seconds / 2, np.sqrt(counts) / seconds / 2
    ticks = depths / TICK
    with drawing(width=9.0, height=3.2) as (fig, axes):
        # On a logarithmic axis two errors below a count of 4 is nowhere.
        below = np.minimum(2 * errors, 0.9 * rates)
        axes.errorbar(ticks, rates, [below, 2 * errors], fmt="o", color=BID["color"], capsize=3)
        axes.plot([], [], "o", color=BID["color"], label="counted (± 2 s.e.)")
        grid = np.array([0.0, ticks[-1]])
        axes.plot(grid, rate * np.exp(-decay * grid * TICK), label="A exp(−κδ)", **ASK)
        axes.set(
            yscale="log", xlabel="depth δ from the mid [ticks]", ylabel="orders a second, each side", xlim=(0, None)
        )
        axes.set_title(f"Orders that reach δ are fewer by a factor of {np.exp(decay * TICK):.2f} for each tick")
    legend(axes, loc="upper right")
    counted = ", ".join(f"{rate:.4f} at {tick:g} ticks" for rate, tick in zip(rates, ticks, strict=True))
    return Picture(fig, f"Market orders a second and side that reach a depth, on a logarithmic axis: {counted}.")
