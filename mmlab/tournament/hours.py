"""An hour of the market, drawn before anybody sits down: the price, the regimes, who comes and how far they go.

One price moves by itself; the flow never moves it. Noise traders come as in chapter 02: at the rate A a side, and no
further than a reservation that reaches δ from the price with chance e^{−kδ}. Informed traders know where the price
will be and take any quote that is wrong by more than their cost. A regime, quiet or wild, is a Markov chain: wild, the
price moves faster and more traders of both kinds come. Nothing here depends on who plays.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mmlab.frozen import frozen
from mmlab.market.order_book import BUY, SELL, Side
from mmlab.parameters import BoolArray, FloatArray


@frozen
class Conditions:
    """What all hours of a tournament have in common; time in hours, money in price · clip.

    The defaults are chapter 02's market: mid about 100, A = 140, k = 1.5, and a σ² whose mean is near 2².
    """

    mid_price: float = 100.0
    tick: float = 0.01
    n_steps: int = 600
    arrival_rate: float = 140.0
    fill_decay: float = 1.5
    order_size: float = 1.5
    """The mean of a geometric size [clips]."""
    informed_rate: float = 60.0
    informed_cost: float = 0.05
    foresight: int = 30
    """How many steps ahead informed traders know the price."""
    volatility: tuple[float, float] = (1.5, 3.5)
    """Quiet, wild [price/√hour]."""
    lasts: tuple[float, float] = (0.2, 0.05)
    """Of a quiet and a wild spell, in the mean [hour]."""
    wild_flow: float = 2.0
    """How many times as many traders come when it is wild."""
    max_position: int = 10
    closing_cost: float = 0.75
    """Of each clip that is left at the end [price]."""
    risk_aversion: float = 0.1
    forfeit: float = 25.0
    """What a lost round costs."""


class Client(NamedTuple):
    """An order of the flow: it takes what it meets up to its price [ticks]; the rest goes home."""

    side: Side
    price: int
    size: int


class Hour(NamedTuple):
    """What one hour is for everybody.

    Parameters
    ----------
    mid : ndarray, shape (n_steps + 1,)
        [price]
    volatility : ndarray, shape (n_steps,)
        Of each step [price/√hour].
    clients : list of list of Client
        By step, in the order in which they come. An informed trader is two orders, of which one at most can trade.
    """

    conditions: Conditions
    mid: FloatArray
    volatility: FloatArray
    clients: list[list[Client]]


def draw_hour(conditions: Conditions, seed: int, number: int) -> Hour:
    """The hour of this number: the same for a seed, whoever plays it."""
    c = conditions
    price, regime, noise, informed = (np.random.default_rng(each) for each in _source(seed, number, "").spawn(4))
    n, dt = c.n_steps + c.foresight, 1 / c.n_steps
    wild = _regimes(c, n, regime)
    volatility = np.where(wild, c.volatility[1], c.volatility[0])
    moves = volatility * math.sqrt(dt) * price.standard_normal(n)
    mid = c.mid_price + np.concatenate([[0.0], np.cumsum(moves)])
    busy = np.where(wild, c.wild_flow, 1.0)[: c.n_steps] * dt
    arrivals: list[list[tuple[float, list[Client]]]] = [[] for _ in range(c.n_steps)]
    for step, here in enumerate(noise.poisson(2 * c.arrival_rate * busy)):
        sides, reaches = noise.integers(2, size=here), noise.exponential(1 / c.fill_decay, here)
        sizes, times = noise.geometric(1 / c.order_size, here), noise.random(here)
        for buys, reach, size, time in zip(sides, reaches, sizes, times, strict=True):
            side: Side = BUY if buys else SELL
            client = Client(side, _worst(side, mid[step] + side * reach, c.tick), int(size))
            arrivals[step].append((float(time), [client]))
    for step, here in enumerate(informed.poisson(c.informed_rate * busy)):
        for size, time in zip(informed.geometric(1 / c.order_size, here), informed.random(here), strict=True):
            later = mid[step + c.foresight]
            both = [Client(side, _worst(side, later - side * c.informed_cost, c.tick), int(size)) for side in _SIDES]
            arrivals[step].append((float(time), both))
    clients = [[one for _, each in sorted(here, key=lambda pair: pair[0]) for one in each] for here in arrivals]
    return Hour(c, mid[: c.n_steps + 1], volatility[: c.n_steps], clients)


def coins(conditions: Conditions, seed: int, number: int, name: str) -> list[float]:
    """What decides between orders of one time, by step: a strategy's own, whoever else is there; low is first."""
    drawn: list[float] = np.random.default_rng(_source(seed, number, name)).random(conditions.n_steps).tolist()
    return drawn


_SIDES: tuple[Side, Side] = (BUY, SELL)


def _source(seed: int, number: int, name: str) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, number, *name.encode()])


def _worst(side: Side, price: float, tick: float) -> int:
    """The last tick at which an order trades that goes no further than a price."""
    return math.floor(price / tick) if side == BUY else math.ceil(price / tick)


def _regimes(c: Conditions, n: int, rng: np.random.Generator) -> BoolArray:
    """Whether it is wild, by step; the first is drawn from the chain's own law."""
    leaves = [-math.expm1(-1 / (c.n_steps * lasts)) for lasts in c.lasts]
    draws = rng.random(n + 1).tolist()
    now = draws[0] < leaves[0] / sum(leaves)
    wild = np.empty(n, dtype=bool)
    for step, draw in enumerate(draws[1:]):
        wild[step] = now
        now = now != (draw < leaves[now])
    return wild
