"""The order book explorer: a recorded run stepped event by event, and a share of ours in one of its queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.ch01.ladder import GONE, OURS, Block, block_patch, blocks_of, put_blocks, side_patch
from mmbook.ch01.recording import FLOWS, N_STEPS, Recording, Side, Step, recording
from mmlab.market.flow_run import TICK, Place
from mmlab.market.lobster import EXECUTION, PRICE_UNIT
from mmlab.market.order_book import BUY, SELL
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_triangles, triangles
from mmlab.teach.panels import HERE, Artists
from mmlab.teach.style import ASK, BID, MID, figure, legend, steps, style

EVENT = Parameter(
    name="event", symbol="n", unit="1", description="How many events have happened.", at_least=1, integer=True
)
AHEAD = Parameter(
    name="orders_ahead",
    symbol="j",
    unit="orders",
    description="How many orders were in front of our share when the recording began: 0 is the front of the queue.",
    at_least=0,
    integer=True,
)
BEHIND = Parameter(
    name="ticks_behind",
    symbol="d",
    unit="ticks",
    description="How far below the best bid our share was placed.",
    at_least=0,
    integer=True,
)
SHOWN = Parameter(
    name="levels", symbol="L", unit="1", description="Prices shown on each side.", at_least=1, integer=True
)


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Recording
    event: int
    levels: int
    place: Place
    filled: int
    """The event that fills our share, 0 if none in this recording."""

    @property
    def step(self) -> Step:
        """What has just happened."""
        return self.day.steps[self.event - 1]

    @property
    def price(self) -> float:
        """Where our share stands [price]."""
        return self.place.price / PRICE_UNIT

    @property
    def waits(self) -> bool:
        """Whether our share still rests."""
        return not self.filled or self.event < self.filled

    @property
    def ahead(self) -> tuple[int, int]:
        """The shares in front of ours at its price, and at better prices."""
        queue = self.step.bids.get(self.price, [])
        at_price = sum(size for order, size in queue if order <= self.place.behind)
        return at_price, sum(size for price, q in self.step.bids.items() if price > self.price for _, size in q)


class OrderBookExplorer(Explorer):
    """The book as a ladder, event by event; our share waits in its queue until somebody behind it would trade."""

    title: ClassVar[str] = "The order book, event by event"
    parameters: ClassVar[tuple[Parameter, ...]] = (EVENT, AHEAD, SHOWN, BEHIND)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "event": (1, N_STEPS),
        "orders_ahead": (0, 9),
        "ticks_behind": (0, 3),
        "levels": (2, 7),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({"event": 6, "orders_ahead": 2, "ticks_behind": 0, "levels": 4}) for name in FLOWS
    }

    def __init__(self) -> None:
        super().__init__()
        self.add_buttons({"Next event": self.next_event, "Next market order": self.next_market_order})

    def next_event(self) -> None:
        """Let one thing happen; at the end of the recording, nothing."""
        self.set(event=min(self.values["event"] + 1, N_STEPS))

    def next_market_order(self) -> None:
        """Go to the next market order, or to the end."""
        now, kinds = int(self.values["event"]), [step.kind for step in recording(self._preset.value).steps]
        coming = (n for n in range(now + 1, N_STEPS + 1) if kinds[n - 1] == EXECUTION)
        self.set(event=next(coming, N_STEPS))

    def compute(self, values: Mapping[str, float]) -> State:
        """The recorded run (cached), and where our share stands in it."""
        day = recording(self._preset.value)
        place = day.place(int(values["orders_ahead"]), int(values["ticks_behind"]))
        return State(day, int(values["event"]), int(values["levels"]), place, day.filled(place) + 1)

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """The ladder, and under it the best prices through the run."""
        fig, (book, path) = figure(2, 1, width=10.0, height=5.6)
        book.get_gridspec().set_height_ratios([3, 2])
        artists = Artists()
        with style():
            for side, name in ((BUY, "bids"), (SELL, "asks")):
                artists[name] = side_patch(book, side, name)
            artists["gone"] = block_patch(book, "just gone", **GONE)
            artists["ours"] = block_patch(book, "our share (drawn large)", zorder=5, **OURS)
            book.set(xlabel="price", ylabel="shares")
            book.xaxis.set_major_formatter("{x:.2f}")
            book.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
            book.grid(axis="x", visible=False)
            for name, look in (("ask", ASK), ("mid", MID), ("bid", BID)):
                artists.line(path, name, look, name, lw=1.2)
            artists.line(path, "waiting", {"color": "#000000"}, "our share waits", lw=2.2)
            artists.line(path, "here", HERE)
            artists["sells"] = triangles(path, BID)
            artists["buys"] = triangles(path, ASK)
            path.plot([], [], "v", color=BID["color"], label="market sell")
            path.plot([], [], "^", color=ASK["color"], label="market buy")
            path.set(xlabel="event", ylabel="price", xlim=(0, N_STEPS))
            path.yaxis.set_major_formatter("{x:.2f}")
            artists["t_book"], artists["t_path"] = book.set_title("…"), path.set_title("…")
            legend(book, loc="upper right", ncols=2)
            legend(path, loc="upper right", ncols=6)
        self._axes = book, path
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Draw the book after this event, our place in it, and the run's best prices."""
        book, path = self._axes
        day, step = result.day, result.step
        bid, ask = (np.array([getattr(s, name) for s in day.steps]) for name in ("bid", "ask"))
        tallest = max(sum(size for _, size in q) for s in day.steps for side in (s.bids, s.asks) for q in side.values())
        mine = tallest / 18
        self.view(book, x=(bid.min() - 7.5 * TICK, ask.max() + 7.5 * TICK), y=(0.0, 1.05 * tallest))
        bids, asks = (_nearest(side, result.levels, best) for side, best in ((step.bids, max), (step.asks, min)))
        put_blocks(artists["asks"], blocks_of(asks), 0.85 * TICK)
        blocks = blocks_of(bids)
        if result.waits:
            foot = float(result.ahead[0])
            at_ours = round(result.price, 2)
            # Whoever is behind us stands on our block.
            blocks = [(p, y + mine * (p == at_ours and y >= foot), size) for p, y, size in blocks]
            put_blocks(artists["ours"], [(at_ours, foot, mine)], 0.85 * TICK)
        else:
            put_blocks(artists["ours"], [], TICK)
        put_blocks(artists["bids"], blocks, 0.85 * TICK)
        heights = dict[float, float]()
        for price, foot, size in (*blocks, *blocks_of(asks)):
            heights[price] = max(heights.get(price, 0.0), foot + size)
        gone: list[Block] = [(price, heights.get(price, 0.0), float(size)) for price, size in step.gone]
        put_blocks(artists["gone"], gone, 0.85 * TICK)
        artists["t_book"].set_text(f"Event {result.event}: {step.words[0].lower()}{step.words[1:]}")

        edges = np.arange(N_STEPS + 1) + 0.5
        self.view(path, y=(float(bid.min()) - TICK, float(ask.max()) + 3 * TICK))
        for name, prices in (("bid", bid), ("ask", ask), ("mid", (bid + ask) / 2)):
            artists[name].set_data(*steps(edges, prices))
        until = min(result.event, result.filled or N_STEPS)
        artists["waiting"].set_data([0.5, until], [result.price] * 2)
        artists["here"].set_data([result.event] * 2, [0, 1000])
        for name, side, at, up in (("sells", BUY, bid, False), ("buys", SELL, ask, True)):
            where = [n for n, s in enumerate(day.steps) if s.kind == EXECUTION and s.side == side]
            put_triangles(artists[name], np.array(where) + 1, at[where], up=up, size=3.5)
        artists["t_path"].set_text(_say_ours(result))

    def readout(self, result: State) -> str:
        """What has just happened, the best prices, and our place."""
        step = result.step
        return (
            f"Event {result.event} of {N_STEPS}, second {step.time:.1f}. {step.words}. "
            f"Now the bid is {step.bid:.2f}, the ask {step.ask:.2f}, the mid {(step.bid + step.ask) / 2:.3f}. "
            f"{_say_ours(result)}."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The same step in a few lines."""
        return f"""from mmbook.ch01.recording import recording

day = recording({self._preset.value!r})
step = day.steps[{int(values["event"])} - 1]
place = day.place(orders_ahead={int(values["orders_ahead"])}, ticks={int(values["ticks_behind"])})
queue = step.bids.get(place.price / 10_000, [])
print(step.bid, step.ask)
if not 0 <= day.filled(place) < {int(values["event"])}:
    print(sum(size for order, size in queue if order <= place.behind))
"""


def _nearest(side: Side, n: int, best: Any) -> list[tuple[float, list[int]]]:
    prices = sorted(side, reverse=best is max)[:n]
    return [(price, [size for _, size in side[price]]) for price in prices]


def _say_ours(state: State) -> str:
    price = f"{state.price:.2f}"
    if not state.waits:
        step, then = state.step, state.day.steps[state.filled - 1]
        gain = ((step.bid + step.ask) / 2 - state.price) / TICK
        at_once = ((then.bid + then.ask) / 2 - state.price) / TICK
        return (
            f"Our share was bought at {price} by event {state.filled}: worth {at_once:+.1f} ticks at the mid "
            f"right after, {gain:+.1f} now"
        ).replace("-", "−")
    at_price, better = state.ahead
    in_front = f"{at_price} shares ahead of our share at {price}" if at_price else f"Our share is the first at {price}"
    return f"{in_front}{f', and {better} more at better prices' if better else ''}"
