"""The backtests of the explorer: three switches, what each promises, and what its forecast earns; and a size's gain.

`python -c "from mmbook.ch17.leaks import write; write()"` makes leaks.json anew (35 CPU s). A forecast is a line
through the four flows, the past that the label is made of, and *the nearest label that the split leaves in*, as a
nearest neighbour in time reads it.
"""

import json
from collections import namedtuple
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from mmbook.ch17.scenes import MARKET, N_STEPS, RATES, season, shown
from mmlab import Tape
from mmlab.learning import decayed_flows, ridge
from mmlab.parameters import FloatArray

FILE = Path(__file__).with_name("leaks.json")
HORIZON, EMBARGOES, SIZES = 20, (0, 5, 10, 15, 20), (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Steps that a label looks ahead; steps to the nearest label that is learnt from; times that a forecast is taken."""
Row = namedtuple("Row", "smoothed both_sides embargo accuracy r_squared gain error")
"""Three switches, what a backtest shows, and what its forecast earns more than the blind dealer [price·clip]."""


def shifted(column: FloatArray, steps: int) -> FloatArray:
    """A column, shape (n_paths, n), so many steps later; NaN where there is none."""
    moved, at = np.full_like(column, np.nan), column.shape[1] - abs(steps)
    moved[:, -at:] = column[:, :at]
    return moved if steps >= 0 else shifted(column[:, ::-1], -steps)[:, ::-1]


def columns(tape: Tape, smoothed: int, near: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Features, the mean of the labels so many steps away the last of them, and the label of each step."""
    mid, none = tape.mid.T, np.zeros_like(tape.mid.T)
    last = sum((shifted(mid, n) for n in range(HORIZON)), none) / HORIZON if smoothed else shifted(mid, HORIZON)
    label, past = (shifted(last, -HORIZON) - last if smoothed else shifted(mid, -HORIZON) - mid), mid - last
    neighbour = sum((shifted(label, steps) for steps in near), none) / len(near)
    return np.dstack([decayed_flows(tape, RATES), past[:, :-1], neighbour[:, :-1]]), label[:, :-1]


def backtest(smoothed: int, both_sides: int, embargo: int) -> Row:
    """Train on 200 sessions, test on 200 others under the same switches, then trade where nothing leaks."""
    near, sets = (max(embargo, 1), -max(embargo, 1))[: 1 + both_sides], []
    for seed in (8, 9):
        x, y = columns(MARKET.tape(n_paths=200, n_steps=N_STEPS, seed=seed), smoothed, near)
        known = np.isfinite(x).all(axis=2) & np.isfinite(y)
        sets.append((x[known], y[known]))
    (x, y), (unseen, after) = sets
    beta = ridge(x / x.std(axis=0), y, penalty=1e-3 * len(y)) / x.std(axis=0)
    forecast = unseen @ beta
    live, _ = columns(season().tape, smoothed, (HORIZON,))  # the nearest label that is known when one trades
    gain = season().gain(shown(np.nan_to_num(live) @ beta, HORIZON))
    score = np.mean((forecast > 0) == (after > 0)), 1 - np.mean((after - forecast) ** 2) / after.var()
    numbers = *score, gain.mean(), gain.std() / np.sqrt(len(gain))
    return Row(smoothed, both_sides, embargo, *(round(float(number), 6) for number in numbers))


def sized(times: float) -> float:
    """What so many times the chapter's forecast gains on the blind dealer."""
    train = MARKET.tape(n_paths=200, n_steps=N_STEPS, seed=8)
    flows = decayed_flows(train, RATES)[:, :-9].reshape(-1, len(RATES))
    beta = ridge(flows, (train.mid[10:] - train.mid[:-10]).T.ravel(), penalty=1)
    return round(float(season().gain(shown(times * decayed_flows(season().tape, RATES) @ beta)).mean()), 6)


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """leaks.json: what α itself gains, what the forecast does at some sizes, and the rows by their switches."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read | {"rows": {tuple(row[:3]): Row(*row) for row in read["rows"]}}


def write() -> None:
    """Make leaks.json anew, beside this file."""
    rows = [list(backtest(*switches)) for switches in product((0, 1), (0, 1), EMBARGOES)]
    true = round(float(season().gain(season().signal).mean()), 6)
    made = {"true": true, "sizes": [[times, sized(times)] for times in SIZES], "rows": rows}
    FILE.write_text(json.dumps(made).replace("[[", "[\n[").replace("], [", "],\n[") + "\n", encoding="utf-8")
