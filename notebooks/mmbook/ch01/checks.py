"""How chapter 01 judges answers: by hand on books that tell the usual mistakes apart, by counts, on a held-out run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mmbook.ch01.waiting import waiting
from mmlab.market.glosten_milgrom import GlostenMilgrom
from mmlab.market.order_book import BUY, SELL, OrderBook
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.formulas import Formula, name_mistake

Book = list[tuple[float, int]]

WALKS: tuple[tuple[int, Book], ...] = (
    (250, [(100.01, 200), (100.02, 100), (100.04, 400)]),
    (100, [(100.01, 300)]),
    (300, [(100.01, 200), (100.02, 100), (100.04, 400)]),
    (900, [(100.01, 200), (100.02, 100), (100.04, 400)]),
)


def _walk(size: int, levels: Book) -> Book:
    book, prices = OrderBook(), [price for price, _ in levels]
    for n, (_, shares) in enumerate(levels):
        book.limit(SELL, n, shares)
    return [(prices[done.price], done.size) for done in book.market(BUY, size)]


WALK_MISTAKES: dict[str, Callable[[int, Book], Book]] = {
    "everything trades at the best price, whatever rests there": lambda size, levels: [(levels[0][0], size)],
    "it takes every price it meets whole. The last one is taken only as far as the order still wants": (
        lambda size, levels: levels[: len(_walk(size, levels))]
    ),
    "it stops at the best price. What is left of a market order goes on to the next": (
        lambda size, levels: [(levels[0][0], min(size, levels[0][1]))]
    ),
}


def walk_the_book(answer: Answer) -> str:
    """The trades of a market order against a list of levels."""
    given = []
    for size, levels in WALKS:
        trades = answer(size, levels)
        if not isinstance(trades, list | tuple):
            raise NotYet(f"{answer.running} must return a list of (price, shares); got {type(trades).__name__}.")
        given.append([tuple(answer.numbers(trade, (2,), "a trade").tolist()) for trade in trades])
    for mistake, wrong in WALK_MISTAKES.items():
        if all(g == [tuple(map(float, t)) for t in wrong(*w)] for g, w in zip(given, WALKS, strict=True)):
            raise NotYet(f"{mistake}.")
    for (size, levels), trades in zip(WALKS, given, strict=True):
        right = [(float(price), float(shares)) for price, shares in _walk(size, levels)]
        if trades != right:
            answer(size, levels)
            nothing = " A trade of no shares is none." if any(shares == 0 for _, shares in trades) else ""
            raise NotYet(f"{answer.running} gave {trades}; it should be {right}.{nothing}")
    return "best price first, and an order larger than the book takes what is there."


ASKS = ((110.0, 90.0, 0.5, 0.1), (110.0, 90.0, 0.2, 0.4), (55.0, 40.0, 0.7, 0.0))
ASK_MISTAKES: dict[str, Formula] = {
    "that is the expected worth before anybody has come. A buy is news": lambda h, low, p, x: low + (h - low) * p,
    "that is the bid: what the asset is worth after a sell": (
        lambda h, low, p, x: GlostenMilgrom(high=h, low=low, prior=p, informed=x).bid
    ),
    "it forgets the uninformed: a buy comes in the bad case too, from them": lambda h, low, p, x: (
        h if x else low + (h - low) * p
    ),
    "the probability of a buy in the good case is π + (1 − π)/2: the uninformed buy half the time, not always": (
        lambda h, low, p, x: low + (h - low) * p / (p + (1 - p) * (1 - x))
    ),
    "it weighs the two cases with P(buy | V) alone, as if p were ½": lambda h, low, p, x: low + (h - low) * (1 + x) / 2,
    "it adds π times the distance to the good case, which is not Bayes' rule": (
        lambda h, low, p, x: low + (h - low) * p + x * (h - low) * (1 - p)
    ),
}


def _ask(high: float, low: float, prior: float, informed: float) -> float:
    return GlostenMilgrom(high=high, low=low, prior=prior, informed=informed).ask


def bayes_ask(answer: Answer) -> str:
    """E[V | buy]."""
    given = [answer.numbers(answer(*point), (), "the ask") for point in ASKS]
    name_mistake(answer, given, ASKS, ASK_MISTAKES, _ask)
    for point, ask in zip(ASKS, given, strict=True):
        if abs(ask - _ask(*point)) > 1e-6:
            answer(*point)
            raise NotYet(f"{answer.running} gave {ask:.6g}; it should be {_ask(*point):.6g}.")
    return "101 in the example; and with nobody informed, the expected worth."


Event = tuple[str, int]
QUEUE_EVENTS: tuple[tuple[int, list[Event]], ...] = (
    (500, [("limit", 200), ("cancel behind", 100), ("market", 120), ("cancel ahead", 80)]),
    (300, [("market", 100), ("limit", 100), ("market", 400), ("limit", 100)]),
    (0, [("limit", 300), ("cancel behind", 200)]),
)


def _shares_ahead(ahead: int, events: list[Event], moves: tuple[str, ...] = ("market", "cancel ahead")) -> int:
    for kind, size in events:
        ahead = max(0, ahead - size * (kind in moves) + size * (f"+{kind}" in moves))
    return ahead


QUEUE_MISTAKES: dict[str, tuple[str, ...]] = {
    "limit orders that come later stand behind us and change nothing": ("market", "cancel ahead", "+limit"),
    "cancellations behind us change nothing": ("market", "cancel ahead", "cancel behind"),
    "cancellations ahead of us bring us forward too": ("market",),
    "market orders take the front of the queue, and that is ahead of us": ("cancel ahead",),
}


def shares_ahead(answer: Answer) -> str:
    """The queue in front of an order after what happened at its price."""
    given = [float(answer.numbers(answer(*point), (), "shares ahead")) for point in QUEUE_EVENTS]
    right = [_shares_ahead(*point) for point in QUEUE_EVENTS]
    if given != right:
        for mistake, moves in QUEUE_MISTAKES.items():
            if given == [_shares_ahead(*point, moves) for point in QUEUE_EVENTS]:
                raise NotYet(f"{mistake}.")
        n = int(np.argmax(np.array(given) != np.array(right)))
        answer(*QUEUE_EVENTS[n])
        below = " There are never fewer than none." if given[n] < 0 else ""
        raise NotYet(f"{answer.running} gave {given[n]:g}; it should be {right[n]:g}.{below}")
    return "only what leaves from in front of us brings us forward."


COUNTED = ((0.3, 40.0, 2, 40_000.0, 1), (1.2, 25.0, 1, 12_000.0, 2))
"""A, κ, the nearest reach [ticks], seconds, seed."""
TOLERANCE = 0.1


def _reaches(rate: float, decay: float, nearest: int, seconds: float, seed: int) -> FloatArray:
    """One side's reaches with λ(δ) = A e^{−κδ} on the ticks from the nearest on."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(rate * np.exp(-decay * nearest * 0.01) * seconds)
    reach: FloatArray = np.round((nearest + rng.geometric(1 - np.exp(-decay * 0.01), n) - 1) * 0.01, 2)
    return reach


def count_intensity(answer: Answer) -> str:
    """A and κ from reaches, to 10 %."""
    ratios = []
    for rate, decay, nearest, seconds, seed in COUNTED:
        reach = _reaches(rate, decay, nearest, seconds, seed)
        found_rate, found_decay = answer.numbers(answer(reach, seconds), (2,), "(A, κ)")
        ratios.append((found_rate / rate, found_decay / decay))
    a, k = np.array(ratios).T

    def near(x: Any, wanted: Any) -> bool:
        return bool(np.all(np.abs(x / wanted - 1) < TOLERANCE))

    tick = np.array([np.exp(-decay * 0.01) for _, decay, *_ in COUNTED])
    shift = np.array([np.exp(-decay * nearest * 0.01) for _, decay, nearest, *_ in COUNTED])
    duration = np.array([row[3] for row in COUNTED])
    if near(a, 1) and near(k, 1):
        return "A and κ of both runs to within a tenth."
    for wrong, mistake in (
        (near(k, -1), "κ has the wrong sign: the slope of ln λ(δ) is −κ"),
        (near(a, duration), "A is a rate: divide the counts by the seconds in which you counted"),
        (near(k, 0.01), "κ is per tick. Its unit is 1/price: depths are prices"),
        (near(k, 1 / np.log(10)), "the logarithm has base 10; the formula's is the natural one"),
        (
            near(k, 1) and near(a, 1 - tick),
            "you count orders that reach exactly δ. λ(δ) counts those that reach δ or further",
        ),
        (
            near(k, 1) and near(a, shift),
            "A is the rate at the smallest depth you counted. It belongs to δ = 0: go back along the line",
        ),
    ):
        if wrong:
            raise NotYet(f"{mistake}.")
    n = int(np.argmax(np.abs(np.array(ratios) - 1).max(axis=1)))
    raise NotYet(
        f"on a run of A = {COUNTED[n][0]:g} and κ = {COUNTED[n][1]:g} you found A = {a[n] * COUNTED[n][0]:.3g} and "
        f"κ = {k[n] * COUNTED[n][1]:.3g}. Use depths at which at least some thirty orders were counted."
    )


HELD_OUT = 2


def where_to_wait(answer: Answer) -> str:
    """Cheaper on a held-out run than joining the best queue for ten seconds, by more than chance explains."""
    moments = waiting(HELD_OUT)

    def rule(ours: int, theirs: int, spread: int) -> tuple[int, float]:
        ticks, seconds = answer.numbers(answer(ours, theirs, spread), (2,), "(ticks behind, seconds)")
        return int(ticks) if ticks == int(ticks) else ticks, float(seconds)

    mine, bar, now = (moments.costs(r) for r in (rule, lambda *_: (0, 10.0), lambda *_: (0, 0.0)))
    # Blocks of two minutes: shares of one minute share their market.
    blocks = (moments.at // 120).astype(int)
    saved = np.bincount(blocks, bar - mine)[np.unique(blocks)] / np.bincount(blocks)[np.unique(blocks)]
    ahead, error = float((bar - mine).mean()), float(saved.std(ddof=1) / len(saved) ** 0.5)
    said = (
        f"a share costs you {mine.mean():+.3f} ticks against the mid; joining the best queue for ten seconds costs "
        f"{bar.mean():+.3f}, paying at once {now.mean():+.3f}"
    ).replace("-", "−")
    if ahead <= 0:
        raise NotYet(f"{said}.")
    if ahead <= 2 * error:
        raise NotYet(f"{said}. You save {ahead:.3f}, within the noise of {2 * error:.3f}.")
    return f"{said}. You save {ahead:.3f}, which is {ahead / error:.0f} standard errors."
