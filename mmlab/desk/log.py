"""Log: what people did to a desk between two steps, each with who, why, from what, to what, and when."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmlab.files import named, write_whole
from mmlab.frozen import frozen
from mmlab.market.columns import exact
from mmlab.parameters import ParameterError
from mmlab.table import Table, Tabled

if TYPE_CHECKING:
    from pathlib import Path

RUNNING = "no halt"
"""What stands where nothing halts the desk."""
ACTS = ("halt", "reset", "change_limits")


@frozen
class LogEntry:
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
        acts = ((next((act for act in ACTS if act in change), None), change) for change in changes)
        return cls(
            LogEntry(
                math.nan if change["time"] is None else change["time"],
                change["after_steps"],
                act,
                *(change[name] for name in ("who", "reason", "before", "after")),
            )
            for act, change in acts
            if act
        )

    @property
    def table(self) -> Table:
        """A row for each entry."""
        head = tuple(field.name for field in dataclasses.fields(LogEntry))
        return Table.of(head, [[getattr(entry, name) for name in head] for entry in self], digits=12)

    _table = table

    def to_csv(self, path: str | Path) -> None:
        """Write the entries, each a row, whole or not at all.

        Raises
        ------
        FileError
            If the file system refuses.
        """
        text = io.StringIO()
        names = [field.name for field in dataclasses.fields(LogEntry)]
        csv.writer(text, lineterminator="\n").writerows([names, *([getattr(one, n) for n in names] for one in self)])
        write_whole("The log", {named(path): [text.getvalue()]})


def stated(what: str, who: Any, reason: Any) -> dict[str, str]:
    """Who does something and why, as the log keeps it; refused unless both are text with a letter or a digit in it."""
    for name, text in (("who", who), ("reason", reason)):
        if not isinstance(text, str) or not any(map(str.isalnum, text)):
            raise ParameterError(f"{what}: say in words who does it and why, for the log; got {name}={text!r:.80}.")
    return {"who": " ".join(who.split()), "reason": " ".join(reason.split())}


def differences(before: tuple[Any, ...], after: tuple[Any, ...]) -> dict[str, str]:
    """The numbers in which some limits differ from others of their kinds, as text."""
    texts: tuple[list[str], list[str]] = ([], [])
    for old, new in zip(before, after, strict=True):
        for name in [field.name for field in dataclasses.fields(new)] if dataclasses.is_dataclass(new) else ():
            pair = [getattr(limit, name) for limit in (old, new)]
            if repr(pair[0]) != repr(pair[1]):
                for text, value in zip(texts, pair, strict=True):
                    text.append(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}")
    was, now = (", ".join(text) or "as they were" for text in texts)
    return {"before": was, "after": now}


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
        raise ParameterError(
            f"reset: {who} may not lift this halt: {own['who']} changed a limit while it stood ({own['before']} → "
            f"{own['after']}, {when}). Another name must."
        )
