"""RunRecord: what a pipeline runs and what is done to it meanwhile, in a form from which it can be run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmlab.description import OWN, describe, versions
from mmlab.desk.desk import Desk
from mmlab.desk.market_data import MarketData
from mmlab.desk.tape_venue import TapeVenue


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
