"""Backtests of a value at risk and an expected shortfall, and how often they reject a model that is right.

A day is an *exception* if it loses more than the value at risk that was stated for it. The textbook's sizes are those
of many days; 250 are few, so the true ones are summed over all that can be counted.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.arrays import floats
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.law import share

Zone = Literal["green", "yellow", "red"]
ENDS: dict[Zone, float] = {"green": 0.95, "yellow": 0.9999, "red": 1.0}
"""Basel's zones: what the chance of at most so many exceptions is below, if the model is right."""

BOUNDS = {"coverage": 3.841458820694124, "independence": 3.841458820694124, "both": -2 * math.log(0.05)}
"""What the ratios of very many right days are beyond with a chance of 5%: χ², of one degree of freedom and of two."""


class Christoffersen(NamedTuple):
    """Three likelihood ratios [1] of the exceptions of some days in a row, and the steps that they count.

    `steps` are those from no exception to none, from none to one, from one to none and from one to one.
    """

    steps: tuple[int, int, int, int]
    coverage: float
    independence: float
    both: float


@explained
def kupiec(exceptions: int, n_days: int, tail: float) -> float:
    """−2 ln[p^x (1 − p)^{T−x} / (x̂^x (1 − x̂)^{T−x})] with x̂ = x/T: large with too many exceptions, or too few.

    Parameters
    ----------
    exceptions, n_days : int
        x of T days lost more than the value at risk.
    tail : float
        p, what share of the days should have.

    Returns
    -------
    float
        [1]; beyond 3.84 a test "at 5%" rejects, by the law of very many days. See `rejection_rate` for its true size.

    Raises
    ------
    ParameterError
        If there are more exceptions than days, or `tail` is not between 0 and 1.

    References
    ----------
    P. Kupiec (1995), The Journal of Derivatives 3(2), https://doi.org/10.3905/jod.1995.407942
    """
    n, x, p = check_count("n_days", n_days), check_count("exceptions", exceptions, 0), share("tail", tail)
    if x > n:
        raise ParameterError(f"There cannot be more exceptions than days; got {x} in {n}.")
    return 2 * (_log_chance(x, n - x, x / n) - _log_chance(x, n - x, p))


@explained
def christoffersen(exceptions: ArrayLike, tail: float) -> Christoffersen:
    """`kupiec`, and beside it whether an exception makes another on the next day more likely; and both at once.

    Parameters
    ----------
    exceptions : array of bool
        Whether each day was one, shape (n_days,), at least two.
    tail : float
        What share of the days should be.

    References
    ----------
    P. Christoffersen (1998), International Economic Review 39(4), https://doi.org/10.2307/2527341
    """
    days = floats(exceptions)
    if days.ndim != 1 or len(days) < 2 or not np.isin(days, (0, 1)).all():
        raise ParameterError(f"exceptions must be a list of at least two truths, one a day; got {exceptions!r:.60}.")
    today, before = days[1:] > 0, days[:-1] > 0
    steps = tuple(int((to & was).sum()) for was in (~before, before) for to in (~today, today))
    coverage, independence = kupiec(int(days.sum()), len(days), tail), _independence(*steps)
    return Christoffersen((steps[0], steps[1], steps[2], steps[3]), coverage, independence, coverage + independence)


def _independence(none: int, first: int, last: int, again: int) -> float:
    """Twice the logarithm of the likelihoods' ratio: a chance for each state of the day before, or one for both."""
    at_all, days = first + again, none + first + last + again
    apart = sum(_log_chance(x, others, x / max(others + x, 1)) for x, others in ((first, none), (again, last)))
    return 2 * (apart - _log_chance(at_all, days - at_all, at_all / days))


def _log_chance(x: int, others: int, p: float) -> float:
    """ln p^x (1 − p)^others, with 0 ln 0 = 0."""
    return (x * math.log(p) if x else 0.0) + (others * math.log1p(-p) if others else 0.0)


def counts(n_days: int, rate: float) -> FloatArray:
    """P(x exceptions) for x = 0 … n_days, shape (n_days + 1,), of independent days with this rate [1]."""
    n, p = check_count("n_days", n_days), share("rate", rate)
    ways = [math.lgamma(n + 1) - math.lgamma(x + 1) - math.lgamma(n - x + 1) for x in range(n + 1)]
    return np.exp([ways[x] + _log_chance(x, n - x, p) for x in range(n + 1)])


@explained
def rejection_rate(
    n_days: int, tail: float, rate: float | None = None, test: Literal["coverage", "independence", "both"] = "coverage"
) -> float:
    """How often a test "at 5%" rejects a value at risk that is exceeded on a share `rate` of independent days.

    Parameters
    ----------
    n_days, tail
        As `kupiec` takes them.
    rate : float, optional
        Without one it is `tail`, the model is right, and this is the test's true size; else its power.
    test : str
        `kupiec`'s, or another of `christoffersen`'s three.

    Returns
    -------
    float
        Exact: summed over the number of exceptions, of runs of them, and whether the first and the last day is one.
    """
    n, rate = check_count("n_days", n_days), share("rate", tail if rate is None else rate)
    if (bound := BOUNDS.get(test)) is None:
        raise ParameterError(f'test must be "coverage", "independence" or "both"; got {test!r}.')
    if test == "coverage":
        return float(sum(p for x, p in enumerate(counts(n, rate)) if kupiec(x, n, tail) > bound))
    rejected = 0.0
    for x in np.flatnonzero(counts(n, rate) > 1e-17).tolist():
        covered, log_one = kupiec(x, n, tail) if test == "both" else 0.0, _log_chance(x, n - x, rate)
        for runs in range(min(x, 1), min(x, n - x + 1) + 1):
            for begins, ends in ((0, 0), (0, 1), (1, 0), (1, 1)):
                gaps = runs + 1 - begins - ends
                ways = _splits(x, runs) * _splits(n - x, gaps)
                steps = n - 1 - x - runs + begins + ends, runs - begins, runs - ends, x - runs
                if ways and covered + _independence(*steps) > bound:
                    rejected += math.exp(math.log(ways) + log_one)
    return rejected


def _splits(days: int, parts: int) -> int:
    """In how many ways days in a row make so many parts, none of them empty."""
    return math.comb(days - 1, parts - 1) if days >= parts > 0 else int(days == parts == 0)


@explained
def basel_zone(exceptions: int) -> Zone:
    """Basel's traffic light: green below 95% of the chance of so many exceptions or fewer, red from 99.99% on.

    It is that of 250 days and a value at risk at 1%.

    References
    ----------
    Basel Committee (1996), Supervisory framework for the use of "backtesting", https://www.bis.org/publ/bcbs22.pdf
    """
    at_most = counts(250, 0.01)[: check_count("exceptions", exceptions, 0) + 1].sum()
    return next((zone for zone, end in ENDS.items() if at_most < end), "red")


def basel_zones(rate: float) -> dict[Zone, float]:
    """The chance of each zone [1] for a value at risk that is exceeded on a share `rate` of the days."""
    chances = counts(250, rate)
    zones = [basel_zone(x) for x in range(len(chances))]
    return {zone: float(chances[np.array(zones) == zone].sum()) for zone in ENDS}


@explained
def acerbi_szekely(profits: ArrayLike, value_at_risk: Any, expected_shortfall: Any, tail: float) -> FloatArray:
    """Z₂ = Σ X I / (T α ES) + 1, I = 1 where X < −VaR: 0 in the mean if both are right, below 0 if they are too small.

    Parameters
    ----------
    profits : array
        X [price · clip], of T days on the last axis. ES must be above 0, so for a desk that earns on bad days too take
        what is above or below the mean, and both numbers about the mean.
    value_at_risk, expected_shortfall : float or array
        As they were stated for the days [price · clip].
    tail : float
        α.

    Returns
    -------
    array
        Z₂ [1], of the shape of `profits` without its last axis. Below −0.7 is rejected at about 5%, below −1.8 at
        about 0.01%, whatever the tails are (their table 3): `mmbook.ch16` counts how often on a desk's own law.

    References
    ----------
    C. Acerbi and B. Szekely (2014), Back-testing expected shortfall, Risk 27(11)
    """
    x, var, es = floats(profits), floats(value_at_risk), floats(expected_shortfall)
    if not (es > 0).all():
        raise ParameterError(
            "acerbi_szekely divides by the expected shortfall, which must be above 0: measure profits from their mean, "
            f"and both numbers too; got {float(es.min()):.4g}."
        )
    return np.asarray((np.where(x < -var, x, 0.0) / es).mean(axis=-1) / share("tail", tail) + 1)
