"""A reader's function as a model that every part of mmlab can run: whatever goes wrong in it becomes a sentence.

What it returns may be two prices or `Quotes`; a function of single numbers is asked one inventory after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.models.within import stopped
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes
from mmlab.teach.answers import Answer, NotAttempted, NotYet, in_short

TAKES = ("mid_price", "inventory", "time_left")
LIMIT = 20
"""Where everybody on the page stops, either way [clips]: so what quotes are worth does not hang on the steps."""
MID = 100.0
"""Where a strategy that shifts with the mid is asked for its depths [price]."""
_HOW = "End it with `return bid, ask`: two prices, or arrays of them."


class StrategyError(ParameterError):
    """What is wrong with a reader's strategy, in a sentence."""


@dataclass(frozen=True, eq=False, repr=False)
class Strategy:
    """A reader's function, asked in the way it can be asked; as a model it stops at ±`LIMIT` clips.

    Parameters
    ----------
    function : callable
        Of a mid [price], an inventory [clips] and the time left [time].
    one_by_one : bool
        Whether it takes single numbers alone: it is then asked for each path.
    shifts : bool
        Whether its quotes move with the mid: it is then asked for depths around `MID`, once for each inventory.
    """

    function: Callable[..., Any]
    one_by_one: bool = False
    shifts: bool = False
    _known: dict[tuple[float, float], FloatArray] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the reader calls it."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    __name__ = name

    def ask(self, mid_price: FloatArray, inventory: FloatArray, time_left: float) -> FloatArray:
        """Its bid, ask and their sizes, shape (4, n), for arrays of n mids and inventories.

        Raises
        ------
        StrategyError
            If it raises, or returns no two prices of this shape.
        """
        if not self.one_by_one:
            return _four(self._call(mid_price.copy(), inventory.copy(), time_left), inventory.shape, self.name)
        asked = zip(mid_price.tolist(), inventory.tolist(), strict=True)
        return np.array([_four(self._call(mid, q, time_left), (), self.name) for mid, q in asked]).T.reshape(4, -1)

    def around_mid(self, inventory: FloatArray, time_left: float) -> FloatArray:
        """Bid, ask and sizes around `MID` for one time left, shape (4, n); a number that was asked for is kept."""
        if not self.one_by_one:
            return self.ask(np.full(inventory.shape, MID), inventory, time_left)
        unique, where = np.unique(inventory, return_inverse=True)
        for q in unique.tolist():
            if (q, time_left) not in self._known:
                self._known[q, time_left] = self.ask(np.array([MID]), np.array([q]), time_left)[:, 0]
        return np.array([self._known[q, time_left] for q in unique.tolist()])[where.ravel()].T

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Its quotes at one time left, for numbers or arrays of mids and inventories that broadcast."""
        mid, held = np.broadcast_arrays(np.asarray(mid_price, float), np.asarray(inventory, float))
        left = float(np.asarray(time_left).ravel()[0])
        if self.shifts:
            bid, ask, *sizes = self.around_mid(held.ravel(), left)
            bid, ask = bid - MID + mid.ravel(), ask - MID + mid.ravel()
        else:
            bid, ask, *sizes = self.ask(mid.ravel(), held.ravel(), left)
        bid, ask = stopped(held.ravel(), bid, ask, LIMIT)
        return Quotes.unchecked(*(column.reshape(held.shape) for column in (bid, ask, *sizes)))  # `_four` has checked

    def _call(self, *arguments: Any) -> Any:
        try:
            with np.errstate(all="ignore"):
                return self.function(*arguments)
        except Exception:  # asked again in a way that says in which line
            try:
                return Answer(self.function, TAKES)(*arguments)
            except NotAttempted:
                raise StrategyError(f"`{self.name}` is not written yet.") from None
            except NotYet as mishap:
                raise StrategyError(str(mishap)) from None


@dataclass(frozen=True, eq=False, repr=False)
class ByDepth:
    """A strategy that shifts with the mid, as what exact moments ask: depths of (inventory, time left).

    It is asked for one time left after the other, since a reader's `if time_left < 0.1:` takes one number.
    """

    strategy: Strategy
    max_inventory: int = LIMIT

    @property
    def __name__(self) -> str:  # what a table of moments calls it
        return self.strategy.name

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] of the broadcast shape; NaN where it does not quote."""
        held, left = np.asarray(inventory, float), np.asarray(time_left, float)
        shape = np.broadcast_shapes(held.shape, left.shape)
        if left.size == 1:
            rows = self.strategy.around_mid(np.broadcast_to(held, shape).ravel(), float(left.ravel()[0]))
        elif left.shape == (len(left), 1) and held.ndim == 1:
            rows = np.stack([self.strategy.around_mid(held, t) for t in left.ravel().tolist()], axis=1)
        else:
            raise ParameterError(f"depths of inventories {held.shape} and times left {left.shape} are not asked for.")
        bid, ask = MID - rows[0].reshape(shape), rows[1].reshape(shape) - MID
        return stopped(np.broadcast_to(held, shape), bid, ask, self.max_inventory)


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
        own = self.strategy.quotes(mid, np.rint(inventory), float(np.asarray(time_left).ravel()[0]) / self.time)
        bid, ask = (self.first_mid + (side - MID) * self.price for side in (own.bid_price, own.ask_price))
        return Quotes.unchecked(bid, ask, own.bid_size, own.ask_size)


def _four(returned: Any, shape: tuple[int, ...], name: str) -> FloatArray:
    """Bid, ask and their sizes of a shape, from whatever a strategy returned."""
    if isinstance(returned, Quotes):
        columns: Any = (returned.bid_price, returned.ask_price, returned.bid_size, returned.ask_size)
        return np.array([_of_shape(x, shape, side, name) for x, side in zip(columns, ("bid", "ask") * 2, strict=True)])
    if returned is None or returned is ...:
        raise StrategyError(f"`{name}` returned None. {_HOW}")
    a_pair = isinstance(returned, tuple | list) or (isinstance(returned, np.ndarray) and returned.ndim > 0)
    if not a_pair or len(returned) != 2:
        raise StrategyError(f"`{name}` returned {in_short(returned)}, which is no pair. {_HOW}")
    prices = np.array([_of_shape(x, shape, side, name) for x, side in zip(returned, ("bid", "ask"), strict=True)])
    return np.concatenate([prices, np.where(np.isnan(prices), 0.0, 1.0)])


def _of_shape(values: Any, shape: tuple[int, ...], side: str, name: str) -> FloatArray:
    if values is None:
        raise StrategyError(f"The {side} that `{name}` returned is None. Where you show none, return np.nan.")
    try:
        numbers = np.asarray(values)
    except ValueError:
        raise StrategyError(f"The {side} that `{name}` returned has parts of different shapes.") from None
    if numbers.dtype.kind not in "iuf":
        raise StrategyError(f"The {side} that `{name}` returned is no number: {in_short(values)}.")
    if np.isinf(numbers).any():
        raise StrategyError(f"The {side} that `{name}` returned is infinite. Where you show none, return np.nan.")
    if not shape and numbers.size == 1:
        numbers = numbers.reshape(())
    try:
        return np.broadcast_to(numbers.astype(np.float64), shape)
    except ValueError:
        asked = f"{shape[0]} inventories" if shape else "one inventory"
        raise StrategyError(
            f"Asked for {asked}, `{name}` returned a {side} of shape {numbers.shape}. It must have a price for each."
        ) from None
