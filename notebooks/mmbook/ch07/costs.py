"""What costs change: fees and rebates, a large tick, inventory that crosses the spread; each on paired tapes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmbook.ch07.scenes import N_STEPS, Hours, dealer, tape
from mmbook.ch07.tables import Effect, earned_more, scored_more
from mmlab.desk import Desk, QuoteTimer, Unwinder, Venue
from mmlab.market import Exponential, Market, Tape
from mmlab.models import Symmetric
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.table import Table

TICKS = Market(mid_price=100, volatility=0.01, horizon=3_600, intensity=Exponential(arrival_rate=0.1, fill_decay=50.0))
"""An hour in seconds; a typical order reaches 0.02 from the mid: two ticks of 1 bp, or less than one of 5."""
HALF_SPREAD = 0.02
"""One over the decay: where a clip earns most."""


@lru_cache(maxsize=2)
def hours_of_ticks(seed: int = 3, n_paths: int = 100) -> Tape:
    """The hours in which ticks are compared, in steps of two seconds."""
    return TICKS.tape(n_paths, 1_800, seed=seed)


class Ticked(NamedTuple):
    """A run on ticks, a number an hour each: profit, mean quoted spread [price], share of the market orders filled."""

    pnl: FloatArray
    spread: FloatArray
    filled: FloatArray


def on_ticks(tick: float, queue_time: float = 0.0) -> Desk:
    """A desk that quotes 0.02 around the mid, on a tick [price]; what is new waits so long behind others [s]."""
    timer = QuoteTimer(min_quote_time=2.0, max_quote_time=60.0, max_move=0.005)
    venue = Venue(tick=tick, queue_time=queue_time)
    return Desk(model=Symmetric(half_spread=HALF_SPREAD), volatility=TICKS.volatility, timer=timer, venue=venue)


@lru_cache(maxsize=16)
def with_tick(tick: float, queue_time: float = 0.0) -> Ticked:
    """Its hours."""
    came = hours_of_ticks()
    run = simulate(on_ticks(tick, queue_time), came)
    n = (came.buy_size > 0).sum(axis=0) + (came.sell_size > 0).sum(axis=0)
    spread = np.nanmean(run.ask_price - run.bid_price, axis=0)
    return Ticked(run.pnl, spread, (run.bid_fill + run.ask_fill).sum(axis=0) / n)


def tick_table(ticks: Sequence[float] = (0.01, 0.05), queue_times: Sequence[float] = (0.0, 4.0, 10.0)) -> Table:
    """Of each tick and queue width, share of orders filled and profit; and, paired, what queue and tick make of it."""
    rows = []
    for tick in ticks:
        for queue_time in queue_times:
            run, front, small = (with_tick(*at) for at in ((tick, queue_time), (tick, 0.0), (ticks[0], queue_time)))
            more = (f"{Effect.of(run.pnl - other.pnl):+.3f}" for other in (front, small))
            earned = f"{Effect.of(100 * run.filled):.2f}", f"{Effect.of(run.pnl):.3f}"
            width = f"{Effect.of(run.spread):.3f}", f"{run.spread.mean() / tick:.1f}"
            rows.append((tick, queue_time, *width, *earned, *more))
    head = ("tick [price]", "queue [s]", "spread [price]", "in ticks", "orders filled [%]", "profit [price·clip]")
    return Table.of((*head, "less that at the front", f"less that on a tick of {ticks[0]:g}"), rows)


POLICIES: dict[str, Unwinder | None] = {
    "passive": None,
    "aggressive": Unwinder(half_spread=0.3, impact=0.02, above=2, target=0),
    "flat by close, crossed at once": Unwinder(half_spread=0.3, impact=0.02, close=1.0, cross_time=1 / N_STEPS),
    "flat by close, first by quotes": Unwinder(
        half_spread=0.3, impact=0.02, close=1.0, reduce_time=0.1, cross_time=1 / N_STEPS
    ),
}
"""How the dealer may get rid of what he holds; crossing pays 0.3 a clip, 0.02 more for each at once, and the fee."""
TAKER_FEE = 0.03
FEES = Venue(tick=0.05, fee=0.02, taker_fee=TAKER_FEE, queue_time=0.0025)


def unwinding(policy: str) -> Desk:
    """The dealer with one of `POLICIES`."""
    return Desk(model=dealer(), limits=POLICIES[policy] or (), venue=FEES)


@lru_cache(maxsize=8)
def unwound(policy: str) -> Hours:
    """Its hours."""
    return Hours.of(simulate(unwinding(policy), tape()))


def cost_of_crossing(run: Hours) -> FloatArray:
    """What crossing the spread took in each hour, with the taker's fee [price · clip], shape (n_paths,)."""
    return run.crossing + TAKER_FEE * run.crossed


def price_table() -> Table:
    """What each policy does, and what it costs against "passive" on the same tape [price · clip]; with taker's fees."""
    free, rows = unwound("passive"), []
    for policy in POLICIES:
        run = unwound(policy)
        earned = f"{Effect.of(run.pnl):.2f}", f"{earned_more(run, free):+.2f}", f"{scored_more(run, free):+.2f}"
        others = (run.crossed, cost_of_crossing(run), run.held, run.left)
        rows.append((policy, *earned, *(f"{Effect.of(each):.2f}" for each in others)))
    head = ("policy", "profit", "less passive", "score less passive", "crossed [clips]", "cost of that")
    return Table.of((*head, "held, mean [clips]", "left at close"), rows)


@lru_cache(maxsize=8)
def with_rebate(rebate: float, nearer: float) -> Hours:
    """The chapter's hours where resting clips earn a rebate [price], with quotes so much nearer to the mid [price]."""
    model = dealer()

    def quotes(mid_price: FloatArray, inventory: FloatArray, time_left: float) -> Quotes:
        ours = model.quotes(mid_price, inventory, time_left)
        return Quotes.at(ours.bid_price + nearer, ours.ask_price - nearer)

    run = Hours.of(simulate(quotes, tape()))
    return dataclasses.replace(run, pnl=run.pnl + rebate * run.traded)


def rebate_table(rebate: float = 0.1, shares: Sequence[float] = (0.0, 0.5, 1.0, 1.5)) -> Table:
    """Which share of a rebate is given on, and what that makes of the score against none of it, paired."""
    rows = []
    for share in shares:
        run = with_rebate(rebate, share * rebate)
        more = scored_more(run, with_rebate(rebate, 0.0))
        rows.append((share, f"{Effect.of(run.traded):.1f}", f"{Effect.of(run.pnl):.3f}", f"{more:+.3f}"))
    return Table.of(("share given on", "clips an hour", "profit", "score less that of none"), rows)
