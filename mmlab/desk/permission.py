"""Permission: what a limit lets a desk quote, the strictest of several, and the one function that applies it.

Limiters measure and answer with a Permission; none touches a quote. How a mode changes through time is in
`mmlab.desk.mode_changes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.quotes import Quotes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer]


class Mode(IntEnum):
    """What a desk may do, from all to nothing; arrays hold the numbers."""

    NORMAL = 0
    WIDEN = 1
    """Quote, but not near the mid."""
    REDUCE_ONLY = 2
    """Only the side that brings the inventory towards 0; nothing when flat."""
    HALT = 3
    """Both sides are cancelled."""


class Reason(IntEnum):
    """Why a permission is not NORMAL. Where modes are equal the larger number is told."""

    NONE = 0
    PROFIT_LOCK = 1
    VOLATILITY = 2
    SOFT_POSITION = 3
    POSITION = 4
    DAILY_LOSS = 5
    DRAWDOWN = 6
    UNKNOWN = 7
    """A number that the limit needs is NaN or infinite: nobody knows whether it is kept."""

    def sentence(self, value: float, bound: float) -> str:
        """The reason with what was measured and the bound that it met."""
        if self in (Reason.NONE, Reason.UNKNOWN):
            return "a number that a limit needs is not known" if self else "all limits are kept"
        unit = {Reason.VOLATILITY: "price/√time", Reason.SOFT_POSITION: "clips", Reason.POSITION: "clips"}
        what = self.name.lower().replace("_", " ")
        return f"{what} {value:.6g}, bound {bound:.6g} [{unit.get(self, 'price·clip')}]"


@dataclass(frozen=True, eq=False)
class Permission:
    """What may be quoted, for one market (scalars) or many paths (arrays that broadcast). Without arguments: all.

    Parameters
    ----------
    mode : array_like of Mode, shape (...)
    min_half_spread : array_like, shape (...)
        [price] each side stands at least so far from the mid; 0 where a side may stand anywhere, beyond the mid too.
    max_bid_size, max_ask_size : array_like, shape (...)
        [clips] at least 0; infinite where there is no limit.
    reason : array_like of Reason, shape (...)
        Why the mode is what it is; NONE where it is NORMAL.
    value, bound : array_like, shape (...)
        What was measured and what it was held against, in the reason's unit; NaN where there is no reason.
    """

    mode: IntArray | int = Mode.NORMAL
    min_half_spread: FloatArray | float = 0.0
    max_bid_size: FloatArray | float = np.inf
    max_ask_size: FloatArray | float = np.inf
    reason: IntArray | int = Reason.NONE
    value: FloatArray | float = np.nan
    bound: FloatArray | float = np.nan

    def apply(
        self,
        quotes: Quotes,
        mid_price: ArrayLike,
        inventory: ArrayLike,
        resting_bid: ArrayLike = 0.0,
        resting_ask: ArrayLike = 0.0,
    ) -> Quotes:
        """The quotes that are left: applying two permissions in turn, in any order, is applying the strictest.

        A `min_half_spread` above 0 pushes each side out to that distance from the *mid*. From the mid and not from the
        middle of the quotes: whoever trades against a quote knows the one and not the other, and the middle is NaN
        where a side is absent. Sizes are cut to their maximum. REDUCE_ONLY leaves the side that brings the inventory
        towards 0, with at most |inventory| less what rests there already; HALT leaves none.

        Parameters
        ----------
        quotes : Quotes
            What the desk would like to show.
        mid_price : array_like, shape (...)
            [price]; where it is NaN nothing is quoted.
        inventory : array_like, shape (...)
            [clips]
        resting_bid, resting_ask : array_like, shape (...)
            [clips] older orders that can still fill while their cancellation is on its way.

        Returns
        -------
        Quotes, shape (...)
        """
        mode, mid, q = np.asarray(self.mode), np.asarray(mid_price, float), np.asarray(inventory, float)
        bid_rest, ask_rest = np.asarray(resting_bid, float), np.asarray(resting_ask, float)
        bid_size = np.minimum(quotes.bid_size, self.max_bid_size)
        ask_size = np.minimum(quotes.ask_size, self.max_ask_size)
        # fmax: of an unknown inventory nothing can be reduced.
        least = np.array([np.inf, np.inf, 0.0, 0.0])[mode]
        bid_size = np.minimum(bid_size, np.fmax(-q - bid_rest, least))
        ask_size = np.minimum(ask_size, np.fmax(q - ask_rest, least))
        around = mid + np.array([0.0, 0.0, 0.0, np.nan])[mode]
        width = np.where(np.greater(self.min_half_spread, 0), self.min_half_spread, -np.inf)
        bid, ask = np.minimum(quotes.bid_price, around - width), np.maximum(quotes.ask_price, around + width)
        bid, ask = np.where(bid_size > 0, bid, np.nan), np.where(ask_size > 0, ask, np.nan)
        return Quotes(bid, ask, np.where(np.isnan(bid), 0.0, bid_size), np.where(np.isnan(ask), 0.0, ask_size))


def strictest(*permissions: Permission) -> Permission:
    """What all of them permit: the highest mode, the widest half-spread, the smallest sizes; of none, everything.

    Commutative, associative and idempotent, with `Permission()` for identity. Reason, value and bound are those of
    the permission with the largest (mode, reason, bound, value), compared in that order, NaN below every number.
    """
    strict = permissions[0] if permissions else Permission()
    n_reasons = len(Reason)
    rank: IntArray = np.add(np.multiply(strict.mode, n_reasons), strict.reason)
    for other in permissions[1:]:
        rank_of_other: IntArray = np.add(np.multiply(other.mode, n_reasons), other.reason)
        other_tells = rank_of_other > rank
        tie = (rank_of_other == rank) & (rank > 0)
        if np.count_nonzero(tie):
            larger = _less(strict.bound, other.bound)
            as_large = ~(larger | _less(other.bound, strict.bound))
            other_tells = other_tells | (tie & (larger | (as_large & _less(strict.value, other.value))))
        rank = np.asarray(np.maximum(rank, rank_of_other))
        mode: IntArray = rank // n_reasons
        strict = Permission(
            mode,
            np.maximum(strict.min_half_spread, other.min_half_spread),
            np.minimum(strict.max_bid_size, other.max_bid_size),
            np.minimum(strict.max_ask_size, other.max_ask_size),
            rank - n_reasons * mode,
            np.where(other_tells, other.value, strict.value),
            np.where(other_tells, other.bound, strict.bound),
        )
    return strict


def unless_unknown(permission: Permission, known: NDArray[np.bool_]) -> Permission:
    """The permission where all numbers that it needs are `known`; elsewhere HALT, for that reason."""
    if known.all():
        return permission
    return strictest(permission, Permission(mode=~known * Mode.HALT, reason=~known * Reason.UNKNOWN))


def _less(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """x < y where NaN is below every number: an order of all floats, so that of two one tells."""
    return np.asarray(np.less(x, y) | (np.isnan(x) & ~np.isnan(y)))
