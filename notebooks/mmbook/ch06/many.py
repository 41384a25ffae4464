"""Many policies in one market at once: what an explorer draws as a curve while a slider moves.

The chain is that of `exact_moments`, for markets whose mid neither drifts nor jumps; tests hold one against the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlab.market import Market
from mmlab.models import Model
from mmlab.parameters import FloatArray


@dataclass(frozen=True)
class Many:
    """A number, or a row, for each policy: the few of `ExactMoments` that a plot shows."""

    mean: FloatArray
    sd: FloatArray
    inventories: FloatArray
    final_inventory: FloatArray
    """P(q_T = −N … N) [1], shape (n_policies, 2 N + 1)."""

    @property
    def inventory_sd(self) -> FloatArray:
        """Standard deviation of q_T [clips]; its mean is 0, as both sides are alike."""
        return np.asarray(np.sqrt(self.final_inventory @ self.inventories**2))


def many_moments(models: Sequence[Model], market: Market, n_steps: int = 200, max_inventory: int = 40) -> Many:
    """What `exact_moments` gives for each model, quotes stopped at ±`max_inventory`, at about 2 ms a model.

    With G(t, q) the edge still to come on average, the variance of the edge is what each step adds, Σ_t E[Var(e_t +
    G(t+1, q_{t+1}) | q_t)]; the mid, which is fair, adds σ²Δt Σ_t E[q²_{t+1}] and nothing else.
    """
    dt = market.horizon / n_steps
    inventories = np.arange(-max_inventory, max_inventory + 1.0)
    time_left: FloatArray = market.horizon - dt * np.arange(n_steps, dtype=np.float64)
    bid, ask = _depths(models, inventories, time_left)
    bids = market.fill_probability(market.sell_intensity, bid, dt)
    asks = market.fill_probability(market.buy_intensity, ask, dt)
    bid, ask = np.nan_to_num(bid), np.nan_to_num(ask)
    up, down, both = bids * (1 - asks), asks * (1 - bids), bids * asks
    stay, edge = 1 - up - down, bids * bid + asks * ask

    to_come = np.zeros((n_steps + 1, *edge.shape[1:]))
    there = np.zeros_like(to_come)
    there[0, :, max_inventory] = 1.0
    for n in range(n_steps):
        now, after = there[n], there[n + 1]
        np.multiply(now, stay[n], out=after)
        after[:, 1:] += now[:, :-1] * up[n, :, :-1]
        after[:, :-1] += now[:, 1:] * down[n, :, 1:]
    for n in reversed(range(n_steps)):
        now, after = to_come[n], to_come[n + 1]
        np.multiply(after, stay[n], out=now)
        now += edge[n]
        now[:, :-1] += after[:, 1:] * up[n, :, :-1]
        now[:, 1:] += after[:, :-1] * down[n, :, 1:]

    later = to_come[1:]
    second = (stay - both) * later**2 + both * (later + bid + ask) ** 2 - to_come[:-1] ** 2
    second[..., :-1] += up[..., :-1] * (later[..., 1:] + bid[..., :-1]) ** 2
    second[..., 1:] += down[..., 1:] * (later[..., :-1] + ask[..., 1:]) ** 2
    held = market.volatility**2 * dt * inventories**2
    variance = np.einsum("npq,npq->p", there[:-1], second) + np.einsum("npq,q->p", there[1:], held)
    # Copies: who keeps a row must not keep the whole day with it.
    return Many(to_come[0, :, max_inventory].copy(), np.sqrt(variance), inventories, there[-1].copy())


def many_certainty_equivalents(
    models: Sequence[Model], market: Market, risk_aversion: float, max_inventory: int, n_steps: int = 200
) -> FloatArray:
    """`ExactMoments.certainty_equivalent` for each model, in a market of coin moves; no model may look at the clock.

    u(q) = E[e^{−γ(what the rest of the day brings)}] is 1 at the close, and every step before does the same to it.
    """
    dt = market.horizon / n_steps
    inventories = np.arange(-max_inventory, max_inventory + 1.0)
    bid, ask = (depths[0] for depths in _depths(models, inventories, np.array([market.horizon])))
    bids = market.fill_probability(market.sell_intensity, bid, dt)
    asks = market.fill_probability(market.buy_intensity, ask, dt)
    bid_gain, ask_gain = (np.exp(-risk_aversion * np.nan_to_num(depth)) for depth in (bid, ask))
    up, down = bids * (1 - asks) * bid_gain, asks * (1 - bids) * ask_gain
    stay = (1 - bids) * (1 - asks) + bids * asks * bid_gain * ask_gain
    coin = np.cosh(risk_aversion * market.volatility * np.sqrt(dt) * inventories)
    u = np.ones_like(stay)
    for _ in range(n_steps):
        moved = coin * u
        u = stay * moved
        u[:, :-1] += up[:, :-1] * moved[:, 1:]
        u[:, 1:] += down[:, 1:] * moved[:, :-1]
    return np.asarray(-np.log(u[:, max_inventory]) / risk_aversion)


def _depths(models: Sequence[Model], inventories: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Depths [price], each (n_times, n_models, n_q): NaN beyond a model's own bound, and where one would leave."""
    bid, ask = np.full((2, len(time_left), len(models), len(inventories)), np.nan)
    for j, model in enumerate(models):
        bound = getattr(model, "max_inventory", None)
        inside = np.abs(inventories) <= (inventories[-1] if bound is None else bound)
        bid[:, j, inside], ask[:, j, inside] = model.depths(inventories[inside], time_left[:, np.newaxis])
    bid[..., -1] = ask[..., 0] = np.nan
    return bid, ask
