"""Chapter 05: its questions, its exercises, its explorers' numbers, and what its prose claims."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from mmbook.ch05 import CarteaJaimungalExplorer, CarteaJaimungalSignalExplorer
from mmbook.ch05.scenes import PENALTIES, objective, signal_market

from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Quotes, simulate
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

BLIND = CarteaJaimungal.for_market(signal_market(), **PENALTIES)
WARY = replace(BLIND, jump=0.004)
SEES = CarteaJaimungalSignal.for_market(signal_market(), **PENALTIES)


def three(phi, alpha, lam, kappa, tau, *, beside=1 / np.e, scale=1.0, end=True):
    """h of three inventories, or with a usual mistake."""
    q = np.array([-1, 0, 1])
    rates, vectors = np.linalg.eigh(
        np.diag(-phi * kappa * q**2 / scale) + lam * beside * (np.eye(3, k=1) + np.eye(3, k=-1))
    )
    return np.log(vectors @ (np.exp(rates * tau) * (vectors.T @ np.exp(-alpha * kappa * q**2 * end)))) / kappa


def around(model, push=1.0, floor=0.0):
    """Quotes around where the signal takes the mid."""

    def strategy(mid_price, inventory, time_left, signal):
        drift = push * signal * (1 - np.exp(-0.5 * time_left)) / 0.5
        bid, ask = model.depths(inventory, time_left)
        return Quotes.around(mid_price, np.maximum(bid - drift, floor), np.maximum(ask + drift, floor))

    return strategy


RIGHT = [
    ("cj-at-the-close", lambda q, k, a: (1 / k + a * (2 * q + 1), 1 / k - a * (2 * q - 1))),
    ("cj-matrix", three),
    ("cj-phi-of-gamma", lambda g, s: 0.5 * g * s**2),
    ("cj-breakeven-jump", lambda k: 1 / k),
    ("cj-breakeven-jump", 0.01),
    ("cj-use-the-signal", around(WARY)),
    ("cj-use-the-signal", lambda mid, q, tau, signal: SEES.quotes(mid, q, tau, signal)),
]
WRONG = [
    ("cj-at-the-close", lambda q, k, a: (1 / k - a * (2 * q - 1), 1 / k + a * (2 * q + 1)), "wrong order"),
    ("cj-at-the-close", lambda q, k, a: (1 / k + 2 * a * q, 1 / k - 2 * a * q), "linear in q alone"),
    ("cj-at-the-close", lambda q, k, a: (a * (2 * q + 1), -a * (2 * q - 1)), "1/κ is missing"),
    ("cj-at-the-close", lambda q, k, a: (1 / k + a * (q + 0.5), 1 / k - a * (q - 0.5)), "half of it"),
    ("cj-at-the-close", lambda q, k, a: (2 / k, 1 / k), "gave (0.02, 0.01); at τ = 0 it is (0.015, 0.007)"),
    ("cj-matrix", lambda *x: three(*x, beside=1), "λe⁻¹, not λ"),
    ("cj-matrix", lambda p, a, lam, k, t: three(p, a, lam, k, t, scale=k), "the κ is missing"),
    ("cj-matrix", lambda p, a, lam, k, t: k * three(p, a, lam, k, t), "Divide by κ"),
    ("cj-matrix", lambda p, a, lam, k, t: np.exp(k * three(p, a, lam, k, t)), "that is ω"),
    ("cj-matrix", lambda *x: three(*x, end=False), "α is not used"),
    ("cj-matrix", lambda *x: three(*x) * 1.1, "it should be"),
    ("cj-matrix", lambda *x: three(*x)[:2], "it must have shape (3,)"),
    ("cj-phi-of-gamma", lambda g, s: g * s**2, "the half is missing"),
    ("cj-phi-of-gamma", lambda g, s: g * s / 2, "not squared"),
    ("cj-phi-of-gamma", lambda g, s: g, "another unit"),
    ("cj-phi-of-gamma", lambda g, s: g**2 * s, "would quote differently"),
    ("cj-phi-of-gamma", lambda g, s: -g * s**2 / 2, "the sign is the other one"),
    ("cj-breakeven-jump", 1.0, "a hundred times"),
    ("cj-breakeven-jump", lambda k: 2 / k, "the whole spread"),
    ("cj-breakeven-jump", 100, "which is 1/price"),
    ("cj-breakeven-jump", lambda k: 0.5 / k, "loses all of ε"),
    ("cj-breakeven-jump", lambda k: 3 / k, "at κ = 100 you have 0.03"),
    (
        "cj-use-the-signal",
        lambda mid, q, tau, signal: BLIND.quotes(mid, q, tau),
        "you score 0.0788, the blind model 0.0788",
    ),
    ("cj-use-the-signal", around(BLIND, push=-1.0), "the one that sees the signal 0.08"),
    ("cj-use-the-signal", lambda mid, q, tau, signal: (mid - 1, mid + 1), "returned tuple; return `Quotes.around"),
    ("cj-use-the-signal", lambda mid, q, tau, signal: Quotes.at(mid - 0.01, mid + 0.01), "5 either way are allowed"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("lean-towards-the-close", "0.0065 from the mid, at the close 0.0097.*from 0.0065 to −0.0020"),
        ("mean-reversion-pulls-inventory", "from 0.0288 to 0.0257.*0.0063 below the mid, comes to 0.0061.*0.0057"),
        ("blind-to-the-signal", "promises 0.1114 and earns 0.078"),
    ]
)


@pytest.mark.parametrize("kind", [CarteaJaimungalExplorer, CarteaJaimungalSignalExplorer])
def test_the_shown_code_gives_the_readouts_numbers_to_their_last_digit(kind):
    """Prices here are cents: the common test's tolerance would let anything pass."""
    shown = kind()
    for preset in kind.presets:
        shown.choose(preset)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(shown.code(), {})
        numbers = [float(x) for x in re.findall(r"-?\d+\.\d+", shown.words.replace("−", "-"))]
        for value in map(float, printed.getvalue().split()):
            assert any(abs(value - x) <= 0.00501 if abs(x) > 1 else abs(value - x) <= 5.1e-5 for x in numbers), (
                value,
                numbers,
            )


def test_moving_the_state_solves_nothing_again():
    shown = CarteaJaimungalSignalExplorer()
    dealer = shown.answer(shown.values).dealer
    shown.set(inventory=-2, time_left=3.0, signal=-0.004)
    assert shown.answer(shown.values).dealer is dealer


def test_who_is_wary_of_orders_gets_part_of_what_seeing_the_signal_brings():
    tape = signal_market().tape(n_paths=2000, n_steps=200, seed=3)
    blind, wary, sees = (objective(simulate(dealer, tape)) for dealer in (BLIND, WARY, SEES))
    error = (wary - blind).std() / np.sqrt(tape.n_paths)
    assert (wary - blind).mean() > 3 * error
    assert (sees - wary).mean() > 3 * error


def test_the_signals_own_noise_hardly_widens_the_quotes_and_what_orders_push_does():
    still = replace(SEES, signal_volatility=0, signal_jump=0)
    quiet, noisy, pushed = (
        float(sum(model.depths(0, 15, 0)))
        for model in (still, replace(still, signal_volatility=0.002), replace(still, signal_jump=0.002))
    )
    assert pushed - quiet > 10 * abs(noisy - quiet)
