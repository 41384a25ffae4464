"""What chapter 18 looks at: straight lines as policies, fills that cost ε, slopes, a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab import Market
from mmlab.learning import DecisionProcess
from mmlab.market import Exponential
from mmlab.parameters import FloatArray

MARKET = Market.avellaneda_stoikov_2008()
CHAIN: dict[str, Any] = {"n_steps": 200, "max_inventory": 12, "running_penalty": 0.2}
"""The day of the chapter: 200 steps, 12 clips at most, φ = 0.2."""
LEANS = 0.68 + np.multiply.outer(np.round(np.arange(-0.3, 0.31, 0.1), 1), [1.0, -1.0])
ACTIONS = {7: LEANS, 36: np.array([(bid / 10, ask / 10) for bid in range(2, 13, 2) for ask in range(2, 13, 2)])}
"""What learners may quote, (n, 2) by their number: 0.68 with seven leans, or all pairs of six depths [price]."""
DAYS, EPSILONS = (500, 1_000, 2_000, 4_000, 8_000, 16_000), (0.0, 0.1, 0.2, 0.3)
"""What the explorer's learners are recorded at."""
CURVES: dict[str, Any] = json.loads(files("mmbook.ch18").joinpath("curves.json").read_text(encoding="utf-8"))
"""What takes too long to learn while one waits; `python -m tests.mmbook.ch18_curves` makes it again."""

Policy = Callable[[ArrayLike, ArrayLike], tuple[FloatArray, FloatArray]]


def line(a: float, b: float) -> Policy:
    """The policy δᵇ = a + bq, δᵃ = a − bq, at all times."""

    def depths(inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        skew = b * np.asarray(inventory, float) + 0.0 * np.asarray(time_left, float)
        return a + skew, a - skew

    return depths


@cache
def paying(epsilon: float) -> DecisionProcess:
    """The day if each fill costs ε: of depths that are net of ε, in a flow of A e^{−kε}.

    So a table δ is worth `paying(ε).evaluate(δ − ε)`, which is J less ε for each fill. A mid that each *order* moves by
    ε, as `Market.jump` has it, is another market: in a long step the other side's order moves it back, and a fill costs
    ε(1 − p₀), p₀ = AΔt; it is `paying(ε(1 − p₀))`.
    """
    flow = Exponential(arrival_rate=140 * np.exp(-1.5 * epsilon), fill_decay=1.5)
    return DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=flow), **CHAIN)


class TwoKinds:
    """Market orders of two kinds, 140 in all: three quarters reach as the paper's, k = 1.5, a quarter far, k = 0.35."""

    def rate(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1/time]."""
        return np.asarray(35 * np.exp(-0.35 * np.asarray(depth)) + 105 * np.exp(-1.5 * np.asarray(depth)))

    def depth(self, rate: ArrayLike) -> FloatArray:
        """The δ of a rate [price], between −20 and 40."""
        grid = np.linspace(40, -20, 60_001)
        return np.asarray(np.interp(np.asarray(rate), self.rate(grid), grid))


def key_of(actions: int, clock: int, noise: int, tenths: int) -> str:
    """What the explorer's settings are called in the record."""
    return f"{actions}-{clock}-{noise}-{tenths}"


def exact_slope(process: DecisionProcess, a: float, b: float, frozen: bool = False) -> FloatArray:
    """∂J/∂(a, b) of a line: by (6), or with the fills `frozen`, μp at each quote."""
    policy, q = line(a, b), process.inventories
    if frozen:
        depths = process.quoted(np.stack(policy(q, 1.0), axis=-1))
        each = process.occupancy(policy)[..., np.newaxis] * process.fills(depths)[1]
    else:
        each = process.gradient(policy)
    bid, ask = np.moveaxis(each, -1, 0)
    return np.array([(bid + ask).sum(), (q * (bid - ask)).sum()])


@lru_cache(maxsize=8)
def best_at(epsilon: float) -> FloatArray:
    """The best depths if each fill costs ε, (200, 25, 2)."""
    return paying(epsilon).solve().depths + epsilon
