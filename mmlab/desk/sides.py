"""Both sides of a desk in one array: what is done to the bid and to the ask is written, and done, once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlab.arrays import all_of
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes, away_from_mid


class Sides(NamedTuple):
    """Prices [price] and sizes [clips] of the bid and of the ask, each of shape (2, …): `Quotes`, stacked."""

    price: FloatArray
    size: FloatArray

    @classmethod
    def of(cls, quotes: Quotes, shape: tuple[int, ...]) -> Sides:
        """Those of some quotes, which broadcast to the shape."""
        price, size = np.empty((2, 2, *shape))
        price[0], price[1], size[0], size[1] = quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size
        return cls(price, size)

    @property
    def quotes(self) -> Quotes:
        """The same as Quotes."""
        return Quotes.unchecked(*self.price, *self.size)

    def rounded(self, tick: float) -> Sides:
        """The same on multiples of `tick` [price], the bid down and the ask up; as they are if it is 0."""
        return Sides(turned(away_from_mid(turned(self.price), tick)), self.size) if tick else self

    def less_empty(self) -> Sides:
        """The same, where a side of size 0 has no price."""
        there = self.size > 0
        return self if all_of(there) else Sides(np.where(there, self.price, np.nan), self.size)


def both(row: FloatArray) -> FloatArray:
    """One number a path, for each of its two sides: NumPy takes thrice as long to broadcast as to add."""
    return np.array((row, row))


def turned(sides: FloatArray) -> FloatArray:
    """What is away from the mid as a positive number: the ask's as it is, the bid's with the other sign."""
    away = sides.copy()
    np.negative(sides[0], out=away[0, ...])
    return away
