"""The pictures of chapter 07: sizes, one hour of resting quotes, and what matters most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmlab.desk import QuoteSizer
from mmlab.simulation import History
from mmlab.teach.style import ASK, BID, MID, Picture, drawing, legend, steps


def sizes(sizers: Mapping[str, QuoteSizer], title: str) -> Picture:
    """Bid and ask size against inventory, a panel each sizer."""
    words = []
    with drawing(1, len(sizers), width=10.0, height=2.9) as (fig, panels):
        for axes, (name, sizer) in zip(np.atleast_1d(panels), sizers.items(), strict=True):
            q = np.arange(-sizer.max_position - 2, sizer.max_position + 3)
            bid, ask = sizer.calculate_quote_size(q)
            edges = np.append(q, q[-1] + 1) - 0.5
            axes.plot(*steps(edges, bid), label="bid size", **BID)
            axes.plot(*steps(edges, ask), label="ask size", **ASK)
            for limit in (-sizer.max_position, sizer.max_position):
                axes.axvline(limit, lw=1, **MID)
            axes.set(xlabel="inventory [clips]", ylim=(-0.2, 1.25 * max(bid.max(), ask.max())))
            axes.set_title(name)
            words.append(f"{name}: flat {sizer.calculate_quote_size(0)[0]:g} a side")
        np.atleast_1d(panels)[0].set_ylabel("size shown [clips]")
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    legend(np.atleast_1d(panels)[0], loc="upper center", ncols=2)
    return Picture(fig, f"{title}. {'; '.join(words)}. Dotted lines: the limits.")


def resting(history: History, title: str, path: int, until: float) -> Picture:
    """The first part of one path: the mid, the prices at which the quotes rest, and where they fill."""
    n = int(np.searchsorted(history.time, until))
    time, mid = history.time[: n + 1], history.mid[: n + 1, path]
    off = traded = 0
    with drawing(width=9.0, height=3.4) as (fig, axes):
        axes.plot(time, mid, lw=1, label="mid", **(MID | {"linestyle": "-"}))
        sides = (
            ("our ask", history.ask_price, history.ask_fill, ASK, "v", 1),
            ("our bid", history.bid_price, history.bid_fill, BID, "^", -1),
        )
        for label, price, fill, look, marker, side in sides:
            shown, filled = price[:n, path], fill[:n, path] > 0
            axes.plot(*steps(time, shown), lw=1.2, label=label, **look)
            # At or through the mid: whoever traded had a better price than the mid.
            lost = filled & (side * (shown - mid[:-1]) < 0)
            axes.plot(time[:-1][filled & ~lost], shown[filled & ~lost], marker, ms=6, color=look["color"])
            axes.plot(time[:-1][lost], shown[lost], "X", ms=8, color=look["color"])
            off, traded = off + int(lost.sum()), traded + int(filled.sum())
        axes.plot([], [], "^", ms=6, color="#444444", label="filled outside the mid")
        axes.plot([], [], "X", ms=8, color="#444444", label="filled beyond the mid")
        axes.set(xlabel="time [h]", ylabel="price", xlim=(0, until))
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.18 * (high - low))
        axes.set_title(title)
    legend(axes, loc="upper left", ncols=5)
    return Picture(fig, f"{title}. {traded} fills up to {until:g} h, {off} of them beyond the mid.")


End = tuple[str, tuple[float, float]]
"""What a lever is set to, and what that adds to the score, with its error."""


def tornado(ends: Mapping[str, tuple[End, End]], title: str) -> Picture:
    """What each lever does to the score between its two ends, the longest bar on top, with two standard errors."""
    bars = {name: [more for _, more in pair] for name, pair in ends.items()}
    order = sorted(bars, key=lambda name: float(np.ptp([0, *(value for value, _ in bars[name])])))
    words = []
    with drawing(width=9.0, height=0.9 + 0.46 * len(order)) as (fig, axes):
        for row, name in enumerate(order):
            pairs = zip(ends[name], bars[name], (ASK, BID), (0.2, -0.2), strict=True)
            for (label, _), (value, error), look, up in pairs:
                axes.barh(row + up, value, height=0.36, color=look["color"], alpha=0.55)
                axes.errorbar(value, row + up, xerr=2 * error, color="#444444", lw=1, capsize=2)
                side = 1 if value >= 0 else -1
                axes.annotate(
                    label,
                    (value + side * 2 * error, row + up),
                    xytext=(5 * side, 0),
                    textcoords="offset points",
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=8,
                )
            shifts = (f"{ends[name][i][0]} {bars[name][i][0]:+.1f}" for i in (0, 1))
            words.append(f"{name}: " + ", ".join(shifts).replace("-", "−"))
        axes.set_yticks(range(len(order)), order)
        axes.axvline(0, color="#444444", lw=1)
        axes.set(xlabel="score less the reference desk's [price · clip an hour]")
        axes.margins(x=0.18)
        axes.set_title(title)
    return Picture(fig, f"{title}. {'; '.join(reversed(words))}.")
