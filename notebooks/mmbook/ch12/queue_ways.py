"""Four answers to one question: what becomes of an order that joins the best queue, by a backtest and by the book."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmlab.desk import Venue
from mmlab.market import Tape, replay_tape
from mmlab.market.flow_run import (
    EVERY,
    LATER,
    LONG_QUEUES,
    PATIENCE,
    TICK,
    WARM_UP,
    Measured,
    Place,
    by_blocks,
    filled_at,
    looked_at,
)
from mmlab.market.journal import OPEN, Journal
from mmlab.market.lobster import EXECUTION, PRICE_UNIT
from mmlab.market.order_book import BUY, SELL, Side
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.teach.style import ASK, MID, RESERVATION, SYMMETRIC, Picture, drawing

SHARES = 100
"""Of each order that joins: a clip."""


class Joined(NamedTuple):
    """Orders that joined the best queues for ten seconds each, to the means and errors of two-minute blocks."""

    filled: Measured
    """Part of the clips placed."""
    gain: Measured
    """What a filled clip is worth at the mid five seconds after, less what was paid [ticks]."""
    money: Measured
    """The same for each clip placed [ticks]."""


@lru_cache(maxsize=4)
def four_ways(flow: OrderFlow = LONG_QUEUES, seconds: float = 1800.0, seed: int = 1) -> dict[str, Joined]:
    """Join the end of both best queues every ten seconds; what fills, on one flow of others' orders.

    A backtest at the front and at the back of the queue, as `Venue` counts them on the recorded run; the place that
    the order has in the book, too small to be noticed; and a clip that really stands there.
    """
    run, looks = looked_at(flow, seconds, seed, PATIENCE + LATER)
    tape = replay_tape(run.day(), EVERY, SHARES)
    rows: dict[str, list[tuple[float, float, float]]] = {
        name: [] for name in ("backtest, front", "backtest, back", "its own place", "really there")
    }
    time, mid, events, tops = run.times - run.times[0], run.mid, run.events, run.tops
    for start, event, queues in looks:
        until = int(np.searchsorted(time, start + PATIENCE))
        best: dict[Side, int] = {BUY: int(tops[event - 1, 2]), SELL: int(tops[event - 1, 0])}
        for side, price in best.items():
            last = list(queues[side, price])[-1]
            fill = filled_at(events, Place(event, side, price, last), until)
            gained = _gain(time, mid, side, price, time[fill]) if fill >= 0 else 0.0
            rows["its own place"].append((start, float(fill >= 0), gained))
        first, end = np.searchsorted(tape.time, [time[event - 1] + 1e-9, start + PATIENCE])
        for queue in ("front", "back"):
            sold = dict.fromkeys(best, 0.0)
            gained_of = dict.fromkeys(best, 0.0)
            for when, side, size in _rest(tape, Venue(queue=queue), best, int(first), int(end)):
                sold[side] += size
                gained_of[side] += size * _gain(time, mid, side, best[side], when)
            rows[f"backtest, {queue}"] += [(start, sold[side], gained_of[side]) for side in best]
    rows["really there"] = list(_really_there(flow, seconds, seed))
    return {name: _summed(np.array(joined)) for name, joined in rows.items()}


def _rest(tape: Tape, venue: Venue, best: dict[Side, int], first: int, end: int) -> Iterator[tuple[float, Side, float]]:
    """Rest a clip at both prices from one step of a tape to another: time [s], side and size [clips] of each fill."""
    resting, quotes = venue.start(1), Quotes.at([best[BUY] / PRICE_UNIT], [best[SELL] / PRICE_UNIT])
    resting = venue.submit(resting, quotes, float(tape.time[first]), tape.mid[first])
    assert tape.touch is not None
    for n in range(first, end):
        reach = np.stack([tape.sell_reach[n], tape.buy_reach[n]])
        size = np.stack([tape.sell_size[n], tape.buy_size[n]])
        resting, fills = venue.advance(resting, float(tape.time[n]), tape.mid[n], reach, size, tape.touch[n])
        for side, filled in zip(best, fills.fill[:, 0].tolist(), strict=True):
            if filled:
                yield float(tape.time[n]), side, filled


def _really_there(flow: OrderFlow, seconds: float, seed: int) -> Iterator[tuple[float, float, float]]:
    """The same with orders in the book: when they were sent, what of them was filled, and what it was worth."""
    sent: list[tuple[float, int, Side, int]] = []
    due = WARM_UP

    def dealer(time: float, journal: Journal) -> None:
        nonlocal due
        book = journal.book
        if time - OPEN < due:
            return
        for _, order, *_ in sent[-2:]:
            if book.resting(order):
                journal.cancel(time, order)
        bid, ask = book.best(BUY), book.best(SELL)
        if due < WARM_UP + seconds and bid is not None and ask is not None:
            for side, price in ((BUY, bid), (SELL, ask)):
                sent.append((due, journal.limit(time, side, price, SHARES), side, price))
        due += EVERY

    run = flow.run(WARM_UP + seconds + PATIENCE + LATER, seed=seed, warm_up=0.0, dealer=dealer)
    times, events, mid, unit = run.times, run.events, run.mid, round(TICK * PRICE_UNIT)
    traded = np.flatnonzero((events[:, 0] == EXECUTION) & np.isin(events[:, 1], [order for _, order, *_ in sent]))
    for start, order, side, price in sent:
        fills = traded[events[traded, 1] == order]
        gained = sum(events[fill, 2] / SHARES * _gain(times, mid, side, price * unit, times[fill]) for fill in fills)
        yield start, float(events[fills, 2].sum()) / SHARES, gained


def _gain(time: FloatArray, mid: FloatArray, side: int, price: int, when: float) -> float:
    """What a clip filled at a price × 10,000 is worth five seconds later [ticks]."""
    later = mid[np.searchsorted(time, when + LATER, side="right") - 1]
    return float(side * (later - price / PRICE_UNIT) / TICK)


def _summed(rows: FloatArray) -> Joined:
    start, filled, gained = rows.T
    block, gain = start // 120, float(gained.sum() / filled.sum())
    of_fills = by_blocks(gained - gain * filled, block).error / filled.mean()
    return Joined(by_blocks(filled, block), Measured(gain, float(of_fills)), by_blocks(gained, block))


def four_ways_plot(ways: dict[str, Joined], title: str) -> Picture:
    """Chance of a fill and money a clip placed, side by side."""
    names, looks = list(ways), (ASK, ASK, RESERVATION, SYMMETRIC)
    with drawing(1, 2, width=9.0, height=2.6) as (fig, (fills, money)):
        for n, (name, look) in enumerate(zip(names, looks, strict=True)):
            marker = "v" if name.startswith("backtest") else "o"
            for axes, (mean, error) in ((fills, ways[name].filled), (money, ways[name].money)):
                axes.errorbar(mean, n, xerr=2 * error, fmt=marker, color=look["color"], capsize=3, ms=6)
        fills.set(xlabel="part of the clips placed that was filled (± 2 s.e.)", yticks=range(4), yticklabels=names)
        money.set(xlabel="ticks a clip placed (± 2 s.e.)", yticks=range(4), yticklabels=[])
        money.axvline(0, **MID)
        for axes in (fills, money):
            axes.set_ylim(3.5, -0.5)
        fills.set_title(title)
    words = "; ".join(
        f"{name}: {t.filled.mean:.0%} filled, {t.money.mean:+.2f} ± {t.money.error:.2f} ticks a clip placed"
        for name, t in ways.items()
    )
    return Picture(fig, f"{title}. {words}.")
