"""The order book explorer: a recorded run stepped event by event, and a share of ours in one of its queues."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch01.ladder import OURS, blocks_of, rectangles
from mmbook.ch01.recording import FLOWS, N_STEPS, Recording, Side, Step, recording
from mmlab.market.flow_run import TICK, Place
from mmlab.market.lobster import EXECUTION, PRICE_UNIT
from mmlab.market.order_book import BUY, SELL
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, THIN
from mmlab.teach.words import amount

EVENT = Parameter("i", "1", "How many events have happened.", integer=True, name="event")
_IN_FRONT = "How many orders were in front of our share when the recording began: 0 is the front of the queue."
AHEAD = Parameter("j", "orders", _IN_FRONT, integer=True, name="orders_ahead")
BEHIND = Parameter("d", "ticks", "How far below the best bid our share was placed.", integer=True, name="ticks_behind")
SHOWN = Parameter("L", "1", "Prices shown on each side.", integer=True, name="levels")


def joined(flow: str, orders_ahead: int, ticks_behind: int) -> dict[str, Any]:
    """The recorded run, and where our share stands in it."""
    day = recording(flow)
    place = day.place(orders_ahead, ticks_behind)
    price = place.price / PRICE_UNIT
    filled = day.filled(place) + 1  # the event that buys our share; 0 if none does
    return locals()


def looked(day: Recording, event: int, place: Place, price: float, filled: int) -> dict[str, Any]:
    """The book after this event, and the shares in front of ours: at its price, and at better ones."""
    step = day.steps[event - 1]
    waits = not filled or event < filled
    ahead = sum(size for order, size in step.bids.get(price, []) if order <= place.behind)
    better = sum(size for at, queue in step.bids.items() if at > price for _, size in queue)
    return locals()


def next_event(s: Any) -> dict[str, int]:
    """Let one thing happen; at the end of the recording, nothing."""
    return {"event": min(s.event + 1, N_STEPS)}


def next_market_order(s: Any) -> dict[str, int]:
    """Go to the next market order, or to the end."""
    coming = (n for n in range(s.event + 1, N_STEPS + 1) if s.day.steps[n - 1].kind == EXECUTION)
    return {"event": next(coming, N_STEPS)}


def filled_from_the_back(s: Any) -> bool:
    """Whether this event fills the share at the back of the best queue, in the calm flow."""
    return (s.flow, s.orders_ahead, s.ticks_behind, s.event) == ("calm", 9, 0, s.filled)


def two_prices(s: Any) -> bool:
    """Whether a market order has just traded at two prices or more."""
    return s.step.kind == EXECUTION and len({price for price, _ in s.step.gone}) > 1


class OrderBookExplorer(Explorer):
    """The book as a ladder, event by event; our share waits in its queue until somebody behind it would trade."""

    title: ClassVar[str] = "The order book, event by event"
    sliders: ClassVar = {EVENT: (1, N_STEPS, 6), AHEAD: (0, 9, 2), SHOWN: (2, 7, 4), BEHIND: (0, 3, 0)}
    also: ClassVar = {"flow": "calm"}
    presets: ClassVar = {name: {"flow": name} for name in FLOWS}
    stages: ClassVar = (joined, looked)
    tasks: ClassVar = {
        "in calm with j = 9 and d = 0, find the event that buys our share.": filled_from_the_back,
        "find a market order that trades at two prices or more.": two_prices,
    }
    prints: ClassVar[str] = "step.bid, step.ask, ahead"
    moves: ClassVar = {"Next event": next_event, "Next market order": next_market_order}

    def show(self, s: Any, book: Panel, path: Panel) -> None:
        """The ladder, and the best prices through the run."""
        steps = s.day.steps
        bid, ask = (np.array([getattr(step, name) for step in steps]) for name in ("bid", "ask"))
        tallest = max(sum(n for _, n in q) for step in steps for side in (step.bids, step.asks) for q in side.values())
        mine, wide, gap = tallest / 18, 0.85 * TICK, tallest / 150
        book.view(x=(bid.min() - 7.5 * TICK, ask.max() + 7.5 * TICK), y=(0.0, tallest), xlabel="price", ylabel="shares")
        bids, asks = (
            blocks_of(_nearest(side, s.levels, best)) for side, best in ((s.step.bids, max), (s.step.asks, min))
        )
        if s.waits:  # whoever is behind us stands on our block
            bids = [(at, foot + mine * (at == s.price and foot >= s.ahead), size) for at, foot, size in bids]
        for name, blocks, look in (("bids", bids, BID), ("asks", asks, ASK)):
            book.band(name, *rectangles(blocks, wide, gap), {"facecolor": look["color"], "edgecolor": "none"})
        if s.step.gone:
            tops = {at: foot + size for at, foot, size in (*bids, *asks)}
            gone = [(at, tops.get(at, 0.0), size) for at, size in s.step.gone]
            book.band("just gone", *rectangles(gone, wide), {"facecolor": THIN["color"], "edgecolor": "none"})
        if s.waits:
            book.band("our share (drawn large)", *rectangles([(s.price, s.ahead, mine)], wide), OURS)
        book.title(f"After event {s.event}: bid {s.step.bid:.2f}, ask {s.step.ask:.2f}")

        path.view(y=(bid.min() - TICK, ask.max() + TICK), xlabel="event", ylabel="price", xlim=(0, N_STEPS))
        for name, prices, look in (("ask", ask, ASK), ("mid", (bid + ask) / 2, MID), ("bid", bid, BID)):
            path.outline(name, np.arange(N_STEPS + 1) + 0.5, prices, look, lw=1.2)
        path.line("our share", [0.5, min(s.event, s.filled or N_STEPS)], [s.price] * 2, {"color": "#000000"}, lw=2.2)
        path.upright(s.event)
        for name, side, prices, look in (("a sell", BUY, bid, BID), ("a buy", SELL, ask, ASK)):
            at = np.array([n for n, step in enumerate(steps) if step.kind == EXECUTION and step.side == side])
            path.triangles(name, at + 1, prices[at], look, up=side == SELL, size=3.5)
        path.title(_ours(s)[0])

    def readout(self, s: Any) -> str:
        """What has just happened, the best prices, and our place."""
        return (
            f"Event {s.event} of {N_STEPS}, second {s.step.time:.1f}. {s.step.words}. "
            f"Now the bid is {s.step.bid:.2f}, the ask {s.step.ask:.2f}, the mid {_mid(s.step):.3f}. "
            f"{''.join(_ours(s))}."
        )


def _mid(step: Step) -> float:
    return (step.bid + step.ask) / 2


def _nearest(side: Side, n: int, best: Any) -> list[tuple[float, list[int]]]:
    prices = sorted(side, reverse=best is max)[:n]
    return [(price, [size for _, size in side[price]]) for price in prices]


def _ours(s: Any) -> tuple[str, str]:
    """Where our share stands, and what else there is to say of it."""
    if s.waits:
        better = f", and {s.better} more at better prices" if s.better else ""
        return (
            f"{f'{s.ahead} shares ahead of our share' if s.ahead else 'Our share is the first'} at {s.price:.2f}",
            better,
        )
    now, then = (amount((_mid(step) - s.price) / TICK, 1, "+") for step in (s.step, s.day.steps[s.filled - 1]))
    worth = f": worth {then} ticks at the mid right after, {now} now"
    return f"Our share was bought at {s.price:.2f} by event {s.filled}", worth
