"""Chapter 01, the order book and order flow: its explorers, questions and exercises."""

from mmbook.ch01.book_explorer import OrderBookExplorer
from mmbook.ch01.information import GlostenMilgromExplorer
from mmbook.ch01.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["GlostenMilgromExplorer", "OrderBookExplorer"]
explain_all(__name__)
