"""What a desk trades on: the interface of a venue, and the venue that a tape is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of
from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Fills, Resting, ask_for, meet
from mmlab.desk.sides import Sides, both
from mmlab.desk.venue import Venue
from mmlab.frozen import frozen
from mmlab.market.columns import exact
from mmlab.market.reach import last_bits
from mmlab.market.tape import Tape
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes
from mmlab.vocabulary import VOLATILITY


class TradingVenue(Protocol):
    """Where a desk's quotes go and its fills come from: a tape, a recorded day, a feed, or a reader's own class.

    Each step submits once and then advances once. No call changes the orders that it is given: it returns new ones.
    Whatever else they are, orders have `requested`, what was accepted last and has not been filled since, as Quotes of
    shape (n_paths,), and `working`, the most of each side that can still fill [clips], of shape (2, n_paths), as the
    `Resting` that a `Venue` makes. What a venue answers is held against this: see `reconcile`.
    """

    def start(self, n_paths: int) -> Any:
        """Orders when nothing rests."""

    def submit(self, orders: Any, quotes: Quotes, data: MarketData) -> tuple[Any, Any]:
        """Ask for `quotes`, shape (n_paths,), in the place of what was wanted; an absent side is cancelled.

        What fills of an old order while the new one travels is taken off the new one's size: a side never fills for
        more than the larger of the two. A rejected order leaves what was there.

        Returns
        -------
        orders, accepted
            The latter True, or an array of bool, shape (n_paths,): False where a path's quotes were rejected.
        """

    def advance(self, orders: Any, data: MarketData) -> tuple[Any, Fills]:
        """What was filled in the step that starts with `data`, or since the last call."""


@frozen(eq=False)
class TapeVenue:
    """A tape's market orders, step by step, meet what rests by the `rules` of a `Venue`; nothing is rejected.

    Where the tape is closed, on one path or more, the market data says that the market is halted.
    """

    rules: Venue
    tape: Tape
    near: float = field(init=False, repr=False)
    """Far more than the last bits of any of the tape's prices [price]."""

    def __post_init__(self) -> None:
        if not isinstance(self.rules, Venue) or not isinstance(self.tape, Tape):
            raise ParameterError(f"TapeVenue needs a Venue's rules and a Tape; got {self.rules!r}, {self.tape!r}.")
        object.__setattr__(self, "near", nearness(self.tape, self.rules.tick))

    def market_data(self, volatility: ArrayLike | None = None) -> Iterator[MarketData]:
        """What is seen at the start of each step.

        A measured `volatility` [price/√time] broadcasts to (n_steps, n_paths), or there is a ParameterError.
        """
        steps, shape = range(self.tape.n_steps), (self.tape.n_steps, self.tape.n_paths)
        if volatility is None:
            return (self.at(n) for n in steps)
        measured = VOLATILITY.check_array(volatility)
        try:
            sigma = np.broadcast_to(measured, shape)
        except ValueError:
            rule = f"must broadcast to (n_steps, n_paths) = {shape}"
            raise ParameterError(f"volatility (σ) {rule}; got {measured.shape}.") from None
        return (self.at(n, sigma[n]) for n in steps)

    @property
    def end(self) -> MarketData:
        """What is seen when the tape is over."""
        return self.at(self.tape.n_steps)

    def at(self, n: int, volatility: FloatArray | None = None) -> MarketData:
        """What is seen as step `n` begins, with what is measured of the volatility [price/√time], shape (n_paths,)."""
        tape = self.tape
        row: dict[str, Any] = {"volatility": volatility, "tape": tape if volatility is None else None}
        if tape.signal is not None:
            row["signal"] = tape.signal[n]
        if tape.touch is not None and n < len(tape.touch):
            row["best_bid"], row["best_ask"] = tape.touch[n, 0]
            row["halted"] = not all_of(tape.is_open[n])
        return MarketData.unchecked(float(tape.time[n]), mid := tape.mid[n], mid_of_sides=both(mid), **row)

    def start(self, n_paths: int) -> Resting:
        """Nothing rests, before the tape's first step."""
        if n_paths != self.tape.n_paths:
            raise ParameterError(f"The tape has {self.tape.n_paths} paths and the market data {n_paths}.")
        return self.rules.start(n_paths)

    def submit(self, orders: Resting, quotes: Quotes, data: MarketData) -> tuple[Resting, bool]:
        """As the rules say; every order is accepted."""
        return self._ask_for(orders, Sides.of(quotes, (data.n_paths,)), data), True

    def _ask_for(self, orders: Resting, sides: Sides, data: MarketData, tick: float = 0.0) -> Resting:
        """The same of sides that are rounded to this tick [price] already."""
        if tick != self.rules.tick:
            sides = sides.rounded(self.rules.tick)
        return ask_for(self.rules, orders, sides, data.time, data.mid_of_sides)

    def advance(self, orders: Resting, data: MarketData) -> tuple[Resting, Fills]:
        """The tape's next step, which must start at the data's time.

        Raises
        ------
        ParameterError
            If it does not, or the tape is at its end.
        """
        tape, n = self.tape, orders.step
        if n >= len(tape.buy_reach) or data.time != tape.time[n]:
            there = f"at time {exact(tape.time[n])}" if n < len(tape.buy_reach) else "nowhere: it is at its end"
            raise ParameterError(f"The tape's next step starts {there}; the market data is of time {exact(data.time)}.")
        reach, size = orders_of(tape, n)
        touch = None if tape.touch is None else tape.touch[n]
        # When its orders come matters if something of ours arrives, or is through its queue, within the step.
        arrival = None
        if orders.messages or orders.queued:
            moments = [message.due for message in orders.messages] + [until for until, _ in orders.queued]
            end = float(tape.time[n + 1])
            if any([data.time < moment < end - 4 * math.ulp(end) for moment in moments]):
                arrival = tape.arrival(n)
        return meet(self.rules, orders, data.time, data.mid_of_sides, reach, size, touch, arrival, self.near)


def nearness(tape: Tape, tick: float = 0.0) -> float:
    """Far more than the last bits of any price on a tape, or of ticks on it [price]."""
    return float(last_bits(1_000 * tape.largest, tick=2 * tick))


def orders_of(tape: Tape, step: int) -> tuple[FloatArray, FloatArray]:
    """Reach [price] and size [clips] of a step's sell orders, which meet bids, and buy orders, each (2, n_paths)."""
    reach = np.array((tape.sell_reach[step], tape.buy_reach[step]))
    alike = tape.sizes_of_every_step
    return reach, np.array((tape.sell_size[step], tape.buy_size[step])) if alike is None else alike
