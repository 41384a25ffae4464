"""Grids: the settings of a sweep, each made when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mmlab.files import short
from mmlab.parameters import ParameterError

Grid = Mapping[str, Any] | Iterable[Mapping[str, Any]]


class Settings:
    """All combinations of the values of some names, the last name's fastest; or the rows that are given.

    Parameters
    ----------
    grid : mapping or iterable of mappings
        Name → its values: a list, an array (along its first axis), a range, anything that has an order. A number, a
        text, a mapping and a model are one value. Or rows, each a mapping of names to one value.

    Raises
    ------
    ParameterError
        If it is neither, a name is no text, or values have no order.
    """

    def __init__(self, grid: Grid):
        rows: list[Mapping[str, Any]] = []
        self.axes: dict[str, Sequence[Any]] = {}
        if isinstance(grid, Mapping):
            self.axes = {name: _values(name, values) for name, values in grid.items()}
        else:
            rows = list(grid) if isinstance(grid, Iterable) else [grid]
        for row in (self.axes, *rows):
            if not isinstance(row, Mapping) or not all(isinstance(name, str) for name in row):
                raise ParameterError(f"grid must map names to values, or be rows that do; got {short(repr(row))}.")
        self.rows, self.names = rows, list(self.axes) or list(dict.fromkeys(name for row in rows for name in row))

    def __len__(self) -> int:
        return math.prod(map(len, self.axes.values())) if self.axes else len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> dict[str, Any]:
        at, setting = range(len(self))[place], dict[str, Any]()
        if not self.axes:
            return dict(self.rows[at])
        for name, values in reversed(self.axes.items()):
            at, here = divmod(at, len(values))
            setting[name] = values[here]
        return {name: setting[name] for name in self.axes}


def _values(name: str, values: Any) -> Sequence[Any]:
    if isinstance(values, set | frozenset):
        raise ParameterError(f"The values of {name} in grid are a set, which has no order; give a list.")
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "biufU":
        return list(values.tolist())
    no_axis = isinstance(values, np.ndarray) and values.ndim == 0
    if no_axis or isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        return [values]
    return values if isinstance(values, Sequence) else list(values)
