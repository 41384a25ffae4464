"""What checks the exercises of chapter 19; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from mmbook.ch19.scenes import DESK, SKEW, forgetful, step_of
from mmlab.causal import LoggedDesk, SelectedFlow
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

_RNG = np.random.default_rng(59)


def _bracket(a: int, r: float, mu: float, pi: Any, g: Any) -> float:
    return float(np.dot(pi, g) + pi[a] / mu * (r - g[a]))


def _sample(n: int, strength: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Moves, sizes and an instrument, whose means are not 0, and whose noise grows with the instrument."""
    z, signal, noise = _RNG.standard_normal((3, n))
    x = 0.5 + signal + strength * (z + 1)
    return 0.2 * x + signal + (1 + z**2) * noise - 0.3, x, z + 1


_SAMPLES = [_sample(60, 0.8), _sample(25, -0.5), _sample(90, 0.1)]


def _t(theta: float, y: FloatArray, x: FloatArray, z: FloatArray) -> float:
    v = y - theta * x
    return float((z - z.mean()) @ (v - v.mean()) / np.linalg.norm((z - z.mean()) * (v - v.mean())))


def _slope(z: FloatArray, y: FloatArray) -> float:
    return float((z - z.mean()) @ y / ((z - z.mean()) @ z))


_WIDE = (0.0, 0.0), (0.5, 0.8), (0.0, 1.0)
"""The chance of 2 ticks when calm and when busy, of three rules; the last is the desk's own."""
_LOGS = [(*DESK.log(400, seed)[:4], np.column_stack([1 - np.array(wide), wide])) for seed, wide in enumerate(_WIDE)]


def _flow(w: float, k_informed: float, k_uninformed: float, jump: float) -> SelectedFlow:
    return SelectedFlow(informed=w, informed_decay=k_informed, uninformed_decay=k_uninformed, jump=jump)


def _blocks(k_a: Any, k_b: Any, r_a: Any, r_b: Any, law: Any, block: int, steps: int, restart: bool = False) -> float:
    """(8); wrong, too, where the day begins anew with each block."""
    start, total = law, 0.0
    for _ in range(steps // block):
        of_a = of_b = start if restart else law
        for _ in range(block):
            total += float(of_a @ r_a - of_b @ r_b)
            of_a, of_b = of_a @ k_a, of_b @ k_b
        law = (of_a + of_b) / 2
    return total


_TWO = *np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.5, 0.5], [0.1, 0.9]]]), *np.array([[1.0, 0.2], [1.3, -0.5]])
_DESK = (*step_of(SKEW), *step_of(0.0))
TESTS = [(*_DESK[::2], *_DESK[1::2], np.eye(61)[30], 5, 200), (*_TWO, np.array([0.3, 0.7]), 3, 12)]

UNSEEN, QUOTES, PASSES = (1900, 1908, 1916, 1917, 1923, 1931, 1939, 1957), 4_000, 80.0
"""Desks that nobody has met, where one depth for all is not the best; quotes that each logged; the mean that passes."""


def a_desk(seed: int) -> LoggedDesk:
    """Three contexts and depths of 1, 2 and 3 ticks; each context has a favourite, and the others a tenth each."""
    rng = np.random.default_rng(seed)
    depth, rate, adverse = np.arange(1.0, 4.0), rng.uniform(1.0, 6.0, (3, 1)), rng.uniform(0.1, 2.2, (3, 1))
    logging = np.full((3, 3), 0.1) + 0.7 * np.eye(3)[rng.permutation(3)]
    fill = -np.expm1(-rate * np.exp(-rng.uniform(0.5, 1.2) * depth))
    return LoggedDesk(context=rng.dirichlet([4.0] * 3), logging=logging, fill=fill, gain=depth - adverse)


def judged(desk: LoggedDesk, given: Any, naive: int) -> tuple[float, str]:
    """The score of a rule, its value and its error, and what misses, if any; `naive` is the depth that scores 0."""
    try:
        rule, *stated = given
        truth = desk.value(policy := np.eye(3)[[int(depth) for depth in rule]])
        value, error = map(float, stated)
    except (TypeError, ValueError, IndexError):
        raise Mistake("no-advice", given=f"{given!r:.60}") from None
    if not (math.isfinite(value) and 0 <= error < math.inf):
        raise Mistake("not-finite", value=value, error=error)
    best, low = desk.value((desk.fill * desk.gain).argmax(axis=1)), desk.value(np.full(3, naive))
    score = 100 * (truth - low) / (best - low)
    off, weighting = abs(value - truth) / 1.96, desk.error(policy, QUOTES, "ips")
    misses = "wide-errors" if error > 2 * weighting else "wrong-values" if off > weighting else "narrow-errors"
    return (score, "") if off <= error <= 2 * weighting else (min(score, score / 2), misses)


@cache
def _unseen() -> list[tuple[LoggedDesk, Any, int]]:
    """Each desk, its log, which no answer changes, and the depth that scores 0."""
    logs = [(a_desk(seed), a_desk(seed).log(QUOTES, seed)) for seed in UNSEEN]
    return [(desk, log, int(forgetful(log).cells((1, 3))[1].argmax())) for desk, log in logs]


def _advised(answer: Answer) -> Facts:
    found = [judged(desk, answer(*log[:4]), naive) for desk, log, naive in _unseen()]
    scores, misses = zip(*found, strict=True)
    most = max(("wide-errors", "wrong-values", "narrow-errors"), key=misses.count)
    return {"score": np.mean(scores), "holds": misses.count(""), "of": len(UNSEEN), "passes": PASSES, "most": most}


def _lacks(found: Facts) -> str | None:
    wrong = found["most"] if found["holds"] < found["of"] - 2 else "poor-rules"
    return None if found["score"] >= PASSES else wrong if found["score"] > 0 else "no-better-than-the-log"


CHECKS: dict[str, Check] = {
    "doubly-robust-record": formula(
        _bracket,
        [(1, 0.8, 0.1, [0.3, 0.7], [0.2, 0.5]), (0, -0.2, 0.9, [1, 0], [0.13, 0.12])],
        {
            "direct": lambda a, r, mu, pi, g: np.dot(pi, g),
            "weighted": lambda a, r, mu, pi, g: _bracket(a, r, mu, pi, [0.0, 0.0]),
            "no-weight": lambda a, r, mu, pi, g: _bracket(a, r, pi[a], pi, g),
            "whole-reward": lambda a, r, mu, pi, g: float(np.dot(pi, g)) + pi[a] / mu * r,
            "no-target": lambda a, r, mu, pi, g: float(np.dot(pi, g)) + (r - g[a]) / mu,
            "quoted-guess": lambda a, r, mu, pi, g: g[a] + pi[a] / mu * (r - g[a]),
        },
    ),
    "anderson-rubin-t": formula(
        _t,
        [(theta, *sample) for theta, sample in zip((0.2, -1.0, 1.5), _SAMPLES, strict=True)],
        {
            "not-centred": lambda th, y, x, z: z @ (y - th * x) / np.linalg.norm(z * (y - th * x)),
            "no-theta": lambda theta, y, x, z: _t(0.0, y, x, z),
            "squared": lambda theta, y, x, z: _t(theta, y, x, z) ** 2,
            "mean-off": lambda th, y, x, z: (t := _t(th, y, x, z)) / np.sqrt(1 - t**2 / len(z)),
            "one-noise": lambda th, y, x, z: np.corrcoef(z, y - th * x)[0, 1] * np.sqrt(len(z)),
            "v-mean": lambda th, y, x, z: (p := (z - z.mean()) * (y - th * x)).sum() / np.linalg.norm(p),
        },
    ),
    "late-effects": formula(
        lambda tau, m: sum(effect * max(0.0, 1 - k / m) for k, effect in enumerate(tau)),
        [([-1.0, 0.5, 0.4, 0.3], 2), ([0.3, 0.2], 5), ([0.2, -0.1, 0.3, 0.05, 0.4], 3)],
        {
            "truth": lambda tau, m: sum(tau),
            "at-once": lambda tau, m: tau[0],
            "cut": lambda tau, m: sum(tau[:m]),
            "lost": lambda tau, m: sum(effect * min(1.0, k / m) for k, effect in enumerate(tau)),
            "below-0": lambda tau, m: sum(effect * (1 - k / m) for k, effect in enumerate(tau)),
            "from-1": lambda tau, m: sum(effect * max(0.0, 1 - (k + 1) / m) for k, effect in enumerate(tau)),
        },
    ),
    "inverse-propensity": formula(
        lambda c, a, r, mu, policy: (policy[c, a] / mu * r).mean(),
        _LOGS,
        {
            "no-target": lambda c, a, r, mu, policy: (r / mu).mean(),
            "axes": lambda c, a, r, mu, policy: (policy[a, c] / mu * r).mean(),
            "no-weight": lambda c, a, r, mu, policy: (policy[c, a] * r).mean(),
            "marginal": lambda c, a, r, mu, policy: (policy[c, a] / (np.bincount(a) / len(a))[a] * r).mean(),
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
            "all-cost": lambda *flow: _flow(*flow).best_depth(flow[3]),
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
            "correlations": lambda y, x, z: np.corrcoef(z, y)[0, 1] / np.corrcoef(z, x)[0, 1],
            "not-centred": lambda y, x, z: float(z @ y / (z @ x)),
        },
    ),
    "switchback-expectation": formula(
        _blocks,
        TESTS,
        {
            "truth": lambda *test: _blocks(*(*test[:5], test[6], test[6])),
            "restart": lambda *test: _blocks(*(*test, True)),
            "each-step": lambda *test: _blocks(*(*test[:5], 1, test[6])),
            "a-block": lambda *test: _blocks(*test) * test[5] / test[6],
            "after": lambda a, b, of_a, of_b, *test: _blocks(a, b, a @ of_a, b @ of_b, *test),
            "columns": lambda a, b, *test: _blocks(a.T, b.T, *test),
        },
        facts=lambda gave, right, *test: {"block": test[5], "steps": test[6], "n": len(test[0])},
    ),
    "rule-from-a-log": contest(_advised, _lacks, dict),
}
