"""What explorers call by these names until each calls mmlab.simulation itself: no short cut is left in it."""

from mmlab.simulation import PolicyMoments as Constant
from mmlab.simulation import constant_quotes_moments as constant_quotes
from mmlab.simulation import simulate as one_path

__all__ = ["Constant", "constant_quotes", "one_path"]
