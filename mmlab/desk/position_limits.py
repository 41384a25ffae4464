"""PositionLimiter: no fill, of an order that is new or still resting, carries the inventory beyond a hard limit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.desk.limiters import DeskView
from mmlab.desk.permission import Mode, Permission, Reason, unless_unknown
from mmlab.parameters import ParameterError, check_order, parameter, validated
from mmlab.quotes import Quotes

_MODES = np.array([Mode.REDUCE_ONLY, Mode.REDUCE_ONLY, Mode.NORMAL, Mode.REDUCE_ONLY, Mode.REDUCE_ONLY], np.int8)
_WHY = np.array([Reason.POSITION, Reason.SOFT_POSITION, Reason.NONE, Reason.SOFT_POSITION, Reason.POSITION], np.int8)
"""By zone: short at the hard limit, at the soft one, free, long at the soft limit, at the hard one."""


@validated
class PositionLimiter:
    """q_min ≤ q ≤ q_max, whatever fills; what the desk holds too much of it can always sell, and buy what it owes.

    The bid's size is at most q_max − q − (bids still resting), the ask's q − q_min − (asks still resting): order size
    and cancel latency count. From a soft limit on, which looks at the inventory alone, the desk only reduces.
    A limit that is reached acts; where no soft one is given, the hard one does. Flat is always allowed, so the limits
    lie on both sides of 0, or at it.
    """

    max_position: float = parameter("q_max", "clips", "The hard limit of a long inventory.", at_least=0)
    min_position: float = parameter("q_min", "clips", "The hard limit of a short inventory.", at_most=0)
    soft_max_position: float | None = parameter("q_soft", "clips", "Only sell from here.", default=None, at_least=0)
    soft_min_position: float | None = parameter("−q_soft", "clips", "Only buy from here.", default=None, at_most=0)

    def __post_init__(self) -> None:
        check_order(self, "soft_max_position", "max_position")
        check_order(self, "soft_min_position", "min_position")

    def check_position(
        self, current_position: ArrayLike, resting_bid: ArrayLike = 0.0, resting_ask: ArrayLike = 0.0
    ) -> Permission:
        """What may be quoted at this inventory.

        Parameters
        ----------
        current_position : array_like, shape (...)
            q [clips]; where it is not finite the permission is HALT.
        resting_bid, resting_ask : array_like, shape (...)
            [clips] older orders that can still fill while their cancellation is on its way, at least 0.

        Returns
        -------
        Permission, shape (...)

        Raises
        ------
        ParameterError
            If a resting size is negative.
        """
        if np.count_nonzero(np.less(resting_bid, 0)) or np.count_nonzero(np.less(resting_ask, 0)):
            raise ParameterError("resting_bid and resting_ask are sizes: at least 0 clips.")
        q, bid_rest, ask_rest = (floats(x) for x in (current_position, resting_bid, resting_ask))
        soft_min = self.min_position if self.soft_min_position is None else self.soft_min_position
        soft_max = self.max_position if self.soft_max_position is None else self.soft_max_position
        # A flat desk has nothing to reduce: at a limit of 0 the sizes alone keep it from adding.
        short = [min(math.nextafter(bound, math.inf), 0.0) for bound in (self.min_position, soft_min)]
        long = [max(bound, math.nextafter(0.0, 1.0)) for bound in (soft_max, self.max_position)]
        zone = np.searchsorted(short + long, q, side="right")
        mode = _MODES.take(zone)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told as UNKNOWN
            bid_room, ask_room = self.max_position - q - bid_rest, q - self.min_position - ask_rest
            known = np.isfinite(bid_room - ask_room)
        permission = Permission.unchecked(
            mode=mode,
            max_bid_size=np.fmax(bid_room, 0.0),
            max_ask_size=np.fmax(ask_room, 0.0),
            reason=_WHY.take(zone),
            value=np.where(mode > 0, q, np.nan),
            bound=np.array([self.min_position, soft_min, np.nan, soft_max, self.max_position]).take(zone),
        )
        return unless_unknown(permission, known)

    def start(self, view: DeskView) -> None:
        """Nothing to remember."""

    def step(self, state: None, view: DeskView) -> tuple[None, Permission]:
        """What `check_position` says."""
        return None, self.check_position(view.inventory)

    def adjust_quotes(
        self,
        current_position: ArrayLike,
        quotes: Quotes,
        mid_price: ArrayLike,
        resting_bid: ArrayLike = 0.0,
        resting_ask: ArrayLike = 0.0,
    ) -> Quotes:
        """The quotes that `check_position` leaves around `mid_price` [price], shape (...)."""
        resting = (resting_bid, resting_ask)
        return self.check_position(current_position, *resting).apply(quotes, mid_price, current_position, *resting)
