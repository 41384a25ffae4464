"""Alerts: rules with hysteresis and a cool-down, what they may watch, and where alerts go. What fires is in `watch`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from mmlab.arguments import explained
from mmlab.desk import MarketMakingConfig, Obligations
from mmlab.files import append_line, named
from mmlab.frozen import frozen
from mmlab.parameters import ParameterError, parameter, validated
from mmlab.table import read_rows

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 49 / 50
"""What is left of a fill's weight in the average of markouts with each later fill."""
IN_THE_END = f"up to about {(1 + KEPT) / (1 - KEPT):.0f}"
"""(Σw)² / Σw² of an old average: it errs as a plain one of so many."""


class Severity(IntEnum):
    """How much an alert matters, as logging counts it."""

    INFO = 20
    WARNING = 30
    CRITICAL = 50

    @property
    def sign(self) -> str:
        """A shape, for those who do not see colours."""
        return {"INFO": "○", "WARNING": "▲", "CRITICAL": "■"}[self.name]


VALUES = {row["name"]: (row["words"].format(n=IN_THE_END), row["unit"]) for row in read_rows("measure/alerts.csv")}
"""What a rule can watch: in words, and in which unit; the clock is a configuration's, in seconds."""


@validated
class Rule:
    """Fire as a value reaches the threshold, and again only after it fell below `leave_at` times that.

    Other fields than the numbers: `name`, which of `VALUES` is watched; the `severity`; what is then `done`.
    """

    name: str = dataclasses.field()
    severity: Severity = Severity.WARNING
    done: str = "nothing was changed"
    threshold: float = parameter("c", "the value's", "From this value on the rule fires.", at_least=0)
    leave_at: float = parameter("f_l", "1", "Below this share of it the rule clears.", default=0.5, above=0, at_most=1)
    cool_down: float = parameter("t_c", "time", "So soon after it does not fire again.", default=600.0, at_least=0)

    def __post_init__(self) -> None:
        if self.name not in VALUES:
            raise ParameterError(f"A rule watches one of {', '.join(VALUES)}; got {self.name!r}.")


def default_rules(config: MarketMakingConfig, obligations: Obligations | None = None) -> tuple[Rule, ...]:
    """Rules for a configuration's desk, in its seconds, prices and clips; and one for its `obligations`, if it has any.

    On a calm day they all but never fire: ``python -m tests.benchmarks alarms`` counts how often they do. For "toxic"
    half a standard error is enough: a desk that earns its spread is several of them above its fees.
    """
    w, stop = config.quotes, Severity.CRITICAL
    widest = config.price(w.max_spread) + 2 * config.market.tick  # each side is rounded away from the mid
    rules = (
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
        *_of_limits(config),
        Rule(name="order_to_trade", threshold=50),
        Rule(name="rejected", threshold=0.05),
        Rule(name="unfilled", threshold=50),
        Rule(name="slow", threshold=0.1 * w.min_quote_time),
    )
    if obligations is None:
        return rules
    missed = max(1 - obligations.presence, 1e-9)  # from which share on less than the presence is left
    return (*rules, Rule(name="absent", threshold=missed, leave_at=0.9, cool_down=obligations.window))


_USED = "of the limit is in use"


def _of_limits(config: MarketMakingConfig) -> Iterator[Rule]:
    """Of the limits on position and the day's loss, a notice with half in use and a warning with three quarters.

    The desk itself tells what of its drawdown is in use: from `widen_at` on it is "widened", then "reduce_only".
    """
    limits = config.limits
    most = {"long": config.clips(limits.max_position), "short": -config.clips(limits.min_position)}
    most["loss"] = config.money(limits.max_daily_loss)
    for name, bound in most.items():
        if bound > 0:
            yield Rule(name=name, threshold=bound / 2, severity=Severity.INFO, leave_at=0.8, done=f"half {_USED}")
            yield Rule(name=name, threshold=0.75 * bound, leave_at=0.8, done=f"three quarters {_USED}")


@frozen
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
        import json

        fields = dataclasses.asdict(self) | {"severity": self.severity.name}
        finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
        return json.dumps(finite, ensure_ascii=False)


def log(alert: Alert) -> None:
    """Tell it to the logger ``mmlab.alerts``, at its severity."""
    import logging

    logging.getLogger("mmlab.alerts").log(alert.severity, "%s", alert)


def json_lines(path: str | Path) -> Callable[[Alert], None]:
    """What appends each alert to a file, as a line of JSON, whole or not at all: then it raises a FileError."""
    file = named(path)
    return explained(lambda alert: append_line("The alert", file, alert.json))
