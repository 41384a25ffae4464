"""A desk's day, made by a seed: run to its end at once, or step by step with a monitor that looks on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mmlab.desk import History, MarketData, MarketMakingConfig, MarketMakingPipeline, TapeVenue
from mmlab.desk.pipeline import STAGES
from mmlab.market import Market, Tape
from mmlab.measure import MarketMakingMonitor

STEP = 10.0
"""The days' steps [s]."""


@dataclass(frozen=True)
class DeskDay:
    """A market, and the desk that quotes in it.

    Parameters
    ----------
    market : Market
        What is true; the configuration is what the desk believes.
    seed : int
        Of the day's tape.
    config : MarketMakingConfig
        The desk's numbers.
    model : Model, optional
        In the place of the configuration's.
    """

    market: Market
    seed: int
    config: MarketMakingConfig = field(default_factory=MarketMakingConfig)
    model: Any = None

    @cached_property
    def tape(self) -> Tape:
        """What happens on that day."""
        return self.market.tape(n_paths=1, n_steps=round(self.market.horizon / STEP), seed=self.seed)

    @cached_property
    def history(self) -> History:
        """The whole day, run once."""
        live = LiveDay(self)
        live.step(self.tape.n_steps)
        return live.history

    def watched(self, **how: Any) -> MarketMakingMonitor:
        """A monitor that has seen the whole day."""
        monitor = MarketMakingMonitor(self.config, **({"horizons": (10.0, 60.0, 600.0)} | how))
        monitor.monitor(None, self.history)
        return monitor


class LiveDay:
    """The same day while it happens: `pipeline`, `monitor`, and `step`, after which the monitor has looked."""

    def __init__(self, day: DeskDay, **how: Any):
        venue = TapeVenue(day.config.make_desk(day.model).venue, day.tape)
        self.pipeline = MarketMakingPipeline(day.config, venue, model=day.model, end=float(day.tape.time[-1]))
        self.monitor = MarketMakingMonitor(day.config, **({"horizons": (10.0, 60.0, 600.0)} | how))
        self._end = MarketData(time=float(day.tape.time[-1]), mid_price=day.tape.mid[-1])
        self._data, self.over = list(venue.market_data()), False

    @property
    def n_steps(self) -> int:
        """How many steps are over, as the venue counts them: an interrupted one is taken again."""
        return self.pipeline.state.orders.step if self.pipeline.state else 0

    @property
    def history(self) -> History:
        """What there is by now; when the day is over, marked at its last mid."""
        return self.pipeline.close(self._end) if self.over else self.pipeline.history

    def step(self, n_steps: int = 1) -> LiveDay:
        """So many steps, fewer at the day's end, and one look of the monitor at them."""
        before = self.n_steps
        for data in self._data[before : before + n_steps]:
            self.pipeline.run_pipeline(data)
        done = self.n_steps - before
        self.over = done < n_steps or self.n_steps == self.pipeline.venue.tape.n_steps  # type: ignore[union-attr]
        taken: Mapping[str, Any] = {}
        if done:
            taken = dict(zip(STAGES, np.asarray(self.pipeline.latencies[-done:].T, dtype=float) * 1e-9, strict=True))
        self.monitor.monitor(None, self.history, taken)
        return self
