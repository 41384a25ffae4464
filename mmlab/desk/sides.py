"""Both sides of a desk in one array: what is done to the bid and to the ask is written, and done, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes, away_from_mid

if TYPE_CHECKING:
    from mmlab.desk.permission import Permission

AWAY_FROM_MID = np.array([[-1.0], [1.0]])
"""The direction of the bid and of the ask."""


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
        return Sides(away_from_mid(self.price.T, tick * AWAY_FROM_MID[:, 0]).T, self.size) if tick else self

    def less_empty(self) -> Sides:
        """The same, where a side of size 0 has no price."""
        there = self.size > 0
        return self if all_of(there) else Sides(np.where(there, self.price, np.nan), self.size)


def quotes_of(model: Any, shape: tuple[int, ...], *market: ArrayLike, **signal: ArrayLike) -> Sides:
    """What a desk's model quotes in this market, which must broadcast to the shape."""
    quotes = model.quotes(*market, **signal)
    if not isinstance(quotes, Quotes):
        raise ParameterError(f"Desk: the model must return Quotes; it returned {type(quotes).__name__}.")
    given = quotes.shape
    if len(given) > len(shape) or any(n not in (1, m) for n, m in zip(given[::-1], shape[::-1], strict=False)):
        raise ParameterError(f"Desk: the model's quotes have shape {given}; they must broadcast to {shape}.")
    return Sides.of(quotes, shape)


def both(row: FloatArray) -> FloatArray:
    """One number a path, for each of its two sides: NumPy takes thrice as long to broadcast as to add."""
    return np.array((row, row))


def turned(sides: FloatArray, mid_price: FloatArray | float = 0.0) -> FloatArray:
    """What is away from the mid as a positive number: the ask's as it is, the bid's with the other sign."""
    away = sides - mid_price
    np.negative(away[0], out=away[0, ...])
    return away


def leaves(
    permission: Permission,
    sides: Sides,
    mid_price: FloatArray,
    inventory: FloatArray,
    resting: FloatArray | float = 0.0,
) -> Sides:
    """What `Permission.apply` leaves of both sides; of each, shape (2, ...), some older orders may be `resting`."""
    mode, size = np.asarray(permission.mode), np.empty_like(sides.size)
    for side, most in enumerate((permission.max_bid_size, permission.max_ask_size)):
        np.minimum(sides.size[side], most, out=size[side, ...])
    half_spread, known = permission.min_half_spread, mid_price == mid_price
    limited, wide = np.count_nonzero(mode), np.count_nonzero(half_spread)
    # Most of the time nothing is cut.
    if not (limited or wide) and all_of(known) and all_of(size == sides.size):
        return sides
    price = sides.price
    if limited and np.count_nonzero(reduces := mode >= 2):
        # fmax: of an unknown inventory nothing can be reduced.
        unwinds = np.fmax(np.array((-inventory, inventory)) - resting, 0.0)
        size = np.where(reduces, np.minimum(size, unwinds), size)
        known = known & (mode < 3)
    if wide:
        out = np.where(np.greater(half_spread, 0), half_spread, -np.inf)
        price = np.array((np.minimum(price[0], mid_price - out), np.maximum(price[1], mid_price + out)))
    return Sides(price, size if all_of(known) else size * known).less_empty()
