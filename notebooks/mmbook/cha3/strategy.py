"""A reader's function as a model that every part of mmlab can run: whatever goes wrong in it becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import array_of
from mmlab.models.within import stopped
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes
from mmlab.teach.answers import Answer, NotAttempted, NotYet, in_short

LIMIT = 20
"""Where everybody on the page stops, either way [clips]: so a reader's function is asked wherever a day can come."""
MID = 100.0
"""Where a strategy that shifts with the mid is asked for its depths [price]."""


class StrategyError(ParameterError):
    """What is wrong with a reader's strategy, in a sentence."""


@dataclass(frozen=True, eq=False, repr=False)
class Strategy:
    """A reader's function as a model that stops at ±`LIMIT` clips; it is asked for three numbers at a time.

    Parameters
    ----------
    function : callable
        Of a mid [price], an inventory [clips] and the time left [time].
    shifts : bool
        Whether its quotes move with the mid and forget: it is then asked around `MID`, once for each inventory and
        time.
    """

    function: Callable[..., Any]
    shifts: bool = False
    max_inventory: ClassVar[int] = LIMIT

    @property
    def name(self) -> str:
        """What the reader calls it."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def ask(self, mid_price: float, inventory: float, time_left: float) -> tuple[float, ...]:
        """Its bid, ask and their sizes.

        Raises
        ------
        StrategyError
            If it raises, or returns no two prices.
        """
        given = mid_price, inventory, time_left
        try:
            returned = self.function(*given)
        except Exception:  # asked again in a way that says in which line
            try:
                returned = Answer(self.function, ("mid_price", "inventory", "time_left"))(*given)
            except (NotAttempted, NotYet) as mishap:
                raise StrategyError(str(mishap) or f"`{self.name}` is not written yet.") from None
        try:
            return _four(returned)
        except StrategyError as wrong:
            raise StrategyError(f"`{self.name}({', '.join(f'{x:g}' for x in given)})` returned {wrong}") from None

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Its quotes at one time left, for numbers or arrays of mids and inventories that broadcast."""
        mid, held = np.broadcast_arrays(np.asarray(mid_price, float), np.clip(inventory, -LIMIT, LIMIT))
        left, around = float(np.ravel(time_left)[0]), MID if self.shifts else mid
        if self.shifts:
            unique, where = np.unique(held, return_inverse=True)
            columns = np.array([self._known(MID, q, left) for q in unique.tolist()])[where.ravel()].T
        else:
            asked = zip(mid.ravel().tolist(), held.ravel().tolist(), strict=True)
            columns = np.array([self.ask(*one, left) for one in asked]).T
        bid, ask, *sizes = columns.reshape(4, *held.shape)
        return Quotes.unchecked(*stopped(held, bid + (mid - around), ask + (mid - around), LIMIT), *sizes)

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] as exact moments ask them: of inventories, at one time or a column of times."""
        rows = [self.quotes(MID, inventory, left) for left in np.ravel(time_left).tolist()]
        shape = np.broadcast_shapes(np.shape(inventory), np.shape(time_left))
        bid, ask = np.array([[row.bid_price, row.ask_price] for row in rows]).swapaxes(0, 1)
        return MID - bid.reshape(shape), ask.reshape(shape) - MID

    @cached_property
    def _known(self) -> Callable[..., tuple[float, ...]]:
        return lru_cache(maxsize=None)(self.ask)


@dataclass(frozen=True, eq=False, repr=False)
class InOtherUnits:
    """A strategy on a market with other units: its mid starts at `MID`, and parts of a clip round to whole ones.

    Parameters
    ----------
    strategy : model
        With quotes(mid_price, inventory, time_left).
    first_mid : float
        The other market's mid at the start [its price].
    price, time : float
        What one unit of the strategy's price and time is in the other market's.
    """

    strategy: Any
    first_mid: float
    price: float
    time: float

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Its quotes, in the other market's units."""
        mid = MID + (np.asarray(mid_price) - self.first_mid) / self.price
        own = self.strategy.quotes(mid, np.rint(inventory), float(np.ravel(time_left)[0]) / self.time)
        bid, ask = (self.first_mid + (side - MID) * self.price for side in (own.bid_price, own.ask_price))
        return Quotes.unchecked(bid, ask, own.bid_size, own.ask_size)


def _four(returned: Any) -> tuple[float, ...]:
    """Bid, ask and their sizes, of whatever a strategy returned."""
    if isinstance(returned, Quotes):
        columns = returned.bid_price, returned.ask_price, returned.bid_size, returned.ask_size
        return tuple(_number(x, side) for x, side in zip(columns, ("bid", "ask") * 2, strict=True))
    if returned is None:
        raise StrategyError("None. End it with `return bid, ask`: two prices.")
    if not (isinstance(returned, tuple | list) or np.ndim(returned) == 1) or len(returned) != 2:
        raise StrategyError(f"{in_short(returned)}, which is no pair. End it with `return bid, ask`.")
    bid, ask = _number(returned[0], "bid"), _number(returned[1], "ask")
    return bid, ask, float(bid == bid), float(ask == ask)  # NaN: no quote, and so no size


def _number(value: Any, side: str) -> float:
    if type(value) is float and abs(value) < np.inf:  # at once: it is asked very often
        return value
    if value is None:
        raise StrategyError(f"None for its {side}. Where you show none, return np.nan.")
    number = array_of(value)
    if number is None or number.size != 1:
        raise StrategyError(f"a {side} that is no number: {in_short(value)}.")
    if np.isinf(number).any():
        raise StrategyError(f"a {side} that is infinite. Where you show none, return np.nan.")
    return float(number.item())
