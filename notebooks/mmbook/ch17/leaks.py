"""The backtests of the explorer: three switches, what each promises, and what its forecast earns; and a forecast's size.

`python -c "from mmbook.ch17.leaks import write; write()"` makes leaks.json anew (20 CPU s). A forecast is a line through the four flows, the past
that the label is made of, and *the nearest label that the split leaves in*, as a nearest neighbour in time reads it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mmbook.ch17.scenes import MARKET, N_STEPS, RATES, learnt, padded, reach_of, season
from mmlab import Tape
from mmlab.learning import decayed_flows, ridge
from mmlab.parameters import FloatArray

HORIZON = 20
"""Steps that a label looks ahead, 2 s."""
EMBARGOES = (0, 5, 10, 15, 20)
"""Steps between a row and the nearest label that it may learn from."""


SIZES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""So many times the forecast."""


class Row(NamedTuple):
    """What a backtest shows, and what its forecast earns more than the blind dealer [price·clip a session]."""

    smoothed: int
    both_sides: int
    embargo: int
    accuracy: float
    r_squared: float
    gain: float
    error: float


def shifted(column: FloatArray, steps: int) -> FloatArray:
    """A column, shape (n_paths, n), so many steps later; NaN where there is none."""
    moved, at = np.full_like(column, np.nan), column.shape[1] - abs(steps)
    moved[:, -at:] = column[:, :at]
    return moved if steps >= 0 else shifted(column[:, ::-1], -steps)[:, ::-1]


def labels(mid: FloatArray, smoothed: int) -> tuple[FloatArray, FloatArray]:
    """The label of each step and the part of the past that its making uses, shape (n_paths, n_steps + 1)."""
    if not smoothed:
        return shifted(mid, -HORIZON) - mid, mid - shifted(mid, HORIZON)
    last = sum(shifted(mid, n) for n in range(HORIZON)) / HORIZON
    return shifted(last, -HORIZON) - last, mid - last


def columns(tape: Tape, smoothed: int, near: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Features, the labels so many steps away (in the mean) the last of them, and the label."""
    label, past = labels(tape.mid.T, smoothed)
    neighbour = sum(shifted(label, steps) for steps in near) / len(near)
    flows = decayed_flows(tape, RATES)
    return np.dstack([flows, past[:, :N_STEPS], neighbour[:, :N_STEPS]]), label[:, :N_STEPS]


def backtest(smoothed: int, both_sides: int, embargo: int) -> Row:
    """Train on 200 sessions, test on 200 others under the same switches, then trade where nothing leaks."""
    near = (max(embargo, 1), -max(embargo, 1))[: 1 + both_sides]
    sets = []
    for seed in (8, 9):
        x, y = columns(MARKET.tape(n_paths=200, n_steps=N_STEPS, seed=seed), smoothed, near)
        known = np.isfinite(x).all(axis=2) & np.isfinite(y)
        sets.append((x[known], y[known]))
    (x, y), (unseen, after) = sets
    sd = x.std(axis=0)
    beta = ridge(x / sd, y, penalty=1e-3 * len(y)) / sd
    forecast = unseen @ beta
    money = season()
    live, _ = columns(money.tape, smoothed, (HORIZON,))  # the nearest label that is known when one trades
    gain = money.gain(padded(np.nan_to_num(live) @ beta / reach_of(HORIZON / 10)))
    accuracy, left = np.mean((forecast > 0) == (after > 0)), np.mean((after - forecast) ** 2) / after.var()
    numbers = accuracy, 1 - left, gain.mean(), gain.std() / np.sqrt(len(gain))
    return Row(smoothed, both_sides, embargo, *(round(float(number), 6) for number in numbers))


def sized(times: float) -> float:
    """What so many times the forecast of the chapter gains on the blind dealer."""
    money = season()
    forecast = decayed_flows(money.tape, RATES) @ learnt() / reach_of(1.0)
    return round(float(money.gain(times * padded(forecast)).mean()), 6)


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """leaks.json: what α itself gains, what the forecast does at some sizes, and the rows by their switches."""
    read: dict[str, Any] = json.loads((files("mmbook.ch17") / "leaks.json").read_text(encoding="utf-8"))
    return read | {"rows": {tuple(row[:3]): Row(*row) for row in read["rows"]}}


def backtested(smoothed: int, both_sides: int, embargo: int) -> Row:
    """The row at these switches, as it is stored."""
    row: Row = stored()["rows"][smoothed, both_sides, embargo]
    return row


def write() -> None:
    """Make leaks.json anew, beside this file."""
    money = season()
    assert money.tape.signal is not None
    rows = [list(backtest(*switches)) for switches in product((0, 1), (0, 1), EMBARGOES)]
    true = round(float(money.gain(money.tape.signal).mean()), 6)
    made = {"true": true, "sizes": [[times, sized(times)] for times in SIZES], "rows": rows}
    text = json.dumps(made).replace("[[", "[\n[").replace("], [", "],\n[")
    (Path(__file__).parent / "leaks.json").write_text(text + "\n", encoding="utf-8")
