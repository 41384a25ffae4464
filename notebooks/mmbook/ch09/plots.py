"""The plots of chapter 09: an hour of the whole desk, its modes behind it, and what an incident does to quotes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mmlab.desk import History, Mode
from mmlab.teach.style import ASK, BID, MID, Picture, drawing, legend, steps

SHADES: dict[Mode, dict[str, Any]] = {
    Mode.WIDEN: {"facecolor": "#D6E7F2", "hatch": "", "edgecolor": "#A8CCE3"},
    Mode.REDUCE_ONLY: {"facecolor": "#F3D2C1", "hatch": "..", "edgecolor": "#D9A184"},
    Mode.HALT: {"facecolor": "#DDDDDD", "hatch": "//", "edgecolor": "#B0B0B0"},
}
"""Behind each mode but NORMAL; the hatch tells them apart without colour."""
MINUTE = 60.0


def shade(axes: Axes, day: History) -> list[Patch]:
    """Colour what is behind each mode's minutes; returns an entry of the legend for each mode that is there."""
    assert day.mode is not None
    minutes, there = day.time / MINUTE, []
    for mode, look in SHADES.items():
        inside = np.concatenate([[0], day.mode[:, 0] == mode, [0]])
        turns = np.flatnonzero(np.diff(inside))
        for first, last in turns.reshape(-1, 2):
            axes.axvspan(minutes[first], minutes[last], lw=0, zorder=0, **look)
        if len(turns):
            there.append(Patch(label=mode.name, lw=0, **look))
    return there


def hour_of(day: History) -> Picture:
    """The first path: prices with fills, inventory and profit, before the modes."""
    minutes, q, wealth = day.time / MINUTE, day.inventory[:, 0], day.wealth[:, 0]
    assert day.mode is not None
    halted = float(np.diff(minutes)[day.mode[:, 0] == Mode.HALT].sum())
    with drawing(3, 1, width=10.0, height=6.2) as (fig, (prices, held, money)):
        prices.get_gridspec().set_height_ratios([2.2, 1, 1])
        for axes in (prices, held, money):
            modes = shade(axes, day)
            axes.set_xlim(minutes[0], minutes[-1])
        lines = [
            *prices.plot(*steps(minutes, day.ask_price[:, 0]), label="ask", **(ASK | {"lw": 1})),
            *prices.plot(minutes, day.mid[:, 0], label="mid", **(MID | {"lw": 1, "linestyle": "-"})),
            *prices.plot(*steps(minutes, day.bid_price[:, 0]), label="bid", **(BID | {"lw": 1})),
        ]
        for fill, price, mark, look, label in (
            (day.ask_fill, day.ask_price, "v", ASK, "we sold"),
            (day.bid_fill, day.bid_price, "^", BID, "we bought"),
        ):
            there = fill[:, 0] > 0
            lines += prices.plot(
                minutes[:-1][there], price[there, 0], mark, ms=4.5, color=look["color"], label=label, zorder=4
            )
        held.plot(*steps(minutes, q[:-1]), color="#444444")
        money.plot(minutes, wealth - wealth[0], color="#444444")
        for axes in (held, money):
            axes.axhline(0, color="#999999", lw=0.8)
        prices.set(ylabel="price")
        held.set(ylabel="inventory [clips]")
        money.set(ylabel="profit so far\n[price · clip]", xlabel="time [min]")
        peak = wealth - wealth[0]
        title = (
            f"{day.bid_fill.sum():.0f} clips bought, {day.ask_fill.sum():.0f} sold; {halted:.0f} minutes halted; "
            f"{peak.max():.2f} ahead at best, {peak[-1]:.2f} at the end"
        ).replace("-", "−")
        prices.set_title(title)
        held.set_title(f"Inventory between {q.min():.0f} and {q.max():.0f} clips".replace("-", "−"))
        money.set_title(f"From its peak the profit fell by {np.max(np.maximum.accumulate(peak) - peak):.2f}")
    legend(prices, handles=[*lines, *modes], loc="upper right", ncols=4)
    shown = ", ".join(str(patch.get_label()) for patch in modes)
    return Picture(fig, f"An hour of the desk in three panels: quotes, inventory, profit. {title}. Shaded: {shown}.")
