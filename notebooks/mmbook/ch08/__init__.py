"""Chapter 08, risk limits: its explorers, questions and exercises."""

from mmbook.ch08.explorers import PnLLimitExplorer, PositionLimitExplorer, VolatilityLimitExplorer
from mmbook.ch08.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["PnLLimitExplorer", "PositionLimitExplorer", "VolatilityLimitExplorer"]
explain_all(__name__)
