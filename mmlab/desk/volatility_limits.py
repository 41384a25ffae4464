"""VolatilityLimiter: how much the mid moves of late, a width that grows with it, and a halt."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import all_of, floats, in_range
from mmlab.desk.limiters import DeskView
from mmlab.desk.permission import IntArray, Mode, Permission, Reason, normal, unless_unknown
from mmlab.frozen import changed, frozen
from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, Parameter, ParameterError, check_order, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import VOLATILITY

_SIGMA = Parameter(symbol="σ₀", unit="price/√time", description="", above=0)


@frozen(eq=False)
class VolatilityState:
    """What a VolatilityLimiter remembers of each path.

    Parameters
    ----------
    time : float
        [time] of the last step; NaN before the first.
    mid : array, shape (n_paths,)
        [price] the last one known; NaN before the first.
    variance : array, shape (n_paths,)
        [price²/time] the estimate of σ².
    mode : array of Mode, shape (n_paths,)
        Where the volatility stands, before what is unknown is counted.
    """

    time: float
    mid: FloatArray
    variance: FloatArray
    mode: IntArray

    @property
    @in_range
    def volatility(self) -> FloatArray:
        """The estimate of σ [price/√time], shape (n_paths,)."""
        return np.asarray(np.sqrt(self.variance))


@validated
class VolatilityLimiter:
    """WIDEN from σ₀ on, where both quotes stand δ₀ σ/σ₀ or more from the mid; HALT from σ_max on.

    σ² is an average of ΔS²/Δt that forgets: a step of Δt keeps e^{−Δt/w} of it. A mode that was entered at a threshold
    is left below `leave_at` times that threshold (hysteresis), so that noise about a threshold does not switch it to
    and fro; 1 leaves where it enters. A halt so ends by itself.
    """

    soft_volatility: float = parameter(_SIGMA, description="The volatility from which on quotes widen.")
    max_volatility: float = parameter(_SIGMA, symbol="σ_max", description="The volatility that halts.")
    soft_half_spread: float = parameter("δ₀", "price", "At σ₀ quotes stand this far from the mid or more.", at_least=0)
    window: float = parameter("w", "time", "A move counts 1/e of itself this much later.", above=0, scale="log")
    leave_at: float = parameter("f_l", "1", "Fraction of a threshold to fall below.", default=0.8, above=0, at_most=1)

    def __post_init__(self) -> None:
        check_order(self, "soft_volatility", "max_volatility")

    def start(self, view: DeskView) -> VolatilityState:
        """The state before any mid is seen, with the view's volatility [price/√time], which is believed until then."""
        if np.isnan(view.volatility).any():
            raise ParameterError("A VolatilityLimiter starts from the volatility (σ) that the desk expects; say it.")
        variance, unknown = VOLATILITY.check_array(view.volatility) ** 2, np.full(view.n_paths, np.nan)
        return VolatilityState(math.nan, unknown, variance, np.zeros(view.n_paths, dtype=np.int8))

    def check_volatility(self, volatility: ArrayLike, mode: ArrayLike = Mode.NORMAL) -> Permission:
        """What may be quoted at this volatility.

        Parameters
        ----------
        volatility : array_like, shape (...)
            σ [price/√time]; where it is not finite: HALT.
        mode : array_like of Mode, shape (...)
            This limiter's mode until now, which hysteresis may keep.

        Returns
        -------
        Permission, shape (...)
        """
        sigma = floats(volatility)
        known = np.isfinite(sigma)
        return unless_unknown(self._permits(np.where(known, sigma, 0.0), np.asarray(mode)), known)

    def _permits(self, sigma: FloatArray, before: IntArray) -> Permission:
        """The same at volatilities that are all finite."""
        # Most of the time: in a third of what the rest takes.
        if not np.count_nonzero(before) and all_of(sigma < self.soft_volatility):
            return normal(sigma.shape)
        soft, hard, slope, reason, bound = _by_mode(self)
        widens, halts = (sigma >= threshold.take(before) for threshold in (soft, hard))
        mode, value = np.where(halts, np.int8(Mode.HALT), widens), np.where(widens, sigma, np.nan)
        facts = {"reason": reason.take(mode), "value": value, "bound": bound.take(mode)}
        return Permission.unchecked(mode=mode, min_half_spread=slope.take(mode) * sigma, **facts)

    def step(self, state: VolatilityState, view: DeskView) -> tuple[VolatilityState, Permission]:
        """See the mid and say what may be quoted.

        Parameters
        ----------
        state : VolatilityState
            Before this step; it is not changed.
        view : DeskView
            Its time is not before the last. Where its mid is not finite: HALT; what the mid did meanwhile counts when
            it is back, as one move.

        Returns
        -------
        state : VolatilityState
        permission : Permission, shape (n_paths,)
        """
        time, mid, elapsed = view.time, view.mid_price, view.time - state.time
        if elapsed < 0:
            raise ParameterError(f"time must not run backwards; got {exact(time)} after {exact(state.time)}.")
        keeps = math.exp(-elapsed / self.window)
        weight = (1 - keeps) / elapsed if elapsed else 1 / self.window  # its limit
        moved = mid - state.mid
        variance = keeps * state.variance + weight * moved**2
        if all_of(np.isfinite(variance)):
            permission = self._permits(np.sqrt(variance), state.mode)
            return changed(state, time=time, mid=mid, variance=variance, mode=permission.mode), permission
        variance, shown = np.where(np.isfinite(moved), variance, state.variance), np.isfinite(mid)
        permission = self.check_volatility(np.sqrt(variance), state.mode)
        after = VolatilityState(time, np.where(shown, mid, state.mid), variance, np.asarray(permission.mode))
        return after, unless_unknown(permission, shown)

    def adjust_quotes(
        self, volatility: ArrayLike, quotes: Quotes, mid_price: ArrayLike, inventory: ArrayLike
    ) -> Quotes:
        """The quotes that `check_volatility` leaves around `mid_price` [price] with this `inventory` [clips]."""
        return self.check_volatility(volatility).apply(quotes, mid_price, inventory)


@lru_cache(maxsize=8)
def _by_mode(limiter: VolatilityLimiter) -> tuple[NDArray[Any], ...]:
    """By the mode until now where it widens and halts; by the new one half-spread / σ, reason and bound."""
    soft, hard, stay, why = limiter.soft_volatility, limiter.max_volatility, limiter.leave_at, Reason.VOLATILITY
    slope = limiter.soft_half_spread / soft
    return (
        np.array([soft, stay * soft, stay * soft, stay * soft]),
        np.array([hard, hard, hard, stay * hard]),
        np.array([0.0, slope, slope, slope]),
        np.array([Reason.NONE, why, why, why], np.int8),
        np.array([np.nan, soft, np.nan, hard]),
    )
