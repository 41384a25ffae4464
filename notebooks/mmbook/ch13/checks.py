"""What checks the steps and exercises of chapter 13: formulas, and twenty clips that an answer sells unseen."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmbook.ch13.scenes import CLIPS, COST, EACH, KERNELS, kernel_matrix, market_with, seller, weights
from mmlab.measure import implementation_shortfall
from mmlab.models import AlmgrenChriss, Model
from mmlab.parameters import BoolArray, FloatArray
from mmlab.simulation import execution_moments
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

FILLS = (np.array([100.25, 100.40]), np.array([60.0, 20.0])), (np.array([49.0]), np.array([30.0]))


def _parts(d: float, a: float, n: float, *rest: Any) -> tuple[float, ...]:
    """Delay, trading, opportunity and fees of n clips decided at d that arrive at a."""
    found = implementation_shortfall(n, rest[0], rest[1], d, a, rest[2], rest[3])
    return found.delay, found.trading, found.opportunity, found.fees


def _other(which: int, worth: Callable[..., float]) -> Callable[..., FloatArray]:
    """The parts with another number in one place."""
    return lambda *case: np.where(np.arange(4) == which, worth(*case), _parts(*case))


def _one_clip(tau: float, rate: float, k: float, cost: float) -> float:
    return math.log(math.exp(-k * cost) + rate * tau / math.e) / k


def _chriss(*case: float) -> FloatArray:
    """The holdings between the ends at X, T, N, σ, η, θ and γ."""
    known: dict[str, Any] = dict(zip(AlmgrenChriss.__dataclass_fields__, case[:6], strict=False))
    return AlmgrenChriss(**known, risk_aversion=case[-1] / 2).holdings[1:-1]


def _signs(matrix: FloatArray) -> tuple[float, float]:
    safe = np.linalg.eigvalsh(matrix)[0] > 0
    return (1.0, float(np.sign(weights(matrix).min()))) if safe else (-1.0, -1.0)


def _shifted(random: np.random.Generator) -> list[tuple[FloatArray]]:
    """Each kernel as it is in another unit, and lowered at once or raised there until the other sign is the first."""
    found = []
    for matrix in map(kernel_matrix, KERNELS.values()):
        least = np.linalg.eigvalsh(matrix)[0]
        other = matrix - (least + math.copysign(random.uniform(0.05, 0.2), least)) * np.eye(len(matrix))
        found += [(each * random.uniform(0.5, 0.9),) for each in (matrix, other)]
    return [found[n] for n in random.permutation(len(found))]


BUYERS, GAMMA, CROSS_ALL = 40.0, 0.1, CLIPS * EACH


class _Asked(Model):
    """An answer as a policy: where its ask stands, and whether it crosses."""

    max_inventory, min_inventory = CLIPS, 0

    def __init__(self, answer: Answer):
        @cache
        def asked(q: float, tau: float) -> FloatArray:
            return answer.numbers(answer(int(q), tau), (2,)) if q else np.array([np.nan, 0.0])

        self.asked = np.vectorize(asked, signature="(),()->(n)")

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """No bid, and its ask."""
        ask = self.asked(inventory, time_left)[..., 0]
        if np.nanmin(ask) < -2:
            raise Mistake("far-beyond", depth=float(np.nanmin(ask)))
        return np.nan * ask, ask

    def crosses(self, inventory: FloatArray, time_left: FloatArray) -> BoolArray:
        """Where it crosses."""
        return np.asarray(self.asked(inventory, time_left)[..., 1] != 0)


def _sold(answer: Answer) -> dict[str, float]:
    own: dict[str, Any] = dict(inventory=CLIPS, risk_aversion=GAMMA, crossing=EACH, liquidation=COST)
    found = execution_moments(_Asked(answer), market_with(BUYERS), **own)
    limit, both = (float(seller(BUYERS, GAMMA, each).value(CLIPS, 1)) for each in (None, EACH))
    score = round(100 * (found.certainty_equivalent + CROSS_ALL) / (both + CROSS_ALL), 4) + 0.0
    return {**vars(found), "worth": found.certainty_equivalent, "score": score, "limit": limit, "both": both}


def _lacks(found: Facts) -> str | None:
    lacks = "worse-than-crossing" if found["score"] < 0 else "no-better-than-waiting"
    return None if found["worth"] > found["limit"] + 0.01 else lacks


CHECKS: dict[str, Check] = {
    "shortfall-parts": formula(
        _parts,
        [(100.0, 100.1, 100.0, *FILLS[0], 100.8, 0.01), (50.0, 50.5, 40.0, *FILLS[1], 48.0, 0.02)],
        {
            "delay-of-all": _other(0, lambda d, a, n, *_: n * (a - d)),
            "from-the-decision": _other(1, lambda d, a, n, p, c, *_: c @ (p - d)),
            "from-the-arrival": _other(2, lambda d, a, n, p, c, close, fee: (n - c.sum()) * (close - a)),
            "fees-of-all": _other(3, lambda d, a, n, p, c, close, fee: fee * n),
            "all-from-the-arrival": lambda d, a, n, *rest: np.add(_parts(a, a, n, *rest), (n * (a - d), 0, 0, 0)),
            "a-clip": lambda d, a, n, *rest: np.divide(_parts(d, a, n, *rest), n),
        },
        facts=lambda gave, right, *case: {"total": float(np.sum(right)), "adds_up_to": float(np.sum(gave))},
    ),
    "middle-holding": formula(
        lambda before, after, dt, eta, lam, sigma: (before + after) / (2 + dt**2 * lam * sigma**2 / eta),
        [(10.0, 4.0, 0.05, 0.001, 0.05, 2.0), (100.0, 20.0, 1.0, 0.2, 0.01, 3.0), (5.0, 5.0, 0.5, 0.1, 0.2, 1.5)],
        {
            "midway": lambda before, after, *_: (before + after) / 2,
            "one-step": lambda b, a, dt, eta, lam, sigma: (b + a) / (2 + dt * lam * sigma**2 / eta),
            "twice-the-risk": lambda b, a, dt, eta, lam, sigma: (b + a) / (2 + 2 * dt**2 * lam * sigma**2 / eta),
            "no-two": lambda b, a, dt, eta, lam, sigma: (b + a) / (1 + dt**2 * lam * sigma**2 / eta),
        },
    ),
    "one-clip-by-limit": formula(
        _one_clip,
        [(1.0, 140.0, 1.5, 0.77), (0.3, 5.0, 2.0, 0.2), (0.01, 20.0, 0.5, 1.0)],
        {
            "no-e": lambda tau, rate, k, cost: _one_clip(tau, math.e * rate, k, cost),
            "w": lambda *case: math.exp(case[2] * _one_clip(*case)),
            "not-over-k": lambda *case: case[2] * _one_clip(*case),
            "free-close": lambda tau, rate, k, cost: _one_clip(tau, rate, k, 0.0),
            "paid-to-close": lambda tau, rate, k, cost: _one_clip(tau, rate, k, -cost),
            "sure-to-fill": lambda tau, rate, k, cost: math.log(rate * tau / math.e) / k,
        },
    ),
    "first-block": formula(
        lambda f, x, rho, t, m: m * ((x - rho * t * f) ** 2 / 2 + rho * t * f**2),
        [(20.0, 100.0, 2.0, 1.0, 0.01), (5.0, 40.0, 0.5, 3.0, 0.2), (0.0, 10.0, 4.0, 0.5, 1.0)],
        {
            "last-block-alone": lambda f, x, rho, t, m: (
                m * ((x - (1 + rho * t) * f) ** 2 / 2 + f**2 / 2 + rho * t * f**2)
            ),
            "whole-squares": lambda f, x, rho, t, m: m * ((x - rho * t * f) ** 2 + rho * t * f**2),
            "no-middle": lambda f, x, rho, t, m: m * (x - rho * t * f) ** 2 / 2,
        },
    ),
    "ac-holdings": formula(
        _chriss,
        [(1e6, 5.0, 5, 0.95, 2.5e-6, 2.5e-7, 2e-6), (-50.0, 2.0, 6, 1.0, 0.5, 0.3, 0.4)],
        {
            "whole-gamma": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, theta, 2 * g),
            "no-permanent": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, 0.0, g),
            "both-at-once": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, 0.0, 2 * g),
            "added": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta + theta * t / n / 2, 0.0, g),
            "not-halved": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta - theta * t / n / 2, theta, g),
            "continuous": lambda x, t, n, s, eta, theta, g: (
                x * np.sinh((k := s * math.sqrt(g / 2 / eta)) * t * (1 - np.arange(1, n) / n)) / np.sinh(k * t)
            ),
            "equal": lambda x, t, n, *_: x * (1 - np.arange(1, n) / n),
            "from-x0": lambda *case: np.append(case[0], _chriss(*case)[:-1]),
            "sold": lambda *case: case[0] - _chriss(*case),
        },
    ),
    "ow-schedule": formula(
        lambda x, rho, t: (x / (rho * t + 2), rho * x / (rho * t + 2)),
        [(1e5, 2.0, 1.0), (20.0, 0.5, 3.0), (-40.0, 5.0, 0.5)],
        {
            "no-last-block": lambda x, rho, t: (x / (rho * t + 1), rho * x / (rho * t + 1)),
            "between-in-all": lambda x, rho, t: (x / (rho * t + 2), rho * t * x / (rho * t + 2)),
            "half-the-blocks": lambda x, rho, t: (x / (2 * rho * t + 2), rho * x / (2 * rho * t + 2)),
        },
    ),
    "kernel-verdict": formula(
        _signs,
        [(kernel_matrix(kernel),) for kernel in KERNELS.values()],
        {
            "eigenvalue-alone": lambda matrix: (_signs(matrix)[0],) * 2,
            "weights-alone": lambda matrix: (_signs(matrix)[1],) * 2,
            "all-safe": lambda matrix: (1.0, 1.0),
        },
        otherwise=lambda gave, right, matrix: "free-lunch" if gave[0] != right[0] else "silly-signs",
        hidden=_shifted,
    ),
    "sell-twenty": contest(_sold, _lacks, dict),
}
