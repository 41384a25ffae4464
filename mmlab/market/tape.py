"""Tape: what happened, whoever made it: a simulated market, an order book, a recorded day."""

from __future__ import annotations

from dataclasses import field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mmlab.arrays import LARGEST, ends, floats, huge
from mmlab.frozen import frozen
from mmlab.parameters import BoolArray, FloatArray, Parameter, ParameterError, check_count
from mmlab.table import Summary

_COLUMNS = ("time", "mid", "buy_reach", "sell_reach", "buy_size", "sell_size", "signal", "touch")

_TIMES = Parameter(symbol="×", unit="1", description="How far the mid moves.", name="times", at_least=0, at_most=1e6)


@frozen(eq=False, repr=False)
class Tape(Summary):
    """Mids and the reach of market orders, step by step. A quote fills if its depth is `reached`: depth ≤ reach.

    Step n runs from time[n] to time[n + 1]. Its *reach* is how far from mid[n] the step's most aggressive market order
    of that side would have traded; −inf where none came. Orders of one step come before the mid moves to mid[n + 1].
    Models compared on one tape share its randomness.

    Parameters
    ----------
    time : array, shape (n_steps + 1,)
        [time], not decreasing.
    mid : array, shape (n_steps + 1, n_paths)
        [price]
    buy_reach, sell_reach : array, shape (n_steps, n_paths)
        [price] reach of buy orders (they hit asks) and of sell orders (they hit bids).
    buy_size, sell_size : array, shape (n_steps, n_paths)
        [clips] size of those orders, at least 0.
    signal : array, shape (n_steps + 1, n_paths), optional
        [price/time] the mid's short-term drift, as a strategy may see it at each time; None where nobody knows of one.
    touch : array, shape (n_steps, 2, 2, n_paths), optional
        What others show as each step begins, without us: their best prices [price] and what is displayed there
        [clips], each of (bid, ask). Where the market is closed the prices are NaN. None where no book is known.
    arrival_seed : int, optional
        From which `arrival` draws when in a step its orders come; None where a step begins with them, as on a replay.

    copies : int
        How many times over the paths are the same: in each copy, orders come at the same times.

    Raises
    ------
    ParameterError
        If the shapes do not fit together, time runs backwards, or there is NaN.
    """

    time: FloatArray
    mid: FloatArray
    buy_reach: FloatArray
    sell_reach: FloatArray
    buy_size: FloatArray
    sell_size: FloatArray
    signal: FloatArray | None = None
    touch: FloatArray | None = None
    arrival_seed: int | None = 0
    copies: int = 1
    is_open: BoolArray = field(init=False)
    """Where there is a market to quote on as each step begins, shape (n_steps, n_paths)."""
    largest: float = field(init=False, repr=False)
    """No price that a mid or an order comes to is larger [price]."""
    origin: dict[str, Any] | None = field(init=False, default=None)
    """Of what it was made: a market and a seed, or a recorded day; None where nobody knows, as of a changed copy."""

    def __post_init__(self) -> None:
        if self.arrival_seed is not None:
            check_count("arrival_seed", self.arrival_seed, at_least=0)
        found = dict[str, tuple[float, float, bool]]()
        for name, given in self.columns.items():
            column = floats(given).view()
            found[name] = ends(column)
            if huge(*found[name][:2]):
                raise ParameterError(f"Tape: {name} must be at most {LARGEST:g} in size.")
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        if self.time.ndim != 1 or self.mid.ndim != 2 or len(self.time) < 2 or self.mid.shape[1] < 1:
            raise ParameterError(
                "Tape: time must have shape (n_steps + 1,) and mid (n_steps + 1, n_paths), with at least one step "
                f"and one path; got {self.time.shape} and {self.mid.shape}."
            )
        n_steps, n_paths = self.n_steps, self.n_paths
        if n_paths % check_count("copies", self.copies):
            raise ParameterError(f"Tape: {n_paths} paths are not {self.copies} copies of some.")
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(_COLUMNS, (n_steps, n_paths))
        shapes |= {"time": (n_steps + 1,), "touch": (n_steps, 2, 2, n_paths)}
        shapes |= dict.fromkeys(("mid", "signal"), self.mid.shape)
        for name, column in self.columns.items():
            if column.shape != shapes[name]:
                raise ParameterError(
                    f"Tape: mid has shape {self.mid.shape}, so {name} must have shape {shapes[name]}; "
                    f"got {column.shape}."
                )
            least, most, known = found[name]
            if name in ("mid", "signal") and not (known and -np.inf < least and most < np.inf):
                raise ParameterError(f"Tape: {name} must be finite everywhere.")
            if name.endswith("_reach") and not (known and most < np.inf):
                raise ParameterError(f"Tape: {name} must be a number below +inf; −inf says that no order came.")
            if name.endswith("_size") and not (known and least >= 0):
                raise ParameterError(f"Tape: {name} must be at least 0 clips.")
        if not np.isfinite(self.time).all() or (np.diff(self.time) < 0).any():
            raise ParameterError("Tape: time must be finite and must not run backwards.")
        (low, high, _), reaches = found["mid"], (found["buy_reach"][1], found["sell_reach"][1])
        object.__setattr__(self, "largest", max(high, -low) + max(reaches))
        closed = np.False_ if self.touch is None else np.isnan(self.touch[:, 0]).any(axis=1)
        object.__setattr__(self, "is_open", np.broadcast_to(~closed, (n_steps, n_paths)))

    @property
    def _facts(self) -> dict[str, object]:
        time, mid = (f"{column.min():.6g} to {column.max():.6g}" for column in (self.time, self.mid))
        return {"paths": self.n_paths, "steps": self.n_steps, "time": time, "mid": mid}

    @property
    def n_paths(self) -> int:
        """How many independent sessions the tape holds."""
        return int(self.mid.shape[1])

    @property
    def n_steps(self) -> int:
        """How many steps a session has."""
        return int(self.mid.shape[0] - 1)

    @property
    def time_left(self) -> FloatArray:
        """T − t_n at the start of each step [time], shape (n_steps,)."""
        return np.asarray(self.time[-1] - self.time[:-1])

    @property
    def columns(self) -> dict[str, FloatArray]:
        """All that the tape has, by name."""
        return {name: column for name in _COLUMNS if (column := getattr(self, name)) is not None}

    @cached_property
    def sizes_of_every_step(self) -> FloatArray | None:
        """Sizes of sell orders and of buy orders, (2, n_paths) [clips], where one row of each serves for all steps."""
        both = self.sell_size, self.buy_size
        if any(column.strides[0] for column in both):
            return None
        sizes = np.array([column[0] for column in both])
        sizes.flags.writeable = False  # as the columns' are
        return sizes

    def arrival(self, step: int) -> FloatArray:
        """When the step's sell orders come and its buy orders [time], shape (2, n_paths): at any time in it alike.

        Drawn anew at every call, and always the same: a tape that nobody asks keeps and draws nothing.
        """
        start, end = self.time[check_count("step", step, at_least=0) :][:2]
        if self.arrival_seed is None:
            return np.full((2, self.n_paths), start)
        share = np.random.default_rng((self.arrival_seed, step)).random((2, self.n_paths // self.copies))
        return np.hstack([start + (end - start) * share] * self.copies)

    def first(self, n_steps: int) -> Tape:
        """The tape of the first `n_steps` steps alone.

        Raises
        ------
        ParameterError
            If there are fewer, or `n_steps` is not a whole number above 0.
        """
        if check_count("n_steps", n_steps) > self.n_steps:
            raise ParameterError(f"n_steps must be at most the tape's {self.n_steps}; got {n_steps}.")
        return self._made("first", (n_steps,), self._at(slice(n_steps), slice(n_steps + 1)))

    def stormy(self, first: int, end: int, times: float) -> Tape:
        """The tape whose mid moves `times` as far in the steps from `first` to before `end` [1]."""
        moves = np.diff(self.mid, axis=0)
        moves[self._steps(first, end)] *= _TIMES.check(times)
        mid = np.vstack([self.mid[:1], self.mid[:1] + np.cumsum(moves, axis=0)])
        return self._made("stormy", (first, end, float(times)), replace(self, mid=mid))

    def without(self, first: int, end: int) -> Tape:
        """The tape less the steps from `first` to before `end`: what is seen of it when rows of a feed get lost."""
        kept = np.delete(np.arange(self.n_steps), self._steps(first, end))
        return self._made("without", (first, end), self._at(kept, np.append(kept, self.n_steps)))

    def repeated(self, times: int) -> Tape:
        """The tape whose paths are these so many `times` over: what each of several desks sees, for one run of all."""
        columns = {n: c if n == "time" else np.tile(c, check_count("times", times)) for n, c in self.columns.items()}
        tape = Tape(**columns, arrival_seed=self.arrival_seed, copies=times * self.copies)
        return self._made("repeated", (times,), tape)

    def _at(self, steps: Any, times: Any) -> Tape:
        """The tape of some steps alone, and of the times at which they begin and the last one ends."""
        columns = {name: c[steps if len(c) == self.n_steps else times] for name, c in self.columns.items()}
        return Tape(**columns, arrival_seed=self.arrival_seed, copies=self.copies)

    def _steps(self, first: int, end: int) -> slice:
        """The steps from `first` to before `end`, or a ParameterError if these are none of the tape's."""
        if check_count("end", end, check_count("first", first, 0)) > self.n_steps:
            raise ParameterError(f"end must be at most the tape's {self.n_steps} steps; got {end}.")
        return slice(first, end)

    def coming_from(self, origin: dict[str, Any] | None) -> Tape:
        """The same tape, which says of what it was made."""
        object.__setattr__(self, "origin", origin)
        return self

    def _made(self, how: str, arguments: tuple[float, ...], tape: Tape) -> Tape:
        """The tape, which says that it was made of this one."""
        before = self.origin
        return tape.coming_from(before and before | {"then": [*before.get("then", []), [how, *arguments]]})
