"""Market orders of a recorded day, and how executions become them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import in_range
from mmlab.frozen import frozen
from mmlab.market.columns import freeze, require, require_clock
from mmlab.parameters import FloatArray
from mmlab.table import Summary


@frozen(eq=False, repr=False)
class MarketOrders(Summary):
    """Market orders in the order of their times, all arrays of shape (n_orders,).

    Raises
    ------
    DayError
        If the columns do not fit together, times run backwards, a side is none, or a size or price is no number.
    """

    time: FloatArray
    """[time]"""
    side: FloatArray
    """The aggressor's: +1 bought, −1 sold."""
    size: FloatArray
    """[shares]"""
    price: FloatArray
    """[price] the worst that the order paid or got."""
    mid: FloatArray
    """[price] before the order."""

    def __post_init__(self) -> None:
        freeze(self, *(column.name for column in fields(self)))
        require_clock("Day, order", self.time)
        require("Day, order", np.abs(self.side) == 1, "side must be 1 (bought) or -1 (sold)", self.side)
        require("Day, order", (self.size > 0) & np.isfinite(self.size), "size must be above 0", self.size)
        require("Day, order", np.isfinite(self.price), "price must be finite", self.price)

    @classmethod
    @in_range
    def merged(
        cls, time: FloatArray, side: FloatArray, size: FloatArray, price: FloatArray, mid: FloatArray
    ) -> MarketOrders:
        """The market orders behind executions: those of one time and one side are one order, which swept the book."""
        if len(time) == 0:
            return cls(time, side, size, price, mid)
        ordered = np.lexsort((side, time))
        time, side, size, price, mid = (column[ordered] for column in (time, side, size, price, mid))
        first = np.flatnonzero(np.r_[True, (np.diff(time) > 0) | (np.diff(side) != 0)])
        worst = np.maximum.reduceat(side * price, first) * side[first]
        return cls(time[first], side[first], np.add.reduceat(size, first), worst, mid[first])

    def __len__(self) -> int:
        return len(self.time)

    @property
    def _facts(self) -> dict[str, object]:
        return {"orders": len(self), "bought": int((self.side > 0).sum()), "shares": float(self.size.sum())}

    def where(self, chosen: NDArray[np.bool_]) -> MarketOrders:
        """Those that a mask of shape (n_orders,) picks."""
        return MarketOrders(*(getattr(self, column.name)[chosen] for column in fields(self)))

    @property
    @in_range
    def reach(self) -> FloatArray:
        """How far from the mid each traded [price]: side × (worst price − mid before)."""
        return self.side * (self.price - self.mid)
