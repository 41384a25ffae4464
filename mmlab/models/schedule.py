"""Schedules: how much is traded when, across the spread, decided before the day; and what crossing costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import floats, in_range
from mmlab.frozen import frozen
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number, parameter, validated
from mmlab.quotes import Quotes


@validated
class CrossingCost:
    """ℓ(n) = δ_x n + b n²: what it costs to trade n clips at once across the spread, against the mid.

    It has no memory: the same clips one after the other "at the same instant" cost less. `ObizhaevaWang` has one.
    """

    half_spread: float = parameter(vocabulary.CROSSING_HALF_SPREAD)
    impact: float = parameter(vocabulary.CROSSING_IMPACT, default=0.0)

    @in_range
    def __call__(self, clips: ArrayLike) -> FloatArray:
        """ℓ(|n|) [price·clip] of `clips` [clips], of their shape."""
        n = np.abs(vocabulary.INVENTORY.check_array(clips))
        return np.asarray(self.half_spread * n + self.impact * n**2)


@frozen
class Schedule:
    """What is sold at the start of each of equal slices of the time until the horizon.

    Parameters
    ----------
    sold : array_like, shape (n_slices,)
        [clips], below 0 where bought. It is kept as a tuple.
    horizon : float
        T [time].
    cost : CrossingCost, optional
        What a slice pays: `simulate` and a desk need it, which run a schedule as a model that quotes nothing.

    Raises
    ------
    ParameterError
        If there is no slice, or a number is not finite.
    """

    sold: tuple[float, ...]
    horizon: float
    cost: CrossingCost | None = None

    def __post_init__(self) -> None:
        sold = vocabulary.INVENTORY.check_array(self.sold)
        if sold.ndim != 1 or not len(sold):
            raise ParameterError(f"sold must be the clips of one slice or more; got an array of shape {sold.shape}.")
        self.__dict__.update(sold=tuple(sold.tolist()), horizon=vocabulary.HORIZON.check(self.horizon))

    @classmethod
    def twap(cls, position: float, n_slices: int, horizon: float) -> Schedule:
        """The same in each slice (time-weighted average price), of `position` [clips] in all."""
        return cls.vwap(position, np.ones(check_count("n_slices", n_slices)), horizon)

    @classmethod
    @in_range
    def vwap(cls, position: float, volume: ArrayLike, horizon: float) -> Schedule:
        """In proportion to the `volume` expected in each slice, (n_slices,) (volume-weighted average price).

        Raises
        ------
        ParameterError
            If a volume is below 0, or there is none at all.
        """
        expected = _volume(volume)
        return cls(tuple(vocabulary.POSITION.check(position) * expected / expected.sum()), horizon)

    @classmethod
    @in_range
    def pov(cls, position: float, volume: ArrayLike, share: float, horizon: float) -> Schedule:
        """A `share` of each slice's `volume` [clips] until `position` is done; it may not come to an end.

        Raises
        ------
        ParameterError
            If the share is not above 0 and at most 1, a volume is below 0, or there is none at all.
        """
        size, share = vocabulary.POSITION.check(position), check_number("share", share, "1", above=0, at_most=1)
        done = np.minimum(np.cumsum(share * _volume(volume)), abs(size))
        return cls(tuple(np.sign(size) * np.diff(done, prepend=0.0)), horizon)

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """None: it waits for nobody."""
        return Quotes.around(mid_price, np.nan, np.nan)

    def across(self, inventory: ArrayLike, time_left: float, since: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """What the slices that begin after `since` was left, and by `time_left`, sell [clips], and what that costs.

        Raises
        ------
        ParameterError
            If the schedule has no cost.
        """
        if self.cost is None:
            raise ParameterError("A trading schedule must say what crossing costs: Schedule(…, cost=CrossingCost(…)).")
        begins = self.horizon * (1 - np.arange(len(self.sold)) / len(self.sold)) + 1e-9 * self.horizon
        due = (begins >= time_left) & (begins < floats(since)[..., np.newaxis])
        clips = np.broadcast_to(due @ np.asarray(self.sold), np.shape(inventory))
        return clips, self.cost(clips)

    def outcome(self, cost: CrossingCost, volatility: float) -> tuple[float, float]:
        """Mean and sd of the cash less the clips at the mid of the start [price·clip]: all that is sold in the end."""
        left = np.sum(self.sold) - np.cumsum(self.sold)
        sigma = vocabulary.VOLATILITY.check(volatility)
        return -float(cost(self.sold).sum()), float(sigma * np.sqrt(self.horizon / len(left)) * np.linalg.norm(left))

    def certainty_equivalent(self, cost: CrossingCost, volatility: float, risk_aversion: float) -> float:
        """Mean less ½γ × variance [price·clip]: exact, as the cash is normal."""
        mean, sd = self.outcome(cost, volatility)
        return mean - float(vocabulary.RISK_AVERSION.check(risk_aversion)) / 2 * sd**2


def _volume(volume: ArrayLike) -> FloatArray:
    expected = floats(volume)
    if expected.ndim != 1 or not (np.isfinite(expected) & (expected >= 0)).all() or not expected.any():
        raise ParameterError(f"volume must be numbers of at least 0, one a slice, and not all 0; got {volume!r:.100}.")
    return expected
