"""What happened, measured: a recorded day's parameters, each with its standard error."""

from mmlab.measure.calibration import (
    Calibration,
    FillIntensity,
    adverse_selection,
    calibrate,
    fill_intensity,
    markouts,
    signature,
    volatility,
)
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.measure.hawkes import Hawkes, hawkes

__all__ = [
    "Calibration",
    "CalibrationError",
    "Estimate",
    "FillIntensity",
    "Hawkes",
    "adverse_selection",
    "calibrate",
    "fill_intensity",
    "hawkes",
    "markouts",
    "signature",
    "volatility",
]
