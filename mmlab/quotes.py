"""Quotes: what a market maker shows the market. Models make them, the desk changes them, a venue fills them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import ParameterError, array_of, explained
from mmlab.arrays import LARGEST, BoolArray, FloatArray, all_of
from mmlab.frozen import frozen

_COLUMNS = ("bid_price", "ask_price", "bid_size", "ask_size")
OF_A_TICK = 1e-6
"""Ticks from a tick that are on it: the rounding of a price that went through a few sums."""


@explained
@frozen(eq=False)
class Quotes:
    """A bid and an ask, for one market (scalars) or many paths (arrays that broadcast).

    An absent side has price NaN and size 0; a price is never infinite, nor beyond ±1e50. Quotes may be crossed
    (`crossed` says where): a formula that crosses its own quotes is something to show, not to hide.

    Parameters
    ----------
    bid_price, ask_price : array_like, shape (...)
        [price]
    bid_size, ask_size : array_like, shape (...)
        [clips], at least 0.

    Raises
    ------
    ParameterError
        If shapes do not broadcast, a price is infinite, a size is negative or not finite, or a side has a
        price without a size or a size without a price.
    """

    bid_price: FloatArray
    ask_price: FloatArray
    bid_size: FloatArray
    ask_size: FloatArray

    def __post_init__(self) -> None:
        for name in _COLUMNS:
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        shapes = {name: getattr(self, name).shape for name in _COLUMNS}
        try:
            np.broadcast_shapes(*set(shapes.values()))
        except ValueError:
            raise ParameterError(f"Quotes: the shapes {shapes} do not broadcast to one.") from None
        for side, price, size in (("bid", self.bid_price, self.bid_size), ("ask", self.ask_price, self.ask_size)):
            there = (np.abs(price) <= LARGEST) & (size > 0) & (size < np.inf)
            if all_of(there):
                continue
            absent = np.isnan(price)
            if (np.abs(price) > LARGEST).any():  # no price, as good as infinite
                raise ParameterError(f"Quotes: an infinite {side}_price; an absent {side} is price NaN and size 0.")
            if not (np.isfinite(size) & (size >= 0)).all():
                raise ParameterError(f"Quotes: {side}_size must be at least 0 clips and finite.")
            if (absent != (size == 0)).any():
                raise ParameterError(
                    f"Quotes: the {side} has a price without a size or a size without a price; "
                    "an absent side is price NaN and size 0."
                )

    @classmethod
    def unchecked(
        cls, bid_price: FloatArray, ask_price: FloatArray, bid_size: FloatArray, ask_size: FloatArray
    ) -> Quotes:
        """The same from what mmlab itself made of valid quotes: a check costs as much as ten operations on columns."""
        quotes = object.__new__(cls)
        # All four at once: a desk makes some a step, and one by one takes almost twice as long.
        quotes.__dict__.update(bid_price=bid_price, ask_price=ask_price, bid_size=bid_size, ask_size=ask_size)
        return quotes

    @classmethod
    def at(cls, bid_price: ArrayLike, ask_price: ArrayLike, size: float = 1.0) -> Quotes:
        """Quotes of `size` clips at these prices; where a price is NaN that side is absent."""
        bid, ask = _numbers("bid_price", bid_price), _numbers("ask_price", ask_price)
        if bid.shape == ask.shape and 0 < size < np.inf and all_of(np.maximum(np.abs(bid), np.abs(ask)) <= LARGEST):
            sizes = np.full(bid.shape, size)
            return cls.unchecked(bid, ask, sizes, sizes)
        return cls(bid, ask, np.where(np.isnan(bid), 0.0, size), np.where(np.isnan(ask), 0.0, size))

    @classmethod
    def around(cls, mid_price: ArrayLike, bid_depth: ArrayLike, ask_depth: ArrayLike, size: float = 1.0) -> Quotes:
        """Quotes of `size` clips at these distances [price] from the mid, positive away from it."""
        mid = _numbers("mid_price", mid_price)
        return cls.at(mid - _numbers("bid_depth", bid_depth), mid + _numbers("ask_depth", ask_depth), size)

    def rounded(self, tick: float) -> Quotes:
        """The same on multiples of `tick` [price, at least 0], the bid down and the ask up; as they are if it is 0."""
        if tick == 0:
            return self
        if not 1 / LARGEST <= tick < np.inf:
            raise ParameterError(f"tick must be 0 or a price step above it; got {tick!r:.100}.")
        bid, ask = -away_from_mid(-self.bid_price, tick), away_from_mid(self.ask_price, tick)
        return Quotes.unchecked(bid, ask, self.bid_size, self.ask_size)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of all four together."""
        return np.broadcast(self.bid_price, self.ask_price, self.bid_size, self.ask_size).shape

    @property
    def spread(self) -> FloatArray:
        """ask − bid [price]; NaN where a side is absent."""
        return np.asarray(self.ask_price - self.bid_price)

    @property
    def middle(self) -> FloatArray:
        """The middle of the quotes [price]; NaN where a side is absent."""
        return np.asarray((self.bid_price + self.ask_price) / 2)

    @property
    def crossed(self) -> BoolArray:
        """Where the bid is at or above the ask: a round trip against itself earns nothing or loses."""
        return np.asarray(self.bid_price >= self.ask_price)


def away_from_mid(price: FloatArray, tick: float | FloatArray) -> FloatArray:
    """Prices of asks (or of bids with the other sign) on the tick at or above them [price]; what is on a tick stays.

    `OF_A_TICK`, and 2⁻⁵⁰ of the ticks besides, are the rounding of a price that stands on one.
    """
    ticks = price / tick
    return np.asarray(np.ceil(ticks - (OF_A_TICK + 2.0**-50 * np.abs(ticks))) * tick)


def _numbers(name: str, values: ArrayLike) -> FloatArray:
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    given = array_of(values)
    # None would become NaN without a word.
    if given is None:
        raise ParameterError(f"Quotes: {name} must be numbers; got {values!r:.100}.")
    return given.astype(np.float64, copy=False)
