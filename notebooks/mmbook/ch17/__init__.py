"""Chapter 17, machine learning: its explorer, questions and exercises."""

from mmbook.ch17.explorers import LeakExplorer
from mmbook.ch17.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["LeakExplorer"]
explain_all(__name__)
