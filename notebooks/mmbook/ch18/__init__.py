"""Chapter 18, reinforcement learning: its explorer, questions and exercises."""

from mmbook.ch18.explorers import LearnerExplorer
from mmbook.ch18.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["LearnerExplorer"]
explain_all(__name__)
