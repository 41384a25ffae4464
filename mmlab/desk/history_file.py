"""A history's columns: what they may hold, their hash, and the file that they are written to and read from.

The file's first line says how many steps and paths it has, and the hashes of its columns and of the provenance that
line also holds: a file that was cut, lengthened or changed is never taken for another history, nor for another's.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import check_memory
from mmlab.description import hash_of
from mmlab.desk.permission import Mode, Reason
from mmlab.desk.pre_trade import Block
from mmlab.files import FileError, named, reading, short, write_whole
from mmlab.parameters import ParameterError

FORMAT = 3
"""Of the file. The first did not say how many steps and paths it had, the second had no hash of the provenance."""
AT_TIMES = ("time", "mid", "inventory", "cash", "signal")
"""The columns that have a row for each time, one more than for the steps."""
_PRICES, _SIZES = "mid signal best_bid best_ask bid_price ask_price", "bid_size ask_size bid_fill ask_fill"
_FINITE = "inventory cash fees flattened flatten_cost time crossed crossing_cost basis funding unhedged"
_FLOATS = f"mid inventory cash signal best_bid best_ask bid_price ask_price {_SIZES} fees flattened"
_OTHERS: dict[str, Any] = {"refreshed": bool, "accepted": bool, "mode": np.int8, "reason": np.int8}
_OTHERS |= {"value": np.float32, "bound": np.float32, "flatten_cost": float, "crossed": float, "crossing_cost": float}
_OTHERS |= dict.fromkeys(("basis", "funding", "unhedged"), float)
_OTHERS |= {"bid_blocked": np.int8, "ask_blocked": np.int8}
_OTHERS |= dict.fromkeys(("bid_value", "ask_value", "bid_bound", "ask_bound"), np.float32)
COLUMNS: dict[str, Any] = dict.fromkeys(_FLOATS.split(), float) | _OTHERS
"""All columns but the time, and what they hold."""
NEEDED = {"mid", "inventory", "cash", "bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill"}
"""Those that each history has."""
Columns = dict[str, NDArray[Any]]


def _one_of(kind: type[Mode] | type[Reason] | type[Block]) -> tuple[str, Callable[[Any], Any]]:
    numbers = list(map(int, kind))
    return f"one of {numbers}", lambda x: np.isin(x, numbers)


_ALLOWED: dict[str, tuple[str, Callable[[Any], Any]]] = dict.fromkeys(_FINITE.split(), ("finite", np.isfinite))
_ALLOWED |= dict.fromkeys(_PRICES.split(), ("a finite number, or nan where there is none", lambda x: ~np.isinf(x)))
_ALLOWED |= dict.fromkeys(_SIZES.split(), ("at least 0", lambda x: (x >= 0) & (x < np.inf)))
_ALLOWED |= {"mode": _one_of(Mode), "reason": _one_of(Reason)}
_ALLOWED |= dict.fromkeys(("bid_blocked", "ask_blocked"), _one_of(Block))


def write_history(path: Any, columns: Columns, provenance: Mapping[str, Any]) -> None:
    """Write a history's columns, the time first, behind its provenance, whole or not at all."""
    import json

    if fault := _impossible(columns):
        why, n, number = fault
        raise ParameterError(f"No file can hold this history: {why}, at step {n} of path {number}.")
    n_steps, n_paths = columns["bid_price"].shape
    head = {"format": FORMAT, "n_steps": n_steps, "n_paths": n_paths, "SHA-256": hash_of(columns)}
    head["told, SHA-256"] = _hash_of(provenance)
    first = json.dumps({"history": head, **provenance}, allow_nan=False)
    write_whole("The history", {named(path): _rows(first, columns, n_paths)})


def _rows(first: str, columns: Columns, n_paths: int) -> Iterator[str]:
    times, others = columns["time"].tolist(), {name: column for name, column in columns.items() if name != "time"}
    yield f"# {first}\n{','.join(['step', 'path', 'time', *others])}\n"
    blank = [""] * n_paths
    for n, time in enumerate(times):
        cells = [list(map(repr, column[n].tolist())) if n < len(column) else blank for column in others.values()]
        yield "".join(f"{n},{number},{time!r},{','.join(row)}\n" for number, row in enumerate(zip(*cells, strict=True)))


def read_history(path: Any) -> tuple[Columns, dict[str, Any]]:
    """The columns in a file that `write_history` wrote, to the last bit, and the provenance.

    Raises
    ------
    FileError
        If it did not write this; the message names file, line and reason.
    ParameterError
        If the file says that it holds more than fits into memory.
    """
    path, line = named(path), 1
    what = f"{path} is no history that to_csv wrote"
    try:
        with reading(path) as file:
            provenance, n_steps, n_paths, stated = _head(file.readline(2**26))
            line = 2
            names = _names(file.readline(2**12))
            check_memory(f"{path} says that it has {n_paths:,} paths × {n_steps:,} steps, and", 8 * n_paths * n_steps)
            parsed, n_rows = {name: array("d") for name in names}, (n_steps + 1) * n_paths
            for row in range(n_rows):
                line = row + 3
                read = file.readline(40 * (len(names) + 1))  # Python writes no number with more than 24 letters
                if not read:
                    rows = f"{n_rows:,} rows are {n_steps:,} steps and an end of {n_paths:,} paths"
                    raise _Fault(f"it ends here, and {rows}")
                _parse(read, parsed, *divmod(row, n_paths), n_steps)
            line += 1
            if file.readline(1):
                raise _Fault(f"there are more rows than the {n_rows:,} that the first line promises")
    except _Fault as fault:
        raise FileError(f"{what}: line {line}: {fault}.") from None
    columns: Columns = {name: np.array(numbers).reshape(-1, n_paths) for name, numbers in parsed.items()}
    columns["time"] = columns["time"][:, 0].copy()
    if found := _impossible(columns):
        why, n, number = found
        raise FileError(f"{what}: line {n * n_paths + number + 3}: {why}.")
    with np.errstate(over="ignore"):
        columns = {name: column.astype(COLUMNS.get(name, float), copy=False) for name, column in columns.items()}
    if hash_of(columns) != stated:
        raise FileError(f"{what}: a number in it is not the one that was written: the hash of its columns is another.")
    for column in columns.values():
        column.flags.writeable = False
    return columns, provenance


class _Fault(Exception):
    """Why a line is none that was written."""


def _head(line: bytes) -> tuple[dict[str, Any], int, int, str]:
    """The provenance in the first line, the numbers of steps and paths, and the hash."""
    import json

    try:
        provenance = json.loads(line.decode("utf-8").removeprefix("#"), parse_constant=_no_number)
        head = provenance.pop("history", None) if isinstance(provenance, dict) and line.startswith(b"#") else {}
    except (ValueError, RecursionError) as error:
        raise _Fault(f"what it tells of itself cannot be read: {short(str(error), 100)}") from None
    if head is None:
        raise _Fault(
            "it does not say how many steps and paths it has, so nobody can tell whether it is whole (an older mmlab "
            "wrote such files): make the run again"
        )
    counts = [head.get(name) for name in ("n_steps", "n_paths")] if isinstance(head, dict) else []
    if not counts or head.get("format") != FORMAT or not all(type(n) is int and n > 0 for n in counts):
        raise _Fault(f"it must begin with format {FORMAT}, n_steps and n_paths, as JSON behind a #")
    if _hash_of(provenance) != head.get("told, SHA-256"):
        raise _Fault("what it tells of the run is not what was written: the hash of it is another")
    return provenance, *counts, head.get("SHA-256")


def _hash_of(provenance: Mapping[str, Any]) -> str:
    """The SHA-256 of the provenance, as JSON."""
    import hashlib
    import json

    return hashlib.sha256(json.dumps(provenance).encode()).hexdigest()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _names(line: bytes) -> list[str]:
    """The time's name and those of the columns behind it."""
    start, *names = line.decode("latin-1").rstrip("\r\n").split(",time,")
    names = names[0].split(",") if len(names) == 1 and start == "step,path" else []
    if missing := sorted(NEEDED - set(names)):
        raise _Fault(f"it must name step, path, time and the columns; {', '.join(missing)} are missing")
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            raise _Fault(f"there is no column {short(repr(name))}, or it is there twice")
    return ["time", *names]


def _parse(line: bytes, parsed: dict[str, array[float]], n: int, number: int, n_steps: int) -> None:
    """Add the numbers of a line, which must be that of step n and this path."""
    if not line.endswith(b"\n"):
        raise _Fault("it is not whole, or longer than a row can be")
    # Any byte is a letter of Latin 1: one that is no digit is refused as a cell.
    step, *cells = line.decode("latin-1").rstrip("\r\n").split(",")
    if len(cells) != len(parsed) + 1:
        raise _Fault(f"it has {len(cells) + 1} fields, and {len(parsed) + 2} columns are named")
    if (step, cells[0]) != (str(n), str(number)):
        raise _Fault(f"step and path must be {n} and {number}; got {short(f'{step} and {cells[0]}')}")
    for (name, numbers), cell in zip(parsed.items(), cells[1:], strict=True):
        if n == n_steps and name not in AT_TIMES:
            if cell:
                raise _Fault(f"{name} must be empty at the last time; got {short(repr(cell))}")
            continue
        is_bool = COLUMNS.get(name) is bool
        try:
            numbers.append(("False", "True").index(cell) if is_bool else float(cell))
        except ValueError:
            kind = "True or False" if is_bool else "a number"
            raise _Fault(f"{name} must be {kind}; got {short(repr(cell))}") from None
    if number and parsed["time"][-1] != parsed["time"][-2]:
        raise _Fault("the paths of a step have one time")


def _impossible(columns: Columns) -> tuple[str, int, int] | None:
    """The first thing that no history can hold: what must be, and at which time and path."""
    for name, (words, allowed) in _ALLOWED.items():
        if name in columns and not (kept := allowed(columns[name])).all():
            place = tuple(np.argwhere(~kept)[0])
            return f"{name} must be {words}; got {columns[name][place]:g}", int(place[0]), int(sum(place[1:]))
    time, mid, mode = columns["time"], columns["mid"][:-1], columns.get("mode")
    if (back := np.flatnonzero(np.diff(time) < 0)).size:
        n = int(back[0])
        return f"time must not run backwards; got {time[n + 1]:.17g} after {time[n]:.17g}", n + 1, 0
    quotes = (columns["bid_size"] > 0) | (columns["ask_size"] > 0) if mode is None else mode < Mode.HALT
    for n, number in np.argwhere(np.isnan(mid) & quotes):
        return "mid is nan where nothing was halted", int(n), int(number)
    return None
