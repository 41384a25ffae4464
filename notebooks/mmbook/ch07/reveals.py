"""The answers to the questions of chapter 07, one lever at a time; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch07.costs import with_rebate
from mmbook.ch07.scenes import MARKET, MAX_POSITION, VENUE, Hours, dealer, tape
from mmbook.ch07.tables import Effect, ratio_of, scored_more
from mmlab.desk import Desk, QuoteAggressiveness, QuoteSizer, QuoteTimer, Venue
from mmlab.simulation import simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, GUESS_BAND, RESERVATION

SIZES, AGES, WIDTHS = (1, 2, 3, 4, 6), (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08), (1.5, 2.0, 2.5, 3.0)


@cache
def alone(lever: str, value: float) -> Hours:
    """One lever on an otherwise bare desk; `age` at the chapter's queue."""
    bare = Desk(model=dealer(), volatility=MARKET.volatility)
    if lever == "size":
        change: dict[str, Any] = {"sizer": QuoteSizer(base_size=value, max_position=MAX_POSITION)}
    elif lever == "age":
        change = {"timer": QuoteTimer(min_quote_time=0, max_quote_time=value, stale_fraction=1e6)}
        change["venue"] = Venue(queue_time=VENUE.queue_time)
    else:
        calm = {"max_position": MAX_POSITION, "normal_volatility": MARKET.volatility}
        change = {"aggressiveness": QuoteAggressiveness(base_spread=value, max_spread=value, **calm)}
    return Hours.of(simulate(replace(bare, **change), tape()))


def _numbers(run: Hours) -> dict[str, Any]:
    money = {"mean": Effect.of(run.pnl), "sd": run.pnl.std(), "score": Effect.of(run.score), "tail": run.tail}
    return money | {"clips": Effect.of(run.traded), "edge": ratio_of(run.edge, run.traded)}


@drawn(width=6.4, height=2.8, legend="upper right")
def doubled_spread(guess: str, axes: Axes) -> Facts:
    """Mean and deviation against the spread."""
    runs = [alone("width", width) for width in WIDTHS]
    means, deviations = [run.pnl.mean() for run in runs], [run.pnl.std() for run in runs]
    share = {"halves it": 0.5, "takes a quarter off": 0.75, "hardly changes it": 1.0}[guess]
    axes.plot(WIDTHS, means, "o-", label="mean profit", color=BID["color"])
    axes.plot(WIDTHS, deviations, marker="s", label="deviation", **ASK)
    axes.plot([3.0], [share * deviations[0]], "D", ms=10, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="spread [price]", ylabel="an hour [price · clip]", ylim=(0, 27))
    axes.set_title(
        f"Twice the spread: mean {means[0]:.1f} → {means[-1]:.1f}, sd {deviations[0]:.1f} → {deviations[-1]:.1f}"
    )
    return {"narrow": _numbers(runs[0]), "wide": _numbers(runs[-1])}


@drawn(width=6.4, height=2.8, legend="lower center")
def freshest(guess: str, axes: Axes) -> Facts:
    """The score against the age, at the chapter's queue."""
    runs = [alone("age", age) for age in AGES]
    scores = [run.score.mean() for run in runs]
    best = AGES[int(np.argmax(scores))]
    end = {"as often as possible": AGES[0], "after a few times the queue’s length": best}
    end["as rarely as possible"] = AGES[-1]
    axes.plot(AGES, scores, marker="o", **RESERVATION)
    axes.axvline(end[guess], label=f"your guess: {guess}", **GUESS_BAND)
    axes.axvline(VENUE.queue_time, color="#444444", lw=1, ls=":", label="the queue takes this long")
    axes.set(xscale="log", xlabel="age at which quotes are replaced [h]", ylabel="score")
    axes.set_xticks(AGES, [f"{age:g}" for age in AGES])
    axes.minorticks_off()
    axes.set_title(
        f"Best at {best:g} h: {max(scores):.1f}; {scores[0]:.1f} at {AGES[0]:g}, {scores[-1]:.1f} at {AGES[-1]:g} h"
    )
    shown = {"first": 0, "best": AGES.index(best), "last": -1}
    return {name: {"age": AGES[n]} | _numbers(runs[n]) for name, n in shown.items()}


@drawn(width=6.4, height=2.8, legend="upper left")
def six_clips(guess: str, axes: Axes) -> Facts:
    """Profit and tail inventory against the size."""
    runs = [alone("size", size) for size in SIZES]
    means, tails = [run.pnl.mean() for run in runs], [run.tail for run in runs]
    times = {"six times as much": 6, "about twice as much": 2, "less": 0.8}[guess]
    axes.plot(SIZES, np.divide(means, means[0]), "o-", label="mean profit", color=BID["color"])
    axes.plot(SIZES, np.divide(tails, tails[0]), marker="s", label="|inventory| exceeded in 1% of steps", **ASK)
    axes.plot([6], [times], "D", ms=10, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="size shown [clips]", ylabel="times that of one clip", ylim=(0, 1.6 * max(times, 2)))
    axes.set_title(
        f"Six clips shown: {means[-1] / means[0]:.1f} times the profit, {tails[-1] / tails[0]:.1f} times the tail"
    )
    return {"one": _numbers(runs[0]), "six": _numbers(runs[-1])}


@drawn(width=6.4, height=2.8, legend="lower center")
def rebate(guess: str, axes: Axes) -> Facts:
    """What the score gains by the share of a rebate that is given on, against none of it."""
    given = (0.0, 0.5, 1.0, 1.5)
    more = [scored_more(with_rebate(0.1, 0.1 * share), with_rebate(0.1, 0.0)) for share in given]
    share = {"keep it all": 0.0, "quote nearer by half of it": 0.5, "quote nearer by all of it": 1.0}[guess]
    errors = [2 * each.error for each in more]
    axes.errorbar(given, [each.mean for each in more], yerr=errors, color=RESERVATION["color"], marker="o", capsize=3)
    axes.axvline(share, label=f"your guess: {guess}", **GUESS_BAND)
    axes.set(xlabel="share of the rebate given on", ylabel="score, less that of none", xticks=given, ylim=(-0.5, 1.1))
    axes.set_title(f"All of it given on: {more[2]:+.2f} an hour")
    return dict(zip(("half", "all", "more"), more[1:], strict=True))


REVEALS = {
    "who-gets-the-rebate": rebate,
    "doubling-the-spread-limits-risk": doubled_spread,
    "fresher-is-better": freshest,
    "six-times-the-size": six_clips,
}
