"""A short run of the order book, recorded for the explorer: one step is a limit, a market order or a cancellation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmlab.market.flow_run import Place, filled_at
from mmlab.market.journal import OPEN, Journal, Queues
from mmlab.market.lobster import CANCEL, NEW, PRICE_UNIT
from mmlab.market.order_book import BUY, SELL
from mmlab.market.order_flow import OrderFlow

N_STEPS, SECONDS, WARM_UP = 300, 600.0, 60.0

FLOWS: dict[str, tuple[OrderFlow, int]] = {
    "calm": (OrderFlow(limit_rate=0.5, cancel_rate=0.1, market_rate=0.4, market_size=250, depth=7), 58),
    "a thin book": (OrderFlow(limit_rate=0.15, cancel_rate=0.1, market_rate=0.25, market_size=200, depth=10), 36),
    "market orders in bursts": (
        OrderFlow(
            limit_rate=0.5,
            cancel_rate=0.1,
            market_rate=0.6,
            market_size=250,
            depth=7,
            branching=0.8,
            excitation_decay=1.0,
        ),
        136,
    ),
}
"""Each flow with its seed."""

Side = dict[float, list[tuple[int, int]]]
"""Price → its queue of (order, shares)."""


@dataclass(frozen=True)
class Step:
    """One thing that happened, and the book after it."""

    words: str
    kind: int
    side: int
    """Of the orders in the book: a market sell meets buyers, 1."""
    time: float
    """Seconds since the recording began."""
    bids: Side
    asks: Side
    gone: tuple[tuple[float, int], ...]
    """(price, shares) that this step took away."""

    @property
    def bid(self) -> float:
        """The best bid [price]."""
        return max(self.bids)

    @property
    def ask(self) -> float:
        """The best ask [price]."""
        return min(self.asks)


@dataclass(frozen=True)
class Recording:
    """A run of `N_STEPS` steps; step 0 is the first thing that happens after we have joined."""

    steps: tuple[Step, ...]
    events: NDArray[np.int64]
    first: NDArray[np.int64]
    """The first event of each step, and one more: where the recording ends."""
    queues: dict[float, list[int]]
    """The bids when the recording begins: price → order numbers, first to trade first."""

    def place(self, orders_ahead: int, ticks: int) -> Place:
        """One more share at the bid `ticks` below the best, behind so many orders of its queue, or at its back."""
        price = round(max(self.queues) - 0.01 * ticks, 2)
        front = [0, *self.queues.get(price, [])][: orders_ahead + 1]
        return Place(int(self.first[0]), BUY, round(price * PRICE_UNIT), front[-1])

    def filled(self, place: Place) -> int:
        """The step that fills a place, or −1."""
        event = filled_at(self.events, place, int(self.first[-1]))
        return -1 if event < 0 else int(np.searchsorted(self.first, event, side="right")) - 1


@lru_cache(maxsize=4)
def recording(name: str) -> Recording:
    """The recorded run of a flow."""
    flow, seed = FLOWS[name]
    began, before = OPEN, dict[int, Queues]()  # by the event that comes next: a market order's executions are one step

    def look(time: float, journal: Journal) -> None:
        nonlocal began
        if not len(journal):
            began = time
        if time - began >= WARM_UP and len(before) <= N_STEPS:
            before[len(journal)] = journal.queues

    run = flow.run(SECONDS, seed=seed, warm_up=0.0, dealer=look)
    time, events, first = run.times - run.times[0], run.events, np.array(list(before))
    steps, queues = list[Step](), dict[float, list[int]]()
    for event, now in before.items():
        bids, asks = (
            {price / PRICE_UNIT: list(queue.items()) for (side, price), queue in now.items() if side == mine}
            for mine in (BUY, SELL)
        )
        if not queues:
            queues = {price: [order for order, _ in queue] for price, queue in bids.items()}
        else:
            these = events[first[len(steps)] : event]
            steps.append(_step(these, float(time[first[len(steps)]] - time[first[0]]), bids, asks))
    return Recording(tuple(steps), events, first, queues)


def _step(events: NDArray[np.int64], time: float, bids: Side, asks: Side) -> Step:
    kind, _, size, price, side = events[0].tolist()
    name = "bid" if side == BUY else "ask"
    gone = Counter[float]()
    for _, _, shares, at, _ in events.tolist():
        gone[at / PRICE_UNIT] += shares
    if kind == NEW:
        words = f"A limit order of {size} joined the {name}s at {price / PRICE_UNIT:.2f}"
        gone.clear()
    elif kind == CANCEL:
        words = f"An order of {size} at the {name} of {price / PRICE_UNIT:.2f} was cancelled"
    else:
        took = [f"{shares} at {at:.2f}" for at, shares in gone.items()]
        listed = took[0] if len(took) == 1 else f"{', '.join(took[:-1])} and {took[-1]}"
        words = f"A market {'sell' if side == BUY else 'buy'} of {sum(gone.values())} took {listed}"
    return Step(words, kind, side, time, bids, asks, tuple(gone.items()))
