"""What chapter 19 looks at: a log, a desk in steps, orders with a random part, curves to take off, stocks."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike

from mmlab.causal import Log, LoggedDesk, bumps, regressed
from mmlab.learning import ridge
from mmlab.market import Market
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray
from mmlab.simulation.outcomes import Policy


def logged_desk(explored: float) -> LoggedDesk:
    """One tick when calm and two when busy, but for a share of its quotes; 70% of them are calm.

    Orders come at the rates 0.5 and 4 and reach δ with e^(−δ); after a fill the mid moves by 0.2 or 1.2 against it.
    """
    depth, rate, against = np.array([1.0, 2.0]), np.array([[0.5], [4.0]]), np.array([[0.2], [1.2]])
    logging = [[1 - explored, explored], [explored, 1 - explored]]
    return LoggedDesk(context=[0.7, 0.3], logging=logging, fill=-np.expm1(-rate * np.exp(-depth)), gain=depth - against)


DESK = logged_desk(0.1)


def in_the_log(table: ArrayLike) -> FloatArray:
    """What a table (contexts, depths) is in the mean of those quotes that the desk made at each depth."""
    return np.asarray(np.average(np.asarray(table), axis=0, weights=DESK.context[:, np.newaxis] * DESK.logging))


def forgetful(log: Log) -> Log:
    """The log of somebody who does not know the context, and takes the share of each depth for its propensity."""
    return log._replace(context=0 * log.context, propensity=(np.bincount(log.action) / len(log.action))[log.action])


HALF_SPREAD, SKEW = 0.678417, 0.0470578
"""The best of all quotes δ ± bq on chapter 02's market for φ = 0.2."""


def skewed(skew: float, half_spread: float = HALF_SPREAD) -> Policy:
    """Quotes around a middle that is `skew` [price/clip] below the mid for each clip held."""
    return lambda inventory, time_left: (half_spread + skew * inventory, half_spread - skew * inventory)


def step_of(skew: float) -> tuple[FloatArray, FloatArray]:
    """A step of a desk that skews so much: chances to go from q to q′, shape (61, 61), and what it earns from each q.

    What is earned is the spread less φΔt q′², φ = 0.2 [price·clip]; no bid at 30 clips, and no ask at 30 short.
    """
    market, held = Market.avellaneda_stoikov_2008(), np.arange(-30, 31)
    step, depths = market.horizon / 200, np.array([HALF_SPREAD + skew * held, HALF_SPREAD - skew * held])
    flows = market.sell_intensity, market.buy_intensity
    bid, ask = (market.fill_probability(flow, depth, step) for flow, depth in zip(flows, depths, strict=True))
    bid[-1] = ask[0] = 0.0
    up, down = bid * (1 - ask), ask * (1 - bid)
    ways = np.diag(1 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
    return ways, bid * depths[0] + ask * depths[1] - 0.2 * step * ways @ held**2


def orders(strength: float, n_orders: int, seed: int) -> FloatArray:
    """z, x and y, shape (3, n_orders): a random number, sizes that a signal and b times it made, and moves; θ = 0.1."""
    signal, random, other, noise = np.random.default_rng(seed).standard_normal((4, n_orders))
    size = signal + strength * random + 0.7 * other
    return np.stack([random, size, 0.1 * size + 0.6 * signal + 2 * noise])


def curves(n_orders: int, seed: int) -> SimpleNamespace:
    """Orders whose `size` and `move` depend on three `controls`, shape (n_orders, 3), by curves; θ = 0.5."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((n_orders, 3))
    first, both = np.tanh(2 * w[:, 0]), 0.5 * w[:, 0] * w[:, 1]
    rest, noise = rng.standard_normal((2, n_orders)) * [[0.7], [1.0]]
    size, curve = first + both + rest, 1.2 * first + 0.6 * np.cos(2 * w[:, 1]) + both
    return SimpleNamespace(controls=w, size=size, move=0.5 * size + curve + noise)


TREATED, AFTER = np.arange(80) < 40, np.arange(40) >= 20


def panel_of(seed: int, trend: float = 0.0) -> FloatArray:
    """Spreads [ticks] of 80 stocks on 40 days, shape (80, 40); the rule adds 1 to the first 40 from day 21 on.

    A stock's days are an autoregression of 0.8; all share a walk and a shock of 0.5; the treated were 1.5 wider from
    the start, and drift apart by `trend` a day.
    """
    rng, days = np.random.default_rng(seed), np.arange(40)
    noise = rng.standard_normal((80, 40))
    noise[:, 0] /= np.sqrt(1 - 0.8**2)
    for day in days[1:]:
        noise[:, day] += 0.8 * noise[:, day - 1]
    common = 0.1 * rng.standard_normal(40).cumsum() + 0.5 * AFTER
    return np.asarray(noise + common + TREATED[:, np.newaxis] * (1.5 + 1.0 * AFTER + trend * days))


def one_ridge(sample: SimpleNamespace, penalty: float) -> tuple[float, float]:
    """θ and its error by a single ridge of the move on the size, which is not penalised, and on `bumps`, which are."""
    basis = bumps(sample.controls)
    rest = sample.size - basis @ ridge(basis, sample.size, penalty)
    theta = float(rest @ sample.move / (rest @ sample.size))
    left = sample.move - theta * sample.size
    error = rest * (left - basis @ ridge(basis, left, penalty))
    return theta, float(np.linalg.norm(error) / (rest @ sample.size))


def by_neighbours(sample: SimpleNamespace, n_nearest: int = 10, folds: int = 5) -> Estimate:
    """The orthogonal estimate whose learner is the mean of the nearest orders in the other parts of the sample."""
    w, part = sample.controls, np.arange(len(sample.size)) % folds
    apart = (w**2).sum(axis=1) - 2 * w @ w.T
    apart[part[:, np.newaxis] == part] = np.inf
    near = np.argpartition(apart, n_nearest, axis=1)[:, :n_nearest]
    return regressed(*(each - each[near].mean(axis=1) for each in (sample.move, sample.size)))
