"""Short cuts for explorers: what the simulation room also gives, for the one case that a slider asks for all the time.

Each is held against its slow and general original in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlab.market import Market, Tape
from mmlab.models.model import Model, SignalModel, takes_signal
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import History
from mmlab.simulation.outcomes import bounds_of, depths_of


@dataclass(frozen=True)
class Constant:
    """What quotes at a constant half-spread earn: the few of `ExactMoments` that the plot shows."""

    mean: float
    sd: float
    inventory_sd: float
    final_inventory: FloatArray
    """P(q_T = −N … N) [1], shape (2 N + 1,) with N steps."""


def constant_quotes(half_spread: float, market: Market, n_steps: int) -> Constant:
    """The closed form of `exact_moments` for `Symmetric`, where both sides fill alike and nothing drifts or jumps.

    With N steps of chance p a side: mean 2Npδ, Var q = 2Np(1 − p), Var = 2Np(1 − p)[δ² + σ²Δt(N + 1)/2]; and q_T is
    the difference of two binomials, whose distribution is read off its generating function on the unit circle.
    """
    dt = market.horizon / n_steps
    p = float(market.fill_probability(market.buy_intensity, half_spread, dt))
    variance = 2 * n_steps * p * (1 - p)
    circle = np.exp(-2j * np.pi * np.arange(2 * n_steps + 1) / (2 * n_steps + 1))
    powers = ((1 - p + p * circle) * (1 - p + p / circle)) ** n_steps
    distribution = np.fft.fftshift(np.fft.ifft(powers).real)
    risk = half_spread**2 + market.volatility**2 * dt * (n_steps + 1) / 2
    return Constant(2 * n_steps * p * half_spread, (variance * risk) ** 0.5, variance**0.5, distribution)


def one_path(model: Model | SignalModel, tape: Tape) -> History:
    """What `simulate` gives for a model on a tape of one path, fifty times faster: for a slider that should not wait.

    The inventory is walked through a table of depths, widened if it leaves; the rest follows in whole columns. A model
    that looks at a signal has to have a bound of its own.
    """
    width = min(32, tape.n_steps)
    while True:
        bid, ask = _depths(model, tape, np.arange(-width, width + 1.0))
        bought, sold = (bid <= tape.sell_reach), (ask <= tape.buy_reach)
        held = [0]
        for row in (bought.astype(np.int8) - sold).tolist():
            if abs(held[-1]) > width:
                break
            held.append(held[-1] + row[held[-1] + width])
        if len(held) > tape.n_steps:
            break
        width = min(4 * width, tape.n_steps)
    inventory = np.array(held, dtype=np.float64)[:, np.newaxis]
    here = np.arange(tape.n_steps), np.array(held[:-1]) + width
    bid_fill, ask_fill = (hit[here].astype(np.float64)[:, np.newaxis] for hit in (bought, sold))
    quotes = Quotes.around(tape.mid[:-1, 0], bid[here], ask[here])
    columns = (quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size)
    bid_price, ask_price, bid_size, ask_size = (column[:, np.newaxis] for column in columns)
    received = np.nan_to_num(ask_price) * ask_fill - np.nan_to_num(bid_price) * bid_fill
    return History(
        time=tape.time,
        mid=tape.mid,
        bid_price=bid_price,
        ask_price=ask_price,
        bid_size=bid_size,
        ask_size=ask_size,
        bid_fill=bid_fill,
        ask_fill=ask_fill,
        inventory=inventory,
        cash=np.concatenate([[[0.0]], np.cumsum(received, axis=0)]),
        signal=tape.signal,
    )


def _depths(model: Model | SignalModel, tape: Tape, inventories: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bid and ask depth at each step of the tape and inventory [price], (n_steps, n_q); NaN beyond its bounds."""
    depths = getattr(model, "depths", None)
    if not takes_signal(depths):
        return depths_of(model, inventories, tape.time_left)  # type: ignore[arg-type]
    assert depths is not None
    assert tape.signal is not None
    low, high = bounds_of(model) or (-np.inf, np.inf)  # type: ignore[arg-type]
    inside = (low <= inventories) & (inventories <= high)
    table = np.full((2, tape.n_steps, len(inventories)), np.nan)
    table[:, :, inside] = depths(inventories[inside], tape.time_left[:, np.newaxis], tape.signal[:-1])
    return table[0], table[1]
