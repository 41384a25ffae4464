"""Chapter 10, monitoring: its explorers, questions and exercises."""

from mmbook.ch10 import reveals as reveals
from mmbook.ch10.dashboard import Dashboard
from mmlab.arguments import explain_all

__all__ = ["Dashboard"]
explain_all(__name__)
