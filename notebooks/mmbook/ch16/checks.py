"""What checks the exercises of chapter 16; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math

import numpy as np

from mmbook.ch16.scenes import Season, a_policy
from mmlab.measure.backtests import kupiec
from mmlab.measure.risk import historical_tail, time_to_drawdown
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula


def _stepped(u: float, p: float, depth: float, move: float) -> float:
    """E[cos(uX)] of a step in which a bid fills with chance p, and the move then has this factor."""
    return float(1 - p + p * np.cos(u * depth) * move)


def _coefficient(j: int, low: float, high: float, mean: float, sd: float, *, turns: float = 1.0) -> float:
    u = turns * j * math.pi / (high - low)
    return 2 / (high - low) * math.exp(-((u * sd) ** 2) / 2) * math.cos(u * (mean - low))


TIED = np.array([-5.0, -5.0, -5.0, 0.0, 1.0, 2.0, 3.0, 4.0])
_RNG = np.random.default_rng(16)


def _shares(days: FloatArray, alpha: float) -> FloatArray:
    worst = np.argsort(days.sum(axis=0))[: round(alpha * days.shape[1])]
    return np.asarray(-days[:, worst].mean(axis=1))


def _alone(days: FloatArray, alpha: float) -> FloatArray:
    return np.array([historical_tail(desk, alpha)[1] for desk in days])


_COMMON = _RNG.normal(0, 6, 400)
DAYS = np.stack([20 + _RNG.normal(0, 4, 400), 15 + _COMMON, 30 - 0.3 * _COMMON - _RNG.exponential(9, 400)])
"""Three desks' days, of which the last two have something in common."""


UNSEEN, PASSES = 1616, 50.0
"""The seed of days that nobody has seen, and the score that passes."""
CAREFUL, BEST = (0.1, 24, math.inf), (0.01, 13, math.inf)
"""Chapter 03's dealer, whose calm mean scores 0, and the best policy that a grid found, which scores 100."""


def _play(answer: Answer) -> Season:
    given = answer.given
    if not isinstance(given, tuple | list) or len(given) != 3 or None in given[:2]:
        raise Mistake("no-triple")
    gamma, limit, drawdown = given
    return a_policy(float(gamma), limit, math.inf if drawdown is None else float(drawdown), UNSEEN)


def _score(season: Season) -> float:
    careful, best = (a_policy(*policy, UNSEEN).calm for policy in (CAREFUL, BEST))
    return 100 * (season.calm - careful) / (best - careful)


def _lacks(season: Season) -> str | None:
    return "loses" if season.worst < 0 else "too-careful" if _score(season) < PASSES else None


def _found(season: Season) -> Facts:
    return {"calm": season.calm, "worst": season.worst, "score": _score(season), "passes": PASSES}


CHECKS: dict[str, Check] = {
    "one-step-of-the-law": formula(
        lambda u, p, depth, sigma, dt: _stepped(u, p, depth, np.cos(u * sigma * np.sqrt(dt))),
        [(0.3, 0.2, 0.75, 2.0, 0.005), (1.5, 0.6, 0.4, 3.0, 0.02), (0.8, 1.0, 0.2, 1.0, 0.25)],
        {
            "no-move": lambda u, p, depth, sigma, dt: _stepped(u, p, depth, 1.0),
            "only-up": lambda u, p, depth, sigma, dt: _stepped(u, p, depth + sigma * np.sqrt(dt), 1.0),
            "only-fills": lambda u, p, depth, sigma, dt: _stepped(u, p, depth, np.cos(u * sigma * dt**0.5)) - 1 + p,
            "always-moves": lambda u, p, depth, sigma, dt: _stepped(u, p, depth, 1.0) * np.cos(u * sigma * dt**0.5),
            "normal": lambda u, p, depth, sigma, dt: _stepped(u, p, depth, np.exp(-((u * sigma) ** 2) * dt / 2)),
            "no-root": lambda u, p, depth, sigma, dt: _stepped(u, p, depth, np.cos(u * sigma * dt)),
        },
    ),
    "cosine-coefficient": formula(
        _coefficient,
        [(1, -20.0, 30.0, 4.0, 3.0), (3, 0.0, 10.0, 5.5, 1.0), (2, 10.0, 90.0, 40.0, 8.0)],
        {
            "not-from-a": lambda j, a, b, m, s: _coefficient(j, a, b, m + a, s),
            "whole-turns": lambda j, a, b, m, s: _coefficient(j, a, b, m, s, turns=2.0),
        },
    ),
    "two-normal-desks": formula(
        lambda s1, s2, rho, es: es * (s1**2 + rho * s1 * s2) / (s1**2 + s2**2 + 2 * rho * s1 * s2),
        [(3.0, 4.0, 0.2, 10.0), (1.0, 5.0, -0.3, 8.0), (2.0, 2.5, 0.0, 6.0)],
        {
            "pro-rata": lambda s1, s2, rho, es: es * s1 / (s1 + s2),
            "independent": lambda s1, s2, rho, es: es * s1**2 / (s1**2 + s2**2),
            "beta": lambda s1, s2, rho, es: es * (s1 + rho * s2) / math.sqrt(s1**2 + s2**2 + 2 * rho * s1 * s2),
            "other-desk": lambda s1, s2, rho, es: es * (s2**2 + rho * s1 * s2) / (s1**2 + s2**2 + 2 * rho * s1 * s2),
        },
    ),
    "where-the-alarm-rings": formula(
        lambda d, mu, s: mu * time_to_drawdown(d, mu, s),
        [(4.0, 1.0, 2.0), (40.0, 34.0, 27.0), (30.0, -16.0, 40.0)],
        {
            "highest": lambda d, mu, s: mu * time_to_drawdown(d, mu, s) + d,
            "time": time_to_drawdown,
            "fallen": lambda d, mu, s: -d,
        },
    ),
    "shortfall-with-ties": formula(
        lambda sample, alpha: historical_tail(sample, alpha)[1],
        [(TIED, 0.25), (20 - _RNG.exponential(15, 130), 0.05), (np.round(_RNG.normal(3, 2, 90)), 0.15), (TIED, 0.45)],
        {
            "at-most": lambda x, alpha: -x[x <= -historical_tail(x, alpha)[0]].mean(),
            "value-at-risk": lambda x, alpha: historical_tail(x, alpha)[0],
            "whole-days": lambda x, alpha: -np.sort(x)[: max(1, math.floor(alpha * len(x)))].mean(),
            "rounded-up": lambda x, alpha: -np.sort(x)[: math.ceil(alpha * len(x))].mean(),
            "over-all-days": lambda x, alpha: historical_tail(x, alpha)[1] * alpha,
        },
        facts=lambda gave, right, x, alpha: {"n": len(x), "alpha": alpha, "days": alpha * len(x)},
    ),
    "kupiec-ratio": formula(
        kupiec,
        [(4, 250, 0.01), (0, 250, 0.01), (20, 255, 0.05), (12, 12, 0.3)],
        {
            "one-sided": lambda x, n, p: kupiec(x, n, p) if x > n * p else 0.0,
            "score": lambda x, n, p: (x - n * p) ** 2 / (n * p * (1 - p)),
        },
        facts=lambda gave, right, x, n, p: {"x": x, "n": n, "p": p},
    ),
    "euler-shares": formula(
        _shares,
        [(DAYS, 0.05), (DAYS[::-1, :200], 0.1), (DAYS[:, 100:] - 25, 0.02)],
        {
            "alone": _alone,
            "pro-rata": lambda days, alpha: (a := _alone(days, alpha)) / a.sum() * _shares(days, alpha).sum(),
            "over-all-days": lambda days, alpha: _shares(days, alpha) * round(alpha * days.shape[1]) / days.shape[1],
        },
        facts=lambda gave, right, days, alpha: {"sum": float(np.sum(gave)), "whole": float(right.sum())},
    ),
    "liquidation-factor": formula(
        lambda n: math.sqrt((n + 1) * (2 * n + 1) / (6 * n)),
        [(5,), (1,), (3,), (30,)],
        {
            "root": lambda n: math.sqrt(n),
            "limit": lambda n: math.sqrt(n / 3),
            "not-squared": lambda n: math.sqrt((n + 1) / 2),
            "sold-at-the-open": lambda n: math.sqrt((n - 1) * (2 * n - 1) / (6 * n)),
            "no-root": lambda n: (n + 1) * (2 * n + 1) / (6 * n),
        },
        facts=lambda gave, right, n: {"n": n},
    ),
    "risk-policy": contest(_play, _lacks, _found),
}
