"""The ladder: a book drawn as queues that stand at their prices, first to trade at the foot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mmlab.market.order_book import BUY, SELL, OrderBook
from mmlab.parameters import FloatArray
from mmlab.teach.style import ASK, BID, Picture, drawing, legend

Block = tuple[float, float, float]
"""Price, foot and height [shares] of a rectangle."""
Levels = Sequence[tuple[float, Sequence[float]]]
"""Prices, each with the shares of its orders, first to trade first."""

OURS: dict[str, Any] = {"facecolor": "#F0E442", "edgecolor": "#000000"}


def blocks_of(levels: Levels) -> list[Block]:
    """The orders of a side, stacked at their prices."""
    blocks = []
    for price, queue in levels:
        feet = np.concatenate([[0.0], np.cumsum(queue)])
        blocks += [(price, float(foot), float(size)) for foot, size in zip(feet[:-1], queue, strict=True)]
    return blocks


def rectangles(blocks: Iterable[Block], width: float, gap: float = 0.0) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Blocks `width` [price] wide, `gap` [shares] short of the next, for `Panel.band`: x, and low and high there.

    The band goes around a block and to the next on the way that it comes back on: of no width, so nobody sees it.
    """
    price, foot, size = np.array(list(blocks), dtype=np.float64).reshape(-1, 3).T
    x = price[:, np.newaxis] + width * np.array([-0.5, -0.5, 0.5, 0.5])
    low, top = (np.repeat(y[:, np.newaxis], 4, axis=1) for y in (foot, foot + np.maximum(size - gap, 0.3 * size)))
    return x.ravel(), low.ravel(), np.where([False, True, True, False], top, low).ravel()


def _put_blocks(axes: Axes, blocks: Sequence[Block], width: float, **look: Any) -> None:
    price, foot, size = np.array(blocks, dtype=np.float64).reshape(-1, 3).T
    axes.bar(price, size, width, foot, **look)


def ladder(*books: tuple[OrderBook, str], tick: float = 0.01, ours: int = 0) -> Picture:
    """Books side by side, each under its title; the order `ours` is marked where it stands."""
    shares, sides = [], [book.levels(side, 50) for book, _ in books for side in (BUY, SELL)]
    prices = [price * tick for levels in sides for price, _ in levels]
    tallest = max(sum(size for _, size in queue) for levels in sides for _, queue in levels)
    with drawing(1, len(books), width=9.0, height=3.0) as (fig, panels):
        for axes, (book, title) in zip(np.atleast_1d(panels), books, strict=True):
            for side, name in ((BUY, "bids"), (SELL, "asks")):
                levels = book.levels(side, 50)
                shown = [(price * tick, [size for _, size in queue]) for price, queue in levels]
                look = {"facecolor": (BID if side == BUY else ASK)["color"], "edgecolor": "white", "linewidth": 0.8}
                _put_blocks(axes, blocks_of(shown), 0.8 * tick, label=name, **look)
                mine = [
                    (price * tick, float(book.ahead(order)), float(size))
                    for price, queue in levels
                    for order, size in queue
                    if order == ours
                ]
                if mine:
                    _put_blocks(axes, mine, 0.8 * tick, label="our order", linewidth=1.4, **OURS)
                for price, queue in shown:
                    axes.text(price, sum(queue) + 0.02 * tallest, f"{sum(queue):g}", ha="center", fontsize=8)
                shares += [f"{name} " + ", ".join(f"{sum(queue):g} at {price:.2f}" for price, queue in shown)]
            axes.set(xlim=(min(prices) - tick, max(prices) + tick), ylim=(0, 1.3 * tallest), xlabel="price")
            axes.set_xticks(np.arange(round(min(prices) / tick), round(max(prices) / tick) + 1) * tick)
            axes.xaxis.set_major_formatter("{x:.2f}")
            axes.tick_params(axis="x", labelsize=8)
            axes.set_title(title)
            axes.grid(axis="x", visible=False)
        np.atleast_1d(panels)[0].set_ylabel("shares (first to trade at the foot)")
    legend(np.atleast_1d(panels)[0], loc="upper right", ncols=3)
    return Picture(fig, f"{' / '.join(title for _, title in books)}: {'; '.join(shares)}.")
