"""Chapter 07, quote management: its explorers, questions and exercises."""

from mmbook.ch07.quote_aggressiveness import QuoteAggressivenessExplorer
from mmbook.ch07.quote_sizer import QuoteSizerExplorer
from mmbook.ch07.quote_timer import QuoteTimerExplorer
from mmbook.ch07.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["QuoteAggressivenessExplorer", "QuoteSizerExplorer", "QuoteTimerExplorer"]
explain_all(__name__)
