"""What checks the exercises of chapter 17; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mmbook.ch17.scenes import MARKET, N_STEPS, Season, season
from mmlab.learning import fill_before_move, kaplan_meier, logistic
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, contest, formula

WINDOW, UNSEEN, SESSIONS, PASSES = 100, 1_706, 600, 75.0
"""Steps that a forecast is shown, the seed of the tape that nobody has met, its sessions, and the score that passes."""


def _variance(zeta: float, eta: float, epsilon: float, lam: float) -> float:
    return (eta**2 + 2 * lam * epsilon**2) / (2 * zeta)


def _moved(h: float, zeta: float) -> float:
    """The variance of α added up over h, over that of α."""
    return 2 * (zeta * h - 1 + math.exp(-zeta * h)) / zeta**2


def _ceiling(h: float, sigma: float, zeta: float, eta: float, epsilon: float, lam: float) -> float:
    alpha, g = _variance(zeta, eta, epsilon, lam), (1 - math.exp(-zeta * h)) / zeta
    return alpha * g**2 / (sigma**2 * h + alpha * _moved(h, zeta))


def _sum_of_squares(k: int) -> float:
    return k * (k + 1) * (2 * k + 1) / 6


def _sign(r: float) -> float:
    return 0.5 + math.asin(r) / math.pi


def _coin(k: int) -> float:
    past = _sum_of_squares(k - 1)
    return _sign(math.sqrt(past / (past + _sum_of_squares(k))))


def _plain_return(k: int) -> float:
    return _sign(sum(range(k)) / math.sqrt(k * (_sum_of_squares(k - 1) + _sum_of_squares(k))))


def _newton(x: FloatArray, y: FloatArray, beta: FloatArray, side: int = 1) -> FloatArray:
    chance = logistic(x @ beta)
    curvature = (x.T * (chance * (1 - chance))) @ x
    return np.asarray(beta + side * np.linalg.solve(curvature, x.T @ (y - chance)))


def _batch(seed: int, n: int, p: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    return x, (rng.random(n) < logistic(x[:, -1])).astype(float), rng.standard_normal(p) / 2


def _stages(n: int, mu: float, theta: float, nu: float, first: int = 0) -> float:
    return math.prod((mu + j * theta) / (mu + j * theta + nu) for j in range(first, n + 1))


_TIMES = np.array([1.0, 2.0, 2.0, 3.0, 4.5, 5.0, 6.0, 8.0])
_FILLED = np.array([True, False, True, True, False, True, False, True])


def _km(times: FloatArray, filled: FloatArray, by: float) -> float:
    when, rests = kaplan_meier(times, filled)
    return 1 - float(np.append(1.0, rests)[np.searchsorted(when, by, side="right")])


@lru_cache(maxsize=1)
def unseen() -> tuple[Season, float, FloatArray]:
    """The tape of exercise 5, what α itself gains there, and what came in each step: +1, −1, 0, `WINDOW` zeros first."""
    played = season(SESSIONS, UNSEEN)
    sign = np.subtract(played.tape.buy_reach >= 0, played.tape.sell_reach >= 0, dtype=float)
    signal = played.tape.signal
    assert signal is not None
    return played, float(played.gain(signal).mean()), np.vstack([np.zeros((WINDOW, SESSIONS)), sign])


def _forecast(answer: Answer) -> Facts:
    played, best, signs = unseen()
    signal = np.zeros((N_STEPS + 1, SESSIONS))
    for step in range(N_STEPS):
        signal[step] = answer.numbers(answer(signs[step : step + WINDOW]), (SESSIONS,))
    gain, truth = played.gain(signal), played.tape.signal
    assert truth is not None
    size = float((signal * truth).sum() / max((signal**2).sum(), 1e-300))
    error = gain.std() / math.sqrt(SESSIONS)
    return {"gain": gain.mean(), "error": error, "score": 100 * gain.mean() / best, "slope": size, "passes": PASSES}


def _lacks(found: Facts) -> str | None:
    if found["score"] >= PASSES:
        return None
    ends = {-0.02: "wrong-way", 0.02: "knows-nothing", 0.8: "too-large", 1.25: "not-enough"}
    return next((text for end, text in ends.items() if found["slope"] < end), "too-small")


CHECKS: dict[str, Check] = {
    "variance-of-the-signal": formula(
        _variance,
        [(0.5, 0.001, 0.002, 0.8333), (2.0, 0.3, 0.1, 5.0), (0.7, 0.0, 0.4, 1.5)],
        {
            "one-side": lambda zeta, eta, epsilon, lam: _variance(zeta, eta, epsilon, lam / 2),
            "once": lambda zeta, eta, epsilon, lam: (eta**2 + 2 * lam * epsilon**2) / zeta,
            "noise-alone": lambda zeta, eta, epsilon, lam: _variance(zeta, eta, 0.0, lam),
            "orders-alone": lambda zeta, eta, epsilon, lam: _variance(zeta, 0.0, epsilon, lam),
        },
    ),
    "right-signs": formula(
        lambda r2: _sign(math.sqrt(r2)),
        [(0.04,), (0.25,), (0.6,), (0.0,)],
        {
            "r-for-r2": _sign,
            "arccos": lambda r2: math.acos(math.sqrt(r2)) / math.pi,
            "line": lambda r2: (1 + math.sqrt(r2)) / 2,
            "both-sides": lambda r2: 0.5 + math.asin(math.sqrt(r2)) / (2 * math.pi),
        },
    ),
    "signal-ceiling": formula(
        _ceiling,
        [(1.0, 0.01, 0.5, 0.001, 0.002, 0.8333), (5.0, 0.3, 0.2, 0.1, 0.05, 3.0), (0.4, 0.0, 2.0, 0.2, 0.1, 1.0)],
        {
            "no-forgetting": lambda h, s, z, n, e, m: (
                _variance(z, n, e, m) * h**2 / (s**2 * h + _variance(z, n, e, m) * _moved(h, z))
            ),
            "no-integral": lambda h, s, z, n, e, m: (
                _variance(z, n, e, m) * ((1 - math.exp(-z * h)) / z) ** 2 / (s**2 * h) if s else 1.0
            ),
            "known-part-only": lambda h, s, z, n, e, m: (
                (known := _variance(z, n, e, m) * ((1 - math.exp(-z * h)) / z) ** 2) / (s**2 * h + known)
            ),
            "one-side": lambda h, s, z, n, e, m: _ceiling(h, s, z, n, e, m / 2),
            "root": lambda *case: math.sqrt(_ceiling(*case)),
        },
    ),
    "newton-step": formula(
        _newton,
        [_batch(1, 40, 2), _batch(2, 60, 3), _batch(3, 30, 1)],
        {
            "downhill": lambda x, y, beta: _newton(x, y, beta, -1),
            "slope-alone": lambda x, y, beta: beta + x.T @ (y - logistic(x @ beta)),
            "no-weights": lambda x, y, beta: beta + np.linalg.solve(x.T @ x, x.T @ (y - logistic(x @ beta))),
            "step-alone": lambda x, y, beta: _newton(x, y, beta) - beta,
            "log-odds": lambda x, y, beta: beta + np.linalg.solve(x.T @ x, x.T @ (y - x @ beta)),
        },
    ),
    "coin-accuracy": formula(
        _coin,
        [(10,), (2,), (25,)],
        {
            "without-now": lambda k: 0.75,
            "return": _plain_return,
            "r-for-r2": lambda k: _sign(_sum_of_squares(k - 1) / (_sum_of_squares(k - 1) + _sum_of_squares(k))),
            "fair": lambda k: 0.5,
            "r2": lambda k: _sum_of_squares(k - 1) / (_sum_of_squares(k - 1) + _sum_of_squares(k)),
        },
    ),
    "fill-chance": formula(
        fill_before_move,
        [(2, 0.4, 0.1, 0.2), (0, 0.5, 0.3, 0.1), (7, 0.3, 0.05, 0.4)],
        {
            "ahead-only": lambda n, mu, theta, nu: _stages(n, mu, theta, nu, first=1),
            "all-at-once": lambda n, mu, theta, nu: (mu + n * theta) / (mu + n * theta + nu),
            "nobody-cancels": lambda n, mu, theta, nu: _stages(n, mu, 0.0, nu),
            "i-cancel": lambda n, mu, theta, nu: _stages(n, mu + theta, theta, nu),
            "one-short": lambda n, mu, theta, nu: _stages(n - 1, mu, theta, nu),
        },
    ),
    "censored-fills": formula(
        _km,
        [(_TIMES, _FILLED, 5.0), (_TIMES, ~_FILLED, 6.0), (_TIMES[::-1].copy(), _FILLED, 4.0)],
        {
            "survival": lambda t, filled, by: 1 - _km(t, filled, by),
            "of-all": lambda t, filled, by: np.mean(filled & (t <= by)),
            "thrown-away": lambda t, filled, by: np.mean(t[filled] <= by),
            "cancelled-stay": lambda t, filled, by: (
                1 - math.prod(1 - 1 / (np.sum(filled & (t >= s)) + np.sum(~filled)) for s in t[filled & (t <= by)])
            ),
            "gone-before": lambda t, filled, by: (
                1 - math.prod(1 - 1 / max(np.sum(t > s), 1) for s in t[filled & (t <= by)])
            ),
        },
    ),
    "hidden-forecast": contest(_forecast, _lacks, dict),
}
