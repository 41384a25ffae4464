"""VolatilityLimiter: how much the mid moves of late, a width that grows with it, and a halt."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import all_of, floats, in_range
from mmlab.desk.permission import IntArray, Mode, Permission, Reason, unless_unknown
from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, ParameterError, check_count, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import VOLATILITY


@dataclass(frozen=True, eq=False)
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

    soft_volatility: float = parameter(
        symbol="σ₀", unit="price/√time", above=0, description="The volatility from which on quotes widen."
    )
    max_volatility: float = parameter(
        symbol="σ_max", unit="price/√time", above=0, description="The volatility that halts."
    )
    soft_half_spread: float = parameter(
        symbol="δ₀", unit="price", at_least=0, description="At σ₀ both quotes stand this far from the mid or more."
    )
    window: float = parameter(
        symbol="w", unit="time", above=0, description="A move counts 1/e of itself this much later.", scale="log"
    )
    leave_at: float = parameter(
        default=0.8, symbol="f_l", unit="1", above=0, at_most=1, description="Fraction of a threshold to fall below."
    )

    def __post_init__(self) -> None:
        if self.soft_volatility > self.max_volatility:
            raise ParameterError(
                f"soft_volatility (σ₀) {self.soft_volatility:g} is beyond max_volatility (σ_max) "
                f"{self.max_volatility:g}; soft comes before hard."
            )

    def start(self, n_paths: int, volatility: float) -> VolatilityState:
        """The state before any mid is seen, with the `volatility` [price/√time] that is believed until then."""
        variance = np.full(check_count("n_paths", n_paths), VOLATILITY.check(volatility) ** 2)
        return VolatilityState(math.nan, np.full(n_paths, np.nan), variance, np.zeros(n_paths, dtype=np.int8))

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
        sigma, before = floats(volatility), np.asarray(mode)
        soft, hard, reason, bound, slope, told = self._by_mode
        known = np.isfinite(sigma)
        if all_of(known) and not np.count_nonzero((sigma >= soft[0]) | (before > 0)):
            return Permission.normal(sigma.shape)
        new = np.where(sigma >= hard.take(before), np.int8(Mode.HALT), sigma >= soft.take(before))
        permission = Permission.unchecked(
            mode=new,
            min_half_spread=slope.take(new) * np.where(known, sigma, 0.0),
            reason=reason.take(new),
            value=sigma + told.take(new),
            bound=bound.take(new),
        )
        return unless_unknown(permission, known)

    @functools.cached_property
    def _by_mode(self) -> tuple[NDArray[Any], ...]:
        """By the mode before, the two thresholds; by the new one reason, bound, half-spread / σ, and 0 if told."""
        stay, slope = self.leave_at, self.soft_half_spread / self.soft_volatility
        return (
            self.soft_volatility * np.array([1.0, stay, stay, stay]),
            self.max_volatility * np.array([1.0, 1.0, 1.0, stay]),
            np.array([Reason.NONE] + [Reason.VOLATILITY] * 3, np.int8),
            np.array([np.nan, self.soft_volatility, np.nan, self.max_volatility]),
            np.array([0.0, slope, slope, slope]),
            np.array([np.nan, 0.0, 0.0, 0.0]),
        )

    def step(self, state: VolatilityState, time: float, mid_price: ArrayLike) -> tuple[VolatilityState, Permission]:
        """See the mid at `time` and say what may be quoted.

        Parameters
        ----------
        state : VolatilityState
            Before this step; it is not changed.
        time : float
            [time], the same for all paths, not before the last.
        mid_price : array_like, shape (n_paths,)
            [price]; where it is not finite: HALT. What the mid did meanwhile counts when it is back, as one move.

        Returns
        -------
        state : VolatilityState
        permission : Permission, shape (n_paths,)
        """
        elapsed: Any = floats(time) - state.time
        if elapsed < 0:
            raise ParameterError(f"time must not run backwards; got {exact(time)} after {exact(state.time)}.")
        mid = floats(mid_price)
        keeps = math.exp(-elapsed / self.window)
        weight = (1 - keeps) / elapsed if elapsed else 1 / self.window  # its limit
        moved = mid - state.mid
        variance = keeps * state.variance + weight * moved**2
        if all_of(known := np.isfinite(moved)):
            seen = mid
        else:
            seen = np.where(np.isfinite(mid), mid, state.mid)
            variance = np.where(known, variance, state.variance)
        permission = self.check_volatility(np.sqrt(variance), state.mode)
        after = VolatilityState(time, seen, variance, np.asarray(permission.mode))
        return after, permission if seen is mid else unless_unknown(permission, np.isfinite(mid))

    def adjust_quotes(
        self, volatility: ArrayLike, quotes: Quotes, mid_price: ArrayLike, inventory: ArrayLike
    ) -> Quotes:
        """The quotes that `check_volatility` leaves around `mid_price` [price] with this `inventory` [clips]."""
        return self.check_volatility(volatility).apply(quotes, mid_price, inventory)
