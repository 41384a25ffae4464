"""QuoteTimer: when to replace what rests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of, floats
from mmlab.desk.sides import Sides
from mmlab.parameters import BoolArray, FloatArray, Parameter, check_count, check_order, parameter, validated
from mmlab.vocabulary import VOLATILITY

_AGE = Parameter(symbol="t", unit="time", description="", at_least=0)


def elapsed(time: ArrayLike, since: ArrayLike) -> FloatArray:
    """The time from `since` to `time` [time], rounded up by the last bits that a sum of steps may lack.

    The sum of 36,000 steps lacks 10⁻¹² of itself at most; of seconds since 1970 that is two milliseconds.
    """
    now = time if isinstance(time, float) else floats(time)
    return np.asarray(now + 1e-12 * abs(now) - floats(since))


@validated
class QuoteTimer:
    """Refresh when the mid may have left the quotes behind, when they should stand elsewhere, or when they are old.

    The mid moves by about σ√Δt in the time Δt: quotes of half-spread h are stale when that reaches f h, at the age
    (f h / σ)². They are never replaced before the minimum age, nor kept beyond the maximum.
    """

    min_quote_time: float = parameter(_AGE, symbol="t_min", description="Quotes younger than this are left alone.")
    max_quote_time: float = parameter(_AGE, symbol="t_max", description="Quotes of this age are replaced.")
    stale_fraction: float = parameter("f", "1", "σ√age over the half-spread of stale quotes.", default=1.0, above=0)
    max_move: float | None = parameter("m", "price", "Further off, replaced; None: never.", default=None, at_least=0)

    def __post_init__(self) -> None:
        check_order(self, "min_quote_time", "max_quote_time")

    def calculate_quote_time(self, half_spread: ArrayLike, volatility: ArrayLike) -> FloatArray:
        """The age at which quotes are stale [time]: (f h / σ)², from the minimum to the maximum; NaN h: the maximum.

        `half_spread` [price] and `volatility` [price/√time] broadcast.
        """
        return np.asarray(self._stale_age(half_spread, VOLATILITY.check_array(volatility)))

    def should_update_quote(
        self,
        current_time: ArrayLike,
        last_update_time: ArrayLike,
        half_spread: ArrayLike,
        volatility: ArrayLike,
        move: ArrayLike = 0.0,
    ) -> BoolArray:
        """Whether to replace quotes placed at `last_update_time` [time] that should stand a `move` [price] away."""
        age, sigma = elapsed(current_time, last_update_time), VOLATILITY.check_array(volatility)
        return np.asarray((age >= self._stale_age(half_spread, sigma)) | self._is_off(age, move))

    def start(self, n_paths: int) -> FloatArray:
        """When each path's quotes were last replaced [time], shape (n_paths,): never, so that the first step quotes."""
        return np.full(check_count("n_paths", n_paths), -np.inf)

    def replaces(
        self, age: FloatArray, mid_price: ArrayLike, desired: Sides, resting: Sides, volatility: ArrayLike
    ) -> BoolArray:
        """Which paths replace `resting` quotes of this `age` [time] by `desired`, both shape (2, n_paths).

        The half-spread is that of the desired, and the depth of the one where there is one. A side that comes or goes
        is an infinite move. `mid_price` [price] and `volatility` [price/√time] broadcast to (n_paths,).
        """
        bid, ask = desired.price
        half_spread = (ask - bid) / 2
        if np.count_nonzero(alone := np.isnan(half_spread)):
            mid = floats(mid_price)
            half_spread = np.where(alone, np.fmax(mid - bid, ask - mid), half_spread)
        refresh = age >= self._stale_age(half_spread, volatility)
        if self.max_move is None or all_of(refresh):
            return refresh
        moved = np.abs(desired.price - resting.price)
        if np.count_nonzero(absent := np.isnan(moved)):
            comes_or_goes = np.isnan(desired.price) != np.isnan(resting.price)
            moved = np.where(absent & comes_or_goes, np.inf, moved)
        return refresh | self._is_off(age, np.fmax(moved[0], moved[1]))

    def _is_off(self, age: FloatArray, move: ArrayLike) -> BoolArray:
        """Whether quotes of this age should stand elsewhere."""
        if self.max_move is None:
            return np.zeros(age.shape, dtype=bool)
        # A millionth of the bound: prices that are rounded to ticks stand whole ticks apart to the last bits only.
        return (np.abs(move) > self.max_move * (1 + 1e-6)) & (age >= self.min_quote_time)

    def _stale_age(self, half_spread: ArrayLike, volatility: ArrayLike) -> FloatArray:
        """The age at which quotes are stale [time]; where σ is 0 (f h / σ)² is infinite, or NaN: both the maximum."""
        with np.errstate(all="ignore"):
            age = np.square(self.stale_fraction * np.maximum(half_spread, 0.0) / np.asarray(volatility))
        return np.asarray(np.maximum(self.min_quote_time, np.fmin(self.max_quote_time, age)))
