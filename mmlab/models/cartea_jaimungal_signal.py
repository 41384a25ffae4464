"""Cartea, Jaimungal and Penalva (2015), §10.4.2: quotes that also know the mid's short-term drift."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab import vocabulary
from mmlab.arrays import in_range
from mmlab.market import Market, remembered_time
from mmlab.models.indifference import runge_kutta
from mmlab.models.model import for_market, inventories_of
from mmlab.parameters import FloatArray, ParameterError, check_count, parameter, validated
from mmlab.quotes import Quotes

_POINTS = 6
"""Nodes that an interpolation looks at."""

_MOST_STEPS = 50_000
"""Some ten seconds; what the signal of the paper takes is a thousand."""


@validated
class CarteaJaimungalSignal:
    """Quotes that maximise E[X_T + Q_T (S_T − a Q_T) − φ∫Q²dt] where dS = α dt + σ dW and market orders push α.

    The value is x + qS + h(τ, α, q), with h = −aq² at τ = 0 and D± = h(α ± ε, q) − h(α ± ε, q ∓ 1):

        ∂_τ h = αq − φq² − ζα ∂_α h + ½η² ∂_αα h + λ [h(α + ε) + h(α − ε) − 2h] + Σ λ e^{−κδ} (δ − D),

    the sum over ask (D⁺) and bid (D⁻), each dropped where its trade would leave ±q̄. ζ forgets the signal; no inventory
    is in it. σ is in no quote. Fields other than the numbers below:

    crossing : {"post only", "allowed"}
        δ = max(0, 1/κ + D), or δ = 1/κ + D even through the mid. There e^{−κδ}, the chance that an order fills the
        quote, is above 1: at strong signals the equation then has no solution, and says so.

    nodes : int
        Of the signal's grid each side of 0, from 8 to 128. With 32 the depths of the tests are good to 4e−5 of 1/κ;
        with 20, in less than half the time, to 2e−4 of 1/κ, which is a plot's accuracy.

    The first question to a model solves the equation, once for all q, τ and α; it keeps 0.2 MB for each inventory from
    −q̄ to q̄. Signals are quoted by up to `largest_signal`, and beyond it as there.

    References
    ----------
    Á. Cartea, S. Jaimungal and J. Penalva (2015), Algorithmic and High-Frequency Trading, §10.4.2.
    """

    arrival_rate: float = parameter(vocabulary.ARRIVAL_RATE, symbol="λ", source="CJP (2015), §10.2")
    fill_decay: float = parameter(vocabulary.FILL_DECAY, symbol="κ", source="CJP (2015), §10.2")
    running_penalty: float = parameter(vocabulary.RUNNING_PENALTY, source="CJP (2015), §10.2")
    terminal_penalty: float = parameter(vocabulary.TERMINAL_PENALTY, symbol="a", source="CJP (2015), §10.2")
    horizon: float = parameter(vocabulary.HORIZON, source="CJP (2015), §10.2")
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY, source="CJP (2015), §10.2")
    mean_reversion: float = parameter(vocabulary.MEAN_REVERSION, source="CJP (2015), §10.4.2")
    signal_volatility: float = parameter(vocabulary.SIGNAL_VOLATILITY, source="CJP (2015), §10.4.2")
    signal_jump: float = parameter(vocabulary.SIGNAL_JUMP, source="CJP (2015), §10.4.2")
    crossing: Literal["post only", "allowed"] = "post only"
    nodes: int = 32

    def __post_init__(self) -> None:
        if check_count("nodes", self.nodes, at_least=8) > 128:
            raise ParameterError(f"nodes must be a whole number of at most 128; got {self.nodes}.")

    @classmethod
    def for_market(cls, market: Market, **own: Any) -> CarteaJaimungalSignal:
        """The model that believes what is true in `market`, its signal included; `own` gives the penalties and q̄."""
        return for_market(cls, market, **own)

    @property
    def largest_signal(self) -> float:
        """The last α of the grid [price/time]: seven deviations of α_T, or three orders, or a drift worth 2/κ."""
        zeta, eta, epsilon = self.mean_reversion, self.signal_volatility, self.signal_jump
        span = self.horizon or 1.0  # at the close itself no signal matters, and any grid will do
        variance = (eta**2 + 2 * self.arrival_rate * epsilon**2) * remembered_time(2 * zeta, span)
        return float(max(7 * np.sqrt(variance), 3 * epsilon, 2 / (self.fill_decay * remembered_time(zeta, span))))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike, signal: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] from the mid; NaN bid at q̄, NaN ask at −q̄.

        Parameters
        ----------
        inventory : array_like
            q [clips], whole.
        time_left : array_like
            τ [time], from 0 to the horizon.
        signal : array_like
            α [price/time]; the three broadcast.

        Raises
        ------
        ParameterError
            If an inventory is not whole or beyond ±q̄, a time left negative or beyond the horizon, a signal not finite;
            if the equation would take too much memory or too many steps, or loses its solution.
        """
        q, tau, alpha = self._state(inventory, time_left, signal)
        _, ask_depth = _solve(self)
        # h(−α, −q) = h(α, q): what a bid is to the one, an ask is to the other.
        bid, ask = (_between_nodes(self, ask_depth, side * q, tau, side * alpha) for side in (-1, 1))
        return np.maximum(bid, self._floor), np.maximum(ask, self._floor)

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike, signal: ArrayLike) -> Quotes:
        """Those depths around `mid_price` [price], one clip a side."""
        return Quotes.around(mid_price, *self.depths(inventory, time_left, signal))

    def value(self, inventory: ArrayLike, time_left: ArrayLike, signal: ArrayLike) -> FloatArray:
        """h(τ, α, q) [price · clip]: what q, the signal and the time left are worth above q clips at the mid."""
        h, _ = _solve(self)
        return _between_nodes(self, h, *self._state(inventory, time_left, signal))

    @property
    def _floor(self) -> float:
        return 0.0 if self.crossing == "post only" else -np.inf

    def _state(self, inventory: ArrayLike, time_left: ArrayLike, signal: ArrayLike) -> tuple[FloatArray, ...]:
        q = vocabulary.check_inventory(inventory, self.max_inventory)
        if (q != np.round(q)).any():
            raise ParameterError(f"inventory (q) must be a whole number of clips; got {q[q != np.round(q)][0]:g}.")
        tau, alpha = vocabulary.check_time_left(time_left, self.horizon), vocabulary.SIGNAL.check_array(signal)
        return tuple(np.broadcast_arrays(q, tau, alpha))


def _between_nodes(
    model: CarteaJaimungalSignal, table: FloatArray, q: FloatArray, tau: FloatArray, alpha: FloatArray
) -> FloatArray:
    """A table of `_solve`'s between its nodes, by polynomials through six of them each in √τ and in α."""
    column = np.round(q).astype(int) + table.shape[2] // 2
    times, which = np.unique(tau, return_inverse=True)
    last, side = table.shape[0] - 1, table.shape[1] // 2
    when, by_time = _weights(np.sqrt(np.minimum(times / (model.horizon or 1.0), 1.0)) * last, last + 1)
    then = np.einsum("tiaq,ti->taq", table[when], by_time)
    furthest = model.largest_signal
    where, by_signal = _weights((np.clip(alpha, -furthest, furthest) / furthest + 1) * side, 2 * side + 1)
    near = then[which.reshape(tau.shape)[..., np.newaxis], where, column[..., np.newaxis]]
    return np.asarray(np.einsum("...j,...j->...", near, by_signal))


def _weights(position: ArrayLike, n_nodes: int) -> tuple[NDArray[np.intp], FloatArray]:
    """The six nodes 0 … n_nodes − 1 nearest to `position`, and their weights in Lagrange's interpolation there."""
    x, k = np.asarray(position)[..., np.newaxis], np.arange(_POINTS)
    nodes = np.clip(np.floor(x).astype(int) - _POINTS // 2 + 1, 0, n_nodes - _POINTS) + k
    parts = [np.prod((x - nodes[..., k != i]) / (i - k[k != i]), axis=-1) for i in k]
    return nodes, np.stack(parts, axis=-1)


@lru_cache(maxsize=8)
@in_range
def _solve(model: CarteaJaimungalSignal) -> tuple[FloatArray, FloatArray]:
    """h and 1/κ + D⁺ on a grid of √τ, α and q, each of shape (n_times, n_signals, 2q̄ + 1).

    March h from the horizon backwards by Runge and Kutta's fourth order, and keep it at times even in √τ.

    α has fourth-order central differences and, beyond the grid, ghosts on the line through the last two nodes. A step
    is 2 over the sum of the fastest rates: of mean reversion, diffusion, orders and, at that moment, fills. At the
    reference's parameters h and the depths are good to 1e−8, post only, whose floor is a kink, to 4e−7.
    """
    zeta, eta, lam, kappa = model.mean_reversion, model.signal_volatility, model.arrival_rate, model.fill_decay
    q = inventories_of(model)
    spacing, n = model.largest_signal / model.nodes, 2 * model.nodes + 1
    alpha = spacing * np.arange(-model.nodes, model.nodes + 1.0)[:, np.newaxis]

    steady = zeta * model.nodes + 2 * (eta / spacing) ** 2 + 4 * lam
    if model.horizon * steady > 2 * _MOST_STEPS:
        raise ParameterError(
            f"The equation needs {model.horizon * steady / 2:,.0f} steps, more than {_MOST_STEPS:,}: in the horizon "
            f"(T) {model.horizon:g} the signal forgets (ζT) or orders come (λT) too often. Take a shorter horizon."
        )
    up, generator = _operators(model, spacing)
    running = alpha * q - model.running_penalty * q**2

    def sale(h: FloatArray) -> FloatArray:
        """D⁺ at q above −q̄; a buy order has pushed the signal by then."""
        pushed = up @ h
        return np.asarray(pushed[..., 1:] - pushed[..., :-1])

    def slope(h: FloatArray, _: int) -> FloatArray:
        loss = sale(h)
        depth = np.maximum(1 / kappa + loss, model._floor)
        gain = lam * np.exp(-kappa * depth) * (depth - loss)
        change = generator @ h + running
        change[:, 1:] += gain
        change[:, :-1] += gain[::-1, ::-1]
        return np.asarray(change)

    h = np.tile(-model.terminal_penalty * q**2, (n, 1))
    stored = 25 * model.nodes // 4
    times = model.horizon * (np.arange(stored + 1) / stored) ** 2
    value = np.empty((len(times), *h.shape))
    value[0] = h
    for kept, (start, end) in enumerate(pairwise(times), 1):
        left = end - start
        while left > 0:
            lowest = max(1 / kappa + sale(h).min(), model._floor)
            if lam > 0 and not kappa * lowest > -20:
                raise ParameterError(
                    f"The equation that allows crossing has no solution beyond time_left (τ) {end - left:.3g}: through "
                    'the mid a fill is more than certain. Choose crossing="post only", or a weaker signal or penalty.'
                )
            n_steps = np.ceil(left * (steady + lam * np.exp(-kappa * lowest)) / 2)
            dt = left / n_steps
            h = runge_kutta(slope, h, dt)
            left = left - dt if n_steps > 1 else 0.0
        value[kept] = h
    ask = np.full_like(value, np.nan)
    ask[..., 1:] = 1 / kappa + sale(value)
    value.flags.writeable = ask.flags.writeable = False
    return value, ask


def _operators(model: CarteaJaimungalSignal, spacing: float) -> tuple[FloatArray, FloatArray]:
    """What a buy order does to a function of α on the grid, and what the signal's own moves and all orders do."""
    n, pushed = 2 * model.nodes + 1, model.signal_jump / spacing
    ghosts = int(np.ceil(pushed)) + _POINTS
    node = np.arange(-ghosts, n + ghosts)
    identity, inside, left = np.eye(n), np.clip(node, 0, n - 1), np.clip(node, 0, n - 2)
    extended = identity[inside] + (node - inside)[:, np.newaxis] * (identity[left + 1] - identity[left])

    def stencil(first: int, weights: ArrayLike) -> FloatArray:
        return np.asarray(sum(w * extended[k : k + n] for k, w in enumerate(np.asarray(weights), first)))

    slope = stencil(ghosts - 2, np.array([1, -8, 0, 8, -1]) / (12 * spacing))
    bend = stencil(ghosts - 2, np.array([-1, 16, -30, 16, -1]) / (12 * spacing**2))
    nodes, weights = _weights(ghosts + pushed, len(node))
    up = stencil(int(nodes[0]), weights)
    alpha = spacing * np.arange(-model.nodes, model.nodes + 1.0)[:, np.newaxis]
    generator = -model.mean_reversion * alpha * slope + model.signal_volatility**2 / 2 * bend
    generator += model.arrival_rate * (up + up[::-1, ::-1] - 2 * identity)
    return up, generator
