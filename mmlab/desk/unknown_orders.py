"""Orders of which nobody knows: a venue that cannot be reached, what may fill meanwhile, what it says afterwards."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mmlab.desk.desk_state import DeskState
from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Fills
from mmlab.desk.queue_position import AWAY_FROM_MID
from mmlab.desk.reconciliation import beyond, fills_of, reconcile, sides_of, taken, worst_requested
from mmlab.desk.sides import Sides
from mmlab.frozen import changed
from mmlab.parameters import ParameterError


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
    after = {"worst_price": worst_requested(state.worst_price, state.orders, orders, data.n_paths)}
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


def _lost(state: DeskState, orders: Any, lost: Disconnected, quotes: Sides, n_paths: int) -> DeskState:
    """Either the old orders or the new rest, on each side: the larger may fill, at the worse price."""
    may = np.maximum(sides_of(state.orders, n_paths)[2], quotes.size)
    worst = AWAY_FROM_MID * np.fmin(AWAY_FROM_MID * quotes.price, AWAY_FROM_MID * state.worst_price)
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
