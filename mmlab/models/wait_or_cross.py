"""Waiting at a price, and crossing where waiting is dearer: a seller of a position, and a dealer who may hedge."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab import vocabulary
from mmlab.arrays import in_range
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.models.indifference import Table, look_up, trade_losses
from mmlab.models.model import MarketModel, inventories_of
from mmlab.models.schedule import CrossingCost
from mmlab.models.tridiagonal import Flow, bands_of, exponentials
from mmlab.parameters import BoolArray, FloatArray, parameter, sides, validated

STEPS = 2_000
"""Of a day on which one may cross: what is found converges as their length."""


@validated
class WaitOrCross(MarketModel):
    """Quotes, and trades one clip towards 0 across the spread at once where its risk costs more than `crossing`.

    With c = (1/ξ) ln(1 + ξ/k), fills at A e^{−kδ} and a = A e^{−kc}/(1 + ξ/k), W = e^{kh} solves

        W_q' = −½kγσ²q² W_q + a⁺ W_{q−1} + a⁻ W_{q+1},  W_q(0) = e^{−kℓ(|q|)},  W_q ≥ e^{−k c_x} W_{q nearer to 0},

    and δ⁺ (ask) = c + h_q − h_{q−1}, δ⁻ (bid) = c + h_q − h_{q+1}. ξ = γ maximises E[−e^{−γ·cash}], ξ = 0 the mean cash
    less ½γσ²∫q²dt. Where nobody sells (A⁻ = 0) there is no bid: with q̲ = 0 as well, this is a seller of q̄ clips by
    limit orders (GLFT 2012; CJP 2015, ch. 8). Other fields than the numbers below:

    close_cost : CrossingCost
        ℓ: what it costs to be flat at the horizon; nothing by default.

    References
    ----------
    O. Guéant, C.-A. Lehalle and J. Fernandez-Tapia (2012), Optimal portfolio liquidation with limit orders, SIAM
    Journal on Financial Mathematics 3(1). M. Butz and R. Oomen (2019), Internalisation by electronic FX spot dealers,
    Quantitative Finance 19(1).
    """

    risk_aversion: float = parameter(vocabulary.RISK_AVERSION)
    volatility: float = parameter(vocabulary.VOLATILITY)
    arrival_rate: float | tuple[float, float] = parameter(vocabulary.ARRIVAL_RATE, per_side=True)
    fill_decay: float = parameter(vocabulary.FILL_DECAY)
    horizon: float = parameter(vocabulary.HORIZON)
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY)
    min_inventory: int | None = parameter(vocabulary.MIN_INVENTORY, default=None)
    risk_mode: float | None = parameter(vocabulary.RISK_MODE, default=None)
    crossing: float | None = parameter(vocabulary.CROSSING, default=None, description="What it costs; None: never.")
    close_cost: CrossingCost = CrossingCost(half_spread=0.0)

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] from the mid, which may be below 0; NaN where there is no quote.

        Raises
        ------
        ParameterError
            If an inventory is beyond the bounds or not whole, or a time left is negative or beyond the horizon.
        """
        bid, ask = self._reward + self._look_up(trade_losses, inventory, time_left)
        buys, sells = sides(self.arrival_rate) > 0
        return np.where(sells, bid, np.nan), np.where(buys, ask, np.nan)

    def value(self, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """h(τ, q) [price·clip]: what q clips with τ to go are worth above q times the mid; raises as `depths`."""
        return self._look_up(lambda h: h, inventory, time_left)

    def crosses(self, inventory: ArrayLike, time_left: ArrayLike) -> BoolArray:
        """Whether one clip more crosses now; raises as `depths`."""
        return np.not_equal(self._look_up(self._crossing, inventory, time_left), 0)

    def across(self, inventory: ArrayLike, time_left: float, since: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """What crosses now [clips], positive where sold, and its cost [price·clip]; raises as `depths`."""
        clips = self._look_up(self._crossing, inventory, time_left)
        return clips, np.abs(clips) * (self.crossing or 0.0)

    def _crossing(self, h: FloatArray) -> FloatArray:
        """What crosses at each inventory [clips], (…, n_q), where the values are h."""
        q, cost = inventories_of(self), np.inf if self.crossing is None else self.crossing
        bid, ask = trade_losses(h)
        return q - q[rests_at(q, (q != 0) & (np.where(q > 0, ask, bid) <= -cost * (1 - 1e-9)))]

    @property
    def _reward(self) -> float:
        """c [price]."""
        return liquidity_half_spread(self._xi, self.fill_decay)

    @property
    def _xi(self) -> float:
        return self.risk_aversion if self.risk_mode is None else self.risk_mode

    def _look_up(self, of: Callable[[FloatArray], FloatArray], q: ArrayLike, time_left: ArrayLike) -> FloatArray:
        return look_up(lambda times: of(_solved(self)(times)), self, q, time_left)


def rests_at(q: FloatArray, crosses: BoolArray) -> NDArray[np.intp]:
    """The place of the next inventory towards 0 that does not cross, (…, n_q), of inventories q that hold 0."""
    place = np.arange(len(q))
    down = np.maximum.accumulate(np.where(crosses, 0, place), axis=-1)
    up = np.minimum.accumulate(np.where(crosses, len(q), place)[..., ::-1], axis=-1)[..., ::-1]
    return np.where(q > 0, down, up)


@lru_cache(maxsize=16)
@in_range
def _solved(model: WaitOrCross) -> Table:
    """Times (n_times,) → h(τ, q), shape (n_times, n_q)."""
    k, q = model.fill_decay, inventories_of(model)
    traded = sides(model.arrival_rate) * np.exp(-k * model._reward) / (1 + model._xi / k)
    bands = bands_of(traded[0], -k * model.risk_aversion * model.volatility**2 / 2 * q**2, traded[1])
    start = -k * model.close_cost(q)
    if model.crossing is None:
        flow = Flow.solve(bands, start, model.horizon)
        return lambda times: np.add(*flow.log_v(times)) / k
    (matrix, *_), (scale, *_) = exponentials(bands[:, np.newaxis], model.horizon / STEPS)
    paid, log_w = k * model.crossing * np.abs(q), np.empty((STEPS + 1, len(q)))
    log_w[0] = _crossed(start + paid, int(-q[0])) - paid
    for n in range(STEPS):
        top = log_w[n].max()
        grown = np.log(matrix @ np.exp(log_w[n] - top)) + top + scale
        log_w[n + 1] = _crossed(grown + paid, int(-q[0])) - paid
    log_w /= k

    def h(times: FloatArray) -> FloatArray:
        place = np.minimum(times / (model.horizon or 1.0), 1.0) * STEPS
        before = np.minimum(place.astype(int), STEPS - 1)
        share = (place - before)[:, np.newaxis]
        return np.asarray((1 - share) * log_w[before] + share * log_w[before + 1])

    return h


def _crossed(worth: FloatArray, flat: int) -> FloatArray:
    """The largest of each and of those nearer to the place of 0: clips may cross one after the other."""
    out = np.maximum.accumulate(worth[flat:])
    return np.concatenate([np.maximum.accumulate(worth[flat::-1])[:0:-1], out])
