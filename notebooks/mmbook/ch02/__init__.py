"""Chapter 02, Avellaneda–Stoikov: its explorer, questions and exercises."""

from mmbook.ch02.explorers import AvellanedaStoikovExplorer
from mmbook.ch02.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["AvellanedaStoikovExplorer"]
explain_all(__name__)
