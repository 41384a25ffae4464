"""Log: what people did to a desk between two steps, each with who, why, from what, to what, and when."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mmlab.files import named, write_whole
from mmlab.market.columns import exact
from mmlab.parameters import ParameterError
from mmlab.table import Table, Tabled

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = "no halt"
"""What stands where nothing halts the desk."""
ACTS = ("halt", "reset", "change_limits")


class LogEntry(NamedTuple):
    """One act of a person.

    Parameters
    ----------
    time : float
        Of the last datum before it [time]; NaN before the first.
    after_steps : int
        How many steps were over.
    what : str
        "halt", "reset" or "change_limits".
    who, reason : str
        Whose act it is, and why.
    before, after : str
        What stood, and what stands from the next step on.
    """

    time: float
    after_steps: int
    what: str
    who: str
    reason: str
    before: str
    after: str

    def __str__(self) -> str:
        when = "Before the first step" if math.isnan(self.time) else f"At {exact(self.time)}"
        act = self.what.replace("_", " ")
        return f"{when}: {act} by {self.who}, {self.before} → {self.after}, because: {self.reason}."


class Log(Tabled, tuple[LogEntry, ...]):
    """The entries in their order, a tuple that is shown as a table; empty where nobody has done anything."""

    @classmethod
    def of(cls, changes: Any) -> Log:
        """The log in the `changes` of a history's provenance."""
        acts = [(change, act) for change in changes for act in ACTS if act in change]
        times = [math.nan if change["time"] is None else change["time"] for change, _ in acts]
        facts = [(change["after_steps"], act, *map(change.get, LogEntry._fields[3:])) for change, act in acts]
        return cls(LogEntry(time, *fact) for time, fact in zip(times, facts, strict=True))

    @property
    def table(self) -> Table:
        """A row for each entry."""
        return Table.of(LogEntry._fields, self, digits=12)

    _table = table

    def to_csv(self, path: str | Path) -> None:
        """Write the entries, each a row, whole or not at all.

        Raises
        ------
        FileError
            If the file system refuses.
        """
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([LogEntry._fields, *self])
        write_whole("The log", {named(path): [text.getvalue()]})


def stated(what: str, who: Any, reason: Any) -> dict[str, str]:
    """Who does something and why, as the log keeps it; refused unless both are text with a letter or a digit in it."""
    for name, text in (("who", who), ("reason", reason)):
        if not isinstance(text, str) or not any(map(str.isalnum, text)):
            raise ParameterError(f"{what}: say in words who does it and why, for the log; got {name}={text!r:.80}.")
    return {"who": " ".join(who.split()), "reason": " ".join(reason.split())}


def differences(before: tuple[Any, ...], after: tuple[Any, ...]) -> dict[str, str]:
    """The numbers in which some limits differ from others of their kinds, as text."""
    was, now = list[str](), list[str]()
    for old, new in zip(before, after, strict=True):
        for field in dataclasses.fields(new) if dataclasses.is_dataclass(new) else ():
            if repr(getattr(old, field.name)) != repr(getattr(new, field.name)):
                for texts, limit in ((was, old), (now, new)):
                    value = getattr(limit, field.name)
                    texts.append(f"{field.name} {value:g}" if isinstance(value, float) else f"{field.name} {value}")
    return {"before": ", ".join(was) or "as they were", "after": ", ".join(now) or "as they were"}


def refuse_who_changed(changes: Sequence[Mapping[str, Any]], who: str, since: int) -> None:
    """Refuse a reset by the name that changed a limit while the halt stood, in the log or `since` that step."""
    stood, own = False, None
    for change in changes:
        stood = stood or "halt" in change
        if "reset" in change and change["after"] == RUNNING:
            stood, own = False, None
        elif "change_limits" in change and (stood or change["after_steps"] > since):
            own = change if change["who"].casefold() == who.casefold() else own
    if own is not None:
        when = "before the first step" if own["time"] is None else f"at {exact(own['time'])}"
        act = f"{own['who']} changed a limit while it stood ({own['before']} → {own['after']}, {when})"
        raise ParameterError(f"reset: {who} may not lift this halt: {act}. Another name must.")
