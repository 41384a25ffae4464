"""Chapter 08, risk limits: its explorers, questions and exercises."""

from mmbook.ch08.checks import CHECKS
from mmbook.ch08.explorers import PnLLimitExplorer, PositionLimitExplorer, VolatilityLimitExplorer
from mmbook.ch08.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS, CHECKS)
__all__ = ["PnLLimitExplorer", "PositionLimitExplorer", "VolatilityLimitExplorer"]
explain_all(__name__)
