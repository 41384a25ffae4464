"""The guide's `market_making/quote_timing.py`, as printed."""

from __future__ import annotations


class QuoteTimer:
    """WRONG, on purpose: it needs a `max_position` that nothing sets, and compares a volatility with 1.

    `mmlab.QuoteTimer` is what a desk can use.
    """

    def __init__(self, min_quote_time: float, max_quote_time: float):
        self.min_quote_time = min_quote_time
        self.max_quote_time = max_quote_time

    def calculate_quote_time(self, inventory, mid_price, volatility):  # type: ignore[no-untyped-def]
        """The printed time: from max to min as |q| grows, × (1 − σ). The first call raises an AttributeError."""
        base_time = self.min_quote_time + (self.max_quote_time - self.min_quote_time) * (
            1 - abs(inventory) / self.max_position  # type: ignore[attr-defined]
        )
        if volatility > 0:
            base_time *= 1 - volatility
        return max(self.min_quote_time, min(self.max_quote_time, base_time))

    def should_update_quote(self, current_time, last_update_time, inventory, mid_price, volatility):  # type: ignore[no-untyped-def]
        """The printed rule: whether that time has passed."""
        optimal_time = self.calculate_quote_time(inventory, mid_price, volatility)  # type: ignore[no-untyped-call]
        return (current_time - last_update_time) >= optimal_time
