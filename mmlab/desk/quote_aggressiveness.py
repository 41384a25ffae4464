"""QuoteAggressiveness: how wide to quote when the desk is full or the market is stressed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.desk.sides import Sides
from mmlab.parameters import FloatArray, check_order, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import INVENTORY, MAX_POSITION, VOLATILITY


@validated
class QuoteAggressiveness:
    """From the base spread, flat and calm, to the maximum, at the limit or in a stressed market.

    a = (1 − min(1, |q|/q_max)) · min(1, σ₀/σ), in [0, 1] in every unit, and spread = base + (max − base)(1 − a).
    """

    base_spread: float = parameter("w₀", "price", "The narrowest spread: flat, in a calm market.", at_least=0)
    max_spread: float = parameter("w₁", "price", "The base spread when a is 0.", at_least=0)
    max_position: float = parameter(MAX_POSITION, above=0)
    normal_volatility: float = parameter(VOLATILITY, symbol="σ₀", description="Up to here the market is calm.")

    def __post_init__(self) -> None:
        check_order(self, "base_spread", "max_spread")

    def calculate_aggressiveness(self, inventory: ArrayLike, volatility: ArrayLike) -> FloatArray:
        """The aggressiveness a [1], broadcast over `inventory` [clips] and `volatility` [price/√time]."""
        use = np.minimum(1.0, np.abs(INVENTORY.check_array(inventory)) / self.max_position)
        sigma = VOLATILITY.check_array(volatility)
        calm = np.divide(self.normal_volatility, sigma, out=np.ones(sigma.shape), where=sigma > self.normal_volatility)
        return np.asarray((1 - use) * calm)

    def adjust_spread(self, base_spread: ArrayLike, aggressiveness: ArrayLike) -> FloatArray:
        """The spread to show for a model's own `base_spread` [price]: that or w₀, + (w₁ − w₀)(1 − a).

        Of w₀ itself it makes anything from w₀ to w₁; `aggressiveness` [1] broadcasts.
        """
        extra = (self.max_spread - self.base_spread) * (1 - np.asarray(aggressiveness))
        return np.asarray(np.maximum(np.asarray(base_spread), self.base_spread) + extra)

    def extra(self, inventory: ArrayLike, volatility: ArrayLike) -> FloatArray:
        """What is added to the spread at this `inventory` [clips] and `volatility` [price/√time]: (w₁ − w₀)(1 − a)."""
        a = self.calculate_aggressiveness(inventory, volatility)
        return np.asarray((self.max_spread - self.base_spread) * (1 - a))

    def adjust_quotes(self, quotes: Quotes, inventory: ArrayLike, volatility: ArrayLike) -> Quotes:
        """The quotes with both sides moved out equally, to the adjusted spread; their middle stays.

        A side that stands alone is moved as if the spread were w₀.
        """
        extra = self.extra(inventory, volatility)
        return self._wider(Sides.of(quotes, np.broadcast_shapes(quotes.shape, extra.shape)), extra).quotes

    def _wider(self, sides: Sides, extra: FloatArray) -> Sides:
        """The same with so much added to the spread [price]."""
        spread = sides.price[1] - sides.price[0]
        if np.count_nonzero(alone := np.isnan(spread)):
            spread = np.where(alone, self.base_spread, spread)
        out = (np.maximum(spread, self.base_spread) + extra - spread) / 2
        return Sides(np.array((sides.price[0] - out, sides.price[1] + out)), sides.size)
