"""The questions of chapter 01 and their answers, measured on its runs; its exercises and their hints.

What is measured is in `chapter_01_flow`, how answers are judged in `chapter_01_judges`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmbook.ch01 import checks as judges
from mmlab.market.flow_run import BUSY, LONG_QUEUES, Run, queue_positions, recorded, spread_parts
from mmlab.market.glosten_milgrom import GlostenMilgrom
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, GUESS, MID, figure, legend, style

LAGS = (0.1, 1.0, 5.0, 15.0, 30.0, 60.0)
AN_HOUR = 3600.0


@lru_cache(maxsize=2)
def busy_run(seconds: float = AN_HOUR, seed: int = 1) -> Run:
    """One run of the `BUSY` flow, for every cell that counts on it."""
    return recorded(BUSY.run(seconds, seed=seed))


def next_in_the_queue(guess: str) -> Reveal:
    """How often the next market order fills a share, by its place in the queue."""
    places = queue_positions(LONG_QUEUES, AN_HOUR, seed=1)
    share, chance = [p.share for p in places], [p.next_order.mean for p in places]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.errorbar(share, chance, [2 * p.next_order.error for p in places], fmt="o-", color=BID["color"], capsize=3)
        axes.plot([], [], "o-", color=BID["color"], label="filled by the next market order (± 2 s.e.)")
        said = {"always": 1.0, "about one time in three": 1 / 3, "hardly ever": 0.03}[guess]
        axes.axhline(said, label=f"your guess for the back: {guess}", **GUESS)
        axes.set(xlabel="share of the queue in front", ylabel="probability", ylim=(0, 1.25))
        axes.set_title(f"{chance[0]:.0%} at the front of the queue, {chance[-1]:.0%} at the back")
    legend(axes, loc="upper right")
    return Reveal(
        f"In an hour of a busy book the next market order fills {chance[0]:.0%} of those at the front of the best "
        f"queue and {chance[-1]:.0%} of those at its back, who have {places[-1].ahead:.0f} shares in front of them "
        f"on average.",
        fig,
    )


def spread_of_information(guess: str) -> Reveal:
    """The spread against the share that knows."""
    shares = np.linspace(0, 1, 51)
    dealers = [GlostenMilgrom(high=110, low=90, informed=float(x)) for x in shares]
    spreads = [dealer.ask - dealer.bid for dealer in dealers]
    one = GlostenMilgrom(high=110, low=90, informed=0.1)
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(shares, spreads, label="spread", **BID)
        axes.plot(0.1, one.ask - one.bid, "o", color=BID["color"])
        said = {"zero": 0.0, "2: some of what is at stake": 2.0, "20: all that is at stake": 20.0}[guess]
        axes.plot(0.1, said, "X", ms=9, color=GUESS["color"], label=f"your guess: {said:g}")
        axes.set(xlabel="share of the traders who know", ylabel="spread [price]", ylim=(-1, 23))
        axes.set_title(f"One trader in ten knows: the spread is {one.ask - one.bid:g}")
    legend(axes, loc="upper left")
    return Reveal(
        f"The dealer quotes {one.bid:g} and {one.ask:g}: the spread is {one.ask - one.bid:g} and the profit is zero. "
        "At 99.50 and 100.50 each trade would lose on average.",
        fig,
    )


def impact_without_information(guess: str) -> Reveal:
    """How far the mid is from where it was, some time after a market order, in a book where nobody knows anything."""
    parts = [spread_parts(busy_run(), lag).impact for lag in LAGS]
    means, errors = [part.mean / 2 for part in parts], [part.error / 2 for part in parts]  # of one order
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.errorbar(LAGS, means, [2 * error for error in errors], fmt="o-", color=ASK["color"], capsize=3)
        axes.plot([], [], "o-", color=ASK["color"], label="move in the order's direction (± 2 s.e.)")
        said = {
            "back where it was": means[0] * np.exp(-np.array(LAGS) / 8),
            "moved, and it stays": np.full(len(LAGS), means[0]),
            "moved, and it goes on": means[0] * (1 + 0.25 * np.log(np.array(LAGS) / LAGS[0])),
        }[guess]
        axes.plot(LAGS, said, label=f"your guess: {guess}", **GUESS)
        axes.axhline(0, **MID)
        axes.set(xscale="log", xlabel="seconds after the order", ylabel="ticks", ylim=(-0.2, 2.0))
        axes.set_title(
            f"{means[0]:.2f} ticks at once, {means[-2]:.2f} after {LAGS[-2]:g} seconds, and nobody knew anything"
        )
    legend(axes, loc="upper left")
    return Reveal(
        f"A market order moves the mid by {means[0]:.2f} ticks on average at once; half a minute later it is "
        f"{means[-2]:.2f} ± {2 * errors[-2]:.2f} from where it was.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="the-best-price-trades-next",
        text="You send a limit order to the best bid and stand at the back of its queue, behind 530 shares "
        "on average (its length varies a lot). Market orders are for 300 shares on average, many for fewer and a few "
        "for far more. How often are you filled by the next one that sells?",
        choices={
            "always": "The best price trades next, but not all of it. Those who came before you trade first, and a "
            "market order is often smaller than the queue; and sometimes the best price moves away.",
            "about one time in three": "The queue in front of you has to trade or to leave first.",
            "hardly ever": "Now and then an order takes the whole queue, and some of those in front of you give up.",
        },
        right="about one time in three",
        reveal=next_in_the_queue,
    ),
    Question(
        id="no-cost-no-spread",
        text="An asset is worth 110 or 90, either with probability ½. Dealers compete until none makes a profit, a "
        "trade costs nothing, risk does not matter. One trader in ten knows which it is. The spread is …",
        choices={
            "zero": "Without a spread each trade with somebody who knows is a loss of 10, and nothing makes up for it. "
            "A dealer without costs still needs a spread, to break even.",
            "2: some of what is at stake": "The spread is what the many pay for the few who know.",
            "20: all that is at stake": "That would be so if every trader knew. Nine in ten do not, and pay the "
            "spread too.",
        },
        right="2: some of what is at stake",
        reveal=spread_of_information,
    ),
    Question(
        id="without-information-no-impact",
        text="In a book where orders come at random and nobody knows anything, a market order to buy arrives. Half a "
        "minute later the mid is on average …",
        choices={
            "back where it was": "That is so if somebody remembers where the price belongs. Nobody here does: new "
            "orders come relative to the best prices, wherever those are now.",
            "moved, and it stays": "What it took out of the book is gone, and new orders gather around the new prices.",
            "moved, and it goes on": "It would if buyers followed buyers. In this flow each order comes by itself.",
        },
        right="moved, and it stays",
        reveal=impact_without_information,
    ),
)

EXERCISES.add(
    Exercise(
        id="walk-the-book",
        wanted="a function of size and levels (a list of (price, shares), best first) that returns a list of "
        "(price, shares) traded",
        takes=("size", "levels"),
        judge=judges.walk_the_book,
        hints=(
            "Go through the levels in order. How much of each can be taken: what rests there, or what is still wanted?",
            "`taken = min(size, shares)`; append `(price, taken)` and subtract it from `size`.",
            "Stop when nothing is wanted any more: a trade of 0 shares is no trade.",
        ),
    ),
    Exercise(
        id="shares-ahead",
        wanted="a function of ahead and events (a list of (kind, shares)) that returns the shares still ahead",
        takes=("ahead", "events"),
        judge=judges.shares_ahead,
        hints=(
            'The kinds are "limit", "cancel ahead", "cancel behind" and "market". Which of them shorten the '
            "queue in front of you?",
            "A market order takes from the front. A new limit order goes to the back, behind you.",
            "`ahead = max(0, ahead - shares)` for two of the four kinds.",
        ),
    ),
    Exercise(
        id="bayes-ask",
        wanted="a function of high, low, prior and informed that returns the ask",
        takes=("high", "low", "prior", "informed"),
        judge=judges.bayes_ask,
        hints=(
            "How probable is a buy if the asset is worth V_H? The informed buy surely, the others with probability ½.",
            "P(buy | high) = (1 + π)/2 and P(buy | low) = (1 − π)/2. Weigh them with p and 1 − p.",
            "With `good = prior * (1 + informed)` and `bad = (1 - prior) * (1 - informed)`, the probability of the "
            "good case after a buy is good / (good + bad).",
        ),
    ),
    Exercise(
        id="count-intensity",
        wanted="a function of reach (an array, one side's market orders) and seconds that returns (A, κ)",
        takes=("reach", "seconds"),
        judge=judges.count_intensity,
        hints=(
            "For each of some depths δ: how many orders reached δ or further, per second?",
            "The logarithm of that is ln A − κδ: a straight line. `np.polyfit(depths, np.log(rates), 1)` gives its "
            "slope and its value at 0.",
            "Depths are whole ticks from the smallest reach on: `np.arange(reach.min(), ..., 0.01)`. Count with "
            "`reach >= depth - 1e-9`, as 0.03 is not quite 0.03, and stop where fewer than thirty orders reach.",
        ),
    ),
    Exercise(
        id="where-to-wait",
        wanted="a function of ours, theirs and spread that returns (ticks behind the best price, seconds to wait)",
        takes=("ours", "theirs", "spread"),
        judge=judges.where_to_wait,
        seconds=20.0,
        hints=(
            "`waiting(seed=1).costs(rule).mean()` tries a rule on another run. Start with constant rules.",
            "Waiting costs nothing but the risk that the price runs away. Is ten seconds long here?",
            "A rule may look: what does `ours > theirs` say about where the price goes? And what does a fill one tick "
            "behind the best price save?",
        ),
    ),
)
