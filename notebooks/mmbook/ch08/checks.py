"""How chapter 08 judges answers, with the usual mistakes known by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch08.scenarios import season
from mmbook.ch08.tail_improvement import expected_shortfall, run_days
from mmlab.desk import Desk, PositionLimiter, Venue, VolatilityLimiter
from mmlab.models import Symmetric
from mmlab.parameters import ParameterError
from mmlab.teach.answers import Answer, NotYet


def shortfall(answer: Answer) -> str:
    """On lopsided samples, at two levels."""
    rng = np.random.default_rng(8)
    for n, level in ((200, 0.05), (1000, 0.1)):
        pnl = 20 - rng.exponential(15, n)
        given = float(answer.numbers(answer(pnl, level), ()))
        right, worst = expected_shortfall(pnl, level)[0], np.sort(pnl)[: round(level * n)]
        if abs(given - right) < 1e-6 * abs(right):
            continue
        mistakes = {
            "with the sign of a profit; a shortfall is a loss, above 0 where money is lost": -right,
            "the best of the worst days, with its sign turned: that is the value at risk. Take their mean": -worst[-1],
            "the quantile: where the worst days begin, not what they are like": -float(np.quantile(pnl, level)),
            "the worst day alone": -worst[0],
            "the sum of the worst days over all days": -worst.sum() / n,
        }
        for mistake, value in mistakes.items():
            if abs(given - value) < 1e-6 * abs(value):
                raise NotYet(f"{given:.4f} is {mistake}.")
        raise NotYet(f"{answer.running} gives {given:.4f}; the worst {round(level * n)} days average to {-right:.4f}.")
    return "it looks at all of the bad days, where a quantile looks at the best of them."


def room(answer: Answer) -> str:
    """What may be bought and sold, against the library's limiter."""
    cases = ((0, 0, 0), (9, 0, 0), (9, 1, 0), (7, 2, 5), (10, 0, 1), (13, 2, 0), (-10, 0, 0), (-12.5, 3, 1))
    limiter = PositionLimiter(max_position=10, min_position=-10)
    for q, bids, asks in cases:
        given = answer.numbers(answer(q, bids, asks), (2,))
        allowed = limiter.check_position(q, bids, asks)
        right = np.array([allowed.max_bid_size, allowed.max_ask_size], dtype=float)
        if np.allclose(given, right):
            continue
        what = f"{answer.running} gives {tuple(given.tolist())}"
        if (given < 0).any():
            raise NotYet(f"{what}: a size is never negative. Beyond its limit a desk shows 0, not less.")
        if np.allclose(given, [max(10 - q, 0), max(q + 10, 0)]):
            raise NotYet(f"{what}, as if nothing rested. What is still out there can fill on top.")
        if np.allclose(given[::-1], right):
            raise NotYet(f"{what}: the bid comes first.")
        if (given == 0).all() and q > 10:
            raise NotYet(f"{what}: who holds too much must be able to sell.")
        raise NotYet(f"{what}; it must be {tuple(right.tolist())}.")
    return "if every order out there fills, the position is still within its limits."


def drawdown(answer: Answer) -> str:
    """On an equity that peaks, falls and peaks higher."""
    for equity in ([0, 200_000, -49_999], [0, -3, 2, 5, 1, 6], [5, 4, 3.5], [0, 1, 2]):
        path = np.array(equity, dtype=float)
        given = float(answer.numbers(answer(path), ()))
        right = float((np.maximum.accumulate(path) - path).max())
        if abs(given - right) < 1e-9:
            continue
        mistakes = {
            "the lowest level with its sign turned, as the guide has it": -path.min(),
            "the highest less the lowest, wherever they are: the low may come before the peak": np.ptp(path),
            "the fall from the start": path[0] - path.min(),
            "the fall at the end; it was larger on the way": path.max() - path[-1],
            "turned in sign": -right,
        }
        for mistake, value in mistakes.items():
            if abs(given - value) < 1e-9:
                raise NotYet(f"for {equity} your {given:g} is {mistake}. It is {right:g}.")
        raise NotYet(f"for {equity} the largest drawdown is {right:g}; yours is {given:g}.")
    return "a quarter of a million from the peak, where the guide's test saw a loss of 49,999."


def with_memory(answer: Answer) -> str:
    """Entered at one threshold and left below another, against the library's limiter."""
    rng = np.random.default_rng(4)
    walks = ([1, 2, 1.8, 1.5, 2.1, 1.59, 1.6], 2 + 0.6 * rng.standard_normal(60), [2.5, 1.7, 1.7], [1.9, 1.9])
    limiter = VolatilityLimiter(soft_volatility=2, max_volatility=1e9, soft_half_spread=1, window=1, leave_at=0.8)
    for sigma in map(np.array, walks):
        given = answer.numbers(answer(sigma, 2.0, 1.6), sigma.shape)
        mode, right = 0, []
        for s in sigma:
            mode = int(limiter.check_volatility(s, mode).mode)
            right.append(mode > 0)
        if (given.astype(bool) == right).all():
            continue
        if (given.astype(bool) == (sigma >= 2)).all():
            raise NotYet("that has no memory: between 1.6 and 2 it depends on where σ came from.")
        if (given.astype(bool) == (sigma >= 1.6)).all():
            raise NotYet("that widens from 1.6 on at once. It is entered at 2, and left below 1.6.")
        first = int(np.flatnonzero(given.astype(bool) != right)[0])
        before = f" after {sigma[first - 1]:.3g}" if first else " at the start"
        raise NotYet(f"at σ = {sigma[first]:.3g}{before} yours says {bool(given[first])}; it is {right[first]}.")
    return "whoever has widened stays wide until the noise is well below what made them."


BUDGET, WANTED, SEEN, UNSEEN = 5.0, 48.65, 1, 808
"""The largest expected shortfall, the mean that will do, and the seeds of the seasons."""


@lru_cache(maxsize=4)
def a_season(limits: tuple[Any, ...], seed: int = SEEN) -> np.ndarray:
    """What each day of a season earned under these limits, on chapter 08's desk [price · clip]."""
    step = Venue(latency=0.005, cancel_latency=0.005)
    desk = Desk(model=Symmetric(half_spread=0.75), volatility=2.0, limits=limits, venue=step)
    return np.concatenate([run_days(desk, tape).pnl for tape in season(seed).values()])


def loss_budget(answer: Answer) -> str:
    """The most mean within the budget, on a season that nobody saw."""
    limits: Any = answer.given
    limits = limits if isinstance(limits, tuple) else tuple(limits) if isinstance(limits, list) else (limits,)
    try:
        pnl = a_season(limits, UNSEEN)
    except ParameterError:
        raise
    except Exception as error:
        raise NotYet(f"a desk with your limits raised {type(error).__name__}: {error}") from error
    lost, give_or_take = expected_shortfall(pnl)
    said = f"on a season that you have not seen, a day earns {pnl.mean():.2f} and the expected shortfall is {lost:.2f}"
    said = f"{said} ± {give_or_take:.2f}".replace("-", "−")
    if lost > BUDGET:
        raise NotYet(f"{said}: over the budget of {BUDGET:g}. Without any limit it is {_none():.1f}.")
    if pnl.mean() < WANTED:
        raise NotYet(
            f"{said}: within the budget of {BUDGET:g}. But {WANTED:g} can be had for it. Where do your limits act on "
            "days on which nothing is wrong?"
        )
    return f"{said}, within the budget of {BUDGET:g}. Your score is the mean; our reference has 49.03."


@lru_cache(maxsize=1)
def _none() -> float:
    return expected_shortfall(a_season((), UNSEEN))[0]
