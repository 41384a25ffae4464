"""simulate: any strategy on a tape, step by step over all paths at once, everything recorded; a desk by its venue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import all_of, check_memory
from mmlab.description import describe, versions
from mmlab.desk import Desk, History, MarketMakingPipeline, TapeVenue
from mmlab.desk.orders import booked, filled
from mmlab.desk.run_record import unless_whole
from mmlab.desk.sides import Sides, both, turned
from mmlab.desk.tables import Tables
from mmlab.desk.tape_venue import nearness, orders_of
from mmlab.market import Tape
from mmlab.models.model import Model, SignalModel, takes_signal
from mmlab.parameters import ParameterError
from mmlab.quotes import Quotes
from mmlab.vocabulary import CASH, INVENTORY

_AHEAD = 8, 256
"""Steps that are looked at at once, where nothing may happen: at least and at most."""
Strategy = Model | SignalModel | Desk | MarketMakingPipeline | Callable[..., Quotes]


def simulate(strategy: Strategy, tape: Tape, *, inventory: float = 0.0, cash: float = 0.0) -> History:
    """Run a strategy on every path of a tape.

    At each step the strategy quotes at the mid, and a quote fills if and only if its depth ≤ the step's reach, for the
    smaller of its size and the market order's. Then the mid moves. A quote at a price of 0 or below fills as any other;
    `History.at_or_below_zero` counts them.

    Parameters
    ----------
    strategy : model, callable, Desk or MarketMakingPipeline
        Something with ``quotes(mid_price, inventory, time_left)``, or such a function itself. It gets the mid
        [price] and the inventory [clips] as arrays of shape (n_paths,), the time left [time] as a number, and
        returns `Quotes` that broadcast to (n_paths,). If it has a parameter named ``signal``, it is also given the
        tape's signal at the step's start [price/time], of shape (n_paths,). A Desk's quotes rest at their prices, as
        `simulate_desk` says; so do a pipeline's, which starts anew, with its own inventory, cash and end. What trades
        across the spread by itself, as a `Schedule` that has a cost, is run as a desk.
    tape : Tape
        What happens.
    inventory, cash : float
        What every path starts with [clips] and [price · clip].

    Returns
    -------
    History
        All columns, for all paths.

    Raises
    ------
    ParameterError
        If the strategy or the tape is none, the strategy returns something else than Quotes or Quotes of another
        shape or asks for a signal that the tape has not, what it starts with is not finite, or the history would need
        too much memory.
    """
    if not isinstance(tape, Tape):
        raise ParameterError(f"tape must be a Tape, such as market.tape(n_paths, n_steps, seed); got {tape!r}.")
    if isinstance(strategy, MarketMakingPipeline):
        if inventory or cash:
            raise ParameterError("A pipeline has its own inventory and cash: MarketMakingPipeline(..., inventory=...).")
        return run_on_tape(strategy, tape)
    if hasattr(strategy, "across"):
        strategy = Desk(model=strategy)  # type: ignore[arg-type]
    if isinstance(strategy, Desk):
        return simulate_desk(strategy, tape, inventory=inventory, cash=cash)
    quote: Any = getattr(strategy, "quotes", strategy)
    if not callable(quote):
        raise ParameterError(
            "strategy must be a model or a function of (mid_price, inventory, time_left) that returns Quotes; "
            f"got {strategy!r}."
        )
    looks = takes_signal(quote)
    signals = tape.signal if looks else None
    if looks and signals is None:
        raise ParameterError(
            "The strategy asks for a signal and the tape has none: draw it from a market with signal=Signal(...)."
        )
    n_steps, n_paths = tape.n_steps, tape.n_paths
    check_memory(f"A history of {n_paths:,} paths × {n_steps:,} steps", 8 * 8 * n_steps * n_paths)
    price, fill = np.empty((2, 2, n_steps, n_paths))
    size = np.broadcast_to(1.0, price.shape)  # one number, until a quote is of another size
    held, account = np.empty((2, n_steps + 1, n_paths))
    held[0], account[0] = INVENTORY.check(inventory), CASH.check(cash)
    one = signals[:-1, 0] if signals is not None and n_paths == 1 else None
    tables, near = Tables.of(strategy, tape.time_left, signal=one), nearness(tape)
    tables, place = tables.place(held[0])
    for n, time_left in enumerate(tape.time_left.tolist()):
        mid, q = both(tape.mid[n]), held[n]
        if tables.known and place is not None:
            sides = tables.quotes(place, mid, time_left)
        else:
            q.flags.writeable = False  # a strategy that counts in place would count twice
            signal = {} if signals is None else {"signal": signals[n]}
            sides = _asked(quote(mid[0], q, time_left, **signal), n, n_paths)
        if tape.touch is not None and not all_of(is_open := tape.is_open[n]):
            sides = Sides(np.where(is_open, sides.price, np.nan), np.where(is_open, sides.size, 0.0))
        price[:, n] = sides.price
        if size.flags.writeable or not (sides.size is tables.clips or all_of(sides.size == 1)):
            size = size if size.flags.writeable else size.copy()
            size[:, n] = sides.size
        reach, order_size = orders_of(tape, n)
        fill[:, n] = taken = filled(*sides, mid, turned(sides.price, mid), reach, order_size, near)
        held[n + 1], account[n + 1] = booked(q, account[n], sides.price, taken)
        if np.count_nonzero(held[n + 1] != q):
            tables, place = tables.place(held[n + 1])

    if not np.isfinite(account[-1]).all():
        raise ParameterError("The strategy's quotes make its cash no number: a price or a size in them is none.")
    names = ("bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill", "inventory", "cash")
    columns = dict(zip(names, (*price, *size, *fill, held, account), strict=True))
    for column in columns.values():
        column.flags.writeable = False
    foreign: list[str] = []
    start = {"strategy": describe(strategy, "own strategy", foreign), "inventory": held[0, 0], "cash": account[0, 0]}
    provenance = start | {"tape": tape.origin or "not stated", "versions": versions()} | unless_whole(foreign)
    return History(tape.time, tape.mid, **columns, signal=tape.signal, provenance=provenance)


def _asked(quotes: Any, n: int, n_paths: int) -> Sides:
    """What a strategy returned at step n, which must be Quotes for these paths."""
    if not isinstance(quotes, Quotes):
        raise ParameterError(f"The strategy must return Quotes; at step {n} it returned {type(quotes).__name__}.")
    try:
        return Sides.of(quotes, (n_paths,))
    except ValueError:
        raise ParameterError(
            f"The strategy's quotes at step {n} have shape {quotes.shape}; "
            f"with {n_paths} paths they must broadcast to ({n_paths},)."
        ) from None


def simulate_desk(
    desk: Desk, tape: Tape, *, inventory: float = 0.0, cash: float = 0.0, volatility: ArrayLike | None = None
) -> History:
    """Run a desk on every path of a tape.

    At each step the desk sees mid and inventory, decides what to show and what to let rest, and sends what is new and
    its limits permit; then the step's market orders meet what rests, or the mid already has; then the mid moves. A desk
    that does not hesitate (no timer, no latency) is back around the mid before anybody can pick its quotes off.

    Parameters
    ----------
    desk : Desk
        What is run.
    tape : Tape
        What happens.
    inventory, cash : float
        What every path starts with [clips] and [price · clip].
    volatility : array_like, optional
        What the desk measures at each step [price/√time], broadcast to (n_steps, n_paths); by default what it expects.

    Returns
    -------
    History
        All columns, for all paths: the quotes are those that rested in the step, the cash is net of fees.

    Raises
    ------
    ParameterError
        If the volatility does not broadcast, the model asks for a signal that the tape has not, or the history would
        need too much memory.
    """
    pipeline = MarketMakingPipeline(desk, end=tape.time[-1], inventory=inventory, cash=cash)
    return run_on_tape(pipeline, tape, volatility)


def run_on_tape(pipeline: MarketMakingPipeline, tape: Tape, volatility: ArrayLike | None = None) -> History:
    """The history of a pipeline that starts anew on a tape, with what it measures [price/√time], (n_steps, n_paths)."""
    check_memory(f"A history of {tape.n_paths:,} paths × {tape.n_steps:,} steps", 14 * 8 * tape.n_steps * tape.n_paths)
    venue = TapeVenue(pipeline.desk.venue, tape)
    run, ahead, n, n_steps, free = pipeline.on(venue, tape.n_steps), _AHEAD[0], 0, tape.n_steps, True
    measured = list(venue.market_data(volatility)) if volatility is not None else None
    while n < n_steps:
        if free and measured is None:
            rested = run.rest(ahead)
            n += rested
            # As far ahead as the last look came, and twice: what it saw in vain is lost.
            ahead = min(max(2 * rested, _AHEAD[0]), _AHEAD[1])
            if n == n_steps:
                break
        done = run.run_pipeline(venue.at(n) if measured is None else measured[n])
        free = len(done.fills.price[0]) == 1 and not done.permission.mode  # a limit acts on and on
        n += 1
    return run.close(venue.end)
