"""What checks the exercises of chapter 17; what a verdict says is in exercises.toml."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mmbook.ch17.scenes import N_STEPS, season
from mmlab.learning import fill_before_move, kaplan_meier, logistic, sign_accuracy, smoothed_label_r_squared
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, contest, formula

WINDOW, UNSEEN, SESSIONS, BEST, PASSES = 100, 1_706, 600, 0.032877, 75.0
"""Steps that a forecast is shown; seed and sessions of the tape that nobody has met; what α itself gains on it, which
scores 100; and the score that passes."""


def _variance(zeta: float, eta: float, epsilon: float, lam: float) -> float:
    return (eta**2 + 2 * lam * epsilon**2) / (2 * zeta)


def _ceiling(h: float, sigma: float, zeta: float, *signal: float, g: float | None = None, twice: float = 2.0) -> float:
    alpha, g = _variance(zeta, *signal), (1 - math.exp(-zeta * h)) / zeta if g is None else g
    return alpha * g**2 / (sigma**2 * h + twice * alpha * (zeta * h - 1 + math.exp(-zeta * h)) / zeta**2)


def _newton(x: FloatArray, y: FloatArray, beta: FloatArray, side: int = 1, weigh: bool = True) -> FloatArray:
    chance = logistic(x @ beta)
    curvature = (x.T * (chance * (1 - chance) if weigh else 1.0)) @ x
    return np.asarray(beta + side * np.linalg.solve(curvature, x.T @ (y - chance)))


def _batch(seed: int, n: int, p: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    return x, (rng.random(n) < logistic(x[:, -1])).astype(float), rng.standard_normal(p) / 2


_TIMES, _FILLED = np.array([1, 2, 2, 3, 4.5, 5, 6, 8]), np.array([1, 0, 1, 1, 0, 1, 0, 1], dtype=bool)


def _filled_by(times: FloatArray, filled: FloatArray, by: float) -> float:
    when, rests = kaplan_meier(times, filled)
    return 1 - float(np.append(1.0, rests)[np.searchsorted(when, by, side="right")])


def _forecast(answer: Answer) -> Facts:
    played, forecast = season(SESSIONS, UNSEEN), np.zeros((N_STEPS + 1, SESSIONS))
    signs = np.subtract(played.tape.buy_reach >= 0, played.tape.sell_reach >= 0, dtype=float)
    signs = np.pad(signs, ((WINDOW, 0), (0, 0)))
    for step in range(N_STEPS):
        forecast[step] = answer.numbers(answer(signs[step : step + WINDOW]), (SESSIONS,))
    probe = answer(np.tile(np.eye(WINDOW)[:, [-1, 0]], SESSIONS // 2))  # one order, the newest or the oldest
    newest, oldest = np.abs(answer.numbers(probe, (SESSIONS,))).reshape(-1, 2).mean(axis=0)
    gain, both, squares = played.gain(forecast), (forecast * played.signal).sum(), max((forecast**2).sum(), 1e-300)
    numbers = {"gain": gain.mean(), "error": gain.std() / math.sqrt(SESSIONS), "score": 100 * gain.mean() / BEST}
    numbers |= {"correlation": both / math.sqrt(squares * (played.signal**2).sum()), "slope": both / squares}
    return numbers | {"passes": PASSES, "backwards": oldest > newest}


def _lacks(found: Facts) -> str | None:
    known, slope, ends = found["correlation"], found["slope"], {0.0: "wrong-way", 0.8: "too-large", 1.25: "not-enough"}
    if found["score"] >= PASSES or abs(known) < 0.05:
        return None if found["score"] >= PASSES else "knows-nothing"
    return "wrong-end" if found["backwards"] else next((text for end, text in ends.items() if slope < end), "too-small")


def _asked(right: Callable[..., Any], *cases: tuple[Any, ...], hidden: Any = None, **mistakes: Any) -> Check:
    return formula(right, cases, {name.replace("_", "-"): mistake for name, mistake in mistakes.items()}, hidden=hidden)


CHECKS: dict[str, Check] = {
    "variance-of-the-signal": _asked(
        _variance,
        *[(0.5, 0.001, 0.002, 0.8333), (2.0, 0.3, 0.1, 5.0), (0.7, 0.0, 0.4, 1.5)],
        one_side=lambda zeta, eta, epsilon, lam: _variance(zeta, eta, epsilon, lam / 2),
        once=lambda zeta, eta, epsilon, lam: _variance(zeta / 2, eta, epsilon, lam),
    ),
    "right-signs": _asked(
        sign_accuracy,
        *[(0.04,), (0.25,), (0.6,), (0.0,)],
        r_for_r2=lambda r2: sign_accuracy(r2**2),
        arccos=lambda r2: 1 - sign_accuracy(r2),
        no_half=lambda r2: sign_accuracy(r2) - 0.5,
    ),
    "signal-ceiling": _asked(
        _ceiling,
        *[(1.0, 0.01, 0.5, 0.001, 0.002, 0.8333), (5.0, 0.3, 0.2, 0.1, 0.05, 3.0), (0.4, 0.1, 2.0, 0.2, 0.1, 1.0)],
        no_forgetting=lambda h, *market: _ceiling(h, *market, g=h),
        no_integral=lambda *case: _ceiling(*case, twice=0.0),
        still_to_come=lambda *case: (noise_alone := _ceiling(*case, twice=0.0)) / (1 + noise_alone),
        factor_two=lambda *case: _ceiling(*case, twice=1.0),
        one_side=lambda *case: _ceiling(*case[:-1], case[-1] / 2),
    ),
    "newton-step": _asked(
        _newton,
        *[_batch(1, 40, 2), _batch(2, 60, 3), _batch(3, 30, 1)],
        uphill=lambda x, y, beta: _newton(x, y, beta, side=-1),
        slope_alone=lambda x, y, beta: beta + x.T @ (y - logistic(x @ beta)),
        no_weights=lambda x, y, beta: _newton(x, y, beta, weigh=False),
        step_alone=lambda x, y, beta: _newton(x, y, beta) - beta,
    ),
    "coin-accuracy": _asked(
        lambda k: sign_accuracy(smoothed_label_r_squared(k)),
        *[(10,), (2,), (25,)],
        without_now=lambda k: 0.75,
        past_return=lambda k: sign_accuracy(smoothed_label_r_squared(k, "return")),
        r_for_r2=lambda k: sign_accuracy(smoothed_label_r_squared(k) ** 2),
        share=smoothed_label_r_squared,
        over_the_future=lambda k: sign_accuracy((r2 := smoothed_label_r_squared(k)) / (1 - r2)),
        fair=lambda k: 0.5,
    ),
    "fill-chance": _asked(
        fill_before_move,
        *[(2, 0.4, 0.1, 0.2), (0, 0.5, 0.3, 0.1), (7, 0.3, 0.05, 0.4)],
        ahead_only=lambda n, mu, theta, nu: fill_before_move(n, mu, theta, nu) * (mu + nu) / mu,
        all_at_once=lambda n, mu, theta, nu: (mu + n * theta) / (mu + n * theta + nu),
        own_place=lambda n, mu, *rates: fill_before_move(n + 1, mu, *rates) * (mu + rates[1]) / mu,
        nobody_cancels=lambda n, mu, theta, nu: fill_before_move(n, mu, 0.0, nu),
    ),
    "censored-fills": _asked(
        _filled_by,
        *[(_TIMES, _FILLED, 5.0), (_TIMES, ~_FILLED, 6.0), (_TIMES[::-1].copy(), _FILLED, 4.0)],
        # No two fills at once, of which the exercise does not speak.
        hidden=lambda random: [(random.permutation(8) / 2 + 1, _FILLED, by) for by in (2.2, 3.2, 4.2)],
        survival=lambda times, filled, by: 1 - _filled_by(times, filled, by),
        of_all=lambda times, filled, by: np.mean(filled & (times <= by)),
        thrown_away=lambda times, filled, by: np.mean(times[filled] <= by),
        cancelled_away=lambda times, filled, by: (filled & (times <= by)).sum() / (filled | (times > by)).sum(),
        ties=lambda times, filled, by: _filled_by(times - 1e-9 * ~filled, filled, by),
    ),
    "hidden-forecast": contest(_forecast, _lacks, dict),
}
