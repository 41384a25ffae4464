"""The guide's `market_making/quote_aggressiveness.py`, as printed."""

from __future__ import annotations


class QuoteAggressiveness:
    """WRONG, on purpose: it needs a `max_position` that nothing sets, and quotes no spread at all when flat and calm.

    `mmlab.QuoteAggressiveness` is what a desk can use.
    """

    def __init__(self, base_spread: float, max_spread: float):
        self.base_spread = base_spread
        self.max_spread = max_spread

    def calculate_aggressiveness(self, inventory, mid_price, volatility):  # type: ignore[no-untyped-def]
        """The printed number: (1 − |q|/max)(1 − σ), in [0, 1]. The first call raises an AttributeError."""
        aggressiveness = 1 - abs(inventory) / self.max_position  # type: ignore[attr-defined]
        if volatility > 0:
            aggressiveness *= 1 - volatility
        return max(0, min(1, aggressiveness))

    def adjust_spread(self, base_spread, aggressiveness):  # type: ignore[no-untyped-def]
        """The printed spread: base × (1 − aggressiveness); the maximum is not used."""
        return base_spread * (1 - aggressiveness)
