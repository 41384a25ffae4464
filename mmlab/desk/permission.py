"""Permission: what a limit lets a desk quote, the strictest of several, and the one function that applies it.

Limiters measure and answer with a Permission; none touches a quote. How a mode changes through time is in
`mmlab.desk.mode_changes`.
"""

from __future__ import annotations

import functools
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import all_of, floats
from mmlab.desk.sides import Sides, leaves
from mmlab.frozen import changed, frozen
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes

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
    GAP = 8
    """The market was not seen for too long."""
    NO_MARKET = 9
    """The market is halted, or its data is missing."""
    VENUE = 10
    """The venue filled what was not asked for, or lost an order: nobody knows what else it does."""
    OPERATOR = 11
    """Somebody has halted the desk."""
    DISCONNECTED = 12
    """The venue cannot be reached: nobody knows what rests there, or has filled."""
    UNWIND = 13
    """So much is held that the desk crosses the spread to hold less."""
    CLOSE = 14
    """The close is near, and the desk must be flat then: what was measured is the time left."""

    def sentence(self, value: float, bound: float, clock: str = "time") -> str:
        """The reason with what was measured and the bound that it met; a `clock` in seconds is one in "s"."""
        if self in _PLAIN:
            return _PLAIN[self]
        if self in _MAY_FILL:
            most = f"up to {value:.6g} clip{'' if value == 1 else 's'} of one side" if value else "nothing"
            return f"{_MAY_FILL[self]}; {most} may still fill"
        units = {Reason.VOLATILITY: f"price/√{clock}", Reason.GAP: clock, Reason.CLOSE: clock} | _IN_CLIPS
        return f"{self.name.lower().replace('_', ' ')} {value:.6g}, bound {bound:.6g} [{units.get(self, 'price·clip')}]"


_IN_CLIPS = {Reason.SOFT_POSITION: "clips", Reason.POSITION: "clips", Reason.UNWIND: "clips"}
_PLAIN = {
    Reason.NONE: "all limits are kept",
    Reason.UNKNOWN: "a number that a limit needs is not known",
    Reason.NO_MARKET: "no market",
    Reason.VENUE: "what the venue filled, or has left, is not what was asked for",
}
_MAY_FILL = {Reason.OPERATOR: "somebody has halted the desk", Reason.DISCONNECTED: "the venue cannot be reached"}
_N_REASONS = np.int8(16)
"""At least len(Reason): mode × this + reason ranks permissions, and fits eight bits."""


@frozen(eq=False)
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

    Raises
    ------
    ParameterError
        If a mode or a reason is none, or a half-spread or a size is NaN or below 0.
    """

    mode: IntArray | int = Mode.NORMAL
    min_half_spread: FloatArray | float = 0.0
    max_bid_size: FloatArray | float = np.inf
    max_ask_size: FloatArray | float = np.inf
    reason: IntArray | int = Reason.NONE
    value: FloatArray | float = np.nan
    bound: FloatArray | float = np.nan

    def __post_init__(self) -> None:
        for name, kinds, least, most, words in _RULES:
            given = getattr(self, name)
            column = np.asarray(given)
            if column.dtype.kind not in kinds or not all_of((column >= least) & (column <= most)):
                raise ParameterError(f"Permission: {name} must be {words}; got {given!r:.80}.")

    @classmethod
    def unchecked(cls, **columns: Any) -> Permission:
        """The same of what mmlab's own limiters work out."""
        return changed(EVERYTHING, **columns)

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
        at = (mid_price, inventory, resting_bid, resting_ask)
        shape = np.broadcast_shapes(quotes.shape, *map(np.shape, (*at, *vars(self).values())))
        mid, q, *resting = (np.broadcast_to(floats(column), shape) for column in at)
        sides = Sides.of(quotes, shape)
        left = leaves(self, sides, mid, q, np.array(resting))
        return quotes if left is sides else left.quotes


_RULES = (
    ("mode", "iub", 0, 3, "a Mode, from 0 to 3"),
    ("min_half_spread", "iuf", 0.0, np.inf, "a number of at least 0 [price]"),
    ("max_bid_size", "iuf", 0.0, np.inf, "a number of at least 0 [clips]"),
    ("max_ask_size", "iuf", 0.0, np.inf, "a number of at least 0 [clips]"),
    ("reason", "iub", 0, max(Reason), f"a Reason, from 0 to {max(Reason):d}"),
)
EVERYTHING = Permission()
"""What is permitted where nothing is forbidden: this very object, so that who gets it need not look."""


@functools.lru_cache(maxsize=8)
def normal(shape: tuple[int, ...]) -> Permission:
    """NORMAL everywhere, with no maximal sizes: read by all, written by nobody."""
    none, zero, nan = np.zeros(shape, np.int8), np.zeros(shape), np.full(shape, np.nan)
    for column in (none, zero, nan):
        column.flags.writeable = False
    return Permission.unchecked(mode=none, min_half_spread=zero, reason=none, value=nan, bound=nan)


def strictest(*permissions: Permission) -> Permission:
    """What all of them permit: the highest mode, the widest half-spread, the smallest sizes; of none, everything.

    Commutative, associative and idempotent, with `Permission()` for identity. Reason, value and bound are those of
    the permission with the largest (mode, reason, bound, value), compared in that order, NaN below every number.
    """
    calm = normal(np.shape(permissions[0].mode)) if permissions else EVERYTHING
    first, *others = [p for p in permissions if p is not calm] or [calm]
    if not others:
        return first
    facts = {name: getattr(first, name) for name in ("mode", "reason", "value", "bound")}
    half_spread, bid, ask = first.min_half_spread, first.max_bid_size, first.max_ask_size
    for other in others:
        if np.count_nonzero(other.mode):
            facts = _sterner(facts, other)
        # What permits all, as most do, need not be compared.
        if np.count_nonzero(other.min_half_spread):
            half_spread = np.maximum(half_spread, other.min_half_spread)
        bid = bid if other.max_bid_size is np.inf else np.minimum(bid, other.max_bid_size)
        ask = ask if other.max_ask_size is np.inf else np.minimum(ask, other.max_ask_size)
    return Permission.unchecked(**facts, min_half_spread=half_spread, max_bid_size=bid, max_ask_size=ask)


def _sterner(sternest: dict[str, Any], other: Permission) -> dict[str, Any]:
    """Mode, reason, value and bound of the one that tells."""
    if not np.count_nonzero(sternest["mode"]):
        return {name: getattr(other, name) for name in sternest}
    rank = np.asarray(sternest["mode"]) * _N_REASONS + sternest["reason"]
    rank_of_other = np.asarray(other.mode) * _N_REASONS + other.reason
    other_wins = rank_of_other > rank
    tie = (rank_of_other == rank) & (rank > 0)
    if np.count_nonzero(tie):
        larger = _less(sternest["bound"], other.bound)
        as_large = ~(larger | _less(other.bound, sternest["bound"]))
        other_wins = other_wins | (tie & (larger | (as_large & _less(sternest["value"], other.value))))
    if not np.count_nonzero(other_wins):
        return sternest
    return {name: np.where(other_wins, getattr(other, name), mine) for name, mine in sternest.items()}


def unless_unknown(permission: Permission, known: NDArray[np.bool_]) -> Permission:
    """The permission where all numbers that it needs are `known`; elsewhere HALT, for that reason."""
    if all_of(known):
        return permission
    return strictest(permission, Permission(mode=~known * Mode.HALT, reason=~known * Reason.UNKNOWN))


def _less(x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """x < y where NaN is below every number: an order of all floats, so that of two one tells."""
    return np.asarray(np.less(x, y) | (np.isnan(x) & ~np.isnan(y)))
