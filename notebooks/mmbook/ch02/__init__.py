"""Chapter 02, Avellaneda–Stoikov: its explorers, questions and exercises."""

from mmbook.ch02 import reveals as reveals
from mmbook.ch02.explorers import AvellanedaStoikovExplorer
from mmlab.arguments import explain_all

__all__ = ["AvellanedaStoikovExplorer"]
explain_all(__name__)
