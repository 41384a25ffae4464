"""Chapter 16, the desk's risk: its explorer, questions and exercises."""

from mmbook.ch16.explorers import RiskExplorer
from mmbook.ch16.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["RiskExplorer"]
explain_all(__name__)
