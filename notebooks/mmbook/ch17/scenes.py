"""What chapter 17 looks at: a market with a signal and its money, races of queues, a book of nobody, days, orders."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Exponential, Market, Signal, Tape, simulate
from mmlab.learning import logistic, logit, order_flow_imbalance, queue_race
from mmlab.market import Day, remembered_time
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import BoolArray, FloatArray
from mmlab.simulation import History

RATES = (0.1, 0.3, 1.0, 3.0)
"""How fast the flows forget that a forecast is made of [1/s]."""
N_STEPS, N_PATHS, SEED = 600, 2_000, 7
"""Of the tape that earns the chapter's money: a minute in tenths of a second."""
_FLOW = Exponential(arrival_rate=0.8333, fill_decay=100)
_SIGNAL = Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002)
MARKET = Market(mid_price=100, volatility=0.01, horizon=60, intensity=_FLOW, signal=_SIGNAL)
"""Chapter 05's market with a signal, for a minute, and with a mid that also moves by itself."""
PENALTIES = {"running_penalty": 1e-4, "terminal_penalty": 1e-3, "max_inventory": 5}
SEES = CarteaJaimungalSignal.for_market(MARKET, **PENALTIES)
BLIND = CarteaJaimungal.for_market(MARKET, **PENALTIES)


def objective(history: History) -> FloatArray:
    """Profit less both penalties, of every session [price·clip], shape (n_paths,)."""
    held = history.inventory[1:]
    squares = np.einsum("tp,tp,t->p", held, held, np.diff(history.time))  # no array of the history's size
    return np.asarray(history.pnl - 1e-3 * held[-1] ** 2 - 1e-4 * squares)


class Season(NamedTuple):
    """A tape, its signal, and what the blind dealer has of each of its sessions."""

    tape: Tape
    signal: FloatArray
    blind: FloatArray

    def gain(self, signal: FloatArray) -> FloatArray:
        """What the dealer who is shown this signal, of the tape's shape, has more than the blind one, by session."""
        return np.asarray(objective(simulate(SEES, replace(self.tape, signal=signal))) - self.blind)


@lru_cache(maxsize=4)
def season(n_paths: int = N_PATHS, seed: int = SEED) -> Season:
    """So many sessions, with a seed."""
    tape = MARKET.tape(n_paths=n_paths, n_steps=N_STEPS, seed=seed)
    return Season(tape, np.asarray(tape.signal), objective(simulate(BLIND, tape)))


def shown(forecast: FloatArray, steps: int = 10) -> FloatArray:
    """The signal of a tape, shape (n_steps + 1, n_paths), whose move in so many steps is forecast, its transpose."""
    return np.pad(forecast.T / remembered_time(0.5, steps / 10), ((0, 1), (0, 0)))


QUEUES = np.array([(bid, ask) for bid in range(1, 11) for ask in range(1, 11)])
"""All pairs of queues of 1 to 10 orders, bid and ask."""
TRUTH = queue_race(*QUEUES.T)
"""The chance that the mid goes up, at each of them."""


def races(n: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """So many pairs of queues, all alike likely, and whether the mid went up."""
    row = (rng := np.random.default_rng(seed)).integers(0, len(QUEUES), n)
    return QUEUES[row], (rng.random(n) < TRUTH[row]).astype(float)


def one_weight(queues: FloatArray, up: FloatArray, seed: int) -> FloatArray:
    """A logit on ln(bid/ask), without an intercept, at each pair of queues."""
    given, everywhere = (np.log(each[:, :1] / each[:, 1:]) for each in (queues, QUEUES))
    return logistic(everywhere @ logit(given, up))


def table_of_chances(queues: FloatArray, up: FloatArray, seed: int) -> FloatArray:
    """Of each pair of queues the share that went up, one more of each kind added (Laplace)."""
    cell = ((queues[:, 0] - 1) * 10 + queues[:, 1] - 1).astype(np.intp)
    return np.asarray((np.bincount(cell, up, 100) + 1) / (np.bincount(cell, minlength=100) + 2))


def net_of_chances(queues: FloatArray, up: FloatArray, seed: int, steps: int = 100) -> FloatArray:
    """What a net of 2–16–1 (tanh), taught by Adam on all rows at once, says at each pair of queues."""
    rng, x, everywhere = np.random.default_rng(seed), (queues - 5.5) / 2.87, (QUEUES - 5.5) / 2.87
    w = [rng.standard_normal((2, 16)), np.zeros(16), rng.standard_normal((16, 1)) / 4, np.zeros(1)]
    mean, square = ([np.zeros_like(each) for each in w] for _ in range(2))
    for step in range(1, steps + 1):
        hidden = np.tanh(x @ w[0] + w[1])
        off = (logistic(hidden @ w[2] + w[3]) - up[:, np.newaxis]) / len(up)
        back = off @ w[2].T * (1 - hidden**2)
        for n, slope in enumerate((x.T @ back, back.sum(axis=0), hidden.T @ off, off.sum(axis=0))):
            mean[n] += 0.1 * (slope - mean[n])
            square[n] += 0.001 * (slope**2 - square[n])
            w[n] -= 0.03 * mean[n] / (1 - 0.9**step) / (np.sqrt(square[n] / (1 - 0.999**step)) + 1e-8)
    return np.asarray(logistic(np.tanh(everywhere @ w[0] + w[1]) @ w[2] + w[3])[:, 0])


LEARNERS = {"a table of 100": table_of_chances, "a net, 65 weights": net_of_chances, "one weight": one_weight}
"""Each a function of queues, what came, and a seed."""


@lru_cache(maxsize=1)
def book_of_nobody() -> Day:
    """Two hours of chapter 01's book, to which orders come at random and look at nothing."""
    flow = OrderFlow(limit_rate=0.5, cancel_rate=0.1, market_rate=0.4, market_size=250, depth=7)
    return flow.run(7_200, seed=5).day()


def rows_of(day: Day, k: int = 10) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A day second by second: twelve features that look back, the move of the next k s, and the smoothed label [price].

    Features are moves of the mid, order-flow imbalance and trades of 1, 5, 10 and 30 s, of the latter two signed roots.
    The smoothed label is the mean of the next k mids less that of the last k.
    """
    t, orders = np.arange(np.ceil(day.time[0]) + 60, day.time[-1] - 60), day.market_orders
    columns = [day.mid_at(t) - day.mid_at(t - seconds) for seconds in (1, 5, 10, 30)]
    for when, what in ((day.time, order_flow_imbalance(day)), (orders.time, orders.side * orders.size)):
        total = np.append(0.0, np.cumsum(what))
        now, *before = (total[np.searchsorted(when, t - seconds, side="right")] for seconds in (0, 1, 5, 10, 30))
        columns += [np.sign(now - then) * np.sqrt(np.abs(now - then)) for then in before]
    features, move = np.column_stack(columns), day.mid_at(t + k) - day.mid_at(t)
    smoothed = sum((day.mid_at(t + n) - day.mid_at(t + 1 - n) for n in range(1, k + 1)), np.zeros(len(t))) / k
    known = np.isfinite(features).all(axis=1) & np.isfinite(move + smoothed)
    return features[known], move[known], smoothed[known]


SWITCH, FILL, CANCEL = (0.1, 0.2), (0.05, 0.4), (0.02, 0.5)
"""In a calm and in a toxic market: how fast it turns into the other, orders fill, and the desk takes them out [1/s]."""


def orders_of(n: int, seconds: float, seed: int) -> tuple[FloatArray, BoolArray, BoolArray, FloatArray]:
    """So many orders, each in a market of its own that turns calm and toxic; in steps of 0.05 s.

    When each ended, or the time was over [s], whether it was filled, whether it was taken out, and the chance that it
    had, on the path of its market, not to be taken out until then; each of shape (n,).
    """
    rng, time, hazard, fate = np.random.default_rng(seed), np.full(n, seconds), np.zeros(n), np.zeros(n)
    toxic = rng.random(n) < SWITCH[0] / sum(SWITCH)
    for now in np.arange(0, seconds, 0.05):
        turns, fills, cancels = (np.where(toxic, *each[::-1]) for each in (SWITCH, FILL, CANCEL))
        wait, share = rng.standard_exponential(n) / (fills + cancels), rng.random(n)
        hazard += (fate == 0) * cancels * np.minimum(wait, 0.05)
        ends = (fate == 0) & (wait < 0.05)
        time[ends] = now + wait[ends]
        fate[ends] = np.where(share * (fills + cancels) < fills, 1, 2)[ends]
        toxic ^= rng.random(n) < 0.05 * turns
    return time, fate == 1, fate == 2, np.exp(-hazard)
