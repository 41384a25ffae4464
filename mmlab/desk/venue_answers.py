"""What a venue answers, held against what was asked of it; and what may fill and what did while it does not answer.

What cannot be is refused, what nobody asked for is reported.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mmlab.arrays import LARGEST, floats
from mmlab.desk.desk_state import DeskState
from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Fills
from mmlab.desk.sides import AWAY_FROM_MID, Sides
from mmlab.frozen import changed
from mmlab.parameters import BoolArray, FloatArray, ParameterError
from mmlab.quotes import Quotes

LAST_BITS = 1e-9
"""By how much numbers may differ that are sums of rounded ones, relative to 1 and to their size."""


class Disconnected(Exception):
    """The venue cannot be reached, or does not answer: what a venue's submit, advance or reconcile raises.

    From then on the desk sends nothing and asks ``venue.reconcile(orders, data)`` once a step, which raises this again
    or answers ``(orders, [Fills, ...])``: what rests now, and what was filled since the last answer, this step's too.

    Parameters
    ----------
    orders
        What the venue's own half on our side of the line keeps; None: what it was given.
    until : float
        How long an answer may take [time], as a moment: the desk waits without a halt before it. By default none.
    """

    def __init__(self, orders: Any = None, until: float = -math.inf) -> None:
        super().__init__("The venue cannot be reached.")
        self.orders, self.until = orders, until


def submitted(venue: Any, state: DeskState, quotes: Sides, data: MarketData) -> tuple[DeskState, Any, Any]:
    """The state after these quotes were asked for, with its new orders, and what was accepted.

    While orders are unknown nothing is sent. A side whose cancellation was rejected is asked for anew at the next step,
    whatever the timer says: it is no new order that waits for its time.
    """
    if state.unknown is not None:
        return state, state.orders, False
    try:
        orders, accepted = taken(venue.submit(state.orders, quotes.quotes, data), data.n_paths)
    except Disconnected as lost:
        return _lost(state, state.orders, lost, quotes, data.n_paths), None, False
    (price, _, _), (_, _, worked) = sides_of(orders, data.n_paths), sides_of(state.orders, data.n_paths)
    worst = np.where(worked > 0, _worse(price, state.worst_price), price)  # of all asked for since none was
    after: dict[str, Any] = {"worst_price": worst}
    if state.clock is not None and not np.all(accepted):
        stays = (quotes.size == 0) & (sides_of(orders, data.n_paths)[1] > 0)
        after["clock"] = np.where(~np.asarray(accepted) & stays.any(axis=0), -np.inf, state.clock)
    return changed(state, **after), orders, accepted


def advanced(
    venue: Any, state: DeskState, orders: Any, quotes: Sides, data: MarketData
) -> tuple[DeskState, Any, Fills, Any]:
    """The state after the venue's step, its orders and fills, and on which paths these are not what was asked for.

    `orders` of None were lost as they were sent. What a venue says twice, by its number, is booked once.
    """
    none = np.zeros((2, data.n_paths))
    nothing = Fills(np.full_like(none, np.nan), none, none, none[0])
    if orders is None:
        return state, state.orders, nothing, False
    if state.unknown is not None:
        return _answered(venue, state, data, nothing)
    try:
        answer = venue.advance(orders, data)
    except Disconnected as lost:
        state = _lost(state, orders, lost, quotes, data.n_paths)
        return state, state.orders, nothing, False
    number = getattr(answer[1], "number", None) if isinstance(answer, tuple) and len(answer) == 2 else None
    if number is not None and number <= state.answered:
        answer = answer[0], nothing
    after, fills, wrong = reconcile(answer, orders, np.asarray(state.worst_price))
    return state if number is None else changed(state, answered=max(number, state.answered)), after, fills, wrong


def _worse(price: FloatArray, other: FloatArray | float) -> FloatArray:
    """The higher bid and the lower ask of two [price], (2, n_paths); the one that there is, if only one is."""
    return np.asarray(AWAY_FROM_MID * np.fmin(AWAY_FROM_MID * price, AWAY_FROM_MID * other))


def _lost(state: DeskState, orders: Any, lost: Disconnected, quotes: Sides, n_paths: int) -> DeskState:
    """Either the old orders or the new rest, on each side: the larger may fill, at the worse price."""
    may = np.maximum(sides_of(state.orders, n_paths)[2], quotes.size)
    worst = _worse(quotes.price, state.worst_price)
    orders = orders if lost.orders is None else lost.orders
    return changed(state, orders=orders, unknown=may, worst_price=worst, awaited_until=lost.until)


def _answered(venue: Any, state: DeskState, data: MarketData, nothing: Fills) -> tuple[DeskState, Any, Fills, Any]:
    """What the venue says of the orders, if it says anything; what is new in that, as one row of fills."""
    if not callable(ask := getattr(venue, "reconcile", None)):
        raise ParameterError("A venue that may be Disconnected must have reconcile(orders, data): what rests.")
    try:
        orders, reports = ask(state.orders, data)
    except Disconnected as lost:
        after = changed(state, awaited_until=min(lost.until, state.awaited_until))
        return after, state.orders if lost.orders is None else lost.orders, nothing, False
    worst, answered, fee = np.asarray(state.worst_price), state.answered, nothing.fee
    fill = paid = nothing.fill
    wrong = fill > 0
    for fills in sorted(reports, key=lambda fills: fills.number):
        if fills.number > answered:
            answered, one = fills.number, fills_of(fills, worst)
            fill, paid, fee = fill + one.fill, paid + np.where(one.fill > 0, one.price, 0.0) * one.fill, fee + one.fee
            wrong = wrong | beyond(one, worst)
    with np.errstate(invalid="ignore"):
        all_of_them = Fills(paid / np.where(fill > 0, fill, np.nan), fill, fill, fee)
    wrong = wrong | beyond(all_of_them, worst, np.asarray(state.unknown))
    return changed(state, unknown=None, lost=False, answered=answered), orders, all_of_them, wrong.any(axis=0)


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
        At which each order may fill [price]: of all that were asked for since none was.

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
        got = f"it returned fills {fills!r:.80}"
        raise ParameterError(f"A venue's advance must return (orders, Fills); {got}.") from None
    n_paths = worst.shape[1]
    for name, column in numbers.items():
        shapes = ((), (n_paths,)) if name == "fee" else ((2, n_paths),)
        if column.dtype.kind not in "iuf" or column.shape not in shapes:
            got = f"{column.dtype} values of {column.shape}"
            raise ParameterError(f"A venue's {name} must be numbers of shape {shapes[-1]}; got {got}.")
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
