"""Chapter 01, the order book and order flow: its explorers, questions and exercises."""

from mmbook.ch01 import reveals as reveals
from mmbook.ch01.book_explorer import OrderBookExplorer
from mmbook.ch01.information import GlostenMilgromExplorer
from mmlab.arguments import explain_all

__all__ = ["GlostenMilgromExplorer", "OrderBookExplorer"]
explain_all(__name__)
