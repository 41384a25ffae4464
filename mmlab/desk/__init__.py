"""The desk: between a model's quotes and the market."""

from mmlab.arguments import explain_all
from mmlab.desk.config import MarketMakingConfig, setup_market_making_environment
from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.fees import FeeSchedule
from mmlab.desk.flaky_venue import FlakyVenue
from mmlab.desk.hedger import Hedger, HedgeVenue
from mmlab.desk.history import History, file_hash
from mmlab.desk.limiters import DeskView, Limiter
from mmlab.desk.log import LogEntry
from mmlab.desk.market_data import MarketData
from mmlab.desk.mode_changes import ModeChanges, mode_changes
from mmlab.desk.obligations import Obligations
from mmlab.desk.orders import Fills, Resting
from mmlab.desk.permission import Mode, Permission, Reason, strictest
from mmlab.desk.pipeline import STAGES, MarketMakingPipeline
from mmlab.desk.pnl_limits import PnLLimiter, PnLState
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.pre_trade import Block, Blocked, PreTradeChecks
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.sections import ConfigError, LimitsSection, QuotesSection
from mmlab.desk.tape_venue import TapeVenue, TradingVenue
from mmlab.desk.unwinding import Unwinder
from mmlab.desk.venue import Venue
from mmlab.desk.venue_answers import Disconnected
from mmlab.desk.volatility_limits import VolatilityLimiter, VolatilityState

__all__ = ["STAGES", "Block", "Blocked", "ConfigError", "Desk", "DeskState", "DeskView", "Disconnected"]
__all__ += ["FeeSchedule", "Fills", "FlakyVenue", "HedgeVenue", "Hedger", "History", "Limiter", "LimitsSection"]
__all__ += ["LogEntry", "MarketData", "MarketMakingConfig", "MarketMakingPipeline", "Mode", "ModeChanges"]
__all__ += ["Obligations", "Outcome", "Permission", "PnLLimiter", "PnLState", "PositionLimiter", "PreTradeChecks"]
__all__ += ["QuoteAggressiveness", "QuoteSizer", "QuoteTimer", "QuotesSection", "Reason", "Resting", "TapeVenue"]
__all__ += ["TradingVenue", "Unwinder", "Venue", "VolatilityLimiter", "VolatilityState", "file_hash", "mode_changes"]
__all__ += ["setup_market_making_environment", "strictest"]
explain_all(__name__)
