"""What checks the exercises of chapter 05: four formulas, and a strategy on a tape."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mmbook.ch05.scenes import PENALTIES, objective, signal_market
from mmlab.market import Tape
from mmlab.models import CarteaJaimungal, CarteaJaimungalSignal
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula, lead, no_lead, quoted

at_the_close = formula(
    lambda q, k, a: (1 / k + a * (2 * q + 1), 1 / k - a * (2 * q - 1)),
    [(2.0, 100.0, 1e-3), (-1.0, 50.0, 1e-4), (0.0, 1.5, 0.1)],
    {
        "linear": lambda q, k, a: (1 / k + 2 * a * q, 1 / k - 2 * a * q),
        "no-reward": lambda q, k, a: (a * (2 * q + 1), -a * (2 * q - 1)),
        "multiple": lambda q, k, a: (1 / k + a * (q + 0.5), 1 / k - a * (q - 0.5)),
    },
)


def _value(phi: float, alpha: float, lam: float, kappa: float, tau: float) -> FloatArray:
    """The model's h of q = −1, 0, 1 [price · clip]."""
    model = CarteaJaimungal(
        running_penalty=phi, terminal_penalty=alpha, arrival_rate=lam, fill_decay=kappa, horizon=tau, max_inventory=1
    )
    return model.value([-1, 0, 1], tau)


matrix_form = formula(
    _value,
    [(1e-4, 1e-4, 1.0, 100.0, 30.0), (0.02, 0.1, 3.0, 1.5, 0.4), (0.0, 0.05, 10.0, 2.0, 1.0)],
    {
        "rate-undivided": lambda phi, alpha, lam, *x: _value(phi, alpha, math.e * lam, *x),
        "diagonal-without-kappa": lambda phi, alpha, lam, kappa, tau: _value(phi / kappa, alpha, lam, kappa, tau),
        "logarithm": lambda phi, alpha, lam, kappa, tau: kappa * _value(phi, alpha, lam, kappa, tau),
        "omega": lambda phi, alpha, lam, kappa, tau: np.exp(kappa * _value(phi, alpha, lam, kappa, tau)),
        "end-of-one": lambda phi, alpha, *x: _value(phi, 0.0, *x),
    },
    tolerance=1e-5,
)

equivalent_penalty = formula(
    lambda gamma, sigma: gamma * sigma**2 / 2,
    [(0.1, 2.0), (0.5, 0.3), (2.0, 1.5)],
    {"gamma": lambda gamma, sigma: gamma},
)

breakeven_jump = formula(
    lambda kappa: 1 / kappa,
    [(100.0,), (1.5,), (20.0,)],
    {"upside-down": lambda kappa: kappa},
    tolerance=1e-3,
    facts=lambda gave, right, kappa: {"kappa": kappa},
)


@lru_cache(maxsize=1)
def the_tape() -> tuple[Tape, FloatArray, FloatArray]:
    """The tape that open answers are scored on, and there the scores of the blind model and of the one that sees."""
    market = signal_market()
    tape = market.tape(n_paths=2000, n_steps=200, seed=20150601)
    blind, sees = (kind.for_market(market, **PENALTIES) for kind in (CarteaJaimungal, CarteaJaimungalSignal))
    return tape, objective(simulate(blind, tape)), objective(simulate(sees, tape))


def _scores(answer: Answer) -> Facts:
    """The mean objective of an answer, of the blind model and of the one that sees, on one tape [price · clip]."""
    answer(np.full(1, 100.0), np.zeros(1), 20.0, np.zeros(1))  # if it does not run, nothing else needs to
    tape, blind, sees = the_tape()

    def strategy(mid_price: FloatArray, inventory: FloatArray, time_left: float, signal: FloatArray) -> Quotes:
        return quoted(answer, mid_price, inventory, time_left, signal)

    history = simulate(strategy, tape)
    held = np.abs(history.inventory).max()
    if held > PENALTIES["max_inventory"]:
        raise Mistake("too-many-clips", held=held)
    score = objective(history)
    ahead, error = float((score - blind).mean()), float((score - blind).std()) / math.sqrt(tape.n_paths)
    scores = {"score": score.mean(), "blind": blind.mean(), "sees": sees.mean()}
    return {**scores, **lead(ahead, error), "share": ahead / (sees - blind).mean()}


use_the_signal = contest(_scores, no_lead, dict)

CHECKS: dict[str, Check] = {
    "cj-at-the-close": at_the_close,
    "cj-matrix": matrix_form,
    "cj-phi-of-gamma": equivalent_penalty,
    "cj-breakeven-jump": breakeven_jump,
    "cj-use-the-signal": use_the_signal,
}
