"""Avellaneda and Stoikov (2008), §2.4: the day that never ends, with a bounded inventory."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import floats
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.models.model import MarketModel
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes


@validated
class InfiniteHorizonAvellanedaStoikov(MarketModel):
    """Quotes outside a pair of indifference prices that depend on the inventory alone.

    With discount rate ω, the prices at which one clip more (bid) or less (ask) makes no difference are

        bid: s + (1/γ) ln[(ω − ½γ²σ²(q+1)²) / (ω − ½γ²σ²q²)] = s + (1/γ) ln(1 − (2q + 1) γ²σ² / (2ω − γ²σ²q²)),
        ask: s + (1/γ) ln[(ω − ½γ²σ²q²) / (ω − ½γ²σ²(q−1)²)] = s − (1/γ) ln(1 + (2q − 1) γ²σ² / (2ω − γ²σ²q²)),

    and quotes stand (1/γ) ln(1 + γ/k) outside them. No bid at q_max, no ask at −q_max. The ask *printed* in the paper,
    `printed_ask_indifference`, contradicts the paper's own definition and is not used.

    References
    ----------
    M. Avellaneda and S. Stoikov (2008), High-frequency trading in a limit order book, Quantitative Finance 8(3), §2.4.
    """

    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, above=0, source="AS (2008), §2.4")
    volatility: float = parameter(vocabulary.VOLATILITY, above=0, source="AS (2008), §2.4")
    fill_decay: float = parameter(vocabulary.FILL_DECAY, source="AS (2008), §3.2")
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY, symbol="q_max", at_most=np.inf, source="AS (2008), §2.4")
    discount_rate: float | None = parameter(vocabulary.DISCOUNT_RATE, default=None, source="AS (2008), §2.4")

    def __post_init__(self) -> None:
        g = (self.risk_aversion * self.volatility) ** 2
        smallest = 0.5 * g * self.max_inventory**2
        if self.omega <= smallest:
            raise ParameterError(
                f"discount_rate (ω) must be above ½γ²σ²q_max² = {smallest:g} [1/time], or the value of the largest "
                f"inventory is infinite; got {self.omega:g}."
            )

    @property
    def omega(self) -> float:
        """ω [1/time]: the discount rate given, or the natural ½γ²σ²(q_max + 1)²."""
        if self.discount_rate is not None:
            return self.discount_rate
        return 0.5 * (self.risk_aversion * self.volatility * (self.max_inventory + 1)) ** 2

    def reservation_price(
        self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        """The pair of indifference prices (bid, ask) [price]; NaN where a side is not quoted.

        `inventory` [clips] and `mid_price` [price] broadcast; `time_left` is there because every model has it.
        """
        tau = vocabulary.TIME_LEFT.check_array(time_left)
        q, _ = np.broadcast_arrays(vocabulary.check_inventory(inventory, self.max_inventory), tau)
        gamma, ratio, q_max, mid = self.risk_aversion, self._ratio(q), self.max_inventory, floats(mid_price)
        # ask(q) − s = s − bid(−q): one formula, with the sign of q turned; beyond q_max − 1 that side is not quoted.
        bid, ask = (-np.log1p(np.where(side + 1 > q_max, np.nan, -(2 * side + 1) * ratio)) / gamma for side in (q, -q))
        return np.asarray(mid - bid), np.asarray(mid + ask)

    def depths(self, inventory: ArrayLike, time_left: ArrayLike = 0.0) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] of the broadcast shape; NaN bid at q_max and NaN ask at −q_max.

        Raises
        ------
        ParameterError
            If an inventory is not finite or beyond ±q_max.
        """
        bid, ask = self.reservation_price(0.0, inventory, time_left)
        c = liquidity_half_spread(self.risk_aversion, self.fill_decay)
        return c - bid, c + ask

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike = 0.0) -> Quotes:
        """Those depths around `mid_price` [price], one clip a side."""
        return Quotes.around(mid_price, *self.depths(inventory, time_left))

    def printed_ask_indifference(self, mid_price: ArrayLike, inventory: ArrayLike) -> FloatArray:
        """The paper's printed s + (1/γ) ln(1 + (1 − 2q) γ²σ² / (2ω − γ²σ²q²)): for the erratum only [price]."""
        q = vocabulary.check_inventory(inventory, self.max_inventory)
        gamma, ratio = self.risk_aversion, self._ratio(q)
        return np.asarray(floats(mid_price) + np.log1p((1 - 2 * q) * ratio) / gamma)

    def _ratio(self, q: FloatArray) -> FloatArray:
        """γ²σ² / (2ω − γ²σ²q²), dimensionless per clip²."""
        g = (self.risk_aversion * self.volatility) ** 2
        return np.asarray(g / (2 * self.omega - g * q**2))
