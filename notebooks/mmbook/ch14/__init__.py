"""Chapter 14, several assets at once: its explorer, questions and exercises."""

from mmbook.ch14.explorers import AssetsExplorer
from mmbook.ch14.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["AssetsExplorer"]
explain_all(__name__)
