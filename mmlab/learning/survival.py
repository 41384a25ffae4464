"""A fill is a survival time: how long a place in a queue waits, and what cancelled orders hide of it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import floats
from mmlab.market import remembered_time
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_count, check_number, parameter, validated


def fill_before_move(ahead: int, market_rate: float, cancel_rate: float, move_rate: float) -> float:
    """Π_{j=0}^{n} (μ + jθ)/(μ + jθ + ν) [1]: that an order with n units ahead trades before the mid moves away.

    Market orders take the first unit at μ, each unit ahead is cancelled at θ, and the mid moves at ν [1/time].
    """
    leaves = _leaving(ahead, market_rate, cancel_rate)
    nu = check_number("move_rate", move_rate, "1/time", at_least=0)
    return float(np.prod(leaves / (leaves + nu)))


def time_to_fill(ahead: int, market_rate: float, cancel_rate: float, time: ArrayLike) -> FloatArray:
    """P(T ≤ t) [1] of that order if the mid stays, T the sum of n + 1 waits at μ + jθ; of the shape of `time`.

    1 − e^{−μt} Σ_{j=0}^{n} (rʲ/j!) Π_{i<j} (μ + iθ) with r = (1 − e^{−θt})/θ: terms above 0, where the usual sum of
    exponentials cancels. Without cancellations it is Erlang's.
    """
    t = vocabulary.TIME_LEFT.check_array(time)
    leaves = _leaving(ahead, market_rate, cancel_rate)
    r = np.vectorize(remembered_time, otypes=[float])(float(cancel_rate), t)
    ratios = np.multiply.outer(r, leaves[:-1] / np.arange(1, len(leaves)))
    waits = 1 + np.cumprod(ratios, axis=-1).sum(axis=-1)
    return np.asarray(1 - np.exp(-leaves[0] * t) * waits)


def _leaving(ahead: int, market_rate: float, cancel_rate: float) -> FloatArray:
    """μ + jθ for j = 0 … n [1/time]."""
    mu = check_number("market_rate", market_rate, "1/time", above=0)
    theta = check_number("cancel_rate", cancel_rate, "1/time", at_least=0)
    return mu + theta * np.arange(check_count("ahead", ahead, at_least=0) + 1)


class Survival(NamedTuple):
    """The chance [1] not to be filled by each of these times, and its standard error; 1 before the first of them."""

    time: FloatArray
    chance: FloatArray
    error: FloatArray

    def filled(self, by: float) -> Estimate:
        """The chance to be filled `by` a time [time]."""
        row = np.searchsorted(self.time, by, side="right") - 1
        survives, error = (self.chance[row], self.error[row]) if row >= 0 else (1.0, 0.0)
        return Estimate(float(1 - survives), float(error), "1")


def kaplan_meier(time: ArrayLike, filled: ArrayLike) -> Survival:
    """Π (1 − dᵢ/nᵢ) over the times of fills: dᵢ filled of the nᵢ that still rested; errors are Greenwood's.

    It is the chance that an order left alone would have, if those taken out are like those that stay: "cancelled, so
    soon to be filled" makes it wrong, and no sample shows that.

    Parameters
    ----------
    time : array, shape (n,)
        [time] at which each order was filled or taken out, at least 0.
    filled : array, shape (n,)
        Which of the two; of one time, fills come first.

    Raises
    ------
    ParameterError
        If the shapes differ, or a time is below 0.

    References
    ----------
    E. L. Kaplan and P. Meier (1958), Nonparametric estimation from incomplete observations, Journal of the American
    Statistical Association 53(282).
    """
    t, happened = floats(time), np.asarray(filled, dtype=bool)
    if t.ndim != 1 or not len(t) or happened.shape != t.shape or not np.all(t >= 0):
        raise ParameterError(f"time and filled must be lists of one length, times at least 0; got {t.shape}.")
    when = np.unique(t[happened])
    at_risk = len(t) - np.searchsorted(np.sort(t), when)
    fills = np.bincount(np.searchsorted(when, t[happened]), minlength=len(when))
    chance = np.cumprod(1 - fills / at_risk)
    stays = np.maximum(at_risk - fills, 1)  # where nobody does the chance is 0, and so is its error
    return Survival(when, chance, chance * np.sqrt(np.cumsum(fills / (at_risk * stays))))


def ipcw(filled: ArrayLike, complete: ArrayLike, kept: ArrayLike) -> Estimate:
    """The chance to be filled by a time, from orders of which some were taken out: ΣF/G over ΣC/G.

    Each order that was not taken out also stands for those like it that were: inverse probability of censoring.

    Parameters
    ----------
    filled, complete : array, shape (n,)
        F, whether it was filled by then, and C, whether it was filled or still rested: not taken out.
    kept : array, shape (n,)
        G [1], the chance that it had, along its own path, not to be taken out before its fill or that time.

    Raises
    ------
    ParameterError
        If the shapes differ, a chance is not above 0 and at most 1, a filled order is not complete, or none is.

    References
    ----------
    J. M. Robins and A. Rotnitzky (1992), Recovery of information and adjustment for dependent censoring using
    surrogate markers, AIDS Epidemiology, Birkhäuser.
    """
    f, c, g = np.asarray(filled, dtype=bool), np.asarray(complete, dtype=bool), floats(kept)
    if f.ndim != 1 or not f.shape == c.shape == g.shape or not c.any() or (f & ~c).any():
        raise ParameterError(
            "filled, complete and kept must be lists of one length, each filled order complete, and one complete at "
            f"least; got the shapes {f.shape}, {c.shape} and {g.shape}."
        )
    if not np.all((g > 0) & (g <= 1)):
        raise ParameterError(f"kept (G) must be above 0 and at most 1, as a chance that happened; got {g.min():g}.")
    share = float((f / g).sum() / (c / g).sum())
    return Estimate(share, float(np.sqrt(np.sum(((f - share * c) / g) ** 2)) / (c / g).sum()), "1")


class Orders(NamedTuple):
    """Orders until each was filled, taken out, or the time was over, each of shape (n,)."""

    time: FloatArray
    """[time] of that."""
    filled: BoolArray
    complete: BoolArray
    """Filled or still resting."""
    kept: FloatArray
    """The chance [1] that they had not to be taken out until then, on the path of regimes that came."""


class Fates(NamedTuple):
    """What becomes of orders by a time [1]: the three add up to 1."""

    filled: float
    cancelled: float
    resting: float


@validated
class Regimes:
    """A desk in a market that is calm or toxic, which fills and which the desk's own cancellations both look at.

    The regime is a Markov chain, stationary when an order is placed. fill_rate and cancel_rate are pairs, for (calm,
    toxic) [1/time].
    """

    to_toxic: float = parameter("q₀", "1/time", "How fast a calm market gets toxic.", default=0.1, above=0)
    to_calm: float = parameter("q₁", "1/time", "How fast a toxic market calms down.", default=0.2, above=0)
    fill_rate: tuple[float, float] = (0.05, 0.40)
    cancel_rate: tuple[float, float] = (0.02, 0.50)

    def __post_init__(self) -> None:
        for name in ("fill_rate", "cancel_rate"):
            rates = floats(getattr(self, name))
            if rates.shape != (2,) or not np.all((rates >= 0) & (rates < np.inf)):
                raise ParameterError(f"{name} must be a pair of rates of at least 0 [1/time]; got {rates}.")

    @property
    def start(self) -> FloatArray:
        """The stationary chances of (calm, toxic) [1]."""
        return np.array([self.to_calm, self.to_toxic]) / (self.to_calm + self.to_toxic)

    def resting(self, time: ArrayLike) -> FloatArray:
        """u(t) = π e^{(Q − h − c)t}: the chance to rest still and in each regime [1], of the shape of `time` and (2,)."""
        switch = np.array([[-self.to_toxic, self.to_toxic], [self.to_calm, -self.to_calm]])
        rates, modes = np.linalg.eig(switch - np.diag(np.add(self.fill_rate, self.cancel_rate)))
        fading = np.exp(np.multiply.outer(floats(time), rates))
        return np.asarray(((self.start @ modes) * fading) @ np.linalg.inv(modes))

    def fates(self, time: float) -> Fates:
        """What becomes of orders by a time."""
        resting, (nodes, weights) = self._until(time)
        filled, cancelled = (float(weights @ (resting @ rates)) for rates in (self.fill_rate, self.cancel_rate))
        return Fates(filled, cancelled, float(self.resting(time).sum()))

    def fill_chance(self, time: float) -> float:
        """The chance to be filled by a time if left alone [1]: the truth."""
        return replace(self, cancel_rate=(0.0, 0.0)).fates(time).filled

    def kaplan_meier_limit(self, time: float) -> float:
        """What `kaplan_meier` says of it in a sample without end: 1 − e^{−∫h̄}, h̄ the mean hazard of what still rests."""
        resting, (_, weights) = self._until(time)
        return float(-np.expm1(-weights @ (resting @ self.fill_rate / resting.sum(axis=-1))))

    def _until(self, time: float) -> tuple[FloatArray, tuple[FloatArray, FloatArray]]:
        """u at the nodes from 0 to `time`, shape (n, 2), the nodes and their weights."""
        end = check_number("time", time, "time", at_least=0)
        nodes, weights = np.polynomial.legendre.leggauss(100)
        t = end / 2 * (nodes + 1)
        return self.resting(t), (t, end / 2 * weights)

    def orders(self, n: int, time: float, seed: Seed = None) -> Orders:
        """Draw `n` orders until `time`."""
        rng, end = generator(seed), check_number("time", time, "time", above=0)
        toxic = rng.random(check_count("n", n)) < self.start[1]
        now, hazard = np.zeros((2, n))
        filled, complete, active = np.zeros(n, dtype=bool), np.ones(n, dtype=bool), np.arange(n)
        rates = np.array([[self.to_toxic, self.to_calm], self.fill_rate, self.cancel_rate])
        while len(active):
            of_each = rates[:, toxic[active].astype(np.intp)]
            wait = rng.standard_exponential(len(active)) / of_each.sum(axis=0)
            spent = np.minimum(wait, end - now[active])
            now[active] += spent
            hazard[active] += spent * of_each[2]
            what = (rng.random(len(active)) * of_each.sum(axis=0) > np.cumsum(of_each, axis=0)).sum(axis=0)
            what[wait > spent] = 3  # the time is over
            filled[active[what == 1]], complete[active[what == 2]] = True, False
            active = active[what == 0]
            toxic[active] ^= True
        return Orders(now, filled, complete, np.exp(-hazard))
