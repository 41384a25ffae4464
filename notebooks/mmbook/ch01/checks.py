"""What checks the exercises of chapter 01: by hand on books and queues, by counts, and on a held-out run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmbook.ch01.glosten_milgrom import GlostenMilgrom
from mmbook.ch01.waiting import DEADLINE, waiting
from mmlab.market.order_book import BUY, SELL, OrderBook
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula, lead, no_lead

Book = list[tuple[float, float]]
"""Prices and shares."""

WALKS: tuple[tuple[int, Book], ...] = (
    (250, [(100.01, 200), (100.02, 100), (100.04, 400)]),
    (100, [(100.01, 300)]),
    (300, [(100.01, 200), (100.02, 100), (100.04, 400)]),
    (900, [(100.01, 200), (100.02, 100), (100.04, 400)]),
)


def _walk(size: int, levels: Book) -> Book:
    """The trades of a market order, as the book itself makes them."""
    book = OrderBook()
    for n, (_, shares) in enumerate(levels):
        book.limit(SELL, n, int(shares))
    return [(levels[done.price][0], float(done.size)) for done in book.market(BUY, size)]


WALK_MISTAKES: dict[str, Callable[[int, Book], Book]] = {
    "all-at-best": lambda size, levels: [(levels[0][0], size)],
    "whole-levels": lambda size, levels: levels[: len(_walk(size, levels))],
    "stops-at-best": lambda size, levels: [(levels[0][0], min(size, levels[0][1]))],
}


def walk_the_book(answer: Answer) -> Facts:
    """The trades of a market order against a list of levels: as many as there are, so no formula has their shape."""
    gave = []
    for case in WALKS:
        trades = answer(*case)
        if not isinstance(trades, list | tuple):
            raise Mistake("no-list", call=answer.running, returned=type(trades).__name__)
        gave.append([tuple(answer.numbers(trade, (2,), "a trade").tolist()) for trade in trades])
    for text, wrong in WALK_MISTAKES.items():
        if gave == [wrong(*case) for case in WALKS]:
            raise Mistake(text)
    for case, trades in zip(WALKS, gave, strict=True):
        if trades != _walk(*case):
            text = "no-shares" if any(shares == 0 for _, shares in trades) else "otherwise"
            raise Mistake(text, call=answer.call(*case), gave=trades, right=_walk(*case))
    return {}


def _dealer(high: float, low: float, prior: float, informed: float) -> GlostenMilgrom:
    return GlostenMilgrom(high=high, low=low, prior=prior, informed=informed)


bayes_ask = formula(
    lambda *x: _dealer(*x).ask,
    [(110.0, 90.0, 0.5, 0.1), (110.0, 90.0, 0.2, 0.4), (55.0, 40.0, 0.7, 0.0)],
    {
        "no-news": lambda h, low, p, x: low + (h - low) * p,
        "bid": lambda *x: _dealer(*x).bid,
        "no-uninformed": lambda h, low, p, x: h if x else low + (h - low) * p,
        "uninformed-always-buy": lambda h, low, p, x: low + (h - low) * p / (p + (1 - p) * (1 - x)),
        "as-if-even": lambda h, low, p, x: low + (h - low) * (1 + x) / 2,
        "not-bayes": lambda h, low, p, x: low + (h - low) * p + x * (h - low) * (1 - p),
    },
)


def _good(p: float, informed: float) -> float:
    """The probability of the good case after a sell."""
    return _dealer(1.0, 0.0, p, informed).after(SELL).prior


after_a_sell = formula(
    _good,
    [(0.5, 0.1), (0.2, 0.4), (0.7, 0.25)],
    {
        "buy": lambda p, x: _dealer(1.0, 0.0, p, x).after(BUY).prior,
        "joint": lambda p, x: p * (1 - x) / 2,
        "as-if-even": lambda p, x: (1 - x) / 2,
        "no-news": lambda p, x: p,
        "bad-case": lambda p, x: 1 - _good(p, x),
    },
)

average_move = formula(
    lambda high, low, p, x: 2 * x * p * (1 - p) * (high - low),
    [(110.0, 90.0, 0.5, 0.1), (55.0, 40.0, 0.2, 0.4), (8.0, 5.0, 0.7, 0.25)],
    {
        "signed": lambda high, low, p, x: 0.0,
        "spread": lambda high, low, p, x: _dealer(high, low, p, x).ask - _dealer(high, low, p, x).bid,
        "not-weighted": lambda high, low, p, x: (_dealer(high, low, p, x).ask - _dealer(high, low, p, x).bid) / 2,
    },
)

kappa_of_a_book = formula(
    lambda m, shares, tick: -shares * np.log1p(-1 / m) / tick,
    [(300.0, 100.0, 0.01), (50.0, 20.0, 0.05), (3.0, 2.0, 0.1)],
    {
        "per-tick": lambda m, shares, tick: -shares * np.log1p(-1 / m),
        "base-ten": lambda m, shares, tick: -shares * np.log10(1 - 1 / m) / tick,
        "one-share": lambda m, shares, tick: -np.log1p(-1 / m) / tick,
        "passes": lambda m, shares, tick: (1 - 1 / m) ** shares,
        "ratio": lambda m, shares, tick: shares / m / tick,
    },
)


def _apart(ours: FloatArray, shares: FloatArray, *mids: FloatArray) -> FloatArray:
    """Effective and realised spread and impact, of round trips, from a maker's fills: price, mid before and after."""
    price, before, after = mids
    parts = -2 * ours * np.array((price - before, price - after, after - before))
    return np.asarray(np.average(parts, axis=1, weights=shares))


FILLS = tuple(
    (-np.array(taker), np.array(shares), *(100 + np.array(x) / 100 for x in (price, before, after)))
    for taker, shares, price, before, after in (
        (
            [1.0, -1.0, 1.0, 1.0],
            [100.0, 300.0, 200.0, 500.0],
            [2.0, -1.0, 3.0, 2.5],
            [0.5, 0.5, 1.0, 1.5],
            [1.5, -0.5, 1.5, 3.0],
        ),
        (
            [-1.0, -1.0, 1.0, -1.0, -1.0],
            [200.0, 100.0, 400.0, 100.0, 700.0],
            [-3.0, -2.0, 4.0, 1.0, 0.0],
            [-1.0, 0.0, 2.0, 2.0, 1.5],
            [-2, 0, 5, 2.5, 0],
        ),
    )
)

take_apart = formula(
    _apart,
    FILLS,
    {
        "takers-side": lambda ours, *x: _apart(-ours, *x),
        "unweighted": lambda ours, shares, *x: _apart(ours, np.ones_like(shares), *x),
        "as-printed": lambda ours, shares, *x: _apart(-ours, np.ones_like(shares), *x),
        "no-direction": lambda ours, *x: _apart(-np.ones_like(ours), *x),
        "other-order": lambda *x: _apart(*x)[[0, 2, 1]],
        "impact-sign": lambda *x: _apart(*x) * (1, 1, -1),
        "sizes": lambda ours, shares, price, before, after: (
            2 * np.average(np.abs((price - before, price - after, after - before)), axis=1, weights=shares)
        ),
    },
)

Event = tuple[str, int]
KINDS = ("limit", "market", "cancel ahead", "cancel behind")


def _ahead(ahead: int, events: list[Event], less: tuple[str, ...], more: tuple[str, ...] = ()) -> int:
    """The shares ahead if events of some kinds make them fewer, and of others more."""
    for kind, size in events:
        ahead = max(0, ahead - size * (kind in less) + size * (kind in more))
    return ahead


shares_ahead = formula(
    lambda ahead, events: _ahead(ahead, events, ("market", "cancel ahead")),
    [
        (500, [("limit", 200), ("cancel behind", 100), ("market", 120), ("cancel ahead", 80)]),
        (300, [("market", 100), ("limit", 100), ("market", 400), ("limit", 100)]),
        (0, [("limit", 300), ("cancel behind", 200)]),
    ],
    {
        "limit": lambda ahead, events: _ahead(ahead, events, ("market", "cancel ahead"), ("limit",)),
        "cancel-behind": lambda ahead, events: _ahead(ahead, events, ("market", "cancel ahead", "cancel behind")),
        "cancel-ahead": lambda ahead, events: _ahead(ahead, events, ("market",)),
        "market": lambda ahead, events: _ahead(ahead, events, ("cancel ahead",)),
    },
    hidden=lambda random: [
        (ahead, list(zip(random.permutation(KINDS).tolist(), random.integers(50, 250, 4).tolist(), strict=True)))
        for ahead in random.integers(500, 900, 3).tolist()
    ],
)

TICK, TOLERANCE = 0.01, 0.1
RATE, DECAY, NEAREST, SECONDS = np.array([[0.3, 40.0, 2, 40_000.0], [1.2, 25.0, 1, 12_000.0]]).T
"""A, κ, the nearest reach [ticks] and seconds of two runs, whose seeds are 1 and 2."""


def _reaches(run: int) -> FloatArray:
    """One side's reaches with λ(δ) = A e^{−κδ} on the ticks from the nearest on."""
    rng, decay = np.random.default_rng(run + 1), DECAY[run] * TICK
    n = rng.poisson(RATE[run] * np.exp(-decay * NEAREST[run]) * SECONDS[run])
    return np.asarray(np.round((NEAREST[run] + rng.geometric(1 - np.exp(-decay), n) - 1) * TICK, 2))


def _found(answer: Answer) -> FloatArray:
    """A and κ as they are found on each run, over what they are, shape (2, runs)."""
    found = []
    for run, half_spread in enumerate(NEAREST * TICK):
        beyond = np.round(_reaches(run) - half_spread, 2)
        found.append(answer.numbers(answer(beyond, float(half_spread), float(SECONDS[run])), (2,)))
    return np.asarray(np.transpose(found) / (RATE, DECAY))


def _miscounted(found: FloatArray) -> str | None:
    """Which usual mistake both A and κ come from, to 10%."""
    rate, decay = found

    def near(x: FloatArray, y: FloatArray | float) -> bool:
        return bool(np.all(np.abs(x / y - 1) < TOLERANCE))

    mistakes = {
        "sign": near(decay, -1),
        "no-rate": near(rate, SECONDS),
        "halved": near(decay, 1) and near(rate, 1 / 2),
        "swapped": near(rate, DECAY / RATE) and near(decay, RATE / DECAY),
        "per-tick": near(decay, TICK),
        "base-ten": near(decay, 1 / np.log(10)),
        "exactly": near(decay, 1) and near(rate, 1 - np.exp(-DECAY * TICK)),
        "not-at-zero": near(decay, 1) and near(rate, np.exp(-DECAY * NEAREST * TICK)),
    }
    if near(rate, 1) and near(decay, 1):
        return None
    return next((text for text, made in mistakes.items() if made), "otherwise")


def _furthest(found: FloatArray) -> Facts:
    """The run on which A and κ are furthest off."""
    n = int(np.argmax(np.abs(found - 1).max(axis=0)))
    rate, decay = found[:, n] * (RATE[n], DECAY[n])
    return {"rate": RATE[n], "decay": DECAY[n], "found_rate": rate, "found_decay": decay}


count_intensity = contest(_found, _miscounted, _furthest)

HELD_OUT = 2
BUDGET = 1.9
"""How large the standard deviation of a share's cost may be [ticks]."""


def _costs(answer: Answer) -> Facts:
    """What a share costs by a rule on a held-out run [ticks], beside waiting to the end and paying at once."""
    moments = waiting(HELD_OUT)

    def rule(ours: int, theirs: int, spread: int) -> tuple[int, float]:
        ticks, seconds = answer.numbers(answer(ours, theirs, spread), (2,))
        return int(ticks) if ticks == int(ticks) else ticks, float(seconds)

    yours, queue, now = (moments.costs(r) for r in (rule, lambda *_: (0, DEADLINE), lambda *_: (0, 0.0)))
    # Blocks of two minutes: shares of one minute share their market.
    _, blocks = np.unique((moments.at // 120).astype(int), return_inverse=True)
    saved = np.bincount(blocks, queue - yours) / np.bincount(blocks)
    ahead, error = float((queue - yours).mean()), float(saved.std(ddof=1) / len(saved) ** 0.5)
    costs = {"yours": yours, "queue": queue, "now": now}
    means = {name: f"{cost.mean():+.3f}".replace("-", "−") for name, cost in costs.items()}
    return lead(ahead, error) | means | {"deviation": float(yours.std()), "budget": BUDGET}


def _lacks(found: Facts) -> str | None:
    return "too-uncertain" if found["deviation"] > BUDGET else no_lead(found)


where_to_wait = contest(_costs, _lacks, dict)

CHECKS: dict[str, Check] = {
    "gm-after-a-sell": after_a_sell,
    "gm-average-move": average_move,
    "kappa-of-a-book": kappa_of_a_book,
    "take-a-spread-apart": take_apart,
    "walk-the-book": walk_the_book,
    "shares-ahead": shares_ahead,
    "bayes-ask": bayes_ask,
    "count-intensity": count_intensity,
    "where-to-wait": where_to_wait,
}
