"""What checks the exercises of chapter 15; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np

from mmbook.ch15.scenes import BOOKS, SAMPLE, season, universe
from mmlab.measure.arbitrage import through_books
from mmlab.models.pairs import OrnsteinUhlenbeck
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

_phi = NormalDist().cdf
_VALUES = np.random.default_rng(15).lognormal(size=7)
GRAPHS = [np.divide.outer(_VALUES, _VALUES) * (1 - fee) for fee in (0.0, 1e-4, 1e-3)]
GRAPHS[2][[2, 3], [5, 6]] *= 1.0025
GRAPHS[2][[5, 6], [2, 3]] /= 1.0025
"""In the first, rounding alone makes cycles that seem to earn; only in the last does one, of four legs: each of the two
good rates is worth two and a half fees."""


def _stale(h: float, sigma: float, u: float, mu: float) -> float:
    far, moved = h - mu * u, sigma * math.sqrt(u)
    return moved * NormalDist().pdf(far / moved) - far * _phi(-far / moved)


def _cycles(answer: Answer) -> Facts:
    for n, rates in enumerate(GRAPHS):
        if (found := answer(rates.copy())) is None:
            continue
        if not isinstance(found, Sequence) or not {*found} <= {*range(7)} or not 1 < len({*found}) == len(found):
            raise Mistake("no-cycle", found=found)
        gain = float(np.prod([rates[i, j] for i, j in pairwise([*found, found[0]])])) - 1
        if gain <= 1e-9:
            raise Mistake("phantom", n=n + 1, gain=gain)
    if found is None:
        raise Mistake("missed")
    return {"gain": gain}


_THIN = [([2.0, 1.99], [10.0, 40.0]), ([0.52, 0.505, 0.49], [5.0, 30.0, 50.0])]


def _parity(k: Any, calls: Any, puts: Any, stock: Any, d: float, bid: int = 0, ask: int = 1) -> Any:
    conversion, reversal = calls[bid] - puts[ask] - stock[ask] + k * d, puts[bid] - calls[ask] + stock[bid] - k * d
    return np.maximum(conversion, reversal)


_OPTIONS = np.array([60.0, 65.0]), np.array([[7.0, 2.2], [7.2, 2.4]]), np.array([[1.2, 4.6], [1.4, 4.8]])


def _cycle_time(a: float, kappa: float, sd: float) -> float:
    spread = OrnsteinUhlenbeck(mean_reversion=kappa, volatility=sd * math.sqrt(2 * kappa))
    return 2 * spread.passage_time(-abs(a), abs(a))


UNSEEN, MOST, NAIVE, BEST, PASSES = range(40, 48), 5, 9.63, 15.60, 70.0
"""The universes that nobody has met, how many pairs may be chosen, what the five best backtests and the truth earn in
the mean of them, which score 0 and 100, and the score that passes."""


def _choose(answer: Answer) -> Facts:
    mean, right = 0.0, 0
    for walks, truth in map(universe, UNSEEN):
        given = list(answer(walks[:, :SAMPLE].copy()))
        pairs = {frozenset(map(int, pair)) for pair in given}
        if not len(given) == len(pairs) <= MOST or any(len(pair) != 2 for pair in pairs):
            raise Mistake("no-pairs", pairs=given[: MOST + 1])
        mean += season(walks, pairs) / len(UNSEEN)
        right += len(pairs & {*map(frozenset, truth)})
    score = 100 * (mean - NAIVE) / (BEST - NAIVE)
    return {"mean": mean, "score": score, "right": right, "of": 3 * len(UNSEEN), "passes": PASSES}


def _lacks(found: Facts) -> str | None:
    return None if found["score"] >= PASSES else "a-test-of-many" if found["score"] > 0 else "no-better-than-backtests"


CHECKS: dict[str, Check] = {
    "log-of-a-loop": formula(
        lambda rates, fee: -sum(map(math.log, rates)) - len(rates) * math.log(1 - fee),
        [((162.19, 1 / 150.02, 1 / 1.08005), 2e-5), ((1.2, 0.9, 1.0, 0.95), 0.01), ((2.0, 0.5), 0.0)],
        {
            "one-fee": lambda rates, fee: -sum(map(math.log, rates)) - math.log(1 - fee),
            "no-fee": lambda rates, fee: -sum(map(math.log, rates)),
            "product": lambda rates, fee: math.prod(rates) * (1 - fee) ** len(rates),
        },
    ),
    "slope-of-the-time": formula(
        lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * _phi(z),
        [(0.0,), (-1.3,), (0.8,), (2.1,)],
        {
            "from-0": lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * (_phi(z) - 0.5),
            "no-growth": lambda z: -math.sqrt(2 * math.pi) * _phi(z),
            "other-side": lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * _phi(-z),
        },
    ),
    "pair-position": formula(
        lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 + kappa * tau) / (gamma * sigma**2),
        [(0.8, 0.5, 5.0, 2.0, 0.1), (-1.5, 2.0, 0.7, 1.2, 0.3), (0.4, 0.0, 3.0, 0.5, 1.0)],
        {
            "other-hedge": lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 - kappa * tau) / (gamma * sigma**2),
            "myopic": lambda x, tau, kappa, sigma, gamma: -kappa * x / (gamma * sigma**2),
            "half-g": lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 + kappa * tau / 2) / (gamma * sigma**2),
        },
    ),
    "stale-option": formula(
        _stale,
        [(0.7, 2.0, 0.1, 1.5), (0.3, 1.0, 0.5, 2.0), (1.5, 3.0, 0.2, 0.4)],
        {
            "no-money": lambda h, sigma, u, mu: _stale(h, sigma, u, mu) / (sigma * math.sqrt(u)),
            "age-as-time": lambda h, sigma, u, mu: _stale(h, sigma * math.sqrt(u), u, mu),
            "chance": lambda h, sigma, u, mu: _phi((mu * u - h) / (sigma * math.sqrt(u))),
            "no-drift": lambda h, sigma, u, mu: _stale(h, sigma, u, 0.0),
            "away": lambda h, sigma, u, mu: _stale(h, sigma, u, -mu),
        },
    ),
    "negative-cycle": contest(_cycles, lambda found: None, dict),
    "size-for-profit": formula(
        lambda books, fee: through_books(books, fee).size,
        [(BOOKS, 2e-5), (BOOKS, 5e-5), (_THIN, 0.0), (_THIN, 0.02), (BOOKS, 1e-3)],
        {
            "first-level": lambda books, fee: through_books([(r[:1], s[:1]) for r, s in books], fee).size,
            "no-fee": lambda books, fee: through_books(books, 0.0).size,
            "one-fee": lambda books, fee: through_books(books, fee / len(books)).size,
        },
        facts=lambda gave, right, books, fee: {"fee": fee, "profit": through_books(books, fee).profit},
    ),
    "parity-by-strike": formula(
        _parity,
        [(*_OPTIONS, (63.9, 64.1), 0.99), (*_OPTIONS, (65.7, 65.8), 1.0)],
        {
            "touch": lambda k, c, p, s, d: _parity(k, c, p, s, d, 1, 0),
            "mids": lambda k, c, p, s, d: np.abs(c.mean(axis=0) - p.mean(axis=0) - np.mean(s) + k * d),
            "one-way": lambda k, c, p, s, d: c[0] - p[1] - s[1] + k * d,
            "no-discount": lambda k, c, p, s, d: _parity(k, c, p, s, 1.0),
        },
    ),
    "expected-cycle-time": formula(
        _cycle_time,
        [(-1.0, 1.0, 1.0), (-0.03, 12.0, 0.02), (-2.0, 0.5, 1.3)],
        {
            "to-the-mean": lambda a, kappa, sd: math.log(2) / kappa,
            "no-kappa": lambda a, kappa, sd: _cycle_time(a, 1.0, sd),
            "no-deviation": lambda a, kappa, sd: _cycle_time(a, kappa, 1.0),
        },
    ),
    "choose-pairs": contest(_choose, _lacks, dict),
}
