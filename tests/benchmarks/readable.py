"""What mmlab is held against: the same things as one would write them first, to be read and not to be fast."""

from __future__ import annotations

import bisect
import itertools
from typing import Any

import numpy as np


def sessions(model: Any, market: Any, n_paths: int, n_steps: int, seed: int) -> Any:
    """The profits of a dealer's sessions [price · clip], shape (n_paths,): depths, fills, cash, mid, step by step."""
    rng = np.random.default_rng(seed)
    dt = market.horizon / n_steps
    mid, cash, inventory = np.full(n_paths, market.mid_price), np.zeros(n_paths), np.zeros(n_paths)
    for n in range(n_steps):
        bid_depth, ask_depth = model.depths(inventory, market.horizon - n * dt)
        bought = rng.random(n_paths) < market.sell_intensity.rate(bid_depth) * dt
        sold = rng.random(n_paths) < market.buy_intensity.rate(ask_depth) * dt
        cash += sold * (mid + ask_depth) - bought * (mid - bid_depth)
        inventory += bought
        inventory -= sold
        mid += market.volatility * np.sqrt(dt) * rng.choice((-1.0, 1.0), n_paths)
    return cash + inventory * mid


class Book:
    """A book of two sorted lists of (price, number, size), as one writes it in an evening; bids by their negative."""

    def __init__(self) -> None:
        self.sides: dict[int, list[list[float]]] = {1: [], -1: []}
        self.numbers = itertools.count(1)

    def limit(self, side: int, price: int, size: float) -> tuple[int, Any]:
        """Add an order, which first takes what it crosses."""
        number = next(self.numbers)
        left = self._take(side, size, limit=price)
        if left:
            bisect.insort(self.sides[side], [-side * price, number, left])
        return number, None

    def market(self, side: int, size: float) -> None:
        """Take what is best on the other side."""
        self._take(side, size)

    def _take(self, side: int, size: float, limit: int | None = None) -> float:
        other = self.sides[-side]
        while size and other and (limit is None or side * other[0][0] * side <= side * limit):
            took = min(size, other[0][2])
            size, other[0][2] = size - took, other[0][2] - took
            if not other[0][2]:
                other.pop(0)
        return size

    def resting(self, number: int) -> bool:
        """Whether something of an order is left."""
        return any(order[1] == number for side in self.sides.values() for order in side)

    def cancel(self, number: int) -> None:
        """Take an order out."""
        for side in self.sides.values():
            side[:] = [order for order in side if order[1] != number]

    def best(self, side: int) -> int | None:
        """The best price of a side."""
        return int(-side * self.sides[side][0][0]) if self.sides[side] else None


def replayed(tape: Any, half_spread: float, tick: float) -> float:
    """Clips that two quotes around the mid of a tape of one path fill, which follow it at every step."""
    filled = 0.0
    columns = (tape.mid, tape.sell_reach, tape.buy_reach, tape.sell_size, tape.buy_size)
    for mid, sell_reach, buy_reach, sell_size, buy_size in zip(*(c[:, 0].tolist() for c in columns), strict=False):
        bid = (mid - half_spread + 1e-9) // tick * tick
        ask = -((-mid - half_spread + 1e-9) // tick) * tick
        if mid - bid <= sell_reach + 1e-9:
            filled += min(1.0, sell_size)
        if ask - mid <= buy_reach + 1e-9:
            filled += min(1.0, buy_size)
    return filled
