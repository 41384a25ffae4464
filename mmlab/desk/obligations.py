"""Obligations: what a market maker owes the exchange, whether quotes meet it, and quotes that do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.sides import Sides
from mmlab.models.model import bounds_of
from mmlab.parameters import BoolArray, FloatArray, ParameterError, parameter, validated

if TYPE_CHECKING:
    from mmlab.desk.desk import Desk

_WITHIN = 1 + 1e-9
"""Of a bound: prices and sizes are sums of rounded numbers."""


@validated
class Obligations:
    """To show a bid and an ask of at least so much, no further apart than that, for at least this share of the time.

    A `Desk` that has obligations obeys: before timer and limits its spread is cut to the widest, around its middle;
    sizes are raised to the least; a side that its model withholds is shown at the widest spread from the other. What
    the model's, the sizer's or a limit's bound on the inventory forbids, and what a limit does, stays so.
    """

    presence: float = parameter("p", "1", "Share of the time, two-sided.", above=0, at_most=1)
    widest_spread: float = parameter("w_max", "price", "Of our ask over our bid.", above=0)
    least_size: float = parameter("s_min", "clips", "Of each side.", default=1.0, above=0)
    window: float = parameter("t_p", "time", "Over which an alert counts the presence.", default=300.0, above=0)

    def met(
        self, bid_price: ArrayLike, ask_price: ArrayLike, bid_size: ArrayLike = np.inf, ask_size: ArrayLike = np.inf
    ) -> BoolArray:
        """Where both sides stand [price], in sizes [clips], as they must; the four broadcast, NaN is no quote."""
        spread, least = floats(ask_price) - floats(bid_price), self.least_size / _WITHIN
        narrow = spread <= self.widest_spread * _WITHIN + 1e-12 * np.abs(floats(ask_price))
        return np.asarray(narrow & (floats(bid_size) >= least) & (floats(ask_size) >= least))

    def _priced(self, price: FloatArray, may: BoolArray, widest: float) -> FloatArray:
        """Prices of both sides no further apart than `widest` [price]; a missing one too, where it `may` be shown."""
        missing = np.isnan(price)
        out = np.array((price[1] - widest, price[0] + widest))
        excess = np.where(missing.any(axis=0), 0.0, np.maximum(price[1] - price[0] - widest, 0.0)) / 2
        return np.where(missing & may, out, np.array((price[0] + excess, price[1] - excess)))

    def obeyed(self, desk: Desk, sides: Sides, sizes: FloatArray | None, inventory: FloatArray) -> Sides:
        """What this desk shows instead of some sides, on its ticks, where its sizer says `sizes` at this inventory."""
        room = np.array([np.maximum(r, 0.0) for r in _rooms(desk, inventory)])
        least, tick, may = np.minimum(self.least_size, room), desk.venue.tick, room > 0
        if desk.sizer is not None:
            least = desk.sizer.in_lots(least)
        size = np.maximum(sides.size if sizes is None else sizes, least)
        shown, widest = sides, self.widest_spread
        for most in (widest, widest - tick) if tick else (widest,):  # on ticks a spread may be wider by one
            price = self._priced(sides.price, may, np.floor(most / tick * _WITHIN) * tick if tick else most)
            at = Sides(price, size * ~np.isnan(price)).less_empty().rounded(tick)
            wide = ~self.met(*shown.price) if shown is not sides else np.ones(at.price.shape[1:], bool)
            shown = Sides(*[np.where(wide, new, old) for new, old in zip(at, shown, strict=True)])
        return shown

    def check_desk(self, desk: Desk) -> None:
        """Refuse what this desk's own bounds and limits make impossible.

        Raises
        ------
        ParameterError
            Which bound it is, and both numbers.
        """
        for what, room in _bounds(desk):
            if room < self.least_size:
                raise ParameterError(f"least_size {self.least_size:g} is beyond {what} {room:g} [clips]: {_NEVER}")
        lot = None if desk.sizer is None else desk.sizer.lot
        if lot is not None and abs(self.least_size / lot - round(self.least_size / lot)) > 1e-9:
            raise ParameterError(f"least_size {self.least_size:g} is no multiple of a lot of {lot:g} [clips].")
        if self.widest_spread * _WITHIN < 2 * desk.venue.tick:
            ticks = f"two ticks of {desk.venue.tick:g} [price]"
            raise ParameterError(f"widest_spread {self.widest_spread:g} is below {ticks}: around some mids none fit.")
        for limit in desk.limits:
            for name in ("soft_half_spread", "widened_half_spread"):
                least = getattr(limit, name, 0.0)
                if 2 * least > self.widest_spread * _WITHIN:
                    to = f"twice the {name} {least:g} to which {type(limit).__name__} widens [price]"
                    raise ParameterError(f"widest_spread {self.widest_spread:g} is below {to}: {_NEVER}")


_NEVER = "as it acts the obligations cannot be met."


def _bounds(desk: Desk) -> Iterator[tuple[str, float]]:
    """What bounds the inventory of a desk that is flat, and how far it lets it go [clips]."""
    low, high = bounds_of(desk.model)
    yield from (("the model's bound on the inventory,", bound) for bound in (high, -low))
    if desk.sizer is not None:
        yield "the sizer's max_position,", desk.sizer.max_position
        yield "the sizer's min_position, −", -desk.sizer.min_position
    for limit in desk.limits:
        if isinstance(limit, PositionLimiter):
            for name in ("soft_max_position", "max_position", "soft_min_position", "min_position"):
                if (bound := getattr(limit, name)) is not None:
                    yield f"PositionLimiter's {name}, in size", abs(bound)
    if desk.checks is not None and desk.checks.max_order is not None:
        yield "the pre-trade checks' max_order,", desk.checks.max_order


def _rooms(desk: Desk, inventory: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What may be bought and sold before the model's or the sizer's bound [clips]."""
    low, high = bounds_of(desk.model)
    if desk.sizer is not None:
        low, high = max(low, desk.sizer.min_position), min(high, desk.sizer.max_position)
    return high - inventory, inventory - low
