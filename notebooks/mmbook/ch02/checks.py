"""How chapter 02 judges an answer that is a formula: on inputs that tell the usual mistakes apart, by name."""

from __future__ import annotations

import math

import numpy as np

from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.formulas import Formula, name_mistake, values_at

QUOTE_INPUTS = ((100.0, 3.0, 0.75, 0.1, 2.0, 1.5), (50.0, -4.0, 0.5, 0.5, 1.0, 2.0), (20.0, 0.0, 0.25, 1.0, 0.7, 5.0))


def _around(middle: float, spread: float) -> tuple[float, float]:
    return middle - spread / 2, middle + spread / 2


def _reward(g: float, k: float) -> float:
    """(2/γ) ln(1 + γ/k) [price]."""
    return 2 * liquidity_half_spread(g, k)


def _right_quotes(s: float, q: float, t: float, g: float, v: float, k: float) -> tuple[float, float]:
    return _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k))


QUOTE_MISTAKES: dict[str, Formula] = {
    "the reservation price moves the wrong way. A dealer who is long wants to sell, so it lies below the mid": (
        lambda s, q, t, g, v, k: _around(s + q * g * v**2 * t, g * v**2 * t + _reward(g, k))
    ),
    "σ is not squared": lambda s, q, t, g, v, k: _around(s - q * g * v * t, g * v * t + _reward(g, k)),
    "τ is forgotten in the reservation price": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2, g * v**2 * t + _reward(g, k))
    ),
    "τ is forgotten in the spread": (lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 + _reward(g, k))),
    "τ is forgotten, in the reservation price and in the spread": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2, g * v**2 + _reward(g, k))
    ),
    "each quote is a whole spread from the reservation price. Half of it belongs to each side": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, 2 * (g * v**2 * t + _reward(g, k)))
    ),
    "(2/γ) ln(1 + γ/k) has become half of that. Eq. 30 is the spread, both sides together": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k) / 2)
    ),
    "the spread depends on q. Inventory moves the middle of the quotes and not their width": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, abs(q) * g * v**2 * t + _reward(g, k))
    ),
    "the spread lacks its risk term γσ²τ": lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, _reward(g, k)),
    "the spread lacks (2/γ) ln(1 + γ/k), what a quote asks for the chance to trade": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t)
    ),
    "the quotes stand around the mid. They stand around the reservation price": (
        lambda s, q, t, g, v, k: _around(s, g * v**2 * t + _reward(g, k))
    ),
    "the logarithm has base 10. The formula's is the natural one, np.log": (
        lambda s, q, t, g, v, k: _around(s - q * g * v**2 * t, g * v**2 * t + _reward(g, k) / math.log(10))
    ),
    "bid and ask are in the wrong order": lambda *x: _right_quotes(*x)[::-1],
    "these are the depths. The answer is the two prices": (
        lambda s, *x: (s - _right_quotes(s, *x)[0], _right_quotes(s, *x)[1] - s)
    ),
}


def by_hand(answer: Answer) -> str:
    """Bid and ask by eqs. 29 and 30."""
    given = [answer.numbers(answer(*point), (2,), "(bid, ask)") for point in QUOTE_INPUTS]
    name_mistake(answer, given, QUOTE_INPUTS, QUOTE_MISTAKES, _right_quotes)
    for point, (bid, ask) in zip(QUOTE_INPUTS, given, strict=True):
        right_bid, right_ask = _right_quotes(*point)
        if not np.allclose((bid, ask), (right_bid, right_ask), rtol=0, atol=1e-6):
            answer(*point)
            raise NotYet(
                f"{answer.running} gave a bid of {bid:.6g} and an ask of {ask:.6g}: the middle is off by "
                f"{(bid + ask - right_bid - right_ask) / 2:+.4f} and the spread by "
                f"{(ask - bid - right_ask + right_bid):+.4f}."
            )
    bid, ask = given[0]
    return f"long 3 clips with 0.75 of the day left that is bid {bid:.4f}, ask {ask:.4f}, as in the paper."


SPREAD_MISTAKES: dict[str, Formula] = {
    "1/k is the distance of one quote from the mid. The spread is both sides": lambda k: 1 / k,
    "the spread falls as k rises: where fills get rare quickly, stay near": lambda k: 2 * k,
    "that is the distance of one quote, with k upside down": lambda k: k,
}


def neutral_spread(answer: Answer) -> str:
    """2/k, as a function of k or at k = 1.5."""
    points, given = values_at(answer, ((1.5,), (0.5,), (4.0,)), "the spread")
    name_mistake(answer, given, points, SPREAD_MISTAKES, lambda k: 2 / k)
    for (k,), spread in zip(points, given, strict=True):
        if not math.isclose(spread, 2 / k, rel_tol=1e-3):
            raise NotYet(f"at k = {k:g} you have {spread:.4f}. Which δ makes δ·A·e^(−kδ) largest, and how many sides?")
    return "each side stands 1/k from the mid whatever it holds, where a quote earns most per unit of time."


FILL_INPUTS = (
    (np.array([0.0, 0.5, 2.0]), 140.0, 1.5, 0.005),
    (np.array([-3.0, -0.5, 1.0]), 140.0, 1.5, 0.005),
    (np.array(1.0), 20.0, 0.5, 0.1),
    (np.array([[0.2], [0.4]]), 50.0, 3.0, 0.01),
)


def _right_probability(depth: FloatArray, rate: float, decay: float, dt: float) -> FloatArray:
    return np.minimum(1.0, rate * np.exp(-decay * depth) * dt)


FILL_MISTAKES: dict[str, Formula] = {
    "it is above 1 for a quote far on the wrong side of the mid. A probability is at most 1": (
        lambda d, a, k, dt: a * np.exp(-k * d) * dt
    ),
    "that is 1 − e^(−λΔt), the rule for orders that come like raindrops. The paper's is λΔt": (
        lambda d, a, k, dt: -np.expm1(-a * np.exp(-k * d) * dt)
    ),
    "the time step is forgotten: λ is a rate, λΔt a probability": lambda d, a, k, dt: np.minimum(1, a * np.exp(-k * d)),
    "that is the rate λ. The probability in a step is λΔt": lambda d, a, k, dt: a * np.exp(-k * d),
    "fills become more frequent with depth: the sign in the exponent": (
        lambda d, a, k, dt: np.minimum(1, a * np.exp(k * d) * dt)
    ),
}


def fill_probability(answer: Answer) -> str:
    """min(1, λ(δ)Δt), for numbers and arrays."""
    given = [answer.numbers(answer(*point), np.shape(point[0]), "the probability") for point in FILL_INPUTS]
    name_mistake(answer, given, FILL_INPUTS, FILL_MISTAKES, _right_probability)
    for point, values in zip(FILL_INPUTS, given, strict=True):
        right = _right_probability(*point)
        if not np.allclose(values, right, rtol=1e-6, atol=0):
            i = int(np.argmax(np.abs(values - right)))
            raise NotYet(
                f"`{answer.name}` gave {values.ravel()[i]:.6g} at depth={point[0].ravel()[i]:g}, arrival_rate="
                f"{point[1]:g}, fill_decay={point[2]:g}, time_step={point[3]:g}; it should be {right.ravel()[i]:.6g}."
            )
    return "λΔt, and 1 where that is more, for numbers and arrays alike."
