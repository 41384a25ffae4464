"""The desks of chapter 07: its market, its reference desk, and the guide's printed levers as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmbook import printed
from mmlab.desk import Desk, QuoteSizer, Venue
from mmlab.market import Exponential, Market, Tape
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.models.model import Model
from mmlab.parameters import BoolArray, FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import History

GAMMA = 0.1
MARKET = Market(
    mid_price=100,
    volatility=4,
    horizon=1,
    intensity=Exponential(arrival_rate=40, fill_decay=1.5),
    market_order_size=2,
)
VENUE = Venue(tick=0.05, fee=0.02, queue_time=0.0025)
N_PATHS, N_STEPS, MAX_POSITION = 250, 400, 20


def dealer(risk_aversion: float = GAMMA) -> GueantLehalleFernandezTapia:
    """Guéant's quotes far from the close."""
    return GueantLehalleFernandezTapia.for_market(
        MARKET, risk_aversion=risk_aversion, max_inventory=MAX_POSITION, solution="stationary"
    )


@lru_cache(maxsize=2)
def tape(seed: int = 7, n_paths: int = N_PATHS) -> Tape:
    """The chapter's hours."""
    return MARKET.tape(n_paths, N_STEPS, seed=seed)


def score_by_hour(history: History, risk_aversion: float = GAMMA) -> FloatArray:
    """What each path adds to the score, W − ½γ(W − W̄)² [price · clip], shape (n_paths,): their mean is the score."""
    earned = history.pnl
    return np.asarray(earned - risk_aversion / 2 * (earned - earned.mean()) ** 2)


def score_difference(history: History, reference: History) -> tuple[float, float]:
    """How much more a run scores than the reference on the same tape, and the error of that, paired."""
    more = score_by_hour(history) - score_by_hour(reference)
    return float(more.mean()), float(more.std(ddof=1) / np.sqrt(len(more)))


def clips_an_hour(history: History) -> float:
    """What is traded on a path, bought and sold [clips]."""
    return float((history.bid_fill + history.ask_fill).sum() / len(history.pnl))


def edge_a_clip(history: History) -> float:
    """What a traded clip earned against the mid at its fill [price]; NaN where nothing traded."""
    traded = float((history.bid_fill + history.ask_fill).sum())
    return float(history.edge.sum()) / traded if traded else float("nan")


def fresh(desk: Desk) -> Callable[..., Quotes]:
    """The quotes of a desk without timer, latency, limits or fees, as a strategy: it needs no venue to be always fresh.

    `simulate` does the same with it as with the desk, in half of the time.
    """

    def quotes(mid_price: FloatArray, inventory: FloatArray, time_left: float) -> Quotes:
        return desk.quotes(mid_price, inventory, time_left, 0.0 if desk.volatility is None else desk.volatility)

    return quotes


def side_by_side(model: Model, sizers: Sequence[QuoteSizer]) -> Callable[..., Quotes]:
    """The same of several desks that differ in their sizers alone, for a tape repeated as often: a copy for each."""
    most = int(max(sizer.max_position for sizer in sizers))
    sizes = np.array([sizer.calculate_quote_size(np.arange(-most, most + 1)) for sizer in sizers])

    def quotes(mid_price: FloatArray, inventory: FloatArray, time_left: float) -> Quotes:
        desk = np.arange(len(inventory)) * len(sizers) // len(inventory)
        bid_size, ask_size = sizes[desk, :, inventory.astype(int) + most].T
        ours = model.quotes(mid_price, inventory, time_left)
        bid, ask = np.where([bid_size > 0, ask_size > 0], [ours.bid_price, ours.ask_price], np.nan)
        return Quotes(bid, ask, bid_size, ask_size)

    return quotes


def a_day(history: History) -> tuple[float, float, float, float]:
    """What a path brings: clips traded, mean profit and its deviation [price · clip], the final inventory's [clips]."""
    pnl = history.pnl
    return clips_an_hour(history), float(pnl.mean()), float(pnl.std()), float(history.final_inventory.std())


def picked_off(history: History) -> BoolArray:
    """Whether a bid or an ask filled that the mid had moved through, shape (2, n_steps, n_paths)."""
    bids, asks = history.bid_price > history.mid[:-1], history.ask_price < history.mid[:-1]
    return np.array([bids & (history.bid_fill > 0), asks & (history.ask_fill > 0)])


def tail_inventory(history: History, level: float = 0.99) -> float:
    """The |inventory| [clips] that is not exceeded in this share of all steps."""
    return float(np.quantile(np.abs(history.inventory), level))


@dataclass(frozen=True)
class PrintedSizes:
    """A model's prices with the sizes of `mmbook.printed.QuoteSizer`, as they come."""

    model: Model
    sizer: printed.QuoteSizer

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """As the model quotes, min(max − |q|, "minimum") on both sides."""
        quotes = self.model.quotes(mid_price, inventory, time_left)
        sizes = np.vectorize(self.sizer.calculate_quote_size, otypes=[float, float])
        bid_size, ask_size = sizes(inventory, mid_price)
        bid, ask = (
            np.where(size > 0, price, np.nan)
            for price, size in ((quotes.bid_price, bid_size), (quotes.ask_price, ask_size))
        )
        return Quotes(bid, ask, bid_size * ~np.isnan(bid), ask_size * ~np.isnan(ask))


@dataclass(frozen=True)
class PrintedWidth:
    """A model's middle with the spread of `mmbook.printed.QuoteAggressiveness`, given a `volatility` in some unit."""

    model: Model
    width: Any
    volatility: float

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """As the model skews, base × (1 − aggressiveness) wide."""
        middle = self.model.quotes(mid_price, inventory, time_left).middle
        measure = np.vectorize(self.width.calculate_aggressiveness, otypes=[float])
        spread = self.width.adjust_spread(self.width.base_spread, measure(inventory, mid_price, self.volatility))
        return Quotes.at(middle - spread / 2, middle + spread / 2)
