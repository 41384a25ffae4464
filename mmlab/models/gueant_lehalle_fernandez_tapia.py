"""Guéant, Lehalle and Fernandez-Tapia (2013): the problem that Avellaneda and Stoikov expand, solved."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.models.indifference import look_up, trade_losses
from mmlab.models.model import MarketModel
from mmlab.models.tridiagonal import Flow, bands_of, long_run
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes


@validated
class GueantLehalleFernandezTapia(MarketModel):
    """Quotes that are optimal for fills at rate A e^{−kδ}, orders of size Δ and an inventory of at most ±Q.

    With α = kγσ²/(2Δ), η = A (1 + ξΔ/k)^{−(1 + k/(ξΔ))} and M tridiagonal, αq² on and −η beside the diagonal,

        v(τ) = e^{−Mτ} 1,  δᵇ(q) = c₁ + (1/k) ln(v_q/v_{q+Δ}),  δᵃ(q) = c₁ + (1/k) ln(v_q/v_{q−Δ}),

    where c₁ = (1/(ξΔ)) ln(1 + ξΔ/k). ξ = γ maximises E[−e^{−γ(X_T + q_T S_T)}] (2013, Theorem 1, with Δ = 1), ξ = 0 the
    mean of X_T + q_T S_T less ½γσ²∫q²dt. No bid at Q, no ask at −Q. Fields other than the numbers below:

    solution : {"exact", "stationary", "closed form"}
        v(τ); its limit as τ → ∞; or δ = `half_spread` ± q·`skew`, close to the limit (2017, eqs. 4.6 and 4.7).
        The last takes any inventory between the bounds, the others multiples of Δ alone.

    References
    ----------
    O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia (2013), Dealing with the inventory risk, Mathematics and Financial
    Economics 7(4). O. Guéant (2017), Optimal market making, Applied Mathematical Finance 24(2).
    """

    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, source="GLFT (2013), §2")
    volatility: float = parameter(vocabulary.VOLATILITY, source="GLFT (2013), §2")
    arrival_rate: float = parameter(vocabulary.ARRIVAL_RATE, above=0, source="GLFT (2013), §2")
    fill_decay: float = parameter(vocabulary.FILL_DECAY, source="GLFT (2013), §2")
    horizon: float = parameter(vocabulary.HORIZON, source="GLFT (2013), §2")
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY, symbol="Q", source="GLFT (2013), §2")
    order_size: float = parameter(vocabulary.ORDER_SIZE, default=1.0, source="Guéant (2017), §2")
    risk_mode: float | None = parameter(vocabulary.RISK_MODE, default=None, source="Guéant (2017), §3")
    solution: Literal["exact", "stationary", "closed form"] = "exact"

    def __post_init__(self) -> None:
        orders = self.max_inventory / self.order_size
        if abs(orders - round(orders)) > 1e-9 * orders or not 1 <= round(orders) <= 200:
            raise ParameterError(
                f"max_inventory (Q) must be a whole number of orders, 1 to 200; got {self.max_inventory} clips with "
                f"order_size (Δ) {self.order_size:g}."
            )

    @property
    def xi(self) -> float:
        """ξ [1/(price·clip)]: the risk mode given, or γ."""
        return self.risk_aversion if self.risk_mode is None else self.risk_mode

    @property
    def half_spread(self) -> float:
        """c₁ + ½Δσc₂ [price], c₂ = √[(γ/(2AΔk)) (1 + ξΔ/k)^{k/(ξΔ) + 1}]: the closed form's, at every inventory."""
        return self._liquidity + self.order_size * self.skew / 2

    @property
    def skew(self) -> float:
        """σc₂ [price/clip]: how far each clip held moves both of the closed form's quotes."""
        gamma, sigma, k = self.risk_aversion, self.volatility, self.fill_decay
        return float(sigma * np.sqrt(gamma / (2 * self.order_size * k * self._traded_rate)))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] from the mid; NaN bid where q + Δ is beyond Q, NaN ask where q − Δ is beyond −Q.

        Parameters
        ----------
        inventory : array_like
            q [clips].
        time_left : array_like
            τ [time], from 0 to the horizon; broadcasts with `inventory`.

        Raises
        ------
        ParameterError
            If an inventory is beyond ±Q or, unless in closed form, no multiple of Δ; if a time left is negative or
            beyond the horizon; if v spans more than numbers hold.
        """
        if self.solution == "closed form":
            q = vocabulary.check_inventory(inventory, self.max_inventory)
            q, _ = np.broadcast_arrays(q, vocabulary.check_time_left(time_left, self.horizon))
            furthest = self.max_inventory - self.order_size * (1 - 1e-9)
            bid, ask = (np.where(side > furthest, np.nan, self.half_spread + side * self.skew) for side in (q, -q))
            return bid, ask
        losses = look_up(lambda times: trade_losses(_solved(self)(times)[0]), self, inventory, time_left)
        bid, ask = self._liquidity + losses / self.fill_decay
        return bid, ask

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Those depths around `mid_price` [price], Δ clips a side."""
        return Quotes.around(mid_price, *self.depths(inventory, time_left), size=self.order_size)

    def reservation_price(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """s − (δᵇ − δᵃ)/2 [price], the middle of the quotes: NaN where a side is absent."""
        return self.quotes(mid_price, inventory, time_left).middle

    def value(self, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """θ = (Δ/k) ln v_q(τ) [price·clip]: what holding q with τ to go is worth above q clips at the mid.

        With ξ = γ it is the certainty equivalent of X_T + q_T S_T less wealth now, in continuous time.

        Raises
        ------
        ParameterError
            As `depths`; and unless `solution` is "exact".
        """
        if self.solution != "exact":
            raise ParameterError(f"value is what the exact solution has; this model's solution is {self.solution!r}.")
        log_v = look_up(lambda times: np.add(*_solved(self)(times)), self, inventory, time_left)
        return np.asarray(self.order_size / self.fill_decay * log_v)

    @property
    def _liquidity(self) -> float:
        """c₁ [price]."""
        return liquidity_half_spread(self.xi * self.order_size, self.fill_decay)

    @property
    def _traded_rate(self) -> float:
        """η [1/time]: (1 + ξΔ/k)^{−k/(ξΔ)} is e^{−kc₁}, which is 1/e at ξ = 0."""
        k = self.fill_decay
        return self.arrival_rate * float(np.exp(-k * self._liquidity)) / (1 + self.xi * self.order_size / k)


@lru_cache(maxsize=8)
def _solved(model: GueantLehalleFernandezTapia) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """Times (n_times,) → ln v relative to its maximum, shape (n_times, n_q), and that of the maximum, (n_times, 1)."""
    # −M.
    delta, orders = model.order_size, round(model.max_inventory / model.order_size)
    q = delta * np.arange(-orders, orders + 1.0)
    alpha = model.fill_decay * model.risk_aversion * model.volatility**2 / (2 * delta)
    bands = bands_of(model._traded_rate, -alpha * q**2, model._traded_rate)
    if model.solution == "stationary":
        logs = long_run(bands)
        return lambda times: (np.broadcast_to(logs, (len(times), len(logs))), np.zeros((len(times), 1)))
    return Flow.solve(bands, np.zeros(bands.shape[1]), model.horizon).log_v
