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


@dataclass(frozen=True, eq=False)
class Hours:
    """What the chapter keeps of a run: a number an hour, shape (n_paths,) each. Whole histories would fill a kernel.

    Profit [price · clip], clips traded, what they earned against the mid [price · clip], mean |inventory| [clips], how
    often quotes were replaced, the share of steps in which one stood beyond the mid, clips that crossed the spread and
    what that cost [price · clip], |inventory| at the end; and the |inventory| exceeded in one step of a hundred.
    """

    pnl: FloatArray
    traded: FloatArray
    edge: FloatArray
    held: FloatArray
    refreshed: FloatArray
    beyond: FloatArray
    crossed: FloatArray
    crossing: FloatArray
    left: FloatArray
    tail: float

    @classmethod
    def of(cls, run: History) -> Hours:
        """Of a history."""
        nothing, held = np.zeros(run.bid_fill.shape), np.abs(run.inventory)
        columns = (run.refreshed, run.flattened, run.flatten_cost)
        refreshed, crossed, crossing = (nothing if x is None else np.abs(np.asarray(x, float)) for x in columns)
        beyond = (run.bid_price > run.mid[:-1]) | (run.ask_price < run.mid[:-1])
        each_step = (run.bid_fill + run.ask_fill, refreshed, crossed, crossing)
        traded, refreshed, crossed, crossing = (column.sum(axis=0) for column in each_step)
        mean, tail = held.mean(axis=0), float(np.quantile(held, 0.99))
        return cls(run.pnl, traded, run.edge, mean, refreshed, beyond.mean(axis=0), crossed, crossing, held[-1], tail)

    @property
    def score(self) -> FloatArray:
        """What each hour adds to the score, W − ½γ(W − W̄)² [price · clip]: their mean is the score, equation (1)."""
        return np.asarray(self.pnl - GAMMA / 2 * (self.pnl - self.pnl.mean()) ** 2)


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
    pnl, clips = history.pnl, (history.bid_fill + history.ask_fill).sum(axis=0)
    return float(clips.mean()), float(pnl.mean()), float(pnl.std()), float(history.final_inventory.std())


def picked_off(history: History) -> BoolArray:
    """Whether a bid or an ask filled that the mid had moved through, shape (2, n_steps, n_paths)."""
    bids, asks = history.bid_price > history.mid[:-1], history.ask_price < history.mid[:-1]
    return np.array([bids & (history.bid_fill > 0), asks & (history.ask_fill > 0)])


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
