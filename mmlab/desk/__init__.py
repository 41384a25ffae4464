"""The desk: between a model's quotes and the market."""

from mmlab.desk.permission import Mode, Permission, Reason, strictest
from mmlab.desk.position_limits import PositionLimiter

__all__ = ["Mode", "Permission", "PositionLimiter", "Reason", "strictest"]
