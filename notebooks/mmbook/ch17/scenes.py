"""What chapter 17 looks at: a market with a signal and its money, races of queues, a book of nobody, and a day."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Exponential, Market, Signal, Tape, simulate
from mmlab.learning import decayed_flows, logistic, order_flow_imbalance, queue_race, ridge
from mmlab.market import Day, remembered_time
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import BoolArray, FloatArray
from mmlab.simulation import History

RATES = (0.1, 0.3, 1.0, 3.0)
"""How fast the flows forget that a forecast is made of [1/s]."""
N_STEPS, N_PATHS, SEED = 600, 1_000, 7
"""Of the tape that earns the chapter's money: a minute in tenths of a second."""
PENALTIES = {"running_penalty": 1e-4, "terminal_penalty": 1e-3, "max_inventory": 5}
MARKET = Market(
    mid_price=100,
    volatility=0.01,
    horizon=60,
    intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
    signal=Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002),
)
"""Chapter 05's market with a signal, for a minute, and with a mid that also moves by itself."""
SEES = CarteaJaimungalSignal.for_market(MARKET, **PENALTIES)
BLIND = CarteaJaimungal.for_market(MARKET, **PENALTIES)


def objective(history: History) -> FloatArray:
    """Profit less both penalties, of every session [price·clip], shape (n_paths,)."""
    held, time_step = history.inventory[1:], np.diff(history.time)[:, np.newaxis]
    return np.asarray(history.pnl - 1e-3 * held[-1] ** 2 - 1e-4 * (held**2 * time_step).sum(axis=0))


class Season(NamedTuple):
    """A tape, and what the blind dealer has of each of its sessions."""

    tape: Tape
    blind: FloatArray

    def gain(self, signal: FloatArray) -> FloatArray:
        """What the dealer who is shown this signal, of the tape's shape, has more than the blind one, by session."""
        return np.asarray(objective(simulate(SEES, replace(self.tape, signal=signal))) - self.blind)


@lru_cache(maxsize=4)
def season(n_paths: int = N_PATHS, seed: int = SEED) -> Season:
    """So many sessions, with a seed."""
    tape = MARKET.tape(n_paths=n_paths, n_steps=N_STEPS, seed=seed)
    return Season(tape, objective(simulate(BLIND, tape)))


def moves(tape: Tape, steps: int) -> FloatArray:
    """How far the mid goes in so many steps, from each from which it can be known [price], shape (n_paths, n)."""
    return np.asarray((tape.mid[steps:] - tape.mid[:-steps]).T)


def padded(forecast: FloatArray) -> FloatArray:
    """A forecast of each path and step, shape (n_paths, n_steps), as a tape's signal: steps first, none at the end."""
    return np.vstack([forecast.T, np.zeros(len(forecast))])


def reach_of(seconds: float) -> float:
    """How far a signal of 1 takes the mid in so many seconds [s]: (1 − e^{−ζh})/ζ."""
    return remembered_time(0.5, seconds)


@lru_cache(maxsize=2)
def learnt(steps: int = 10) -> FloatArray:
    """The weights of the four flows for the move of so many steps, from 200 sessions of another seed."""
    train = MARKET.tape(n_paths=200, n_steps=N_STEPS, seed=8)
    flows = decayed_flows(train, RATES)[:, : N_STEPS + 1 - steps]
    return ridge(flows.reshape(-1, len(RATES)), moves(train, steps).ravel(), penalty=1)


def noisy(signal: FloatArray, share: float, seed: int = 1) -> FloatArray:
    """The signal under so much noise that its squared correlation with it is `share`, shrunk so that it is right."""
    known = 7.6664e-6  # the signal's variance in the long run
    noise = np.sqrt(known * (1 / share - 1)) * np.random.default_rng(seed).standard_normal(signal.shape)
    return np.asarray(share * (signal + noise))


QUEUES = np.array([(bid, ask) for bid in range(1, 11) for ask in range(1, 11)])
"""All pairs of queues of 1 to 10 orders, bid and ask."""


@lru_cache(maxsize=1)
def truth() -> FloatArray:
    """The chance that the mid goes up, at each pair of queues."""
    return queue_race(*QUEUES.T)


def races(n: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """So many pairs of queues, all alike likely, and whether the mid went up."""
    rng = np.random.default_rng(seed)
    row = rng.integers(0, len(QUEUES), n)
    return QUEUES[row], (rng.random(n) < truth()[row]).astype(float)


def table_of_chances(queues: FloatArray, up: FloatArray) -> FloatArray:
    """Of each pair of queues the share that went up, one more of each kind added (Laplace)."""
    cell = ((queues[:, 0] - 1) * 10 + queues[:, 1] - 1).astype(np.intp)
    return np.asarray((np.bincount(cell, up, 100) + 1) / (np.bincount(cell, minlength=100) + 2))


def net_of_chances(queues: FloatArray, up: FloatArray, seed: int, epochs: int = 60) -> FloatArray:
    """What a net of 2–16–1 says at each pair of queues: tanh, log-loss, Adam in batches of 256."""
    rng, count = np.random.default_rng(seed), 0
    x = (queues - 5.5) / 2.87
    weights = [rng.standard_normal((2, 16)) / np.sqrt(2), np.zeros(16), rng.standard_normal((16, 1)) / 4, np.zeros(1)]
    means, squares = [0 * w for w in weights], [0 * w for w in weights]
    for _ in range(epochs):
        for rows in np.array_split(rng.permutation(len(up)), max(1, len(up) // 256)):
            hidden = np.tanh(x[rows] @ weights[0] + weights[1])
            off = (logistic(hidden @ weights[2] + weights[3]) - up[rows, np.newaxis]) / len(rows)
            back, count = off @ weights[2].T * (1 - hidden**2), count + 1
            slopes = [x[rows].T @ back, back.sum(axis=0), hidden.T @ off, off.sum(axis=0)]
            for w, slope, mean, square in zip(weights, slopes, means, squares, strict=True):
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope**2 - square)
                w -= 0.01 * mean / (1 - 0.9**count) / (np.sqrt(square / (1 - 0.999**count)) + 1e-8)
    hidden = np.tanh((QUEUES - 5.5) / 2.87 @ weights[0] + weights[1])
    return np.asarray(logistic(hidden @ weights[2] + weights[3])[:, 0])


@lru_cache(maxsize=1)
def book_of_nobody() -> Day:
    """Two hours of chapter 01's book, to which orders come at random and look at nothing."""
    flow = OrderFlow(limit_rate=0.5, cancel_rate=0.1, market_rate=0.4, market_size=250, depth=7)
    return flow.run(7_200, seed=5).day()


class Rows(NamedTuple):
    """A day second by second: features before each, and two labels after it [price]."""

    features: FloatArray
    move: FloatArray
    smoothed: FloatArray


def rows_of(day: Day, k: int = 10) -> Rows:
    """Imbalance of the queues, order-flow imbalance, trades and past moves; the move and the smoothed label of k s.

    Features look back only, up to 30 s; one that hardly ever changes on this day is left out. The smoothed label is the mean of the next k mids less that of the last k.
    """
    t = np.arange(np.ceil(day.time[0]) + 60, day.time[-1] - 60)
    orders, row = day.market_orders, np.searchsorted(day.time, t, side="right") - 1
    bid, ask = day.bid_size[row], day.ask_size[row]

    def sums(when: FloatArray, what: FloatArray, seconds: float) -> FloatArray:
        total, ends = np.append(0.0, np.cumsum(what)), (t, t - seconds)
        late, early = (total[np.searchsorted(when, end, side="right")] for end in ends)
        return np.asarray(np.sign(late - early) * np.sqrt(np.abs(late - early)))

    imbalance, trades = order_flow_imbalance(day), orders.side * orders.size
    columns = [np.divide(bid - ask, bid + ask, out=np.zeros(len(t)), where=bid + ask > 0)]
    columns += [sums(day.time, imbalance, seconds) for seconds in (1, 5, 10, 30)]
    columns += [sums(orders.time, trades, seconds) for seconds in (1, 5, 30)]
    columns += [day.mid_at(t) - day.mid_at(t - seconds) for seconds in (1, 5, 30)]
    smoothed = sum(day.mid_at(t + n) - day.mid_at(t + 1 - n) for n in range(1, k + 1)) / k
    features = np.column_stack([x for x in columns if np.mean(x != np.median(x)) > 0.01])
    move = day.mid_at(t + k) - day.mid_at(t)
    known = np.isfinite(features).all(axis=1) & np.isfinite(move + smoothed)
    return Rows(features[known], move[known], np.asarray(smoothed)[known])


SWITCH, FILL, CANCEL = (0.1, 0.2), (0.05, 0.4), (0.02, 0.5)
"""In a calm and in a toxic market: how fast it turns into the other, orders fill, and the desk takes them out [1/s]."""


class Orders(NamedTuple):
    """Orders until each was filled, taken out, or the time was over, each of shape (n,)."""

    time: FloatArray
    """[s] of that."""
    filled: BoolArray
    cancelled: BoolArray
    kept: FloatArray
    """The chance that it had, on the path of its market, not to be taken out until then."""


def orders_of(n: int, seconds: float, seed: int, step: float = 0.05) -> Orders:
    """So many orders, each in a market of its own that turns calm and toxic, in steps of `step` [s]."""
    rng, time, hazard, fate = np.random.default_rng(seed), np.full(n, seconds), np.zeros(n), np.zeros(n)
    toxic = rng.random(n) < SWITCH[0] / sum(SWITCH)
    for now in step * np.arange(round(seconds / step)):
        turns, fills, cancels = (np.where(toxic, *each[::-1]) for each in (SWITCH, FILL, CANCEL))
        wait, share = rng.standard_exponential(n) / (fills + cancels), rng.random(n)
        ends, rests = (fate == 0) & (wait < step), fate == 0
        hazard += rests * cancels * np.minimum(wait, step)
        time[ends] = now + wait[ends]
        fate[ends] = np.where(share * (fills + cancels) < fills, 1, 2)[ends]
        toxic ^= rng.random(n) < step * turns
    return Orders(time, fate == 1, fate == 2, np.exp(-hazard))
