"""Tapes of bad days, made from a tape of calm ones: a burst of volatility, one-sided flow, a crash of the mid.

Each is the calm tape with some steps edited, so a day and its twin under stress share all their randomness.
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.ch08.tail_improvement import run_days
from mmlab.desk import Desk, Venue
from mmlab.market import Exponential, Market, Tape
from mmlab.models import Symmetric
from mmlab.parameters import FloatArray, ParameterError

BURST = (0.4, 0.6)
"""When the mid moves more than usual, as fractions of the session."""
NOON = 0.5
"""When a crash begins, and sellers begin to outnumber buyers."""
CRASH_STEPS = 6

SCENARIOS: dict[str, dict[str, float]] = {
    "calm": {},
    "burst": {"burst": 5.0},
    "one-sided": {"sellers": 2.0, "sink": 6.0},
    "crash": {"crash": 8.0},
}
"""How chapter 08 makes each of its four scenarios with `scenario`."""


def chapter_market(volatility: float = 2.0) -> Market:
    """The market of chapter 02, with normal moves: of coin tosses every square is σ²Δt, and σ would be known."""
    return Market.avellaneda_stoikov_2008(volatility=volatility, mid_move="normal")


def chapter_desk(*limits: Any) -> Desk:
    """The desk of chapter 08: a clip on each side, 0.75 from the mid and never skewed, and a step for every message."""
    step = Venue(latency=0.005, cancel_latency=0.005)
    return Desk(model=Symmetric(half_spread=0.75), volatility=2.0, limits=limits, venue=step)


def scenario(tape: Tape, *, burst: float = 1.0, sellers: float = 1.0, sink: float = 0.0, crash: float = 0.0) -> Tape:
    """The same days with something going wrong in them.

    Parameters
    ----------
    tape : Tape
        Of a market whose intensity is `chapter_market`'s, A e^{−kδ}: c times the orders reach ln(c)/k further.
    burst : float
        Every move of the mid between 0.4 and 0.6 of the session is so many times as large.
    sellers : float
        From noon to the close there are so many times the sell orders, and one over it times the buy orders.
    sink : float
        [price] how far the mid sinks, evenly, from noon to the close.
    crash : float
        [price] how far it falls besides in the six steps after noon.
    """
    for name, value in {"burst": burst, "sellers": sellers}.items():
        if not 0 < value < math.inf:
            raise ParameterError(f"{name} must be a finite number above 0; got {value!r}.")
    n_steps = tape.n_steps
    part = np.arange(n_steps) / n_steps
    moves = np.diff(tape.mid, axis=0) * np.where((part >= BURST[0]) & (part < BURST[1]), burst, 1.0)[:, np.newaxis]
    after = part >= NOON
    falls = after * sink / np.count_nonzero(after)
    first = int(np.argmax(after))
    falls[first : first + CRASH_STEPS] += crash / len(falls[first : first + CRASH_STEPS])
    moves -= falls[:, np.newaxis]
    mid = np.concatenate([tape.mid[:1], tape.mid[:1] + np.cumsum(moves, axis=0)])
    if sellers == 1:
        return dataclasses.replace(tape, mid=mid)
    intensity = chapter_market().sell_intensity
    assert isinstance(intensity, Exponential)
    further = (after * math.log(sellers) / intensity.fill_decay)[:, np.newaxis]
    return dataclasses.replace(tape, mid=mid, sell_reach=tape.sell_reach + further, buy_reach=tape.buy_reach - further)


@lru_cache(maxsize=2)
def scenario_tape(n_paths: int, seed: int, volatility: float = 2.0, **how: float) -> Tape:
    """`scenario` of the chapter's market: 200 steps, the last two kept for whoever asks again."""
    return scenario(chapter_market(volatility).tape(n_paths, 200, seed), **how)


SEASON: dict[str, tuple[int, dict[str, float]]] = {
    "calm": (1600, {}),
    "burst": (130, {"burst": 5.0}),
    "sellers": (65, {"sellers": 2.0, "sink": 6.0}),
    "buyers": (65, {"sellers": 0.5, "sink": -6.0}),
    "crash": (65, {"crash": 8.0}),
    "jump up": (65, {"crash": -8.0}),
}
"""How many days of which kind a season has: four of five are calm, and what goes wrong goes either way."""


def season(seed: int) -> dict[str, Tape]:
    """The tapes of a season of 1,990 days, each kind with randomness of its own."""
    seeds = np.random.SeedSequence(seed).spawn(len(SEASON))
    market = chapter_market()
    return {
        name: scenario(market.tape(n_days, 200, own), **how)
        for own, (name, (n_days, how)) in zip(seeds, SEASON.items(), strict=True)
    }


READERS_SEED = 1
"""Of the season that readers have."""


@lru_cache(maxsize=4)
def a_season(limits: tuple[Any, ...], seed: int = READERS_SEED) -> FloatArray:
    """What each day of a season earned under these limits, on chapter 08's desk [price · clip]."""
    desk = chapter_desk(*limits)  # before the tapes: what is no limit is refused at once
    return np.concatenate([run_days(desk, tape).pnl for tape in season(seed).values()])
