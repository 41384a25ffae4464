"""LimitBook: limits that are changed while a desk runs, in one place, each change with its reason."""

from __future__ import annotations

import math
from dataclasses import replace

from mmlab.desk import ConfigError, LimitsSection, MarketMakingConfig
from mmlab.frozen import frozen
from mmlab.market.columns import exact
from mmlab.parameters import parameters_of


@frozen
class LimitChange:
    """What was changed, when, from what to what [unit], and why."""

    time: float
    limit: str
    before: float
    after: float
    unit: str
    why: str

    def __str__(self) -> str:
        return f"At {exact(self.time)}: {self.limit} {self.before:g} → {self.after:g} [{self.unit}], {self.why}."


@frozen
class LimitBook:
    """The configuration in force and how its limits came to be what they are.

    ``book = book.change("max_drawdown", 1_000, time=3_600, why="news at ten")``; a desk takes its limits from
    `config`. A change lifts no halt: that is what a reset is for.
    """

    config: MarketMakingConfig
    changes: tuple[LimitChange, ...] = ()

    def change(self, limit: str, to: float, *, time: float, why: str) -> LimitBook:
        """The book after a limit of [limits] is set `to` a number in that section's unit, at `time` [time].

        Raises
        ------
        ConfigError
            If there is no such limit, the desk cannot trade with it, no reason is given, or time runs backwards.
        """
        config = self.config.override({"limits": {limit: to}})
        if not why.strip():
            raise ConfigError(f"{limit}: say why it is changed.")
        last = self.changes[-1].time if self.changes else -math.inf
        if not last <= time < math.inf:
            raise ConfigError(f"{limit}: time must not run backwards; got {exact(time)} after {exact(last)}.")
        before, after = (getattr(c.limits, limit) for c in (self.config, config))
        change = LimitChange(float(time), limit, before, after, parameters_of(LimitsSection)[limit].unit, why)
        return replace(self, config=config, changes=(*self.changes, change))
