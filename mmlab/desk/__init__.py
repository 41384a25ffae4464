"""The desk: between a model's quotes and the market."""

from mmlab.desk.desk import Desk, Limits, Permit
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.venue import Fills, Resting, Venue

__all__ = [
    "Desk",
    "Fills",
    "Limits",
    "Permit",
    "QuoteAggressiveness",
    "QuoteSizer",
    "QuoteTimer",
    "Resting",
    "Venue",
]
