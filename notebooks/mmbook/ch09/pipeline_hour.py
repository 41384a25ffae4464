"""One hour through the pipeline, for its explorer: what happened, how near the limits it was, each step in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmbook.ch09.scenes import CONFIG, hour
from mmlab.desk import DeskView, History, MarketMakingConfig, MarketMakingPipeline, Mode, Reason
from mmlab.simulation import simulate

RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "market": {
        "volatility": (0.05, 0.4),
        "arrival_rate": (0.01, 0.06),
        "fill_decay": (20.0, 100.0),
        "transaction_cost": (0.0, 0.0001),
    },
    "model": {"risk_aversion": (1e-5, 5e-3)},
    "quotes": {
        "quote_size": (100.0, 600.0),
        "size_decay": (0.0, 0.5),
        "base_spread": (0.0002, 0.001),
        "max_spread": (0.001, 0.002),
        "max_quote_time": (30.0, 300.0),
        "stale_fraction": (0.05, 6.0),
        "latency": (0.0, 29.0),
    },
    "limits": {
        "max_position": (600.0, 2000.0),
        "max_daily_loss": (50.0, 1000.0),
        "max_drawdown": (50.0, 1000.0),
        "max_volatility": (0.4, 2.0),
        "volatility_window": (60.0, 900.0),
    },
}
"""What the sliders move, by the configuration's sections; the lowest position is minus the highest."""


@dataclass(frozen=True)
class Day:
    """An hour, and the steps at which something happened."""

    config: MarketMakingConfig
    run: History
    events: NDArray[np.intp]
    used: dict[str, float]
    """The largest share of each limit that was used [1]."""

    @property
    def drawdown(self) -> float:
        """The largest fall from a peak of the wealth [price · clip]."""
        wealth = self.run.wealth[:, 0]
        return float(np.max(np.maximum.accumulate(wealth) - wealth))


@lru_cache(maxsize=16)
def hour_through(storm: float, seed: int, stated: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]) -> Day:
    """An hour through the desk of these sections: (section, (name, value) …) …, so that it can be remembered."""
    config = CONFIG.override({section: dict(names) for section, names in stated})
    run = simulate(MarketMakingPipeline(config), hour(config, storm, seed))
    assert run.mode is not None
    assert run.refreshed is not None
    with np.errstate(invalid="ignore"):
        moved = [np.diff(price[:, 0], prepend=np.nan) != 0 for price in (run.bid_price, run.ask_price)]
    other_mode = np.diff(run.mode[:, 0], prepend=np.int8(0)) != 0
    filled = (run.bid_fill[:, 0] > 0) | (run.ask_fill[:, 0] > 0)
    quoting = np.isfinite(run.bid_price[:, 0]) | np.isfinite(run.ask_price[:, 0])
    replaced = run.refreshed[:, 0] & quoting & (moved[0] | moved[1])
    return Day(config, run, np.flatnonzero(filled | other_mode | replaced), _used(config, run))


def _used(config: MarketMakingConfig, run: History) -> dict[str, float]:
    position, losses, volatility = config.make_limits()
    wealth, sigma = run.wealth[:, 0], [0.0]
    calm = np.array([config.per_root_second(config.market.volatility)])
    state = volatility.start(DeskView(0.0, run.mid[0], volatility=calm))
    for time, mid in zip(run.time[:-1], run.mid[:-1], strict=True):
        state, _ = volatility.step(state, DeskView(float(time), mid))
        sigma.append(float(state.volatility[0]))
    measured = {
        "position": (np.abs(run.inventory).max(), position.max_position),
        "day’s loss": (wealth[0] - wealth.min(), losses.max_daily_loss),
        "drawdown": (np.max(np.maximum.accumulate(wealth) - wealth), losses.max_drawdown),
        "volatility": (max(sigma), volatility.max_volatility),
    }
    return {name: float(most / limit) for name, (most, limit) in measured.items()}


def sections_of(values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The controls' values as `CONFIG.override` takes them: a size in whole lots."""
    given = {section: {name: float(f"{values[name]:.6g}") for name in names} for section, names in RANGES.items()}
    given["limits"]["min_position"] = -given["limits"]["max_position"]
    given["quotes"]["quote_size"] = CONFIG.quotes.lot * round(values["quote_size"] / CONFIG.quotes.lot)
    return given


def say_step(run: History, n: int) -> str:
    """What is seen, shown and done in a step."""
    assert run.mode is not None
    assert run.reason is not None
    assert run.value is not None
    assert run.bound is not None
    assert run.refreshed is not None
    sides = []
    for name, price, size in (("bid", run.bid_price, run.bid_size), ("offered", run.ask_price, run.ask_size)):
        if size[n, 0] > 0:
            sides.append(f"{size[n, 0]:g} {name} at {price[n, 0]:.2f}")
    did = [
        f"{word} {fill[n, 0]:g}" for word, fill in (("buys", run.bid_fill), ("sells", run.ask_fill)) if fill[n, 0] > 0
    ]
    reason = Reason(run.reason[n, 0]).sentence(run.value[n, 0], run.bound[n, 0], "s")
    age = "new" if run.refreshed[n, 0] else "resting"
    return (
        f"Minute {run.time[n] / 60:.2f}: mid {run.mid[n, 0]:.2f}, inventory {run.inventory[n, 0]:.0f}; shows "
        f"{' and '.join(sides) + f' ({age})' if sides else 'nothing'}; {Mode(run.mode[n, 0]).name}, {reason}; "
        f"{' and '.join(did) or 'nothing fills'}."
    )
