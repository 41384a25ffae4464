"""A desk on a tape: what simulate does with a Desk, whose quotes rest at prices between refreshes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.desk import Desk
from mmlab.market import Tape
from mmlab.models.model import takes_signal
from mmlab.parameters import ParameterError, check_memory
from mmlab.quotes import Quotes
from mmlab.simulation.history import History
from mmlab.vocabulary import CASH, INVENTORY, VOLATILITY

FloatArray = NDArray[np.float64]


def simulate_desk(
    desk: Desk, tape: Tape, *, inventory: float = 0.0, cash: float = 0.0, volatility: ArrayLike | None = None
) -> History:
    """Run a desk on every path of a tape.

    At each step the desk sees mid and inventory, decides what to show and what to let rest, and sends what is new;
    then the step's market orders meet what rests, or the mid already has; then the mid moves. A desk that does not
    hesitate (no timer, no latency) is back around the mid before anybody can pick its quotes off.

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
    check_memory(f"A history of {n_paths:,} paths × {n_steps:,} steps", 11 * 8 * n_steps * n_paths)
    looks = takes_signal(desk.model.quotes)
    if looks and tape.signal is None:
        raise ParameterError("The desk's model asks for a signal and the tape has none.")
    expected = np.nan if desk.volatility is None else desk.volatility
    measured = np.asarray(expected) if volatility is None else VOLATILITY.check_array(volatility)
    try:
        sigma = np.broadcast_to(measured, (n_steps, n_paths))
    except ValueError:
        raise ParameterError(
            f"volatility (σ) must broadcast to (n_steps, n_paths) = {(n_steps, n_paths)}; got {measured.shape}."
        ) from None
    price, size, fill = np.empty((3, 2, n_steps, n_paths))
    fees = np.empty((n_steps, n_paths))
    refreshed = np.ones((n_steps, n_paths), dtype=bool)
    held, account = np.empty((2, n_steps + 1, n_paths))
    held[0], account[0] = INVENTORY.check(inventory), CASH.check(cash)

    is_open = tape.is_open
    venue, timer, limits = desk.venue, desk.timer, desk.limits
    resting = venue.start(n_paths)
    clock = timer.start(n_paths) if timer else None
    limit_state = limits.start(n_paths) if limits else None
    for n, (time, time_left) in enumerate(zip(tape.time, tape.time_left, strict=False)):
        mid, q = tape.mid[n], held[n]
        seen = {"signal": tape.signal[n]} if looks and tape.signal is not None else {}
        shown = desk.quotes(mid, q, time_left, sigma[n], **seen)
        if timer is not None and clock is not None:
            rests = resting.wanted
            clock, refreshed[n] = timer.step(clock, time, mid, shown, rests, sigma[n])
            shown = _where(refreshed[n], shown, rests)
        if limits is not None:
            limit_state, permit = limits.step(limit_state, time=time, mid_price=mid, inventory=q, cash=account[n])
            shown = permit.apply(shown, mid, q)
        if not is_open[n].all():
            shown = _where(is_open[n], shown, Quotes.at(np.full(n_paths, np.nan), np.nan))
        resting = venue.submit(resting, shown, time, mid)
        reach, orders = (
            np.stack([tape.sell_reach[n], tape.buy_reach[n]]),
            np.stack([tape.sell_size[n], tape.buy_size[n]]),
        )
        touch = None if tape.touch is None else tape.touch[n]
        resting, fills = venue.advance(resting, time, mid, reach, orders, touch)
        price[:, n], size[:, n], fill[:, n], fees[n] = fills.price, fills.size, fills.fill, fills.fee
        np.add(q, fills.fill[0], out=held[n + 1])
        held[n + 1] -= fills.fill[1]
        paid, got = np.where(fills.fill > 0, fills.price, 0.0) * fills.fill
        account[n + 1] = account[n] + got - paid - fees[n]

    for column in (price, size, fill, held, account, fees, refreshed):
        column.flags.writeable = False
    (bid_price, ask_price), (bid_size, ask_size), (bid_fill, ask_fill) = price, size, fill
    columns = (bid_price, ask_price, bid_size, ask_size, bid_fill, ask_fill, held, account)
    return History(tape.time, tape.mid, *columns, signal=tape.signal, fees=fees, refreshed=refreshed)


def _where(chosen: NDArray[np.bool_], then: Quotes, otherwise: Quotes) -> Quotes:
    """`then` on the paths that are chosen, elsewhere `otherwise`."""
    names = ("bid_price", "ask_price", "bid_size", "ask_size")
    return Quotes(*(np.where(chosen, getattr(then, name), getattr(otherwise, name)) for name in names))
