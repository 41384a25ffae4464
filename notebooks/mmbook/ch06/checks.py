"""How chapter 06 judges answers: against exact numbers of the market, with the usual mistakes known by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch06.wrong_beliefs import belief_costs, believer
from mmlab.market import Exponential, Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia
from mmlab.parameters import ParameterError
from mmlab.simulation import exact_moments
from mmlab.teach.answers import Answer, NotYet

MARKET = Market.avellaneda_stoikov_2008()
GAMMA = 0.1


def paired_error(answer: Answer) -> str:
    """On two correlated samples, where the formula for independent ones is far off."""
    rng = np.random.default_rng(6)
    for n, together in ((400, 3.0), (100, 1.0)):
        common = together * rng.standard_normal(n)
        first, second = common + rng.standard_normal(n), common + 0.5 * rng.standard_normal(n)
        given = float(answer.numbers(answer(first, second), ()))
        difference = first - second
        mistakes = {
            "those of two strategies on different days. These are the same days": np.hypot(first.std(), second.std())
            / np.sqrt(n),
            "the deviation of one day's difference. You want that of the mean over all days": difference.std(),
            "the variance of the mean. Take its root": difference.var() / n,
            "the mean difference itself, without its error": difference.mean(),
        }
        right = difference.std() / np.sqrt(n)
        if abs(given / right - 1) < 1.5 / n:  # whether the deviation divides by n or by n − 1
            continue
        for mistake, value in mistakes.items():
            if abs(given - value) < 0.01 * abs(value):
                raise NotYet(f"{given:.4f} for {n} days is {mistake}.")
        raise NotYet(f"for {n} days your error is {given:.4f}; it is {right:.4f}.")
    return "the days that both had in common drop out of the difference, and out of its error."


def same_risk(answer: Answer) -> str:
    """The γ, by the deviation that it gives."""
    gamma = float(answer.numbers(answer.given, ()))
    if not 0 < gamma < 10:
        raise NotYet(f"γ must be above 0, and below 10 here; yours is {gamma:g}.")
    theirs = exact_moments(
        GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=GAMMA, max_inventory=20), MARKET
    )
    ours, equal = (exact_moments(AvellanedaStoikov.for_market(MARKET, risk_aversion=g), MARKET) for g in (gamma, GAMMA))
    if abs(ours.sd - theirs.sd) > 0.005:
        raise NotYet(
            f"at γ = {gamma:g} Avellaneda–Stoikov deviates by {ours.sd:.3f}; Guéant's model at 0.1 by {theirs.sd:.3f}."
        )
    return (
        f"at γ = {gamma:.4g} both deviate by {theirs.sd:.2f}. They earn {ours.mean:.2f} and {theirs.mean:.2f}: "
        f"{theirs.mean - ours.mean:.2f} apart at the same risk, and {theirs.mean - equal.mean:.2f} at the same γ."
    )


def cost_of_a_belief(answer: Answer) -> str:
    """On the truth and three errors."""
    right = exact_moments(believer(GAMMA), MARKET)
    worth = right.certainty_equivalent(GAMMA)
    for sigma, k, rate in ((2.0, 1.5, 140.0), (4.0, 1.5, 140.0), (2.0, 3.0, 140.0), (1.0, 0.75, 280.0)):
        belief = {"volatility": sigma, "fill_decay": k, "arrival_rate": rate}
        given = float(answer.numbers(answer(sigma, k, rate), ()))
        (cost,) = belief_costs(GAMMA, [belief])
        if abs(given - cost) < 1e-3:
            continue
        flow = Exponential(arrival_rate=rate, fill_decay=k)
        imagined = Market.avellaneda_stoikov_2008(volatility=sigma, intensity=flow)
        wrong = believer(GAMMA, **belief)
        mistakes = {
            "reckoned in a market of those beliefs. The market stays what it is": (
                worth - exact_moments(wrong, imagined).certainty_equivalent(GAMMA)
            ),
            "the certainty equivalent itself. What does it lack of the right dealer's?": worth - cost,
            "a gain: the sign is turned. It is the right dealer less the wrong one": -cost,
            "the difference of the means. A certainty equivalent charges for risk": (
                right.mean - exact_moments(wrong, MARKET).mean
            ),
        }
        for mistake, value in mistakes.items():
            if abs(given - value) < 1e-3:
                raise NotYet(f"{answer.running} gives {given:.3f}, which is {mistake}.")
        raise NotYet(f"{answer.running} gives {given:.4f}; that belief costs {cost:.4f} a day.")
    return "half of k costs more than fifty times as much as half of σ. You know which of the two to estimate first."


def two_wrongs(answer: Answer) -> str:
    """The belief in A, by the quotes that it gives with σ = 4."""
    rate = float(answer.numbers(answer.given, ()))
    if rate <= 0:
        raise NotYet(f"A must be above 0; yours is {rate:g}.")
    right, ours = believer(GAMMA), believer(GAMMA, volatility=4.0, arrival_rate=rate)
    if abs(ours.skew / right.skew - 1) > 0.001:
        raise NotYet(f"with σ = 4 and A = {rate:g} the lean is {ours.skew:.4f} a clip; right is {right.skew:.4f}.")
    return "the quotes are the right ones at every inventory, from two wrong numbers. No profit will ever tell."


BUDGET, BUDGET_STEPS, WANTED = 6.0, 1000, 51.0


@lru_cache(maxsize=1)
def budget_market() -> Market:
    """The market of the open exercise: every order moves the mid by 0.1."""
    return Market.avellaneda_stoikov_2008(jump=(0.1, 0.1))


def risk_budget(answer: Answer) -> str:
    """The most mean with a deviation of at most 6 where orders move the mid."""
    model: Any = answer.given
    if not hasattr(model, "depths"):
        raise NotYet("the answer is a model, or anything else with `depths(inventory, time_left)`.")
    try:
        day = exact_moments(model, budget_market(), n_steps=BUDGET_STEPS)
    except Exception as error:
        # What exact_moments could not compute with is the answer's own error, and that is what helps.
        failed = error.__cause__ if isinstance(error.__cause__, ArithmeticError | LookupError) else error
        if isinstance(failed, ParameterError):
            raise
        raise NotYet(f"your depths raised {type(failed).__name__}: {failed}") from error
    said = f"a day earns {day.mean:.2f} ± {day.sd:.2f}"
    if day.sd > BUDGET:
        raise NotYet(f"{said}, which is over the budget of {BUDGET:g}.")
    if day.mean < WANTED:
        raise NotYet(f"{said}: within the budget. But {WANTED:g} can be had for it; Avellaneda–Stoikov gets to 48.")
    return f"{said}, within the budget of {BUDGET:g}. Your score is the mean; the best that we found has 52.74."
