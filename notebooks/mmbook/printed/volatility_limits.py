"""The guide's `market_making/volatility_limits.py`, as printed but for the imports it forgot."""

from __future__ import annotations


class VolatilityLimiter:
    """WRONG, on purpose: twice the spread at the limit and at ten times the limit, to and fro with the noise.

    `mmlab.desk.VolatilityLimiter` widens with the volatility, and halts.
    """

    def __init__(self, max_volatility: float):
        self.max_volatility = max_volatility

    def check_volatility(self, current_volatility):  # type: ignore[no-untyped-def]
        """The printed check: whether the volatility is at most the maximum."""
        return current_volatility <= self.max_volatility

    def adjust_quotes(self, current_volatility, bid_price, ask_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): twice the spread where the limit is reached."""
        if current_volatility >= self.max_volatility:
            spread = ask_price - bid_price
            return bid_price - spread / 2, ask_price + spread / 2
        else:
            return bid_price, ask_price
