"""The hour that chapter 09 trades, a tape in whose middle the mid moves too far, and what can go wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook import printed
from mmlab.desk import History, MarketData, MarketMakingConfig, MarketMakingPipeline, Mode, Reason, TapeVenue
from mmlab.market import Tape
from mmlab.quotes import Quotes
from mmlab.table import Table

CONFIG = MarketMakingConfig.from_toml("""
[market]
volatility = 0.24283
arrival_rate = 0.05
transaction_cost = 0.00002
horizon = 3600.0

[model]
risk_aversion = 0.0002

[quotes]
quote_size = 300
size_decay = 0.2
stale_fraction = 3.0

[limits]
max_position = 1000
min_position = -1000
max_daily_loss = 400
max_drawdown = 300
""")
"""An hour at 100, in which the mid moves by a cent in a second: σ = 0.01 price/√s."""
N_STEPS, SEED = 240, 19
STORM = (0.4, 0.5)
"""From when to when the storm is [horizon = 1]."""


def hour(config: MarketMakingConfig = CONFIG, storm: float = 4.0, seed: int = SEED, n_paths: int = 1) -> Tape:
    """An hour of the configuration's market, in whose storm the mid moves `storm` times as far [1].

    It has 240 steps of 15 s; the storm lasts 24 of them, from minute 24 to minute 30.
    """
    tape = config.make_market().tape(n_paths=n_paths, n_steps=N_STEPS, seed=seed)
    first, last = (round(share * N_STEPS) for share in STORM)
    return tape.stormy(first, last, storm)


@lru_cache(maxsize=4)
def hours(seed: int = 2026, n_paths: int = 400) -> Tape:
    """Many such hours."""
    return hour(seed=seed, n_paths=n_paths)


def play(pipeline: MarketMakingPipeline, tape: Tape, acts: Mapping[int, Callable[..., Any]] | None = None) -> History:
    """Each row of a tape through a pipeline that has a venue; before the step of one of the `acts`, that is done."""
    feed = TapeVenue(CONFIG.make_desk().venue, tape)
    for n, row in enumerate(feed.market_data()):
        if acts and n in acts:
            acts[n](pipeline)
        pipeline.run_pipeline(row)
    return pipeline.close(feed.end)


def around(run: History, first: int, last: int) -> Table:
    """What a history says of the steps from `first` to before `last`, a row for each."""
    assert run.mode is not None
    assert run.reason is not None
    assert run.value is not None
    assert run.accepted is not None
    assert run.bound is not None
    rows = []
    for n in range(first, last):
        prices = [f"{price[n, 0]:.2f}".replace("nan", "–") for price in (run.bid_price, run.ask_price)]
        why = Reason(run.reason[n, 0]).sentence(run.value[n, 0], run.bound[n, 0], "s")
        fills = [f"{run.bid_fill[n, 0]:g}", f"{run.ask_fill[n, 0]:g}", bool(run.accepted[n, 0])]
        rows.append([n, *prices, *fills, Mode(run.mode[n, 0]).name, why])
    return Table.of(["step", "bid", "ask", "bought", "sold", "accepted", "mode", "because"], rows)


@dataclass
class Interrupted:
    """A venue around a venue; the keyboard stops the first time that step `at` is filled."""

    inner: Any
    at: int
    calls: int = field(default=0)

    def start(self, n_paths: int) -> Any:
        """As `inner`."""
        return self.inner.start(n_paths)

    def submit(self, orders: Any, quotes: Quotes, data: MarketData) -> Any:
        """As `inner`."""
        return self.inner.submit(orders, quotes, data)

    def advance(self, orders: Any, data: MarketData) -> Any:
        """As `inner`, but once."""
        self.calls += 1
        if self.calls == self.at + 1:
            raise KeyboardInterrupt
        return self.inner.advance(orders, data)


class FilledIn(printed.MarketMakingPipeline):
    """The guide's pipeline, with the methods that it calls and does not have; its first three stages."""

    inventory = 0.0  # where would another value come from?
    venue: Any
    orders: Any
    fills: Any

    def _setup_model(self) -> Any:
        return self.config.make_model()

    def _setup_quote_manager(self) -> None:
        return None

    def _setup_risk_manager(self) -> Any:
        return self.config.make_limits()[0]

    def _calculate_quotes(self, market_data: MarketData) -> Quotes:
        self.data = market_data
        left = self.config.market.horizon - market_data.time
        return self.model.quotes(market_data.mid_price, self.inventory, left)  # type: ignore[no-any-return]

    def _check_risk_limits(self, quotes: Quotes) -> Quotes:
        left: Quotes = self.risk_manager.adjust_quotes(self.inventory, quotes, self.data.mid_price)
        return left

    def _submit_quotes(self, quotes: Quotes) -> None:
        self.orders, _ = self.venue.submit(self.orders, quotes, self.data)
        self.orders, self.fills = self.venue.advance(self.orders, self.data)

    def _update_history(self, quotes: Quotes) -> None:
        self.execution_history.append(quotes)


def trade_unseen(guide: FilledIn, tape: Tape) -> tuple[Any, Any, float]:
    """What really happens to a pipeline that hears of no fill: profit, and the largest inventory, beside its books."""
    guide.venue = TapeVenue(CONFIG.make_desk().venue, tape)
    guide.orders = guide.venue.start(tape.n_paths)
    held, cash, largest = np.zeros(tape.n_paths), np.zeros(tape.n_paths), 0.0
    for row in guide.venue.market_data():
        guide.run_pipeline(row)  # type: ignore[no-untyped-call]
        (bought, sold), prices = guide.fills.fill, np.nan_to_num(guide.fills.price)
        held = held + bought - sold
        cash = cash - prices[0] * bought + prices[1] * sold - guide.fills.fee
        largest = max(largest, float(np.abs(held).max()))
    return cash + held * tape.mid[-1], held, largest
