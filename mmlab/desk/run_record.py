"""What is written down of a run: what ran, so that it can run again (RunRecord), and what happened (Recorder)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.description import OWN, describe, versions
from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.history import History
from mmlab.desk.history_file import AT_TIMES, COLUMNS
from mmlab.desk.market_data import MarketData
from mmlab.desk.permission import Permission
from mmlab.desk.tape_venue import TapeVenue

_OPTIONAL = ("signal", "best_bid", "best_ask")
_SIDES = ("price", "size", "fill")
_OF_LIMITS = ["mode", "reason", "value", "bound"]
_OF_FLATTENING = ["flattened", "flatten_cost"]


class RunRecord:
    """What was asked of a pipeline, and what was done to it between two steps.

    Parameters
    ----------
    stated : mapping
        What the pipeline was made of, by its parameters' names; a model or limits of None are the configuration's.
    """

    def __init__(self, stated: Mapping[str, Any]) -> None:
        self.stated, self._changes = dict(stated), list[dict[str, Any]]()
        self._on_its_tape, self._start_record, self._foreign = True, dict[str, Any](), list[str]()

    def anew(self, limits: Any) -> RunRecord:
        """The record of the same pipeline at its start: with the limits that it has by now, if they were changed."""
        changed = any("change_limits" in change for change in self._changes)
        return RunRecord(self.stated | ({"limits": limits} if changed else {}))

    def saw(self, data: MarketData, venue: Any) -> None:
        """A step is over that started with this datum."""
        self._on_its_tape &= data.tape is getattr(venue, "tape", None)

    def note(self, n_steps: int, last: MarketData | None, what: str, how: Any) -> None:
        """Something is done after so many steps; before the first of them, the pipeline is made otherwise."""
        if last is not None:
            self._changes.append({"after_steps": n_steps, "time": last.time, what: how})
        elif what == "change_limits":
            self.stated["limits"] = how

    def provenance(self, own: str | None, venue: Any, rules: Any) -> dict[str, Any]:
        """What `mmlab.simulation.rebuild` needs, or why it cannot; the desk's `rules` need not be said of its venue.

        `own` is the pipeline's class if that is a reader's.
        """
        if not self._start_record:
            self._foreign = [f"own pipeline {own}"] if own else []
            self._start_record = self._start(venue, rules) | {"versions": versions()}
        foreign = list(self._foreign)
        changes = [describe(change, "own limit", foreign) for change in self._changes]
        if type(venue) is TapeVenue and not self._on_its_tape:
            foreign.append("market data that its tape has not")
        return self._start_record | ({"changes": changes} if changes else {}) | unless_whole(foreign)

    def _start(self, venue: Any, rules: Any) -> dict[str, Any]:
        """What runs from the first step on."""
        config = self.stated["config"]
        is_desk = isinstance(config, Desk)
        record = {"desk": describe(config, "own", self._foreign)} if is_desk else {"configuration": config.to_dict()}
        for name, value in self.stated.items():
            if name != "config" and value is not None:
                record[name] = describe(value, OWN.get(name, "own"), self._foreign)
        if type(venue) is not TapeVenue:
            self._foreign.append(f"own venue {type(venue).__name__}")
            return record
        other = {} if venue.rules == rules else {"venue": describe(venue.rules, "own venue", self._foreign)}
        return record | other | {"tape": venue.tape.origin or "not stated"}


def unless_whole(foreign: list[str]) -> dict[str, str]:
    """Why a record cannot be rebuilt, if it has what is not mmlab's."""
    return {"cannot_be_rebuilt": f"it has {', '.join(dict.fromkeys(foreign))}"} if foreign else {}


class Recorder:
    """The columns of a desk's History, which grow as they are filled."""

    def __init__(self, desk: Desk, state: DeskState, n_steps: int, data: MarketData) -> None:
        absent = [name for name in _OPTIONAL if getattr(data, name) is None]
        absent += ([] if desk.flattens else _OF_FLATTENING) + ([] if desk.limits else _OF_LIMITS)
        self._there = [name for name in _OPTIONAL if name not in absent]
        shape = (n_steps + 1, len(state.inventory))
        # Bids and asks are one array, first all bids: a step writes both at once.
        self._sides: dict[str, NDArray[Any]] = {name: np.empty((2, *shape)) for name in _SIDES}
        of_sides = {f"{side}_{name}" for name in _SIDES for side in ("bid", "ask")}
        self._columns: dict[str, NDArray[Any]] = {
            name: np.empty(shape, kind) for name, kind in COLUMNS.items() if name not in of_sides.union(absent)
        }
        self._columns["inventory"][0], self._columns["cash"][0] = state.inventory, state.cash
        self._columns["time"] = np.empty(n_steps + 1)

    def record(self, steps: slice, data: MarketData, state: DeskState, outcome: Outcome) -> None:
        """Write down some steps, which started with `data` each, all did this and left this state."""
        columns, sides, fills, permission = self._columns, self._sides, outcome.fills, outcome.permission
        after = slice(steps.start + 1, steps.stop + 1)
        if steps.stop >= len(columns["time"]):
            for name, column in columns.items():
                columns[name] = np.concatenate([column, np.zeros_like(column)])
            for name, column in sides.items():
                sides[name] = np.concatenate([column, np.empty_like(column)], axis=1)
        columns["time"][steps], columns["mid"][steps] = data.time, data.mid_price
        for name in self._there:
            columns[name][steps] = np.nan if getattr(data, name) is None else getattr(data, name)
        for name, column in sides.items():
            column[:, steps] = getattr(fills, name)[:, np.newaxis]
        columns["inventory"][after], columns["cash"][after] = state.inventory, state.cash
        columns["fees"][steps], columns["refreshed"][steps] = fills.fee, outcome.refreshed
        columns["accepted"][steps] = outcome.accepted
        if "mode" not in columns and np.count_nonzero(permission.mode):  # without limits, it stands aside
            rows = columns["cash"].shape
            columns |= {name: np.full(rows, getattr(Permission(), name), COLUMNS[name]) for name in _OF_LIMITS}
        if "mode" in columns:
            for name in _OF_LIMITS:
                columns[name][steps] = getattr(permission, name)
        if "flattened" not in columns and np.count_nonzero(outcome.flattened):  # by limits that were changed since
            columns |= {name: np.zeros_like(columns["cash"]) for name in _OF_FLATTENING}
        if "flattened" in columns:
            columns["flattened"][steps], columns["flatten_cost"][steps] = outcome.flattened, outcome.flatten_cost

    def history(self, n: int, end: MarketData, provenance: Mapping[str, Any]) -> History:
        """The first `n` steps, marked at the `end`. It cannot be written on."""
        columns = {name: column[: n + (name in AT_TIMES)] for name, column in self._columns.items()}
        for name, last in (("time", end.time), ("mid", end.mid_price), ("signal", end.signal)):
            if name in columns:  # a copy: the next step will start elsewhere
                columns[name] = columns[name].copy()
                columns[name][n] = last
        for name, both in self._sides.items():
            columns[f"bid_{name}"], columns[f"ask_{name}"] = both[:, :n]
        for column in columns.values():
            column.flags.writeable = False
        return History(**columns, provenance=provenance)
