"""The plots that several chapters draw: a day of quoting."""

from collections.abc import Mapping

import numpy as np

from mmlab.simulation import History
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, MID, SYMMETRIC, Picture, drawing, steps
from mmlab.teach.words import amount


def quoting_day(history: History, title: str, path: int = 0) -> Picture:
    """One path of a history: the mid between the quotes with the fills marked, and the inventory under it."""
    time, mid = history.time, history.mid[:, path]
    bid, ask = history.bid_price[:, path], history.ask_price[:, path]
    bought, sold = history.bid_fill[:, path] > 0, history.ask_fill[:, path] > 0
    with drawing(2, 1, width=9.0, height=4.6) as (fig, (prices, held)):
        prices.plot(*steps(time, ask), label="our ask", lw=1, **ASK)
        prices.plot(time, mid, label="mid", lw=1, **(MID | {"linestyle": "-"}))
        prices.plot(*steps(time, bid), label="our bid", lw=1, **BID)
        prices.plot(time[:-1][sold], ask[sold], "v", ms=5, color=ASK["color"], label="we sold")
        prices.plot(time[:-1][bought], bid[bought], "^", ms=5, color=BID["color"], label="we bought")
        prices.set(ylabel="price", title=title)
        held.plot(*steps(time, history.inventory[:-1, path]), color="#444444")
        held.axhline(0, color="#999999", lw=0.8)
        held.set(xlabel="time [horizon = 1]", ylabel="inventory [clips]")
        prices.legend(loc="upper right", ncols=5)
        low, high = prices.get_ylim()
        prices.set_ylim(low, high + 0.15 * (high - low))  # room for the legend
    inventory = history.inventory[:, path]
    held_least, held_most, final = inventory.min(), inventory.max(), inventory[-1]
    return Picture(
        fig,
        f"{title}. {bought.sum()} clips bought, {sold.sum()} sold, profit {amount(history.pnl[path], 1)}, "
        f"inventory between {amount(held_least, 0)} and {amount(held_most, 0)} clips, {amount(final, 0)} at the end.",
    )


def distributions(samples: Mapping[str, np.ndarray], title: str, xlabel: str) -> Picture:
    """Two samples' histograms on one axis, as outlines."""
    everything = np.concatenate(list(samples.values()))
    low, high = np.quantile(everything, [0.001, 0.999])
    edges = np.linspace(low, high, 81)
    summaries = []
    with drawing(width=9.0, height=2.8) as (fig, axes):
        for (name, sample), look in zip(samples.items(), (INVENTORY_AVERSE, SYMMETRIC), strict=False):
            density, _ = np.histogram(sample, edges, density=True)
            axes.plot(*steps(edges, density), label=name, **look)
            summaries.append(f"{name}: mean {sample.mean():.1f}, standard deviation {sample.std(ddof=1):.1f}")
        axes.set(xlabel=xlabel, ylabel="density", ylim=(0, None), title=title)
        axes.legend(loc="upper right")
    return Picture(fig, f"{title}. {'; '.join(summaries)}.")
