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

from mmlab import (
    CarteaJaimungal,
    CarteaJaimungalSignal,
    Exponential,
    Market,
    Quotes,
    Symmetric,
    exact_moments,
    simulate,
)
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


def best(lam, kappa, loss, gain=1.0):
    """The best depth, and what it adds per unit of time, times a usual mistake."""
    return 1 / kappa + loss, gain * lam / kappa * np.exp(-1 - kappa * loss)


RIGHT = [
    ("cj-at-the-close", lambda q, k, a: (1 / k + a * (2 * q + 1), 1 / k - a * (2 * q - 1))),
    ("cj-matrix", three),
    ("cj-phi-of-gamma", lambda g, s: 0.5 * g * s**2),
    ("cj-breakeven-jump", lambda k: 1 / k),
    ("cj-breakeven-jump", 0.0125),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: lam * np.exp(-k * d) * (d + more - now)),
    ("cj-best-side", lambda lam, k, now, less: (1 / k + now - less, lam / k * np.exp(-1 - k * (now - less)))),
    ("cj-ask-from-omega", lambda k, w, less: 1 / k + np.log(w) / k - np.log(less) / k),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: (q + 1) * (100 - e) - (100 - d) - q * 100 + more - now),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu * (1 - np.exp(-zeta * tau)) / zeta),
    ("cj-cents-and-minutes", lambda phi, alpha, lam, k: (phi * 100 * 60, alpha * 100, lam * 60, k / 100)),
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
    ("cj-breakeven-jump", 1.25, "a hundred times"),
    ("cj-breakeven-jump", lambda k: 2 / k, "the whole spread"),
    ("cj-breakeven-jump", 80, "which is 1/price"),
    ("cj-breakeven-jump", lambda k: 0.5 / k, "loses all of ε"),
    ("cj-breakeven-jump", lambda k: 3 / k, "at κ = 80 you have 0.0375"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: lam * np.exp(-k * d) * (d + now - more), "has the other sign"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: lam * (d + more - now), "only the fraction"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: d + more - now, "How many of them"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: np.exp(-k * d) * (d + more - now), "per order that comes"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: lam * np.exp(-k * d) * d, "changes the inventory"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: lam * np.exp(k * d) * (d + more - now), "in the exponent"),
    ("cj-gain-of-a-bid", lambda d, lam, k, now, more: 1.0, "it should be 0.00331314"),
    ("cj-best-side", lambda lam, k, now, less: best(lam, k, less - now), "has the other sign"),
    ("cj-best-side", lambda lam, k, now, less: best(lam, k, now - less, gain=np.e), "an e is lost"),
    ("cj-best-side", lambda lam, k, now, less: best(lam, k, now - less, gain=k), "which is 1/κ"),
    (
        "cj-best-side",
        lambda lam, k, now, less: best(lam, k, now - less, gain=1 + k * (now - less)),
        "not all of δ",
    ),
    ("cj-best-side", lambda lam, k, now, less: best(lam, k, 0), "takes from h is missing"),
    ("cj-best-side", lambda lam, k, now, less: (1.0, 1.0), "it should be (0.011, 0.00332871)"),
    ("cj-ask-from-omega", lambda k, w, less: (1 + np.log(less / w)) / k, "upside down"),
    ("cj-ask-from-omega", lambda k, w, less: 1 / k + np.log(w / less), "divided by κ too"),
    ("cj-ask-from-omega", lambda k, w, less: np.log(w / less) / k, "1/κ is missing"),
    ("cj-ask-from-omega", lambda k, w, less: (1 + np.log10(w / less)) / k, "base 10"),
    ("cj-ask-from-omega", lambda k, w, less: 1 / k + w / less, "logarithm of ω"),
    ("cj-ask-from-omega", lambda k, w, less: 1.0, "it should be 0.0122314"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: d - e + more - now, "that were there lose"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: d - q * e + more - now, "just bought loses"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: d + (q - 1) * e + more - now, "a buy order takes the ask"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: d + (q + 1) * e + more - now, "moves the mid down"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: d - (q + 1) * e + now - more, "afterwards"),
    ("cj-change-at-a-buy", lambda q, d, e, now, more: 1.0, "it should be −0.009"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu / zeta, "how far in the end"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu * tau, "never forgot"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu * np.exp(-zeta * tau), "what the signal is after"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu * (1 - np.exp(-zeta * tau)), "a time is missing"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: mu * (np.exp(zeta * tau) - 1) / zeta, "does not grow"),
    ("cj-takes-the-mid", lambda mu, tau, zeta: 1.0, "it should be 0.0183583"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (100 * p, 100 * a, lam, k / 100), "seconds are still seconds"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (100 * p, 100 * a, 60 * lam, k / 100), "sixty times a second's"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (100 / 60 * p, 100 * a, lam / 60, k / 100), "more orders than"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (6000 * p, 100 * a, 60 * lam, 100 * k), "takes fewer orders"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (60 * p, a, 60 * lam, k), "dollars are still dollars"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (6e5 * p, 1e4 * a, 60 * lam, k / 100), "in price once"),
    ("cj-cents-and-minutes", lambda p, a, lam, k: (1.0, 1.0, 1.0, 1.0), "look up the unit"),
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
        ("volatility-and-charges", "0.0065 from the mid at every volatility.*from 0.083 to 0.148"),
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
    gain, its_error = (sees - blind).mean(), (sees - blind).std() / np.sqrt(tape.n_paths)
    assert gain > 8 * its_error
    assert BLIND.value(0, 20) - blind.mean() > 20 * its_error
    assert 0.1 < (wary - blind).mean() / gain < 0.45


def test_omega_solves_the_linear_equation():
    model = CarteaJaimungal(
        running_penalty=1e-4, terminal_penalty=1e-4, arrival_rate=1, fill_decay=100, horizon=30, max_inventory=3
    )
    q = np.arange(-3, 4)
    matrix = np.diag(-1e-4 * 100 * q**2) + (np.eye(7, k=1) + np.eye(7, k=-1)) / np.e
    before, omega, after = (np.exp(100 * model.value(q, tau)) for tau in (4.999, 5, 5.001))
    np.testing.assert_allclose((after - before) / 0.002, matrix @ omega, rtol=1e-6)


def test_what_ignorance_of_the_jump_costs_without_penalties_and_far_bounds():
    """The exercise's proof: a fraction (1 − κε) e^{κε} is left, in a market of short steps."""
    jump, kappa = 0.005, 100
    flow = Exponential(arrival_rate=1, fill_decay=kappa)
    market = Market(mid_price=100, volatility=0.01, horizon=0.03, intensity=flow, jump=(jump, jump), fill_rule="linear")
    knows, ignores = (
        exact_moments(Symmetric(half_spread=depth), market, n_steps=300).mean for depth in (1 / kappa + jump, 1 / kappa)
    )
    assert ignores / knows == pytest.approx((1 - kappa * jump) * np.exp(kappa * jump), abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "task", "state", "nearly"),
    [
        (CarteaJaimungalExplorer, "skews as much", {"terminal_penalty": 9e-4}, {"terminal_penalty": 1e-3}),
        (CarteaJaimungalExplorer, "halve what", {"jump": 0.0088}, {"jump": 0.004}),
        (CarteaJaimungalSignalExplorer, "least signal", {"signal": 0.0086}, {"signal": 0.009}),
        (CarteaJaimungalSignalExplorer, "centres", {"inventory": 3, "signal": 0.0038}, {"inventory": 3}),
    ],
)
def test_a_task_is_done_where_it_says_and_not_beside(kind, task, state, nearly):
    shown = kind()
    (words,) = [words for words in shown.tasks if task in words]
    for values, done in (({}, "Task"), (nearly, "Task"), (state, "✔ Done")):
        shown.set(**values)
        assert f"{done}: {words}" in shown.words


def test_the_signals_own_noise_hardly_widens_the_quotes_and_what_orders_push_does():
    still = replace(SEES, signal_volatility=0, signal_jump=0)
    quiet, noisy, pushed = (
        float(sum(model.depths(0, 15, 0)))
        for model in (still, replace(still, signal_volatility=0.002), replace(still, signal_jump=0.002))
    )
    assert pushed - quiet > 10 * abs(noisy - quiet)
