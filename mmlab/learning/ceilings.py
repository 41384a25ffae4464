"""How much of a move can be forecast at all: R² in a market whose signal is known, and the race of two queues."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import in_range
from mmlab.market import Market, remembered_time
from mmlab.parameters import FloatArray, Parameter, ParameterError, check_number

_HORIZON = Parameter("h", "time", "How far ahead.", name="horizon", above=0)
_QUEUE = Parameter("n", "orders", "How long a queue is.", name="queue", at_least=1, at_most=1000, integer=True)
_SHARE = Parameter("R²", "1", "How much of the variance is explained.", name="r_squared", at_least=0, at_most=1)


@in_range
def r_squared(market: Market, horizon: ArrayLike, sees: str = "signal", time_step: float | None = None) -> FloatArray:
    """R²* = Var(α̂) g(h)² / Var(S_{t+h} − S_t): of the best forecast g(h)α̂ there is, with g(h) = (1 − e^{−ζh})/ζ.

    In continuous time Var(S_{t+h} − S_t) = σ²h + Var(α) g(h)² + (η² + Σλε²) ∫₀ʰ g(u)² du, the sum over the orders of
    both sides. On a `Tape` the integral is a sum over its steps, and a step's orders have the variance p(1 − p) ε²,
    where p is the chance that one comes: at most one a side does. The signal is stationary, so a tape's first few 1/ζ,
    where it still comes from 0, do not count.

    Parameters
    ----------
    market
        With a `signal` that forgets, and orders that move the mid by the signal alone (`jump` 0).
    horizon
        h [time], of any shape; on a tape a whole number of steps.
    sees
        What the forecast is made of. "signal": α itself; "orders": the signs and times of all orders so far,
        Σ ε sᵢ e^{−ζ(t − tᵢ)}; "orders and prices": the mids too, by the Kalman filter.
    time_step
        Δt [time] of the tape; None in continuous time, which is 1e−9/ζ here.

    Returns
    -------
    array
        R²* [1], of the shape of `horizon`.

    Raises
    ------
    ParameterError
        If the market has no such signal, or a horizon is not above 0.

    References
    ----------
    Á. Cartea, S. Jaimungal and J. Penalva (2015), Algorithmic and High-Frequency Trading, §10.4.2.
    """
    (orders, noise, unknown, zeta, dt), h = _variances(market, time_step), _HORIZON.check_array(horizon)
    parts = {"signal": noise, "orders": 0.0, "orders and prices": noise - unknown}
    g, step, keeps = -np.expm1(-zeta * h) / zeta, remembered_time(zeta, dt), np.exp(-zeta * dt)
    # Σ g(jΔt)² over the steps j ≥ 1 until h. An order pushes at its step's start and moves that step too; the signal's
    # own noise comes at its step's end. Var(orders)/e^{−2ζΔt} + Var(noise) is the signal's after the pushes.
    squares = (h / dt - keeps * g / step * (2 - keeps * (2 - zeta * g) / (2 - zeta * step))) / zeta**2
    of_signal = (orders / keeps**2 + noise) * (keeps**2 * g**2 - np.expm1(-2 * zeta * dt) * squares)
    return np.asarray((orders + choose("sees", sees, parts)) * g**2 / (market.volatility**2 * h + of_signal))


def best_horizon(market: Market) -> float:
    """The horizon [time] at which `r_squared` is largest, whatever the forecast sees: 2g'V = gV' of the variance V.

    Raises
    ------
    ParameterError
        As `r_squared`, and if the volatility is 0: then the shortest horizon is the best.
    """
    orders, noise, _, zeta, _ = _variances(market, None)
    sigma, low, high = check_number("volatility", market.volatility, "price/√time", above=0), 0.0, 4 / zeta
    # At 4/ζ it falls, whatever the two variances are.
    while low < (h := (low + high) / 2) < high:
        drift = (orders + noise) * remembered_time(zeta, h)  # and V = drift · g/R²
        rises = 2 * np.exp(-zeta * h) * drift > float(r_squared(market, h)) * (sigma**2 + 2 * drift)
        low, high = (h, high) if rises else (low, h)
    return low


def queue_race(bid: ArrayLike, ask: ArrayLike) -> FloatArray:
    """P(the mid goes up) [1]: that the `ask` queue of p orders empties before the `bid` queue of n.

    Orders come to each queue and leave it at the same rate, one at a time:

        P = (1/π) ∫₀^π (2 − cos t − √((2 − cos t)² − 1))^p sin(nt) cot(t/2) dt,

    by Gauss and Legendre's rule on pieces, good to 1e−12; with long queues it is (2/π) arctan(n/p).

    Parameters
    ----------
    bid, ask
        n and p, whole numbers of orders from 1 to 1000; shapes broadcast.

    Raises
    ------
    ParameterError
        If a queue is not such a number.

    References
    ----------
    R. Cont and A. de Larrard (2013), Price dynamics in a Markovian limit order market, SIAM Journal on Financial
    Mathematics 4(1).
    """
    pairs = np.stack(np.broadcast_arrays(_QUEUE.check_array(bid), _QUEUE.check_array(ask)), axis=-1)
    # Of many races most are alike: each is run once.
    different, place = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    pieces = 2 + int(different.max(initial=1)) // 8
    half = np.pi / 2 / pieces * np.add.outer(np.arange(pieces), (nodes + 1) / 2).ravel()
    n, p = different.T[..., np.newaxis]
    # 2 − cos t − √… cancels, and is e^{−y} where cosh y = 2 − cos t: with y/2 = arsinh sin(t/2) nothing does.
    raised = np.exp(-2 * p * np.arcsinh(np.sin(half)))
    chance = raised * np.sin(2 * n * half) / np.tan(half) @ np.tile(weights, pieces) / (2 * pieces)
    return np.asarray(chance[place.ravel()].reshape(pairs.shape[:-1]))


def sign_accuracy(r_squared: ArrayLike) -> FloatArray:
    """½ + arcsin(R)/π [1]: how often a forecast has the sign of the move, where both are normal with correlation R."""
    return np.asarray(0.5 + np.arcsin(np.sqrt(_SHARE.check_array(r_squared))) / np.pi)


def sign_auc(r_squared: ArrayLike) -> FloatArray:
    """½ + (2/π) arcsin(R/√2) [1]: the area under the curve of that forecast, for the sign of the move."""
    return np.asarray(0.5 + 2 / np.pi * np.arcsin(np.sqrt(_SHARE.check_array(r_squared) / 2)))


def above_the_ceiling(r_squared: float, ceiling: float, error: float = 0.0) -> str:
    """The alarm of a reported R² that is more than two standard `error`s above what can be known; else no words.

    >>> above_the_ceiling(0.0359, 0.032741)
    'R² = 0.0359 is above 0.03274, all that can be known: the features look into the future.'
    """
    words = f"R² = {r_squared:.4g} is above {ceiling:.4g}, all that can be known: the features look into the future."
    return "" if r_squared <= ceiling + 2 * error else words


def _variances(market: Market, time_step: float | None) -> tuple[float, float, float, float, float]:
    """Var(α) of the orders, of the signal's own noise, and what mids leave unknown of the latter; ζ and Δt."""
    if (signal := market.signal) is None or not (zeta := signal.mean_reversion) > 0 or any(market.jump):
        raise ParameterError(f"market must have a signal with ζ above 0, and jump (0, 0); got {signal}, {market.jump}.")
    dt = 1e-9 / zeta if time_step is None else check_number("time_step", time_step, "time", above=0)
    p = np.array([market.fill_probability(flow, 0.0, dt) for flow in (market.buy_intensity, market.sell_intensity)])
    forgets, g, quiet = -np.expm1(-2 * zeta * dt), remembered_time(zeta, dt), market.volatility**2 * dt
    push, shock = signal.signal_jump**2 * float(p @ (1 - p)), signal.signal_volatility**2 * forgets / (2 * zeta)
    # The filter's P = e^{−2ζΔt} P σ²Δt/(P g² + σ²Δt) + shock: a step leaves as much unknown as there was.
    unknown = np.roots([g**2, forgets * quiet - shock * g**2, -shock * quiet]).max()
    return push * (1 - forgets) / forgets, shock / forgets, unknown, zeta, dt


def choose(name: str, chosen: str, choices: dict[str, float]) -> float:
    """What a choice stands for, or a ParameterError that names all of them."""
    if chosen not in choices:
        raise ParameterError(f"{name} must be one of {', '.join(map(repr, choices))}; got {chosen!r}.")
    return choices[chosen]
