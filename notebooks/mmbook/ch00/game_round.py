"""What the game of chapter 00 is played on: its tape, informed orders on the same mid, and where a profit came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from mmlab.market import Exponential, Market, Tape
from mmlab.models import AvellanedaStoikov
from mmlab.quotes import Quotes
from mmlab.simulation import History, simulate

SECONDS, DECISION = 300, 10
RISK_AVERSION = 0.1
INFORMED_SHARE, LOOK_AHEAD, SEED = 0.8, 30, 144
Choices = tuple[tuple[float, float], ...]
"""Half-spreads and skews [price], one pair for each ten seconds."""


def day_of_seconds() -> Market:
    """The paper's market with its day told in seconds: 300 of them, the same economics (σ√T = 2, A T = 140)."""
    flow = Exponential(arrival_rate=140 / SECONDS, fill_decay=1.5)
    return Market(mid_price=100, volatility=2 / SECONDS**0.5, horizon=SECONDS, intensity=flow)


def with_informed_orders(tape: Tape, share: float, look_ahead: int, seed: int) -> Tape:
    """The same mid and the same orders, but some of them now come from traders who know where the mid is going.

    In a `share` [1] of the steps, the more aggressive of the step's two orders is sent in the direction in which the
    mid moves over the next `look_ahead` steps. No order is added and the mid stays as it was.
    """
    later = np.minimum(np.arange(tape.n_steps) + look_ahead, tape.n_steps)
    rises = tape.mid[later] > tape.mid[:-1]
    informed = np.random.default_rng(seed).random(rises.shape) < share
    stronger = np.maximum(tape.buy_reach, tape.sell_reach)
    weaker = np.minimum(tape.buy_reach, tape.sell_reach)
    return replace(
        tape,
        buy_reach=np.where(informed, np.where(rises, stronger, weaker), tape.buy_reach),
        sell_reach=np.where(informed, np.where(rises, weaker, stronger), tape.sell_reach),
    )


@dataclass(frozen=True)
class Attribution:
    """Where a profit came from [price · clip]: the parts add up to it."""

    spread: float
    """Earned at the fills, against the mid of that moment."""
    informed: float
    """What the mid did to each clip in the `LOOK_AHEAD` seconds after it was traded."""
    inventory: float
    """What the mid did to the clips after that."""
    risk: float
    """½ γ σ² Σ q² Δt: what the risk carried is worth to a dealer with the model's γ; not part of the profit."""

    @property
    def profit(self) -> float:
        """The profit, marked at the last mid."""
        return self.spread + self.informed + self.inventory

    @property
    def score(self) -> float:
        """The profit less the price of the risk."""
        return self.profit - self.risk


def attribute(history: History, market: Market) -> Attribution:
    """Take the first path's profit apart."""
    mid = history.mid[:, 0]
    n_steps = len(mid) - 1
    traded = history.bid_fill[:, 0] - history.ask_fill[:, 0]
    later = np.minimum(np.arange(n_steps) + LOOK_AHEAD, n_steps)
    spread, informed = float(history.edge[0]), float(traded @ (mid[later] - mid[:-1]))
    variance = market.volatility**2 * np.diff(history.time)
    risk = 0.5 * RISK_AVERSION * float(variance @ history.inventory[1:, 0] ** 2)
    return Attribution(spread, informed, float(history.pnl[0]) - spread - informed, risk)


@lru_cache(maxsize=2)
def round_tape(informed: bool) -> Tape:
    """The tape of round one, or of round two with its informed traders."""
    tape = day_of_seconds().tape(n_paths=1, n_steps=SECONDS, seed=SEED)
    return with_informed_orders(tape, INFORMED_SHARE, LOOK_AHEAD, seed=SEED) if informed else tape


@lru_cache(maxsize=2)
def model_day(informed: bool) -> tuple[Attribution, History]:
    """What the model makes of a round."""
    market = day_of_seconds()
    history = simulate(AvellanedaStoikov.for_market(market, risk_aversion=RISK_AVERSION), round_tape(informed))
    return attribute(history, market), history


def play(tape: Tape, choices: Sequence[tuple[float, float]]) -> History:
    """Quote by hand: each (half-spread, skew) [price] holds for ten seconds, around the mid as it moves."""
    seconds = iter([choice for choice in choices for _ in range(DECISION)])

    def by_hand(mid_price: Any, inventory: Any, time_left: float) -> Quotes:
        half_spread, skew = next(seconds)
        return Quotes.at(mid_price + skew - half_spread, mid_price + skew + half_spread)

    return simulate(by_hand, tape.first(DECISION * len(choices)))
