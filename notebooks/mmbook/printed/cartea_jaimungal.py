"""The guide's `market_making/cartea_jaimungal.py`, as printed but for the imports it forgot."""

from __future__ import annotations

import numpy as np


class CarteaJaimungal:
    """WRONG, on purpose: no edge when flat, no skew, and a rate of mean reversion multiplied by an inventory.

    Notebook 05 sets it beside the paper's model.
    """

    def __init__(self, risk_aversion: float, volatility: float, mean_reversion: float):
        self.risk_aversion = risk_aversion
        self.volatility = volatility
        self.mean_reversion = mean_reversion

    def calculate_spread(self, inventory, mid_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): mid ∓ ½(γσ²q + κq), both with the inventory's sign."""
        inventory_cost = self.risk_aversion * self.volatility**2 * inventory
        mean_reversion_cost = self.mean_reversion * inventory
        spread = inventory_cost + mean_reversion_cost
        bid_price = mid_price - spread / 2
        ask_price = mid_price + spread / 2
        return bid_price, ask_price

    def calculate_optimal_quotes(self, inventory, mid_price, time_horizon):  # type: ignore[no-untyped-def]
        """The printed (bid, ask) "with time": mid ∓ ½(γσ²|q| + κq)(1 − e^{−T}), one inventory signed and one not."""
        spread = (self.risk_aversion * self.volatility**2 * abs(inventory) + self.mean_reversion * inventory) * (
            1 - np.exp(-time_horizon)
        )
        bid_price = mid_price - spread / 2
        ask_price = mid_price + spread / 2
        return bid_price, ask_price
