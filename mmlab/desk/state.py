"""States: frozen dataclasses of columns, of which a step makes the next."""

from __future__ import annotations

import numpy as np

from mmlab.frozen import State, changed
from mmlab.parameters import BoolArray


def chosen(where: BoolArray, then: State, otherwise: State, *columns: str) -> State:
    """`otherwise`, with these columns as `then` has them on the paths that are chosen."""
    pairs = {name: (getattr(then, name), getattr(otherwise, name)) for name in columns}
    return changed(otherwise, **{name: np.where(where, *pair) for name, pair in pairs.items()})
