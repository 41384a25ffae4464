"""Order flow whose informed share is known, and what PIN and VPIN make of it.

Easley, Kiefer, O'Hara and Paperman (1996): on some days there is news, and then some traders know it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mmlab.market.seed import generator
from mmlab.parameters import FloatArray, parameter, validated


class Days(NamedTuple):
    """Orders of many days, all arrays of shape (n_days,)."""

    buys: FloatArray
    sells: FloatArray
    move: FloatArray
    """By how much the asset's worth has changed at the day's end [price]."""


@validated
class NewsDays:
    """Days with and without news; orders of one clip each, in Poisson numbers."""

    news: float = parameter(
        symbol="α", unit="1", description="Share of the days that have news.", at_least=0, at_most=1
    )
    informed: float = parameter(
        symbol="I", unit="1/day", description="Orders of the informed on a day with news.", at_least=0
    )
    uninformed: float = parameter(symbol="U", unit="1/day", description="Orders of the others, each side.", above=0)
    uneven: float = parameter(
        symbol="c",
        unit="1",
        description="By what share of U a side's rate differs from day to day.",
        default=0.0,
        at_least=0,
    )
    move: float = parameter(symbol="M", unit="price", description="How far the worth moves in a day.", default=1.0)

    @property
    def share(self) -> float:
        """Share of all orders that come from the informed."""
        known = self.news * self.informed
        return known / (known + 2 * self.uninformed)

    def run(self, n_days: int, seed: int) -> Days:
        """Draw days. The worth moves on each; only where there is news does anybody know before."""
        rng = generator(seed)
        sign, news = rng.choice([-1, 1], n_days), rng.random(n_days) < self.news
        rates = np.full((2, n_days), self.uninformed)
        if self.uneven:
            rates *= rng.gamma(1 / self.uneven**2, self.uneven**2, rates.shape)
        buys, sells = rng.poisson(rates + self.informed * news * np.array([sign > 0, sign < 0]))
        return Days(buys.astype(float), sells.astype(float), self.move * sign)


def pin(buys: FloatArray, sells: FloatArray, n_rounds: int = 300) -> float:
    """The probability of informed trading, by maximum likelihood (expectation–maximisation) on days' counts.

    Each round asks how probable each kind of day is (no news, good, bad), and then counts whose the orders were.
    """
    buys, sells = np.asarray(buys, float), np.asarray(sells, float)
    news, others = 0.5, float(np.minimum(buys, sells).mean())
    informed = float(np.abs(buys - sells).mean()) + 1e-9
    for _ in range(n_rounds):
        more = np.log1p(informed / others)
        some = [np.log(news / 2) - informed + n * more for n in (buys, sells)]
        likely = np.array([np.full(len(buys), np.log1p(-news)), *some])
        weight = np.exp(likely - likely.max(axis=0))
        _, good, bad = weight / weight.sum(axis=0)
        known = (good * buys + bad * sells).sum() * informed / (informed + others)
        news = float(np.clip((good + bad).mean(), 1e-9, 1 - 1e-9))
        informed, others = known / (good + bad).sum(), ((buys + sells).sum() - known) / (2 * len(buys))
    return float(news * informed / (news * informed + 2 * others))


def vpin(buys: FloatArray, sells: FloatArray, bucket: int, seed: int = 0) -> float:
    """The average of |bought − sold| over all that traded, in buckets of the same number of orders.

    Within a day orders come in any sequence, which is drawn; each order's side is known and needs no guess.
    """
    rng: Any = generator(seed)
    days = [rng.permutation(np.repeat([1, -1], np.array(day).astype(np.intp))) for day in zip(buys, sells, strict=True)]
    side = np.concatenate(days)
    full = side[: len(side) // bucket * bucket].reshape(-1, bucket)
    return float(np.abs(full.sum(axis=1)).mean() / bucket)
