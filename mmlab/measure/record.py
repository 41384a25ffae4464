"""Record: what a monitor reads. A history, or rows of one, with nothing left open; how one stretch follows another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import LARGEST, floats, in_range
from mmlab.desk import Mode, Reason
from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation import History
from mmlab.table import Summary

Rows = Sequence[Mapping[str, Any]]

_ACCOUNT = dict.fromkeys(("mid", "inventory", "cash", "known"), np.nan)
_QUOTES = dict.fromkeys(("bid_price", "ask_price", "best_bid", "best_ask", "value", "bound"), np.nan)
_MODE = {"mode": 0.0, "reason": 0.0}
_AMOUNTS = ("bid_fill", "ask_fill", "fees", "flattened", "flatten_cost")
_SIDES = ("bid_size", "ask_size", "bid_fills", "ask_fills", "bid_fill_mid", "ask_fill_mid")
_EVENTS = dict.fromkeys(_AMOUNTS, 0.0) | {"refreshed": 1.0} | dict.fromkeys(_SIDES, np.nan)
COLUMNS: dict[str, float] = _ACCOUNT | _QUOTES | _MODE | _EVENTS
"""Each column and what stands for it where it is not given: no quote, no fill, no fee, all limits kept."""
_PLACE = {name: place for place, name in enumerate(COLUMNS)}


@dataclass(frozen=True, eq=False, repr=False)
class Record(Summary):
    """Rows, each with its time, mid and account, and with the quotes and fills of the step that it begins.

    ``record["mid"]`` is a column of `COLUMNS`, shape (n_rows, n_paths): History's, and the best prices of all [price],
    NaN where nobody knows them. A history's last mark is a row without fills, in which the last quotes stand. `known`
    is 1 where the mid was known; where it was not, the last known one counts. `bid_fills` says of how many fills
    `bid_fill` is the sum, NaN: of one; `bid_fill_mid` at which mid [price], NaN: the row's, as on a tape, whose orders
    come before the mid moves. `ask_fills` and `ask_fill_mid` are the same of the ask.

    Parameters
    ----------
    time : array, shape (n_rows,)
        [time], not decreasing.
    table : array, shape (n_columns, n_rows, n_paths)
    """

    time: FloatArray
    table: FloatArray

    @classmethod
    def of(cls, history: History | Record | Rows, first: int = 0) -> Record:
        """The rows from `first` on of a history, or of mappings with at least time, mid, inventory and cash.

        Raises
        ------
        ParameterError
            If one of these is missing, time, inventory or an amount of money is not finite, what is given has not the
            width of the first mid, a mode or reason is none that there is, or a fill has no price.
        """
        first = check_count("first", first, at_least=0)
        if isinstance(history, Record):
            return history.rows(slice(first, None))
        columns: Mapping[str, Any]
        if isinstance(history, History):
            time, n_paths = history.time, history.mid.shape[1]
            columns = {name: floats(told) for name in COLUMNS if (told := getattr(history, name, None)) is not None}
        else:
            rows = history[first:]
            for n, row in enumerate(rows, start=first):
                if not isinstance(row, Mapping):
                    raise ParameterError(f"Row {n} of the history must be a mapping of columns; got {row!r}.")
                if missing := [name for name in ("time", "mid", "inventory", "cash") if name not in row]:
                    raise ParameterError(f"Row {n} of the history has no {', '.join(missing)}.")
            n_paths = np.size(np.asarray(history[0].get("mid", 0.0), dtype=object)) if history else 1
            time, first = _column("time", [row["time"] for row in rows], ()), 0
            columns = {
                name: _column(name, [row.get(name, absent) for row in rows], (n_paths,))
                for name, absent in COLUMNS.items()
                if rows
            }
        made = cls(floats(time)[first:], np.empty((len(COLUMNS), len(time) - first, n_paths)))
        for rows_of, (name, absent) in zip(made.table, COLUMNS.items(), strict=True):
            column = columns.get(name, np.empty((0, n_paths)))
            rows_of[:] = column[-1] if len(column) and name not in _EVENTS else absent
            rows_of[: len(column[first:])] = column[first:]
        made["known"][:] = np.isfinite(made["mid"])
        for name, values in (("time", made.time), *((name, made[name]) for name in ("inventory", "cash", *_AMOUNTS))):
            if not np.abs(values).max(initial=0.0) <= LARGEST:
                raise ParameterError(f"{name} must be finite, up to {LARGEST:g} in size, in each row of a history.")
        for name, kind in (("mode", Mode), ("reason", Reason)):
            if not np.isin(made[name], list(kind)).all():
                raise ParameterError(f"{name} must be one of {', '.join(f'{k:d} {k.name}' for k in kind)}.")
        for side in ("bid", "ask"):
            fill = made[f"{side}_fill"]
            if not ((fill == 0) | (fill > 0) & np.isfinite(made[f"{side}_price"])).all():
                raise ParameterError(f"{side}_fill must be at least 0 clips, and what was filled needs a {side}_price.")
        return made

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, name: str) -> FloatArray:
        return np.asarray(self.table[_PLACE[name]])

    def rows(self, chosen: slice | NDArray[Any]) -> Record:
        """Those rows alone."""
        return Record(self.time[chosen], self.table[:, chosen])

    def then(self, other: Record) -> Record:
        """These rows and after them others."""
        return Record(np.append(self.time, other.time), np.concatenate([self.table, other.table], axis=1))

    def standing(self, time: float, mid: ArrayLike) -> Record:
        """The last row as it stands later, at this mid: its fills are in the account, and nothing new has happened."""
        last = self.rows(slice(-1, None))
        later = Record(np.array([time]), last.table.copy())
        later["inventory"][:] += last.net - last["flattened"]
        later["cash"][:] += last["flattened"] * last["mid"] - last["flatten_cost"] - last.paid - last["fees"]
        later["mid"][:], later["known"][:] = floats(mid), np.isfinite(mid)
        for name in _EVENTS:
            later[name][:] = 0.0
        return later

    @property
    @in_range
    def equity(self) -> FloatArray:
        """Cash + inventory × mid, before each row's fills [price · clip], shape (n_rows, n_paths)."""
        return self["cash"] + self["inventory"] * self["mid"]

    @property
    def net(self) -> FloatArray:
        """What each row bought less what it sold [clips], shape (n_rows, n_paths)."""
        return self["bid_fill"] - self["ask_fill"]

    @property
    def clips(self) -> FloatArray:
        """What each row traded [clips], shape (n_rows, n_paths)."""
        return self["bid_fill"] + self["ask_fill"]

    @property
    def fills(self) -> tuple[FloatArray, FloatArray]:
        """How many fills each row's bid and ask had [1]."""
        bid, ask = (
            np.where(self[f"{side}_fill"] > 0, np.nan_to_num(self[f"{side}_fills"], nan=1.0), 0.0)
            for side in ("bid", "ask")
        )
        return bid, ask

    @property
    @in_range
    def worth(self) -> FloatArray:
        """What each row bought less what it sold, at the mid of each fill [price · clip]."""
        bid, ask = (
            np.where(np.isnan(mid := self[f"{side}_fill_mid"]), self["mid"], mid) * self[f"{side}_fill"]
            for side in ("bid", "ask")
        )
        return np.asarray(bid - ask)

    @property
    @in_range
    def paid(self) -> FloatArray:
        """What each row paid for what it bought, less what it got, without fees [price · clip]."""
        bid, ask = (np.where(self[f"{side}_fill"] > 0, self[f"{side}_price"], 0.0) for side in ("bid", "ask"))
        return np.asarray(bid * self["bid_fill"] - ask * self["ask_fill"])


def _column(name: str, values: Sequence[Any], shape: tuple[int, ...]) -> FloatArray:
    """What rows tell under a name, each of one shape."""
    try:
        return np.array([np.broadcast_to(floats(value), shape) for value in values]).reshape(-1, *shape)
    except (TypeError, ValueError):
        wanted = f"a number or {shape[0]} of them, as many as the first mid" if shape else "a number"
        raise ParameterError(f"{name} must be {wanted}, in each row of a history.") from None


def follow(last: Record | None, record: Record) -> tuple[Record, Record]:
    """The row before each of `record`'s, and these, their mids the last known ones; the first of all follows itself.

    `last` is the row seen before; None at the start, where rows before the first known mid are left out.

    Raises
    ------
    ParameterError
        If time runs backwards.
    """
    if not len(record):
        return record, record
    if last is None:
        marked = np.isfinite(record["mid"]).all(axis=1)
        record = record.rows(slice(int(marked.argmax()) if marked.any() else len(record), None))
    both = record if last is None else last.then(record)
    back = np.flatnonzero(~(np.diff(both.time) >= 0))
    if len(back):
        was, then = both.time[back[0]], both.time[back[0] + 1]
        raise ParameterError(f"time must not run backwards; it is {exact(then)} after {exact(was)}.")
    if not both["known"].all() and len(both) > 1:
        both = Record(both.time, both.table.copy())
        both["mid"][1:] = latest(np.where(np.isfinite(both["mid"]), both["mid"], np.nan)[1:], both["mid"][0])
    rows = np.arange(len(both) - len(record), len(both))
    return both.rows(np.maximum(rows - 1, 0)), both.rows(rows)


def aged(fills: Record, rows: Record, horizon: float, seen: float) -> tuple[Record, NDArray[np.intp], Record]:
    """Those rows of `fills` that come of the age `horizon` [time] in `rows`, and had not by the time `seen`.

    With each comes the first row in which it is that old (after a hole in the rows it is older). The third are the
    rows of `fills` that are younger still.
    """
    due = fills.time + horizon - (1e-12 * np.abs(fills.time) + 1e-9 * horizon)  # times are sums of rounded steps
    at = np.searchsorted(rows.time, due)
    now = (due > seen) & (at < len(rows))
    return fills.rows(now), at[now], fills.rows(at == len(rows))


def latest(values: FloatArray, before: FloatArray) -> FloatArray:
    """In each row the last value that is not NaN, the one `before` until there is any; shape (n_rows, …)."""
    both = np.concatenate([before[np.newaxis], values])
    rows = np.arange(len(both)).reshape(-1, *[1] * before.ndim)
    row = np.maximum.accumulate(np.where(np.isnan(both), 0, rows), axis=0)
    return np.take_along_axis(both, row, axis=0)[1:]


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
