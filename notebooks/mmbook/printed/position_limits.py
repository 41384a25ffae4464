"""The guide's `market_making/position_limits.py`, as printed but for the imports it forgot."""

from __future__ import annotations


class PositionLimiter:
    """WRONG, on purpose: keeps buying at its long limit, does not count the size of an order, quotes at infinity.

    `mmlab.desk.PositionLimiter` keeps its limit.
    """

    def __init__(self, max_position: float, min_position: float):
        self.max_position = max_position
        self.min_position = min_position

    def check_position(self, current_position):  # type: ignore[no-untyped-def]
        """The printed check: whether min ≤ position ≤ max."""
        return self.min_position <= current_position <= self.max_position

    def adjust_quotes(self, current_position, bid_price, ask_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): (bid, ∞) at the maximum, "only quote on ask side"; (−∞, ask) at the minimum."""
        if current_position >= self.max_position:
            return bid_price, float("inf")
        elif current_position <= self.min_position:
            return float("-inf"), ask_price
        else:
            return bid_price, ask_price
