"""The symmetric strategy: the same distance on both sides, whatever the inventory. The benchmark of AS (2008)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market import Market
from mmlab.models.avellaneda_stoikov import AvellanedaStoikov
from mmlab.parameters import FloatArray, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import HALF_SPREAD, INVENTORY, TIME_LEFT


@validated
class Symmetric:
    """Quotes at mid ± a constant half-spread.

    References
    ----------
    M. Avellaneda and S. Stoikov (2008), High-frequency trading in a limit order book, Quantitative Finance 8(3), §3.3.
    """

    half_spread: float = parameter(HALF_SPREAD, source="AS (2008), §3.3")

    @classmethod
    def for_market(cls, market: Market, *, risk_aversion: float) -> Symmetric:
        """The half-spread that AS (2008) compare with: their spread at `risk_aversion`, averaged over the day.

        ½[(2/γ) ln(1 + γ/k) + ½ γ σ² T] [price].
        """
        model = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
        return cls(half_spread=float(model.spread(market.horizon / 2)) / 2)

    def reservation_price(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike = 0.0) -> FloatArray:
        """The mid [price], of the broadcast shape: this strategy does not mind what it holds."""
        return np.asarray(floats(mid_price) + 0.0 * self.depths(inventory, time_left)[0])

    def depths(self, inventory: ArrayLike, time_left: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
        """The half-spread on both sides [price], of the broadcast shape of `inventory` and `time_left`."""
        q, tau = INVENTORY.check_array(inventory), TIME_LEFT.check_array(time_left)
        depth = np.full(np.broadcast_shapes(q.shape, tau.shape), self.half_spread)
        return depth, depth

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike = 0.0) -> Quotes:
        """Those depths around `mid_price` [price], one clip a side."""
        return Quotes.around(mid_price, *self.depths(inventory, time_left))
