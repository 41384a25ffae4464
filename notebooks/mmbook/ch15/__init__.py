"""Chapter 15, arbitrage: its explorers, questions and exercises."""

from mmbook.ch15.explorers import CliffExplorer, SniperExplorer
from mmbook.ch15.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["CliffExplorer", "SniperExplorer"]
explain_all(__name__)
