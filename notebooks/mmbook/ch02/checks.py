"""What checks the exercises of chapter 02 that are formulas; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mmbook.ch02.simulation_checks import beat_the_model, simulation_loop
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.parameters import FloatArray
from mmlab.teach.checks import Check, Facts, formula


def _around(middle: float, spread: float) -> tuple[float, float]:
    return middle - spread / 2, middle + spread / 2


def _reward(g: float, k: float) -> float:
    """(2/γ) ln(1 + γ/k) [price]."""
    return 2 * liquidity_half_spread(g, k)


def _quotes(s: float, q: float, t: float, g: float, v: float, k: float) -> tuple[float, float]:
    """Bid and ask by eqs. 29 and 30."""
    return _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k))


def _off(gave: FloatArray, right: FloatArray, *_: float) -> Facts:
    (bid, ask), (right_bid, right_ask) = gave, right
    return {"middle": (bid + ask - right_bid - right_ask) / 2, "spread": ask - bid - right_ask + right_bid}


CLIP, SESSION = 100.0, 390.0
"""Shares, and minutes."""


def _in_clips_and_sessions(quotes: Callable[..., tuple[float, float]]) -> Callable[..., tuple[float, float]]:
    """The same quotes of a desk that counts shares and minutes."""
    return lambda s, shares, minutes, *x: quotes(s, shares / CLIP, minutes / SESSION, *x)


BY_HAND = {
    name: _in_clips_and_sessions(mistake)
    for name, mistake in {
        "shares-as-clips": lambda s, q, *x: _quotes(s, q * CLIP, *x),
        "minutes-as-sessions": lambda s, q, t, *x: _quotes(s, q, t * SESSION, *x),
        "both-units": lambda s, q, t, *x: _quotes(s, q * CLIP, t * SESSION, *x),
        "time-passed": lambda s, q, t, *x: _quotes(s, q, 1 - t, *x),
        "other-way": lambda s, q, t, g, v, k: _quotes(s, -q, t, g, v, k),
        "no-time-in-price": lambda s, q, t, g, v, k: _around(s - q * g * v**2, g * v**2 * t + _reward(g, k)),
        "no-time-in-spread": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 + _reward(g, k)),
        "no-time": lambda s, q, t, g, v, k: _quotes(s, q, 1.0, g, v, k),
        "whole-spread": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, 2 * (g * v**2 * t + _reward(g, k))),
        "half-reward": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k) / 2),
        "spread-of-q": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, abs(q) * g * v**2 * t + _reward(g, k)),
        "no-risk": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, _reward(g, k)),
        "no-reward": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t),
        "around-mid": lambda s, q, t, g, v, k: _around(s, g * v**2 * t + _reward(g, k)),
        "base-ten": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k) / math.log(10)),
        "depths": lambda s, *x: (s - _quotes(s, *x)[0], _quotes(s, *x)[1] - s),
    }.items()
}
by_hand = formula(
    _in_clips_and_sessions(_quotes),
    [(100.0, 300.0, 292.5, 0.1, 2.0, 1.5), (50.0, -400.0, 156.0, 0.5, 1.0, 2.0), (20.0, 0.0, 97.5, 1.0, 0.7, 5.0)],
    BY_HAND,
    facts=_off,
)

neutral_spread = formula(
    lambda k: 2 / k,
    [(1.5,), (0.5,), (4.0,)],
    {"upside-down": lambda k: 2 * k, "half-upside-down": lambda k: k},
    facts=lambda gave, right, k: {"k": k},
)


def _probability(depth: FloatArray, rate: float, decay: float, dt: float) -> FloatArray:
    """min(1, λ(δ)Δt), for numbers and arrays."""
    return np.minimum(1.0, rate * np.exp(-decay * depth) * dt)


def _worst(gave: FloatArray, right: FloatArray, depth: FloatArray, rate: float, decay: float, dt: float) -> Facts:
    i = int(np.argmax(np.abs(gave - right)))
    there = {"depth": np.ravel(depth)[i], "worst": np.ravel(gave)[i], "there": np.ravel(right)[i]}
    return {**there, "arrival_rate": rate, "fill_decay": decay, "time_step": dt}


fill_probability = formula(
    _probability,
    [
        (np.array([0.0, 0.5, 2.0]), 140.0, 1.5, 0.005),
        (np.array([-3.0, -0.5, 1.0]), 140.0, 1.5, 0.005),
        (np.array(1.0), 20.0, 0.5, 0.1),
        (np.array([[0.2], [0.4]]), 50.0, 3.0, 0.01),
    ],
    {
        "above-one": lambda d, a, k, dt: a * np.exp(-k * d) * dt,
        "raindrops": lambda d, a, k, dt: -np.expm1(-a * np.exp(-k * d) * dt),
        "no-step": lambda d, a, k, dt: np.minimum(1, a * np.exp(-k * d)),
        "rate": lambda d, a, k, dt: a * np.exp(-k * d),
        "rises": lambda d, a, k, dt: _probability(-d, a, k, dt),
    },
    facts=_worst,
)

frozen_inventory = formula(
    lambda s, q, t, g, v: 2 * s - 2 * (q + 1) * g * v**2 * t,
    [(100.0, 3.0, 0.75, 0.1, 2.0), (50.0, -4.0, 0.5, 0.5, 3.0), (20.0, 0.0, 0.25, 1.0, 0.7)],
    {
        "twice-the-first": lambda s, q, t, g, v: 2 * s - (2 * q + 1) * g * v**2 * t,
        "one-clip": lambda s, q, t, g, v: s - (q + 0.5) * g * v**2 * t,
        "sell": lambda s, q, t, g, v: 2 * s - 2 * (q - 1) * g * v**2 * t,
        "other-way": lambda s, q, t, g, v: 2 * s + 2 * (q - 1) * g * v**2 * t,
        "no-half": lambda s, q, t, g, v: 2 * s - 4 * (q + 1) * g * v**2 * t,
    },
)


def _rate(depth: float, k: float, a: float) -> float:
    """λ(δ) [1/time]."""
    return a * math.exp(-k * depth)


best_depth = formula(
    lambda c, g, k, a: _rate(c + liquidity_half_spread(g, k), k, a),
    [(0.4, 0.1, 1.5, 140.0), (-0.3, 1.0, 2.0, 20.0), (0.0, 0.5, 0.3, 1.0)],
    {
        "depth": lambda c, g, k, a: c + liquidity_half_spread(g, k),
        "both-sides": lambda c, g, k, a: _rate(c + _reward(g, k), k, a),
        "no-cost": lambda c, g, k, a: _rate(liquidity_half_spread(g, k), k, a),
        "neutral": lambda c, g, k, a: _rate(c + 1 / k, k, a),
        "base-ten": lambda c, g, k, a: _rate(c + math.log10(1 + g / k) / g, k, a),
        "other-ratio": lambda c, g, k, a: _rate(c + math.log(1 + k / g) / g, k, a),
    },
)

curvature = formula(
    lambda t, g, v: -g * v**2 * t,
    [(0.75, 0.1, 2.0), (0.5, 1.0, 0.7), (0.25, 0.5, 3.0)],
    {"no-time": lambda t, g, v: -g * v**2},
)

CHECKS: dict[str, Check] = {
    "as-frozen-inventory": frozen_inventory,
    "as-best-depth": best_depth,
    "as-curvature": curvature,
    "as-by-hand": by_hand,
    "neutral-spread": neutral_spread,
    "fill-probability": fill_probability,
    "simulation-loop": simulation_loop,
    "beat-the-model": beat_the_model,
}
