"""Chapter 08, risk limits: its explorers, questions and exercises."""

from mmbook.ch08 import reveals as reveals
from mmbook.ch08.explorers import PnLLimitExplorer, PositionLimitExplorer, VolatilityLimitExplorer
from mmlab.arguments import explain_all

__all__ = ["PnLLimitExplorer", "PositionLimitExplorer", "VolatilityLimitExplorer"]
explain_all(__name__)
