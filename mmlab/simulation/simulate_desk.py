"""A desk on a tape: what simulate does with a Desk, whose quotes rest at prices between refreshes."""

from __future__ import annotations

from numpy.typing import ArrayLike

from mmlab.arrays import check_memory
from mmlab.desk import Desk, History, MarketMakingPipeline, TapeVenue
from mmlab.market import Tape


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
    run = pipeline.on(venue, tape.n_steps)
    for data in venue.market_data(volatility):
        run.run_pipeline(data)
    return run.close(venue.end)
