"""The field's quantities, each declared once: symbol, unit and meaning are the same in every model and market.

They are the rows of vocabulary.csv. A class declares one as its own with ``risk_aversion: float =
parameter(RISK_AVERSION)``. Inventory and time left are state, not fields; how they are checked stands here too.
"""

from __future__ import annotations

from typing import Any

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


RISK_AVERSION = _quantity("risk_aversion")
VOLATILITY = _quantity("volatility")
ARRIVAL_RATE = _quantity("arrival_rate")
FILL_DECAY = _quantity("fill_decay")
HORIZON = _quantity("horizon")
INVENTORY = _quantity("inventory")
CASH = _quantity("cash")
TIME_LEFT = _quantity("time_left")
MAX_INVENTORY = _quantity("max_inventory")
MIN_INVENTORY = _quantity("min_inventory")
MAX_POSITION = _quantity("max_position")
RUNNING_PENALTY = _quantity("running_penalty")
TERMINAL_PENALTY = _quantity("terminal_penalty")
MEAN_REVERSION = _quantity("mean_reversion")
SIGNAL_VOLATILITY = _quantity("signal_volatility")
SIGNAL_JUMP = _quantity("signal_jump")
SIGNAL = _quantity("signal")
DEMAND_INTERCEPT = _quantity("demand_intercept")
DEMAND_SLOPE = _quantity("demand_slope")
PROCESSING_COST = _quantity("processing_cost")
LEAST_REACH = _quantity("least_reach")
JUMP = _quantity("jump")
LIMIT_RATE = _quantity("limit_rate")
CANCEL_RATE = _quantity("cancel_rate")
MARKET_RATE = _quantity("market_rate")
MARKET_SIZE = _quantity("market_size")
LIMIT_SIZE = _quantity("limit_size")
FLOW_DEPTH = _quantity("flow_depth")
BRANCHING = _quantity("branching")
EXCITATION_DECAY = _quantity("excitation_decay")
MAKER_HALF_SPREAD = _quantity("maker_half_spread")
MID_PRICE = _quantity("mid_price")
DRIFT = _quantity("drift")
MARKET_ORDER_SIZE = _quantity("market_order_size")
ORDER_SIZE = _quantity("order_size")
RISK_MODE = _quantity("risk_mode")
DISCOUNT_RATE = _quantity("discount_rate")
HALF_SPREAD = _quantity("half_spread")


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
