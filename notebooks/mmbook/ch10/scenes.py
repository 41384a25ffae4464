"""Chapter 10's days: three to be told apart, and many that are calm or informed, to count alarms on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from mmbook.ch10.desk_day import STEP, DeskDay
from mmlab.desk import MarketMakingConfig
from mmlab.market import Exponential, Market
from mmlab.measure import Alert, Rule, Watch
from mmlab.measure.rows import Rows, aged, filled, follow, ratio, read
from mmlab.models import Symmetric
from mmlab.parameters import FloatArray
from mmlab.simulation import History, simulate

CONFIG = MarketMakingConfig()
CALM = CONFIG.make_market()
INFORMED = dataclasses.replace(CALM, jump=(0.05, 0.05))
"""The market orders know something: the mid goes their way by five ticks.

In steps of 10 s an order of the other side comes with the chance 0.63 and moves it back: a fill costs 0.018.
"""
ONE_SIDED = dataclasses.replace(
    CALM,
    intensity=(Exponential(arrival_rate=0.07, fill_decay=50.0), Exponential(arrival_rate=0.11, fill_decay=50.0)),
)
"""More sellers than buyers."""
NO_SKEW = Symmetric(half_spread=0.02)

DAYS = {
    "Monday": DeskDay(ONE_SIDED, seed=3, model=NO_SKEW),
    "Tuesday": DeskDay(CALM, seed=1),
    "Wednesday": DeskDay(INFORMED, seed=1),
}
N_DAYS = 40
TWO_FILLS = (
    {"time": 0, "mid": 100.00, "inventory": 0, "cash": 0.0, "bid_price": 99.98, "ask_price": 100.02, "bid_fill": 1},
    {"time": 30, "mid": 99.95, "inventory": 1, "cash": -99.98, "bid_price": 99.93, "ask_price": 99.97},
    {
        "time": 60,
        "mid": 99.97,
        "inventory": 1,
        "cash": -99.98,
        "bid_price": 99.95,
        "ask_price": 100.00,
        "ask_fill": 1,
    },
    {"time": 90, "mid": 100.01, "inventory": 0, "cash": 0.02},
)
"""The exercise's day: a clip bought, and sold a minute later."""


def days_of(market: Market, seed: int, n_days: int = N_DAYS) -> History:
    """So many days of the default desk in a market."""
    return simulate(CONFIG.make_desk(), market.tape(n_days, round(CALM.horizon / STEP), seed=seed))


many = lru_cache(maxsize=2)(days_of)
"""The same, of which the last two are kept: 9 MB each."""


def alarms(watch: Watch, days: History | Rows) -> list[Alert]:
    """The alerts of a watch on many days."""
    return watch.step(watch.start(), days)[1]


def first_times(rules: Sequence[Rule], days: History) -> FloatArray:
    """When each rule, of one value or several, first fires on each day [s], shape (n_rules, n_days); ∞: never."""
    first = np.full((len(rules), days.mid.shape[1]), np.inf)
    places = {(rule.name, rule.threshold): n for n, rule in enumerate(rules)}
    for alert in reversed(alarms(Watch(rules), days)):
        first[places[alert.rule, alert.bound], alert.path] = alert.time
    return first


def net_markouts(days: History | Rows, horizon: float) -> list[tuple[FloatArray, FloatArray]]:
    """For each day when its fills were so old [s], and what a clip had earned by then, less fees [price]."""
    _, rows = follow(None, read(days))
    old, at, _ = aged(filled(rows), rows, horizon)
    net = ratio(old["net"] * rows["mid"][at] - old["paid"] - old["fees"], old["clips"])
    return [(rows["time"][at][np.isfinite(day)], day[np.isfinite(day)]) for day in net.T]


def detected(fires: Callable[[FloatArray], object], days: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """When a rule that is shown the fills so far first fires on each of some days [s], shape (n_days,); ∞: never."""
    return np.array([next((time[n] for n in range(len(net)) if fires(net[: n + 1])), np.inf) for time, net in days])


def per_day(n: int, n_days: int) -> tuple[float, float, float]:
    """How often a day something happens that was counted n times, and Garwood's exact 95% limits of that."""
    return n / n_days, _mean_with(n - 1, 0.975) / n_days, _mean_with(n, 0.025) / n_days


def _mean_with(n: int, chance: float) -> float:
    """The mean of the Poisson counts that are at most n with this chance."""
    logs = np.array([math.lgamma(k + 1) for k in range(n + 1)])
    low, high = 0.0, n + 10 * math.sqrt(n + 2) + 10
    for _ in range(60 if n >= 0 else 0):
        mean = (low + high) / 2
        at_most = np.exp(np.arange(n + 1) * math.log(mean) - mean - logs).sum()
        low, high = (mean, high) if at_most > chance else (low, mean)
    return low


def code_of(name: str, n_steps: int) -> str:
    """The lines that run a day's first steps and print what a dashboard reads out."""
    return f"""from mmbook.ch10.scenes import DAYS
from mmbook.ch10.desk_day import LiveDay

monitor = LiveDay(DAYS[{name!r}]).step({n_steps}).monitor
print(f"{{monitor.metrics['fills'][0]:.0f}} {{monitor.metrics['pnl'][0]:.2f}} {{len(monitor.alerts)}}")
"""
