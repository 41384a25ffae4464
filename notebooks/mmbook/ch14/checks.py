"""What checks the steps and exercises of chapter 14: formulas, and a set of limits that is played exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mmbook.ch14.scenes import BOUND, DESKS, admissible, day_within, limited, quoter
from mmlab.models import SeveralAssets, skew_matrix
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula


def _drain(both: float = 2) -> Callable[..., float]:
    """½kγ q'Σq, with so many times the product of the two."""
    return lambda q1, q2, s1, s2, rho, gamma, k: (
        k * gamma / 2 * ((q1 * s1) ** 2 + (q2 * s2) ** 2 + both * rho * q1 * q2 * s1 * s2)
    )


def _pair(sigma: float, rho: float, d: float, gamma: float) -> tuple[float, float]:
    together, against = (math.sqrt(gamma / 2 / d * (1 + sign * rho)) * sigma for sign in (1, -1))
    return (together + against) / 2, (together - against) / 2


def _saving(n: int, rho: float) -> float:
    return 1 - ((n - 1) * math.sqrt(1 - rho) + math.sqrt(1 + (n - 1) * rho)) / n


TRIPLES = [
    (np.array([[4.0, 3.4, 0.2], [3.4, 4.2, 0.1], [0.2, 0.1, 3.6]]), np.array([75.0, 75.0, 75.0]), 0.1),
    (np.array([[4.0, 0.5, 0.0], [0.5, 4.0, -1.0], [0.0, -1.0, 4.0]]), np.array([20.0, 60.0, 60.0]), 0.2),
    (np.array([[1.0, 0.2, 0.1], [0.2, 3.0, -2.6], [0.1, -2.6, 3.2]]), np.array([80.0, 110.0, 130.0]), 0.05),
]
"""Covariances, D and γ in which the widest asset is another each time, and not that with the largest σ."""


def _move(model: SeveralAssets, tau: float, asset: int = 0, held: int = 1) -> float:
    before, after = (model.depths(q, tau)[0][asset] for q in ([0, 0], [0, held]))
    return float(before - after)


def _limits(answer: Answer) -> dict[str, Any]:
    q = range(-BOUND, BOUND + 1)
    points = np.array([[bool(answer(a, b)) for b in q] for a in q])
    if not points[BOUND, BOUND]:
        raise Mistake("not-flat")
    found = day_within(admissible(points).tobytes(), 0.9)
    low, high = (limited(*which).certainty_equivalent for which in ((6, False), (8, True)))
    worth = found.certainty_equivalent
    return {**found._asdict(), "worth": worth, "score": 100 * (worth - low) / (high - low), "points": int(points.sum())}


def _lacks(found: Facts) -> str | None:
    return None if found["score"] >= 50 else "behind-each-asset" if found["score"] < 0.1 else "too-little"


CHECKS: dict[str, Check] = {
    "drain-of-a-pair": formula(
        _drain(),
        [(2, 3, 2.0, 1.5, 0.6, 0.1, 1.5), (4, -1, 1.0, 2.0, 0.9, 0.2, 0.7), (0, 5, 2.0, 3.0, -0.5, 0.05, 2.0)],
        {
            "once-the-product": _drain(1),
            "no-product": _drain(0),
            "not-times-k": lambda *case: _drain()(*case) / case[-1],
        },
    ),
    "skews-of-a-pair": formula(
        _pair,
        [(2.0, 0.6, 74.8, 0.1), (1.0, -0.4, 20.0, 0.3), (3.0, 0.95, 140.0, 0.02)],
        {
            "of-directions": lambda s, rho, d, g: [math.sqrt(g / 2 / d * (1 + sign * rho)) * s for sign in (1, -1)],
            "not-halved": lambda *case: np.multiply(2, _pair(*case)),
            "times-rho": lambda s, rho, d, g: (math.sqrt(g / 2 / d) * s, rho * math.sqrt(g / 2 / d) * s),
            "whole-gamma": lambda s, rho, d, g: _pair(s, rho, d, 2 * g),
        },
    ),
    "saving-of-many": formula(
        _saving,
        [(3, 0.6), (2, 0.9), (50, 0.3), (8, 0.0)],
        {
            "limit": lambda n, rho: 1 - math.sqrt(1 - rho),
            "left": lambda n, rho: 1 - _saving(n, rho),
            "no-root": lambda n, rho: 1 - ((n - 1) * (1 - rho) + 1 + (n - 1) * rho) / n,
            "one-direction": lambda n, rho: 1 - math.sqrt((1 + (n - 1) * rho) / n),
        },
    ),
    "gamma-matrix": formula(
        skew_matrix,
        TRIPLES,
        {
            "no-d-within": lambda sigma, d, g: skew_matrix(sigma, np.ones(3), g) / np.sqrt(np.outer(d, d)),
            "elementwise": lambda sigma, d, g: (
                np.sign(sigma) * np.sqrt(g / 2 * np.abs(sigma) / np.sqrt(np.outer(d, d)))
            ),
            "cholesky": lambda sigma, d, g: np.linalg.cholesky(g / 2 * sigma) / np.sqrt(d),
            "s-alone": lambda sigma, d, g: skew_matrix(sigma, d, g) * np.sqrt(np.outer(d, d)) / math.sqrt(g / 2),
            "whole-gamma": lambda sigma, d, g: skew_matrix(sigma, d, 2 * g),
            "diagonal": lambda sigma, d, g: skew_matrix(np.diag(np.diag(sigma)), d, g),
        },
        facts=lambda gave, right, sigma, d, g: {
            "off": float(np.abs(gave @ np.diag(d) @ gave - g / 2 * sigma).max()),
            "skewed": float(np.abs(gave - gave.T).max()),
        },
        otherwise=lambda gave, right, *case: "otherwise" if np.allclose(gave, gave.T) else "not-symmetric",
    ),
    "bid-after-the-other": formula(
        _move,
        [(quoter(2, rho, "exact"), tau) for rho, tau in ((0.9, 1.0), (0.3, 0.2), (-0.6, 0.5))],
        {
            "own-bid": lambda model, tau: _move(model, tau, asset=1),
            "after-a-sale": lambda model, tau: _move(model, tau, held=-1),
            "closed-form": lambda model, tau: -model.skew(tau)[0, 1],
            "where-it-stands": lambda model, tau: -float(model.depths([0, 1], tau)[0][0]),
        },
    ),
    "euler-of-risk": formula(
        lambda w, sigma: w * (sigma @ w) / (w @ sigma @ w),
        [(np.array(w), DESKS) for w in ((2, 3, 5), (1, 0, 1), (2, -1, 0.5))],
        {
            "alone": lambda w, sigma: w**2 * np.diag(sigma) / (w**2 @ np.diag(sigma)),
            "by-deviation": lambda w, sigma: w * np.sqrt(np.diag(sigma)) / (w @ np.sqrt(np.diag(sigma))),
            "not-weighted": lambda w, sigma: sigma @ w / math.sqrt(w @ sigma @ w),
            "in-money": lambda w, sigma: w * (sigma @ w) / math.sqrt(w @ sigma @ w),
            "the-weights": lambda w, sigma: w / w.sum(),
        },
        facts=lambda gave, right, w, sigma: {"sum": float(np.sum(gave))},
        hidden=lambda random: [(random.uniform(0.5, 5, 3), (a := random.normal(size=(3, 4))) @ a.T) for _ in range(3)],
    ),
    "widest-asset": formula(
        lambda sigma, d, g: float(np.diag(skew_matrix(sigma, d, g)).argmax()),
        TRIPLES,
        {
            "largest-sigma": lambda sigma, d, g: float(np.diag(sigma).argmax()),
            "alone": lambda sigma, d, g: float((np.diag(sigma) / d).argmax()),
            "narrowest": lambda sigma, d, g: float(np.diag(skew_matrix(sigma, d, g)).argmin()),
        },
        hidden=lambda random: [  # each asset in each place
            (sigma[np.ix_(order, order)], d[order], g * random.uniform(0.5, 2))
            for sigma, d, g in TRIPLES
            for order in random.permutation([[1, 2, 0], [2, 0, 1], [0, 2, 1]])
        ],
    ),
    "limits-of-a-pair": contest(_limits, _lacks, dict),
}
