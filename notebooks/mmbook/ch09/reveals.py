"""What chapter 09 asks: its predictions and its exercises."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np

from mmbook.ch09 import checks as judges
from mmbook.ch09.scenes import CONFIG, hour, hours
from mmlab.desk import History, MarketMakingPipeline
from mmlab.market import Tape
from mmlab.simulation import simulate
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, GUESS, figure, legend, steps, style

LOST = (60, 68)
"""The steps that the feed loses."""


def with_limits(guess: str) -> Reveal:
    """Sorted hours with and without the limits."""
    bare, safe = (simulate(desk, hours()) for desk in (replace(CONFIG.make_desk(), limits=()), CONFIG.make_desk()))
    fig, axes = figure(width=6.4, height=2.9)
    share = np.arange(1, bare.pnl.size + 1) / bare.pnl.size
    tails = [float(np.sort(run.pnl)[: run.pnl.size // 20].mean()) for run in (bare, safe)]
    guessed = {"better": 0.5 * tails[0], "hardly changed": tails[0], "worse": 2 * tails[0]}[guess]
    with style():
        axes.plot(np.sort(bare.pnl), share, label="without limits", **ASK)
        axes.plot(np.sort(safe.pnl), share, label="with three limits", **BID)
        axes.axvline(guessed, label=f"your guess: {guess}", **GUESS)
        axes.set(
            xlabel="profit of an hour [price · clip]", ylabel="share of hours below", ylim=(0, 0.5), xlim=(-6, 2.5)
        )
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_title(
            f"The worst 5% of hours: {tails[0]:.2f} without limits, {tails[1]:.2f} with them".replace("-", "−")
        )
    legend(axes, loc="upper left")
    return Reveal(
        f"Without limits the worst 5% of 400 hours end at {tails[0]:.2f} on average, with them at {tails[1]:.2f}; the "
        f"mean goes from {bare.pnl.mean():.2f} to {safe.pnl.mean():.2f}.".replace("-", "−"),
        fig,
    )


def silence(guess: str) -> Reveal:
    """The quotes around the gap."""
    tape = hour()
    run = simulate(MarketMakingPipeline(CONFIG, max_gap=60), tape.without(*LOST))
    shown = slice(LOST[0] - 6, LOST[0] + 7)
    times = run.time[shown.start : shown.stop + 1] / 60
    fig, axes = figure(width=6.4, height=2.9)
    silent = run.time[LOST[0] - 1 : LOST[0] + 1] / 60
    with style():
        axes.axvspan(*silent, facecolor="#eeeeee", lw=0, zorder=0)
        axes.plot(*steps(times, run.ask_price[shown, 0]), label="ask", **ASK)
        axes.plot(*steps(times, run.bid_price[shown, 0]), label="bid", **BID)
        axes.plot(tape.time[50:76] / 60, tape.mid[50:76, 0], color="#444444", lw=0.8, label="mid (unseen in the grey)")
        axes.set(xlabel="time [min]", ylabel="price", xlim=(times[0], times[-1]))
        axes.plot([], [], label=f"your guess: {guess}", **GUESS)
        axes.set_title("While nothing is seen the old quotes rest; what is seen first takes both away")
    legend(axes, loc="upper left", ncols=2)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.35 * (high - low))
    bid, ask = run.bid_price[LOST[0] - 1, 0], run.ask_price[LOST[0] - 1, 0]
    return Reveal(
        f"From {silent[0]:.2f} to {silent[1]:.2f} min the quotes of before, {bid:.2f} and {ask:.2f}, rest on; in the "
        f"15 s after the first new row there is nothing, and then {run.bid_price[LOST[0] + 1, 0]:.2f} and "
        f"{run.ask_price[LOST[0] + 1, 0]:.2f}.",
        fig,
    )


def order_of_limits(guess: str) -> Reveal:
    """All six orders on the same hours."""
    runs = [
        simulate(MarketMakingPipeline(CONFIG, limits=order), _some()) for order in permutations(CONFIG.make_limits())
    ]
    same = sum(np.array_equal(run.cash, runs[0].cash) and _told_alike(run, runs[0]) for run in runs)
    assert runs[0].mode is not None
    busy = float((runs[0].mode > 0).mean())
    fig, axes = figure(width=6.4, height=2.6)
    with style():
        axes.bar(range(1, 7), [run.pnl.mean() for run in runs], color=BID["color"], width=0.6)
        axes.plot([], [], label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="the six orders in which three limits can be asked", ylabel="profit [price·clip]")
        axes.margins(y=0.35)
        axes.set_title(f"Six orders, one profit: {runs[0].pnl.mean():.2f} an hour")
    legend(axes, loc="upper left")
    return Reveal(
        f"{same} of the {len(runs)} orders gave the same cash, modes and reasons, to the last bit, on 40 hours in "
        f"{busy:.0%} of whose steps a limit spoke.",
        fig,
    )


def _some() -> Tape:
    return hour(seed=5, n_paths=40)


def _told_alike(one: History, other: History) -> bool:
    pairs = ((getattr(run, name) for run in (one, other)) for name in ("mode", "reason", "value", "bound"))
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


QUESTIONS.add(
    Question(
        id="what-limits-do-to-the-worst-hours",
        text="In the middle of each of 400 hours a storm comes: for six minutes the mid moves four times as far as "
        "expected. A limit on the volatility halts the desk, two others watch its position and its losses. Against the "
        "same desk without limits, the worst hours become…",
        choices={
            "better": "The halt stops trading. It does not stop the mid, nor sell what is held.",
            "hardly changed": "It cannot trade for the storm and some minutes more: that is a good part of the hour.",
            "worse": "A halted desk sits on its inventory through the storm, and cannot earn. Nobody here knew more "
            "than it did: there was nothing to be saved from.",
        },
        right="worse",
        reveal=with_limits,
    ),
    Question(
        id="two-minutes-of-silence",
        text="The feed is silent for two minutes; more than one counts as a gap. What of ours stands in the market "
        "during the silence, and in the 15 s after the first new row?",
        choices={
            "nothing, then new quotes": "Who would have cancelled them? This pipeline acts on rows only.",
            "the old quotes, then new ones": "The first row after a gap says where the mid is. It does not say that "
            "the feed is well: the desk waits for a second one.",
            "the old quotes, then nothing": "It acts on rows only, and does not trust the first that it sees. A real "
            "desk has a timer that pulls the quotes over the order session, and the venue's cancel on disconnect "
            "behind it.",
        },
        right="the old quotes, then nothing",
        reveal=silence,
    ),
    Question(
        id="which-limit-first",
        text="Three limits look at each step. In which order should the pipeline ask them?",
        choices={
            "the strictest first": "Which one that is, is known when all have answered.",
            "first the position, then the losses, then the volatility": "As good as any other order, and no better.",
            "in any order": "The highest mode and the smallest sizes do not depend on who was asked first: no limit "
            "touches a quote, each only says what it permits.",
        },
        right="in any order",
        reveal=order_of_limits,
    ),
)

EXERCISES.add(
    Exercise(
        id="one-row-by-hand",
        wanted="four numbers: bid, ask, bid size, ask size",
        judge=judges.one_row,
        hints=(
            "Eq. (1) with q = −2: the reservation price is *above* 100. By how much?",
            "r = 100.012 and δ = 0.023. In eq. (2) a = 0.8: each side moves out by 0.007.",
            "100.012 ± 0.030: bids round down to the cent, asks up. And ⌊3 e^{−0.4}⌋ = 2 is whose size?",
        ),
    ),
    Exercise(
        id="own-model",
        wanted="an object with a method quotes(mid_price, inventory, time_left)",
        judge=judges.own_model,
        hints=(
            "`mid_price` and `inventory` are arrays with an entry a path, `time_left` is one number.",
            "`middle = mid_price - 0.004 * inventory`, and `Quotes.at(middle - 0.025, middle + 0.025)`.",
            "`lean = 0.012 if time_left <= 300 else 0.004`. Give `Leaner()`, not `Leaner`.",
        ),
        seconds=60.0,
    ),
    Exercise(
        id="own-limit",
        wanted="an object with the methods start and step",
        judge=judges.own_limit,
        hints=(
            "It has nothing to remember: `start(self, view)` may return None.",
            "`step(self, state, view)` returns `(state, Permission(mode=…))`, with one mode for each path.",
            "`np.full(len(inventory), Mode.REDUCE_ONLY if time >= 3300 else Mode.NORMAL)`.",
        ),
        seconds=60.0,
    ),
    Exercise(
        id="own-venue",
        wanted="a class that is made from another venue",
        takes=("inner",),
        judge=judges.own_venue,
        hints=(
            "It is `SaysNo` with a clock instead of a count of steps: `data.time` is now.",
            "Three methods. `start` and `advance` hand everything to `self.inner`.",
            "In `submit`: `if 1200 <= data.time < 1500: return orders, False`.",
        ),
    ),
    Exercise(
        id="best-pipeline",
        wanted="a dict of sections: model, quotes, limits",
        judge=judges.best_pipeline,
        hints=(
            "In the chapter's table, which stage costs most? And what makes the deviation so large?",
            "`max_volatility`, `max_daily_loss` and `max_drawdown` that are not in the way, and a larger γ.",
            "risk_aversion from 0.0005 to 0.0015. Then `base_spread`, `max_spread` and the size.",
        ),
        seconds=60.0,
    ),
)
