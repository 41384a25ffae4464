"""Desk: a model and what stands between its quotes and the market."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.venue import Venue
from mmlab.models.model import Model, SignalModel
from mmlab.parameters import ParameterError, parameter, validated
from mmlab.quotes import Quotes
from mmlab.vocabulary import VOLATILITY


class Permit(Protocol):
    """What a limit answers: the function that leaves of some quotes what may be shown."""

    def apply(self, quotes: Quotes, mid_price: ArrayLike, inventory: ArrayLike) -> Quotes:
        """What is left of `quotes`, shape (n_paths,)."""
        ...


class Limits(Protocol):
    """A stage that looks at each step before anything is sent: new quotes and what rests go through what it permits."""

    def start(self, n_paths: int) -> Any:
        """Its state before the first step."""
        ...

    def step(
        self, state: Any, *, time: float, mid_price: ArrayLike, inventory: ArrayLike, cash: ArrayLike
    ) -> tuple[Any, Permit]:
        """Its new state and what it permits, for all paths at once."""
        ...


@validated
class Desk:
    """Model → aggressiveness → sizing → timing → limits → venue; a stage that is None leaves things as they are.

    Without a timer the quotes are refreshed at every step. `simulate` runs a desk on a tape. Other fields than σ:

    model : Model | SignalModel
        Whose quotes they are.
    aggressiveness, sizer, timer, limits : QuoteAggressiveness, QuoteSizer, QuoteTimer, Limits, optional
        Widen the quotes, size them (the model's own sizes then do not count), let them rest, forbid them.
    venue : Venue
        Where they rest: tick, fee and latencies; all 0 by default.
    """

    model: Model | SignalModel = dataclasses.field()
    volatility: float | None = parameter(VOLATILITY, default=None, description="What timer and aggressiveness expect.")
    aggressiveness: QuoteAggressiveness | None = None
    sizer: QuoteSizer | None = None
    timer: QuoteTimer | None = None
    limits: Limits | None = None
    venue: Venue = Venue()

    def __post_init__(self) -> None:
        kinds = {"aggressiveness": QuoteAggressiveness, "sizer": QuoteSizer, "timer": QuoteTimer, "venue": Venue}
        for name, kind in kinds.items():
            given = getattr(self, name)
            if not isinstance(given, kind) and (given is not None or kind is Venue):
                raise ParameterError(f"Desk: {name} must be a {kind.__name__}; got {given!r}.")
        if not callable(getattr(self.model, "quotes", None)) or isinstance(self.model, type):
            raise ParameterError(f"Desk: model must have quotes(mid_price, inventory, time_left); got {self.model!r}.")
        if self.volatility is None and (self.timer or self.aggressiveness):
            raise ParameterError("Desk: a timer and an aggressiveness need the volatility (σ) [price/√time].")

    def quotes(
        self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike, volatility: ArrayLike, **seen: ArrayLike
    ) -> Quotes:
        """What the desk would like to show now, in whole ticks, before timing and limits.

        Broadcasts over `mid_price` [price], `inventory` [clips], `time_left` [time] and `volatility` [price/√time];
        a `signal` [price/time] is handed to the model.
        """
        quotes = self.model.quotes(mid_price, inventory, time_left, **seen)
        if self.aggressiveness is not None:
            quotes = self.aggressiveness.adjust_quotes(quotes, inventory, volatility)
        if self.sizer is not None:
            bid_size, ask_size = self.sizer.calculate_quote_size(inventory)
            bid_there, ask_there = (bid_size > 0) & (quotes.bid_size > 0), (ask_size > 0) & (quotes.ask_size > 0)
            quotes = Quotes(
                np.where(bid_there, quotes.bid_price, np.nan),
                np.where(ask_there, quotes.ask_price, np.nan),
                bid_size * bid_there,
                ask_size * ask_there,
            )
        return quotes.rounded(self.venue.tick)
