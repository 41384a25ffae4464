"""Cartea and Jaimungal (2015): inventory is penalised while it is held and when the day ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.models import unequal_sides
from mmlab.models.indifference import look_up, trade_losses
from mmlab.models.model import MarketModel, inventories_of
from mmlab.models.tridiagonal import Flow, bands_of
from mmlab.parameters import FloatArray, parameter, sides, validated

PerSide = float | tuple[float, float]


@validated
class CarteaJaimungal(MarketModel):
    """Quotes that maximise E[X_T + q_T (S_T − α q_T) − φ∫q²dt], with q̲ ≤ q ≤ q̄ (q̲ = −q̄ if not given).

    Buy orders arrive at rate λ⁺, each moves the mid by ε⁺, and a fraction e^{−κ⁺δ} reaches the depth δ; sell orders
    likewise, down. The value is x + qS + h(τ, q), with h(0, q) = −αq² and

        h' = −φq² + (λ⁺ε⁺ − λ⁻ε⁻) q + (λ⁺/κ⁺) e^{−1−κ⁺(ε⁺ + h(q) − h(q−1))} + (λ⁻/κ⁻) e^{−1−κ⁻(ε⁻ + h(q) − h(q+1))}

    without the terms that leave the bounds, and the depths (CJP, §10.2 and, with ε, §10.4.1)

        δ⁺ (ask) = 1/κ⁺ + ε⁺ + h(q) − h(q−1),   δ⁻ (bid) = 1/κ⁻ + ε⁻ + h(q) − h(q+1).

    With one κ, ω = e^{κh} solves ω' = Aω, A tridiagonal. At φ = ½γσ² and α = ε = 0 these are the quotes of
    `GueantLehalleFernandezTapia` at ξ = 0. A quote through the mid fills at more than λ, here by orders that all move
    the mid by ε; in `Market` those that would not have reached the mid do not.

    References
    ----------
    Á. Cartea and S. Jaimungal (2015), Risk metrics and fine tuning of high-frequency trading strategies, Mathematical
    Finance 25(3). Á. Cartea, S. Jaimungal and J. Penalva (2015), Algorithmic and High-Frequency Trading, ch. 10.
    """

    running_penalty: float = parameter(vocabulary.RUNNING_PENALTY, source="CJP (2015), §10.2")
    terminal_penalty: float = parameter(vocabulary.TERMINAL_PENALTY, source="CJP (2015), §10.2")
    arrival_rate: PerSide = parameter(vocabulary.ARRIVAL_RATE, symbol="λ", per_side=True, source="CJP (2015), §10.2")
    fill_decay: PerSide = parameter(vocabulary.FILL_DECAY, symbol="κ", per_side=True, source="CJP (2015), §10.2")
    horizon: float = parameter(vocabulary.HORIZON, source="CJP (2015), §10.2")
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY, source="CJP (2015), §10.2")
    min_inventory: int | None = parameter(vocabulary.MIN_INVENTORY, default=None, source="CJP (2015), §10.2")
    jump: PerSide = parameter(vocabulary.JUMP, default=0.0, per_side=True, source="CJP (2015), §10.4.1")

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] from the mid, not clamped; NaN bid at q̄ and NaN ask at q̲.

        Parameters
        ----------
        inventory : array_like
            q, whole clips.
        time_left : array_like
            τ [time], from 0 to the horizon; broadcasts with `inventory`.

        Raises
        ------
        ParameterError
            If an inventory is beyond q̲ or q̄ or not whole, a time left is negative or beyond the horizon, or the value
            spans more than numbers hold.
        """
        bid_loss, ask_loss = look_up(lambda times: trade_losses(_solved(self)(times)[0]), self, inventory, time_left)
        ask_least, bid_least = 1 / sides(self.fill_decay) + sides(self.jump)
        return bid_least + bid_loss, ask_least + ask_loss

    def reservation_price(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """s − (δ⁻ − δ⁺)/2 [price], the middle of the quotes: NaN where a side is absent."""
        return self.quotes(mid_price, inventory, time_left).middle

    def value(self, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """h(τ, q) [price·clip]: what holding q with τ to go is worth above q clips at the mid; raises as `depths`."""
        return look_up(lambda times: np.add(*_solved(self)(times)), self, inventory, time_left)


@lru_cache(maxsize=8)
def _solved(model: CarteaJaimungal) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """Times (n_times,) → h relative to a level, shape (n_times, n_q), and the level, (n_times, 1)."""
    rate, decay, jump = (sides(x) for x in (model.arrival_rate, model.fill_decay, model.jump))
    q = inventories_of(model)
    drift = rate[0] * jump[0] - rate[1] * jump[1]
    holding, start = drift * q - model.running_penalty * q**2, -model.terminal_penalty * q**2
    traded = rate * np.exp(-1 - decay * jump)
    if decay[0] != decay[1]:
        steps = unequal_sides.solve(holding, traded / decay, decay, start, model.horizon)
        return lambda times: (steps(times), np.zeros((len(times), 1)))
    kappa = decay[0]
    flow = Flow.solve(bands_of(traded[0], kappa * holding, traded[1]), kappa * start, model.horizon)

    def h(times: FloatArray) -> tuple[FloatArray, FloatArray]:
        logs, log_scale = flow.log_v(times)
        return logs / kappa, log_scale / kappa

    return h
