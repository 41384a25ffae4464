"""What checks the exercises of the museum; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mmlab import Exponential, Market
from mmlab.measure import Mistaken
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, formula

NAMES = ("right", "sign", "no-skew", "whole-spread", "time-elapsed", "spread-inventory")
"""What a log of exercise 2 may hold."""
N_LOGS = 24


def _skew(g: float, v: float, k: float, a: float, power: float | None = None, twice: float = 2.0) -> float:
    """σ √[(γ/2kA) (1 + γ/k)^{1 + k/γ}] [price/clip]."""
    return v * math.sqrt(g / (twice * k * a) * (1 + g / k) ** (1 + (k / g if power is None else power)))


mend = formula(
    _skew,
    [(0.1, 2.0, 1.5, 140.0), (0.5, 0.7, 2.0, 20.0), (0.01, 0.3, 0.3, 0.9)],
    {
        "as-printed": lambda g, v, k, a: _skew(g, v, k, a, power=g / k, twice=1),
        "power-left": lambda g, v, k, a: _skew(g, v, k, a, power=g / k),
        "two-left": lambda g, v, k, a: _skew(g, v, k, a, twice=1),
        "no-root": lambda g, v, k, a: _skew(g, v, k, a) ** 2,
        "power-alone": lambda g, v, k, a: _skew(g, v, k, a, power=k / g - 1),
    },
)

units = formula(
    lambda s, days: 1e4 * days / s**2,
    [(50.0, 252.0), (100.0, 365.0), (20.0, 252.0)],
    {
        "not-squared": lambda s, days: 100 * math.sqrt(days) / s,
        "percent-alone": lambda s, days: (100 / s) ** 2,
        "year-alone": lambda s, days: days,
        "upside-down": lambda s, days: s**2 / (1e4 * days),
        "days-squared": lambda s, days: (100 * days / s) ** 2,
    },
)


def hidden(seed: int) -> Iterator[tuple[Market, float]]:
    """Markets and risk aversions that the reader is not shown."""
    rng = np.random.default_rng(seed)
    while True:
        flow = Exponential(arrival_rate=rng.uniform(50, 200), fill_decay=rng.uniform(0.5, 3))
        market = Market(
            mid_price=float(rng.uniform(20, 200)), volatility=rng.uniform(1.3, 3), horizon=1.0, intensity=flow
        )
        yield market, float(rng.uniform(0.05, 0.4))


def _log(market: Market, gamma: float, mistake: str) -> tuple[FloatArray, ...]:
    q, tau = map(np.ravel, np.meshgrid(np.arange(-3.0, 4.0), [0.2, 0.5, 0.9]))
    mid = np.full(q.shape, market.mid_price)
    bid, ask = Mistaken(market=market, risk_aversion=gamma, mistake=mistake).depths(q, tau)
    return mid, q, tau, mid - bid, mid + ask


def name_it(answer: Answer) -> Facts:
    """Ask for the name of each of N_LOGS logs with parameters of their own."""
    for n, (market, gamma) in zip(range(N_LOGS), hidden(19), strict=False):
        name = NAMES[n % len(NAMES)]
        gave = answer(*_log(market, gamma, "" if name == "right" else name))
        if gave not in NAMES:
            raise Mistake("no-name", gave=str(gave)[:40])
        if gave != name:
            accused = "accused" if name == "right" else "acquitted" if gave == "right" else "mistaken"
            raise Mistake(accused, gave=gave, name=name, log=n + 1)
    return {"n_logs": N_LOGS}


def _asked(market: Market, gamma: float, mistake: str) -> Callable[..., Any]:
    model = Mistaken(market=market, risk_aversion=gamma, mistake=mistake)

    def quotes(inventory: float, time_left: float) -> tuple[float, float]:
        bid, ask = model.depths(inventory, time_left)
        return market.mid_price - float(bid), market.mid_price + float(ask)

    return quotes


def separate(answer: Answer) -> Facts:
    """Ask of formulas with σ for σ², and of others with half a skew, whether they are the first."""
    for n, (market, gamma) in zip(range(N_LOGS), hidden(7), strict=False):
        mistake = "sigma" if n % 3 else "half-skew"
        gave = answer(_asked(market, gamma, mistake))
        if not isinstance(gave, bool | np.bool_):
            raise Mistake("no-bool", gave=str(gave)[:40])
        if bool(gave) != (mistake == "sigma"):
            raise Mistake("missed" if mistake == "sigma" else "false-alarm", n=n + 1)
    return {"n_formulas": N_LOGS}


CHECKS: dict[str, Check] = {
    "err-mend": mend,
    "err-name": name_it,
    "err-separate": separate,
    "err-units": units,
}
