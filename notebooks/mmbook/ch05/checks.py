"""How chapter 05 judges an answer: formulas on inputs that tell the usual mistakes apart, a strategy on a tape."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from mmlab.market import Exponential, Market, Signal, Tape
from mmlab.models import CarteaJaimungal, CarteaJaimungalSignal
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import History, simulate
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.formulas import Formula, name_mistake, values_at

PENALTIES = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)


def signal_market() -> Market:
    """The chapter's market with a signal: time in seconds; σ = 0, as it is in no quote and in a sample only noise."""
    return Market(
        mid_price=100,
        volatility=0,
        horizon=20,
        intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
        fill_rule="linear",
        signal=Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002),
    )


def objective(history: History) -> FloatArray:
    """X_T + q_T (S_T − α q_T) − φ Σ q² Δt of every path [price · clip], with the chapter's φ and α."""
    held = history.inventory[1:]
    running = (held**2 * np.diff(history.time)[:, np.newaxis]).sum(axis=0)
    penalties = PENALTIES["terminal_penalty"] * held[-1] ** 2 + PENALTIES["running_penalty"] * running
    return np.asarray(history.pnl - penalties)


def _same(given: Any, wanted: Any) -> bool:
    return np.allclose(given, wanted, rtol=1e-5, atol=1e-12)


CLOSE_INPUTS = ((2.0, 100.0, 1e-3), (-1.0, 50.0, 1e-4), (0.0, 1.5, 0.1))
CLOSE_MISTAKES: dict[str, Formula] = {
    "bid and ask are in the wrong order, or the lean has the wrong sign: long, the ask is the nearer one": (
        lambda q, k, a: (1 / k - a * (2 * q - 1), 1 / k + a * (2 * q + 1))
    ),
    "the lean is −α(2q ∓ 1), from αq² − α(q ∓ 1)²; yours is linear in q alone, 2αq": (
        lambda q, k, a: (1 / k + 2 * a * q, 1 / k - 2 * a * q)
    ),
    "1/κ is missing: what a quote asks for the chance to trade": (lambda q, k, a: (a * (2 * q + 1), -a * (2 * q - 1))),
    "those are the differences of αq², half of it or another multiple": (
        lambda q, k, a: (1 / k + a * (q + 0.5), 1 / k - a * (q - 0.5))
    ),
}


def _at_the_close(q: float, k: float, a: float) -> tuple[float, float]:
    return 1 / k + a * (2 * q + 1), 1 / k - a * (2 * q - 1)


def at_the_close(answer: Answer) -> str:
    """δ⁻ = 1/κ + α(2q + 1), δ⁺ = 1/κ − α(2q − 1)."""
    given = [answer.numbers(answer(*point), (2,), "(bid_depth, ask_depth)") for point in CLOSE_INPUTS]
    name_mistake(answer, given, CLOSE_INPUTS, CLOSE_MISTAKES, _at_the_close)
    for (q, k, a), (bid, ask) in zip(CLOSE_INPUTS, given, strict=True):
        right = _at_the_close(q, k, a)
        if not _same((bid, ask), right):
            answer(q, k, a)
            raise NotYet(
                f"{answer.running} gave ({bid:.6g}, {ask:.6g}); at τ = 0 it is ({right[0]:.6g}, {right[1]:.6g})."
            )
    return "at the close only α speaks; φ has no time left to cost anything."


MATRIX_INPUTS = ((1e-4, 1e-4, 1.0, 100.0, 30.0), (0.02, 0.1, 3.0, 1.5, 0.4), (0.0, 0.05, 10.0, 2.0, 1.0))


def _matrix_value(phi: float, alpha: float, lam: float, kappa: float, tau: float, penalty: float = 1.0) -> FloatArray:
    """h of q = −1, 0, 1 by the eigenvectors of the symmetric 3×3 matrix."""
    q = np.array([-1.0, 0.0, 1.0])
    matrix = np.diag(-penalty * phi * kappa * q**2) + lam / math.e * (np.eye(3, k=1) + np.eye(3, k=-1))
    rates, vectors = np.linalg.eigh(matrix)
    omega = vectors @ (np.exp(rates * tau) * (vectors.T @ np.exp(-alpha * kappa * q**2)))
    return np.asarray(np.log(omega) / kappa)


MATRIX_MISTAKES: dict[str, Formula] = {
    "beside the diagonal stands λe⁻¹, not λ": lambda p, a, lam, k, t: _matrix_value(p, a, math.e * lam, k, t),
    "the diagonal is −φκq²; the κ is missing": lambda p, a, lam, k, t: _matrix_value(p, a, lam, k, t, penalty=1 / k),
    "that is κh = ln ω. Divide by κ": lambda p, a, lam, k, t: k * _matrix_value(p, a, lam, k, t),
    "that is ω. The value is h = ln(ω)/κ": lambda p, a, lam, k, t: np.exp(k * _matrix_value(p, a, lam, k, t)),
    "the end is e^{−ακq²}, not 1: α is not used": lambda p, a, lam, k, t: _matrix_value(p, 0.0, lam, k, t),
}


def matrix_form(answer: Answer) -> str:
    """H = ln(e^{Aτ} z)/κ at q = −1, 0, 1."""
    given = [answer.numbers(answer(*point), (3,), "h of q = −1, 0, 1") for point in MATRIX_INPUTS]
    name_mistake(answer, given, MATRIX_INPUTS, MATRIX_MISTAKES, _matrix_value)
    for point, h in zip(MATRIX_INPUTS, given, strict=True):
        right = _matrix_value(*point)
        if not _same(h, right):
            answer(*point)
            raise NotYet(
                f"{answer.running} gave {np.array2string(h, precision=6)}; it should be "
                f"{np.array2string(right, precision=6)}. The middle row of A is λe⁻¹, 0, λe⁻¹."
            )
    return f"three numbers and one matrix: h(0) = {given[0][1]:.6f} with half a minute to go, and so for any q̄."


def equivalent_penalty(answer: Answer) -> str:
    """φ = ½γσ²."""
    points = ((0.1, 2.0), (0.5, 0.3), (2.0, 1.5))
    given = [answer.numbers(answer(*point), (), "φ") for point in points]
    wrong: dict[str, Formula] = {
        "the half is missing: the variance of q clips in dt is σ²q²dt, and mean − (γ/2) · variance takes half of γ": (
            lambda g, s: g * s**2
        ),
        "σ is not squared: φ pays for a variance": lambda g, s: g * s / 2,
        "γ itself has another unit: φ is price/(clip · time), and σ² brings price²/time": lambda g, s: g,
    }
    name_mistake(answer, given, points, wrong, lambda g, s: g * s**2 / 2)
    for (g, s), phi in zip(points, given, strict=True):
        if not _same(phi, g * s**2 / 2):
            answer(g, s)
            raise NotYet(f"{answer.running} gave {phi:.6g}; with it the two models would quote differently.")
    return "φ = ½γσ²: so much of mean − (γ/2) · variance is paid for each unit of time and clip²."


def breakeven_jump(answer: Answer) -> str:
    """ε = 1/κ."""
    points, given = values_at(answer, ((100.0,), (1.5,), (20.0,)), "ε")
    wrong: dict[str, Formula] = {
        "2/κ is the whole spread. One order hits one quote and moves the mid once": lambda k: 2 / k,
        "that is κ, which is 1/price": lambda k: k,
        "half of 1/κ: the fill earns 1/κ and loses all of ε": lambda k: 0.5 / k,
    }
    name_mistake(answer, given, points, wrong, lambda k: 1 / k)
    for (k,), jump in zip(points, given, strict=True):
        if not math.isclose(jump, 1 / k, rel_tol=1e-3):
            raise NotYet(f"at κ = {k:g} you have {jump:.5g}. What is left of 1/κ once the order has moved the mid?")
    return "at ε = 1/κ every fill gives back what it earned. Who knows of ε still earns, from quotes at 2/κ."


@lru_cache(maxsize=1)
def contest() -> tuple[Tape, FloatArray, FloatArray]:
    """The tape that open answers are scored on, and there the scores of the blind model and of the one that sees."""
    market = signal_market()
    tape = market.tape(n_paths=2000, n_steps=200, seed=20150601)
    blind, sees = (kind.for_market(market, **PENALTIES) for kind in (CarteaJaimungal, CarteaJaimungalSignal))
    return tape, objective(simulate(blind, tape)), objective(simulate(sees, tape))


def use_the_signal(answer: Answer) -> str:
    """A higher objective than the blind model's on the same tape, by more than chance explains."""
    answer(np.full(1, 100.0), np.zeros(1), 20.0, np.zeros(1))  # if it does not run, nothing else needs to
    tape, blind, sees = contest()

    def strategy(mid_price: FloatArray, inventory: FloatArray, time_left: float, signal: FloatArray) -> Quotes:
        quotes = answer(mid_price, inventory, time_left, signal)
        if not isinstance(quotes, Quotes):
            returned = type(quotes).__name__
            raise NotYet(
                f"{answer.running} returned {returned}; return `Quotes.around(mid_price, bid_depth, ask_depth)`."
            )
        return quotes

    history = simulate(strategy, tape)
    if np.abs(history.inventory).max() > PENALTIES["max_inventory"]:
        raise NotYet(
            f"a path holds {np.abs(history.inventory).max():.0f} clips; 5 either way are allowed. A depth of NaN is no "
            "quote, and the depths of `CarteaJaimungal` have it where it is due."
        )
    mine = objective(history)
    ahead, error = float((mine - blind).mean()), float((mine - blind).std()) / math.sqrt(tape.n_paths)
    said = (
        f"you score {mine.mean():.4f}, the blind model {blind.mean():.4f}, the one that sees the signal "
        f"{sees.mean():.4f}; the score is the mean of profit − αq² − φ∫q²dt"
    )
    if ahead <= 0:
        raise NotYet(f"{said}.")
    if ahead <= 2 * error:
        raise NotYet(f"{said}. You are ahead by {ahead:.4f}, within the noise of {2 * error:.4f} on 2,000 days.")
    share = ahead / float((sees - blind).mean())
    return f"{said}. You are ahead by {ahead / error:.0f} standard errors and have {share:.0%} of what can be had."
