"""How much of a move can be forecast at all: R² of the best forecast in a market whose signal is known."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.market import Market, remembered_time
from mmlab.parameters import FloatArray, ParameterError, check_number

Sees = Literal["signal", "orders", "orders and prices"]


@in_range
def r_squared(market: Market, horizon: ArrayLike, sees: Sees = "signal", time_step: float | None = None) -> FloatArray:
    """R²* = Var(α̂) g(h)² / Var(S_{t+h} − S_t): of the best forecast g(h)α̂ there is, with g(h) = (1 − e^{−ζh})/ζ.

    In continuous time Var(S_{t+h} − S_t) = σ²h + Var(α) g(h)² + (η² + Σλε²) ∫₀ʰ g(u)² du, the sum over the orders of
    both sides. On a `Tape` the integral is a sum over its steps, and a step's orders have the variance p(1 − p) ε²,
    where p is the chance that one comes: at most one a side does. The signal is stationary, so a tape's first 1/ζ,
    where it still comes from 0, does not count.

    Parameters
    ----------
    market
        With a `signal` that forgets, and orders that move the mid by the signal alone (`jump` 0).
    horizon
        h [time], of any shape; on a tape a whole number of steps.
    sees
        What the forecast is made of: α itself; the signs and times of all orders so far, Σ ε sᵢ e^{−ζ(t − tᵢ)}; or
        the mids too, by the Kalman filter.
    time_step
        Δt [time] of the tape; None in continuous time.

    Returns
    -------
    array
        R²* [1], of the shape of `horizon`.

    Raises
    ------
    ParameterError
        If the market has no such signal, a horizon is not above 0, or is not whole steps of the tape.

    References
    ----------
    Á. Cartea, S. Jaimungal and J. Penalva (2015), Algorithmic and High-Frequency Trading, §10.4.2.
    """
    h, sigma = floats(horizon), market.volatility
    flow, noise, known, zeta = _variances(market, time_step)
    seen_of_noise = {"signal": noise, "orders": 0.0, "orders and prices": noise - known}
    if sees not in seen_of_noise:
        raise ParameterError(f"sees must be one of {', '.join(map(repr, seen_of_noise))}; got {sees!r}.")
    if not np.all(h > 0):
        raise ParameterError(f"horizon (h) must be above 0 [time]; got {h.min():g}.")
    g = -np.expm1(-zeta * h) / zeta
    if time_step is None:
        # 2ζ Var(α) ∫₀ʰ g² = Var(α) (2(ζh − 1 + e^{−ζh})/ζ² − g²), which is the rest of the variance of ∫α.
        of_signal = (flow + noise) * 2 * (h - g) / zeta
    else:
        steps = np.rint(h / time_step).astype(np.intp)
        if not np.allclose(steps * time_step, h, rtol=1e-9, atol=0):
            raise ParameterError(f"horizon (h) must be whole steps of {time_step:g} [time] on a tape; got {h}.")
        squares = np.cumsum((-np.expm1(-zeta * time_step * np.arange(steps.max() + 1)) / zeta) ** 2)
        keeps = math.exp(-2 * zeta * time_step)
        # An order pushes at its step's start, and moves that step; the signal's own noise comes at its end.
        of_signal = (flow + noise) * g**2 + (1 / keeps - 1) * flow * squares[steps]
        of_signal += (1 - keeps) * noise * squares[steps - 1]
    return np.asarray((flow + seen_of_noise[sees]) * g**2 / (sigma**2 * h + of_signal))


@in_range
def best_horizon(market: Market) -> float:
    """The horizon [time] at which `r_squared` is largest, whatever the forecast sees: 2g'V = gV', V the move's variance.

    Raises
    ------
    ParameterError
        As `r_squared`, and if the volatility is 0: then the shortest horizon is the best.
    """
    flow, noise, _, zeta = _variances(market, None)
    sigma = check_number("volatility", market.volatility, "price/√time", above=0)
    alike = flow + noise

    def falls(h: float) -> float:
        g = remembered_time(zeta, h)
        variance = sigma**2 * h + 2 * alike * (h - g) / zeta
        return 2 * math.exp(-zeta * h) * variance - g * (sigma**2 + 2 * alike * g)

    low, high = 0.0, 4 / zeta  # at ζh = 4, 2e^{−ζh}V < g V' whatever the two variances are
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if falls(middle) > 0 else (low, middle)
    return low


def sign_accuracy(r_squared: ArrayLike) -> FloatArray:
    """½ + arcsin(R)/π [1]: how often a forecast has the sign of the move, where both are normal with correlation R."""
    return np.asarray(0.5 + np.arcsin(_correlation(r_squared)) / np.pi)


def sign_auc(r_squared: ArrayLike) -> FloatArray:
    """½ + (2/π) arcsin(R/√2) [1]: the area under the curve of that forecast of the sign."""
    return np.asarray(0.5 + 2 / np.pi * np.arcsin(_correlation(r_squared) / np.sqrt(2)))


def above_the_ceiling(r_squared: float, ceiling: float, error: float = 0.0) -> str:
    """The alarm of a reported R² that is more than two standard `error`s above what can be known; else no words.

    >>> above_the_ceiling(0.0359, 0.032741)
    'R² = 0.0359 is above 0.03274, the most that can be known here: something of the future is in the features.'
    """
    found = check_number("r_squared", r_squared, "1", at_most=1)
    most = check_number("ceiling", ceiling, "1", at_least=0, at_most=1)
    if found <= most + 2 * check_number("error", error, "1", at_least=0):
        return ""
    return (
        f"R² = {found:.4g} is above {most:.4g}, the most that can be known here: something of the future is in the "
        "features."
    )


def _correlation(r_squared: ArrayLike) -> FloatArray:
    """R of R²."""
    given = floats(r_squared)
    if not np.all((given >= 0) & (given <= 1)):
        raise ParameterError(f"r_squared (R²) must be from 0 to 1; got {given}.")
    return np.sqrt(given)


def _variances(market: Market, time_step: float | None) -> tuple[float, float, float, float]:
    """Var(α) of the orders and of the signal's own noise, what mids leave unknown of the latter [(price/time)²], and ζ."""
    signal = market.signal
    if signal is None or not signal.mean_reversion > 0 or any(market.jump):
        raise ParameterError(
            "The ceiling is known of a market with a signal that forgets (ζ above 0) and with jump = (0, 0): orders "
            f"move the mid by the signal alone; got {signal!r} and jump = {market.jump}."
        )
    zeta, eta, epsilon, sigma = (
        *(signal.mean_reversion, signal.signal_volatility, signal.signal_jump),
        market.volatility,
    )
    if time_step is None:
        arrivals = float(sum(flow.rate(0.0) for flow in (market.buy_intensity, market.sell_intensity)))
        known = sigma**2 * (math.hypot(zeta, eta / sigma) - zeta) if sigma else 0.0
        return arrivals * epsilon**2 / (2 * zeta), eta**2 / (2 * zeta), known, zeta
    dt = check_number("time_step", time_step, "time", above=0)
    keeps, g = math.exp(-2 * zeta * dt), remembered_time(zeta, dt)
    p = [float(market.fill_probability(flow, 0.0, dt)) for flow in (market.buy_intensity, market.sell_intensity)]
    flow, shock = epsilon**2 * sum(x * (1 - x) for x in p), eta**2 * remembered_time(2 * zeta, dt)
    # P = e^{−2ζΔt} P σ²Δt / (P g² + σ²Δt) + shock: one step of the filter leaves as much unknown as before.
    half = ((1 - keeps) * sigma**2 * dt - shock * g**2) / 2
    known = shock * sigma**2 * dt / (half + math.sqrt(half**2 + g**2 * shock * sigma**2 * dt)) if sigma * eta else 0.0
    return keeps * flow / (1 - keeps), shock / (1 - keeps), known, zeta
