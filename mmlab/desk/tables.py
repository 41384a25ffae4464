"""What a desk does by its inventory alone, worked out once for whole clips and then taken: a row, not a calculation."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import all_of, floats
from mmlab.description import describe
from mmlab.desk.limiters import DeskView, step_of
from mmlab.desk.permission import Permission, normal
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.sides import Sides
from mmlab.frozen import changed
from mmlab.models.model import bounds_of, takes_signal
from mmlab.parameters import FloatArray

_FIRST_WIDTH, _WIDEST = 16, 512
_CELLS, _ROWS = 2**15, 2**8
"""Of the table of quotes that is made at once: it fits into a processor's cache, and serves for some time."""


class Tables:
    """Sizes, widths, permissions and the model's quotes on a lattice of inventories, each made when it is asked for.

    The lattice is all whole clips −w … w; or, in one market that holds parts of clips, what it holds. What is not on
    it, as parts of clips on many paths, is calculated. A table holds what the calculation gives, to the last bit.

    Parameters
    ----------
    model : Model or strategy
        Tabulated if it is one of mmlab's own that looks at nothing else than inventory and time, and remembers
        nothing; a reader's is asked at each step.
    desk : Desk, optional
        Whose stages around it these are.
    inventories : array, shape (n,)
        The lattice [clips], increasing.
    time_left : array, optional
        What will be left of the session as the steps begin [time], not increasing; None where nobody knows.
    known : bool
        Whether the model is one of those that are tabulated.
    signal : array, optional
        Of each step [price/time], where the model looks at it.

    Attributes
    ----------
    clips : array, shape (2, n_paths)
        The sizes of quotes that are all one clip: this very array, so that who gets it need not look [clips].
    """

    def __init__(
        self, model: Any, desk: Any, inventories: FloatArray, time_left: FloatArray | None, known: bool, signal: Any
    ) -> None:
        self._model, self._desk, self.inventories, self.known = model, desk, inventories, known
        self._time_left, self._signal = time_left, signal
        self._permissions: dict[int, tuple[PositionLimiter, Permission, FloatArray]] = {}
        self._taken: dict[int, tuple[NDArray[np.intp], Permission]] = {}
        self._times, self._reversed, self._at, self._gaps = [np.nan], np.full(1, np.nan), 0, False
        self._price = self._size = np.empty((0, 2, len(inventories)))
        self.clips = np.ones((2, 0))

    @classmethod
    def of(cls, model: Any, time_left: FloatArray | None, desk: Any = None, signal: FloatArray | None = None) -> Tables:
        """Those of a model, and of a desk around it, on no inventory yet.

        With the `signal` of each step [price/time], which one path has, a model that looks at it is tabulated too.
        """
        knows = signal is not None and time_left is not None and bool((np.diff(time_left) < 0).all())
        looks = knows and takes_signal(getattr(model, "quotes", None))
        known = _can_be_tabulated(model, knows)
        return cls(model, desk, np.empty(0), time_left, known, signal if looks else None)

    def place(self, inventory: FloatArray) -> tuple[Tables, NDArray[np.intp] | None]:
        """Tables with these inventories on their lattice, and where, of shape (n_paths,); or None."""
        if (n := len(self.inventories)) > 1:
            with np.errstate(invalid="ignore"):  # what is no number is nowhere
                row = (inventory - self.inventories[0]).astype(np.intp)
            if all_of(self.inventories.take(row, mode="clip") == inventory):
                return self, row
        clips = np.rint(inventory)
        if np.count_nonzero(clips != inventory):
            return (self._on(inventory), np.zeros(1, np.intp)) if len(inventory) == 1 else (self, None)
        low, high = clips.min(), clips.max()
        width = 2.0 ** np.ceil(np.log2(max(_FIRST_WIDTH, high + 1, 1 - low)))
        least, most = bounds_of(self._model) if self.known else (-np.inf, np.inf)
        lattice = np.arange(max(-width, least), min(width, most) + 1) if width <= _WIDEST else np.empty(0)
        if len(lattice) == n or not least <= low <= high <= most:
            return self, None
        return self._on(lattice).place(inventory)

    def _on(self, inventories: FloatArray) -> Tables:
        return Tables(self._model, self._desk, inventories, self._time_left, self.known, self._signal)

    @cached_property
    def sizes(self) -> FloatArray:
        """The sizer's, of bids and of asks [clips]."""
        return np.array(self._desk.sizer.calculate_quote_size(self.inventories))

    @cached_property
    def extra(self) -> FloatArray:
        """What the aggressiveness adds to the spread at the expected volatility [price]."""
        return np.asarray(self._desk.aggressiveness.extra(self.inventories, np.asarray(self._desk.volatility)))

    def permission(self, limiter: PositionLimiter, place: NDArray[np.intp]) -> Permission:
        """What a limit permits that looks at the inventory alone; in the same place again, the same again."""
        last, permission = self._taken.get(id(limiter), (None, None))
        if last is place and permission is not None:
            return permission
        if id(limiter) not in self._permissions:
            table = limiter.check_position(self.inventories)
            self._permissions[id(limiter)] = limiter, table, np.array((table.max_bid_size, table.max_ask_size))
        _, table, rooms = self._permissions[id(limiter)]  # which keeps the limiter, so that its id stays its own
        bid_room, ask_room = rooms.take(place, axis=1)
        facts: dict[str, Any] = {}
        if np.count_nonzero(mode := np.asarray(table.mode).take(place)):
            facts = {"mode": mode} | {name: getattr(table, name).take(place) for name in ("reason", "value", "bound")}
        permission = changed(normal(place.shape), max_bid_size=bid_room, max_ask_size=ask_room, **facts)
        self._taken[id(limiter)] = place, permission
        return permission

    def step(self, limit: Any, state: Any, view: DeskView, place: NDArray[np.intp] | None) -> tuple[Any, Permission]:
        """A limiter's state and what it permits: the row of a table where that is known before, or it is called."""
        if type(limit) is PositionLimiter and place is not None:
            return state, self.permission(limit, place)
        return step_of(limit, state, view)

    def quotes(self, place: NDArray[np.intp], mid_price: FloatArray, time_left: float | FloatArray) -> Sides:
        """The model's quotes with this time left [time] around the mid [price], shape (2, n_paths).

        Where the coming times are known they are worked out for many of them at once. For one path that may be asked
        for: of `time_left`, shape (n_times,), and a mid for each of them.
        """
        if isinstance(time_left, np.ndarray):
            n = self._find(float(floats(time_left)[0]), len(time_left))
            rows = slice(n, n + len(time_left))
            return Sides(self._price[rows, :, place[0]].T + mid_price, self._size[rows, :, place[0]].T)
        n = self._at
        if n >= len(self._times) or self._times[n] != time_left:
            n = self._find(time_left, 1)
        self._at = n + 1
        price = self._price[n].take(place, axis=1)
        price += mid_price
        if self._gaps:
            return Sides(price, self._size[n].take(place, axis=1))
        if self.clips.shape != price.shape:
            self.clips = np.broadcast_to(1.0, price.shape).copy()
            self.clips.flags.writeable = False
        return Sides(price, self.clips)

    def _find(self, time_left: float, n_rows: int) -> int:
        """The first of so many rows of the quotes with this time left, which are made if they are not there."""
        n = _position(self._reversed, time_left)
        if n is not None and n + n_rows <= len(self._times):
            return n
        times, signal = np.array([time_left]), dict[str, FloatArray]()
        if self._time_left is not None and (n := _position(self._time_left[::-1], time_left)) is not None:
            rows = slice(n, n + max(n_rows, min(_ROWS, _CELLS // len(self.inventories))))
            times = self._time_left[rows]
            if self._signal is not None:
                signal["signal"] = self._signal[rows][:, np.newaxis]
        quotes = self._model.quotes(0.0, self.inventories, times[:, np.newaxis], **signal)
        price, size = Sides.of(quotes, (len(times), len(self.inventories)))
        self._times, self._reversed = times.tolist(), times[::-1]
        self._price, self._size = price.swapaxes(0, 1).copy(), size.swapaxes(0, 1).copy()
        self._gaps = not np.all(self._size == 1)
        return 0


def _position(ascending: FloatArray, time: float) -> int | None:
    """The first place of a time in times that do not increase, given from their end; None if it is not there."""
    n = int(ascending.searchsorted(time, side="right"))
    return len(ascending) - n if n and ascending[n - 1] == time else None


def _can_be_tabulated(model: Any, knows_signal: bool) -> bool:
    """Whether a model is mmlab's own, looks at nothing but inventory and time, and takes any whole clip of an asset."""
    foreign: list[str] = []
    describe(model, "", foreign)
    inner = getattr(model, "model", model)
    looks = not foreign and takes_signal(model.quotes) and not knows_signal
    return not foreign and not looks and getattr(inner, "order_size", 1) == 1 and not hasattr(inner, "risk_cost")
