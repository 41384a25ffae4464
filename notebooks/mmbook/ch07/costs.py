"""What costs change: fees and rebates, a large tick, inventory that crosses the spread; each on paired tapes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmbook.ch07.scenes import N_STEPS, clips_an_hour, dealer, score_by_hour, tape
from mmlab.desk import Desk, QuoteTimer, Unwinder, Venue
from mmlab.market import Exponential, Market, Tape
from mmlab.models import Symmetric
from mmlab.models.model import Model
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import History, simulate
from mmlab.table import Table

TICKS = Market(mid_price=100, volatility=0.01, horizon=3_600, intensity=Exponential(arrival_rate=0.1, fill_decay=50.0))
"""An hour in seconds; a typical order reaches 0.02 from the mid: two ticks of 1 bp, or less than one of 5."""
HALF_SPREAD = 0.02
"""One over the decay: where a clip earns most."""


class Effect(NamedTuple):
    """A mean over paths and its standard error; against another run, of the differences on one tape."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: FloatArray) -> Effect:
        """Of one number for each path, shape (n_paths,)."""
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.error:.3f}"


@lru_cache(maxsize=2)
def hours_of_ticks(seed: int = 3, n_paths: int = 100) -> Tape:
    """The hours in which ticks are compared, in steps of two seconds."""
    return TICKS.tape(n_paths, 1_800, seed=seed)


@lru_cache(maxsize=16)
def with_tick(tick: float, queue_time: float = 0.0) -> History:
    """A desk that quotes 0.02 around the mid, on a tick [price]; what is new waits so long behind others [s]."""
    timer = QuoteTimer(min_quote_time=2.0, max_quote_time=60.0, max_move=0.005)
    desk = Desk(model=Symmetric(half_spread=HALF_SPREAD), volatility=TICKS.volatility, timer=timer)
    return simulate(dataclasses.replace(desk, venue=Venue(tick=tick, queue_time=queue_time)), hours_of_ticks())


def widths(history: History) -> FloatArray:
    """The mean quoted spread of each path [price], shape (n_paths,)."""
    return np.asarray(np.nanmean(history.ask_price - history.bid_price, axis=0))


def filled_share(history: History) -> FloatArray:
    """Of the market orders that came, the share that met a quote of ours, shape (n_paths,)."""
    came = hours_of_ticks()
    n = (came.buy_size > 0).sum(axis=0) + (came.sell_size > 0).sum(axis=0)
    return np.asarray((history.bid_fill + history.ask_fill).sum(axis=0) / n)


def tick_table(ticks: Sequence[float] = (0.01, 0.05), queue_times: Sequence[float] = (0.0, 4.0, 10.0)) -> Table:
    """Of each tick and queue width, share of orders filled and profit; and, paired, what queue and tick make of it."""
    rows = []
    for tick in ticks:
        for queue_time in queue_times:
            run, front, small = (with_tick(*at) for at in ((tick, queue_time), (tick, 0.0), (ticks[0], queue_time)))
            spread, share = Effect.of(widths(run)), Effect.of(100 * filled_share(run))
            measured = (share, Effect.of(run.pnl), Effect.of(run.pnl - front.pnl), Effect.of(run.pnl - small.pnl))
            rows.append((tick, queue_time, str(spread), spread.mean / tick, *map(str, measured)))
    head = ("tick [price]", "queue [s]", "spread [price]", "in ticks", "orders filled [%]", "PnL [price·clip]")
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
FEES = Venue(tick=0.05, fee=0.02, taker_fee=0.03, queue_time=0.0025)


@lru_cache(maxsize=8)
def unwound(policy: str, taker_fee: float = 0.03) -> History:
    """The chapter's hours with one of `POLICIES`."""
    unwinder = POLICIES[policy]
    venue = dataclasses.replace(FEES, taker_fee=taker_fee)
    return simulate(Desk(model=dealer(), limits=() if unwinder is None else unwinder, venue=venue), tape())


def price_of(policy: str) -> dict[str, Effect]:
    """What a policy costs against "passive" on the same tape [price · clip], and what it does to the risk.

    "pnl" and "score" are differences; "crossed" is in clips; "cost" is what crossing took, with the taker's fee.
    """
    run, free = unwound(policy), unwound("passive")
    given_up = np.zeros(run.inventory[1:].shape) if run.flattened is None else np.abs(run.flattened)
    cost = 0.0 if run.flatten_cost is None else run.flatten_cost
    return {
        "pnl": Effect.of(run.pnl - free.pnl),
        "score": Effect.of(score_by_hour(run) - score_by_hour(free)),
        "crossed": Effect.of(given_up.sum(axis=0)),
        "cost": Effect.of((cost + (FEES.taker_fee or 0.0) * given_up).sum(axis=0)),
        "inventory": Effect.of(np.abs(run.inventory).mean(axis=0)),
        "left at the close": Effect.of(np.abs(run.final_inventory)),
    }


def price_table() -> Table:
    """`price_of` each policy, a row each."""
    found: Mapping[str, dict[str, Effect]] = {policy: price_of(policy) for policy in POLICIES}
    columns = list(found["passive"])
    return Table.of(("policy", *columns), [(name, *(str(row[c]) for c in columns)) for name, row in found.items()])


@dataclass(frozen=True)
class Nearer:
    """A model's quotes, each side nearer to the mid by so much [price]; further where it is negative."""

    model: Model
    by: float

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """As the model skews."""
        ours = self.model.quotes(mid_price, inventory, time_left)
        return dataclasses.replace(ours, bid_price=ours.bid_price + self.by, ask_price=ours.ask_price - self.by)


@lru_cache(maxsize=8)
def with_rebate(rebate: float, nearer: float) -> History:
    """The chapter's hours where resting clips earn a rebate [price], with quotes so much nearer to the mid [price]."""
    model: Any = Nearer(dealer(), nearer)
    return simulate(Desk(model=model, venue=Venue(fee=-rebate)), tape())


def rebate_table(rebate: float = 0.1, shares: Sequence[float] = (0.0, 0.5, 1.0, 1.5)) -> Table:
    """Which share of a rebate is given on, and what that makes of the score against none of it, paired."""
    kept = score_by_hour(with_rebate(rebate, 0.0))
    rows = []
    for share in shares:
        run = with_rebate(rebate, share * rebate)
        more = Effect.of(score_by_hour(run) - kept)
        rows.append((share, f"{clips_an_hour(run):.1f}", str(Effect.of(run.pnl)), str(more)))
    return Table.of(("share given on", "clips an hour", "PnL", "score less that of none"), rows)
