"""Alerts: rules with hysteresis and a cool-down, what they watch in a desk's rows, and where alerts go."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.arguments import explained
from mmlab.desk import MarketMakingConfig, Mode, Reason
from mmlab.files import append_line, named
from mmlab.measure.record import Record, aged, follow, latest, ratio
from mmlab.parameters import FloatArray, ParameterError, parameter, validated

FEWEST_FILLS = 30
"""Before so many fills no rate and no markout is judged."""
_KEPT = 49 / 50
"""What is left of a fill's weight in the average of markouts with each later fill."""
_IN_THE_END = f"in the end about {(1 + _KEPT) / (1 - _KEPT):.0f}"
"""(Σw)² / Σw² of an old average: it errs as a plain one of so many."""
_AVERAGES = ("n", "weight", "squares", "mean", "variance")
"""What is remembered of markouts: how many, Σw, Σw², their weighted mean and their variance around it."""


class Severity(IntEnum):
    """How much an alert matters, as logging counts it."""

    INFO = logging.INFO
    WARNING = logging.WARNING
    CRITICAL = logging.CRITICAL

    @property
    def sign(self) -> str:
        """A shape, for those who do not see colours."""
        return {"INFO": "○", "WARNING": "▲", "CRITICAL": "■"}[self.name]


VALUES = {
    "widened": ("mode WIDEN:", "1"),
    "reduce_only": ("mode REDUCE_ONLY:", "1"),
    "halted": ("mode HALT:", "1"),
    "crossed": ("our bid is at or above our ask, by", "price"),
    "wide": ("our spread is", "price"),
    "stale": ("quotes have rested unattended for", "s"),
    "one_sided": ("one side or both have been missing for", "s"),
    "blind": ("the mid has not been known for", "s"),
    "silent": ("fills that our own rate has promised since the last one:", "fills"),
    "run": ("fills of one side in a row:", "fills"),
    "toxic": (f"the average of {_IN_THE_END} markouts, less fees, is below 0 by", "standard errors"),
    "slow": ("a step took on average", "s"),
}
"""What a rule can watch: in words, and in which unit; the clock is a configuration's, in seconds."""
_MODES = {"widened": Mode.WIDEN, "reduce_only": Mode.REDUCE_ONLY, "halted": Mode.HALT}


@validated
class Rule:
    """Fire as a value reaches the threshold, and again only after it fell below `leave_at` times that.

    Other fields than the numbers: `name`, which of `VALUES` is watched; the `severity`; what is then `done`.
    """

    name: str = dataclasses.field()
    severity: Severity = Severity.WARNING
    done: str = "nothing was changed"
    threshold: float = parameter(
        symbol="c", unit="the value's", at_least=0, description="From this value on the rule fires."
    )
    leave_at: float = parameter(
        default=0.5, symbol="f_l", unit="1", above=0, at_most=1, description="Below this share of it the rule clears."
    )
    cool_down: float = parameter(
        default=600.0, symbol="t_c", unit="time", at_least=0, description="So soon after it does not fire again."
    )

    def __post_init__(self) -> None:
        if self.name not in VALUES:
            raise ParameterError(f"A rule watches one of {', '.join(VALUES)}; got {self.name!r}.")


def default_rules(config: MarketMakingConfig) -> tuple[Rule, ...]:
    """Rules for a configuration's desk, in its seconds, prices and clips.

    On a calm day they all but never fire: ``python -m tests.benchmarks alarms`` counts how often they do. For "toxic"
    half a standard error is enough: a desk that earns its spread is several of them above its fees.
    """
    w, stop = config.quotes, Severity.CRITICAL
    widest = config.price(w.max_spread) + 2 * config.market.tick  # each side is rounded away from the mid
    return (
        Rule(name="widened", threshold=1, severity=Severity.INFO, done="the quotes stand wider"),
        Rule(name="reduce_only", threshold=1, done="only the side that reduces is quoted"),
        Rule(name="halted", threshold=1, severity=stop, cool_down=0, done="both sides are cancelled"),
        Rule(name="crossed", threshold=0, severity=stop, cool_down=60),
        Rule(name="wide", threshold=widest, leave_at=0.9),
        Rule(name="stale", threshold=1.5 * w.max_quote_time),
        Rule(name="one_sided", threshold=300),
        Rule(name="blind", threshold=10),
        Rule(name="silent", threshold=12),
        Rule(name="run", threshold=12),
        Rule(name="toxic", threshold=0.5, severity=stop, leave_at=0.1, cool_down=3600),
        Rule(name="slow", threshold=0.1 * w.min_quote_time),
    )


@dataclass(frozen=True)
class Alert:
    """What happened, when, with which value against which bound, and what was done; `path` says at which desk."""

    time: float
    path: int
    rule: str
    severity: Severity
    what: str
    value: float
    bound: float
    done: str

    def __str__(self) -> str:
        return f"{self.severity.sign} {self.severity.name} at {self.time:.6g}: {self.what}; {self.done}."

    @property
    def json(self) -> str:
        """One line; a number that is not finite is null, for JSON has none such: `what` says it in words."""
        fields = dataclasses.asdict(self).items()
        told = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields}
        return json.dumps(told | {"severity": self.severity.name}, ensure_ascii=False)


@dataclass(frozen=True, eq=False)
class WatchState:
    """What a Watch remembers: the last row, the fills that are not of age, and by value and path what it counts.

    `on` and `told` are of shape (n_rules, n_paths): whether a rule has fired and not cleared, and when it did [time].
    """

    last: Record | None = None
    young: Record | None = None
    seen: Mapping[str, FloatArray] = dataclasses.field(default_factory=dict)
    on: FloatArray | float = 0.0
    told: FloatArray | float = -math.inf


class Watch:
    """Holds rules against rows as they come, by one or all at once: ``state, alerts = watch.step(state, rows)``.

    Parameters
    ----------
    rules : sequence of Rule
    horizon : float
        [time] above 0: how old a fill is marked out. Where n of one side share it, toxic's error is too small by √n.
    """

    def __init__(self, rules: Sequence[Rule], horizon: float = 30.0):
        self.rules, self.horizon = tuple(rules), horizon
        if not (self.rules and 0 < horizon < np.inf):
            raise ParameterError(f"A watch needs a rule or more and a horizon above 0; got {rules!r} and {horizon!r}.")

    def start(self) -> WatchState:
        """Nothing is seen yet, of however many paths."""
        return WatchState()

    def step(self, state: WatchState, record: Record, latency: float = math.nan) -> tuple[WatchState, list[Alert]]:
        """The state after some rows, of which a step took so long on average [s], and what there is to tell.

        Raises
        ------
        ParameterError
            If time runs backwards.
        """
        prev, new = follow(state.last, record)
        if not len(new):
            return state, []
        after, values = self._values(state, prev, new)
        values["slow"] = np.full(new["mid"].shape, math.nan)
        values["slow"][-1] = latency
        watched = np.stack([values[rule.name] for rule in self.rules], axis=1)
        bound = np.array([[rule.threshold] for rule in self.rules])
        leave = bound * [[rule.leave_at] for rule in self.rules]
        on, told = (np.array(np.broadcast_to(x, watched.shape[1:])) for x in (state.on, state.told))
        is_on = latest(np.where(watched >= bound, 1.0, np.where(watched < leave, 0.0, math.nan)), on)
        alerts, was_on = [], np.concatenate([on[np.newaxis], is_on[:-1]])
        anew = (new["mode"] == Mode.HALT) & (new["reason"] != prev["reason"])  # a halt for another reason is news
        was_on[:, [rule.name == "halted" for rule in self.rules]] *= ~anew[:, np.newaxis]
        for row, n, path in np.argwhere(is_on > was_on):
            if new.time[row] - told[n, path] >= self.rules[n].cool_down:
                told[n, path] = new.time[row]
                many = float(values["markouts"][row, path])
                alerts.append(_alert(self.rules[n], float(watched[row, n, path]), new, row, path, many))
        return dataclasses.replace(after, on=is_on[-1], told=told), alerts

    def _values(self, state: WatchState, prev: Record, new: Record) -> tuple[WatchState, dict[str, FloatArray]]:
        """Each of `VALUES` but the last, and how many "markouts", at each new row: (n_rows, n_paths); the state."""
        kept: dict[str, FloatArray] = {}

        def last(name: str, column: FloatArray, start: FloatArray) -> FloatArray:
            found = latest(column, state.seen.get(name, start))
            kept[name] = found[-1]
            return found

        def total(name: str, column: NDArray[Any]) -> FloatArray:
            found: FloatArray = state.seen.get(name, none) + np.cumsum(column, axis=0)
            kept[name] = found[-1]
            return found

        none = np.zeros(new["mid"].shape[1:])
        now, before = (np.broadcast_to(rows.time[:, np.newaxis], new["mid"].shape) for rows in (new, prev))
        bid, ask = (np.isfinite(prev[f"{side}_price"]) for side in ("bid", "ask"))
        bought, sold = new.fills
        left = np.where(prev["refreshed"] > 0, before, math.nan)
        attended = last("attended", np.where(bid | ask, left, now), now[0])
        by_limits = prev["mode"] >= Mode.REDUCE_ONLY  # that is told already
        complete = last("complete", np.where((bid & ask) | by_limits, now, math.nan), now[0])
        known = last("known", np.where(new["known"] > 0, now, math.nan), now[0])
        clock = total("clock", (bid | ask) * (now - before))
        bids, asks = total("bids", bought), total("asks", sold)
        last_fill = last("last_fill", np.where(bought + sold > 0, clock, math.nan), none)
        bids_before = last("bids_before", np.where(sold > 0, bids, math.nan), none)
        asks_before = last("asks_before", np.where(bought > 0, asks, math.nan), none)
        toxic, markouts, young, averages = self._toxic(state, new)
        spread = new["ask_price"] - new["bid_price"]
        there = np.isfinite(spread)
        values = {name: (new["mode"] == mode).astype(float) for name, mode in _MODES.items()} | {
            "crossed": np.where(there, -spread, -math.inf),
            "wide": np.where(there, spread, -math.inf),
            "stale": now - attended,
            "one_sided": now - complete,
            "blind": now - known,
            "silent": np.where(bids + asks < FEWEST_FILLS, 0.0, (bids + asks) * ratio(clock - last_fill, clock)),
            "run": np.maximum(bids - bids_before, asks - asks_before),
            "toxic": toxic,
            "markouts": markouts,
        }
        return WatchState(new.rows(slice(-1, None)), young, kept | averages, state.on, state.told), values

    def _toxic(self, state: WatchState, new: Record) -> tuple[FloatArray, FloatArray, Record, dict[str, FloatArray]]:
        """How toxic fills are at each new row, of how many markouts, the fills that are not of age, and the averages.

        What a row filled is marked out as one, per clip and less the fees that the row took.
        """
        fills = new.rows(np.any(new.clips > 0, axis=1))
        young = fills if state.young is None else state.young.then(fills)
        old, at, young = aged(young, new, self.horizon, -math.inf if state.last is None else state.last.time[0])
        gain = ratio(old.net * new["mid"][at] - old.paid - old["fees"], old.clips)
        seen = [[state.seen.get(name, np.zeros(gain.shape[1:])) for name in _AVERAGES]]
        for earned in gain:
            n, weight, squares, mean, variance = seen[-1]
            counts = np.isfinite(earned)
            left = np.where(counts, _KEPT, 1.0)
            n, weight, squares = n + counts, left * weight + counts, left**2 * squares + counts
            share, off = counts / np.maximum(weight, 1.0), np.where(counts, earned - mean, 0.0)
            seen.append([n, weight, squares, mean + share * off, (1 - share) * (variance + share * off**2)])
        marked = np.searchsorted(at, np.arange(len(new)), side="right")
        at_row = np.stack(seen, axis=1)[:, marked]
        many = at_row[1] ** 2 / np.maximum(at_row[2], 1.0)
        return _score(*at_row), many, young, dict(zip(_AVERAGES, seen[-1], strict=True))


def log(alert: Alert) -> None:
    """Tell it to the logger ``mmlab.alerts``, at its severity."""
    logging.getLogger("mmlab.alerts").log(alert.severity, "%s", alert)


def json_lines(path: str | Path) -> Callable[[Alert], None]:
    """What appends each alert to a file, as a line of JSON, whole or not at all: then it raises a FileError."""
    file = named(path)
    return explained(lambda alert: append_line("The alert", file, alert.json))


def _alert(rule: Rule, value: float, rows: Record, row: int, path: int, many: float) -> Alert:
    """What a rule says of a row; of a mode, what its limit measured and its bound; of markouts, how many they are."""
    words, unit = VALUES[rule.name]
    bound, told = rule.threshold, f"{value:.4g}, bound {rule.threshold:.4g} [{unit}]"
    if rule.name in _MODES:
        reason, value, bound = (float(rows[name][row, path]) for name in ("reason", "value", "bound"))
        told = Reason(int(reason)).sentence(value, bound, "s")
    words = words.replace(_IN_THE_END, f"about {many:.0f}")
    return Alert(float(rows.time[row]), int(path), rule.name, rule.severity, f"{words} {told}", value, bound, rule.done)


def _score(
    n: FloatArray, weight: FloatArray, squares: FloatArray, mean: FloatArray, variance: FloatArray
) -> FloatArray:
    """By how many of its standard errors a weighted average of n is below 0; 0 before it is judged.

    With weights w the average of independent numbers has the variance σ² Σw²/(Σw)², and around it they are seen to
    scatter by σ² less that. Markouts of one side that overlap are not: where n do, the error is too small by √n.
    """
    share = np.where(n < FEWEST_FILLS, 0.5, squares / np.maximum(weight, 1.0) ** 2)
    error = np.sqrt(variance * share / (1 - share))
    certain = np.where(mean < 0, math.inf, -math.inf)
    return np.where(n < FEWEST_FILLS, 0.0, np.divide(-mean, error, out=certain, where=error > 0))
