"""What chapter 15 looks at: three books, an hour on two venues, pairs that are none, estimates, and a sniped day."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from mmlab import Quotes
from mmlab.models.pairs import engle_granger, least_squares
from mmlab.parameters import FloatArray

BOOKS = (
    ([162.19, 162.16, 162.10], [1e6, 2e6, 5e6]),
    ([1 / 150.02, 1 / 150.03, 1 / 150.06], [2e8, 3e8, 9e8]),
    ([1 / 1.08005, 1 / 1.08010, 1 / 1.08025], [1.5e6, 2e6, 6e6]),
)
"""EUR→JPY, JPY→USD, USD→EUR: rates, and sizes in what is given."""
LIVES = (400, 900, 1_700, 4_000, 9_000, 23_000, 60_000, 140_000, 330_000, 700_000, 1_500_000, 4_000_000)
"""How long the hour's gaps live [microseconds]."""


@lru_cache(maxsize=1)
def an_hour() -> tuple[list[tuple[float, Quotes, Quotes]], FloatArray]:
    """The chapter's tape: from each time [s] on, what stands on two venues, and what was planted in it, shape (40, 6).

    Both quote about one walk, 4 ticks wide; of 60 gaps costs of 0.02 leave 40. A row of what was planted is a gap: when
    it opens and closes [s], its row in a detector's `Gaps`, its edge after these costs [price], and its size in the
    first and in the second half of its life [clips]. All of it is whole ticks and microseconds from a generator's raw
    bits, the same on every machine.
    """
    bits = iter(np.random.default_rng(15).bit_generator.random_raw(60_000).tolist())
    fair, rows, planted = 10_000, [], []
    gaps = [(n * 60_000_000 + 10_000_000 + next(bits) % 40_000_000, LIVES[next(bits) % 12], next(bits) % 2,
             0 if n % 3 == 2 else 1 + next(bits) % 5) for n in range(60)]  # fmt: skip
    for second in range(3_600):
        time, (opened, life, row, ticks) = second * 1_000_000 + next(bits) % 1_000_000, gaps[second // 60]
        fair += next(bits) % 3 - 1
        near, sizes = [fair + next(bits) % 2 for _ in range(2)], [1 + next(bits) % 9 for _ in range(4)]
        if second == opened // 1_000_000 - 1:  # what stands when it opens, half-way, and when it closes
            gap, later = [fair, fair + 6 + ticks][:: 1 - 2 * row], 1 + next(bits) % sizes[0]
            rows += [(opened, gap, sizes[:1] * 4), (opened + life // 2, gap, [later] * 4), (opened + life, near, sizes)]
            planted.append((opened / 1e6, (opened + life) / 1e6, row, ticks / 100, sizes[0], later))
        if not opened - 1_000_000 < time <= opened + life:
            rows.append((time, near, sizes))
    stream = []
    for time, (one, other), sizes in sorted(rows):
        first = Quotes((one - 2) / 100, (one + 2) / 100, *sizes[:2])
        stream.append((time / 1e6, first, Quotes((other - 2) / 100, (other + 2) / 100, *sizes[2:])))
    return stream, np.array([each for each in planted if each[3]])


SAMPLE, DAYS = 500, 750
"""A pair is chosen and fitted on the first days of a record, and traded on the rest."""


def profits(y: FloatArray, x: FloatArray, fitted: slice, on: slice, cost: float = 0.05) -> FloatArray:
    """What each pair earns, shape (n,), on some days with the line of others, in deviations of its spread there.

    In beyond 2 deviations, out at the mean, flat at the end, at a `cost` a side.
    """
    pairs = engle_granger(y[:, fitted], x[:, fitted])
    constant, slope, deviation = (each[:, np.newaxis] for each in pairs[:3])
    z = (y[:, on] - constant - slope * x[:, on]) / deviation
    held, earned = np.zeros(len(z)), np.zeros(len(z))
    for before, after in zip(z.T[:-1], z.T[1:], strict=True):
        wants = np.where(np.abs(before) > 2, -np.sign(before), np.where(held * before < 0, held, 0.0))
        earned += wants * (after - before) - cost * np.abs(wants - held)
        held = wants
    return np.asarray(earned - cost * np.abs(held))


@lru_cache(maxsize=4)
def spurious(n_pairs: int = 2_000, seed: int = 15) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pairs of walks that have nothing in common: their statistics, and the two walks of those that pass."""
    y, x = np.random.default_rng(seed).standard_normal((2, n_pairs, DAYS)).cumsum(axis=-1)
    found = engle_granger(y[:, :SAMPLE], x[:, :SAMPLE])
    return found.statistic, y[found.statistic < found.critical], x[found.statistic < found.critical]


def comes_back(keeps: float, noise: FloatArray) -> FloatArray:
    """Of which a day keeps so much of the day before, shape (…, days), from its long-run law; 1 is a walk."""
    left = keeps ** np.arange(noise.shape[-1])
    return np.asarray(left * (noise / np.append(np.sqrt(1 - keeps**2 or 1), left[1:])).cumsum(axis=-1))


def universe(seed: int) -> tuple[FloatArray, list[tuple[int, int]]]:
    """40 series of 750 days, and the three pairs that belong together: half of a gap is gone in 10 days."""
    rng, keeps = np.random.default_rng(seed), 0.5**0.1
    walks, noise = rng.standard_normal((2, 40, DAYS))
    names, walks = rng.permutation(40).tolist(), walks.cumsum(axis=-1)
    for x, y in (truth := [*zip(names[:3], names[3:6], strict=True)]):
        walks[y] = walks[x] + comes_back(keeps, noise[y])
    return walks, truth


def season(walks: FloatArray, pairs: Iterable[Iterable[int]]) -> float:
    """What the chosen pairs earn together on the days after the sample [deviations]."""
    i, j = np.array([sorted(pair) for pair in pairs], int).reshape(-1, 2).T
    return float(profits(walks[i], walks[j], slice(SAMPLE), slice(SAMPLE, None)).sum())


@lru_cache(maxsize=64)
def estimates(kappa: float, n_windows: int = 2_000) -> FloatArray:
    """κ̂ from so many windows of 61 days, 252 a year, of a spread that comes back at the rate κ [1/year]; 0: never."""
    noise = np.random.default_rng(15).standard_normal((61, n_windows)).T
    spread = comes_back(np.exp(-kappa / 252), noise)
    slope = least_squares(spread[..., :-1], spread[..., 1:])[1]
    return np.asarray(-252 * np.log(np.clip(slope, 1e-9, None)))


def sniped_day(half_spread: float, volatility: float, life: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A mid at 2,000 moments of a day, less the first, the middle of the quotes, and the moments of snipes."""
    mid = volatility / np.sqrt(2_000) * np.random.default_rng(15).standard_normal(2_000).cumsum()
    each = max(1, round(life * 2_000))
    middle, last = mid[np.arange(2_000) // each * each], np.arange(each - 1, 2_000, each)
    return mid, middle, last[np.abs(mid - middle)[last] > half_spread]
