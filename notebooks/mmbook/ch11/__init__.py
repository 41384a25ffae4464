"""Chapter 11, calibration: its explorer, questions and exercises."""

from mmbook.ch11.explorers import CalibrationExplorer
from mmbook.ch11.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["CalibrationExplorer"]
explain_all(__name__)
