"""The field's quantities, each declared once: symbol, unit and meaning are the same in every model and market.

A class declares one as its own with ``risk_aversion: float = parameter(RISK_AVERSION)``. Inventory and time left are
state, not fields; how they are checked stands here too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import FloatArray, Parameter, ParameterError

RISK_AVERSION = Parameter(
    "γ",
    "1/(price·clip)",
    "How much a risky clip costs you: CARA coefficient × shares in a clip.",
    at_least=0,
    scale="log",
    name="risk_aversion",
)
VOLATILITY = Parameter(
    "σ",
    "price/√time",
    "How far the mid moves in one unit of time: in price, not in percent.",
    at_least=0,
    name="volatility",
)
ARRIVAL_RATE = Parameter(
    "A",
    "1/time",
    "Market orders per unit of time, each side (CJ write λ).",
    at_least=0,
    scale="log",
    name="arrival_rate",
)
FILL_DECAY = Parameter(
    "k", "1/price", "How fast fills become rare with depth (CJ write κ).", above=0, scale="log", name="fill_decay"
)
HORIZON = Parameter(
    "T", "time", "Length of the session; at its end the inventory is marked at the mid.", at_least=0, name="horizon"
)
INVENTORY = Parameter("q", "clips", "Clips held now; negative when short.", name="inventory")
CASH = Parameter("x", "price·clip", "Money held now; negative when borrowed.", name="cash")
TIME_LEFT = Parameter("τ", "time", "Time until the horizon, T − t.", at_least=0, name="time_left")
MAX_INVENTORY = Parameter(
    "q̄", "clips", "The largest inventory, long or short.", at_least=1, at_most=200, integer=True, name="max_inventory"
)
MIN_INVENTORY = Parameter(
    "q̲",
    "clips",
    "The lowest inventory, 0 or short; as far as the largest one if not given.",
    at_least=-200,
    at_most=0,
    integer=True,
    name="min_inventory",
)
MAX_POSITION = Parameter(
    "q_max",
    "clips",
    "The largest position that the desk may hold; fractions of a clip count.",
    at_least=0,
    at_most=200,
    name="max_position",
)
RUNNING_PENALTY = Parameter(
    "φ",
    "price/(clip·time)",
    "What each unit of time takes for the square of the inventory held.",
    at_least=0,
    scale="log",
    name="running_penalty",
)
TERMINAL_PENALTY = Parameter(
    "α",
    "price/clip",
    "What the square of the inventory left at the horizon costs.",
    at_least=0,
    scale="log",
    name="terminal_penalty",
)
MEAN_REVERSION = Parameter(
    "ζ",
    "1/time",
    "How fast the signal forgets. It pulls the signal to 0, and never the inventory.",
    at_least=0,
    scale="log",
    name="mean_reversion",
)
SIGNAL_VOLATILITY = Parameter(
    "η",
    "price/time^{3/2}",
    "How far the signal wanders by itself in one unit of time.",
    at_least=0,
    name="signal_volatility",
)
SIGNAL_JUMP = Parameter(
    "ε", "price/time", "How far one market order moves the signal in its own direction.", at_least=0, name="signal_jump"
)
SIGNAL = Parameter("α", "price/time", "Short-term drift of the mid, now.", name="signal")
DEMAND_INTERCEPT = Parameter(
    "α", "1/time", "Market orders per time that would trade at the mid.", above=0, name="demand_intercept"
)
DEMAND_SLOPE = Parameter(
    "β", "1/(price·time)", "Orders per time lost for each unit of price added to the fee.", above=0, name="demand_slope"
)
PROCESSING_COST = Parameter(
    "c", "price", "What handling one trade costs you, for each clip in it.", at_least=0, name="processing_cost"
)
LEAST_REACH = Parameter("δ₀", "price", "How far from the mid all market orders trade at least.", name="least_reach")
JUMP = Parameter("ε", "price", "How far one market order moves the mid in its own direction.", at_least=0, name="jump")


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
