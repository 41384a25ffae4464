"""History: everything that happened to a strategy on a tape, a column each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import in_range
from mmlab.description import describe, hash_of
from mmlab.desk.history_file import COLUMNS, read_history, write_history
from mmlab.desk.pre_trade import Block
from mmlab.files import reading, short
from mmlab.frozen import frozen
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Summary

if TYPE_CHECKING:
    from pathlib import Path


@frozen(eq=False, repr=False)
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
        What crossed the spread before the step's fills, at a halt or to unwind [clips], positive where sold, and what
        it cost against the mid [price · clip], already out of the cash; None where no limit does that.
    crossed, crossing_cost : array, shape (n_steps, n_paths), optional
        What the model itself or a `Hedger` traded across the spread as the step began, as `flattened`: a `Schedule`'s
        slices, a hedge (its cost is against the other venue's mid, with its fee); None for a desk that does not.
    basis, funding : array, shape (n_steps, n_paths), optional
        What the position at the `Hedger`'s venue gained by its basis and was paid, since the step before, below 0 where
        it lost or paid [price · clip], already in the cash; in the last row until the end as well. None without one.
    unhedged : array, shape (n_steps, n_paths), optional
        What it should have sold by then and has not [clips]: halted, rejected, on its way or its venue down.
    bid_blocked, ask_blocked : array of Block, shape (n_steps, n_paths), optional
        Why a new order of that side was not sent, or was repriced; None for a desk without pre-trade checks.
    bid_value, ask_value, bid_bound, ask_bound : array, shape (n_steps, n_paths), optional
        What was then measured and what it was held against, in the reason's unit; NaN where nothing was stopped.
    provenance : mapping, optional
        What ran, so that `mmlab.simulation.rebuild` runs it again, or that it cannot; versions; what else was told.
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
    crossed: FloatArray | None = None
    crossing_cost: FloatArray | None = None
    basis: FloatArray | None = None
    funding: FloatArray | None = None
    unhedged: FloatArray | None = None
    bid_blocked: NDArray[np.int8] | None = None
    ask_blocked: NDArray[np.int8] | None = None
    bid_value: NDArray[np.float32] | None = None
    ask_value: NDArray[np.float32] | None = None
    bid_bound: NDArray[np.float32] | None = None
    ask_bound: NDArray[np.float32] | None = None
    provenance: Mapping[str, Any] | None = None

    @property
    def _facts(self) -> dict[str, object]:
        n_paths, span = self.mid.shape[1], f"{self.time[0]:.6g} to {self.time[-1]:.6g}"
        sums = {"bought": self.bid_fill, "sold": self.ask_fill, "profit": self.pnl}
        a_path = {f"{name} a path": float(column.sum() / n_paths) for name, column in sums.items()}
        (quotes, clips), low = self.at_or_below_zero, {}
        if quotes:
            low = {"quotes at 0 or below, which few venues take": f"{quotes:,}, with {clips:g} clips filled"}
        return {"paths": n_paths, "steps": len(self.time) - 1, "time": span, **a_path, **low}

    @property
    def at_or_below_zero(self) -> tuple[int, float]:
        """How many quotes rested at a price of 0 or below, and what filled there [clips].

        Only where what is traded may cost less than nothing (a spread, power) does a venue take such a bid. Fills are
        as anywhere, since a model knows price differences alone.
        """
        prices, fills = (np.stack(pair) for pair in ((self.bid_price, self.ask_price), (self.bid_fill, self.ask_fill)))
        low = prices <= 0
        return int(low.sum()), float(fills[low].sum())

    @property
    def not_sent(self) -> dict[str, FloatArray]:
        """How many orders each pre-trade check stopped, by the name of its `Block`: shape (n_paths,) each."""
        there = [column for column in (self.bid_blocked, self.ask_blocked) if column is not None]
        stops = [why for why in Block if why not in (Block.NONE, Block.REPRICED) and there]
        return {why.name: np.sum([(x == why).sum(axis=0) for x in there], axis=0) for why in stops}

    @property
    @in_range
    def wealth(self) -> FloatArray:
        """Cash + inventory × mid [price · clip], shape (n_steps + 1, n_paths)."""
        return self.cash + self.inventory * self.mid

    @property
    @in_range
    def pnl(self) -> FloatArray:
        """What each path earned, marked at the last mid [price · clip], shape (n_paths,)."""
        start, end = (self.cash[n] + self.inventory[n] * self.mid[n] for n in (0, -1))
        return np.asarray(end - start)

    @property
    def final_inventory(self) -> FloatArray:
        """The inventory at the horizon [clips], shape (n_paths,)."""
        return np.asarray(self.inventory[-1])

    @property
    @in_range
    def edge(self) -> FloatArray:
        """Spread earned on fills, measured from the mid at the fill [price · clip], shape (n_paths,).

        What is left of the PnL, after fees and what flattening cost, is what the mid did to the inventory.
        """
        mid = self.mid[:-1]
        bought = np.where(self.bid_fill > 0, (mid - self.bid_price) * self.bid_fill, 0.0)
        sold = np.where(self.ask_fill > 0, (self.ask_price - mid) * self.ask_fill, 0.0)
        return np.asarray((bought + sold).sum(axis=0))

    @property
    @in_range
    def columns(self) -> dict[str, NDArray[Any]]:
        """The time, and those of `COLUMNS` that there are."""
        there = {n: (np.asarray(x), kind) for n, kind in COLUMNS.items() if (x := getattr(self, n)) is not None}
        cast = {n: x.astype(kind, casting="same_kind", copy=False) for n, (x, kind) in there.items()}
        return {"time": self.time} | cast

    @property
    def hash(self) -> str:
        """The SHA-256 of all columns: two runs have the same if they are the same, to the last bit."""
        return hash_of(self.columns)

    def to_csv(self, path: str | Path, **notes: Any) -> None:
        """Write all columns without loss, a row for each time and path; compressed if the name ends in .gz.

        The first line is how many steps and paths these are, their hash, the provenance, and what else is told of it
        (``storm=4.0``), as JSON behind a #. The file is written whole or not at all: what stood there stays.

        Raises
        ------
        FileError
            If the file system refuses.
        ParameterError
            If JSON cannot say what is told, or a column holds what no history can: NaN cash, a negative fill.
        """
        foreign: list[str] = []
        provenance = {n: describe(value, n, foreign) for n, value in {**(self.provenance or {}), **notes}.items()}
        if foreign or "history" in provenance:
            rule = "numbers, text, lists and mappings, under other names than 'history'"
            raise ParameterError(f"to_csv takes {rule}; got {short(str(foreign or provenance))}.")
        write_history(path, self.columns, provenance)

    @classmethod
    def from_csv(cls, path: str | Path) -> History:
        """What `to_csv` wrote, to the last bit.

        Raises
        ------
        FileError
            If it cannot be read, or it did not write this: the message names file, line and reason.
        """
        columns, provenance = read_history(path)
        return cls(**columns, provenance=provenance)


def file_hash(path: str | Path) -> str:
    """A file's SHA-256: two files have the same if they are the same, byte by byte."""
    import hashlib

    with reading(path, unpack=False) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
