"""What a venue answers, held against what was asked of it: refused if it cannot be, reported if nobody asked for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlab.arrays import LARGEST, floats
from mmlab.desk.orders import Fills
from mmlab.desk.queue_position import AWAY_FROM_MID
from mmlab.desk.sides import Sides
from mmlab.parameters import BoolArray, FloatArray, ParameterError
from mmlab.quotes import Quotes

LAST_BITS = 1e-9
"""By how much numbers may differ that are sums of rounded ones, relative to 1 and to their size."""


def sides_of(orders: Any, n_paths: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Price and size that some orders say are wanted, and what works: each of shape (2, n_paths), of bids and asks.

    Raises
    ------
    ParameterError
        If they do not say so, in these shapes.
    """
    quotes: Any = getattr(orders, "requested", None)
    working: Any = getattr(orders, "working", None)
    if not isinstance(quotes, Quotes) or np.shape(working) != (2, n_paths):
        needs = f"what was requested, as Quotes, and what is working, as an array of shape (2, {n_paths})"
        raise ParameterError(f"A venue's orders must have {needs}; got {orders!r:.80}.")
    return *Sides.of(quotes, (n_paths,)), np.asarray(working)


def taken(answer: Any, n_paths: int) -> tuple[Any, Any]:
    """The orders that a venue's submit returned and what it accepted, True or False for all or for each path."""
    if isinstance(answer, tuple) and len(answer) == 2:
        accepted = np.asarray(answer[1])
        if accepted.dtype == bool and accepted.shape in ((), (n_paths,)):
            return answer
    raise ParameterError(f"A venue's submit must return (orders, accepted); it returned {answer!r:.80}.")


def worst_requested(worst: FloatArray | float, before: Any, after: Any, n_paths: int) -> FloatArray:
    """The worst price at which each order may fill [price], (2, n_paths): of all that were asked for since none was."""
    price, _, _ = sides_of(after, n_paths)
    _, _, working = sides_of(before, n_paths)
    return np.where(working > 0, AWAY_FROM_MID * np.fmin(AWAY_FROM_MID * price, AWAY_FROM_MID * worst), price)


def reconcile(answer: Any, orders: Any, worst: FloatArray) -> tuple[Any, Fills, BoolArray]:
    """The orders and the fills that a venue answers, and on which paths they are not what was asked for.

    They are not where more was filled than was working, at a price worse than any that was asked for, or where what
    is still wanted is not what was, less what was filled.

    Parameters
    ----------
    answer
        What `advance` returned.
    orders
        What it was given.
    worst : array, shape (2, n_paths)
        As `worst_requested` says [price].

    Raises
    ------
    ParameterError
        If the answer is none: not of its type, its shape, its kind of numbers; or a fill is below 0, not finite,
        without a price, on the other side of 0 than the order, or without a finite fee.
    """
    try:
        after, fills = answer
    except (TypeError, ValueError):
        raise ParameterError(f"A venue's advance must return (orders, Fills); it returned {answer!r:.80}.") from None
    fills, n_paths = fills_of(fills, worst), worst.shape[1]
    (_, was, working), (_, left, _) = sides_of(orders, n_paths), sides_of(after, n_paths)
    as_left = np.abs(left - np.maximum(was - fills.fill, 0.0)) <= 2 * LAST_BITS * (1 + was)
    return after, fills, np.asarray((beyond(fills, worst, working) | ~as_left).any(axis=0))


def beyond(fills: Fills, worst: FloatArray, most: FloatArray | float = np.inf) -> BoolArray:
    """Where a side filled for more than the `most` [clips], or at a price [price] that is worse than the `worst`."""
    as_good = AWAY_FROM_MID * (fills.price - worst) >= -LAST_BITS * (1 + np.abs(worst))
    return np.asarray((fills.fill > 0) & ~(as_good & (fills.fill <= most + LAST_BITS * (1 + most))))


def fills_of(fills: Any, worst: FloatArray) -> Fills:
    """A venue's fills, if they are some and can be; refused as `reconcile` says."""
    try:
        numbers: dict[str, Any] = {name: np.asarray(getattr(fills, name)) for name in ("price", "size", "fill", "fee")}
    except (TypeError, ValueError, AttributeError):
        raise ParameterError(
            f"A venue's advance must return (orders, Fills); it returned fills {fills!r:.80}."
        ) from None
    n_paths = worst.shape[1]
    for name, column in numbers.items():
        shapes = ((), (n_paths,)) if name == "fee" else ((2, n_paths),)
        if column.dtype.kind not in "iuf" or column.shape not in shapes:
            raise ParameterError(
                f"A venue's {name} must be numbers of shape {shapes[-1]}; got {column.dtype} values of {column.shape}."
            )
        numbers[name] = floats(column)
    price, fill, filled = numbers["price"], numbers["fill"], numbers["fill"] > 0
    with np.errstate(invalid="ignore"):
        rules = (
            (f"fill must be at least 0 clips, up to {LARGEST:g}", (fill >= 0) & (fill <= LARGEST), fill),
            (f"fill must have a finite price, up to {LARGEST:g} in size", ~filled | (np.abs(price) <= LARGEST), price),
            ("fill must not be on the other side of 0 than the order", ~(filled & (price * worst < 0)), price),
            (f"fee must be finite, up to {LARGEST:g} in size", np.abs(numbers["fee"]) <= LARGEST, numbers["fee"]),
        )
    for rule, kept, column in rules:
        if not kept.all():
            raise ParameterError(f"A venue's {rule}; got {column[~kept][0]:g}.")
    return Fills(**numbers)
