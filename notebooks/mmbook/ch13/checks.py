"""What checks the steps and exercises of chapter 13: formulas, and twenty clips that an answer sells unseen."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch13.scenes import CLIPS, COST, EACH, KERNELS, kernel_matrix, market_with, seller, weights
from mmlab.measure import implementation_shortfall
from mmlab.models import AlmgrenChriss
from mmlab.parameters import FloatArray
from mmlab.simulation import execution_moments
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

FILLS = (np.array([100.25, 100.40]), np.array([60.0, 20.0])), (np.array([49.0]), np.array([30.0])), (np.ones(0),) * 2


def _parts(
    decision: float, arrival: float, ordered: float, prices: FloatArray, clips: FloatArray, close: float, fee: float
) -> tuple[float, ...]:
    found = implementation_shortfall(ordered, prices, clips, decision, arrival, close, fee)
    return found.delay, found.trading, found.opportunity, found.fees


def _other(which: int, worth: Any) -> Any:
    """The parts with another number in one place."""
    return lambda *case: tuple(worth(*case) if n == which else part for n, part in enumerate(_parts(*case)))


shortfall_parts = formula(
    _parts,
    [
        (100.0, 100.1, 100.0, *FILLS[0], 100.8, 0.01),
        (50.0, 50.5, 30.0, *FILLS[1], 48.0, 0.02),
        (20.0, 20.5, 10.0, *FILLS[2], 19.0, 0.01),
    ],
    {
        "delay-of-all": _other(0, lambda d, a, n, *_: n * (a - d)),
        "from-the-decision": _other(1, lambda d, a, n, p, c, *_: float(c @ (p - d))),
        "from-the-arrival": _other(2, lambda d, a, n, p, c, close, fee: (n - c.sum()) * (close - a)),
        "fees-of-all": _other(3, lambda d, a, n, p, c, close, fee: fee * n),
        "a-clip": lambda d, a, n, p, c, close, fee: np.divide(_parts(d, a, n, p, c, close, fee), n),
    },
    facts=lambda gave, right, *case: {"total": float(np.sum(right)), "adds_up_to": float(np.sum(gave))},
)

middle_holding = formula(
    lambda before, after, dt, eta, lam, sigma: (before + after) / (2 + dt**2 * lam * sigma**2 / eta),
    [(10.0, 4.0, 0.05, 0.001, 0.05, 2.0), (100.0, 20.0, 1.0, 0.2, 0.01, 3.0), (5.0, 5.0, 0.5, 0.1, 0.2, 1.5)],
    {
        "midway": lambda before, after, *_: (before + after) / 2,
        "one-step": lambda b, a, dt, eta, lam, sigma: (b + a) / (2 + dt * lam * sigma**2 / eta),
        "twice-the-risk": lambda b, a, dt, eta, lam, sigma: (b + a) / (2 + 2 * dt**2 * lam * sigma**2 / eta),
        "no-two": lambda b, a, dt, eta, lam, sigma: (b + a) / (1 + dt**2 * lam * sigma**2 / eta),
    },
)


def _one_clip(tau: float, rate: float, k: float, cost: float) -> float:
    return math.log(math.exp(-k * cost) + rate * tau / math.e) / k


one_clip = formula(
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
)


def _blocks(first: float, position: float, rho: float, horizon: float, m: float) -> float:
    return m * ((position - rho * horizon * first) ** 2 / 2 + rho * horizon * first**2)


first_block = formula(
    _blocks,
    [(20.0, 100.0, 2.0, 1.0, 0.01), (5.0, 40.0, 0.5, 3.0, 0.2), (0.0, 10.0, 4.0, 0.5, 1.0)],
    {
        "last-block-alone": lambda f, x, rho, t, m: m * ((x - (1 + rho * t) * f) ** 2 / 2 + f**2 / 2 + rho * t * f**2),
        "whole-squares": lambda f, x, rho, t, m: m * ((x - rho * t * f) ** 2 + rho * t * f**2),
        "no-middle": lambda f, x, rho, t, m: m * (x - rho * t * f) ** 2 / 2,
    },
)


def _chriss(x: float, t: float, n: float, sigma: float, eta: float, theta: float, gamma: float) -> FloatArray:
    model = AlmgrenChriss(
        position=x,
        horizon=t,
        n_slices=n,
        volatility=sigma,
        temporary_impact=eta,
        permanent_impact=theta,
        risk_aversion=gamma / 2,
    )
    return model.holdings[1:-1]


def _with_kappa(kappa: float, x: float, t: float, n: int) -> FloatArray:
    left = t - t / n * np.arange(1, n)
    return x * np.sinh(kappa * left) / np.sinh(kappa * t)


ac_holdings = formula(
    _chriss,
    [
        (1e6, 5.0, 5, 0.95, 2.5e-6, 2.5e-7, 2e-6),
        (20.0, 1.0, 4, 2.0, 0.01, 0.02, 0.1),
        (-50.0, 2.0, 6, 1.0, 0.5, 0.3, 0.4),
    ],
    {
        "whole-gamma": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, theta, 2 * g),
        "no-permanent": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, 0.0, g),
        "both-at-once": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta, 0.0, 2 * g),
        "added": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta + theta * t / n / 2, 0.0, g),
        "not-halved": lambda x, t, n, s, eta, theta, g: _chriss(x, t, n, s, eta - theta * t / n / 2, theta, g),
        "continuous": lambda x, t, n, s, eta, theta, g: _with_kappa(math.sqrt(g / 2 * s**2 / eta), x, t, n),
        "equal": lambda x, t, n, *_: x * (1 - np.arange(1, n) / n),
        "sold": lambda *case: case[0] - _chriss(*case),
    },
)

ow_schedule = formula(
    lambda x, rho, t: (x / (rho * t + 2), rho * x / (rho * t + 2)),
    [(1e5, 2.0, 1.0), (20.0, 0.5, 3.0), (-40.0, 5.0, 0.5)],
    {
        "no-last-block": lambda x, rho, t: (x / (rho * t + 1), rho * x / (rho * t + 1)),
        "between-in-all": lambda x, rho, t: (x / (rho * t + 2), rho * t * x / (rho * t + 2)),
        "half-the-blocks": lambda x, rho, t: (x / (2 * rho * t + 2), rho * x / (2 * rho * t + 2)),
        "a-third": lambda x, rho, t: (x / 3, x / (3 * t)),
    },
)


def _signs(matrix: FloatArray) -> tuple[float, float]:
    if np.linalg.eigvalsh(matrix)[0] <= 0:
        return -1.0, -1.0
    return 1.0, float(np.sign(weights(matrix).min()))


kernel_verdict = formula(
    _signs,
    [(kernel_matrix(kernel),) for kernel in KERNELS.values()],
    {
        "eigenvalue-alone": lambda matrix: (_signs(matrix)[0],) * 2,
        "weights-alone": lambda matrix: (_signs(matrix)[1],) * 2,
        "all-safe": lambda matrix: (1.0, 1.0),
        "determinant": lambda matrix: (float(np.sign(np.linalg.det(matrix))), _signs(matrix)[1]),
    },
    otherwise=lambda gave, right, matrix: "free-lunch" if gave[0] != right[0] else "silly-signs",
)

BUYERS, GAMMA, STEPS = 40.0, 0.1, 400
CROSS_ALL = CLIPS * EACH


@lru_cache(maxsize=1)
def best_worths() -> tuple[float, float]:
    """What limit orders alone, and both, make of the clips [price·clip]."""
    return tuple(float(seller(BUYERS, GAMMA, crossing).value(CLIPS, 1)) for crossing in (None, EACH))  # type: ignore[return-value]


class _Asked:
    """An answer as a policy: where its ask stands, and whether it crosses."""

    max_inventory, min_inventory = CLIPS, 0

    def __init__(self, answer: Answer):
        self.answer = answer
        self.known: dict[tuple[float, float], tuple[float, float]] = {}

    def _at(self, q: float, tau: float) -> tuple[float, float]:
        if not q:
            return math.nan, 0.0
        if (q, tau) not in self.known:
            depth, crosses = self.answer.numbers(self.answer(int(q), tau), (2,))
            self.known[q, tau] = float(depth), float(crosses)
        return self.known[q, tau]

    def depths(self, inventory: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
        """No bid, and its ask."""
        ask = np.vectorize(lambda q, tau: self._at(q, tau)[0])(inventory, time_left)
        if np.nanmin(ask) < -2:
            raise Mistake("far-beyond", depth=float(np.nanmin(ask)))
        return np.full(ask.shape, np.nan), ask

    def crosses(self, inventory: FloatArray, time_left: FloatArray) -> FloatArray:
        """Where it crosses."""
        return np.vectorize(lambda q, tau: bool(self._at(q, tau)[1]))(inventory, time_left)


def _sold(answer: Answer) -> dict[str, float]:
    found = execution_moments(
        _Asked(answer),
        market_with(BUYERS),
        inventory=CLIPS,
        risk_aversion=GAMMA,
        crossing=EACH,
        liquidation=COST,
        n_steps=STEPS,
    )
    limit, both = best_worths()
    worth = found.certainty_equivalent
    score = round(100 * (worth + CROSS_ALL) / (both + CROSS_ALL), 4) + 0.0
    facts = {"worth": worth, "mean": found.mean, "sd": found.sd, "crossed": found.crossed, "left": found.left}
    return {**facts, "score": score, "limit": limit, "both": both}


def _lacks(found: Facts) -> str | None:
    if found["worth"] > found["limit"] + 0.01:
        return None
    return "worse-than-crossing" if found["score"] < 0 else "no-better-than-waiting"


CHECKS: dict[str, Check] = {
    "shortfall-parts": shortfall_parts,
    "middle-holding": middle_holding,
    "one-clip-by-limit": one_clip,
    "first-block": first_block,
    "ac-holdings": ac_holdings,
    "ow-schedule": ow_schedule,
    "kernel-verdict": kernel_verdict,
    "sell-twenty": contest(_sold, _lacks, dict),
}
