"""What is true and what happens: the market's parameters, its order flow, and the tape they write."""

from mmlab.arguments import explain_all
from mmlab.market.columns import DayError as DayError
from mmlab.market.day import Day as Day
from mmlab.market.intensity import Exponential as Exponential
from mmlab.market.intensity import Intensity as Intensity
from mmlab.market.intensity import Linear as Linear
from mmlab.market.lobster import read_lobster as read_lobster
from mmlab.market.market import Market as Market
from mmlab.market.market_orders import MarketOrders as MarketOrders
from mmlab.market.replay import replay_tape as replay_tape
from mmlab.market.signal import Signal as Signal
from mmlab.market.signal import remembered_time as remembered_time
from mmlab.market.tape import Tape as Tape

explain_all(__name__)
