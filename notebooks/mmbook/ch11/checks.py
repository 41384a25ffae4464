"""How chapter 11 judges answers: on drawn orders and hidden half hours, with the usual mistakes known by name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmlab.market import Day
from mmlab.market.market_orders import MarketOrders
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.measure import depth_grid, fill_intensity
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet

WANTED = 1.0
"""The score that the open exercise asks for: errors as large as maximum likelihood states for its own."""


def merge_sweeps(answer: Answer) -> str:
    """On executions of which some share a time and not the side, and some a side and not the time."""
    time = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.5])
    side = np.array([1.0, 1.0, 1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0])
    size = np.array([100.0, 50.0, 20.0, 30.0, 40.0, 10.0, 60.0, 5.0, 7.0])
    price = np.array([10.02, 10.03, 10.05, 9.98, 10.02, 9.98, 9.97, 9.95, 9.97])
    merged = MarketOrders.merged(time, side, size, price, np.full(9, 10.0))
    got = answer(time, side, size, price)
    if not isinstance(got, tuple | list) or len(got) != 4:
        raise NotYet(f"{answer.running} must return four arrays: time, side, size and worst price.")
    n = len(np.atleast_1d(got[0]))
    if n != len(merged):
        why = {
            len(time): "nothing was merged",
            len(np.unique(time)): "a buy and a sale of one time became one order. They are two aggressors",
        }.get(n, f"there are {len(merged)}")
        raise NotYet(f"{len(time)} executions became {n} orders; {why}.")
    given = [
        answer.numbers(column, (n,), name) for column, name in zip(got, ("time", "side", "size", "price"), strict=True)
    ]
    in_order = np.lexsort((given[1], given[0]))
    for column, name in zip(given, ("time", "side", "size", "price"), strict=True):
        wanted = getattr(merged, name)
        wrong = np.flatnonzero(~np.isclose(column[in_order], wanted))
        if len(wrong):
            i, told = wrong[0], column[in_order]
            extra = " The worst price of a sale is its lowest." if name == "price" and merged.side[i] < 0 else ""
            raise NotYet(f"the order at time {merged.time[i]:g} has {name} {wanted[i]:g}, yours {told[i]:g}.{extra}")
    return f"{len(time)} executions are {n} market orders; each counts once, at the farthest price it paid or got."


def decay_from_counts(answer: Answer) -> str:
    """On counts with an empty bin, against the closed form."""
    for counts, width in (([40, 25, 0, 9, 4, 6], 0.01), ([300, 140, 61, 30, 11, 8], 0.5)):
        n = np.array(counts, dtype=np.float64)
        given = float(answer.numbers(answer(n, width), ()))
        closed, passed = n[:-1].sum(), float(n @ np.arange(len(n)))
        right = np.log1p(closed / passed) / width
        if abs(given / right - 1) < 1e-3:
            continue
        centres, full = width * np.arange(len(n)), n > 0
        mistakes = {
            "the line through the logarithms that drops empty bins": -np.polyfit(centres[full], np.log(n[full]), 1)[0],
            "with the last, open bin counted as a closed one": np.log1p(n.sum() / passed) / width,
            "per bin. Divide by the width": right * width,
            "one over the mean depth, which takes every order for one at its bin's beginning": n.sum() / passed / width,
        }
        for mistake, value in mistakes.items():
            if abs(given / value - 1) < 1e-3:
                raise NotYet(f"for counts {counts} your κ = {given:.4g} is {mistake}.")
        raise NotYet(
            f"for counts {counts} in bins of {width:g} your κ is {given:.4g}; the likelihood's is {right:.4g}."
        )
    return "the maximum is at ln(1 + S/F)/w; empty bins and the open one speak too."


def rate_error(answer: Answer) -> str:
    """Rate and standard error of a clustered flow."""
    for n, time, branching in ((400, 1000.0, 0.0), (900, 3600.0, 0.5)):
        rate, error = answer.numbers(answer(n, time, branching), (2,))
        right = np.sqrt(n) / time / (1 - branching)
        if abs(rate / (n / time) - 1) > 1e-6:
            raise NotYet(f"{n} orders in {time:g} s are {n / time:.4g} a second; your rate is {rate:.4g}.")
        if abs(error / right - 1) < 1e-6:
            continue
        mistakes = {
            "that of a Poisson flow. Orders that bring orders scatter more": np.sqrt(n) / time,
            "too small: the variance of the count is 1/(1 − n)² times as large, its root 1/(1 − n)": np.sqrt(n)
            / time
            / np.sqrt(1 - branching),
            "the variance, not its root": n / time**2 / (1 - branching) ** 2,
            "that of the count. The rate is the count over the time": np.sqrt(n) / (1 - branching),
        }
        for mistake, value in mistakes.items():
            if abs(error / value - 1) < 1e-6:
                raise NotYet(
                    f"for {n} orders in {time:g} s with n = {branching:g} your error {error:.4g} is {mistake}."
                )
        raise NotYet(
            f"for {n} orders in {time:g} s with n = {branching:g} the error is {right:.4g}; yours {error:.4g}."
        )
    return "√N/T for orders that know nothing of each other, 1/(1 − n) times that for orders that bring orders."


OTHER_FORMAT = """ts_ms,kind,bid,bid_qty,ask,ask_qty,price,qty,taker
1000,quote,99.5,3,100.5,2,,,
1500,trade,,,,,100.5,2,buy
1500,trade,,,,,101.0,1,buy
1500,quote,99.5,3,101.5,1,,,
1700,quote,,,101.5,1,,,
2500,quote,99.0,4,101.0,1,,,
3100,trade,,,,,99.0,1,sell
3100,quote,99.0,3,101.0,1,,,
"""
"""Another venue's file: milliseconds, one table for quotes and trades, an absent side left empty."""


def read_other_venue(answer: Answer) -> str:
    """The file of the notebook, and the same at other times and prices."""
    for shift, up in ((0, 0.0), (5000, 20.0)):
        text = _moved(shift, up)
        day = answer(text)
        if not isinstance(day, Day):
            raise NotYet(
                f"the function must return a Day, as Day.from_quotes_and_trades makes; it returned {day!r:.60}."
            )
        start = 1 + shift / 1000
        if abs(float(day.time[0]) - start) > 1e-9:
            raise NotYet(
                f"the first quote is at {start:g} s; your day begins at {day.time[0]:g}. ts_ms is milliseconds."
            )
        if len(day.time) != 5:
            raise NotYet(f"the file has 5 quotes; your day has {len(day.time)}. Trades are no quotes.")
        if abs(day.observed - 1.3) > 1e-9:
            raise NotYet(
                f"there is a mid for 1.3 s; your day observes {day.observed:g}. An empty price is NaN, its size 0."
            )
        orders = day.market_orders
        if orders.side.tolist() != [1, -1]:
            raise NotYet(f"the aggressors are a buyer, +1, and a seller, −1; yours {orders.side.tolist()}.")
        if orders.size.tolist() != [3, 1] or not np.allclose(orders.reach, [1, 1]):
            raise NotYet(
                f"the orders have 3 and 1 and reach 1 and 1; yours {orders.size.tolist()} and {orders.reach.tolist()}."
            )
    return "the same day, whoever wrote it down: from here on every cell of this chapter runs on it."


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


@lru_cache(maxsize=1)
def hidden_half_hours() -> tuple[tuple[Day, float, float], ...]:
    """Twelve half hours of other truths, each with its A and κ."""
    rng = np.random.default_rng(11)
    made = []
    for seed in range(12):
        kappa, half_spread = float(rng.uniform(20, 50)), int(rng.integers(1, 5))
        rate = float(rng.uniform(0.2, 0.5))
        truth = SyntheticDay(arrival_rate=rate, fill_decay=kappa, half_spread=half_spread)
        made.append((truth.run(1800, seed=seed).day(), rate, kappa))
    return tuple(made)


@lru_cache(maxsize=1)
def _expected_errors() -> FloatArray:
    """The standard errors of maximum likelihood alone, eq. (3), relative to the truth, shape (12, 2)."""
    errors = []
    for day, rate, kappa in hidden_half_hours():
        reach = day.market_orders.reach
        fitted = fill_intensity(reach, 2 * day.observed, depth_grid(reach, 0.01))
        stated = np.array([fitted.arrival_rate.error / rate, fitted.fill_decay.error / kappa])
        errors.append(stated / fitted.inflation)
    return np.array(errors)


def half_hour(answer: Answer) -> str:
    """The root mean square of the errors on hidden half hours, each in its standard error."""
    given = []
    for day, _, _ in hidden_half_hours():
        orders = day.market_orders
        given.append(answer.numbers(answer(orders.reach, orders.size, day.observed), (2,), "(A, κ)"))
    found = np.array(given)
    truth = np.array([[rate, kappa] for _, rate, kappa in hidden_half_hours()])
    off = (found / truth - 1) / _expected_errors()
    a, k = np.sqrt((off**2).mean(axis=0))
    score = float(np.sqrt((off**2).mean()))
    said = f"your score is {score:.2f} (A alone {a:.2f}, κ alone {k:.2f}, in standard errors)"
    if score > WANTED:
        ratio = np.median(found / truth, axis=0)
        raise NotYet(
            f"{said}; {WANTED:g} is wanted. In the median your A is {ratio[0]:.3g} times the truth, your κ "
            f"{ratio[1]:.3g} times."
        )
    return f"{said}. `calibrate`'s own is {calibrates_score():.2f}."


@lru_cache(maxsize=1)
def calibrates_score() -> float:
    """What `fill_intensity` on `depth_grid` scores."""
    off = []
    for (day, rate, kappa), error in zip(hidden_half_hours(), _expected_errors(), strict=True):
        reach = day.market_orders.reach
        fitted = fill_intensity(reach, 2 * day.observed, depth_grid(reach, 0.01))
        found = np.array([fitted.arrival_rate.value / rate, fitted.fill_decay.value / kappa])
        off.append((found - 1) / error)
    return float(np.sqrt(np.mean(np.square(off))))
