"""The field's quantities, each declared once: symbol, unit and meaning are the same in every model and market.

A class declares one as its own with ``risk_aversion: float = parameter(RISK_AVERSION)``. Inventory and time left are
state, not fields; how they are checked stands here too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import FloatArray, Parameter, ParameterError

RISK_AVERSION = Parameter(
    name="risk_aversion",
    symbol="γ",
    unit="1/(price·clip)",
    description="How much a risky clip costs you: CARA coefficient × shares in a clip.",
    at_least=0,
    scale="log",
)
VOLATILITY = Parameter(
    name="volatility",
    symbol="σ",
    unit="price/√time",
    description="How far the mid moves in one unit of time: in price, not in percent.",
    at_least=0,
)
ARRIVAL_RATE = Parameter(
    name="arrival_rate",
    symbol="A",
    unit="1/time",
    description="Market orders per unit of time, each side (CJ write λ).",
    at_least=0,
    scale="log",
)
FILL_DECAY = Parameter(
    name="fill_decay",
    symbol="k",
    unit="1/price",
    description="How fast fills become rare with depth (CJ write κ).",
    above=0,
    scale="log",
)
HORIZON = Parameter(
    name="horizon",
    symbol="T",
    unit="time",
    description="Length of the session; at its end the inventory is marked at the mid.",
    at_least=0,
)
INVENTORY = Parameter(name="inventory", symbol="q", unit="clips", description="Clips held now; negative when short.")
CASH = Parameter(name="cash", symbol="x", unit="price·clip", description="Money held now; negative when borrowed.")
TIME_LEFT = Parameter(
    name="time_left", symbol="τ", unit="time", description="Time until the horizon, T − t.", at_least=0
)
MAX_INVENTORY = Parameter(
    name="max_inventory",
    symbol="q̄",
    unit="clips",
    description="The largest inventory, long or short.",
    at_least=1,
    at_most=200,
    integer=True,
)
MIN_INVENTORY = Parameter(
    name="min_inventory",
    symbol="q̲",
    unit="clips",
    description="The lowest inventory, 0 or short; as far as the largest one if not given.",
    at_least=-200,
    at_most=0,
    integer=True,
)
MAX_POSITION = Parameter(
    name="max_position",
    symbol="q_max",
    unit="clips",
    description="The largest position that the desk may hold; fractions of a clip count.",
    at_least=0,
    at_most=200,
)
RUNNING_PENALTY = Parameter(
    name="running_penalty",
    symbol="φ",
    unit="price/(clip·time)",
    description="What each unit of time takes for the square of the inventory held.",
    at_least=0,
    scale="log",
)
TERMINAL_PENALTY = Parameter(
    name="terminal_penalty",
    symbol="α",
    unit="price/clip",
    description="What the square of the inventory left at the horizon costs.",
    at_least=0,
    scale="log",
)
MEAN_REVERSION = Parameter(
    name="mean_reversion",
    symbol="ζ",
    unit="1/time",
    description="How fast the signal forgets. It pulls the signal to 0, and never the inventory.",
    at_least=0,
    scale="log",
)
SIGNAL_VOLATILITY = Parameter(
    name="signal_volatility",
    symbol="η",
    unit="price/time^{3/2}",
    description="How far the signal wanders by itself in one unit of time.",
    at_least=0,
)
SIGNAL_JUMP = Parameter(
    name="signal_jump",
    symbol="ε",
    unit="price/time",
    description="How far one market order moves the signal in its own direction.",
    at_least=0,
)
SIGNAL = Parameter(name="signal", symbol="α", unit="price/time", description="Short-term drift of the mid, now.")
DEMAND_INTERCEPT = Parameter(
    name="demand_intercept",
    symbol="α",
    unit="1/time",
    description="Market orders per time that would trade at the mid.",
    above=0,
)
DEMAND_SLOPE = Parameter(
    name="demand_slope",
    symbol="β",
    unit="1/(price·time)",
    description="Orders per time lost for each unit of price added to the fee.",
    above=0,
)
PROCESSING_COST = Parameter(
    name="processing_cost",
    symbol="c",
    unit="price",
    description="What handling one trade costs you, for each clip in it.",
    at_least=0,
)
LEAST_REACH = Parameter(
    name="least_reach", symbol="δ₀", unit="price", description="How far from the mid all market orders trade at least."
)
JUMP = Parameter(
    name="jump",
    symbol="ε",
    unit="price",
    description="How far one market order moves the mid in its own direction.",
    at_least=0,
)


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
