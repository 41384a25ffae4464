"""What checks the exercises of chapter 18; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from mmbook.ch18.scenes import CHAIN
from mmlab import Market
from mmlab.learning import DecisionProcess
from mmlab.market import Exponential
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula


def _worth(x: float, y: float, bid: float, ask: float, down: float, u: float, up: float) -> float:
    return u + x * (bid + up - u) + y * (ask + down - u) - x * y * (up + down - 2 * u)


def _best_bid(below: float, here: float, above: float, p_ask: float, k: float, rate: float) -> float:
    return max(math.log(rate) / k, 1 / k - (above - here) + p_ask * (above + below - 2 * here))


def _next(mu: FloatArray, p_bid: FloatArray, p_ask: FloatArray, late: int = 0) -> FloatArray:
    """The next law; with `late`, by the chances of where one arrives."""
    up, down = np.roll(p_bid * (1 - p_ask), -late), np.roll(p_ask * (1 - p_bid), late)
    stays = mu * (1 - p_bid - p_ask + 2 * p_bid * p_ask)
    return np.asarray(stays + np.append(0, (mu * up)[:-1]) + np.append((mu * down)[1:], 0))


_LAWS = [
    (np.array([0.1, 0.2, 0.4, 0.2, 0.1]), np.array([0.4, 0.3, 0.25, 0.2, 0.0]), np.array([0.0, 0.2, 0.25, 0.3, 0.5])),
    (np.array([0.0, 0.5, 0.5]), np.array([0.6, 0.2, 0.0]), np.array([0.0, 0.1, 0.35])),
]


def _step(V: FloatArray, phi: float, A: float, k: float, dt: float, cross: float = 1, early: float = 0) -> FloatArray:
    """Values, bids and asks, (3, n); without the term of both fills, or charged before the fills."""
    q = np.arange(len(V)) - len(V) // 2.0
    charge = phi * dt * q**2
    after = V if early else V - charge
    buy, sell = np.append(np.diff(after), np.nan), np.insert(-np.diff(after), 0, np.nan)
    both, lowest, p_ask = np.nan_to_num(buy + sell), math.log(A * dt) / k, np.zeros(len(V))
    for _ in range(60):
        bid = np.maximum(lowest, 1 / k - buy + cross * p_ask * both)
        p_bid = np.nan_to_num(A * dt * np.exp(-k * bid))
        ask = np.maximum(lowest, 1 / k - sell + cross * p_bid * both)
        p_ask = np.nan_to_num(A * dt * np.exp(-k * ask))
    earned = p_bid * np.nan_to_num(bid + buy) + p_ask * np.nan_to_num(ask + sell) - cross * p_bid * p_ask * both
    return np.stack([after + earned - early * charge, bid, ask])


_VALUES = [
    (np.zeros(5), 0.2, 140.0, 1.5, 0.005),
    (-0.08 * np.arange(-3, 4.0) ** 2 + 0.1 * np.arange(-3, 4), 1.5, 100.0, 2.0, 0.008),
    (np.array([-1.0, 0.3, 0.5, 0.2, -2.5]), 0.5, 60.0, 0.8, 0.01),
]
_NOTHING = 99.0
"""Stands for NaN, no quote, where numbers are compared."""


class _Stacked(Answer):
    """An answer whose three arrays are one, with a number for NaN."""

    def __call__(self, *case: Any) -> Any:
        """Call it, and stack what it returns."""
        found = super().__call__(*case)
        return np.nan_to_num(np.array(found, float), nan=_NOTHING) if isinstance(found, tuple | list) else found


def _stacked(cross: float = 1, early: float = 0) -> Callable[..., FloatArray]:
    return lambda V, phi, A, k, dt: np.nan_to_num(_step(V, phi, A, k, dt, cross, early), nan=_NOTHING)


def _first(gave: FloatArray, right: FloatArray, *case: Any) -> Facts:
    row, n = np.unravel_index(np.abs(gave - right).argmax(), gave.shape)
    what, q = ("value", "bid", "ask")[row], n - len(right[0]) // 2
    return {"what": what, "q": q, "gave": gave[row, n], "right": right[row, n]}


_STEP = formula(
    _stacked(),
    _VALUES,
    {
        "before-fills": _stacked(early=1),
        "no-cross": _stacked(cross=0),
        "no-charge": lambda V, phi, *rest: _stacked()(V, 0.0, *rest),
    },
    facts=_first,
    otherwise=lambda gave, right, *case: "otherwise" if gave[1, -1] == gave[2, 0] == _NOTHING else "no-bounds",
)


def _slope(mu: float, U: FloatArray, bid: float, ask: float, A: float, k: float, dt: float, cross: float = 1) -> float:
    p_bid, p_ask = A * dt * np.exp(-k * np.array([bid, ask]))
    gain = bid + U[2] - U[1] - cross * p_ask * (U[2] + U[0] - 2 * U[1])
    return float(mu * p_bid * (1 - k * gain))


_PLACES = [
    (0.3, np.array([1.0, 1.2, 0.9]), 0.8, 0.6, 140.0, 1.5, 0.005),
    (0.05, np.array([-0.4, 0.1, 0.5]), 0.3, 1.1, 100.0, 2.0, 0.004),
]

UNSEEN = ((120.0, 90.0, 1.3), (90.0, 160.0, 1.9), (60.0, 110.0, 1.0))
"""The markets that nobody has met: the rates of buy and of sell orders, and their k."""
MEDALS = {"bronze": 96.45, "silver": 99.5, "gold": 99.98}
"""In percent of the best; bronze passes."""


@cache
def unseen(n: int) -> tuple[DecisionProcess, float]:
    """One of the markets, as a process, and the most that it is worth."""
    flows = tuple(Exponential(arrival_rate=rate, fill_decay=UNSEEN[n][2]) for rate in UNSEEN[n][:2])
    process = DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=flows), **CHAIN)
    return process, process.solve().value


def _learn(answer: Answer) -> Facts:
    scores = []
    for n, (process, most) in enumerate(map(unseen, range(len(UNSEEN)))):
        tape = process.market.tape(n_paths=20, n_steps=200, seed=1800 + n)
        policy = answer(tape.buy_reach, tape.sell_reach)
        depths = getattr(policy, "depths", policy)
        q, table = process.inventories, np.empty((200, 25, 2))
        for step in range(200):
            sides = depths(q.copy(), tau := 1 - step / 200) if callable(depths) else depths
            if not isinstance(sides, tuple | list | np.ndarray) or len(sides) != 2:
                raise Mistake("no-policy", n=n + 1, returned=type(sides).__name__)
            table[step] = np.stack(np.broadcast_arrays(*sides, q)[:2], axis=-1)
            missing = ~np.isfinite(table[step])
            missing[-1, 0] = missing[0, 1] = False
            for row in np.argwhere(missing)[:1, 0]:
                raise Mistake("nan-quotes", q=q[row], tau=tau, n=n + 1, bound=12)
        table[:, -1, 0] = table[:, 0, 1] = np.nan
        scores.append(100 * process.evaluate(table) / most)
    score = float(np.mean(scores))
    medal = next((name for name in reversed(MEDALS) if score > MEDALS[name]), "none")
    return {"score": score, "worst": min(scores), "n": len(scores), "medal": medal} | MEDALS


CHECKS: dict[str, Check] = {
    "value-of-two-quotes": formula(
        _worth,
        [(0.3, 0.2, 0.7, 0.9, -0.5, 1.0, 1.3), (0.6, 0.5, 0.4, 1.1, 0.2, -0.3, 0.1)],
        {
            "no-cross": lambda x, y, b, a, down, u, up: u + x * (b + up - u) + y * (a + down - u),
            "never-both": lambda x, y, b, a, *u: _worth(x, y, b, a, *u) - x * y * (b + a + u[1]),
            "bent": lambda x, y, b, a, down, u, up: _worth(x, y, b, a, down, u, up) + 2 * x * y * (up + down - 2 * u),
            "swapped": lambda x, y, b, a, *u: _worth(x, y, b, a, *u[::-1]),
        },
    ),
    "best-bid": formula(
        _best_bid,
        [(0.8, 1.0, 0.9, 0.3, 1.5, 0.7), (-0.5, 0.2, 0.1, 0.5, 2.0, 0.4), (-0.4, 0.0, 2.5, 0.2, 1.5, 0.7)],
        {
            "no-cross": lambda below, here, above, p, k, rate: _best_bid(below, here, above, 0.0, k, rate),
            "sold": lambda below, here, above, p, k, rate: _best_bid(above, here, below, p, k, rate),
            "no-floor": lambda below, here, above, p, k, rate: _best_bid(below, here, above, p, k, 1e-300),
            "valued": lambda d, h, u, p, k, r: max(math.log(r) / k, 1 / k + u - h + p * (u + d - 2 * h)),
        },
    ),
    "next-law": formula(
        _next,
        _LAWS,
        {
            "where-arrived": partial(_next, late=1),
            "alone": lambda mu, b, a: _next(mu, b, 0 * a) + _next(mu, 0 * b, a) - mu * (1 - 2 * b * a),
            "never-both": lambda mu, p_bid, p_ask: _next(mu, p_bid, p_ask) - mu * p_bid * p_ask,
            "swapped": lambda mu, p_bid, p_ask: _next(mu[::-1], p_bid[::-1], p_ask[::-1])[::-1],
        },
    ),
    "bellman-step": lambda answer: _STEP(_Stacked(answer.given, answer.takes)),
    "dampening": formula(
        lambda eta, sigma, dt: eta * sigma * np.sqrt(dt) * np.array([0.5, 1 / np.sqrt(2 * np.pi)]),
        [(0.1, 2.0, 0.005), (0.6, 1.5, 0.04), (0.6, 1.5, 0.01)],
        {
            "time": lambda eta, sigma, dt: eta * sigma * dt * np.array([0.5, 1 / np.sqrt(2 * np.pi)]),
            "both-ways": lambda eta, sigma, dt: eta * sigma * np.sqrt(dt) * np.array([1, np.sqrt(2 / np.pi)]),
            "absolute": lambda eta, sigma, dt: eta * sigma * np.sqrt(dt) * np.array([0.5, np.sqrt(2 / np.pi)]),
        },
    ),
    "riskless": formula(
        lambda A, k, T, N: math.log(A * T / N) / k * np.array([1.0, 2 * N]),
        [(140.0, 1.5, 1.0, 50), (900.0, 0.8, 0.5, 120), (30.0, 4.0, 2.0, 10)],
        {
            "one-side": lambda A, k, T, N: math.log(A * T / N) / k * np.array([1.0, N]),
            "monopoly": lambda A, k, T, N: np.array([1.0, 2 * N]) / k,
            "whole-day": lambda A, k, T, N: math.log(A * T) / k * np.array([1.0, 2 * N]),
        },
        facts=lambda gave, right, *case: {"depth": right[0], "profit": right[1]},
    ),
    "slope": formula(
        _slope,
        _PLACES,
        {
            "frozen": lambda mu, U, bid, ask, A, k, dt: mu * A * dt * np.exp(-k * bid),
            "no-cross": partial(_slope, cross=0),
            "no-mu": lambda mu, *case: _slope(1.0, *case),
            "rising": lambda mu, U, b, a, A, k, dt: 2 * mu * A * dt * np.exp(-k * b) - _slope(mu, U, b, a, A, k, dt),
        },
    ),
    "learn-a-market": contest(_learn, lambda x: None if x["score"] > MEDALS["bronze"] else "below-bronze", dict),
}
