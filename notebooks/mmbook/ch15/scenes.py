"""What chapter 15 looks at: rates, books, a chain of options, an hour on two venues, and pairs that are none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from mmlab import Quotes
from mmlab.measure.two_venues import Gaps, TwoVenues
from mmlab.models.pairs import Pairs, autoregression, engle_granger
from mmlab.parameters import FloatArray

CURRENCIES = ("EUR", "USD", "JPY", "GBP", "CHF")
BOOKS = (
    ([162.19, 162.16, 162.10], [1e6, 2e6, 5e6]),
    ([1 / 150.02, 1 / 150.03, 1 / 150.06], [2e8, 3e8, 9e8]),
    ([1 / 1.08005, 1 / 1.08010, 1 / 1.08025], [1.5e6, 2e6, 6e6]),
)
"""EUR→JPY, JPY→USD, USD→EUR: rates, and sizes in what is given."""


def exchange(fee: float = 0.0, shock: float = 1.001) -> FloatArray:
    """What one gets of each currency for one of each; EUR→JPY is `shock` times as good as it should be, and inverse."""
    value, half = np.array([1.08, 1, 1 / 150, 1.27, 1.13]), np.array([0.5, 0.5, 0.6, 0.6, 0.7]) * 1e-4
    rates = np.divide.outer(value, value) * (1 - np.add.outer(half, half)) * (1 - fee)
    rates[0, 2], rates[2, 0] = rates[0, 2] * shock, rates[2, 0] / shock
    return np.asarray(rates)


def all_cycles(rates: FloatArray) -> dict[tuple[int, ...], float]:
    """Every cycle that meets no currency twice, and the product of its rates."""
    cycles = [c for k in range(2, len(rates) + 1) for c in permutations(range(len(rates)), k) if c[0] == min(c)]
    return {c: float(np.prod(rates[list(c), [*c[1:], c[0]]])) for c in cycles}


class Chain(NamedTuple):
    """European options of one expiry: strikes, and bids and asks of calls and puts, shape (2, n) [price]."""

    strikes: FloatArray
    calls: FloatArray
    puts: FloatArray


STOCK, DISCOUNT = (99.99, 100.01), float(np.exp(-0.03 / 2))


def chain(rich: float = 0.18) -> Chain:
    """Half a year, 3% a year, a volatility that falls with the strike; the 105 call is quoted `rich` too high."""
    k, cdf = np.arange(90.0, 111.0, 5.0), np.vectorize(NormalDist().cdf)
    width = (0.25 - 0.1 * np.log(k / 100)) * np.sqrt(0.5)
    d = np.log(100 / (k * DISCOUNT)) / width + width / 2
    calls = 100 * cdf(d) - k * DISCOUNT * cdf(d - width)
    puts, sides = calls - 100 + k * DISCOUNT, np.array([[-0.05], [0.05]])
    return Chain(k, calls + rich * (k == 105) + sides, puts + sides)


class Planted(NamedTuple):
    """A gap of the hour: when it opens and closes [s], its row, its edge after costs [price], and its sizes [clips].

    After half of its life the first size gives way to the second.
    """

    opened: float
    closed: float
    row: int
    edge: float
    sizes: tuple[int, int]


class Hour(NamedTuple):
    """What stands on two venues from each `time` [s] on, and the gaps that were planted."""

    time: FloatArray
    first: Quotes
    second: Quotes
    planted: tuple[Planted, ...]

    def stream(self) -> Iterator[tuple[float, Quotes, Quotes]]:
        """Row by row, as a feed would bring it."""
        columns = [np.asarray(column) for venue in (self.first, self.second) for column in vars(venue).values()]
        for time, *row in zip(self.time.tolist(), *columns, strict=True):
            yield time, Quotes(*row[:4]), Quotes(*row[4:])


COST, LIVES = 0.02, (400, 900, 1_700, 4_000, 9_000, 23_000, 60_000, 140_000, 330_000, 700_000, 1_500_000, 4_000_000)
"""Both venues' fees on a clip [price], and how long gaps live [microseconds]."""


@lru_cache(maxsize=1)
def an_hour() -> Hour:
    """The chapter's tape: both venues quote about one walk, 4 ticks wide; 40 gaps are planted, and 20 that costs eat.

    All of it is whole ticks and microseconds from a generator's raw bits, the same on every machine.
    """
    bits = iter(np.random.PCG64(15).random_raw(60_000).tolist())
    fair, rows, planted, busy = 10_000, [], [], []
    for slot in range(60):
        opened, life = slot * 60_000_000 + 10_000_000 + next(bits) % 40_000_000, LIVES[next(bits) % len(LIVES)]
        busy.append((opened, life, next(bits) % 2, 0 if slot % 3 == 2 else 1 + next(bits) % 5))
    for second in range(3_600):
        time = second * 1_000_000 + next(bits) % 1_000_000
        fair += next(bits) % 3 - 1
        near = [fair + next(bits) % 2 for _ in range(2)]
        sizes = [1 + next(bits) % 9 for _ in range(4)]
        for opened, life, row, ticks in busy[second // 60 : second // 60 + 1]:
            if second == opened // 1_000_000 - 1:  # what stands when it opens, half-way, and closes
                low, high, later = fair, fair + 6 + ticks, 1 + next(bits) % sizes[0]
                gap = [low, high] if row == 0 else [high, low]
                rows += [
                    (opened, gap, [sizes[0]] * 4),
                    (opened + life // 2, gap, [later] * 4),
                    (opened + life, near, sizes),
                ]
                if ticks:
                    ends = opened / 1e6, (opened + life) / 1e6
                    planted.append(Planted(*ends, row, ticks / 100, (sizes[0], later)))
        if all(not opened - 1_000_000 < time <= opened + life for opened, life, _, _ in busy):
            rows.append((time, near, sizes))
    rows.sort(key=lambda row: row[0])
    mid, size = (np.array([row[n] for row in rows]) for n in (1, 2))
    venues = [Quotes((mid[:, v] - 2) / 100, (mid[:, v] + 2) / 100, size[:, 2 * v], size[:, 2 * v + 1]) for v in (0, 1)]
    return Hour(np.array([row[0] / 1e6 for row in rows]), *venues, tuple(planted))


def detected(latency: float, cost: float = COST) -> list[Gaps]:
    """What a detector reports of the hour."""
    detector, found = TwoVenues(latency=latency, cost=cost), []
    state = detector.start()
    for row in an_hour().stream():
        state, gaps = detector.step(state, *row)
        found += [gaps] if gaps.reported.any() else []
    return found


def traded(z: FloatArray, cost: float = 0.05, enter: float = 2.0) -> FloatArray:
    """What each pair earns, shape (n,), whose spread is z deviations from its mean, shape (n, days): in beyond `enter`,
    out at the mean, flat at the end; `cost` a side. In deviations."""
    held, earned = np.zeros(len(z)), np.zeros(len(z))
    for before, after in zip(z.T[:-1], z.T[1:], strict=True):
        wants = np.where(np.abs(before) > enter, -np.sign(before), np.where(held * before < 0, held, 0.0))
        earned += wants * (after - before) - cost * np.abs(wants - held)
        held = wants
    return np.asarray(earned - cost * np.abs(held))


class Spurious(NamedTuple):
    """Pairs of walks that have nothing in common: their statistics, and what those that pass earn [deviations]."""

    statistic: FloatArray
    sample: FloatArray
    after: FloatArray


SAMPLE, DAYS = 500, 750
"""A pair is chosen and fitted on the first days of a record, and traded on the rest."""


def profits(y: FloatArray, x: FloatArray, fitted: slice, on: slice, cost: float = 0.05) -> FloatArray:
    """What each pair earns on some days with the line, mean and deviation of others, shape (n,) [deviations]."""
    pairs = engle_granger(y[:, fitted], x[:, fitted])
    constant, slope, deviation = (each[:, np.newaxis] for each in pairs[:3])
    return traded((y[:, on] - constant - slope * x[:, on]) / deviation, cost)


@lru_cache(maxsize=4)
def spurious(n_pairs: int = 2_000, seed: int = 15) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pairs of walks that have nothing in common: their statistics, and the two walks of those that pass."""
    y, x = np.random.default_rng(seed).standard_normal((2, n_pairs, DAYS)).cumsum(axis=-1)
    found = engle_granger(y[:, :SAMPLE], x[:, :SAMPLE])
    passes = found.statistic < found.critical
    return found.statistic, y[passes], x[passes]


def universe(seed: int) -> tuple[FloatArray, list[tuple[int, int]]]:
    """40 series of 750 days, and the three pairs that belong together, half of a gap gone in 10 days."""
    rng = np.random.default_rng(seed)
    walks, noise = rng.standard_normal((2, 40, DAYS))
    names, walks = rng.permutation(40), walks.cumsum(axis=-1)
    truth = [(int(names[n]), int(names[n + 3])) for n in range(3)]
    for x, y in truth:
        gap, keeps = noise[y] / np.sqrt(1 - 0.5**0.2), 0.5**0.1
        for day in range(1, DAYS):
            gap[day] = keeps * gap[day - 1] + noise[y, day]
        walks[y] = walks[x] + gap
    return walks, truth


def best_pairs(walks: FloatArray, n_pairs: int = 5) -> list[tuple[int, int]]:
    """Those of all pairs of series, shape (n, days), that Engle and Granger's test is surest of."""
    i, j = np.triu_indices(len(walks), 1)
    order = np.argsort(engle_granger(walks[i], walks[j]).statistic)[:n_pairs]
    return [(int(i[n]), int(j[n])) for n in order]


@lru_cache(maxsize=64)
def estimates(kappa: float, n_windows: int = 2_000) -> FloatArray:
    """κ̂ from so many windows of 61 days, 252 a year, of a spread that comes back at the rate κ [1/year]; 0: never."""
    draws, keeps = np.random.default_rng(15).standard_normal((61, n_windows)), np.exp(-kappa / 252)
    x = [draws[0] / np.sqrt(1 - keeps**2) if kappa else draws[0]]
    for draw in draws[1:]:
        x.append(keeps * x[-1] + draw)
    _, b, _ = autoregression(np.stack(x, axis=-1))
    return np.asarray(-252 * np.log(np.clip(b, 1e-9, None)))


def sniped_day(half_spread: float, volatility: float, life: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A mid of 2,000 moments of a day, about where it begins, the middle of the quotes, and where a sniper takes one."""
    mid = volatility / np.sqrt(2_000) * np.random.default_rng(15).standard_normal(2_000).cumsum()
    each = max(1, round(life * 2_000))
    middle = mid[np.arange(2_000) // each * each]
    last = np.arange(each - 1, 2_000, each)
    return mid, middle, last[np.abs(mid - middle)[last] > half_spread]
