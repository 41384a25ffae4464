"""What a desk remembers from step to step, and what a step did."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.desk.orders import Fills
from mmlab.desk.permission import Permission
from mmlab.desk.pre_trade import Blocked
from mmlab.desk.tables import Tables
from mmlab.frozen import frozen
from mmlab.parameters import BoolArray, FloatArray


@frozen(eq=False)
class DeskState:
    """What a desk remembers of each path: arrays of shape (n_paths,), and the states of its parts.

    `inventory` [clips] and `cash` [price · clip], the venue's `orders`, when the timer last refreshed (`clock` [time]).
    Of the limits their states, None before the first step, and where they `halted` when they last looked. Of a venue
    that is not ours the `worst_price` at which each order may fill, and where it did what nobody asked for, which halts
    until a reset (`broken`); the number that it `answered` last; while it does not answer the most that may fill of
    each side [clips], (2, n_paths), of `unknown` orders, how long that may take (`awaited_until` [time]) and whether
    it took longer (`lost`). Where somebody has `stopped` the desk, and where it then `holds` what it has. Whether the
    model takes a signal, and the `volatility` that the desk expects. The `tables` of what it does by inventory alone,
    and the `place` of each path's inventory in them, if it is there. What was `sent` in the window in which checks
    count messages: when [time] and how many, and how many in all, (n_paths,). What the model has `crossed` as this
    step began, as in an `Outcome`, and the time left when it last could (`crossed_at` [time]). A hedge venue's
    orders (`hedge`), and of it as well, after what crossed, all that an `Outcome` has.
    """

    inventory: FloatArray
    cash: FloatArray
    orders: Any
    clock: FloatArray | None
    tables: Tables
    place: NDArray[np.intp] | None
    volatility: FloatArray
    limits: tuple[Any, ...] | None = None
    halted: BoolArray | bool = False
    worst_price: FloatArray | float = np.nan
    broken: BoolArray | bool = False
    takes_signal: bool = False
    stopped: BoolArray | bool = False
    holds: BoolArray | bool = False
    unknown: FloatArray | None = None
    awaited_until: float = -np.inf
    lost: bool = False
    answered: int = -1
    crossed: tuple[FloatArray | float, ...] = (0.0, 0.0)
    hedge: Any = None
    crossed_at: FloatArray | float = np.inf
    sent: tuple[tuple[tuple[float, NDArray[np.int64]], ...], NDArray[np.int64]] | None = None


@frozen(eq=False)
class Outcome:
    """What one step did; arrays of shape (n_paths,).

    `refreshed` and `accepted` may be True for all. `flattened` is what was given up at a halt [clips], positive where
    sold, and `flatten_cost` what that cost [price · clip]. `blocked` is what pre-trade checks stopped; None: nothing.
    `crossed` and `crossing_cost` are what the model or a `Hedger` traded across the spread, as `flattened`; `basis`,
    `funding` and `unhedged` as in a `History`.
    """

    refreshed: BoolArray | bool
    permission: Permission
    accepted: BoolArray | bool
    flattened: FloatArray | float
    flatten_cost: FloatArray | float
    fills: Fills
    blocked: Blocked | None = None
    crossed: FloatArray | float = 0.0
    crossing_cost: FloatArray | float = 0.0
    basis: FloatArray | float = 0.0
    funding: FloatArray | float = 0.0
    unhedged: FloatArray | float = 0.0
