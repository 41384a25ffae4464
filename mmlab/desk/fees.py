"""FeeSchedule: what a venue takes of each clip, or gives: a maker's fee by what was traded so far, and a taker's."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import array_of
from mmlab.arrays import floats, in_range
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


@validated
class FeeSchedule:
    """A maker pays f, beyond a traded volume V_k the f_k of that tier; a taker f_t. What is negative is a rebate.

    The tiers are marginal: a clip pays what its place in the session's volume says, so an order may pay two fees, and
    in how many fills a volume came makes no difference.

    maker, taker : float
        Of a clip that rested and filled, and of one that crosses the spread [price].
    tiers : tuple of pairs (volume, maker)
        From so much traded volume on [clips], above 0 and increasing, the maker's fee is another [price].

    Raises ParameterError if a tier is none, or a maker would get more than a taker pays: such a venue loses on each
    trade, and whoever trades with himself wins.
    """

    maker: float = parameter("f", "price", "Paid on a clip that rested.", default=0.0)
    taker: float | None = parameter("f_t", "price", "Of a clip that crosses; None: |f|, of all tiers.", default=None)
    tiers: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers", tiers_of(self.tiers))
        makers = [self.maker, *(maker for _, maker in self.tiers)]
        if self.taker is None:
            object.__setattr__(self, "taker", max(map(abs, makers)))
        elif (least := min(makers)) + self.taker < 0:
            both = f"taker (f_t) {self.taker:g} and maker (f) {least:g} [price]"
            raise ParameterError(f"{both} together are below 0: the venue would pay for each trade.")

    @in_range
    def paid(self, clips: ArrayLike, volume: ArrayLike = 0.0) -> FloatArray:
        """What `clips` that rested pay [price · clip], after so much `volume` had; both at least 0 [clips].

        Of the broadcast shape: f c + Σ_k (f_k − f_{k−1}) (max(V + c − V_k, 0) − max(V − V_k, 0)).
        """
        c, before = floats(clips), floats(volume)
        fee, last = self.maker * c, self.maker
        for start, maker in self.tiers:
            fee = fee + (maker - last) * (np.maximum(before + c - start, 0.0) - np.maximum(before - start, 0.0))
            last = maker
        return np.asarray(fee)


def tiers_of(given: object) -> tuple[tuple[float, float], ...]:
    """Tiers as pairs of numbers, of which the first increase from above 0, or the reason why they are none."""
    rows = array_of(given) if given else np.empty((0, 2))
    if rows is None or rows.ndim != 2 or rows.shape[1] != 2 or not np.isfinite(rows).all():
        raise ParameterError(f"Fee tiers are pairs (volume, maker's fee) of finite numbers; got {given!r:.100}.")
    tiers = tuple((float(volume), float(maker)) for volume, maker in rows)
    if any(not before < after for before, after in pairwise([0.0, *(volume for volume, _ in tiers)])):
        raise ParameterError(f"The volumes of fee tiers must increase, from above 0; got {given!r:.100}.")
    return tiers
