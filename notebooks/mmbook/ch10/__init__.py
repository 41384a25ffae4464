"""Chapter 10, monitoring: its dashboard, questions and exercises."""

from mmbook.ch10.dashboard import Dashboard
from mmbook.ch10.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["Dashboard"]
explain_all(__name__)
