"""The guide's formulas exactly as printed, mistakes and all, shown and priced; `AsPrinted` makes strategies of them."""

from mmbook.printed.as_printed import AsPrinted, Reckoning, reckoning_table
from mmbook.printed.avellaneda_stoikov import AvellanedaStoikov
from mmbook.printed.cartea_jaimungal import CarteaJaimungal
from mmbook.printed.ho_stoll import HoStoll
from mmbook.printed.market_making_config import setup_market_making_environment
from mmbook.printed.pipeline import MarketMakingMonitor, MarketMakingPipeline
from mmbook.printed.pnl_limits import PnLLimiter
from mmbook.printed.position_limits import PositionLimiter
from mmbook.printed.quote_aggressiveness import QuoteAggressiveness
from mmbook.printed.quote_sizing import QuoteSizer
from mmbook.printed.quote_timing import QuoteTimer
from mmbook.printed.volatility_limits import VolatilityLimiter

__all__ = [
    "AsPrinted",
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
    "Reckoning",
    "VolatilityLimiter",
    "reckoning_table",
    "setup_market_making_environment",
]
