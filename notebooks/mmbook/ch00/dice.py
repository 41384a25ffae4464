"""The dice game of trading interviews: a market on the sum of dice that are turned over one by one; all of it exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

DICE, SIDES = 8, range(1, 7)
MEAN, VARIANCE = 3.5, 35 / 12
"""Of one die that nobody has seen."""
NEEDS = range(-3, 4)
"""What the sum is worth to a customer beyond what they expect of it [price], each as likely."""
REFERENCE_SKEW = 0.25
SEED = 8
"""The first seed from 1 whose dice add up to 28, what one expects, and with which quotes one away from the fair value
lose to the die after each trade where half of the customers have seen it, and do not where nobody has.
"""
Quoted = tuple[tuple[float, float], ...]
"""Half-spreads [price] and skews [price/clip], one pair for each die."""


def fair_value(shown: float, hidden: float) -> float:
    """The expected sum: what is shown, and 3.5 for each hidden die."""
    return shown + MEAN * hidden


def variance(hidden: float) -> float:
    """The variance of the sum: 35/12 for each hidden die, as dice are independent."""
    return VARIANCE * hidden


@dataclass(frozen=True)
class Deal:
    """Dice in the order in which they are turned over; for each the need of its customer, and whether they saw it."""

    dice: tuple[int, ...]
    needs: tuple[float, ...]
    peeked: tuple[bool, ...]


@lru_cache(maxsize=16)
def deal(share: float, seed: int) -> Deal:
    """Dice and customers; a `share` [1] of these has seen the die that is turned over after their trade."""
    rng = np.random.default_rng(seed)
    dice, needs, draws = rng.choice(SIDES, DICE), rng.choice(NEEDS, DICE), rng.random(DICE)
    return Deal(tuple(dice.tolist()), tuple(needs.tolist()), tuple((draws < share).tolist()))


def traded(half_spread: float, skew: float, held: int, worth: float) -> tuple[int, float]:
    """Clips that we buy (−1: sell) of a customer to whom the sum is worth so much above its fair value; our edge.

    The middle of the quotes is the fair value less the skew for each clip held. The edge [price] is what the trade
    earns against the fair value.
    """
    middle = -skew * held
    if worth >= middle + half_spread:
        return -1, middle + half_spread
    if worth <= middle - half_spread:
        return 1, half_spread - middle
    return 0, 0.0


@dataclass(frozen=True)
class DiceDay:
    """What came of it, marked at the fair value: arrays have a number for each moment, or one fewer for each trade."""

    fair: tuple[float, ...]
    sides: tuple[int, ...]
    prices: tuple[float, ...]
    inventory: tuple[int, ...]
    wealth: tuple[float, ...]
    spread: float
    """Earned at the trades, against the fair value of that moment."""
    adverse: float
    """What the die that came next did to the clip just traded: a customer may have seen it."""
    luck: float
    """What the dice did to the clips held before; 0 on average, as nobody knows them."""

    @property
    def profit(self) -> float:
        """At the fair value; after the last die, at the sum."""
        return self.spread + self.adverse + self.luck


def play_dice(dealt: Deal, choices: Quoted) -> DiceDay:
    """Quote for one customer, turn a die over, quote for the next."""
    fair, sides, prices, held, wealth = [fair_value(0, len(dealt.dice))], [], [], [0], [0.0]
    spread = adverse = luck = 0.0
    customers = zip(dealt.dice, dealt.needs, dealt.peeked, strict=True)
    for (half_spread, skew), (die, need, peeked) in zip(choices, customers, strict=False):
        side, edge = traded(half_spread, skew, held[-1], need + peeked * (die - MEAN))
        spread, adverse, luck = spread + edge, adverse + side * (die - MEAN), luck + held[-1] * (die - MEAN)
        sides.append(side)
        prices.append(fair[-1] - side * edge)
        held.append(held[-1] + side)
        fair.append(fair[-1] + die - MEAN)
        wealth.append(spread + adverse + luck)
    moments = (tuple(fair), tuple(sides), tuple(prices), tuple(held), tuple(wealth))
    return DiceDay(*moments, spread, adverse, luck)


def _customers(share: float) -> Iterator[tuple[float, int, float]]:
    """Everything that can come of one die and its customer: its probability, the die, the customer's worth."""
    for die in SIDES:
        for need in NEEDS:
            for peeked, chance in ((0, 1 - share), (1, share)):
                yield chance / len(SIDES) / len(NEEDS), die, need + peeked * (die - MEAN)


@lru_cache(maxsize=256)
def expected(half_spread: float, skew: float, share: float, dice: int = DICE) -> tuple[float, float]:
    """Mean and standard deviation [price · clip] of the profit if these quotes are kept for all dice, by enumeration.

    A trade depends on the inventory and on its own die and customer alone, so that it is enough to carry along, for
    each inventory, its probability and the first two moments of the profit on it.
    """
    moments = {0: (1.0, 0.0, 0.0)}
    for _ in range(dice):
        after: dict[int, tuple[float, float, float]] = {}
        for held, (p, first, second) in moments.items():
            for chance, die, worth in _customers(share):
                side, edge = traded(half_spread, skew, held, worth)
                gain = edge + (held + side) * (die - MEAN)
                now = (p, first + p * gain, second + 2 * gain * first + gain**2 * p)
                old = after.get(held + side, (0.0, 0.0, 0.0))
                after[held + side] = tuple(a + chance * b for a, b in zip(old, now, strict=True))  # type: ignore[assignment]
        moments = after
    mean, square = (sum(each[n] for each in moments.values()) for n in (1, 2))
    return mean, (square - mean**2) ** 0.5


@lru_cache(maxsize=16)
def reference(share: float) -> tuple[float, float]:
    """The quotes to compare with: of the half-spreads in quarters the one that earns most on average, and a skew."""
    best = max((n / 4 for n in range(1, 21)), key=lambda half_spread: expected(half_spread, REFERENCE_SKEW, share)[0])
    return best, REFERENCE_SKEW
