"""What happened, measured: a recorded day's parameters, each with its standard error."""

from mmlab.measure.calibration import (
    Calibration,
    adverse_selection,
    calibrate,
    markouts,
    recent_volatility,
    signature,
    volatility,
)
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.measure.hawkes import Hawkes, hawkes
from mmlab.measure.reach_counts import FillIntensity, depth_grid, fill_intensity

__all__ = [
    "Calibration",
    "CalibrationError",
    "Estimate",
    "FillIntensity",
    "Hawkes",
    "adverse_selection",
    "calibrate",
    "depth_grid",
    "fill_intensity",
    "hawkes",
    "markouts",
    "recent_volatility",
    "signature",
    "volatility",
]
