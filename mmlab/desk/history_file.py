"""A history's columns: what they may hold, their hash, and the file that they are written to and read from.

The file's first line says how many steps and paths it has, and the hashes of its columns and of what else that line
tells: a file that was cut, lengthened or changed is never taken for another history, nor for another's.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import check_memory
from mmlab.description import hash_of
from mmlab.desk.permission import Mode, Reason
from mmlab.files import FileError, named, reading, short, write_whole
from mmlab.parameters import ParameterError

FORMAT = 3
"""Of the file. The first did not say how many steps and paths it had, the second had no hash of what it tells."""
AT_TIMES = ("time", "mid", "inventory", "cash", "signal")
"""The columns that have a row for each time, one more than for the steps."""
_FLOATS = (
    "mid inventory cash signal best_bid best_ask bid_price ask_price bid_size ask_size bid_fill ask_fill fees flattened"
)
_OTHERS: dict[str, Any] = {"refreshed": bool, "accepted": bool, "mode": np.int8, "reason": np.int8}
_OTHERS |= {"value": np.float32, "bound": np.float32, "flatten_cost": float}
COLUMNS: dict[str, Any] = dict.fromkeys(_FLOATS.split(), float) | _OTHERS
"""All columns but the time, and what they hold."""
NEEDED = {"mid", "inventory", "cash", "bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill"}
"""Those that each history has."""

_ALLOWED: dict[str, tuple[str, Any]] = (
    dict.fromkeys(("inventory", "cash", "fees", "flattened", "flatten_cost"), ("finite", np.isfinite))
    | dict.fromkeys(("bid_size", "ask_size", "bid_fill", "ask_fill"), ("at least 0", lambda x: (x >= 0) & (x < np.inf)))
    | dict.fromkeys(
        ("mid", "signal", "best_bid", "best_ask", "bid_price", "ask_price"),
        ("a finite number, or nan where there is none", lambda x: ~np.isinf(x)),
    )
    | {
        name: (f"one of {list(map(int, kind))}", lambda x, kind=kind: np.isin(x, list(kind)))
        for name, kind in (("mode", Mode), ("reason", Reason))
    }
)
_CELLS: dict[Any, Any] = {bool: {"True": True, "False": False}.__getitem__}
_MOST_LETTERS = 40
"""Of a number: Python writes none with more than 24."""
Columns = dict[str, NDArray[Any]]
Refusal = Callable[[int | None, str], FileError]
"""The error of a row, or of none, and why."""


def write_history(path: Any, columns: Columns, told: Mapping[str, Any]) -> None:
    """Write a history's columns, the time first, behind what is told of it, whole or not at all."""
    if fault := _impossible(columns):
        words, n, number = fault
        raise ParameterError(f"No file can hold this history: {words}, at step {n} of path {number}.")
    n_steps, n_paths = columns["bid_price"].shape
    head = {"format": FORMAT, "n_steps": n_steps, "n_paths": n_paths, "SHA-256": hash_of(columns)}
    head["told, SHA-256"] = _hash_of(told)
    first = json.dumps({"history": head, **told}, allow_nan=False)
    write_whole("The history", {named(path): _rows(first, columns, n_paths)})


def _rows(first: str, columns: Columns, n_paths: int) -> Iterator[str]:
    times, others = columns["time"].tolist(), {name: column for name, column in columns.items() if name != "time"}
    yield f"# {first}\n{','.join(['step', 'path', 'time', *others])}\n"
    blank = [""] * n_paths
    for n, time in enumerate(times):
        cells = [list(map(repr, column[n].tolist())) if n < len(column) else blank for column in others.values()]
        yield "".join(f"{n},{number},{time!r},{','.join(row)}\n" for number, row in enumerate(zip(*cells, strict=True)))


def read_history(path: Any) -> tuple[Columns, dict[str, Any]]:
    """The columns in a file that `write_history` wrote, to the last bit, and what was told of them.

    Raises
    ------
    FileError
        If the file cannot be read, or is not what was written: the message names file, line and reason.
    """
    with reading(path) as file:
        refuse = functools.partial(_refused, short(str(path), 200))
        told, n_steps, n_paths, stated = _head(file.readline(2**26), refuse)
        names = _names(file.readline(2**12), refuse)
        check_memory(f"{path} says that it has {n_paths:,} paths × {n_steps:,} steps, and", 8 * n_paths * n_steps)
        parsed: dict[str, list[NDArray[Any]]] = {name: [] for name in ("time", *names)}
        row, n_rows, ends = 0, (n_steps + 1) * n_paths, n_steps * n_paths
        while rows := [line for _ in range(4096) if (line := file.readline(_MOST_LETTERS * len(parsed) + 40))]:
            table = _table(rows, row, len(parsed) + 2, n_rows, n_paths, refuse)
            for cells, (name, parts) in zip(table, parsed.items(), strict=True):
                full = len(cells) if name in AT_TIMES else max(0, min(len(cells), ends - row))
                parts.append(_parsed(name, cells[:full], row, refuse))
                for n, cell in enumerate(cells[full:], start=row + full):
                    if cell:
                        raise refuse(n, f"{name} must be empty at the last time; got {short(repr(cell))}")
            row += len(rows)
    if row < n_rows:
        raise refuse(row, f"it ends here, and {n_rows:,} rows are {n_steps:,} steps and an end of {n_paths:,} paths")
    columns = {
        name: np.concatenate(parts).reshape(-1, n_paths) if parts else np.empty((0, n_paths))
        for name, parts in parsed.items()
    }
    time = columns["time"]
    if len(others := np.argwhere(time != time[:, :1])):
        raise refuse(int(others[0] @ (n_paths, 1)), "the paths of a step have one time")
    columns["time"] = time[:, 0].copy()
    if fault := _impossible(columns):
        words, n, number = fault
        raise refuse(n * n_paths + number, words)
    with np.errstate(over="ignore"):
        made = {name: column.astype(COLUMNS.get(name, float), copy=False) for name, column in columns.items()}
    if hash_of(made) != stated:
        raise refuse(None, "a number in it is not the one that was written: the hash of its columns is another")
    for column in made.values():
        column.flags.writeable = False
    return made, told


def _refused(path: str, row: int | None, why: str) -> FileError:
    where = "" if row is None else f"line {row + 3}: "
    return FileError(f"{path} is no history that to_csv wrote: {where}{why}.")


def _head(line: bytes, refuse: Refusal) -> tuple[dict[str, Any], int, int, str]:
    """What the first line tells, the numbers of steps and paths, and the hash."""
    try:
        told = json.loads(line.decode("utf-8").removeprefix("#"), parse_constant=_no_number)
        head = told.pop("history", None) if isinstance(told, dict) and line.startswith(b"#") else {}
    except (ValueError, RecursionError) as error:
        raise refuse(-2, f"what it tells of itself cannot be read: {short(str(error), 100)}") from None
    if head is None:
        raise refuse(
            -2,
            "it does not say how many steps and paths it has, so nobody can tell whether it is whole (an "
            "older mmlab wrote such files): make the run again",
        )
    counts = [head.get(name) for name in ("n_steps", "n_paths")] if isinstance(head, dict) else []
    if not counts or head.get("format") != FORMAT or not all(type(n) is int and n > 0 for n in counts):
        raise refuse(-2, f"it must begin with format {FORMAT}, n_steps and n_paths, as JSON behind a #")
    if _hash_of(told) != head.get("told, SHA-256"):
        raise refuse(-2, "what it tells of the run is not what was written: the hash of it is another")
    return told, *counts, head.get("SHA-256")


def _hash_of(told: Mapping[str, Any]) -> str:
    """The SHA-256 of what is told, as JSON."""
    import hashlib

    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _names(line: bytes, refuse: Refusal) -> list[str]:
    """The names of the columns behind step, path and time."""
    start, *names = line.decode("latin-1").rstrip("\r\n").split(",time,")
    names = names[0].split(",") if len(names) == 1 and start == "step,path" else []
    if missing := sorted(NEEDED - set(names)):
        raise refuse(-1, f"it must name step, path, time and the columns; {', '.join(missing)} are missing")
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            raise refuse(-1, f"there is no column {short(repr(name))}, or it is there twice")
    return names


def _table(
    lines: list[bytes], row: int, width: int, n_rows: int, n_paths: int, refuse: Refusal
) -> list[tuple[str, ...]]:
    """The cells of some lines behind step and path, which must be those that come next, column by column."""
    kept = []
    for n, line in enumerate(lines, start=row):
        if n >= n_rows:
            raise refuse(n, f"there are more rows than the {n_rows:,} that the first line promises")
        if not line.endswith(b"\n"):
            raise refuse(n, "it is not whole, or longer than a row can be")
        # Any byte is a letter of Latin 1: one that is no digit is refused as a cell, with its line.
        cells = line.decode("latin-1").rstrip("\r\n").split(",")
        if len(cells) != width:
            raise refuse(n, f"it has {len(cells)} fields, and {width} columns are named")
        if cells[:2] != [str(n // n_paths), str(n % n_paths)]:
            got = short(f"{cells[0]} and {cells[1]}")
            raise refuse(n, f"step and path must be {n // n_paths} and {n % n_paths}; got {got}")
        kept.append(cells[2:])
    return list(zip(*kept, strict=True))


def _parsed(name: str, cells: tuple[str, ...], row: int, refuse: Refusal) -> NDArray[Any]:
    """A column's numbers."""
    read, numbers = _CELLS.get(COLUMNS.get(name), float), []
    for n, cell in enumerate(cells, start=row):
        try:
            numbers.append(read(cell))
        except (ValueError, KeyError):
            kind = "a number" if read is float else "True or False"
            raise refuse(n, f"{name} must be {kind}; got {short(repr(cell))}") from None
    return np.array(numbers, dtype=float)


def _impossible(columns: Columns) -> tuple[str, int, int] | None:
    """The first thing that no history can hold: what must be, and at which time and path."""
    time = columns["time"]
    rules = {name: (told, allowed(columns[name])) for name, (told, allowed) in _ALLOWED.items() if name in columns}
    rules["time"] = ("finite", np.isfinite(time)[:, np.newaxis])
    for name, (told, kept) in rules.items():
        if not kept.all():
            n, path = np.argwhere(~kept)[0]
            return f"{name} must be {told}; got {columns[name][(n, path)[: columns[name].ndim]]:g}", int(n), int(path)
    if (back := np.flatnonzero(np.diff(time) < 0)).size:
        return (
            f"time must not run backwards; got {time[back[0] + 1]:.17g} after {time[back[0]]:.17g}",
            int(back[0]) + 1,
            0,
        )
    mid, mode = columns["mid"][:-1], columns.get("mode")
    quoted = np.isnan(mid) & (
        (columns["bid_size"] > 0) | (columns["ask_size"] > 0) if mode is None else mode < Mode.HALT
    )
    if quoted.any():
        n, path = np.argwhere(quoted)[0]
        return "mid is nan where nothing was halted", int(n), int(path)
    return None
