"""What is true and what happens: the market's parameters, its order flow, and the tape they write."""

from typing import TYPE_CHECKING

from mmlab.arguments import explain_all, when_used
from mmlab.market.columns import DayError
from mmlab.market.day import Day
from mmlab.market.intensity import Exponential, Intensity, Linear
from mmlab.market.market import Market
from mmlab.market.market_orders import MarketOrders
from mmlab.market.replay import replay_tape
from mmlab.market.signal import Signal, remembered_time
from mmlab.market.tape import Tape

if TYPE_CHECKING:
    from mmlab.market.lobster import read_lobster
    from mmlab.market.several_assets import MultiAssetMarket

__all__ = ["Day", "DayError", "Exponential", "Intensity", "Linear", "Market", "MarketOrders", "MultiAssetMarket"]
__all__ += ["Signal", "Tape", "read_lobster", "remembered_time", "replay_tape"]
explain_all(__name__)
if not TYPE_CHECKING:  # a type checker would let it stand for any name
    __getattr__, __dir__ = when_used(__name__, ["lobster", "several_assets"])
