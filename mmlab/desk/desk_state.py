"""What a desk remembers from step to step, and what a step did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlab.desk.permission import Permission
from mmlab.desk.venue import Fills
from mmlab.parameters import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class DeskState:
    """What a desk remembers of each path: arrays of shape (n_paths,), and the states of its parts.

    `inventory` [clips] and `cash` [price · clip], the venue's `orders`, when the timer last refreshed (`clock` [time]).
    Of the limits their states, None before the first step, and where they `halted` when they last looked. Of a venue
    that is not ours the `worst_price` at which each order may fill, and where it did what nobody asked for, which halts
    until a reset (`broken`). Whether the model takes a signal. And, until the inventory changes, which in one market
    most steps do not: the `aggressiveness` at the volatility that the desk expects and the `sizes`.
    """

    inventory: FloatArray
    cash: FloatArray
    orders: Any
    clock: FloatArray | None
    limits: tuple[Any, ...] | None = None
    halted: BoolArray | bool = False
    worst_price: FloatArray | float = np.nan
    broken: BoolArray | bool = False
    takes_signal: bool = False
    aggressiveness: FloatArray | None = None
    sizes: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one step did; arrays of shape (n_paths,).

    `refreshed` and `accepted` may be True for all. `flattened` is what was given up at a halt [clips], positive where
    sold, and `flatten_cost` what that cost [price · clip].
    """

    refreshed: BoolArray | bool
    permission: Permission
    accepted: BoolArray | bool
    flattened: FloatArray | float
    flatten_cost: FloatArray | float
    fills: Fills
