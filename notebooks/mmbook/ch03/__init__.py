"""Chapter 03, Guéant–Lehalle–Fernandez-Tapia: its explorers, questions and exercises."""

from mmbook.ch03.explorers import GueantLehalleFernandezTapiaExplorer
from mmbook.ch03.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["GueantLehalleFernandezTapiaExplorer"]
explain_all(__name__)
