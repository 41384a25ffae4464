"""What checks the exercises of chapter 11: drawn orders, another venue's file, hidden half hours.

What a verdict says is in exercises.toml.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmbook.ch11.scenes import OTHER_FORMAT
from mmbook.ch11.step_checks import STEPS
from mmlab.market import Day
from mmlab.market.market_orders import MarketOrders
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.measure import depth_grid, fill_intensity
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

EXECUTIONS = {
    "time": np.array([1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.5]),
    "side": np.array([1.0, 1.0, 1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0]),
    "size": np.array([100.0, 50.0, 20.0, 30.0, 40.0, 10.0, 60.0, 5.0, 7.0]),
    "price": np.array([10.02, 10.03, 10.05, 9.98, 10.02, 9.98, 9.97, 9.95, 9.97]),
}
"""Some share a time and not the side, and some a side and not the time."""


def merge_sweeps(answer: Answer) -> Facts:
    """The market orders of these executions, in any order."""
    merged = MarketOrders.merged(**EXECUTIONS, mid=np.full(9, 10.0))
    returned = answer(*EXECUTIONS.values())
    if not isinstance(returned, tuple | list) or len(returned) != 4:
        raise Mistake("four-arrays", call=answer.running)
    n = len(np.atleast_1d(returned[0]))
    facts = {"n_executions": 9, "n": n, "n_orders": len(merged)}
    if n != len(merged):
        by_time = len(np.unique(EXECUTIONS["time"]))
        raise Mistake({9: "not-merged", by_time: "by-time-alone"}.get(n, "other-number"), **facts)
    gave = np.array([answer.numbers(x, (n,), name) for x, name in zip(returned, EXECUTIONS, strict=True)])
    gave = gave[:, np.lexsort((gave[1], gave[0]))]
    right = np.array([getattr(merged, name) for name in EXECUTIONS])
    for column, i in np.argwhere(~np.isclose(gave, right))[:1]:
        name = list(EXECUTIONS)[column]
        text = "lowest-of-a-sale" if name == "price" and merged.side[i] < 0 else "other-order"
        raise Mistake(text, time=merged.time[i], name=name, right=right[column, i], gave=gave[column, i])
    return facts


def _line(counts: FloatArray, width: float) -> float:
    """The slope through the logarithms of the counts that are not 0."""
    full = counts > 0
    return float(-np.polyfit(width * np.arange(len(counts))[full], np.log(counts[full]), 1)[0])


def _passed(counts: FloatArray) -> float:
    """How often an order went on to the next bin."""
    return float(counts @ np.arange(len(counts)))


def _decay(counts: FloatArray, width: float) -> float:
    """κ by maximum likelihood, in closed form."""
    return float(np.log1p(counts[:-1].sum() / _passed(counts)) / width)


decay_from_counts = formula(
    _decay,
    [(np.array([40.0, 25, 0, 9, 4, 6]), 0.01), (np.array([300.0, 140, 61, 30, 11, 8]), 0.5)],
    {
        "line": _line,
        "open-bin-as-closed": lambda counts, width: np.log1p(counts.sum() / _passed(counts)) / width,
        "per-bin": lambda counts, width: _decay(counts, 1.0),
        "mean-depth": lambda counts, width: counts.sum() / _passed(counts) / width,
    },
    tolerance=5e-4,
    facts=lambda gave, right, counts, width: {"call": "", "counts": counts.astype(int).tolist(), "width": width},
)


def _rate(n: int, time: float, error: float) -> tuple[float, float]:
    return n / time, error


rate_error = formula(
    lambda n, time, branching: _rate(n, time, np.sqrt(n) / time / (1 - branching)),
    [(400, 1000.0, 0.0), (900, 3600.0, 0.5)],
    {
        "poisson": lambda n, time, branching: _rate(n, time, np.sqrt(n) / time),
        "too-small": lambda n, time, branching: _rate(n, time, np.sqrt(n / (1 - branching)) / time),
        "variance": lambda n, time, branching: _rate(n, time, n / time**2 / (1 - branching) ** 2),
        "of-the-count": lambda n, time, branching: _rate(n, time, np.sqrt(n) / (1 - branching)),
    },
    facts=lambda gave, right, n, time, branching: {"call": "", "n_orders": n, "time": time, "branching": branching},
    otherwise=lambda gave, right, *_: "rate" if abs(gave[0] / right[0] - 1) > 1e-6 else "otherwise",
)


def read_other_venue(answer: Answer) -> Facts:
    """The file of the notebook, and the same at other times and prices."""
    for shift, up in ((0, 0.0), (5000, 20.0)):
        day = answer(_moved(shift, up))
        if not isinstance(day, Day):
            raise Mistake("no-day", returned=f"{day!r:.60}")
        orders, start = day.market_orders, 1 + shift / 1000
        facts = {"start": start, "begins": day.time[0], "n_quotes": len(day.time), "observed": day.observed}
        facts |= {"sides": orders.side.tolist(), "sizes": orders.size.tolist(), "reach": orders.reach.tolist()}
        if abs(float(day.time[0]) - start) > 1e-9:
            raise Mistake("milliseconds", **facts)
        if len(day.time) != 5:
            raise Mistake("quotes", **facts)
        if abs(day.observed - 1.3) > 1e-9:
            raise Mistake("absent-side", **facts)
        if facts["sides"] != [1, -1]:
            raise Mistake("aggressors", **facts)
        if facts["sizes"] != [3, 1] or not np.allclose(orders.reach, [1, 1]):
            raise Mistake("orders", **facts)
    return {}


def _moved(milliseconds: int, up: float) -> str:
    head, *rows = OTHER_FORMAT.splitlines()
    moved = [head]
    for row in rows:
        cells = row.split(",")
        cells[0] = str(int(cells[0]) + milliseconds)
        for n in (2, 4, 6):
            cells[n] = f"{float(cells[n]) + up:g}" if cells[n] else ""
        moved.append(",".join(cells))
    return "\n".join(moved) + "\n"


PASSES = 1.0
"""The score that the open exercise asks for: errors as large as maximum likelihood states for its own."""


@lru_cache(maxsize=1)
def hidden_half_hours() -> tuple[tuple[Day, ...], FloatArray]:
    """Twelve half hours of other truths, and the A and κ of each, shape (12, 2)."""
    rng = np.random.default_rng(11)
    days, truths = [], []
    for seed in range(12):
        kappa, half_spread = float(rng.uniform(20, 50)), int(rng.integers(1, 5))
        rate = float(rng.uniform(0.2, 0.5))
        truth = SyntheticDay(arrival_rate=rate, fill_decay=kappa, half_spread=half_spread)
        days.append(truth.run(1800, seed=seed).day())
        truths.append((rate, kappa))
    return tuple(days), np.array(truths)


@lru_cache(maxsize=1)
def _likeliest() -> tuple[FloatArray, FloatArray]:
    """A and κ of `fill_intensity` on `depth_grid`, and the standard errors of maximum likelihood alone, eq. (3)."""
    found, errors = [], []
    for day in hidden_half_hours()[0]:
        reach = day.market_orders.reach
        fitted = fill_intensity(reach, 2 * day.observed, depth_grid(reach, 0.01))
        found.append((fitted.arrival_rate.value, fitted.fill_decay.value))
        errors.append(np.array([fitted.arrival_rate.error, fitted.fill_decay.error]) / fitted.inflation)
    return np.array(found), np.array(errors)


def _estimates(answer: Answer) -> FloatArray:
    """The answer's A and κ of each half hour, shape (12, 2)."""
    orders = [(day.market_orders, day.observed) for day in hidden_half_hours()[0]]
    return np.array([answer.numbers(answer(o.reach, o.size, time), (2,), "(A, κ)") for o, time in orders])


def _scores(found: FloatArray) -> FloatArray:
    """Mean squares of the errors of A and of κ, each error in its standard error."""
    return np.asarray((((found - hidden_half_hours()[1]) / _likeliest()[1]) ** 2).mean(axis=0))


def calibrates_score() -> float:
    """What `fill_intensity` on `depth_grid` scores."""
    return _score(_likeliest()[0])


def _score(found: FloatArray) -> float:
    return float(np.sqrt(_scores(found).mean()))


def _by_truth(found: FloatArray) -> Facts:
    a, k = np.sqrt(_scores(found))
    times = np.median(found / hidden_half_hours()[1], axis=0)
    return {"score": _score(found), "a": a, "k": k, "passes": PASSES, "times": times, "own": calibrates_score()}


CHECKS: dict[str, Check] = {
    **STEPS,
    "merge-sweeps": merge_sweeps,
    "decay-from-counts": decay_from_counts,
    "error-of-a-rate": rate_error,
    "read-other-venue": read_other_venue,
    "hidden-half-hour": contest(_estimates, lambda found: "too-far" if _score(found) > PASSES else None, _by_truth),
}
