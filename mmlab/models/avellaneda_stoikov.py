"""Avellaneda and Stoikov (2008), finite horizon: the approximation of eqs. 29 and 30 that everybody quotes by."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.models.model import MarketModel
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.vocabulary import FILL_DECAY, HORIZON, INVENTORY, RISK_AVERSION, VOLATILITY, check_time_left


def liquidity_half_spread(risk_aversion: float, fill_decay: float) -> float:
    """(1/γ) ln(1 + γ/k) [price]: what a quote asks for the chance to trade, whatever the inventory; 1/k at γ = 0."""
    gamma, k = float(risk_aversion), float(fill_decay)
    if not (0 <= gamma < 1e200 and 1e-50 <= k <= 1e50):  # `check` takes as long as all the rest
        raise ParameterError(f"γ must be at least 0 and k above 0; got {gamma:g} and {k:g}.")
    x = gamma / k
    # ln(1 + x)/x is 1 at x = 0; log1p keeps every digit of a small x.
    return float(np.log1p(x) / x if x > 0 else 1.0) / k


@validated
class AvellanedaStoikov(MarketModel):
    """Quotes around a reservation price that moves against the inventory.

    r = s − q γ σ² τ (eq. 29) and δᵃ + δᵇ = γ σ² τ + (2/γ) ln(1 + γ/k) (eq. 30), with τ = T − t: the first-order
    solution, in small inventory and time, of maximising E[−exp(−γ (X_T + q_T S_T))]. The arrival rate A does not enter.

    References
    ----------
    M. Avellaneda and S. Stoikov (2008), High-frequency trading in a limit order book, Quantitative Finance 8(3).
    """

    risk_aversion: float = parameter(RISK_AVERSION, source="AS (2008), §2.2")
    volatility: float = parameter(VOLATILITY, source="AS (2008), §2.1")
    fill_decay: float = parameter(FILL_DECAY, source="AS (2008), §3.2")
    horizon: float = parameter(HORIZON, source="AS (2008), §2.1")

    def reservation_price(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """r = s − q γ σ² τ (eq. 29) [price]: the price at which one clip more or less makes no difference.

        Parameters broadcast: `mid_price` [price], `inventory` [clips], `time_left` [time].
        """
        return np.asarray(floats(mid_price) - self._skew(inventory, check_time_left(time_left, self.horizon)))

    def spread(self, time_left: ArrayLike) -> FloatArray:
        """δᵃ + δᵇ = γ σ² τ + (2/γ) ln(1 + γ/k) (eq. 30) [price], of the shape of `time_left`: no inventory in it."""
        return self._spread(check_time_left(time_left, self.horizon))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] from the mid, not clamped: far from flat, one of them is negative.

        Parameters
        ----------
        inventory : array_like
            q [clips].
        time_left : array_like
            τ [time], from 0 to the horizon; broadcasts with `inventory`.

        Returns
        -------
        tuple of arrays
            δᵇ = spread/2 + q γ σ² τ and δᵃ = spread/2 − q γ σ² τ, of the broadcast shape.

        Raises
        ------
        ParameterError
            If an inventory is not finite, or a time left is negative, not finite or beyond the horizon.
        """
        tau = check_time_left(time_left, self.horizon)
        skew, half_spread = self._skew(inventory, tau), self._spread(tau) / 2
        return half_spread + skew, half_spread - skew

    def _skew(self, inventory: ArrayLike, tau: FloatArray) -> FloatArray:
        return np.asarray(INVENTORY.check_array(inventory) * (self.risk_aversion * self.volatility**2 * tau))

    def _spread(self, tau: FloatArray) -> FloatArray:
        gamma, sigma = self.risk_aversion, self.volatility
        return np.asarray(gamma * sigma**2 * tau + 2 * liquidity_half_spread(gamma, self.fill_decay))
