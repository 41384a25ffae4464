"""What checks the exercises of chapter 12 on records: a position against the venue's, and why a fill did not come."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, formula

Trades = list[tuple[str, int, float]]
"""Each trade's id, 1 bought or −1 sold, and its clips."""


def _net(trades: Trades) -> float:
    return math.fsum(side * size for _, side, size in trades)


def _once(trades: Trades) -> Trades:
    return list({trade: (trade, side, size) for trade, side, size in trades}.values())


def _days(random: np.random.Generator) -> list[tuple[Trades, Trades]]:
    """Three days' records, ours and the venue's, which share a trade; each has one trade twice."""
    days = []
    for _ in range(3):
        trades = [(f"t{n}", int(random.choice([1, -1])), int(random.integers(1, 9)) / 2) for n in range(5)]
        days.append(([*trades[:3], trades[random.integers(3)]], [*trades[2:], trades[random.integers(2, 5)]]))
    return days


position_break = formula(
    lambda ours, theirs: _net(_once(ours)) - _net(_once(theirs)),
    [
        ([("t1", 1, 2.0), ("t2", -1, 1.0), ("t2", -1, 1.0)], [("t1", 1, 2.0), ("t3", 1, 0.5), ("t2", -1, 1.0)]),
        ([("t1", -1, 1.0), ("t2", 1, 1.0), ("t2", 1, 1.0)], [("t2", 1, 1.0), ("t4", -1, 3.0)]),
        ([("t1", 1, 1.0), ("t1", 1, 1.0)], []),
        ([], [("t1", 1, 4.0), ("t2", 1, 2.5)]),
    ],
    {
        "twice": lambda ours, theirs: _net(ours) - _net(theirs),
        "other-way": lambda ours, theirs: _net(_once(theirs)) - _net(_once(ours)),
        "no-side": lambda ours, theirs: sum(t[2] for t in _once(ours)) - sum(t[2] for t in _once(theirs)),
        "counted": lambda ours, theirs: len(_once(ours)) - len(_once(theirs)),
        "ours": lambda ours, theirs: _net(_once(ours)),
        "only-ours": lambda ours, theirs: _net([t for t in _once(ours) if t not in theirs]),
    },
    hidden=_days,
)

Case = tuple[int, float, float, float, float, bool, float]
REASONS = ("price", "reject", "latency", "size", "queue")


def _why(sign: int, price: float, limit: float, left: float, acknowledged: float, rejected: bool, start: float) -> str:
    """The first that holds, in the order of `REASONS`."""
    if sign * (limit - price) < 0:
        return "price"
    if rejected:
        return "reject"
    if acknowledged > start:
        return "latency"
    return "queue" if left > 0 else "size"


CASES: list[Case] = [
    (1, 99.98, 99.98, 1.0, 4.0, False, 10.0),
    (1, 99.98, 99.97, 1.0, 4.0, False, 10.0),
    (-1, 100.02, 100.01, 1.0, 4.0, False, 10.0),
    (-1, 100.02, 100.03, 1.0, 4.0, False, 10.0),
    (1, 99.98, 99.98, 1.0, 10.02, False, 10.0),
    (1, 99.98, 99.98, 1.0, math.inf, True, 10.0),
    (-1, 100.02, 100.02, 0.0, 4.0, False, 10.0),
    (-1, 100.02, 100.02, 0.5, 10.0, False, 10.0),
]
CONFUSED: dict[str, Callable[..., str]] = {
    "ask-as-bid": lambda sign, *case: _why(1, *case),
    "exact-price": lambda sign, price, limit, *case: "price" if limit != price else _why(sign, price, limit, *case),
    "no-price": lambda sign, price, limit, *case: _why(sign, price, price, *case),
    "reject-is-late": lambda sign, price, limit, left, when, no, start: _why(
        sign, price, limit, left, when, False, start
    ),
    "on-the-dot": lambda *case: "latency" if case[4] == case[6] and not case[5] else _why(*case),
    "nothing-left": lambda sign, price, limit, left, *case: _why(sign, price, limit, 1.0, *case),
}
"""What a usual mistake answers."""


def why_not_filled(answer: Answer) -> Facts:
    """The reason for each case, one word; else the mistake that says what the answer says at all of them."""
    gave = [answer(*case) for case in CASES]
    for given, case in zip(gave, CASES, strict=True):
        if given not in REASONS:
            raise Mistake("no-reason", call=answer.call(*case), gave=given)
    right = [_why(*case) for case in CASES]
    for text, confused in CONFUSED.items():
        if gave == [confused(*case) for case in CASES]:
            raise Mistake(text)
    for given, reason, case in zip(gave, right, CASES, strict=True):
        if given != reason:
            raise Mistake("otherwise", call=answer.call(*case), gave=given, right=reason)
    return {"n_cases": len(CASES)}


CHECKS: dict[str, Check] = {"position-break": position_break, "why-not-filled": why_not_filled}
