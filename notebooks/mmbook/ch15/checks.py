"""What checks the exercises of chapter 15; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch15.scenes import BOOKS, SAMPLE, STOCK, all_cycles, chain, exchange, profits, universe
from mmlab.measure.arbitrage import through_books
from mmlab.models.pairs import OrnsteinUhlenbeck
from mmlab.models.stale_quotes import option_of_a_quote
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula


def _phi(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


loop_gain = formula(
    lambda rates, fee: -sum(map(math.log, rates)) - len(rates) * math.log(1 - fee),
    [((162.19, 1 / 150.02, 1 / 1.08005), 2e-5), ((1.2, 0.9, 1.0, 0.95), 0.01), ((2.0, 0.5), 0.0)],
    {
        "gain": lambda rates, fee: sum(map(math.log, rates)) + len(rates) * math.log(1 - fee),
        "one-fee": lambda rates, fee: -sum(map(math.log, rates)) - math.log(1 - fee),
        "no-fee": lambda rates, fee: -sum(map(math.log, rates)),
        "fee-earned": lambda rates, fee: -sum(map(math.log, rates)) + len(rates) * math.log(1 - fee),
        "product": lambda rates, fee: math.prod(rates) * (1 - fee) ** len(rates),
    },
)

time_slope = formula(
    lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * _phi(z),
    [(0.0,), (-1.3,), (0.8,), (2.1,)],
    {
        "from-0": lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * (_phi(z) - 0.5),
        "no-root": lambda z: -math.exp(z * z / 2) * _phi(z),
        "no-growth": lambda z: -math.sqrt(2 * math.pi) * _phi(z),
        "other-side": lambda z: -math.sqrt(2 * math.pi) * math.exp(z * z / 2) * _phi(-z),
    },
)

held_pair = formula(
    lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 + kappa * tau) / (gamma * sigma**2),
    [(0.8, 0.5, 5.0, 2.0, 0.1), (-1.5, 2.0, 0.7, 1.2, 0.3), (0.4, 0.0, 3.0, 0.5, 1.0)],
    {
        "myopic": lambda x, tau, kappa, sigma, gamma: -kappa * x / (gamma * sigma**2),
        "momentum": lambda x, tau, kappa, sigma, gamma: kappa * x * (1 + kappa * tau) / (gamma * sigma**2),
        "half-a": lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 + kappa * tau / 2) / (gamma * sigma**2),
        "less": lambda x, tau, kappa, sigma, gamma: -kappa * x * (1 - kappa * tau) / (gamma * sigma**2),
    },
)

stale_option = formula(
    option_of_a_quote,
    [(0.7, 2.0, 0.1), (0.3, 1.0, 0.5), (1.5, 3.0, 0.2)],
    {
        "age-as-time": lambda h, sigma, u: option_of_a_quote(h, sigma, u * u),
        "chance": lambda h, sigma, u: _phi(-h / (sigma * math.sqrt(u))),
        "at-the-mid": lambda h, sigma, u: sigma * math.sqrt(u / (2 * math.pi)),
        "no-strike": lambda h, sigma, u: sigma * math.sqrt(u / (2 * math.pi)) * math.exp(-h * h / (2 * sigma**2 * u)),
        "both-sides": lambda h, sigma, u: 2 * option_of_a_quote(h, sigma, u),
    },
)

_RNG = np.random.default_rng(15)
_VALUES = _RNG.lognormal(size=7)
_HIDDEN = np.divide.outer(_VALUES, _VALUES) * (1 - 1e-4)
_HIDDEN[np.ix_([2, 5], [5, 2])] = [[1, _HIDDEN[2, 5] * 1.002], [_HIDDEN[5, 2] / 1.002, 1]]
GRAPHS = [np.divide.outer(_VALUES, _VALUES), exchange(2e-5), _HIDDEN, exchange(shock=1.0), exchange(4e-4)]
"""The first is consistent: rounding alone makes cycles that seem to earn. In the last the fee eats the gain."""


def _cycles(answer: Answer) -> Facts:
    for n, rates in enumerate(GRAPHS):
        best = max(all_cycles(rates).values()) if len(rates) < 7 else [1.0, 1.0, 1.001][n]
        found = answer(rates.copy())
        if found is None and best > 1 + 1e-9:
            raise Mistake("missed", n=n + 1)
        if found is None:
            continue
        if not isinstance(found, Sequence) or len({*found}) != len(found) or not {*found} <= {*range(len(rates))}:
            raise Mistake("no-cycle", found=found)
        gain = float(np.prod(rates[list(found), [*found[1:], found[0]]])) if len(found) > 1 else 1.0
        if gain <= 1 + 1e-9:
            raise Mistake("phantom", n=n + 1, found=found, gain=gain - 1)
    return {"n": len(GRAPHS)}


def _first_level(books: Any, fee: float) -> float:
    return through_books([(rates[:1], sizes[:1]) for rates, sizes in books], fee).size


_THIN = [([2.0, 1.99], [10.0, 40.0]), ([0.52, 0.505, 0.49], [5.0, 30.0, 50.0])]
size_for_profit = formula(
    lambda books, fee: through_books(books, fee).size,
    [(BOOKS, 2e-5), (BOOKS, 5e-5), (_THIN, 0.0), (_THIN, 0.02), (BOOKS, 1e-3)],
    {
        "first-level": _first_level,
        "no-fee": lambda books, fee: through_books(books, 0.0).size,
        "one-fee": lambda books, fee: through_books(books, fee / len(books)).size,
        "everything": lambda books, fee: through_books([(np.ones(len(s)) * r[0], s) for r, s in books], fee).size,
    },
    facts=lambda gave, right, books, fee: {"fee": fee, "profit": through_books(books, fee).profit},
)


def _parity(k: FloatArray, calls: FloatArray, puts: FloatArray, stock: Any, d: float, at: Any = (0, 1)) -> FloatArray:
    """The better of conversion and reversal; `at` says which rows are taken for bids and asks."""
    bid, ask = at
    conversion = calls[bid] - puts[ask] - stock[ask] + k * d
    return np.asarray(np.maximum(conversion, puts[bid] - calls[ask] + stock[bid] - k * d))


_C = chain()
_TWO = np.array([60.0, 65.0]), np.array([[7.0, 2.2], [7.2, 2.4]]), np.array([[1.2, 4.6], [1.4, 4.8]])
parity = formula(
    _parity,
    [(_C.strikes, _C.calls, _C.puts, STOCK, 0.985), (*_TWO, (63.9, 64.1), 0.99), (*_TWO, (65.4, 65.5), 1.0)],
    {
        "touch": lambda *case: _parity(*case, at=(1, 0)),
        "mids": lambda k, c, p, s, d: np.abs(c.mean(axis=0) - p.mean(axis=0) - np.mean(s) + k * d),
        "no-discount": lambda k, c, p, s, d: _parity(k, c, p, s, 1.0),
        "conversion-alone": lambda k, c, p, s, d: c[0] - p[1] - s[1] + k * d,
        "reversal-alone": lambda k, c, p, s, d: p[0] - c[1] + s[0] - k * d,
    },
)


def _cycle_time(a: float, kappa: float, sd: float) -> float:
    return 2 * OrnsteinUhlenbeck(mean_reversion=kappa, volatility=sd * math.sqrt(2 * kappa)).passage_time(
        -abs(a), abs(a)
    )


cycle_time = formula(
    _cycle_time,
    [(-1.0, 1.0, 1.0), (-0.03, 12.0, 0.02), (-2.0, 0.5, 1.3)],
    {
        "one-way": lambda a, kappa, sd: _cycle_time(a, kappa, sd) / 2,
        "to-the-mean": lambda a, kappa, sd: math.log(2) / kappa,
        "no-kappa": lambda a, kappa, sd: _cycle_time(a, 1.0, sd),
        "no-deviation": lambda a, kappa, sd: _cycle_time(a, kappa, 1.0),
    },
)

UNSEEN, MOST, PASSES = range(40, 48), 5, 70.0
"""The universes that nobody has met, how many pairs may be chosen of each, and the score that passes."""


def season(walks: FloatArray, pairs: Sequence[tuple[int, int]]) -> float:
    """What the chosen pairs earn together on the days after the sample [deviations]."""
    chosen = np.sort(np.reshape(list(pairs), (-1, 2)), axis=1)
    return float(profits(walks[chosen[:, 0]], walks[chosen[:, 1]], slice(SAMPLE), slice(SAMPLE, None)).sum())


def best_backtests(walks: FloatArray) -> list[tuple[int, int]]:
    """The pairs that would have earned most on the days of the sample."""
    i, j = np.triu_indices(len(walks), 1)
    best = np.argsort(-profits(walks[i], walks[j], slice(SAMPLE), slice(SAMPLE)))[:MOST]
    return [(int(i[n]), int(j[n])) for n in best]


@lru_cache(maxsize=1)
def _scale() -> tuple[float, float]:
    """What scores 0 and 100 in the mean: the best backtests, and the pairs that belong together."""
    worlds = [universe(seed) for seed in UNSEEN]
    ways = [(season(walks, best_backtests(walks)), season(walks, truth)) for walks, truth in worlds]
    return float(np.mean([naive for naive, _ in ways])), float(np.mean([best for _, best in ways]))


def _choose(answer: Answer) -> dict[str, float]:
    earned, right, many = [], 0, 0
    for seed in UNSEEN:
        walks, truth = universe(seed)
        pairs = [tuple(sorted(map(int, pair))) for pair in answer(walks[:, :SAMPLE].copy())]
        if len({*pairs}) != len(pairs) or len(pairs) > MOST or any(len({*p}) != 2 for p in pairs):
            raise Mistake("no-pairs", pairs=pairs)
        earned.append(season(walks, [(i, j) for i, j in pairs]) if pairs else 0.0)
        right, many = right + len({*pairs} & {tuple(sorted(p)) for p in truth}), many + len(pairs)
    naive, best = _scale()
    score = 100 * (float(np.mean(earned)) - naive) / (best - naive)
    return {"mean": float(np.mean(earned)), "score": score, "right": right, "of": 3 * len(UNSEEN), "chosen": many,
            "naive": naive, "best": best, "passes": PASSES}  # fmt: skip


def _lacks(found: Facts) -> str | None:
    return None if found["score"] >= PASSES else "a-test-of-many" if found["score"] > 0 else "no-better-than-backtests"


CHECKS: dict[str, Check] = {
    "log-of-a-loop": loop_gain,
    "slope-of-the-time": time_slope,
    "pair-position": held_pair,
    "stale-option": stale_option,
    "negative-cycle": contest(_cycles, lambda found: None, lambda found: found),
    "size-for-profit": size_for_profit,
    "parity-by-strike": parity,
    "expected-cycle-time": cycle_time,
    "choose-pairs": contest(_choose, _lacks, dict),
}
