"""Chapter 11, calibration and replay: its explorers, questions and exercises."""

from mmbook.ch11 import replay_reveals as replay_reveals
from mmbook.ch11 import reveals as reveals
from mmbook.ch11.explorers import CalibrationExplorer
from mmbook.ch11.recorded_day import RecordedDay, recorded_day
from mmlab.arguments import explain_all

__all__ = ["CalibrationExplorer", "RecordedDay", "recorded_day"]
explain_all(__name__)
