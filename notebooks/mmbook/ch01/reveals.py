"""The answers to the questions of chapter 01, measured on its runs; what they say is in exercises.toml."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch01.glosten_milgrom import GlostenMilgrom
from mmbook.ch01.runs import queue_positions, spread_parts
from mmlab.market.flow_run import BUSY, LONG_QUEUES
from mmlab.market.journal import Journal
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID

LAGS = (0.1, 1.0, 5.0, 15.0, 30.0, 60.0)
AN_HOUR = 3600.0


@lru_cache(maxsize=2)
def busy_run(seconds: float = AN_HOUR, seed: int = 1) -> Journal:
    """One run of the `BUSY` flow, for every cell that counts on it."""
    return BUSY.run(seconds, seed=seed)


@drawn(width=6.0, height=2.8, legend="upper right")
def next_in_the_queue(guess: str, axes: Axes) -> Facts:
    """How often the next market order fills a share, by its place in the queue."""
    places = queue_positions(LONG_QUEUES, AN_HOUR, seed=1)
    share, chance = [p.share for p in places], [p.next_order.mean for p in places]
    axes.errorbar(share, chance, [2 * p.next_order.error for p in places], fmt="o-", color=BID["color"], capsize=3)
    axes.plot([], [], "o-", color=BID["color"], label="filled by the next market order (± 2 s.e.)")
    guessed = {"always": 1.0, "about one time in three": 1 / 3, "hardly ever": 0.03}[guess]
    axes.axhline(guessed, label=f"your guess for the back: {guess}", **GUESS)
    axes.set(xlabel="share of the queue in front", ylabel="probability", ylim=(0, 1.25))
    axes.set_title(f"{chance[0]:.0%} at the front of the queue, {chance[-1]:.0%} at the back")
    return {"front": chance[0], "back": chance[-1], "ahead": places[-1].ahead}


@drawn(width=6.0, height=2.8, legend="lower right")
def spread_of_information(guess: str, axes: Axes) -> Facts:
    """The spread against the share that knows."""
    shares = np.linspace(0, 1, 51)
    dealers = [GlostenMilgrom(high=110, low=90, informed=float(x)) for x in shares]
    spreads = [dealer.ask - dealer.bid for dealer in dealers]
    one = GlostenMilgrom(high=110, low=90, informed=0.1)
    axes.plot(shares, spreads, label="spread", **BID)
    axes.plot(0.1, one.ask - one.bid, "o", color=BID["color"])
    guessed = {"zero": 0.0, "two": 2.0, "twenty": 20.0}[guess]
    axes.plot(0.1, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guessed:g}")
    axes.set(xlabel="share of the traders who know", ylabel="spread [price]", ylim=(-1, 23))
    axes.set_title(f"One trader in ten knows: the spread is {one.ask - one.bid:g}")
    return {"bid": one.bid, "ask": one.ask, "spread": one.ask - one.bid}


@drawn(width=6.0, height=2.8, legend="upper left")
def impact_without_information(guess: str, axes: Axes) -> Facts:
    """How far the mid is from where it was, some time after a market order, in a book where nobody knows anything."""
    parts = [spread_parts(busy_run(), lag).impact for lag in LAGS]
    means, errors = [part.mean / 2 for part in parts], [part.error / 2 for part in parts]  # of one order
    axes.errorbar(LAGS, means, [2 * error for error in errors], fmt="o-", color=ASK["color"], capsize=3)
    axes.plot([], [], "o-", color=ASK["color"], label="move in the order's direction (± 2 s.e.)")
    guessed = {
        "back where it was": means[0] * np.exp(-np.array(LAGS) / 8),
        "moved, and it stays": np.full(len(LAGS), means[0]),
        "moved, and it goes on": means[0] * (1 + 0.25 * np.log(np.array(LAGS) / LAGS[0])),
    }[guess]
    axes.plot(LAGS, guessed, label=f"your guess: {guess}", **GUESS)
    axes.axhline(0, **MID)
    axes.set(xscale="log", xlabel="seconds after the order", ylabel="ticks", ylim=(-0.2, 2.0))
    axes.set_title(
        f"{means[0]:.2f} ticks at once, {means[-2]:.2f} after {LAGS[-2]:g} seconds, and nobody knew anything"
    )
    return {"at_once": means[0], "later": means[-2], "noise": 2 * errors[-2]}


REVEALS = {
    "the-best-price-trades-next": next_in_the_queue,
    "no-cost-no-spread": spread_of_information,
    "without-information-no-impact": impact_without_information,
}
