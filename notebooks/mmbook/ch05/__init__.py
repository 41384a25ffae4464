"""Chapter 05, Cartea–Jaimungal: its explorers, questions and exercises."""

from mmbook.ch05.explorers import CarteaJaimungalExplorer, CarteaJaimungalSignalExplorer
from mmbook.ch05.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["CarteaJaimungalExplorer", "CarteaJaimungalSignalExplorer"]
explain_all(__name__)
