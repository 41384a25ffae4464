"""The guide's `market_making/quote_sizing.py`, as printed."""

from __future__ import annotations


class QuoteSizer:
    """WRONG, on purpose: at the limit it cannot unwind, its minimum is a cap, the sign of impact does not matter.

    `mmlab.QuoteSizer` is what a desk can use.
    """

    def __init__(self, max_position: float, min_quote_size: float):
        self.max_position = max_position
        self.min_quote_size = min_quote_size

    def calculate_quote_size(self, inventory, mid_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask) sizes: the smaller of max − |q| and the "minimum", on both sides."""
        remaining_position = self.max_position - abs(inventory)
        bid_size = min(remaining_position, self.min_quote_size)
        ask_size = min(remaining_position, self.min_quote_size)
        return bid_size, ask_size

    def adjust_quote_size(self, inventory, mid_price, market_impact):  # type: ignore[no-untyped-def]
        """The printed adjustment: bid × (1 − |impact|), ask × (1 + |impact|)."""
        bid_size, ask_size = self.calculate_quote_size(inventory, mid_price)  # type: ignore[no-untyped-call]
        if market_impact > 0:
            bid_size *= 1 - market_impact
            ask_size *= 1 + market_impact
        else:
            bid_size *= 1 + market_impact
            ask_size *= 1 - market_impact
        return bid_size, ask_size
