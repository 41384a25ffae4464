"""Recorder: a History while it is being written, a row a step, readable at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.history import History
from mmlab.desk.history_file import AT_TIMES, COLUMNS
from mmlab.desk.market_data import MarketData

_OPTIONAL = ("signal", "best_bid", "best_ask")
_OF_LIMITS = ("mode", "reason", "value", "bound")
_OF_FLATTENING = ("flattened", "flatten_cost")


class Recorder:
    """The columns of a desk's History, which grow as they are filled."""

    def __init__(self, desk: Desk, state: DeskState, n_steps: int, data: MarketData) -> None:
        absent = [name for name in _OPTIONAL if getattr(data, name) is None]
        absent += [] if desk.flattens else _OF_FLATTENING
        shape = (n_steps + 1, len(state.inventory))
        self._limited = bool(desk.limits)
        self._columns: dict[str, NDArray[Any]] = {
            name: np.empty(shape, kind) for name, kind in COLUMNS.items() if name not in absent
        }
        self._columns["inventory"][0], self._columns["cash"][0] = state.inventory, state.cash
        self._columns["time"] = np.empty(n_steps + 1)

    def record(self, n: int, data: MarketData, state: DeskState, outcome: Outcome) -> None:
        """Write down step `n`, which started with `data`, did this and left this state."""
        columns, fills, permission = self._columns, outcome.fills, outcome.permission
        if n + 1 >= len(columns["time"]):
            for name, column in columns.items():
                columns[name] = np.concatenate([column, np.empty_like(column)])
        columns["time"][n], columns["mid"][n] = data.time, data.mid_price
        for name in _OPTIONAL:
            if name in columns:
                columns[name][n] = np.nan if getattr(data, name) is None else getattr(data, name)
        columns["inventory"][n + 1], columns["cash"][n + 1] = state.inventory, state.cash
        columns["bid_price"][n], columns["ask_price"][n] = fills.price
        columns["bid_size"][n], columns["ask_size"][n] = fills.size
        columns["bid_fill"][n], columns["ask_fill"][n] = fills.fill
        columns["fees"][n], columns["refreshed"][n] = fills.fee, outcome.refreshed
        columns["accepted"][n] = outcome.accepted
        for name in _OF_LIMITS:
            columns[name][n] = getattr(permission, name)
        if "flattened" not in columns and np.count_nonzero(outcome.flattened):  # by limits that were changed since
            columns |= {name: np.zeros_like(columns["cash"]) for name in _OF_FLATTENING}
        if "flattened" in columns:
            columns["flattened"][n], columns["flatten_cost"][n] = outcome.flattened, outcome.flatten_cost

    def history(self, n: int, end: MarketData, provenance: Mapping[str, Any]) -> History:
        """The first `n` steps, marked at the `end`. It cannot be written on."""
        columns = {name: column[: n + (name in AT_TIMES)] for name, column in self._columns.items()}
        for name, last in (("time", end.time), ("mid", end.mid_price), ("signal", end.signal)):
            if name in columns:  # a copy: the next step will start elsewhere
                columns[name] = columns[name].copy()
                columns[name][n] = last
        if not self._limited and not np.count_nonzero(columns["mode"]):
            for name in _OF_LIMITS:
                del columns[name]
        for column in columns.values():
            column.flags.writeable = False
        return History(**columns, provenance=provenance)
