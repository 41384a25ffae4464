"""VolatilityLimiter: how much the mid moves of late, a width that grows with it, and a halt."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import NamedTuple

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
        sigma, before = floats(volatility), np.asarray(mode)
        # Most of the time: in a third of what the rest takes. What is NaN is not below.
        if not np.count_nonzero(before) and all_of(sigma < self.soft_volatility):
            return normal(sigma.shape)
        return self._permits(sigma, _by_mode(self).after(sigma, before))

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
        states, permissions = self._walk(state, [float(view.time)], view.mid_price[np.newaxis])
        if all_of(known := np.isfinite(view.mid_price)):
            return states[1], permissions[0]
        last = np.where(known, view.mid_price, state.mid)
        return changed(states[1], mid=last), unless_unknown(permissions[0], known)

    def _walk(
        self, state: VolatilityState, times: list[float], mids: FloatArray
    ) -> tuple[list[VolatilityState], list[Permission]]:
        """Several steps at once: the states before the first and after each, and the permissions.

        Of several `mids`, shape (n_times, n_paths), all are finite.
        """
        moved = np.diff(mids, axis=0, prepend=state.mid[np.newaxis])
        known, squares = np.isfinite(moved), moved**2
        before, variance, variances = state.time, state.variance, np.empty_like(mids)
        for n, time in enumerate(times):
            if time < before:
                raise ParameterError(f"time must not run backwards; got {exact(time)} after {exact(before)}.")
            elapsed = time - before
            keeps = math.exp(-elapsed / self.window)
            weight = (1 - keeps) / elapsed if elapsed else 1 / self.window  # its limit
            np.multiply(variance, keeps, out=variances[n])
            squares[n] *= weight
            variances[n] += squares[n]
            if n == 0 and not all_of(known[0]):
                variances[0] = np.where(known[0], variances[0], variance)
            before, variance = time, variances[n]
        sigma, mode, by_mode = np.sqrt(variances), state.mode, _by_mode(self)
        calm, modes = np.asarray((sigma < self.soft_volatility).all(axis=1)), np.zeros(mids.shape, np.int8)
        for n, quiet in enumerate(calm.tolist()):
            if not quiet or np.count_nonzero(mode):
                mode = modes[n] = by_mode.after(sigma[n], mode)
        permission = self._permits(sigma, modes)
        rows = zip(times, mids, variances, modes, strict=True)
        return [state, *itertools.starmap(VolatilityState, rows)], permission._rows(~modes.any(axis=1) & calm)

    def _permits(self, sigma: FloatArray, mode: IntArray) -> Permission:
        """What may be quoted at this volatility in this mode."""
        by_mode, known = _by_mode(self), np.isfinite(sigma)
        permission = Permission.unchecked(
            mode=mode,
            min_half_spread=by_mode.slope.take(mode) * np.where(known, sigma, 0.0),
            reason=by_mode.reason.take(mode),
            value=np.where(mode > 0, sigma, np.nan),
            bound=by_mode.bound.take(mode),
        )
        return unless_unknown(permission, known)

    def adjust_quotes(
        self, volatility: ArrayLike, quotes: Quotes, mid_price: ArrayLike, inventory: ArrayLike
    ) -> Quotes:
        """The quotes that `check_volatility` leaves around `mid_price` [price] with this `inventory` [clips]."""
        return self.check_volatility(volatility).apply(quotes, mid_price, inventory)


class _ByMode(NamedTuple):
    """Where it widens and halts, given the mode until now; and what the new mode tells."""

    soft: FloatArray
    hard: FloatArray
    slope: FloatArray
    reason: NDArray[np.int8]
    bound: FloatArray

    def after(self, sigma: FloatArray, mode: IntArray) -> IntArray:
        """The new mode."""
        return np.where(sigma >= self.hard.take(mode), np.int8(Mode.HALT), sigma >= self.soft.take(mode))


@lru_cache(maxsize=8)
def _by_mode(limiter: VolatilityLimiter) -> _ByMode:
    soft, hard, stay = limiter.soft_volatility, limiter.max_volatility, limiter.leave_at
    slope, why = limiter.soft_half_spread / soft, Reason.VOLATILITY
    return _ByMode(
        soft=np.array([soft, stay * soft, stay * soft, stay * soft]),
        hard=np.array([hard, hard, hard, stay * hard]),
        slope=np.array([0.0, slope, slope, slope]),
        reason=np.array([Reason.NONE, why, why, why], np.int8),
        bound=np.array([np.nan, soft, np.nan, hard]),
    )
