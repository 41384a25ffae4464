"""What is written down of a run: what ran, so that it can run again (RunRecord), and what happened (Recorder)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.description import OWN, describe, versions
from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.hedger import settled
from mmlab.desk.history import History
from mmlab.desk.history_file import AT_TIMES, COLUMNS
from mmlab.desk.market_data import MarketData
from mmlab.desk.permission import EVERYTHING, Mode, normal
from mmlab.desk.tape_venue import TapeVenue
from mmlab.parameters import BoolArray

_OPTIONAL = ("signal", "best_bid", "best_ask")
_SIDES = ("bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill")
_NUMBERS = ("mid", "inventory", "cash", "fees")
_OF_LIMITS = ("mode", "reason", "value", "bound")
_OF_FLATTENING = ("flattened", "flatten_cost")
_OF_CROSSING = ("crossed", "crossing_cost")
_OF_HEDGING = (*_OF_CROSSING, "basis", "funding", "unhedged")
_OF_CHECKS = ("bid_blocked", "ask_blocked", "bid_value", "ask_value", "bid_bound", "ask_bound")
_OF_A_KIND = {bool: True, np.int8: 0, np.float32: np.nan}
_AS_A_RULE = {name: _OF_A_KIND[kind] for name, kind in COLUMNS.items() if kind in _OF_A_KIND}
_AS_A_RULE |= dict.fromkeys(_OF_FLATTENING, 0)
"""What stands in a column where nothing else is written."""


class RunRecord:
    """What was asked of a pipeline, and what was done to it between two steps.

    Parameters
    ----------
    stated : mapping
        What the pipeline was made of, by its parameters' names; a model or limits of None are the configuration's.
    """

    def __init__(self, stated: Mapping[str, Any]) -> None:
        self.stated, self.changes = dict(stated), list[dict[str, Any]]()
        self._on_its_tape, self._start_record, self._foreign = True, dict[str, Any](), list[str]()

    def anew(self, limits: Any, begun: bool) -> RunRecord:
        """The record of the same pipeline at its start: with the limits that it has by now, if they were changed."""
        changed = begun and any("change_limits" in change for change in self.changes)
        fresh = RunRecord(self.stated | ({"limits": limits} if changed else {}))
        fresh.changes = [] if begun else list(self.changes)
        return fresh

    def saw(self, data: MarketData, venue: Any) -> None:
        """A step is over that started with this datum."""
        self._on_its_tape &= data.tape is getattr(venue, "tape", None)

    def note(self, n_steps: int, last: MarketData | None, what: str, how: Any, **act: str) -> None:
        """Something is done after so many steps; by a person, with who, why, from what and to what."""
        self.changes.append({"after_steps": n_steps, "time": last and last.time, what: how, **act})

    def provenance(self, own: str | None, venue: Any, rules: Any) -> dict[str, Any]:
        """What `mmlab.simulation.rebuild` needs, or why it cannot; the desk's `rules` need not be said of its venue.

        `own` is the pipeline's class if that is a reader's.
        """
        if not self._start_record:
            self._foreign = [f"own pipeline {own}"] if own else []
            self._start_record = self._start(venue, rules) | {"versions": versions()}
        foreign = list(self._foreign)
        changes = [describe(change, "own limit", foreign) for change in self.changes]
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
    """The columns of a desk's History, which grow as they are filled: one block of numbers, first those of sides."""

    def __init__(self, desk: Desk, state: DeskState, n_steps: int, data: MarketData) -> None:
        self._there = [name for name in _OPTIONAL if getattr(data, name) is not None]
        flattens = _OF_FLATTENING if desk.flattens else ()
        crosses = _OF_HEDGING if desk.hedger else _OF_CROSSING if hasattr(desk.model, "across") else ()
        self._hedger = desk.hedger
        self._limited, self._numbers = bool(desk.limits), (*_SIDES, *_NUMBERS, *self._there, *flattens, *crosses)
        self._absent = {*_OF_FLATTENING, *(() if desk.checks else _OF_CHECKS)}
        self._columns: dict[str, NDArray[Any]] = {}
        self._make_room(n_steps + 1, len(state.inventory))
        self._columns["inventory"][0], self._columns["cash"][0] = state.inventory, state.cash

    def _make_room(self, *shape: int) -> None:
        """Make columns of this shape, with what stands in those that there are."""
        block, before = np.empty((len(self._numbers), *shape)), self._columns
        self._columns = dict(zip(self._numbers, block, strict=True)) | {"time": np.empty(shape[0])}
        self._columns |= {name: np.empty(shape, COLUMNS[name]) for name in _AS_A_RULE if name not in self._absent}
        self._across = [name for name in (*_OF_FLATTENING, *_OF_HEDGING) if name in self._columns]
        self._sides = block[: len(_SIDES)].reshape(3, 2, *shape)
        for name, column in self._columns.items():
            n = len(before.get(name, ()))
            column[:n] = before.get(name, 0)
            if name in _AS_A_RULE:
                column[n:] = _AS_A_RULE[name]

    def record(self, at: Any, data: MarketData, state: DeskState, outcome: Outcome) -> None:
        """Write down a step, which started with `data` and left this state; or a slice of steps that all did this."""
        after = slice(at.start + 1, at.stop + 1) if isinstance(at, slice) else at + 1
        n_rows, n_paths = self._columns["mid"].shape
        if (at.stop if isinstance(at, slice) else after) >= n_rows:
            self._make_room(2 * n_rows, n_paths)
        if "flattened" not in self._columns and np.count_nonzero(outcome.flattened):  # by limits changed since
            self._numbers += _OF_FLATTENING
            self._make_room(*self._columns["mid"].shape)
        columns, fills, permission = self._columns, outcome.fills, outcome.permission
        columns["time"][at], columns["mid"][at], columns["fees"][at] = data.time, data.mid_price, fills.fee
        for name in self._there:
            columns[name][at] = np.nan if getattr(data, name) is None else getattr(data, name)
        price, size, fill = self._sides
        price[:, at], size[:, at], fill[:, at] = fills.price, fills.size, fills.fill
        columns["inventory"][after], columns["cash"][after] = state.inventory, state.cash
        for name in ("refreshed", "accepted"):
            if (each := getattr(outcome, name)) is not True:
                columns[name][at] = each
        if permission is not EVERYTHING and permission is not normal((n_paths,)):
            known = (x == x for x in (permission.value, permission.bound))  # no NaN
            if any(map(np.count_nonzero, chain((permission.mode, permission.reason), known))):
                for name in _OF_LIMITS:
                    columns[name][at] = getattr(permission, name)
        if outcome.blocked is not None:
            for name, row in zip(_OF_CHECKS, chain(*vars(outcome.blocked).values()), strict=True):
                columns[name][at] = row
        for name in self._across:
            columns[name][at] = getattr(outcome, name)

    def halted_since(self, n: int, mask: BoolArray) -> int:
        """From which of the first `n` steps on one of these paths has been halted, longest; `n` if none is."""
        running = self._columns["mode"][:n, np.broadcast_to(mask, self._columns["mode"].shape[1])] < Mode.HALT
        last = np.where(running.any(axis=0), n - np.argmax(running[::-1], axis=0), 0)
        return int(last.min(initial=n))

    def history(self, n: int, end: MarketData, provenance: Mapping[str, Any], state: Any) -> History:
        """The first `n` steps, which left this state, marked at the `end`. It cannot be written on."""
        columns = {name: column[: n + (name in AT_TIMES)] for name, column in self._columns.items()}
        for name, last in (("time", end.time), ("mid", end.mid_price), ("signal", end.signal)):
            if name in columns:  # a copy: the next step will start elsewhere
                columns[name] = columns[name].copy()
                columns[name][n] = last
        if self._hedger is not None:
            basis, funding = settled(self._hedger, state.hedge, end)
            for name, gained in (("basis", basis), ("funding", funding), ("cash", basis + funding)):
                columns[name] = columns[name].copy()
                columns[name][-1] += gained
        if not self._limited and not np.count_nonzero(columns["mode"]):
            for name in _OF_LIMITS:
                del columns[name]
        for column in columns.values():
            column.flags.writeable = False
        return History(**columns, provenance=provenance)
