"""The field's quantities, each declared once: symbol, unit and meaning are the same in every model and market.

They are the rows of vocabulary.csv, here by their names in capitals. A class declares one as its own with
``risk_aversion: float = parameter(RISK_AVERSION)``. Inventory and time left are state, not fields; how they are checked
stands here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import FloatArray, Parameter, ParameterError
from mmlab.table import read_rows

_ROWS = {row["name"]: row for row in read_rows("vocabulary.csv")}
_KINDS = {"at_least": float, "above": float, "at_most": float, "integer": bool}


def _quantity(name: str) -> Parameter:
    """The quantity of a row: an empty cell leaves what a `Parameter` is by itself."""
    cells: dict[str, Any] = {key: _KINDS.get(key, str)(cell) for key, cell in _ROWS[name].items() if cell}
    return Parameter(**cells)


_QUANTITIES = {name.upper(): _quantity(name) for name in _ROWS}
globals().update(_QUANTITIES)
INVENTORY, TIME_LEFT = _QUANTITIES["INVENTORY"], _QUANTITIES["TIME_LEFT"]
if TYPE_CHECKING:

    def __getattr__(name: str) -> Parameter: ...


def check_inventory(inventory: ArrayLike, max_inventory: float, min_inventory: float | None = None) -> FloatArray:
    """Return `inventory` as an array, or say that it is no number or beyond the model's bounds."""
    q = INVENTORY.check_array(inventory)
    lowest = -max_inventory if min_inventory is None else min_inventory
    beyond = np.maximum(q - max_inventory, lowest - q)
    if np.count_nonzero(beyond > 0):
        furthest = q.ravel()[beyond.argmax()]
        bounds = f"±{max_inventory}" if min_inventory is None else f"{max_inventory} or min_inventory {min_inventory}"
        raise ParameterError(f"inventory (q) {furthest:g} is beyond max_inventory {bounds}.")
    return q


def check_time_left(time_left: ArrayLike, horizon: float) -> FloatArray:
    """Return `time_left` as an array, or say that it is negative or beyond the model's horizon."""
    tau = TIME_LEFT.check_array(time_left)
    # Grid times are sums of rounded steps: allow them the last bits.
    if np.count_nonzero(tau > horizon * (1 + 1e-9)):
        raise ParameterError(f"time_left (τ) {tau.max():g} is beyond the model's horizon (T) {horizon:g}.")
    return tau
