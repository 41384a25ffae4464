"""What checks the exercises of chapter 06, by exact numbers of its market; what a verdict says is in exercises.toml."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch06.scenes import GAMMA, TRUE, belief_costs, believer
from mmlab.market import Exponential, Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import ExactMoments, exact_moments
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

rare_loss = formula(
    lambda m, p, loss, g: m - np.log1p(p * np.expm1(g * loss)) / g,
    [(65.0, 0.01, 60.0, 0.1), (10.0, 0.2, 5.0, 0.5), (0.0, 0.05, 3.0, 1.0)],
    {
        "score": lambda m, p, loss, g: m - p * loss - g / 2 * p * (1 - p) * loss**2,
        "mean": lambda m, p, loss, g: m - p * loss,
        "gain": lambda m, p, loss, g: m - np.log1p(p * np.expm1(-g * loss)) / g,
        "not-divided": lambda m, p, loss, g: m - np.log1p(p * np.expm1(g * loss)),
        "base-ten": lambda m, p, loss, g: m - np.log10(1 + p * np.expm1(g * loss)) / g,
        "no-quiet-day": lambda m, p, loss, g: m - np.log(p * np.exp(g * loss)) / g,
    },
)

paired_days = formula(
    lambda a, b, r: (a**2 + b**2) / (a**2 + b**2 - 2 * r * a * b),
    [(7.0, 7.0, 0.9), (3.0, 5.0, 0.5), (2.0, 1.0, -0.4)],
    {
        "errors": lambda a, b, r: np.sqrt((a**2 + b**2) / (a**2 + b**2 - 2 * r * a * b)),
        "no-two": lambda a, b, r: (a**2 + b**2) / (a**2 + b**2 - r * a * b),
        "no-deviations": lambda a, b, r: (a**2 + b**2) / (a**2 + b**2 - 2 * r),
        "upside-down": lambda a, b, r: (a**2 + b**2 - 2 * r * a * b) / (a**2 + b**2),
        "equal-only": lambda a, b, r: 1 / (1 - r),
    },
)

frontier_choice = formula(
    lambda c, g: np.cbrt(c / g),
    [(40.0, 0.1), (5.0, 1.0), (100.0, 0.03)],
    {
        "no-deviation": lambda c, g: np.sqrt(c / g),
        "no-half": lambda c, g: np.cbrt(c / (2 * g)),
        "half-left": lambda c, g: np.cbrt(2 * c / g),
        "first-power": lambda c, g: c / g,
    },
)


def _fills(error: float, apart: float, k: float) -> float:
    """In all: 1/n₁ + 1/n₂ is the variance of a logarithm of their ratio."""
    return float((2 + 2 * np.cosh(k * apart)) / (apart * error) ** 2)


fills_needed = formula(
    _fills,
    [(0.1, 0.5, 1.5), (0.05, 1.0, 1.0), (0.2, 0.25, 3.0)],
    {
        "relative": lambda e, d, k: _fills(e * k, d, k),
        "even": lambda e, d, k: 4 / (d * e) ** 2,
        "not-apart": lambda e, d, k: _fills(e, d, k) * d**2,
        "one-depth": lambda e, d, k: _fills(e, d, k) / (1 + np.exp(-k * d)),
        "reach-seen": lambda e, d, k: (k / e) ** 2,
    },
    tolerance=1e-2,  # a whole number of fills is as good
    facts=lambda gave, right, error, apart, k: {"near": 1 / (1 + np.exp(-k * apart))},
)


def _same_days() -> list[tuple[FloatArray, FloatArray]]:
    """Profits of two strategies on the same days, for which the formula for independent ones is far off."""
    rng, samples = np.random.default_rng(6), []
    for n_days, together in ((400, 3.0), (100, 1.0)):
        common = together * rng.standard_normal(n_days)
        samples.append((common + rng.standard_normal(n_days), common + 0.5 * rng.standard_normal(n_days)))
    return samples


paired_error = formula(
    lambda first, second: (first - second).std() / np.sqrt(len(first)),
    _same_days(),
    {
        "unpaired": lambda first, second: np.hypot(first.std(), second.std()) / np.sqrt(len(first)),
        "of-one-day": lambda first, second: (first - second).std(),
        "variance": lambda first, second: (first - second).var() / len(first),
        "mean": lambda first, second: (first - second).mean(),
    },
    tolerance=4e-3,  # whether the deviation divides by n or by n − 1
    facts=lambda gave, right, first, second: {"n_days": len(first), "call": ""},
)


def _day(gamma: float) -> ExactMoments:
    """Avellaneda–Stoikov's."""
    return exact_moments(AvellanedaStoikov.for_market(TRUE, risk_aversion=gamma), TRUE)


@lru_cache(maxsize=1)
def _gueants_day() -> ExactMoments:
    model = GueantLehalleFernandezTapia.for_market(TRUE, risk_aversion=GAMMA, max_inventory=20)
    return exact_moments(model, TRUE)


@lru_cache(maxsize=1)
def _gamma_of_same_risk() -> float:
    """Where Avellaneda–Stoikov's deviation, which falls with γ, is Guéant's at `GAMMA`."""
    low, high = 0.01, GAMMA
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if _day(middle).sd > _gueants_day().sd else (low, middle)
    return low


def _at_gamma(gave: float, right: float) -> Facts:
    if not 0 < gave < 10:
        return {}
    ours, theirs = _day(gave), _gueants_day()
    facts = {"sd": ours.sd, "their_sd": theirs.sd, "mean": ours.mean, "their_mean": theirs.mean}
    return facts | {"same_risk": theirs.mean - ours.mean, "same_gamma": theirs.mean - _day(GAMMA).mean}


same_risk = formula(
    _gamma_of_same_risk,
    tolerance=2.5e-3,
    facts=_at_gamma,
    otherwise=lambda gave, right: "otherwise" if 0 < gave < 10 else "out-of-range",
)


def _cost(sigma: float, k: float, rate: float) -> float:
    return float(belief_costs(GAMMA, [_belief(sigma, k, rate)])[0])


def _belief(sigma: float, k: float, rate: float) -> dict[str, float]:
    return {"volatility": sigma, "fill_decay": k, "arrival_rate": rate}


def _worth(market: Market, **believed: float) -> float:
    return exact_moments(believer(GAMMA, **believed), market).certainty_equivalent(GAMMA)


def _in_a_market_of_beliefs(sigma: float, k: float, rate: float) -> float:
    flow = Exponential(arrival_rate=rate, fill_decay=k)
    imagined = Market.avellaneda_stoikov_2008(volatility=sigma, intensity=flow)
    return _worth(TRUE) - _worth(imagined, **_belief(sigma, k, rate))


def _difference_of_means(*belief: float) -> float:
    right, wrong = believer(GAMMA), believer(GAMMA, **_belief(*belief))
    return exact_moments(right, TRUE).mean - exact_moments(wrong, TRUE).mean


cost_of_a_belief = formula(
    _cost,
    [(4.0, 1.5, 140.0), (2.0, 3.0, 140.0), (1.0, 0.75, 280.0)],
    {
        "their-market": _in_a_market_of_beliefs,
        "equivalent": lambda *belief: _worth(TRUE, **_belief(*belief)),
        "means": _difference_of_means,
    },
    tolerance=1e-3,
)


def _skew(rate: float) -> float:
    """A clip's [price], of who believes in this A and in twice the true σ."""
    return believer(GAMMA, volatility=4.0, arrival_rate=rate).skew if rate > 0 else np.nan


two_wrongs = formula(
    lambda: 4 * 140.0,  # the skew holds σ²/A
    facts=lambda gave, right: {"skew": _skew(gave), "right_skew": believer(GAMMA).skew},
    otherwise=lambda gave, right: "otherwise" if gave > 0 else "not-positive",
)

BUDGET, PASSES = 6.0, 51.0
"""The largest deviation, and the mean that will do [price · clip]."""


def _budgeted_day(answer: Answer) -> ExactMoments:
    """A day of the model where every order moves the mid by 0.1."""
    model: Any = answer.given
    if not hasattr(model, "depths"):
        raise Mistake("no-depths")
    try:
        return exact_moments(model, Market.avellaneda_stoikov_2008(jump=(0.1, 0.1)), n_steps=1000)
    except ParameterError as error:
        # What exact_moments could not compute with is the answer's own error, and that is what helps.
        raise error.__cause__ if isinstance(error.__cause__, ArithmeticError | LookupError) else error from None


risk_budget = contest(
    _budgeted_day,
    lambda day: "over" if day.sd > BUDGET else "more-to-earn" if day.mean < PASSES else None,
    lambda day: {"mean": day.mean, "sd": day.sd, "budget": BUDGET, "passes": PASSES},
)

CHECKS: dict[str, Check] = {
    "ce-rare-loss": rare_loss,
    "paired-days": paired_days,
    "frontier-choice": frontier_choice,
    "fills-needed": fills_needed,
    "paired-error": paired_error,
    "same-risk": same_risk,
    "cost-of-a-belief": cost_of_a_belief,
    "two-wrongs": two_wrongs,
    "risk-budget": risk_budget,
}
