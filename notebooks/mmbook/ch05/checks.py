"""What checks the steps and exercises of chapter 05: formulas, and a strategy on a tape."""

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
    [(80.0,), (100.0,), (1.5,)],
    {"upside-down": lambda kappa: kappa},
    tolerance=1e-3,
    facts=lambda gave, right, kappa: {"kappa": kappa},
)

gain_of_a_bid = formula(
    lambda depth, lam, kappa, now, more: lam * math.exp(-kappa * depth) * (depth + more - now),
    [(0.012, 1.0, 100.0, 0.2, 0.199), (0.5, 3.0, 1.5, -0.4, -0.1), (0.02, 0.8, 40.0, 0.1, 0.13)],
    {
        "other-way": lambda depth, lam, kappa, now, more: lam * math.exp(-kappa * depth) * (depth + now - more),
        "surely": lambda depth, lam, kappa, now, more: lam * (depth + more - now),
        "one-fill": lambda depth, lam, kappa, now, more: depth + more - now,
        "chance": lambda depth, lam, kappa, now, more: math.exp(-kappa * depth) * (depth + more - now),
        "cash-alone": lambda depth, lam, kappa, now, more: lam * math.exp(-kappa * depth) * depth,
        "rises": lambda depth, lam, kappa, now, more: lam * math.exp(kappa * depth) * (depth + more - now),
    },
)


def _best(loss: float, lam: float, kappa: float) -> tuple[float, float]:
    """The best depth of a side whose trade takes `loss` from h, and what that side earns there per unit of time."""
    return 1 / kappa + loss, lam / kappa * math.exp(-1 - kappa * loss)


best_side = formula(
    lambda lam, kappa, now, less: _best(now - less, lam, kappa),
    [(1.0, 100.0, 0.2, 0.199), (3.0, 1.5, -0.4, -0.1), (0.8, 40.0, 0.1, 0.13)],
    {
        "other-way": lambda lam, kappa, now, less: _best(less - now, lam, kappa),
        "no-e": lambda lam, kappa, now, less: (1 / kappa + now - less, lam / kappa * math.exp(-kappa * (now - less))),
        "rate-alone": lambda lam, kappa, now, less: (1 / kappa + now - less, lam * math.exp(-1 - kappa * (now - less))),
        "whole-depth": lambda lam, kappa, now, less: (
            1 / kappa + now - less,
            lam * math.exp(-1 - kappa * (now - less)) * (1 / kappa + now - less),
        ),
        "no-value": lambda lam, kappa, now, less: _best(0.0, lam, kappa),
    },
)

ask_from_omega = formula(
    lambda kappa, omega, less: (1 + math.log(omega / less)) / kappa,
    [(100.0, 5.0e8, 4.0e8), (1.5, 0.7, 1.1), (40.0, 55.0, 50.0)],
    {
        "upside-down": lambda kappa, omega, less: (1 + math.log(less / omega)) / kappa,
        "no-kappa": lambda kappa, omega, less: 1 / kappa + math.log(omega / less),
        "no-reward": lambda kappa, omega, less: math.log(omega / less) / kappa,
        "base-ten": lambda kappa, omega, less: (1 + math.log10(omega / less)) / kappa,
        "no-logarithm": lambda kappa, omega, less: 1 / kappa + omega / less,
    },
)

change_at_a_buy = formula(
    lambda q, depth, jump, now, more: depth - (q + 1) * jump + more - now,
    [(3.0, 0.012, 0.005, 0.2, 0.199), (-2.0, 0.5, 0.1, -0.4, -0.1), (0.0, 0.02, 0.004, 0.1, 0.13)],
    {
        "new-clip-alone": lambda q, depth, jump, now, more: depth - jump + more - now,
        "old-clips-alone": lambda q, depth, jump, now, more: depth - q * jump + more - now,
        "sale": lambda q, depth, jump, now, more: depth + (q - 1) * jump + more - now,
        "up": lambda q, depth, jump, now, more: depth + (q + 1) * jump + more - now,
        "h-other-way": lambda q, depth, jump, now, more: depth - (q + 1) * jump + now - more,
    },
)

takes_the_mid = formula(
    lambda mu, tau, zeta: -mu * math.expm1(-zeta * tau) / zeta,
    [(0.01, 5.0, 0.5), (-0.004, 1.0, 2.0), (0.3, 0.7, 0.25)],
    {
        "forever": lambda mu, tau, zeta: mu / zeta,
        "never-forgets": lambda mu, tau, zeta: mu * tau,
        "what-is-left": lambda mu, tau, zeta: mu * math.exp(-zeta * tau),
        "no-division": lambda mu, tau, zeta: -mu * math.expm1(-zeta * tau),
        "grows": lambda mu, tau, zeta: mu * math.expm1(zeta * tau) / zeta,
    },
)

cents_and_minutes = formula(
    lambda phi, alpha, lam, kappa: (6000 * phi, 100 * alpha, 60 * lam, kappa / 100),
    [(1e-4, 1e-3, 1.0, 100.0), (0.02, 0.3, 0.5, 40.0)],
    {
        "no-clock": lambda phi, alpha, lam, kappa: (100 * phi, 100 * alpha, lam, kappa / 100),
        "phi-no-clock": lambda phi, alpha, lam, kappa: (100 * phi, 100 * alpha, 60 * lam, kappa / 100),
        "clock-other-way": lambda phi, alpha, lam, kappa: (phi * 100 / 60, 100 * alpha, lam / 60, kappa / 100),
        "kappa-other-way": lambda phi, alpha, lam, kappa: (6000 * phi, 100 * alpha, 60 * lam, 100 * kappa),
        "no-cents": lambda phi, alpha, lam, kappa: (60 * phi, alpha, 60 * lam, kappa),
        "squared": lambda phi, alpha, lam, kappa: (600_000 * phi, 10_000 * alpha, 60 * lam, kappa / 100),
    },
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
    "cj-gain-of-a-bid": gain_of_a_bid,
    "cj-best-side": best_side,
    "cj-ask-from-omega": ask_from_omega,
    "cj-change-at-a-buy": change_at_a_buy,
    "cj-takes-the-mid": takes_the_mid,
    "cj-at-the-close": at_the_close,
    "cj-matrix": matrix_form,
    "cj-phi-of-gamma": equivalent_penalty,
    "cj-breakeven-jump": breakeven_jump,
    "cj-use-the-signal": use_the_signal,
    "cj-cents-and-minutes": cents_and_minutes,
}
