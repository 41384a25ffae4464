"""What the tests sweep: functions that other processes can import."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from mmlab import AvellanedaStoikov, Market, exact_moments, monte_carlo


def drawn(risk_aversion, n_steps, seed):
    """A sample's mean and deviation: dear enough to be real, cheap enough to be many."""
    market = Market.avellaneda_stoikov_2008()
    model = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
    profit = monte_carlo(model, market, n_paths=50, n_steps=n_steps, seed=seed).pnl
    return {"mean": profit.mean(), "sd": float(profit.std())}


def exact(risk_aversion, n_steps=200):
    market = Market.avellaneda_stoikov_2008()
    day = exact_moments(AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion), market, n_steps=n_steps)
    return day.mean, day.sd


def noted(x, folder, wait=0.0):
    """A square; that it was computed stays in a file, whatever happens to the process."""
    with (Path(folder) / f"{os.getpid()}.txt").open("a") as file:
        file.write(f"{x}\n")
    time.sleep(wait)
    return x * x


def fatal(x, folder, fatal_at, once=True):
    """Ends its process at one setting, at the first try or at each."""
    died = Path(folder) / "died"
    if x == fatal_at and not (once and died.exists()):
        died.touch()
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return noted(x, folder)


def calls(folder):
    """All x of which a square was computed, each as often as it was."""
    return sorted(int(line) for path in Path(folder).glob("*.txt") for line in path.read_text().split())


def workers(folder):
    """The processes that computed one."""
    return [int(path.stem) for path in Path(folder).glob("*.txt")]


def no_threes(x):
    if x == 3:
        raise ValueError("no threes")
    return np.full(2, x)


def day_of_numbers(n):
    return np.zeros(n)


def noted_slowly(x, folder, wait, slow):
    """A square, for which one process takes ten times as long as the others."""
    return noted(x, folder, wait * (10 if os.getpid() == slow else 1))


def series(x):
    """A hundred numbers."""
    return np.full(100, float(x))
