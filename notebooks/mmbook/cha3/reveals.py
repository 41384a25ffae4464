"""The answer to the question of appendix A3: what choosing the best of twenty variants does to a backtest."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes

from mmbook.cha3.bench import MARKET, start
from mmlab.parameters import FloatArray
from mmlab.simulation import simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import BID, GUESS, MID

N_VARIANTS, N_DAYS = 20, 50


@lru_cache(maxsize=1)
def _backtests() -> FloatArray:
    """The profit of each day of each backtest, twenty times over: a second guess waits for nothing."""
    tape = MARKET.tape(N_VARIANTS * N_DAYS * 20, 200, seed=19)
    return np.asarray(simulate(start, tape).pnl.reshape(20, N_VARIANTS, N_DAYS))


@drawn(width=6.0, height=2.8, legend="best")
def best_of_twenty(guess: str, axes: Axes) -> Facts:
    """The mean of fifty days, twenty times, of one and the same strategy: what the best of them shows."""
    pnl = _backtests()
    means, true = pnl.mean(axis=2), float(pnl.mean())
    best, error = float(means.max(axis=1).mean()), float(pnl.std()) / np.sqrt(N_DAYS)
    shown = np.sort(means[0])
    axes.plot(np.arange(1, N_VARIANTS + 1), shown, "o", color=BID["color"], label="twenty backtests of fifty days")
    axes.axhline(true, label=f"what all of them earn: {true:.2f}", **MID)
    guessed = {"nothing": 0.0, "half an error": 0.5, "two errors": 1.9, "ten errors": 10.0}[guess]
    axes.axhline(true + guessed * error, label=f"your guess for the best: {true + guessed * error:.2f}", **GUESS)
    axes.set(xlabel="backtest, from the worst to the best", ylabel="mean profit of a day", xticks=(1, 5, 10, 15, 20))
    axes.set_title(f"The best of {N_VARIANTS} shows {best - true:.2f} a day that is not there")
    return {"best": best, "true": true, "gap": best - true, "errors": (best - true) / error, "error": error}


REVEALS = {"own-best-of-twenty": best_of_twenty}
