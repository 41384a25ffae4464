"""What is true and what happens: the market's parameters, its order flow, and the tape they write."""

from mmlab.market.intensity import Exponential, Intensity, Linear
from mmlab.market.market import Market
from mmlab.market.signal import Signal, remembered_time
from mmlab.market.tape import Tape

__all__ = ["Exponential", "Intensity", "Linear", "Market", "Signal", "Tape", "remembered_time"]
