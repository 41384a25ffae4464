"""History: everything that happened to a strategy on a tape, a column each."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Summary

AT_TIMES = ("time", "mid", "inventory", "cash", "signal")
"""The columns that have a row for each time, one more than for the steps."""
_FLOATS = (
    "mid inventory cash signal best_bid best_ask bid_price ask_price bid_size ask_size bid_fill ask_fill fees flattened"
)
_OTHERS: dict[str, Any] = {"refreshed": bool, "accepted": bool, "mode": np.int8, "reason": np.int8}
_OTHERS |= {"value": np.float32, "bound": np.float32, "flatten_cost": float}
COLUMNS: dict[str, Any] = dict.fromkeys(_FLOATS.split(), float) | _OTHERS
"""All columns but the time, and what they hold."""


@dataclass(frozen=True, eq=False, repr=False)
class History(Summary):
    """The columns of a run, for all paths.

    Step n quotes at time[n] around mid[n], holding inventory[n]; its fills give inventory[n + 1] and cash[n + 1].

    Parameters
    ----------
    time : array, shape (n_steps + 1,)
        [time]
    mid, inventory, cash : array, shape (n_steps + 1, n_paths)
        [price], [clips] and [price · clip].
    bid_price, ask_price, bid_size, ask_size : array, shape (n_steps, n_paths)
        The quotes that stood when the step's orders came [price] and [clips]; NaN and 0 where there was none.
    bid_fill, ask_fill : array, shape (n_steps, n_paths)
        What was bought and sold [clips].
    signal : array, shape (n_steps + 1, n_paths), optional
        The tape's [price/time]; None if it has none.
    fees : array, shape (n_steps, n_paths), optional
        What the venue took in each step [price · clip], already out of the cash; None where nobody asks for any.
    refreshed : array of bool, shape (n_steps, n_paths), optional
        Whether the desk decided to replace what rested; None for a strategy that quotes anew at every step.
    accepted : array of bool, shape (n_steps, n_paths), optional
        Whether the venue accepted what the desk asked for; None for a strategy without a venue.
    best_bid, best_ask : array, shape (n_steps, n_paths), optional
        What others showed as each step began [price], NaN where nothing; None where no book is known.
    mode, reason, value, bound : array, shape (n_steps, n_paths), optional
        What the limits permitted, why, what was measured and what it was held against, as in `Permission`; None
        without limits. `mode_changes` takes them as they are.
    flattened, flatten_cost : array, shape (n_steps, n_paths), optional
        What was given up at a halt before the step's fills [clips], positive where sold, and what it cost against the
        mid [price · clip], already out of the cash; None where no limit does that.
    provenance : mapping, optional
        Where it comes from, as far as it was told: configuration, versions, seed, the hash of a data file.
    """

    time: FloatArray
    mid: FloatArray
    bid_price: FloatArray
    ask_price: FloatArray
    bid_size: FloatArray
    ask_size: FloatArray
    bid_fill: FloatArray
    ask_fill: FloatArray
    inventory: FloatArray
    cash: FloatArray
    signal: FloatArray | None = None
    fees: FloatArray | None = None
    refreshed: NDArray[np.bool_] | None = None
    accepted: NDArray[np.bool_] | None = None
    best_bid: FloatArray | None = None
    best_ask: FloatArray | None = None
    mode: NDArray[np.int8] | None = None
    reason: NDArray[np.int8] | None = None
    value: NDArray[np.float32] | None = None
    bound: NDArray[np.float32] | None = None
    flattened: FloatArray | None = None
    flatten_cost: FloatArray | None = None
    provenance: Mapping[str, Any] | None = None

    @property
    def _facts(self) -> dict[str, object]:
        n_paths, span = self.mid.shape[1], f"{self.time[0]:.6g} to {self.time[-1]:.6g}"
        sums = {"bought": self.bid_fill, "sold": self.ask_fill, "profit": self.pnl}
        told = {f"{name} a path": float(column.sum() / n_paths) for name, column in sums.items()}
        return {"paths": n_paths, "steps": len(self.time) - 1, "time": span, **told}

    @property
    def wealth(self) -> FloatArray:
        """Cash + inventory × mid [price · clip], shape (n_steps + 1, n_paths)."""
        return self.cash + self.inventory * self.mid

    @property
    def pnl(self) -> FloatArray:
        """What each path earned, marked at the last mid [price · clip], shape (n_paths,)."""
        start, end = (self.cash[n] + self.inventory[n] * self.mid[n] for n in (0, -1))
        return np.asarray(end - start)

    @property
    def final_inventory(self) -> FloatArray:
        """The inventory at the horizon [clips], shape (n_paths,)."""
        return np.asarray(self.inventory[-1])

    @property
    def edge(self) -> FloatArray:
        """Spread earned on fills, measured from the mid at the fill [price · clip], shape (n_paths,).

        What is left of the PnL, after fees and what flattening cost, is what the mid did to the inventory.
        """
        mid = self.mid[:-1]
        bought = np.where(self.bid_fill > 0, (mid - self.bid_price) * self.bid_fill, 0.0)
        sold = np.where(self.ask_fill > 0, (self.ask_price - mid) * self.ask_fill, 0.0)
        return np.asarray((bought + sold).sum(axis=0))

    def to_csv(self, path: str | Path, **told: Any) -> None:
        """Write all columns without loss, a row for each time and path; compressed if the name ends in .gz.

        The first line is the provenance, and what else is told of it (``seed=1``), as JSON behind a #.
        """
        columns = {name: column for name in COLUMNS if (column := getattr(self, name)) is not None}
        blank = [""] * self.mid.shape[1]
        with _opened(path, "wt") as file:
            print("#", json.dumps({**(self.provenance or {}), **told}), file=file)
            print("step", "path", "time", *columns, sep=",", file=file)
            for n, time in enumerate(self.time.tolist()):
                rows = [
                    list(map(repr, column[n].tolist())) if n < len(column) else blank for column in columns.values()
                ]
                for path_number, row in enumerate(zip(*rows, strict=True)):
                    print(n, path_number, repr(time), *row, sep=",", file=file)

    @classmethod
    def from_csv(cls, path: str | Path) -> History:
        """What `to_csv` wrote, to the last bit.

        Raises
        ------
        ParameterError
            If it did not write this.
        """
        try:
            with _opened(path, "rt") as file:
                first, head, *lines = file.read().splitlines()
            table = dict(zip(head.split(","), zip(*(line.split(",") for line in lines), strict=True), strict=True))
            n_paths = int(table["path"][-1]) + 1
            if any(table["bid_price"][-n_paths:]):
                raise ValueError("its end is missing")
            columns: dict[str, Any] = {"time": np.array(table["time"][::n_paths]).astype(float)}
            for name in head.split(",")[3:]:
                cells = np.array(table[name] if name in AT_TIMES else table[name][:-n_paths])
                column = cells == "True" if COLUMNS[name] is bool else cells.astype(float).astype(COLUMNS[name])
                columns[name] = column.reshape(-1, n_paths)
                columns[name].flags.writeable = False
            return cls(**columns, provenance=json.loads(first.removeprefix("#")))
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise ParameterError(f"{path} is no history that to_csv wrote: {error}.") from None


def file_hash(path: str | Path) -> str:
    """A file's SHA-256, by which a run's provenance names the data that it used."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: str | Path, mode: str) -> Any:
    return (gzip.open if str(path).endswith(".gz") else open)(path, mode, encoding="utf-8", newline="\n")
