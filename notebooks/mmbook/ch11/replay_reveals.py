"""The second half of chapter 11: its question, its exercises and how their answers are judged."""

from __future__ import annotations

import numpy as np

from mmbook.ch11.queue_ways import four_ways
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import BID, MID, figure, legend, style

GUESS = {"color": "#CC79A7", "linestyle": (0, (2, 1.5)), "linewidth": 2.4}


def without_a_queue(guess: str) -> Reveal:
    """What a clip that joins the best queue earns by the backtest and in the book, and what the guess says of it."""
    told = four_ways()
    believed, real = told["backtest, front"].money, told["its own place"].money
    ratio = real.mean / believed.mean
    ratio_error = abs(ratio) * np.hypot(real.error / real.mean, believed.error / believed.mean)
    meant = {
        "about the same": 1.0,
        "a small part, perhaps nothing": ratio,
        "the same the other way round: a loss": -1.0,
    }[guess]
    fig, axes = figure(width=6.4, height=2.0)
    with style():
        for n, (name, (mean, error)) in enumerate((("backtest", believed), ("in the book", real))):
            axes.errorbar(mean, n, xerr=2 * error, fmt="o", color=BID["color"], capsize=3)
            axes.annotate(name, (mean, n), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8)
        axes.axvline(0, **MID)
        axes.axvline(meant * believed.mean, label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="ticks a clip placed (± 2 s.e.)", yticks=[], ylim=(-0.6, 2.2))
        axes.set_title(f"The backtest says {believed.mean:.2f} ticks, the book gives {real.mean:.2f}")
    legend(axes, loc="upper left")
    return Reveal(
        f"The backtest fills {told['backtest, front'].filled.mean:.0%} of the clips and earns {believed.mean:.2f} ± "
        f"{believed.error:.2f} ticks on each that was placed. In the book, at the place that it really has, "
        f"{told['its own place'].filled.mean:.0%} are filled and each earns {real.mean:.2f} ± {real.error:.2f}: "
        f"{ratio:.2f} ± {ratio_error:.2f} of it.",
        fig,
    )


# Displayed when we joined, traded at our price since, whether an order traded beyond it, our size; least and most.
WAITS = (
    ((300.0, 250.0, False, 100.0), (0.0, 100.0)),
    ((300.0, 340.0, False, 100.0), (40.0, 100.0)),
    ((300.0, 60.0, False, 100.0), (0.0, 60.0)),
    ((300.0, 0.0, False, 100.0), (0.0, 0.0)),
    ((300.0, 900.0, False, 100.0), (100.0, 100.0)),
    ((300.0, 200.0, True, 100.0), (100.0, 100.0)),
)


def fill_bounds(answer: Answer) -> str:
    """On waits that end before the queue, within it, behind it, and with a trade through the price."""
    for given, wanted in WAITS:
        got = answer.numbers(answer(*given), (2,))
        displayed, _, through, size = given
        if np.allclose(got, wanted):
            continue
        if np.allclose(got, wanted[::-1]):
            raise NotYet(f"{answer.running} gave {got.tolist()}: the least comes first.")
        if through:
            raise NotYet(
                f"{answer.running} gave {got.tolist()}. An order traded beyond our price: nobody is left at it."
            )
        if got.max() > size:
            raise NotYet(f"{answer.running} gave {got.tolist()}: more than the {size:g} that we asked for.")
        if got[0] < 0:
            raise NotYet(f"{answer.running} gave a least of {got[0]:g}: a fill is at least 0.")
        raise NotYet(
            f"{answer.running} gave {got.tolist()}; it should be {list(wanted)}. The least: all {displayed:g} were in "
            "front and none of them cancelled. The most: we were the first."
        )
    return "between these two lies what quotes and trades do not tell."


def expected_orders(answer: Answer) -> str:
    """On depths that change, with a side that was absent for a while."""
    depth, seconds = np.array([0.02, 0.03, np.nan, 0.025]), np.array([10.0, 40.0, 100.0, 20.0])
    rate, decay = 0.3, 40.0
    wanted = float(np.nansum(rate * np.exp(-decay * depth) * seconds))
    got = answer(depth, seconds, rate, decay)
    told = np.asarray(got, dtype=object)
    if told.shape == (2,) and any(x is np.nan or x != x for x in told):
        raise NotYet(f"{answer.running} has a NaN: where there was no quote (NaN), no order was expected.")
    mean, sd = answer.numbers(got, (2,))
    mistakes = {
        "takes the average depth. e^{−κδ} is convex: average the rates, not the depths": float(
            rate * np.exp(-decay * np.nanmean(depth)) * seconds[~np.isnan(depth)].sum()
        ),
        "counts a quote that was absent as one at the mid": wanted + rate * 100.0,
        "forgets how long each depth stood": float(np.nansum(rate * np.exp(-decay * depth))),
    }
    for mistake, value in mistakes.items():
        if abs(mean / value - 1) < 1e-6:
            raise NotYet(f"your expected number, {mean:.4g}, {mistake}.")
    if abs(mean / wanted - 1) > 1e-6:
        raise NotYet(f"{answer.running} expects {mean:.4g} orders; Σ A e^(−κδ) Δt is {wanted:.4g}.")
    if abs(sd / np.sqrt(wanted) - 1) > 1e-6:
        raise NotYet(f"{wanted:.4g} orders are expected, and counts of a Poisson flow scatter by the root of that.")
    return "and the depths may have been chosen by whatever happened before: the sum stays fair."


QUESTIONS.add(
    Question(
        id="backtest-without-a-queue",
        text="In a book with some five clips at the best price, you join the end of both best queues every ten "
        "seconds, for ten seconds. A backtest fills you whenever a trade comes to your price. What does the book "
        "itself give, of what the backtest earns on each clip placed?",
        choices={
            "about the same": "The price does trade, and often; but those in front are filled first, and you are left "
            "with the fills that come when the whole queue goes.",
            "a small part, perhaps nothing": "Fewer fills, and the ones that go missing are the good ones: the trades "
            "that stopped before they came to you, after which the price stayed.",
            "the same the other way round: a loss": "That is nearer what the other bound says, in which nobody in "
            "front of you ever cancels. Some do.",
        },
        right="a small part, perhaps nothing",
        reveal=without_a_queue,
    )
)

EXERCISES.add(
    Exercise(
        id="fill-bounds",
        wanted="a function of displayed (shares at our price when we joined), traded (shares that traded at it since), "
        "through (whether an order traded beyond it) and size (ours) that returns (least, most) filled",
        takes=("displayed", "traded", "through", "size"),
        judge=fill_bounds,
        hints=(
            "If we were first, what of `traded` could we have had? At most our size.",
            "If all that was displayed stayed in front of us, what is left of `traded` for us?",
            "If an order traded beyond our price, nothing is left at it: both are `size`. Otherwise "
            "min(max(traded − displayed, 0), size) and min(traded, size).",
        ),
    ),
    Exercise(
        id="expected-orders",
        wanted="a function of depth (one number for each stretch of time, NaN where we did not quote), seconds, rate A "
        "and decay κ that returns (expected orders, their standard deviation)",
        takes=("depth", "seconds", "rate", "decay"),
        judge=expected_orders,
        hints=(
            "At depth δ orders come at A e^{−κδ} a second. How many in so many seconds?",
            "`np.nansum` adds what is a number.",
            "A Poisson count scatters by the root of its mean.",
        ),
    ),
)
