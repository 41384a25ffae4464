"""Chapter 13, execution: its explorer, questions and exercises."""

from mmbook.ch13.explorers import ExecutionExplorer
from mmbook.ch13.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["ExecutionExplorer"]
explain_all(__name__)
