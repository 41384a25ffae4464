"""Chapter 11, calibration and replay: its explorers, questions and exercises."""

from mmbook.ch11.checks import CHECKS
from mmbook.ch11.explorers import CalibrationExplorer
from mmbook.ch11.recorded_day import RecordedDay, recorded_day
from mmbook.ch11.replay_explorer import ReplayExplorer
from mmbook.ch11.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS, CHECKS)
__all__ = ["CalibrationExplorer", "RecordedDay", "ReplayExplorer", "recorded_day"]
explain_all(__name__)
