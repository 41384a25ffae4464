"""Chapter 03, Guéant–Lehalle–Fernandez-Tapia: its explorers, questions and exercises."""

from mmbook.ch03 import reveals as reveals
from mmbook.ch03.explorers import GueantLehalleFernandezTapiaExplorer
from mmlab.arguments import explain_all

__all__ = ["GueantLehalleFernandezTapiaExplorer"]
explain_all(__name__)
