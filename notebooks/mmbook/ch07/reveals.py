"""What chapter 07 asks: its predictions and its exercises."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmbook.ch07 import checks as judges
from mmbook.ch07.scenes import (
    MARKET,
    MAX_POSITION,
    VENUE,
    clips_an_hour,
    dealer,
    edge_a_clip,
    score_by_hour,
    tail_inventory,
    tape,
)
from mmlab.desk import Desk, QuoteAggressiveness, QuoteSizer, QuoteTimer, Venue
from mmlab.simulation import History, simulate
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, RESERVATION, figure, legend, style

GUESS_COLOUR = "#CC79A7"
SIZES, AGES, WIDTHS = (1, 2, 3, 4, 6), (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08), (1.5, 2.0, 2.5, 3.0)


@lru_cache(maxsize=6)
def alone(lever: str, value: float) -> History:
    """One lever on an otherwise bare desk; `age` at the chapter's queue."""
    model = dealer()
    if lever == "size":
        desk = Desk(model=model, sizer=QuoteSizer(base_size=value, max_position=MAX_POSITION))
    elif lever == "age":
        timer = QuoteTimer(min_quote_time=0, max_quote_time=value, stale_fraction=1e6)
        desk = Desk(model=model, volatility=MARKET.volatility, timer=timer, venue=Venue(queue_time=VENUE.queue_time))
    else:
        width = QuoteAggressiveness(
            base_spread=value, max_spread=value, max_position=MAX_POSITION, normal_volatility=MARKET.volatility
        )
        desk = Desk(model=model, volatility=MARKET.volatility, aggressiveness=width)
    return simulate(desk, tape())


def doubled_spread(guess: str) -> Reveal:
    """Mean and deviation against the spread."""
    runs = [alone("width", width) for width in WIDTHS]
    means, deviations = [run.pnl.mean() for run in runs], [run.pnl.std() for run in runs]
    share = {"halves it": 0.5, "takes a quarter off": 0.75, "hardly changes it": 1.0}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(WIDTHS, means, "o-", label="mean profit", color=BID["color"])
        axes.plot(WIDTHS, deviations, marker="s", label="deviation", **ASK)
        axes.plot([3.0], [share * deviations[0]], "D", ms=10, color=GUESS_COLOUR, label=f"your guess: {guess}")
        axes.set(xlabel="spread [price]", ylabel="an hour [price · clip]", ylim=(0, None))
        axes.set_title(
            f"Twice the spread: mean {means[0]:.1f} → {means[-1]:.1f}, sd {deviations[0]:.1f} → {deviations[-1]:.1f}"
        )
    legend(axes, loc="upper right")
    clips = [clips_an_hour(run) for run in (runs[0], runs[-1])]
    return Reveal(
        f"With a spread of 1.5 an hour earns {means[0]:.2f} with a deviation of {deviations[0]:.2f}, with 3 it earns "
        f"{means[-1]:.2f} with {deviations[-1]:.2f}. {clips[0]:.1f} clips are traded, and {clips[1]:.1f}.",
        fig,
    )


def freshest(guess: str) -> Reveal:
    """The score against the age, at the chapter's queue."""
    runs = [alone("age", age) for age in AGES]
    scores = [score_by_hour(run).mean() for run in runs]
    best = AGES[int(np.argmax(scores))]
    end = {"as often as possible": AGES[0], "after a few times the queue’s length": best}
    end["as rarely as possible"] = AGES[-1]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(AGES, scores, marker="o", **RESERVATION)
        axes.axvline(end[guess], color=GUESS_COLOUR, lw=7, alpha=0.4, label=f"your guess: {guess}")
        axes.axvline(VENUE.queue_time, color="#444444", lw=1, ls=":", label="the queue takes this long")
        axes.set(xscale="log", xlabel="age at which quotes are replaced [h]", ylabel="score")
        axes.set_xticks(AGES, [f"{age:g}" for age in AGES])
        axes.minorticks_off()
        axes.set_title(
            f"Best at {best:g} h: {max(scores):.1f}; {scores[0]:.1f} at {AGES[0]:g}, {scores[-1]:.1f} at {AGES[-1]:g} h"
        )
    legend(axes, loc="lower center")
    return Reveal(
        f"Replaced every {AGES[0]:g} h, a queue's length, quotes never fill: the score is {scores[0]:.1f}. At "
        f"{best:g} h it is {max(scores):.1f}, with {edge_a_clip(runs[AGES.index(best)]):.2f} earned a clip; at "
        f"{AGES[-1]:g} h {scores[-1]:.1f}, with {edge_a_clip(runs[-1]):.2f}.",
        fig,
    )


def six_clips(guess: str) -> Reveal:
    """Profit and tail inventory against the size."""
    runs = [alone("size", size) for size in SIZES]
    means, tails = ([number(run) for run in runs] for number in (lambda run: run.pnl.mean(), tail_inventory))
    times = {"six times as much": 6, "about twice as much": 2, "less: it is filled at bad prices": 0.8}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(SIZES, np.divide(means, means[0]), "o-", label="mean profit", color=BID["color"])
        axes.plot(SIZES, np.divide(tails, tails[0]), marker="s", label="|inventory| exceeded in 1% of steps", **ASK)
        axes.plot([6], [times], "D", ms=10, color=GUESS_COLOUR, label=f"your guess: {guess}")
        axes.set(xlabel="size shown [clips]", ylabel="times that of one clip", ylim=(0, None))
        axes.set_title(
            f"Six clips shown: {means[-1] / means[0]:.1f} times the profit, {tails[-1] / tails[0]:.1f} times the tail"
        )
    legend(axes, loc="upper left")
    return Reveal(
        f"One clip earns {means[0]:.2f} an hour, six earn {means[-1]:.2f}: {clips_an_hour(runs[-1]):.1f} clips are "
        f"traded instead of {clips_an_hour(runs[0]):.1f}. The inventory's tail goes from {tails[0]:.0f} to "
        f"{tails[-1]:.0f}.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="doubling-the-spread-limits-risk",
        text="A desk doubles its spread, from 1.5 to 3, to be safer. What does that do to the standard deviation of an "
        "hour’s profit?",
        choices={
            "halves it": "A third of the fills, so a third of the risk? Every fill also unwinds an earlier one.",
            "takes a quarter off": "There are fewer clips to carry. Each is carried longer, until somebody comes.",
            "hardly changes it": "Fewer clips come, and each stays longer: nothing limits the inventory but trading.",
        },
        right="hardly changes it",
        reveal=doubled_spread,
    ),
    Question(
        id="fresher-is-better",
        text="Every new price waits in a queue for nine seconds (0.0025 h) before it can fill. How often should quotes "
        "be replaced?",
        choices={
            "as often as possible": "Never wrong, and never first: who replaces a quote gives up its place.",
            "after a few times the queue’s length": "Long enough to be first for most of its life, and not so long "
            "that the mid has moved through it.",
            "as rarely as possible": "First in the queue is where one is picked off, too.",
        },
        right="after a few times the queue’s length",
        reveal=freshest,
    ),
    Question(
        id="six-times-the-size",
        text="Market orders have two clips on average. A desk that showed one clip on each side, always fresh, now "
        "shows six. It earns…",
        choices={
            "six times as much": "Only if every market order were that large. Seven of eight are smaller than four.",
            "about twice as much": "What is shown beyond the market order’s size does not trade.",
            "less: it is filled at bad prices": "Not while quotes are fresh: the price of what is left is corrected "
            "after each fill. For quotes that rest, see the end of the chapter.",
        },
        right="about twice as much",
        reveal=six_clips,
    ),
)

EXERCISES.add(
    Exercise(
        id="sizes-with-room",
        wanted="a function of the inventory that returns bid and ask size",
        takes=("q",),
        judge=judges.sizes_with_room,
        hints=(
            "How many clips can a desk that is long q still buy before it is at 12? And sell, before −12?",
            "`bid = min(5, 12 - q)` and `ask = min(5, q + 12)`. What is missing?",
            "Rounded down to whole lots with `math.floor`, and never below 0.",
        ),
    ),
    Exercise(
        id="stale-after",
        wanted="a number of seconds",
        judge=judges.stale_after,
        hints=(
            "σ√Δt = f h. Solve for Δt; in which unit does it come out?",
            "(0.5 × 0.75 / 4)² is in hours, because σ is a price per √hour.",
        ),
    ),
    Exercise(
        id="spread-at-inventory",
        wanted="a number of clips",
        judge=judges.spread_at_inventory,
        hints=("Which a gives w = 2.5?", "1 + 2 (1 − a) = 2.5, so a = ¼. The volatility alone makes it ½."),
    ),
    Exercise(
        id="save-the-guide",
        wanted="a configuration: TOML, or a dict of sections",
        judge=judges.save_the_guide,
        hints=(
            "Give just the two numbers first, and read what `check` says.",
            "A position has at most 200 clips; the clip is yours to choose, and sizes and lots go with it.",
            "`[market]` clip and transaction_cost, `[quotes]` base_spread, quote_size, min_quote_size, lot, "
            "`[limits]` max_position.",
        ),
    ),
    Exercise(
        id="best-desk",
        wanted="a Desk",
        judge=judges.best_desk,
        hints=(
            "The end of *The three together* is more than a hint: `desk(age=0.05, move=0.5)`.",
            "With fresher prices a larger size costs less; and the model knows neither fee nor age: how wide?",
            "Try 4 clips and a spread around 1.7.",
        ),
        seconds=30.0,
    ),
)
