"""Runs of an order flow with a look at the queues every ten seconds, and what becomes of a place in one of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmlab.market.journal import OPEN, Journal, Queues
from mmlab.market.lobster import EXECUTION, NEW
from mmlab.market.order_flow import OrderFlow

IntArray = NDArray[np.int64]
TICK = 0.01
BUSY = OrderFlow(limit_rate=0.6, cancel_rate=0.2, market_rate=0.3, market_size=300, depth=20)
"""The flow on which λ(δ) is counted."""
LONG_QUEUES = OrderFlow(
    limit_rate=1.0, cancel_rate=0.1, market_rate=0.3, depth=10, market_size=300, branching=0.5, excitation_decay=0.5
)
"""The flow in which places in the queue are compared: ten orders at a price, market orders that come in bursts."""


class Measured(NamedTuple):
    """A mean and its standard error."""

    mean: float
    error: float


class Place(NamedTuple):
    """One more share in a queue, so small that it changes nothing for the others."""

    event: int
    """It is there from before this event on."""
    side: int
    price: int
    """Price × 10,000."""
    behind: int
    """The number of the last order in front of it; 0 at the front."""


def filled_at(events: IntArray, place: Place, until: int) -> int:
    """The event that fills a place, or −1 if none before `until` does.

    It is filled when somebody behind it trades, in its queue or at a worse price, or when a limit order of the other
    side comes that would have met it.
    """
    kind, order, _, price, side = events[place.event : until].T
    worse = place.side * (place.price - price)
    behind = (worse > 0) | ((worse == 0) & (order > place.behind))
    hit = (kind == EXECUTION) & (side == place.side) & behind
    hit |= (kind == NEW) & (side == -place.side) & (worse >= 0)
    return place.event + int(hit.argmax()) if hit.any() else -1


PATIENCE, LATER, EVERY, WARM_UP = 10.0, 5.0, 10.0, 60.0
Look = tuple[float, int, Queues]


def looked_at(flow: OrderFlow, seconds: float, seed: int, patience: float = 0.0) -> tuple[Journal, list[Look]]:
    """A run of a flow, and its queues every ten seconds after the book has filled; it goes on for `patience` [s] more.

    A look is the time [s] since the run's first event, the event that comes next, and the queues then.
    """
    looks: list[Look] = []
    began = OPEN

    def look(time: float, journal: Journal) -> None:
        nonlocal began
        if not len(journal):
            began = time
        due = WARM_UP + EVERY * len(looks)
        if time - began >= due and due < WARM_UP + seconds:
            looks.append((due, len(journal), journal.queues))

    return flow.run(WARM_UP + seconds + patience, seed=seed, warm_up=0.0, dealer=look), looks


def by_blocks(sample: Any, block: Any) -> Measured:
    """The mean, with the error of block means: neighbours in time are not independent."""
    means = np.array([sample[block == b].mean() for b in np.unique(block)])
    return Measured(float(sample.mean()), float(means.std(ddof=1) / len(means) ** 0.5))
