"""Chapter 05, Cartea–Jaimungal: its explorers, questions and exercises."""

from mmbook.ch05 import reveals as reveals
from mmbook.ch05.cartea_jaimungal import CarteaJaimungalExplorer
from mmbook.ch05.cartea_jaimungal_signal import CarteaJaimungalSignalExplorer
from mmlab.arguments import explain_all

__all__ = ["CarteaJaimungalExplorer", "CarteaJaimungalSignalExplorer"]
explain_all(__name__)
