"""Chapter 04, Ho–Stoll: its explorers, questions and exercises."""

from mmbook.ch04.explorers import HoStollExplorer
from mmbook.ch04.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["HoStollExplorer"]
explain_all(__name__)
