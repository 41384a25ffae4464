"""One hour through the pipeline, for its explorer: how near the limits it was, what happened, each step in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.desk import DeskView, MarketMakingConfig, Mode, Reason


def drawdown(day: Any) -> float:
    """The largest fall from a peak of a `History`'s wealth [price · clip]."""
    wealth = day.wealth[:, 0]
    return float(np.max(np.maximum.accumulate(wealth) - wealth))


def used(config: MarketMakingConfig, day: Any) -> dict[str, float]:
    """The largest share of each limit that a `History` used [1]; the lowest position is minus the highest."""
    position, losses, volatility = config.make_limits()
    calm = np.array([config.per_root_second(config.market.volatility)])
    state, sigma = volatility.start(DeskView(0.0, day.mid[0], volatility=calm)), [0.0]
    for time, mid in zip(day.time[:-1], day.mid[:-1], strict=True):
        state, _ = volatility.step(state, DeskView(float(time), mid))
        sigma.append(float(state.volatility[0]))
    return {
        "position": float(np.abs(day.inventory).max()) / position.max_position,
        "day’s loss": float(day.wealth[0, 0] - day.wealth.min()) / losses.max_daily_loss,
        "drawdown": drawdown(day) / losses.max_drawdown,
        "volatility": max(sigma) / volatility.max_volatility,
    }


def events(day: Any) -> NDArray[np.intp]:
    """The steps of a `History` with a fill, another mode, or quotes replaced with another price."""
    bid, ask = day.bid_price[:, 0], day.ask_price[:, 0]
    filled = (day.bid_fill[:, 0] > 0) | (day.ask_fill[:, 0] > 0)
    other_mode = np.diff(day.mode[:, 0], prepend=np.int8(0)) != 0
    moved = (np.diff(bid, prepend=np.nan) != 0) | (np.diff(ask, prepend=np.nan) != 0)
    quoting = np.isfinite(bid) | np.isfinite(ask)
    return np.flatnonzero(filled | other_mode | (day.refreshed[:, 0] & quoting & moved))


def step_in_words(day: Any, n: int) -> str:
    """What is seen, shown and done in a step of a `History`."""
    shows = [
        f"{size[n, 0]:g} {side} at {price[n, 0]:.2f}"
        for side, price, size in (("bid", day.bid_price, day.bid_size), ("offered", day.ask_price, day.ask_size))
        if size[n, 0] > 0
    ]
    fills = [f"{word} {fill[n, 0]:g}" for word, fill in (("buys", day.bid_fill), ("sells", day.ask_fill)) if fill[n, 0]]
    reason = Reason(day.reason[n, 0]).sentence(day.value[n, 0], day.bound[n, 0], "s")
    age = " (new)" if day.refreshed[n, 0] else " (resting)"
    return (
        f"Minute {day.time[n] / 60:.2f}: mid {day.mid[n, 0]:.2f}, inventory {day.inventory[n, 0]:.0f}; "
        f"shows {' and '.join(shows) + age if shows else 'nothing'}; {Mode(day.mode[n, 0]).name}, {reason}; "
        f"{' and '.join(fills) or 'nothing fills'}."
    )
