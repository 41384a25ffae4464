"""What metrics and alerts read: History's columns, whether a History holds them or the rows that a desk writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import LARGEST, floats, in_range
from mmlab.desk import Mode, Reason
from mmlab.frozen import frozen
from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation import History

Row = Mapping[str, Any]
"""History's columns by name at one time: time, mid, inventory and cash, and what else there is.

It holds the mark and the account at its time, and the quotes and fills of the step that begins there. Beyond
History's columns it may say of how many fills ``bid_fill`` is the sum (``bid_fills``; one, where it does not), and at
which mid [price] they happened (``bid_fill_mid``; the row's, as on a tape, whose orders come before the mid moves).
``ask_fills`` and ``ask_fill_mid`` are the same of the ask.
"""
Rows = Sequence[Row]
_NEEDED = ("time", "mid", "inventory", "cash")
_ACROSS = ("flattened", "flatten_cost", "crossed", "crossing_cost", "basis", "funding")
_AMOUNTS = ("bid_fill", "ask_fill", "fees", *_ACROSS)
_COUNTS = ("bid_size", "ask_size", "bid_fills", "ask_fills", "bid_fill_mid", "ask_fill_mid")
_EVENTS = dict.fromkeys(_AMOUNTS, 0.0) | {"refreshed": 1.0, "accepted": 1.0} | dict.fromkeys(_COUNTS, np.nan)
_LASTING = ("mid", "inventory", "cash", "bid_price", "ask_price", "best_bid", "best_ask", "value", "bound")
ABSENT: dict[str, float] = dict.fromkeys(_LASTING, np.nan) | {"mode": 0.0, "reason": 0.0} | _EVENTS
"""What stands for a column that is not given: no quote, no fill, no fee, all limits kept."""
FILLS = ("time", "net", "clips", "at_mid", "paid", "fees")
"""What is remembered of a row with fills until it is marked out."""


class Columns(dict[str, FloatArray]):
    """The time [time] of some rows, shape (n_rows,), and their columns, shape (n_rows, n_paths), with no hole in them.

    `follow` adds what is worked out of them: ``known``, 1 where the mid was known; ``equity`` before the row's fills
    [price · clip]; ``bids`` and ``asks``, how many fills each side had; ``net``, what was bought less what was sold,
    and ``clips``, both together [clips]; ``at_mid`` and ``paid``, what was bought less what was sold at the mids of
    the fills and at their prices, without fees [price · clip].
    """

    def at(self, rows: slice | NDArray[Any]) -> Columns:
        """Those rows alone."""
        return Columns({name: column[rows] for name, column in self.items()})

    @property
    def last(self) -> Columns:
        """The last row alone, as numbers of its own: the others can be forgotten."""
        return self.at(np.array([-1]))

    def then(self, later: Columns) -> Columns:
        """These rows and after them others."""
        return Columns({name: np.concatenate([column, later[name]]) for name, column in self.items()})


@frozen(eq=False)
class Carried:
    """What a Meter or a Watch remembers: the last row, the fills that are not of age, and numbers, (…, n_paths) each.

    A state is never changed: each step makes another.
    """

    last: Columns | None = None
    young: Columns | None = None
    numbers: Mapping[str, FloatArray] = field(default_factory=dict)


def read(history: History | Row | Rows, first: int = 0) -> Columns:
    """The rows from `first` on. A history's last mark is a row without fills, in which the last quotes stand.

    Raises
    ------
    ParameterError
        If a row lacks time, mid, inventory or cash, time, inventory or an amount of money is not finite, what is given
        has not the width of the first mid, a mode or reason is none that there is, or a fill has no price.
    """
    first = check_count("first", first, at_least=0)
    if isinstance(history, Columns):
        return history.at(slice(first, None)) if first else history
    if isinstance(history, History):
        time, n_paths = history.time, history.mid.shape[1]
        given = {name: floats(column) for name in ABSENT if (column := getattr(history, name, None)) is not None}
    else:
        rows = [history] if isinstance(history, Mapping) else history
        for n, row in enumerate(rows[first:], start=first):
            if not isinstance(row, Mapping):
                raise ParameterError(f"Row {n} of the history must be a mapping of columns; got {row!r}.")
            if missing := [name for name in _NEEDED if name not in row]:
                raise ParameterError(f"Row {n} of the history has no {', '.join(missing)}.")
        n_paths = np.size(np.asarray(rows[0].get("mid", 0.0), dtype=object)) if rows else 1
        rows, first = rows[first:], 0
        time = _column("time", [row["time"] for row in rows], ())
        given = {
            name: _column(name, [row.get(name, absent) for row in rows], (n_paths,))
            for name, absent in ABSENT.items()
            if any(name in row for row in rows)
        }
    table = np.empty((len(ABSENT), len(time) - first, n_paths))
    found = Columns({"time": floats(time)[first:]} | dict(zip(ABSENT, table, strict=True)))
    for name, absent in ABSENT.items():
        column = given.get(name, table[0, :0])
        found[name][:] = column[-1] if len(column) and name not in _EVENTS else absent
        found[name][: len(column[first:])] = column[first:]
    for name in ("time", "inventory", "cash", *_AMOUNTS):
        if not np.abs(found[name]).max(initial=0.0) <= LARGEST:
            raise ParameterError(f"{name} must be finite, up to {LARGEST:g} in size, in each row of a history.")
    for name, kind in (("mode", Mode), ("reason", Reason)):
        if not np.isin(found[name], list(kind)).all():
            raise ParameterError(f"{name} must be one of {', '.join(f'{k:d} {k.name}' for k in kind)}.")
    for side in ("bid", "ask"):
        fill = found[f"{side}_fill"]
        if not ((fill == 0) | (fill > 0) & np.isfinite(found[f"{side}_price"])).all():
            raise ParameterError(f"{side}_fill must be at least 0 clips, and what was filled needs a {side}_price.")
    return found


def _column(name: str, values: Sequence[Any], shape: tuple[int, ...]) -> FloatArray:
    """What rows hold under a name, each of one shape."""
    try:
        return np.array([np.broadcast_to(floats(value), shape) for value in values]).reshape(-1, *shape)
    except (TypeError, ValueError):
        allowed = f"a number or {shape[0]} of them, as many as the first mid" if shape else "a number"
        raise ParameterError(f"{name} must be {allowed}, in each row of a history.") from None


@in_range
def follow(last: Columns | None, rows: Columns) -> tuple[Callable[[str], FloatArray], Columns]:
    """What a column was in the row before each, by the column's name; and the rows, with all that `Columns` names.

    Where a mid is not known, the last known one counts. `last` is the row that came before, and None at the start,
    where rows before the first known mid are left out and the first follows itself.

    Raises
    ------
    ParameterError
        If time runs backwards.
    """
    known = np.isfinite(rows["mid"])
    if last is None:
        marked = known.all(axis=1)
        start = int(marked.argmax()) if marked.any() else len(known)
        rows, known = rows.at(slice(start, None)), known[start:]
    time = rows["time"] if last is None else np.append(last["time"], rows["time"])
    back = np.flatnonzero(~(np.diff(time) >= 0))
    if len(back):
        before, after = time[back[0]], time[back[0] + 1]
        raise ParameterError(f"time must not run backwards; it is {exact(after)} after {exact(before)}.")
    mid = rows["mid"]
    if not known.all():
        mid = latest(np.where(known, mid, np.nan), mid[0] if last is None else last["mid"][0])

    def side(name: str) -> tuple[FloatArray, ...]:
        fill, price, fill_mid = (rows[f"{name}_{what}"] for what in ("fill", "price", "fill_mid"))
        number = np.where(fill > 0, np.nan_to_num(rows[f"{name}_fills"], nan=1.0), 0.0)
        at_mid = np.where(np.isnan(fill_mid), mid, fill_mid) * fill
        return number, fill, at_mid, np.where(fill > 0, price, 0.0) * fill

    (bids, bought, bought_at_mid, spent), (asks, sold, sold_at_mid, got) = side("bid"), side("ask")
    new = Columns(rows | {"mid": mid, "known": known.astype(float), "equity": rows["cash"] + rows["inventory"] * mid})
    new |= {"bids": bids, "asks": asks, "net": bought - sold, "clips": bought + sold}
    new |= {"at_mid": bought_at_mid - sold_at_mid, "paid": spent - got}
    start_row = new if last is None else last
    return lambda name: np.concatenate([start_row[name][:1], new[name][:-1]]), new


def standing(last: Columns, time: float, mid: ArrayLike) -> Columns:
    """A row that was followed as it stands later, at this mid: its fills are in the account, nothing new happened."""
    across, cost = last["flattened"] + last["crossed"], last["flatten_cost"] + last["crossing_cost"]
    cash = last["cash"] + across * last["mid"] - cost - last["paid"] - last["fees"] + last["basis"] + last["funding"]
    account = {"inventory": last["inventory"] + last["net"] - across, "cash": cash}
    marks = {"time": np.array([time]), "mid": np.broadcast_to(floats(mid), cash.shape)}
    return Columns(last | marks | account | {name: np.full(cash.shape, _EVENTS[name]) for name in _EVENTS})


def sent(lag: Callable[[str], FloatArray], new: Columns, first: bool) -> dict[str, FloatArray]:
    """What each row asked of the venue that the one before it did not, (n_rows, n_paths); `first`: none was before.

    ``quoted`` are the clips newly quoted; 0 where no size is given. What is left of an order after its fills goes on
    standing at its price; it is not quoted anew. ``messages`` are the sides that were placed, replaced or cancelled
    since, and one for each row that the venue refused; ``requests`` the rows with any, ``refused`` those refused.
    """
    quoted, messages = np.zeros((2, *new["mid"].shape))
    for side in ("bid", "ask"):
        price, size = new[f"{side}_price"], np.nan_to_num(new[f"{side}_size"])
        left = np.maximum(np.nan_to_num(lag(f"{side}_size")) - lag(f"{side}_fill"), 0.0)
        stays = price == lag(f"{side}_price")
        if first:
            stays[0], left[0] = False, 0.0
        quoted += np.maximum(size - np.where(stays, left, 0.0), 0.0)
        known = np.isfinite(new[f"{side}_size"]) | np.isnan(price)
        messages += known & ((size > 0) | (left > 0)) & ~(stays & (size == left))
    refused = (new["accepted"] == 0).astype(float)
    messages += refused
    return {"quoted": quoted, "messages": messages, "requests": (messages > 0).astype(float), "refused": refused}


def filled(rows: Columns, young: Columns | None = None) -> Columns:
    """The rows in which something was filled, as far as `FILLS` goes, after those that are young still."""
    some = np.any(rows["clips"] > 0, axis=1)
    fills = Columns({name: rows[name][some] for name in FILLS})
    return fills if young is None else young.then(fills)


def aged(
    fills: Columns, rows: Columns, horizon: float, last: Columns | None = None
) -> tuple[Columns, NDArray[np.intp], Columns]:
    """Those rows of `fills` that come of the age `horizon` [time] in `rows`, and were not in the `last` one before.

    With each comes the first row in which it is that old (after a hole in the rows it is older). The third are the
    rows of `fills` that are younger still.
    """
    due = fills["time"] + horizon - (1e-12 * np.abs(fills["time"]) + 1e-9 * horizon)  # times are sums of rounded steps
    at, n_rows = np.searchsorted(rows["time"], due), len(rows["time"])
    now = (due > (-np.inf if last is None else last["time"])) & (at < n_rows)
    return fills.at(now), at[now], fills.at(at == n_rows)


def latest(values: FloatArray, before: FloatArray) -> FloatArray:
    """In each row the last value that is not NaN, the one `before` until there is any; shape (n_rows, …)."""
    both = np.concatenate([before[np.newaxis], values])
    rows = np.arange(len(both)).reshape(-1, *[1] * before.ndim)
    row = np.maximum.accumulate(np.where(np.isnan(both), 0, rows), axis=0)
    return np.take_along_axis(both, row, axis=0)[1:]


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
