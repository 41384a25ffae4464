"""The answers to the questions of chapter 08, computed on its desk; what they say is in exercises.toml."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch08.scenarios import chapter_desk, chapter_market, scenario_tape
from mmbook.ch08.tail_improvement import effect_of, expected_shortfall, run_days
from mmlab.desk import Desk, DeskView, Permission, PnLLimiter, PositionLimiter, QuoteSizer, Venue
from mmlab.models import Symmetric
from mmlab.parameters import FloatArray
from mmlab.simulation import simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, GUESS_BAND
from mmlab.teach.words import amount

N_PATHS, FEW_PATHS, SEED = 2000, 300, 8


TIGHTER = [1, 2, 3, 4, 6, 8, 12]


@lru_cache(maxsize=1)
def _limited() -> list[FloatArray]:
    """Profits on calm days with each of `TIGHTER` for the limit: a second guess waits for nothing."""
    tape = scenario_tape(N_PATHS, SEED)
    return [run_days(chapter_desk(PositionLimiter(max_position=q, min_position=-q)), tape).pnl for q in TIGHTER]


@drawn(width=6.4, height=2.8, legend="center right")
def tighter(guess: str, axes: Axes) -> Facts:
    """Mean and worst days on calm days, limit by limit."""
    limits, pnls = np.array(TIGHTER), _limited()
    means = [pnl.mean() for pnl in pnls]
    lost, errors = np.transpose([expected_shortfall(pnl) for pnl in pnls])
    worst = dict(zip(limits.tolist(), -lost, strict=True))
    change = {"better each time": [0, 2, 4, 6], "better, then worse": [0, 3, 2, -4], "worse each time": [0, -2, -4, -6]}
    axes.plot([8, 4, 2, 1], worst[8] + np.array(change[guess]), label="your guess", **GUESS_BAND)
    axes.errorbar(limits, -lost, 2 * errors, fmt="s--", color=BID["color"], ms=4, label="the worst 5%")
    axes.plot(limits, means, "o-", color=ASK["color"], ms=4, label="all days")
    axes.set(xlabel="position limit [clips]", ylabel="mean profit")
    axes.set_title(f"The worst days are best at ±{max(worst, key=worst.__getitem__)}, not at ±1")
    return {"n_days": N_PATHS, "worst": worst, "loosest": means[-1], "tightest": means[0]}


@lru_cache(maxsize=1)
def crash_days() -> dict[str, FloatArray]:
    """Profits on days with a crash: without a limit, with a stop that holds, with one that flattens."""
    tape = scenario_tape(N_PATHS, SEED, crash=8.0)
    loss: dict[str, Any] = {"max_daily_loss": 20.0, "max_drawdown": 30.0, "widened_half_spread": 1.2}
    pays: dict[str, Any] = {"on_halt": "flatten", "flatten_half_spread": 0.75, "flatten_impact": 0.02}
    limits = {"no limit": (), "halt and hold": (PnLLimiter(**loss),), "halt and flatten": (PnLLimiter(**loss, **pays),)}
    return {name: run_days(chapter_desk(*some), tape).pnl for name, some in limits.items()}


def _crash_dots(axes: Axes, side: int, which: str, of: Callable[[FloatArray], float]) -> dict[str, float]:
    """The mean or the tail of each of three desks; a guess has one of them above the first (1), below (−1) or there."""
    values = {name: float(of(pnl)) for name, pnl in crash_days().items()}
    base, rows = values["no limit"], dict(zip(values, (0, -1, -2), strict=True))
    wide = 1.2 * max(abs(value - base) for value in values.values())
    low, high = base + wide * np.array([(-1 / 9, 1 / 9), (0, 1), (-1, 0)][side])
    axes.barh(rows[which], high - low, 0.7, low, color=GUESS["color"], alpha=0.35, label="your guess")
    axes.axvline(base, color="#999999", lw=0.8)
    axes.plot(list(values.values()), list(rows.values()), "o", ms=8, color=BID["color"])
    for name, value in values.items():
        place = (value, rows[name]), (6, 6)
        axes.annotate(amount(value, 1), *place, textcoords="offset points", ha="left", fontsize=8)
    axes.set_yticks(list(rows.values()), list(rows))
    axes.set(xlim=(base - 1.3 * wide, base + 1.3 * wide), ylim=(-2.6, 0.8), xlabel="price · clip, a day")
    return values


@drawn(width=6.4, height=2.4, legend="upper right")
def stop_loss(guess: str, axes: Axes) -> Facts:
    """The mean on days with a crash."""
    means = _crash_dots(axes, {"rises": 1, "stays the same": 0, "falls": -1}[guess], "halt and flatten", np.mean)
    axes.set_title("Days with a crash: mean of all days")
    effect = effect_of(crash_days()["no limit"], crash_days()["halt and flatten"])
    facts = {"free": means["no limit"], "stopped": means["halt and flatten"]}
    return facts | {"change": -effect.price, "error": effect.price_error}


@drawn(width=6.4, height=2.4, legend="upper right")
def hold(guess: str, axes: Axes) -> Facts:
    """The worst days of a stop that holds."""
    side = {"better": 1, "the same": 0, "worse": -1}[guess]
    axes.set_title("Days with a crash: mean of the worst 5% of days")
    return {"worst": _crash_dots(axes, side, "halt and hold", lambda pnl: -expected_shortfall(pnl)[0])}


class PositionOnly:
    """A limit that looks at the position alone: no bid at its maximum, no ask at its minimum."""

    def start(self, view: DeskView) -> None:
        """Nothing to remember."""

    def step(self, state: None, view: DeskView) -> tuple[None, Permission]:
        """10 clips either way."""
        bid, ask = np.where(view.inventory >= 10, 0.0, np.inf), np.where(view.inventory <= -10, 0.0, np.inf)
        return state, Permission(max_bid_size=bid, max_ask_size=ask)


@lru_cache(maxsize=2)
def furthest(counts_all: bool, n_paths: int = FEW_PATHS) -> int:
    """How far a desk goes that shows 5 clips a side, with 10 for its limit and two steps of latency."""
    tape = chapter_market().tape(n_paths, 200, seed=SEED)
    sizes = np.random.default_rng(SEED).integers(1, 6, (2, 200, n_paths)).astype(float)
    limits = PositionLimiter(max_position=10, min_position=-10) if counts_all else PositionOnly()
    desk = Desk(
        model=Symmetric(half_spread=0.75),
        sizer=QuoteSizer(base_size=5, max_position=200),
        limits=limits,
        venue=Venue(latency=0.01, cancel_latency=0.01),
    )
    history = simulate(desk, dataclasses.replace(tape, buy_size=sizes[0], sell_size=sizes[1]))
    return int(np.abs(history.inventory).max())


@drawn(width=6.4, height=2.2)
def count_all(guess: str, axes: Axes) -> Facts:
    """The furthest position."""
    far, ours = furthest(False), furthest(True)
    axes.barh(["orders count, too", "the position alone"], [ours, far], 0.5, color=BID["color"])
    axes.axvline(10, color="#444444", lw=1, label="the limit")
    axes.axvline(float(guess), label=f"your guess: {guess}", **GUESS_BAND)
    axes.set(xlabel="furthest position [clips]", xlim=(0, 20), ylim=(-0.6, 2.1))
    axes.set_title(f"Counting the position alone, a limit of 10 lets {far} through")
    axes.legend(loc="upper left", ncols=2)
    return {"n_days": FEW_PATHS, "far": far, "ours": ours}


REVEALS = {
    "tighter-limit": tighter,
    "stop-loss-mean": stop_loss,
    "halt-and-hold": hold,
    "counting-the-position": count_all,
}
