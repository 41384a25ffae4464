"""Chapter 12, replay: its explorer, questions and exercises."""

from mmbook.ch12.explorers import ReplayExplorer
from mmbook.ch12.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["ReplayExplorer"]
explain_all(__name__)
