"""From the value of every inventory to what one trade is worth: how the models that solve for a value quote.

And the step by which those march that have to find it so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.models.model import bounds_of
from mmlab.parameters import FloatArray, ParameterError
from mmlab.vocabulary import check_inventory, check_time_left

Table = Callable[[FloatArray], FloatArray]


def look_up(table: Table, model: Any, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
    """What a model's `table` holds at each (q, τ), of their broadcast shape.

    `table` is asked once for each time left that occurs: times (n_times,) → (…, n_times, n_q) values at the model's
    inventories: −max_inventory (or min_inventory, if it has one), one order_size more (1, if it has none), …,
    max_inventory.

    Raises
    ------
    ParameterError
        If an inventory is beyond the bounds or no multiple of order_size, or a time left is negative or beyond the
        horizon.
    """
    q = check_inventory(inventory, model.max_inventory, getattr(model, "min_inventory", None))
    order_size, (lowest, _) = getattr(model, "order_size", 1.0), bounds_of(model)
    place = np.round((q - lowest) / order_size)
    between = np.abs(place * order_size + lowest - q) > 1e-9 * order_size
    if between.any():
        raise ParameterError(
            f"inventory (q) must be a multiple of {order_size:g} [clips], the size of an order; got {q[between][0]:g}."
        )
    tau = check_time_left(time_left, model.horizon)
    times, which = np.unique(tau, return_inverse=True)
    return np.asarray(table(times)[..., which.reshape(tau.shape), place.astype(int)])


def runge_kutta(
    slope: Callable[[FloatArray, int], FloatArray], value: FloatArray, span: FloatArray | float
) -> FloatArray:
    """The value after a `span` [time] to fourth order; after n halves of it, it changes by `slope(value, n)` a time."""
    first = slope(value, 0)
    second = slope(value + span / 2 * first, 1)
    third = slope(value + span / 2 * second, 1)
    return np.asarray(value + span / 6 * (first + 2 * second + 2 * third + slope(value + span * third, 2)))


def trade_losses(values: FloatArray) -> FloatArray:
    """What buying and selling one order lower the value by: shape (2, …, n_q) from (…, n_q), NaN at the bounds."""
    losses = np.full((2, *values.shape), np.nan)
    losses[0, ..., :-1] = values[..., :-1] - values[..., 1:]
    losses[1, ..., 1:] = values[..., 1:] - values[..., :-1]
    return losses
