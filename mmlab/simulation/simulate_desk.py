"""A desk on a tape: what simulate does with a Desk, whose quotes rest at prices between refreshes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.desk import Desk
from mmlab.desk.history import History
from mmlab.desk.market_data import MarketData
from mmlab.desk.recorder import Recorder
from mmlab.desk.tape_venue import TapeVenue
from mmlab.market import Tape
from mmlab.parameters import ParameterError, check_memory
from mmlab.vocabulary import VOLATILITY

FloatArray = NDArray[np.float64]


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
    n_steps, n_paths = tape.n_steps, tape.n_paths
    check_memory(f"A history of {n_paths:,} paths × {n_steps:,} steps", 14 * 8 * n_steps * n_paths)
    if desk.looks and tape.signal is None:
        raise ParameterError("The desk's model asks for a signal and the tape has none.")
    expected = np.nan if desk.volatility is None else desk.volatility
    measured = np.asarray(expected) if volatility is None else VOLATILITY.check_array(volatility)
    try:
        sigma = np.broadcast_to(measured, (n_steps, n_paths))
    except ValueError:
        raise ParameterError(
            f"volatility (σ) must broadcast to (n_steps, n_paths) = {(n_steps, n_paths)}; got {measured.shape}."
        ) from None
    venue = TapeVenue(desk.venue, tape)
    state = desk.start(n_paths, venue, inventory=inventory, cash=cash)
    recorder = Recorder(desk, state, n_steps, signal=tape.signal is not None)
    for n, time_left in enumerate(tape.time_left):
        signal = None if tape.signal is None else tape.signal[n]
        data = MarketData.unchecked(tape.time[n], tape.mid[n], sigma[n], signal)
        state, outcome = desk.step(state, data, time_left, venue)
        recorder.record(data, state, outcome)
    signal = None if tape.signal is None else tape.signal[-1]
    return recorder.history(MarketData.unchecked(tape.time[-1], tape.mid[-1], sigma[-1], signal))
