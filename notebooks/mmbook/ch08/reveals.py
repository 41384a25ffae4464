"""The questions of chapter 08 and its exercises; what judges their answers is in `chapter_08_judges`."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmbook.ch08 import checks as judges
from mmbook.ch08.explorers import COST
from mmbook.ch08.limit_explorer import HALF_SPREAD
from mmbook.ch08.quick_limits import free_days, pnl_days, position_days
from mmbook.ch08.scenarios import chapter_market, wild_tape
from mmbook.ch08.tail_improvement import expected_shortfall
from mmlab.desk import Desk, DeskView, Permission, PnLLimiter, PositionLimiter, QuoteSizer, Venue
from mmlab.models import Symmetric
from mmlab.parameters import FloatArray
from mmlab.simulation import simulate
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, figure, legend, style

GUESS_COLOUR = "#CC79A7"
N_PATHS, SEED = 2000, 8


def tighter(guess: str) -> Reveal:
    """Mean and worst days on calm days, limit by limit."""
    limits, tape = (1, 2, 3, 4, 6, 8, 12), wild_tape(N_PATHS, SEED)
    means, bads, errors = [], [], []
    for q in limits:
        pnl = position_days(tape, HALF_SPREAD, PositionLimiter(max_position=q, min_position=-q)).pnl
        es, error = expected_shortfall(pnl)
        means.append(float(pnl.mean()))
        bads.append(-es)
        errors.append(error)
    guessed = {"better each time": (1, -1), "better, then worse": (3, 0), "worse each time": (1, 1)}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        drawn = np.array([8.0, 4.0, 2.0, 1.0])
        start = bads[limits.index(8)]
        line = {-1: start + 2 * np.arange(4), 1: start - 2 * np.arange(4), 0: start + np.array([0, 3, 2, -4])}
        axes.plot(drawn, line[guessed[1]], color=GUESS_COLOUR, lw=7, alpha=0.4, label="your guess")
        axes.errorbar(limits, bads, 2 * np.array(errors), fmt="s--", color=BID["color"], ms=4, label="the worst 5%")
        axes.plot(limits, means, "o-", color=ASK["color"], ms=4, label="all days")
        axes.set(xlabel="position limit [clips]", ylabel="mean profit")
        axes.set_title(f"The worst days are best at ±{limits[int(np.argmax(bads))]}, not at ±1")
    legend(axes, loc="center right")
    said = "; ".join(f"±{q}: {b:.1f}" for q, b in zip(limits, bads, strict=True))
    return Reveal(
        f"The worst 5% of {N_PATHS:,} calm days earn on average, by limit, {said}. The mean of all days falls from "
        f"{means[-1]:.1f} to {means[0]:.1f}.",
        fig,
    )


@lru_cache(maxsize=1)
def crash_days() -> dict[str, FloatArray]:
    """Profits on days with a crash: without a limit, with a stop that holds, with one that flattens."""
    tape = wild_tape(N_PATHS, SEED, crash=8.0)
    loss: dict[str, Any] = {"max_daily_loss": 20.0, "max_drawdown": 30.0, "widened_half_spread": 1.2}
    return {
        "no limit": free_days(tape, HALF_SPREAD).pnl,
        "halt and hold": pnl_days(tape, HALF_SPREAD, PnLLimiter(**loss)).pnl,
        "halt and flatten": pnl_days(tape, HALF_SPREAD, PnLLimiter(**loss, on_halt="flatten", **COST)).pnl,
    }


def _crash_dots(guess: str, better: bool | None, which: str, of: str) -> tuple[Figure, dict[str, float]]:
    """What is asked about, for each of the three desks, with the guess beside one of them."""
    values = {
        name: float(pnl.mean() if of == "mean" else -expected_shortfall(pnl)[0]) for name, pnl in crash_days().items()
    }
    fig, axes = figure(width=6.4, height=2.4)
    base, row = values["no limit"], -list(values).index(which)
    wide = 1.2 * max(abs(value - base) for value in values.values())
    low, high = {True: (base, base + wide), False: (base - wide, base), None: (base - wide / 9, base + wide / 9)}[
        better
    ]
    with style():
        axes.barh(row, high - low, 0.7, low, color=GUESS_COLOUR, alpha=0.35, label="your guess")
        axes.axvline(base, color="#999999", lw=0.8)
        axes.plot(list(values.values()), [-n for n in range(len(values))], "o", ms=8, color=BID["color"])
        for n, value in enumerate(values.values()):
            said = f"{value:.1f}".replace("-", "−")
            axes.annotate(said, (value, -n), (0, 8), textcoords="offset points", ha="center", fontsize=8)
        axes.set_yticks([-n for n in range(len(values))], list(values))
        axes.set(xlim=(base - 1.3 * wide, base + 1.3 * wide), ylim=(-2.6, 0.8))
        kind = "mean of all days" if of == "mean" else "mean of the worst 5% of days"
        axes.set_xlabel("price · clip, a day")
        axes.set_title(f"Days with a crash: {kind}")
    legend(axes, loc="upper right")
    return fig, values


def stop_loss(guess: str) -> Reveal:
    """The mean on days with a crash."""
    better = {"rises: it cuts the losses": True, "stays the same": None, "falls": False}[guess]
    fig, means = _crash_dots(guess, better, "halt and flatten", "mean")
    free, stopped = crash_days()["no limit"], crash_days()["halt and flatten"]
    error = (stopped - free).std() / np.sqrt(free.size)
    return Reveal(
        f"The mean is {means['no limit']:.1f} without a stop and {means['halt and flatten']:.1f} with it: "
        f"{means['halt and flatten'] - means['no limit']:.1f} ± {error:.1f}.".replace("-", "−"),
        fig,
    )


def hold(guess: str) -> Reveal:
    """The worst days of a stop that holds."""
    better = {"better: it trades no more": True, "the same": None, "worse": False}[guess]
    fig, bads = _crash_dots(guess, better, "halt and hold", "tail")
    said = "; ".join(f"{name} {value:.1f}" for name, value in bads.items())
    return Reveal(f"The worst 5% of the days earn on average: {said}.".replace("-", "−"), fig)


class PositionOnly:
    """A limit that looks at the position alone: no bid at its maximum, no ask at its minimum."""

    def start(self, view: DeskView) -> None:
        """Nothing to remember."""

    def step(self, state: None, view: DeskView) -> tuple[None, Permission]:
        """10 clips either way."""
        bid, ask = np.where(view.inventory >= 10, 0.0, np.inf), np.where(view.inventory <= -10, 0.0, np.inf)
        return state, Permission(max_bid_size=bid, max_ask_size=ask)


@lru_cache(maxsize=2)
def furthest(counts_all: bool, n_paths: int = 300) -> int:
    """How far a desk goes that shows 5 clips a side, with 10 for its limit and two steps of latency."""
    tape = chapter_market().tape(n_paths, 200, seed=SEED)
    sizes = np.random.default_rng(SEED).integers(1, 6, (2, 200, n_paths)).astype(float)
    limits = PositionLimiter(max_position=10, min_position=-10) if counts_all else PositionOnly()
    desk = Desk(
        model=Symmetric(half_spread=HALF_SPREAD),
        sizer=QuoteSizer(base_size=5, max_position=200),
        limits=limits,
        venue=Venue(latency=0.01, cancel_latency=0.01),
    )
    history = simulate(desk, dataclasses.replace(tape, buy_size=sizes[0], sell_size=sizes[1]))
    return int(np.abs(history.inventory).max())


def count_all(guess: str) -> Reveal:
    """The furthest position."""
    far, ours = furthest(False), furthest(True)
    fig, axes = figure(width=6.4, height=2.2)
    with style():
        axes.barh(["orders count, too", "the position alone"], [ours, far], 0.5, color=BID["color"])
        axes.axvline(10, color="#444444", lw=1, label="the limit")
        axes.axvline(float(guess), color=GUESS_COLOUR, lw=7, alpha=0.4, label=f"your guess: {guess}")
        axes.set(xlabel="furthest position [clips]", xlim=(0, 20), ylim=(-0.6, 2.1))
        axes.set_title(f"Counting the position alone, a limit of 10 lets {far} through")
    legend(axes, loc="upper left", ncols=2)
    return Reveal(
        f"In 300 days this desk gets to {far} clips. One that takes the size of its orders, and what still rests, "
        f"off the room that it has gets to {ours}.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="tighter-limit",
        text="On calm days a desk halves its position limit: ±8, ±4, ±2, ±1. The mean of its worst 5% of days gets …",
        choices={
            "better each time": "Less inventory is less risk. But a bad day is also one that has earned little, and a "
            "desk at its limit is a desk with one side of its business closed.",
            "better, then worse": "At first the risk goes, then the profits that paid for it.",
            "worse each time": "The first cuts cost little: the inventory is rarely so large.",
        },
        right="better, then worse",
        reveal=tighter,
    ),
    Question(
        id="stop-loss-mean",
        text="On some days the mid falls by 8 within a few steps at noon. A stop-loss gives the inventory up and halts "
        "when a day has lost 20, or 30 from its peak. The mean over all such days …",
        choices={
            "rises: it cuts the losses": "It cuts off what would have followed. After a crash what follows is an "
            "ordinary afternoon, with customers.",
            "stays the same": "The mid is a fair game after the crash, so giving up the inventory costs only its "
            "price. But a halted desk has no customers, either.",
            "falls": "The loss has happened. What the halt still stops is the afternoon's business, and giving up the "
            "inventory has its price.",
        },
        right="falls",
        reveal=stop_loss,
    ),
    Question(
        id="halt-and-hold",
        text="The same days, but the desk that halts keeps its inventory. Against a desk without any limit, the worst "
        "5% of its days are …",
        choices={
            "better: it trades no more": "Trading is not what loses: holding is. A desk that trades goes on earning, "
            "and its inventory wanders off.",
            "the same": "It would be, if the inventory were all there is. But the desk without a limit earns all "
            "afternoon.",
            "worse": "The risk stays, the income stops.",
        },
        right="worse",
        reveal=hold,
    ),
    Question(
        id="counting-the-position",
        text="A desk shows 5 clips a side. Its limit takes the bid away as soon as the position is 10 or more; a "
        "cancellation travels for two steps. How far does it get?",
        choices={
            "10": "At 9 it is within its limit, and has a bid for 5 out.",
            "14": "9 and a bid for 5. What fills while a cancellation travels is the same 5.",
            "19": "That would need a second bid for 5 beside the first; a venue takes what fills off the replacement.",
        },
        right="14",
        reveal=count_all,
    ),
)

EXERCISES.add(
    Exercise(
        id="expected-shortfall",
        wanted="a function of an array of profits and a level that returns the expected shortfall",
        takes=("pnl", "level"),
        judge=judges.shortfall,
        hints=(
            "Which days are the worst, and how many of them are there at this level?",
            "`np.sort(pnl)[: round(level * len(pnl))]` are the worst days.",
            "Their mean, with its sign turned: a shortfall counts losses.",
        ),
    ),
    Exercise(
        id="room",
        wanted="a function of position, resting_bid and resting_ask that returns (largest bid, largest ask)",
        takes=("position", "resting_bid", "resting_ask"),
        judge=judges.room,
        hints=(
            "Suppose that everything fills that is out there: where would the position be?",
            "What can still be bought is 10 − position − resting_bid.",
            "It may come out below 0: `max(…, 0)`. And likewise for the ask, from −10.",
        ),
    ),
    Exercise(
        id="largest-drawdown",
        wanted="a function of an array of equities that returns the largest drawdown",
        takes=("equity",),
        judge=judges.drawdown,
        hints=(
            "How far is it, at each time, from the highest equity until then?",
            "`np.maximum.accumulate(equity)` is the running peak.",
            "The largest of peak − equity.",
        ),
    ),
    Exercise(
        id="hysteresis",
        wanted="a function of an array of volatilities and two thresholds that returns an array of booleans",
        takes=("sigma", "enter", "leave"),
        judge=judges.with_memory,
        hints=(
            "Whether it is widened at a step depends on σ there and on whether it was widened before.",
            "Not widened: from `enter` on it is. Widened: it stays so while σ is at least `leave`.",
            "A loop: `wide = s >= (leave if wide else enter)`.",
        ),
    ),
    Exercise(
        id="loss-budget",
        wanted="a limiter, or a tuple of limiters, for the chapter's desk",
        judge=judges.loss_budget,
        hints=(
            "Try the limits one at a time on `a_season`. Which of them gets to a shortfall of 5 alone?",
            "A position limit of ±7 keeps the budget, but may earn too little in another season; at ±8 the shortfall "
            "here is 2.7, with an error of 1.6, and may be over the budget there. Leave room for one or two errors. "
            "What would let you loosen the limit?",
            "A volatility limit that acts on burst and crash alone (σ₀ well above 2, hardly ever halting) earns money, "
            "and takes from the tail.",
        ),
        seconds=60.0,
    ),
)
