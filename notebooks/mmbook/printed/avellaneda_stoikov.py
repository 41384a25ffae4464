"""The guide's `market_making/avellaneda_stoikov.py`, as printed but for the imports it forgot."""

from __future__ import annotations

import numpy as np


class AvellanedaStoikov:
    """WRONG, on purpose: no fill intensity, no edge when flat, a spread that grows with inventory.

    `mmlab.AvellanedaStoikov` is the paper's model; notebook 02 runs both on one tape.
    """

    def __init__(self, risk_aversion: float, volatility: float):
        self.risk_aversion = risk_aversion
        self.volatility = volatility

    def calculate_spread(self, inventory, mid_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): r ∓ ½γσ²|q| with r = mid − γσ²q."""
        reservation_price = mid_price - self.risk_aversion * self.volatility**2 * inventory
        spread = self.risk_aversion * self.volatility**2 * abs(inventory)
        bid_price = reservation_price - spread / 2
        ask_price = reservation_price + spread / 2
        return bid_price, ask_price

    def calculate_optimal_quotes(self, inventory, mid_price, time_horizon):  # type: ignore[no-untyped-def]
        """The printed (bid, ask) "with time": the spread × (1 − e^{−T}), the skew without any time."""
        spread = self.risk_aversion * self.volatility**2 * abs(inventory) * (1 - np.exp(-time_horizon))
        reservation_price = mid_price - self.risk_aversion * self.volatility**2 * inventory
        bid_price = reservation_price - spread / 2
        ask_price = reservation_price + spread / 2
        return bid_price, ask_price
