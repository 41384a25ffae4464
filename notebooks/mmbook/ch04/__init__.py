"""Chapter 04, Ho–Stoll: its explorers, questions and exercises."""

from mmbook.ch04 import reveals as reveals
from mmbook.ch04.explorers import HoStollExplorer
from mmlab.arguments import explain_all

__all__ = ["HoStollExplorer"]
explain_all(__name__)
