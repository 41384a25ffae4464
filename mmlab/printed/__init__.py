"""The guide's formulas exactly as printed, mistakes and all: shown and priced, used by nothing else."""

from mmlab.printed.avellaneda_stoikov import AvellanedaStoikov
from mmlab.printed.cartea_jaimungal import CarteaJaimungal
from mmlab.printed.ho_stoll import HoStoll
from mmlab.printed.market_making_config import setup_market_making_environment
from mmlab.printed.pipeline import MarketMakingMonitor, MarketMakingPipeline
from mmlab.printed.pnl_limits import PnLLimiter
from mmlab.printed.position_limits import PositionLimiter
from mmlab.printed.quote_aggressiveness import QuoteAggressiveness
from mmlab.printed.quote_sizing import QuoteSizer
from mmlab.printed.quote_timing import QuoteTimer
from mmlab.printed.volatility_limits import VolatilityLimiter

__all__ = [
    "AvellanedaStoikov",
    "CarteaJaimungal",
    "HoStoll",
    "MarketMakingMonitor",
    "MarketMakingPipeline",
    "PnLLimiter",
    "PositionLimiter",
    "QuoteAggressiveness",
    "QuoteSizer",
    "QuoteTimer",
    "VolatilityLimiter",
    "setup_market_making_environment",
]
