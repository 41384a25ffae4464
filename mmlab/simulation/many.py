"""Moments of many policies at once, and in closed form of constant quotes: curves, where `exact_moments` is a dot.

All of it is the chain of `exact_moments`, for markets whose mid neither drifts nor jumps; tests hold one against the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlab.arrays import in_range
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.models import Model
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number
from mmlab.simulation.outcomes import check_forgetful, depths_of
from mmlab.vocabulary import RISK_AVERSION


@frozen(eq=False)
class PolicyMoments:
    """What one policy earns, or each of several: the few of `ExactMoments` that a curve shows.

    Parameters
    ----------
    mean, sd : float or array, shape (...)
        Of the profit [price · clip].
    inventory_sd : float or array, shape (...)
        Standard deviation of q_T [clips].
    inventories : array, shape (2 N + 1,)
        −N … N [clips].
    final_inventory : array, shape (..., 2 N + 1)
        P(q_T) at each of them [1].
    """

    mean: Any
    sd: Any
    inventory_sd: Any
    inventories: FloatArray
    final_inventory: FloatArray


def constant_quotes_moments(half_spread: float, market: Market, n_steps: int = 200) -> PolicyMoments:
    """The closed form of `exact_moments` for `Symmetric`, where both sides fill alike and nothing drifts or jumps.

    With N steps of chance p a side: mean 2Npδ, Var q = 2Np(1 − p), Var = 2Np(1 − p)[δ² + σ²Δt(N + 1)/2]; and q_T is
    the difference of two binomials, whose distribution is read off its generating function on the unit circle.

    Parameters
    ----------
    half_spread : float
        δ [price].
    market : Market
    n_steps : int
        N.

    Raises
    ------
    ParameterError
        If the market drifts, jumps, has a signal or other orders on one side than on the other.
    """
    _check_fair("constant_quotes_moments", market)
    if market.buy_intensity != market.sell_intensity:
        raise ParameterError("constant_quotes_moments needs a market whose sides are alike; else take exact_moments.")
    n, dt = check_count("n_steps", n_steps), market.horizon / n_steps
    half_spread = float(check_number("half_spread", half_spread, "price"))
    p = float(market.fill_probability(market.buy_intensity, half_spread, dt))
    variance = 2 * n * p * (1 - p)
    circle = np.exp(-2j * np.pi * np.arange(2 * n + 1) / (2 * n + 1))
    powers = ((1 - p + p * circle) * (1 - p + p / circle)) ** n
    distribution = np.fft.fftshift(np.fft.ifft(powers).real)
    risk = half_spread**2 + market.volatility**2 * dt * (n + 1) / 2
    sd, inventories = (variance * risk) ** 0.5, np.arange(-n, n + 1.0)
    return PolicyMoments(2 * n * p * half_spread, sd, variance**0.5, inventories, distribution)


def many_moments(models: Sequence[Model], market: Market, n_steps: int = 200, max_inventory: int = 40) -> PolicyMoments:
    """What `exact_moments` gives for each model, quotes stopped at ±`max_inventory` [clips], at about 2 ms a model.

    With G(t, q) the edge still to come on average, the variance of the edge is what each step adds, Σ_t E[Var(e_t +
    G(t+1, q_{t+1}) | q_t)]; the mid, which is fair, adds σ²Δt Σ_t E[q²_{t+1}] and nothing else.

    Returns
    -------
    PolicyMoments
        A number, or a row, for each model.

    Raises
    ------
    ParameterError
        If a model or the market looks at a signal, or the market drifts or jumps.
    """
    _check_fair("many_moments", market, *models)
    dt = market.horizon / check_count("n_steps", n_steps)
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
    mean, final = to_come[0, :, max_inventory].copy(), there[-1].copy()
    inventory_sd = np.sqrt(final @ inventories**2 - (final @ inventories) ** 2)
    return PolicyMoments(mean, np.sqrt(variance), inventory_sd, inventories, final)


@in_range
def many_certainty_equivalents(
    models: Sequence[Model], market: Market, risk_aversion: float, max_inventory: int, n_steps: int = 200
) -> FloatArray:
    """`ExactMoments.certainty_equivalent` for each model [price · clip], where no model looks at the clock.

    u(q) = E[e^{−γ(what the rest of the day brings)}] is 1 at the close, and every step before does the same to it.

    Raises
    ------
    ParameterError
        As `many_moments`; or if the market's moves are not those of a coin.
    """
    _check_fair("many_certainty_equivalents", market, *models)
    if market.mid_move != "binomial":
        raise ParameterError(f"many_certainty_equivalents needs a market of coin moves; got {market.mid_move!r}.")
    gamma, dt = float(RISK_AVERSION.check(risk_aversion)), market.horizon / check_count("n_steps", n_steps)
    inventories = np.arange(-max_inventory, max_inventory + 1.0)
    bid, ask = (depths[0] for depths in _depths(models, inventories, np.array([market.horizon])))
    bids = market.fill_probability(market.sell_intensity, bid, dt)
    asks = market.fill_probability(market.buy_intensity, ask, dt)
    bid_gain, ask_gain = (np.exp(-gamma * np.nan_to_num(depth)) for depth in (bid, ask))
    up, down = bids * (1 - asks) * bid_gain, asks * (1 - bids) * ask_gain
    stay = (1 - bids) * (1 - asks) + bids * asks * bid_gain * ask_gain
    coin = np.cosh(gamma * market.volatility * np.sqrt(dt) * inventories)
    u = np.ones_like(stay)
    for _ in range(n_steps):
        moved = coin * u
        u = stay * moved
        u[:, :-1] += up[:, :-1] * moved[:, 1:]
        u[:, 1:] += down[:, 1:] * moved[:, :-1]
    return np.asarray(-np.log(u[:, max_inventory]) / gamma)


def _check_fair(name: str, market: Market, *models: Model) -> None:
    """Refuse a mid that does more than wander, and whoever looks at a signal."""
    for model in models:
        check_forgetful(model, market)
    if market.drift or any(market.jump) or market.signal is not None:
        raise ParameterError(f"{name} needs a mid that neither drifts nor jumps; else take exact_moments or simulate.")


def _depths(models: Sequence[Model], inventories: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Depths [price], each (n_times, n_models, n_q): NaN beyond a model's own bound, and where one would leave."""
    bid, ask = np.stack([depths_of(model, inventories, time_left) for model in models], axis=2)
    bid[..., -1] = ask[..., 0] = np.nan
    return bid, ask
