"""The guide's limiters, as printed, on chapter 08's desk: each step of each day asks the printed function itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmbook import printed
from mmlab.desk import DeskView, Mode, Permission, VolatilityLimiter, VolatilityState
from mmlab.parameters import FloatArray


@dataclass(frozen=True)
class PrintedPosition:
    """Removes the side that the printed function sets to infinity."""

    limiter: printed.PositionLimiter

    def start(self, view: DeskView) -> None:
        """Nothing to remember."""

    def step(self, state: None, view: DeskView) -> tuple[None, Permission]:
        """A side at ±∞ never trades: its size is 0."""
        adjusted: Any = self.limiter.adjust_quotes
        bid, ask = np.array([adjusted(q, -1.0, 1.0) for q in view.inventory.tolist()]).T
        gone = np.isinf(bid) | np.isinf(ask)
        return state, Permission(
            mode=gone * np.int8(Mode.WIDEN),
            max_bid_size=np.where(np.isinf(bid), 0.0, np.inf),
            max_ask_size=np.where(np.isinf(ask), 0.0, np.inf),
        )


@dataclass(frozen=True)
class PrintedPnL:
    """Doubles a symmetric spread where the printed function does."""

    limiter: printed.PnLLimiter
    half_spread: float

    def start(self, view: DeskView) -> FloatArray:
        """What the day opens with."""
        return view.equity

    def step(self, state: FloatArray, view: DeskView) -> tuple[FloatArray, Permission]:
        """The day's PnL is all the PnL there is."""
        pnl = (view.equity - state).tolist()
        adjusted: Any = self.limiter.adjust_quotes
        h = self.half_spread
        asks = np.array([adjusted(w, w, -h, h)[1] for w in pnl])
        return state, _widened(asks, h)


@dataclass(frozen=True)
class PrintedVolatility:
    """Doubles a symmetric spread where the printed function does; `ours` lends its estimate of σ, and nothing else."""

    limiter: printed.VolatilityLimiter
    half_spread: float
    ours: VolatilityLimiter

    def start(self, view: DeskView) -> VolatilityState:
        """What is believed until the mid moves."""
        return self.ours.start(view)

    def step(self, state: VolatilityState, view: DeskView) -> tuple[VolatilityState, Permission]:
        """The estimate of this step, asked of the printed function."""
        after, _ = self.ours.step(state, view)
        adjusted: Any = self.limiter.adjust_quotes
        h = self.half_spread
        asks = np.array([adjusted(sigma, -h, h)[1] for sigma in after.volatility.tolist()])
        return after, _widened(asks, h)


def _widened(asks: FloatArray, half_spread: float) -> Permission:
    wide = asks > half_spread
    return Permission(mode=wide * np.int8(Mode.WIDEN), min_half_spread=np.where(wide, asks, 0.0))
