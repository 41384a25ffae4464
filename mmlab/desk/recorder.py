"""Recorder: a History while it is being written, a row a step, readable at any time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.desk.desk import Desk, DeskState, Outcome
from mmlab.desk.history import History
from mmlab.desk.market_data import MarketData
from mmlab.desk.pnl_limits import PnLLimiter

_AT_TIMES = ("mid", "inventory", "cash", "signal")
"""The columns that have a row for each time, one more than for the steps."""


class Recorder:
    """The columns of a desk's History, which grow as they are filled."""

    def __init__(self, desk: Desk, state: DeskState, n_steps: int = 256, signal: bool = False) -> None:
        sides = [f"{side}_{what}" for what in ("price", "size", "fill") for side in ("bid", "ask")]
        kinds: dict[str, Any] = dict.fromkeys((*_AT_TIMES, *sides, "fees"), float) | {"refreshed": bool}
        if not signal:
            del kinds["signal"]
        if desk.limits:
            kinds |= {"mode": np.int8, "reason": np.int8, "value": np.float32, "bound": np.float32}
        if any(isinstance(limit, PnLLimiter) and limit.on_halt == "flatten" for limit in desk.limits):
            kinds |= {"flattened": float, "flatten_cost": float}
        self.n_steps, n_paths = 0, len(state.inventory)
        self._columns: dict[str, NDArray[Any]] = {n: np.empty((n_steps + 1, n_paths), k) for n, k in kinds.items()}
        self._time = np.empty(n_steps + 1)
        self._columns["inventory"][0], self._columns["cash"][0] = state.inventory, state.cash

    def record(self, data: MarketData, state: DeskState, outcome: Outcome) -> None:
        """Write down a step that started with `data`, did this and left this state."""
        n, columns, fills, permission = self.n_steps, self._columns, outcome.fills, outcome.permission
        if n + 1 >= len(self._time):
            self._grow()
        self._mark(data)
        columns["inventory"][n + 1], columns["cash"][n + 1] = state.inventory, state.cash
        columns["bid_price"][n], columns["ask_price"][n] = fills.price
        columns["bid_size"][n], columns["ask_size"][n] = fills.size
        columns["bid_fill"][n], columns["ask_fill"][n] = fills.fill
        columns["fees"][n], columns["refreshed"][n] = fills.fee, outcome.refreshed
        if "mode" in columns:
            columns["mode"][n], columns["reason"][n] = permission.mode, permission.reason
            columns["value"][n], columns["bound"][n] = permission.value, permission.bound
        if "flattened" in columns:
            columns["flattened"][n], columns["flatten_cost"][n] = outcome.flattened, outcome.flatten_cost
        self.n_steps = n + 1

    def history(self, end: MarketData | None = None) -> History:
        """What there is by now, marked at the `end`, or without it at the last mid seen. It cannot be written on."""
        n = self.n_steps
        if end is not None:
            self._mark(end)
        else:
            self._time[n] = self._time[n - 1]
            for name in {"mid", "signal"} & set(self._columns):
                self._columns[name][n] = self._columns[name][n - 1]
        columns = {name: column[: n + (name in _AT_TIMES)] for name, column in self._columns.items()}
        columns["time"] = self._time[: n + 1]
        for column in columns.values():
            column.flags.writeable = False
        return History(**columns)

    def _mark(self, data: MarketData) -> None:
        """The market at the start of the next step."""
        self._time[self.n_steps] = data.time
        self._columns["mid"][self.n_steps] = data.mid_price
        if "signal" in self._columns:
            self._columns["signal"][self.n_steps] = data.signal

    def _grow(self) -> None:
        """Room for twice as many steps."""
        self._time = np.concatenate([self._time, np.empty_like(self._time)])
        for name, column in self._columns.items():
            self._columns[name] = np.concatenate([column, np.empty_like(column)])
