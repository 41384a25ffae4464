"""Chapter 06, the models side by side: its explorers, questions and exercises."""

from mmbook.ch06.reveals import REVEALS
from mmbook.ch06.side_by_side import ModelsExplorer
from mmbook.ch06.wrong_beliefs import WrongBeliefsExplorer
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["ModelsExplorer", "WrongBeliefsExplorer"]
explain_all(__name__)
