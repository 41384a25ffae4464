"""The open exercise of chapter 12: guess from quotes and trades what a queue filled, and be judged by the book."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmlab.market.flow_run import EVERY, LATER, LONG_QUEUES, PATIENCE, Place, filled_at, looked_at
from mmlab.market.lobster import CANCEL, EXECUTION, NEW
from mmlab.market.order_book import BUY, SELL, Side
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, contest, lead, no_lead

SHARES = 100.0
Wait = tuple[float, float, float, float, bool, float]
"""Shares displayed at our price when we joined; since then traded, cancelled and joined there; traded beyond; ours."""


@lru_cache(maxsize=2)
def waits(seconds: float = 1800.0, seed: int = 12) -> tuple[tuple[Wait, ...], FloatArray]:
    """What quotes and trades say of each wait of ten seconds, and what the book filled of it [shares]."""
    run, looks = looked_at(LONG_QUEUES, seconds, seed, PATIENCE + LATER)
    time, events = run.times - run.times[0], run.events
    asked, filled = list[Wait](), list[float]()
    for start, event, queues in looks:
        until = int(np.searchsorted(time, start + PATIENCE))
        kind, _, size, price, side = events[event:until].T
        bests: dict[Side, int] = {BUY: int(run.tops[event - 1, 2]), SELL: int(run.tops[event - 1, 0])}
        for own, best in bests.items():
            queue = queues[own, best]
            fill = filled_at(events, Place(event, own, best, list(queue)[-1]), until)
            end = fill - event if fill >= 0 and _beyond(events[fill], own, best) else until - event
            there = (price == best) & (side == own) & (np.arange(until - event) < max(end, 0))
            of = [float(size[there & np.isin(kind, kinds)].sum()) for kinds in ((EXECUTION,), (CANCEL,), (NEW,))]
            through = bool(fill >= 0 and _beyond(events[fill], own, best))
            asked.append((float(sum(queue.values())), of[0], of[1], of[2], through, SHARES))
            filled.append(SHARES * (fill >= 0))
    return tuple(asked), np.array(filled)


def _beyond(event: FloatArray, own: int, best: int) -> bool:
    """Whether it trades at a worse price than ours, or would have met us."""
    kind, _, _, price, side = event
    return bool(kind == NEW or (side == own and own * (best - price) > 0))


def bounds(displayed: float, traded: float, cancelled: float, joined: float, through: bool, size: float) -> FloatArray:
    """The back's and the front's answer [shares]."""
    least = size if through else min(max(traded - displayed, 0.0), size)
    return np.array([least, size if through else min(traded, size)])


def _judged(answer: Answer) -> Facts:
    """Shares wrongly filled or not filled, of each clip placed: the guess's, and those of the best constant mix."""
    asked, filled = waits()
    guess = np.array([float(answer.numbers(answer(*wait), ())) for wait in asked])
    ends = np.array([bounds(*wait) for wait in asked])
    wrong, back, front = (np.abs(each - filled) for each in (guess, *ends.T))
    middle = np.abs(ends.mean(axis=1) - filled)
    best = min((back, front, middle), key=lambda each: float(each.mean()))
    ahead = (best - wrong).reshape(-1, 2 * round(120 / EVERY)).mean(axis=1)  # two-minute blocks: neighbours are alike
    error = float(ahead.std(ddof=1) / len(ahead) ** 0.5)
    means = {"wrong": wrong.mean(), "back": back.mean(), "front": front.mean(), "middle": middle.mean()}
    return means | {"score": 100 * (1 - wrong.mean() / front.mean()), **lead(float(ahead.mean()), error)}


queue_guess: Check = contest(_judged, no_lead, dict)
