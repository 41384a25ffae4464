"""What checks the four steps of chapter 09; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math

from mmlab.desk import Mode
from mmlab.teach.checks import Check, formula

width = formula(
    lambda w, d, q, low, high: q * (w - max(2 * d, low)) / (high - low),
    [(0.067, 0.023, 10.0, 0.03, 0.10), (0.058, 0.01, 8.0, 0.03, 0.10), (0.2, 0.04, 5.0, 0.05, 0.25)],
    {
        "no-base": lambda w, d, q, low, high: q * (w - 2 * d) / (high - low),
        "base-only": lambda w, d, q, low, high: q * (w - low) / (high - low),
        "one-side": lambda w, d, q, low, high: q * (w - max(d, low)) / (high - low),
        "sum": lambda w, d, q, low, high: q * (w - 2 * d - low) / (high - low),
        "widest": lambda w, d, q, low, high: q * (w - max(2 * d, low)) / high,
    },
)


def _left(
    q: float, bid: float, ask: float, mode: float, most: float, most_reduced: float | None = None, side: int = 1
) -> tuple[float, float]:
    """What a mode and a largest bid leave of two sizes; the last two arguments make usual mistakes."""
    bid = min(bid, most)
    if mode == Mode.HALT:
        return 0.0, 0.0
    if mode == Mode.REDUCE_ONLY:
        held = abs(q) if most_reduced is None else most_reduced
        return (min(bid, held) if side * q < 0 else 0.0, min(ask, held) if side * q > 0 else 0.0)
    return bid, ask


strictest = formula(
    lambda q, b, a, m, n, u, v: _left(q, b, a, max(m, n), min(u, v)),
    [
        (3.0, 3.0, 4.0, 0, 2, 9.0, 9.0),
        (-2.0, 3.0, 4.0, 2, 1, 9.0, 2.0),
        (-5.0, 4.0, 2.0, 2, 0, 3.0, 9.0),
        (1.0, 3.0, 3.0, 0, 1, 2.0, 1.0),
        (1.0, 3.0, 3.0, 3, 0, 9.0, 9.0),
        (0.0, 3.0, 3.0, 2, 2, 9.0, 9.0),
        (0.0, 3.0, 2.0, 1, 3, 9.0, 9.0),
    ],
    {
        "loosest": lambda q, b, a, m, n, u, v: _left(q, b, a, min(m, n), max(u, v)),
        "first-alone": lambda q, b, a, m, n, u, v: _left(q, b, a, m, u),
        "second-alone": lambda q, b, a, m, n, u, v: _left(q, b, a, n, v),
        "beyond-flat": lambda q, b, a, m, n, u, v: _left(q, b, a, max(m, n), min(u, v), math.inf),
        "wrong-side": lambda q, b, a, m, n, u, v: _left(q, b, a, max(m, n), min(u, v), side=-1),
        "no-most": lambda q, b, a, m, n, u, v: _left(q, b, a, max(m, n), math.inf),
    },
)

unknown = formula(
    lambda q, b, a, d, c: (q - max(a, c), q + max(b, d)),
    [(3.0, 1.0, 3.0, 2.0, 2.0), (-2.0, 3.0, 1.0, 1.0, 4.0), (0.0, 2.0, 2.0, 0.0, 0.0)],
    {
        "both": lambda q, b, a, d, c: (q - a - c, q + b + d),
        "new-alone": lambda q, b, a, d, c: (q - c, q + d),
        "old-alone": lambda q, b, a, d, c: (q - a, q + b),
        "smaller": lambda q, b, a, d, c: (q - min(a, c), q + min(b, d)),
        "netted": lambda q, b, a, d, c: (q + max(b, d) - max(a, c),) * 2,
    },
)


def _age(most: float, row: float, latency: float) -> float:
    return math.ceil(most / row) * row + latency


age = formula(
    lambda t, row, late, v: v * math.sqrt(_age(t, row, late)),
    [(60.0, 15.0, 4.0, 0.01), (50.0, 20.0, 0.5, 0.02), (7.0, 2.0, 1.0, 0.1)],
    {
        "no-latency": lambda t, row, late, v: v * math.sqrt(_age(t, row, 0.0)),
        "no-rows": lambda t, row, late, v: v * math.sqrt(t + late),
        "down": lambda t, row, late, v: v * math.sqrt(t // row * row + late),
        "age": lambda t, row, late, v: _age(t, row, late),
        "no-root": lambda t, row, late, v: v * _age(t, row, late),
        "apart": lambda t, row, late, v: v * (math.sqrt(_age(t, row, 0.0)) + math.sqrt(late)),
    },
)

STEPS: dict[str, Check] = {
    "pipe-width": width,
    "pipe-strictest": strictest,
    "pipe-unknown": unknown,
    "pipe-age": age,
}
