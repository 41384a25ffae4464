"""What a model trades across the spread as a step begins: a schedule's slice, a seller's haste, a dealer's hedge."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlab.desk.desk_state import DeskState
from mmlab.desk.market_data import MarketData
from mmlab.frozen import changed


def crossed(model: Any, state: DeskState, data: MarketData, time_left: Any) -> DeskState:
    """The state after what `model.across` says has crossed; where the desk is halted it waits until it is not.

    Raises
    ------
    ParameterError
        If the model cannot say what crossing costs.
    """
    free = may_cross(state, data)
    clips, cost = [np.where(free, x, 0.0) for x in model.across(state.inventory, time_left, state.crossed_at)]
    state = changed(state, crossed_at=np.where(free, time_left, state.crossed_at))
    return booked_across(state, data, clips, cost)


def may_cross(state: DeskState, data: MarketData) -> Any:
    """Where there is a mid, and the desk is not halted and knows what it has."""
    halted = np.asarray(state.halted) | state.stopped | state.broken | (state.unknown is not None)
    return np.isfinite(data.mid_price) & ~halted & (not data.halted)


def booked_across(state: DeskState, data: MarketData, clips: Any, cost: Any, gained: Any = 0.0) -> DeskState:
    """The state after so many clips were sold at the mid less their cost, and so much cash came besides."""
    state = changed(state, crossed=(clips, cost), cash=state.cash + gained)
    if not np.count_nonzero(clips):
        return state
    q = state.inventory - clips
    q.flags.writeable = False  # a model that counts in place would count twice
    tables, place = state.tables.place(q)
    cash = state.cash + np.where(clips == 0, 0.0, clips * data.mid_price) - cost
    return changed(state, inventory=q, cash=cash, tables=tables, place=place)
