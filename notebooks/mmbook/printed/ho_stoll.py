"""The guide's `market_making/ho_stoll.py`, as printed but for the imports it forgot."""

from __future__ import annotations

import numpy as np


class HoStoll:
    """WRONG, on purpose: no demand, no skew, a spread that turns negative for a dealer who is short.

    `mmlab.HoStoll` is the paper's model; notebook 04 runs both on one tape.
    """

    def __init__(self, risk_aversion: float, volatility: float, transaction_cost: float):
        self.risk_aversion = risk_aversion
        self.volatility = volatility
        self.transaction_cost = transaction_cost

    def calculate_spread(self, inventory, mid_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): mid ∓ ½(2c + γσ²q), the inventory with its sign."""
        inventory_cost = self.risk_aversion * self.volatility**2 * inventory
        spread = 2 * self.transaction_cost + inventory_cost
        bid_price = mid_price - spread / 2
        ask_price = mid_price + spread / 2
        return bid_price, ask_price

    def calculate_optimal_quotes(self, inventory, mid_price, time_horizon):  # type: ignore[no-untyped-def]
        """The printed (bid, ask) "with time": mid ∓ ½(2c + γσ²|q|)(1 − e^{−T}), the cost scaled away as well."""
        spread = (2 * self.transaction_cost + self.risk_aversion * self.volatility**2 * abs(inventory)) * (
            1 - np.exp(-time_horizon)
        )
        bid_price = mid_price - spread / 2
        ask_price = mid_price + spread / 2
        return bid_price, ask_price
