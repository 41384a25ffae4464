"""What checks the exercises of chapter 19; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from mmbook.ch19.scenes import DESK, FURTHEST, SKEW, forgetful, step_of
from mmlab.causal import LoggedDesk, SelectedFlow
from mmlab.causal.logged import probabilities
from mmlab.parameters import FloatArray, ParameterError
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

_RNG = np.random.default_rng(19)


def _bracket(a: int, r: float, mu: float, pi: Any, g: Any, *, weight: float = 1.0, direct: float = 1.0) -> float:
    return float(direct * np.dot(pi, g) + weight * pi[a] / mu * (r - g[a]))


def _sample(n: int, strength: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Moves, sizes and a coin, whose means are not 0, and whose noise grows with the coin."""
    z, signal, noise = _RNG.standard_normal((3, n))
    x = 0.5 + signal + strength * (z + 1)
    return 0.2 * x + signal + (1 + z**2) * noise - 0.3, x, z + 1


_SAMPLES = [_sample(60, 0.8), _sample(25, -0.5), _sample(90, 0.1)]


def _t(theta: float, y: FloatArray, x: FloatArray, z: FloatArray, *, centre: bool = True) -> float:
    v = y - theta * x
    z, v = (z - z.mean(), v - v.mean()) if centre else (z, v)
    return float(z @ v / np.linalg.norm(z * v))


def _even_t(theta: float, y: FloatArray, x: FloatArray, z: FloatArray) -> float:
    slope, constant = np.polyfit(z, y - theta * x, 1)
    left = y - theta * x - constant - slope * z
    return float(slope * math.sqrt(len(z) - 2) * np.linalg.norm(z - z.mean()) / np.linalg.norm(left))


def _slope(z: FloatArray, y: FloatArray) -> float:
    return float((z - z.mean()) @ y / ((z - z.mean()) @ z))


def _late(tau: Any, m: int) -> float:
    return sum(effect * max(0.0, 1 - k / m) for k, effect in enumerate(tau))


def _log(n: int, seed: int, desk: LoggedDesk = DESK) -> tuple[Any, ...]:
    log = desk.log(n, seed)
    return log.context, log.action, log.reward, log.propensity


_WIDE = (0.0, 1.0), (0.5, 0.8), (0.0, 0.0)
"""The chance of 2 ticks when calm and when busy, of three rules."""
_LOGS = [(*_log(400, seed), np.column_stack([1 - np.array(wide), wide])) for seed, wide in enumerate(_WIDE)]


def _weighted(c: Any, a: Any, r: FloatArray, mu: FloatArray, policy: FloatArray) -> float:
    return float((policy[c, a] / mu * r).mean())


def _flow(w: float, k_informed: float, k_uninformed: float, jump: float) -> SelectedFlow:
    return SelectedFlow(informed=w, informed_decay=k_informed, uninformed_decay=k_uninformed, jump=jump)


def _blocks(
    k_a: FloatArray, k_b: FloatArray, r_a: FloatArray, r_b: FloatArray, start: FloatArray, block: int, steps: int,
    *, each_step: bool = False, restart: bool = False,
) -> float:  # fmt: skip
    """(8); in two wrong ways, too: a coin at each step, or a day that begins anew with each block."""
    law, total = start, 0.0
    for _ in range(steps // block):
        of_a, of_b = law, law
        for _ in range(block):
            total += float(of_a @ r_a - of_b @ r_b)
            of_a, of_b = of_a @ k_a, of_b @ k_b
            if each_step:
                of_a = of_b = (of_a + of_b) / 2
        law = start if restart else (of_a + of_b) / 2
    return total


_TWO = *np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.5, 0.5], [0.1, 0.9]]]), *np.array([[1.0, 0.2], [1.3, -0.5]])
_DESK = (*zip(step_of(SKEW), step_of(0.0), strict=True),)
TESTS = [
    (*_DESK[0], *_DESK[1], np.eye(2 * FURTHEST + 1)[FURTHEST], 5, 200),
    (*_TWO, np.array([1.0, 0.0]), 3, 12),
    (*_TWO, np.array([0.3, 0.7]), 4, 8),
]

UNSEEN, QUOTES, PASSES = (1900, 1908, 1916, 1917, 1923, 1931, 1939, 1957), 4_000, 80.0
"""Desks that nobody has met, where one depth for all is not the best; quotes that each logged; the mean that passes."""


@cache
def a_desk(seed: int) -> LoggedDesk:
    """Three contexts and depths of 1, 2 and 3 ticks; each context has a favourite, and the others a tenth each."""
    rng = np.random.default_rng(seed)
    depth, rate, adverse = np.arange(1.0, 4.0), rng.uniform(1.0, 6.0, (3, 1)), rng.uniform(0.1, 2.2, (3, 1))
    logging = np.full((3, 3), 0.1) + 0.7 * np.eye(3)[rng.permutation(3)]
    fill = -np.expm1(-rate * np.exp(-rng.uniform(0.5, 1.2) * depth))
    return LoggedDesk(context=rng.dirichlet([4.0] * 3), logging=logging, fill=fill, gain=depth - adverse)


class Advice(NamedTuple):
    """A desk's score, and whether the interval held the truth."""

    score: float
    holds: bool


def judged(desk: LoggedDesk, given: Any, naive: int) -> Advice:
    """The score of a rule, its value and its error, where `naive` is the depth that earned most in the log."""
    try:
        rule, value, error = given
        policy = probabilities(rule, *desk.fill.shape)
        if np.ndim(rule) != 1 or policy.shape != desk.fill.shape:
            raise ValueError
        value, error = float(value), float(error)
    except (TypeError, ValueError, ParameterError):
        raise Mistake("no-advice", given=f"{given!r:.60}") from None
    if not (math.isfinite(value) and math.isfinite(error) and error >= 0):
        raise Mistake("not-finite", value=value, error=error)
    truth, low = desk.value(policy), desk.value(np.full(3, naive))
    best = desk.value((desk.fill * desk.gain).argmax(axis=1))
    score = 100 * (truth - low) / (best - low)
    holds = abs(value - truth) <= 1.96 * error <= 2 * 1.96 * desk.error(policy, QUOTES, "ips")
    return Advice(score if holds else min(score, score / 2), holds)


def _advised(answer: Answer) -> Facts:
    found = []
    for seed in UNSEEN:
        log = a_desk(seed).log(QUOTES, seed)
        advice = answer(log.context, log.action, log.reward, log.propensity)
        found.append(judged(a_desk(seed), advice, int(forgetful(log).cells((1, 3))[1].argmax())))
    score, holds = float(np.mean([each.score for each in found])), sum(each.holds for each in found)
    return {"score": score, "holds": holds, "of": len(UNSEEN), "passes": PASSES}


def _lacks(found: Facts) -> str | None:
    if found["score"] >= PASSES:
        return None
    if found["score"] <= 0:
        return "no-better-than-the-log"
    return "wrong-errors" if found["holds"] < found["of"] - 2 else "poor-rules"


CHECKS: dict[str, Check] = {
    "doubly-robust-record": formula(
        _bracket,
        [
            (1, 0.8, 0.1, [0.3, 0.7], [0.2, 0.5]),
            (0, -0.2, 0.9, [1, 0], [0.13, 0.12]),
            (1, 1.8, 0.25, [0.5, 0.5], [0.1, 0.4]),
        ],
        {
            "direct": lambda a, r, mu, pi, g: _bracket(a, r, mu, pi, g, weight=0.0),
            "weighted": lambda a, r, mu, pi, g: _bracket(a, r, mu, pi, [0.0, 0.0]),
            "no-weight": lambda a, r, mu, pi, g: _bracket(a, r, pi[a], pi, g),
            "whole-reward": lambda a, r, mu, pi, g: float(np.dot(pi, g)) + pi[a] / mu * r,
            "no-target": lambda a, r, mu, pi, g: float(np.dot(pi, g)) + (r - g[a]) / mu,
            "no-mean": lambda a, r, mu, pi, g: _bracket(a, r, mu, pi, g, direct=0.0),
        },
    ),
    "anderson-rubin-t": formula(
        _t,
        [(theta, *sample) for theta, sample in zip((0.2, -1.0, 1.5), _SAMPLES, strict=True)],
        {
            "not-centred": lambda theta, y, x, z: _t(theta, y, x, z, centre=False),
            "no-theta": lambda theta, y, x, z: _t(0.0, y, x, z),
            "even": _even_t,
            "squared": lambda theta, y, x, z: _t(theta, y, x, z) ** 2,
            "on-x": lambda theta, y, x, z: _t(theta, y, x, x),
        },
        facts=lambda gave, right, theta, *sample: {"theta": theta},
    ),
    "late-effects": formula(
        _late,
        [([-1.0, 0.5, 0.4, 0.3], 2), ([0.3, 0.2], 5), ([0.2, -0.1, 0.3, 0.05, 0.4], 3)],
        {
            "truth": lambda tau, m: sum(tau),
            "at-once": lambda tau, m: tau[0],
            "cut": lambda tau, m: sum(tau[:m]),
            "below-0": lambda tau, m: sum(effect * (1 - k / m) for k, effect in enumerate(tau)),
            "from-1": lambda tau, m: sum(effect * max(0.0, 1 - (k + 1) / m) for k, effect in enumerate(tau)),
        },
    ),
    "inverse-propensity": formula(
        _weighted,
        _LOGS,
        {
            "no-target": lambda c, a, r, mu, policy: (r / mu).mean(),
            "marginal": lambda c, a, r, mu, policy: (policy[c, a] / (np.bincount(a) / len(a))[a] * r).mean(),
            "no-propensity": lambda c, a, r, mu, policy: (policy[c, a] * r).mean(),
            "matching": lambda c, a, r, mu, policy: (policy[c, a] * r).sum() / policy[c, a].sum(),
            "self-normalised": lambda c, a, r, mu, policy: (policy[c, a] / mu * r).sum() / (policy[c, a] / mu).sum(),
        },
    ),
    "best-depth": formula(
        lambda *flow: _flow(*flow).best_depth(),
        [(0.15, 0.5, 1.5, 1.0), (0.3, 0.8, 2.0, 0.5), (0.05, 0.4, 1.2, 2.0)],
        {
            "held-fixed": lambda *flow: float(_flow(*flow).walk(1.0, 400)[-1]),
            "no-selection": lambda w, k_i, k_u, jump: _flow(w, k_i, k_u, jump).best_depth(w * jump),
            "no-jump": lambda *flow: _flow(*flow).best_depth(0.0),
            "uninformed": lambda w, k_i, k_u, jump: 1 / k_u + w * jump,
        },
        tolerance=1e-4,
    ),
    "instrument-ratio": formula(
        lambda y, x, z: _slope(z, y) / _slope(z, x),
        _SAMPLES,
        {
            "least-squares": lambda y, x, z: _slope(x, y),
            "turned": lambda y, x, z: _slope(z, x) / _slope(z, y),
            "reduced": lambda y, x, z: _slope(z, y),
            "not-centred": lambda y, x, z: float(z @ y / (z @ x)),
        },
    ),
    "switchback-expectation": formula(
        _blocks,
        TESTS,
        {
            "truth": lambda *test: _blocks(*test[:5], test[6], test[6]),
            "restart": lambda *test: _blocks(*test, restart=True),
            "each-step": lambda *test: _blocks(*test[:5], 1, test[6]),
            "a-block": lambda *test: _blocks(*test) * test[5] / test[6],
            "a-step": lambda *test: _blocks(*test) / test[6],
        },
        tolerance=1e-6,
        facts=lambda gave, right, *test: {"block": test[5], "steps": test[6], "n": len(test[0])},
    ),
    "rule-from-a-log": contest(_advised, _lacks, dict),
}
