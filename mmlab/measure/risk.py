"""What a desk can lose: from its days or its laws; who uses the risk, what a drift costs, how often a switch errs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.arrays import floats
from mmlab.desk import MarketMakingConfig
from mmlab.measure.backtests import counts
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number
from mmlab.simulation.distributions import Expansion
from mmlab.simulation.exact import ExactMoments
from mmlab.simulation.law import WIDTH, ProfitLaw, check_end, profit_law, share, transform


class Tail(NamedTuple):
    """Value at risk and expected shortfall [price · clip]; losses are positive."""

    value_at_risk: float
    expected_shortfall: float


class Allocation(NamedTuple):
    """The tail of several desks together, and each desk's part of the shortfall [price · clip], shape (n_desks,)."""

    value_at_risk: float
    expected_shortfall: float
    shares: FloatArray


TAIL = 0.01
"""The worst share of the days that monitor, report and policy page speak of."""


@explained
def day_law(config: MarketMakingConfig, n_steps: int = 2340) -> ProfitLaw:
    """The law of a day of a configuration's model in its market, of one clip a quote, before fees and limits.

    In as many steps as a session of 6.5 hours has intervals of 10 s; it takes some seconds.
    """
    return profit_law(config.make_model(), config.make_market(), n_steps=n_steps, n_terms=160)


def day_tail(law: ProfitLaw) -> dict[str, float]:
    """What a `METRICS` table says of the worst `TAIL` of the days [price · clip]."""
    return {"value_at_risk": law.value_at_risk(TAIL), "expected_shortfall": law.expected_shortfall(TAIL)}


@explained
def historical_tail(profits: ArrayLike, tail: float) -> Tail:
    """Value at risk and expected shortfall of days that happened; a day that is only in part in the tail counts so.

    Parameters
    ----------
    profits : array, shape (n_days,)
        [price · clip]
    tail : float
        α; the worst αn days are the tail.

    Raises
    ------
    ParameterError
        If αn < 1: so few days say nothing about it.
    """
    worst, alpha = np.sort(floats(profits).ravel()), share("tail", tail)
    days = alpha * len(worst)
    if days < 1 - 1e-9 or not np.isfinite(worst).all():
        raise ParameterError(
            f"A tail of {alpha:g} is {days:.3g} of {len(worst)} days; it needs at least one, and finite profits."
        )
    weights = np.clip(days - np.arange(len(worst)), 0.0, 1.0)
    return Tail(0.0 - float(worst[math.ceil(days - 1e-9) - 1]), -float(weights @ worst) / days)


@explained
def order_statistic(law: ProfitLaw, n_days: int, rank: int, chance: float) -> float:
    """What the `rank`-th worst of n independent days is below with this chance [price · clip], exactly.

    P(it is ≤ x) = P(at least `rank` of n days are ≤ x), a binomial number with the law's F(x).
    """
    n, rank, chance = check_count("n_days", n_days), check_count("rank", rank), share("chance", chance)
    if rank > n:
        raise ParameterError(f"The {rank}-th worst of {n} days is none of them.")
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if counts(n, middle)[rank:].sum() < chance else (low, middle)
    return law.quantile(high)


@explained
def euler_allocation(laws: Sequence[ProfitLaw], tail: float, *, dependence: Literal["independent"]) -> Allocation:
    """ES_i = −E[W_i | W ≤ v]: what each desk loses on the days on which all of them together lose most.

    Parameters
    ----------
    laws : sequence of ProfitLaw
        One of each desk.
    tail : float
        The worst share of the days.
    dependence : "independent"
        How the desks' days go together, which their laws do not say; no other is known here. From days that desks had
        in common, whatever their dependence, the parts are their mean losses on the worst days of the sum.

    Returns
    -------
    Allocation
        The parts add up: ES is homogeneous of degree one, and this is Euler's theorem.

    References
    ----------
    D. Tasche (2008), Capital allocation to business units and sub-portfolios, https://arxiv.org/abs/0708.2542
    """
    if dependence != "independent" or not laws:
        given = f"{dependence!r} and {len(laws)} desks"
        raise ParameterError(f'euler_allocation takes dependence="independent" and at least one desk; got {given}.')
    means = np.array([law.mean for law in laws])
    sd = max(math.sqrt(sum(law.sd**2 for law in laws)), 1e-12)
    half, h = WIDTH * sd, 0.001 / sd
    u, around = np.arange(96) * np.pi / (2 * half), np.array([0, -2, -1, 1, 2]) * h
    transforms, slopes = np.empty((2, len(laws), len(u)), complex)
    for n, law in enumerate(laws):  # about its mean, where the differences err least
        v = np.add.outer(around, u)
        phi = transform(law.moments, law.cost, v.ravel()).reshape(v.shape) * np.exp(-1j * v * law.mean)
        transforms[n], slopes[n] = phi[0], np.array([0, 1, -8, 8, -1]) @ phi / (12j * h)
    total = np.prod(transforms, axis=0)
    check_end("euler_allocation", total)
    worst = ProfitLaw(laws[0].moments, Expansion.of(-half, half, total), laws[0].cost, 0.0, sd).quantile(tail)
    shares = -means
    for n, slope in enumerate(slopes):  # E[X_n e^{iuX}] is the slope of its own transform and the others' as they are
        part = np.prod([*transforms[:n], slope, *transforms[n + 1 :]], axis=0)
        shares[n] -= float(Expansion.of(-half, half, part).below(floats(worst))) / tail
    return Allocation(-worst - float(means.sum()), float(shares.sum()), shares)


@explained
def held_on_average(moments: ExactMoments) -> float:
    """E∫|q|dt [clips · time]: what a drift of one price a time costs, at most, if it is chosen against the desk."""
    dt = moments.market.horizon / moments.n_steps
    return float((moments.inventory_distribution @ np.abs(moments.inventories))[1:].sum() * dt)


@explained
def time_to_drawdown(drawdown: float, drift: float, sd: float) -> float:
    """The mean time until an equity that is Brownian has fallen so far from its highest: (e^y − 1 − y) s²/(2μ²).

    Parameters
    ----------
    drawdown : float
        d [price · clip]
    drift, sd : float
        μ and s, of a unit of time [price · clip]; y = 2μd/s². Without a drift it is d²/s².

    Returns
    -------
    float
        [time]; where the desk is as good as μ says, so long until a false alarm; where it is broken, until it is found.

    References
    ----------
    H. M. Taylor (1975), Annals of Probability 3(2), https://doi.org/10.1214/aop/1176996395
    """
    d, s = (check_number(name, x, "price · clip", above=0) for name, x in (("drawdown", drawdown), ("sd", sd)))
    y = 2 * check_number("drift", drift, "price · clip / time") * d / s**2
    if abs(y) < 1e-3:  # the differences of the exponential have too few digits left
        return d**2 / s**2 * (1 + y / 3 + y**2 / 12)
    return (math.expm1(y) - y) * 2 * d**2 / (s * y) ** 2
