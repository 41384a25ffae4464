"""Chapter 07, quote management: its explorers, questions and exercises."""

from mmbook.ch07 import reveals as reveals
from mmbook.ch07.quote_aggressiveness import QuoteAggressivenessExplorer
from mmbook.ch07.quote_sizer import QuoteSizerExplorer
from mmbook.ch07.quote_timer import QuoteTimerExplorer
from mmlab.arguments import explain_all

__all__ = ["QuoteAggressivenessExplorer", "QuoteSizerExplorer", "QuoteTimerExplorer"]
explain_all(__name__)
