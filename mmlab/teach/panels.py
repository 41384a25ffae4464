"""What several explorers draw alike: lines by name, where we stand now, a day's fills, the last inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from mmlab.parameters import FloatArray
from mmlab.simulation import History
from mmlab.teach.marks import put_triangles, triangles
from mmlab.teach.style import ASK, BID, steps

HERE: dict[str, Any] = {"color": "#999999", "lw": 1}
"""The thin line at the value where a slider stands."""
PLAIN: dict[str, Any] = {"color": "#444444", "linestyle": "-"}


class Artists(dict[str, Artist]):
    """The artists that an explorer moves, by name: what its `draw` returns."""

    def line(self, axes: Axes, name: str, look: Mapping[str, Any], label: str = "", **more: Any) -> None:
        """A line that waits for its data."""
        (self[name],) = axes.plot([0, 1], [0, 1], label=label, **{**look, **more})

    def here(self, axes: Axes, ask: dict[str, Any] = ASK, bid: dict[str, Any] = BID, tag: str = "") -> None:
        """A vertical at the slider's value and a triangle on each quote there, for `put_here`."""
        self.line(axes, f"here{tag}", HERE)
        self[f"here_ask{tag}"], self[f"here_bid{tag}"] = triangles(axes, ask), triangles(axes, bid)

    def fills(self, axes: Axes) -> None:
        """Triangles for `put_fills`."""
        self["sold"], self["bought"] = triangles(axes, ASK, "we sold"), triangles(axes, BID, "we bought")

    def day(self, axes: Axes) -> None:
        """The prices of a day and its fills, for `put_day`."""
        for name, look in (("ask", ASK), ("mid", PLAIN), ("bid", BID)):
            self.line(axes, f"day_{name}", look, name, lw=1)
        self.fills(axes)


def put_here(
    artists: Mapping[str, Any], x: float, bid_depth: float, ask_depth: float, furthest: float, tag: str = ""
) -> None:
    """The vertical at `x`, through all quotes within ±`furthest` wherever the axes end, and our two quotes [price]."""
    artists[f"here{tag}"].set_data([x, x], [-2 * furthest, 2 * furthest])
    put_triangles(artists[f"here_ask{tag}"], x, ask_depth, up=False, size=6)
    put_triangles(artists[f"here_bid{tag}"], x, -bid_depth, up=True, size=6)


def put_fills(artists: Mapping[str, Any], history: History, origin: float = 0.0) -> tuple[int, int]:
    """A triangle at each fill of the first path, prices less `origin`; returns how often it bought and sold."""
    counts = []
    for name, fills, prices in (
        ("bought", history.bid_fill, history.bid_price),
        ("sold", history.ask_fill, history.ask_price),
    ):
        filled = fills[:, 0] > 0
        put_triangles(artists[name], history.time[:-1][filled], prices[filled, 0] - origin, up=name == "bought")
        counts.append(int(filled.sum()))
    return counts[0], counts[1]


def put_day(artists: Mapping[str, Any], history: History) -> tuple[int, int]:
    """The first path of a history; returns how often it bought and sold."""
    for name, prices in (("ask", history.ask_price), ("mid", history.mid[:-1]), ("bid", history.bid_price)):
        artists[f"day_{name}"].set_data(history.time[:-1], prices[:, 0])
    return put_fills(artists, history)


def put_chances(
    artists: Mapping[str, Any], chances: Mapping[str, tuple[FloatArray, FloatArray]], furthest: int
) -> float:
    """Outlines of distributions up to ±`furthest` clips; returns the tallest chance.

    `chances` maps an artist's name to inventories [clips] and their chances [1], arrays of one shape.
    """
    for name, (inventories, chance) in chances.items():
        near = np.abs(inventories) <= furthest
        artists[name].set_data(*steps(np.append(inventories[near], furthest + 1.0) - 0.5, chance[near]))
    return max(float(chance.max()) for _, chance in chances.values())
