"""The desk: between a model's quotes and the market."""

from mmlab.desk.mode_changes import ModeChanges, mode_changes
from mmlab.desk.permission import Mode, Permission, Reason, strictest
from mmlab.desk.pnl_limits import PnLLimiter, PnLState
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.volatility_limits import VolatilityLimiter, VolatilityState

__all__ = [
    "Mode",
    "ModeChanges",
    "Permission",
    "PnLLimiter",
    "PnLState",
    "PositionLimiter",
    "Reason",
    "VolatilityLimiter",
    "VolatilityState",
    "mode_changes",
    "strictest",
]
