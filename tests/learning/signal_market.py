"""The market of chapter 17, whose signal is known, and the objective of the model that quotes on it."""

import dataclasses

import numpy as np

from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Exponential, Market, Signal, simulate

MARKET = Market(
    mid_price=100,
    volatility=0.01,
    horizon=60,
    intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
    signal=Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002),
)
PENALTIES = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
MODEL = CarteaJaimungalSignal.for_market(MARKET, **PENALTIES)
BLIND = CarteaJaimungal.for_market(MARKET, **PENALTIES)


def objective(model, tape, signal=None):
    """X_T + q_T (S_T − a q_T) − φ Σ q² Δt of every path, by a model that is fed a signal, shape (n_steps, n_paths)."""
    if signal is not None:
        tape = dataclasses.replace(tape, signal=np.vstack([signal, signal[-1:]]))
    history = simulate(model, tape)
    held, dt = history.inventory[1:], np.diff(tape.time)[:, np.newaxis]
    return history.pnl - 1e-3 * held[-1] ** 2 - 1e-4 * (held**2 * dt).sum(axis=0)
