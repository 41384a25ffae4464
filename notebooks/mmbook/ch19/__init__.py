"""Chapter 19, causal inference: its explorer, questions and exercises."""

from mmbook.ch19.explorers import SwitchbackExplorer
from mmbook.ch19.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["SwitchbackExplorer"]
explain_all(__name__)
