"""What chapter 18 looks at: straight lines as policies, fills that cost ε, sampled slopes, a climb, a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab import Market
from mmlab.learning import DecisionProcess
from mmlab.market import Exponential
from mmlab.parameters import FloatArray

MARKET = Market.avellaneda_stoikov_2008()
CHAIN: dict[str, Any] = {"n_steps": 200, "max_inventory": 12, "running_penalty": 0.2}
"""The day of the chapter: 200 steps, 12 clips at most, φ = 0.2."""
GRID = np.round(np.arange(0.2, 1.21, 0.2), 1)
LEANS = 0.68 + np.multiply.outer(np.round(np.arange(-0.3, 0.31, 0.1), 1), [1.0, -1.0])
ACTIONS = {7: LEANS, 36: np.stack(np.meshgrid(GRID, GRID, indexing="ij"), -1).reshape(-1, 2)}
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

    So a table δ is worth `paying(ε).evaluate(δ − ε)`. (On mmlab's tape an order of the other side in the same long step
    would move the mid back on the clip; here nothing does.)
    """
    flow = Exponential(arrival_rate=140 * np.exp(-1.5 * epsilon), fill_decay=1.5)
    return DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=flow), **CHAIN)


class TwoKinds:
    """Market orders of two kinds: of A a share reaches far, e^{−near k δ} and e^{−far k δ} beyond δ."""

    def __init__(self, arrival_rate: float = 140.0, share: float = 0.25, far: float = 0.35, near: float = 1.5):
        self._parts = (share * arrival_rate, far), ((1 - share) * arrival_rate, near)

    def rate(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1/time]."""
        return np.asarray(sum(a * np.exp(-k * np.asarray(depth, float)) for a, k in self._parts))

    def depth(self, rate: ArrayLike) -> FloatArray:
        """The δ of a rate [price], by halving; of −inf where it is 0."""
        low, high = (np.full(np.shape(rate), end) for end in (-60.0, 120.0))
        for _ in range(60):
            middle = (low + high) / 2
            is_above = self.rate(middle) >= np.asarray(rate, float)
            low, high = np.where(is_above, middle, low), np.where(is_above, high, middle)
        return low


class Sampled(NamedTuple):
    """What one day says of the slope in (a, b), over many days: mean and deviation, (2,) each, and the days for 10%."""

    mean: FloatArray
    deviation: FloatArray
    days: float


def key_of(actions: int, clock: int, noise: int, tenths: int) -> str:
    """What the explorer's settings are called in the record."""
    return f"{actions}-{clock}-{noise}-{tenths}"


def slopes(n_days: int, seed: int, trembling: float = 0.0, a: float = 0.8, b: float = 0.02) -> dict[str, Sampled]:
    """The slope of J in a and b of a line, from days: by what of a day a quote is given the credit for.

    Without `trembling` the score is that of the fills, given the depths. With it, depths are drawn with this deviation
    [price] around the line, and the score is that of the depths.
    """
    process, policy = DecisionProcess.of(MARKET, **CHAIN), line(a, b)
    values, rng, dt, k, top = process.values(policy), np.random.default_rng(seed), 1 / 200, 1.5, 12
    q = np.zeros(n_days, np.intp)
    money, mid, here = (np.empty((200, n_days)) for _ in range(3))
    score, direct, gain = np.empty((200, 2, n_days)), np.zeros((200, 2, n_days)), np.empty((200, n_days))
    for n in range(200):
        here[n] = values[n, q + top]
        bought, earned, score[n] = np.zeros(n_days), np.zeros(n_days), 0.0
        for sign in (1, -1):  # the bid, the ask
            tremor = trembling * rng.standard_normal(n_days)
            depth, wants = a + sign * b * q + tremor, sign * q < top
            p = np.where(wants, np.minimum(1.0, 140 * dt * np.exp(-k * depth)), 0.0)
            fills = rng.random(n_days) < p
            each = tremor / trembling**2 if trembling else k * np.where(fills, -1.0, p / np.maximum(1 - p, 1e-12))
            ways = np.stack([wants, wants * sign * q])
            score[n] += each * ways
            direct[n] += 0.0 if trembling else fills * ways
            bought, earned = bought + sign * fills, earned + depth * fills
        q = q + bought.astype(np.intp)
        money[n] = earned - 0.2 * dt * q**2
        mid[n] = q * 2 * np.sqrt(dt) * rng.choice((-1.0, 1.0), n_days)
        gain[n] = money[n] + values[n + 1, q + top] - here[n]

    def to_go(x: FloatArray) -> FloatArray:
        return np.asarray(x[::-1].cumsum(axis=0)[::-1])

    noisy = money + mid
    credits = {
        "the whole day's money": noisy.sum(axis=0) + 0 * noisy,
        "the money from there on": to_go(noisy),
        "… less what was expected": to_go(noisy) - here,
        "… and the mid left out": to_go(money) - here,
        "… and an exact critic": gain,
    }
    found = {}
    for name, credit in credits.items():
        each = (score * credit[:, np.newaxis] + direct).sum(axis=0)
        sd = each.std(axis=1)
        found[name] = Sampled(each.mean(axis=1), sd, float((sd[1] / 6.840816784) ** 2))
    return found


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


def ascent(frozen: bool, n_steps: int = 30, rate: float = 5e-4) -> tuple[FloatArray, FloatArray]:
    """Climbing from (0.8, 0.02) along a slope: (a, b) after each step, (n_steps + 1, 2), and J there."""
    process, at = DecisionProcess.of(MARKET, **CHAIN), np.array([0.8, 0.02])
    path = [at]
    for _ in range(n_steps):
        path.append(at := at + rate * exact_slope(process, at[0], at[1], frozen))
    return np.array(path), np.array([process.evaluate(line(*each)) for each in path])


@lru_cache(maxsize=8)
def best_at(epsilon: float) -> FloatArray:
    """The best depths if each fill costs ε, (200, 25, 2)."""
    return paying(epsilon).solve().depths + epsilon


def recorded(actions: int, clock: int, noise: int, tenths: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A recorded learner of the explorer, and what there is beside it for each ε."""
    return CURVES["explorer"]["table"][key_of(actions, clock, noise, tenths)], CURVES["explorer"]["beside"]
