"""The market with a signal that chapter 05 asks and scores on, and what a day there is worth."""

from __future__ import annotations

import numpy as np

from mmlab.market import Exponential, Market, Signal
from mmlab.parameters import FloatArray
from mmlab.simulation import History

PENALTIES = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)


def signal_market() -> Market:
    """The chapter's market with a signal: time in seconds; σ = 0, as it is in no quote and in a sample only noise."""
    return Market(
        mid_price=100,
        volatility=0,
        horizon=20,
        intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
        fill_rule="linear",
        signal=Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002),
    )


def objective(history: History) -> FloatArray:
    """X_T + q_T (S_T − α q_T) − φ Σ q² Δt of every path [price · clip], with the chapter's φ and α."""
    held = history.inventory[1:]
    running = (held**2 * np.diff(history.time)[:, np.newaxis]).sum(axis=0)
    penalties = PENALTIES["terminal_penalty"] * held[-1] ** 2 + PENALTIES["running_penalty"] * running
    return np.asarray(history.pnl - penalties)
