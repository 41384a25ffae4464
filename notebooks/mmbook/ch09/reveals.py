"""The answers to the questions of chapter 09, computed from its hours; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch09.scenes import CONFIG, hour, hours
from mmlab.desk import History, MarketMakingPipeline
from mmlab.simulation import simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, steps

LOST = (60, 68)
"""The steps that the feed loses."""


@drawn(width=6.4, height=2.9, legend="upper left")
def with_limits(guess: str, axes: Axes) -> Facts:
    """Sorted hours with and without the limits."""
    bare, safe = (simulate(desk, hours()) for desk in (replace(CONFIG.make_desk(), limits=()), CONFIG.make_desk()))
    share = np.arange(1, bare.pnl.size + 1) / bare.pnl.size
    tails = [float(np.sort(run.pnl)[: run.pnl.size // 20].mean()) for run in (bare, safe)]
    guessed = {"better": 0.5 * tails[0], "hardly changed": tails[0], "worse": 2 * tails[0]}[guess]
    axes.plot(np.sort(bare.pnl), share, label="without limits", **ASK)
    axes.plot(np.sort(safe.pnl), share, label="with three limits", **BID)
    axes.axvline(guessed, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="profit of an hour [price · clip]", ylabel="share of hours below", ylim=(0, 0.5), xlim=(-6, 2.5))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set_title(f"The worst 5% of hours: {tails[0]:.2f} without limits, {tails[1]:.2f} with them".replace("-", "−"))
    return {"tails": tails, "means": [run.pnl.mean() for run in (bare, safe)]}


@drawn(width=6.4, height=2.9)
def silence(guess: str, axes: Axes) -> Facts:
    """The quotes around the gap."""
    tape = hour()
    run = simulate(MarketMakingPipeline(CONFIG, max_gap=60), tape.without(*LOST))
    shown = slice(LOST[0] - 6, LOST[0] + 7)
    times = run.time[shown.start : shown.stop + 1] / 60
    silent = run.time[LOST[0] - 1 : LOST[0] + 1] / 60
    axes.axvspan(*silent, facecolor="#eeeeee", lw=0, zorder=0)
    axes.plot(*steps(times, run.ask_price[shown, 0]), label="ask", **ASK)
    axes.plot(*steps(times, run.bid_price[shown, 0]), label="bid", **BID)
    axes.plot(tape.time[50:76] / 60, tape.mid[50:76, 0], color="#444444", lw=0.8, label="mid (unseen in the grey)")
    axes.set(xlabel="time [min]", ylabel="price", xlim=(times[0], times[-1]))
    axes.plot([], [], label=f"your guess: {guess}", **GUESS)
    axes.set_title("While nothing is seen the old quotes rest; what is seen first takes both away")
    axes.legend(loc="upper left", ncols=2)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    old, new = ((run.bid_price[n, 0], run.ask_price[n, 0]) for n in (LOST[0] - 1, LOST[0] + 1))
    return {"start": silent[0], "end": silent[1], "old": old, "new": new}


@drawn(width=6.4, height=2.6, legend="upper left")
def order_of_limits(guess: str, axes: Axes) -> Facts:
    """All six orders on the same hours."""
    tape = hour(seed=5, n_paths=40)
    runs = [simulate(MarketMakingPipeline(CONFIG, limits=order), tape) for order in permutations(CONFIG.make_limits())]
    same = sum(np.array_equal(run.cash, runs[0].cash) and _same_reasons(run, runs[0]) for run in runs)
    assert runs[0].mode is not None
    axes.bar(range(1, 7), [run.pnl.mean() for run in runs], color=BID["color"], width=0.6)
    axes.plot([], [], label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="the six orders in which three limits can be asked", ylabel="profit [price·clip]")
    axes.margins(y=0.35)
    axes.set_title(f"Six orders, one profit: {runs[0].pnl.mean():.2f} an hour")
    return {"same": same, "orders": len(runs), "busy": float((runs[0].mode > 0).mean())}


def _same_reasons(one: History, other: History) -> bool:
    pairs = ((getattr(run, name) for run in (one, other)) for name in ("mode", "reason", "value", "bound"))
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


REVEALS = {
    "what-limits-do-to-the-worst-hours": with_limits,
    "two-minutes-of-silence": silence,
    "which-limit-first": order_of_limits,
}
