"""The explorers of chapter 08: a position limit, a PnL limit and a volatility limit, each with what it is there for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mmbook.ch08.limit_explorer import (
    HALF_SPREAD,
    N_PATHS,
    SEED,
    VOLATILITY,
    LimitExplorer,
    State,
    compare,
)
from mmbook.ch08.quick_limits import free_days, modes_of, pnl_days, position_days, volatility_days
from mmbook.ch08.scenarios import scenario_tape
from mmbook.ch08.tail_improvement import changes_a_day
from mmlab.desk import PnLLimiter, PositionLimiter, VolatilityLimiter
from mmlab.market import Tape
from mmlab.parameters import Parameter, parameters_of
from mmlab.teach.explorer import Preset
from mmlab.vocabulary import VOLATILITY as SIGMA

BURST = Parameter(
    name="burst", symbol="×", unit="1", description="How much further the mid moves from 0.4 to 0.6 of the day."
)
SELLERS = Parameter(
    name="sellers", symbol="c", unit="1", description="From noon on: so many times the sell orders, 1/c the buy orders."
)
SINK = Parameter(name="sink", symbol="↓", unit="price", description="How far the mid sinks from noon to the close.")
CRASH = Parameter(name="crash", symbol="⇓", unit="price", description="How far the mid falls in six steps after noon.")
FLATTEN = Parameter(
    name="flatten", symbol="0/1", unit="1", integer=True, description="At a halt: 0 holds the inventory, 1 gives it up."
)

COST = {"flatten_half_spread": 0.75, "flatten_impact": 0.02}
"""What a desk that flattens pays: the half-spread of the others, and 2 cents more for each further clip."""

_TAPE = """from mmlab import Desk, Symmetric, Venue, simulate
from mmlab.desk import {limiter}
from mmbook.ch08.tail_improvement import expected_shortfall
from mmbook.ch08.scenarios import scenario_tape
from mmbook.ch08.tail_improvement import changes_a_day

tape = scenario_tape({n_paths}, {seed}, {scenario})
limit = {limiter}(
    {limit},
)
step = Venue(latency=0.005, cancel_latency=0.005)
for limits in ((), limit):
    desk = Desk(model=Symmetric(half_spread={half_spread}), volatility={volatility}, limits=limits, venue=step)
    pnl = simulate(desk, tape).pnl
    print(pnl.mean(), -expected_shortfall(pnl)[0])
"""


def _tape(**how: float) -> Tape:
    """The days of the explorers, kept by `scenario_tape`."""
    return scenario_tape(N_PATHS, SEED, **how)


def _code(limiter: str, limit: Mapping[str, Any], scenario: Mapping[str, float]) -> str:
    return _TAPE.format(
        limiter=limiter,
        limit=",\n    ".join(f"{name}={value!r}" for name, value in limit.items()),
        scenario=", ".join(f"{name}={_short(value)!r}" for name, value in scenario.items()),
        n_paths=N_PATHS,
        seed=SEED,
        half_spread=HALF_SPREAD,
        volatility=VOLATILITY,
    )


def _short(value: float) -> float:
    """A slider's value without the last bits of its steps."""
    return float(f"{value:.6g}")


class PositionLimitExplorer(LimitExplorer):
    """Sliders for a position limit, the mid's volatility, one-sided flow and how far the mid sinks with it."""

    title: ClassVar[str] = "A position limit"
    measures = "inventory [clips]"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="limit",
            symbol="q_max",
            unit="clips",
            integer=True,
            description="The longest and, with a minus, the shortest inventory.",
        ),
        SIGMA,
        SELLERS,
        SINK,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "limit": (0, 30),
        "volatility": (0.5, 5.0),
        "sellers": (1.0, 4.0),
        "sink": (0.0, 8.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({"limit": q, "volatility": sigma, "sellers": c, "sink": sink})
        for name, q, sigma, c, sink in (
            ("one-sided flow", 8, 2.0, 2.0, 6.0),
            ("a calm day", 8, 2.0, 1.0, 0.0),
            ("too tight for a calm day", 1, 2.0, 1.0, 0.0),
            ("sellers who know nothing", 8, 2.0, 2.0, 0.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The days without a limit are kept for the market's sliders."""
        most = int(values["limit"])
        tape = _tape(volatility=values["volatility"], sellers=values["sellers"], sink=values["sink"])
        free = free_days(tape, HALF_SPREAD)
        limited = position_days(tape, HALF_SPREAD, PositionLimiter(max_position=most, min_position=-most))
        worst = int(free.pnl.argmin())
        curves = free.inventory[:-1, worst].astype(float), limited.inventory[:-1, worst].astype(float)
        return compare(free, limited, curves, (most, -most))

    def code(self, values: Mapping[str, float]) -> str:
        """The lines that give the readout's means."""
        most = int(values["limit"])
        scenario = {name: values[name] for name in ("volatility", "sellers", "sink")}
        return _code("PositionLimiter", {"max_position": most, "min_position": -most}, scenario)


class PnLLimitExplorer(LimitExplorer):
    """Sliders for a day's loss, a drawdown and what a halt does, on days that sink or crash."""

    title: ClassVar[str] = "A PnL limit"
    measures = "marked equity [price · clip]"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        parameters_of(PnLLimiter)["max_daily_loss"],
        parameters_of(PnLLimiter)["max_drawdown"],
        FLATTEN,
        SINK,
        CRASH,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "max_daily_loss": (5.0, 100.0),
        "max_drawdown": (5.0, 100.0),
        "flatten": (0, 1),
        "sink": (0.0, 8.0),
        "crash": (0.0, 12.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({"max_daily_loss": loss, "max_drawdown": fall, "flatten": flat, "sink": sink, "crash": crash})
        for name, loss, fall, flat, sink, crash in (
            ("a crash, flatten", 20.0, 30.0, 1, 0.0, 8.0),
            ("a crash, hold", 20.0, 30.0, 0, 0.0, 8.0),
            ("the mid sinks", 20.0, 30.0, 1, 6.0, 0.0),
            ("a calm day", 20.0, 30.0, 1, 0.0, 0.0),
            ("too tight for a calm day", 5.0, 10.0, 1, 0.0, 0.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """Sellers come in twice the number when the mid sinks."""
        limiter = PnLLimiter(**self._limit(values))
        tape = _tape(**self._scenario(values))
        free, limited = free_days(tape, HALF_SPREAD), pnl_days(tape, HALF_SPREAD, limiter)
        worst = int(free.pnl.argmin())
        curves = free.wealth[:-1, worst], limited.wealth[:-1, worst]
        return compare(free, limited, curves, (0.0, -limiter.max_daily_loss))

    @staticmethod
    def _limit(values: Mapping[str, float]) -> dict[str, Any]:
        limit: dict[str, Any] = {name: _short(values[name]) for name in ("max_daily_loss", "max_drawdown")}
        limit["widened_half_spread"] = 1.2
        return limit | ({"on_halt": "flatten"} | COST if values["flatten"] else {})

    @staticmethod
    def _scenario(values: Mapping[str, float]) -> dict[str, float]:
        scenario = {name: _short(values[name]) for name in ("sink", "crash")}
        return scenario | {"sellers": 2.0 if scenario["sink"] else 1.0}

    def code(self, values: Mapping[str, float]) -> str:
        """The lines that give the readout's means."""
        return _code("PnLLimiter", self._limit(values), self._scenario(values))


class VolatilityLimitExplorer(LimitExplorer):
    """Sliders for a volatility limit's two thresholds, its memory and its hysteresis, on days with a burst."""

    title: ClassVar[str] = "A volatility limit"
    measures = "estimated σ [price/√time]"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        *(parameters_of(VolatilityLimiter)[n] for n in ("soft_volatility", "max_volatility", "window", "leave_at")),
        BURST,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "soft_volatility": (1.5, 5.0),
        "max_volatility": (5.0, 40.0),
        "window": (0.01, 0.2),
        "leave_at": (0.4, 1.0),
        "burst": (1.0, 8.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {"soft_volatility": soft, "max_volatility": most, "window": window, "leave_at": stay, "burst": burst}
        )
        for name, soft, most, window, stay, burst in (
            ("a burst", 3.0, 20.0, 0.02, 0.8, 5.0),
            ("halts early", 3.0, 6.0, 0.02, 0.8, 5.0),
            ("a calm day", 3.0, 20.0, 0.02, 0.8, 1.0),
            ("σ at the limit, no hysteresis", 2.0, 20.0, 0.02, 1.0, 1.0),
            ("σ at the limit, hysteresis", 2.0, 20.0, 0.02, 0.7, 1.0),
            ("a long memory", 3.0, 20.0, 0.2, 0.8, 5.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The same estimates, with hysteresis and without, tell what it spares."""
        limiter = VolatilityLimiter(**self._limit(values))
        tape = _tape(burst=_short(values["burst"]))
        free, limited = free_days(tape, HALF_SPREAD), volatility_days(tape, HALF_SPREAD, limiter, VOLATILITY)
        assert limited.measured is not None
        sigma = limited.measured[:, int(free.pnl.argmin())]
        bounds = limiter.max_volatility, limiter.soft_volatility
        state = compare(free, limited, (np.full(len(sigma), np.nan), sigma), bounds)
        plain = VolatilityLimiter(**(self._limit(values) | {"leave_at": 1.0}))
        changes = changes_a_day(modes_of(limited.measured, plain))
        also = f" Without hysteresis there would be {changes:.1f} changes a day."
        return State(free, limited, state.curves, bounds, state.effect, also)

    @staticmethod
    def _limit(values: Mapping[str, float]) -> dict[str, float]:
        limit = {name: _short(values[name]) for name in ("soft_volatility", "max_volatility", "window", "leave_at")}
        return limit | {"soft_half_spread": 0.75}

    def code(self, values: Mapping[str, float]) -> str:
        """The lines that give the readout's means."""
        return _code("VolatilityLimiter", self._limit(values), {"burst": values["burst"]})
