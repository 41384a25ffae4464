"""The desk: between a model's quotes and the market."""

from mmlab.desk.config import ConfigError, MarketMakingConfig, setup_market_making_environment
from mmlab.desk.desk import Desk, Limits, Permit
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.sections import LimitsSection, MarketSection, ModelSection, QuotesSection
from mmlab.desk.venue import Fills, Resting, Venue

__all__ = [
    "ConfigError",
    "Desk",
    "Fills",
    "Limits",
    "LimitsSection",
    "MarketMakingConfig",
    "MarketSection",
    "ModelSection",
    "Permit",
    "QuoteAggressiveness",
    "QuoteSizer",
    "QuoteTimer",
    "QuotesSection",
    "Resting",
    "Venue",
    "setup_market_making_environment",
]
