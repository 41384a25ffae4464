"""States: frozen dataclasses of columns, of which a step makes the next."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from mmlab.parameters import BoolArray

State = TypeVar("State")


def changed(state: State, **columns: Any) -> State:
    """A frozen dataclass with other columns: `dataclasses.replace`, unchecked, in a fifth of its time."""
    fresh = object.__new__(type(state))
    fresh.__dict__.update(state.__dict__, **columns)
    return fresh


def chosen(where: BoolArray, then: State, otherwise: State, *columns: str) -> State:
    """`otherwise`, with these columns as `then` has them on the paths that are chosen."""
    pairs = {name: (getattr(then, name), getattr(otherwise, name)) for name in columns}
    return changed(otherwise, **{name: np.where(where, *pair) for name, pair in pairs.items()})
