"""The questions of chapter 02 and their answers, computed from its market; its exercises and their hints.

How answers are judged is in `chapter_02_formulas` and `chapter_02_simulations`.
"""

from __future__ import annotations

import numpy as np

from mmbook.ch02 import checks as formulas
from mmbook.ch02 import simulation_checks as simulations
from mmlab.market import Exponential, Market
from mmlab.models import AvellanedaStoikov
from mmlab.simulation import exact_moments, simulate
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, GUESS, MID, figure, legend, steps, style


def risk_averse_profit(guess: str) -> Reveal:
    """The exact mean profit against γ, and the line that the guess drew."""
    market = Market.avellaneda_stoikov_2008()
    gammas = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    days = [exact_moments(AvellanedaStoikov.for_market(market, risk_aversion=gamma), market) for gamma in gammas]
    means = np.array([day.mean for day in days])
    slope = {"more": 1, "the same": 0, "less": -1}[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(gammas, means, "o-", color=BID["color"], label="mean profit of a day")
        axes.plot(gammas, means[0] + slope * (means[0] - means), label=f"your guess: {guess}", **GUESS)
        axes.set(xscale="log", xlabel="risk aversion γ", ylabel="profit [price · clip]")
        axes.set_title(f"From {means[0]:.1f} a day at γ = 0.01 to {means[-1]:.1f} at γ = 1")
    legend(axes, loc="lower left")
    return Reveal(
        f"A day earns {means[0]:.2f} on average at γ = 0.01, {means[2]:.2f} at 0.1 and {means[-1]:.2f} at 1; its "
        f"standard deviation falls from {days[0].sd:.2f} to {days[-1].sd:.2f}.",
        fig,
    )


def straddling_quotes(guess: str) -> Reveal:
    """The quotes against inventory with the whole day left, and the first inventory at which the mid is outside."""
    model = AvellanedaStoikov.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=0.1)
    inventory = np.arange(-6.0, 7.0)
    bid, ask = model.depths(inventory, model.horizon)
    outside = inventory[ask < 0]
    first, below = int(outside[0]), -float(ask[ask < 0][0])
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(inventory, ask, label="ask", **ASK)
        axes.axhline(0, label="mid", **MID)
        axes.plot(inventory, -bid, label="bid", **BID)
        if guess == "always":
            beyond = np.abs(inventory) >= first
            quote = np.where(inventory > 0, ask, -bid)
            axes.plot(inventory[beyond], quote[beyond], "X", ms=8, color=GUESS["color"], label="your guess fails here")
        else:
            for left, right in ((first - 0.5, 6), (-6, 0.5 - first)):
                axes.axvspan(left, right, color=GUESS["color"], alpha=0.2, lw=0)
            axes.fill_between([], [], color=GUESS["color"], alpha=0.2, label="your guess: not here")
        axes.set(xlabel="inventory q [clips]", ylabel="distance from mid [price]", xlim=(-6, 6))
        axes.set_title(f"From {first} clips on, both quotes are on one side of the mid")
    legend(axes, loc="upper right")
    return Reveal(
        f"With the whole day left and γ = 0.1, a dealer who is long {first} clips asks {below:.3f} below the mid; "
        f"one who is short {first} clips bids as much above it.",
        fig,
    )


def arrivals_and_quotes(guess: str) -> Reveal:
    """The spread against A, and the line that the guess drew."""
    rates = np.array([35.0, 70.0, 140.0, 280.0])
    spreads, means = [], []
    for rate in rates:
        market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=float(rate), fill_decay=1.5))
        model = AvellanedaStoikov.for_market(market, risk_aversion=0.1)
        spreads.append(float(model.spread(market.horizon)))
        means.append(exact_moments(model, market, n_steps=200).mean)
    tilt = {"wider": 0.3, "stay the same": 0.0, "narrower": -0.3}[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(rates, spreads, "o-", color=BID["color"], label="spread at the start of the day")
        axes.plot(rates, spreads[2] + tilt * np.log2(rates / 140), label=f"your guess: {guess}", **GUESS)
        axes.set(xscale="log", xlabel="arrival rate A [1/time]", ylabel="spread [price]", ylim=(0, 3))
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.minorticks_off()
        axes.set_title(f"The spread is {spreads[2]:.2f} whatever A is")
    legend(axes, loc="lower right")
    return Reveal(
        f"The spread is {spreads[1]:.4f} at A = 70 and {spreads[3]:.4f} at A = 280. What changes is the money: "
        f"{means[1]:.1f} a day on average at A = 70, {means[2]:.1f} at 140, {means[3]:.1f} at 280.",
        fig,
    )


def worth_of_fills(guess: str) -> Reveal:
    """What fills are worth ten steps later, on 400 days, and which of them the guess says are not there."""
    market = Market.avellaneda_stoikov_2008()
    days = simulate(
        AvellanedaStoikov.for_market(market, risk_aversion=0.1), market.tape(n_paths=400, n_steps=200, seed=1)
    )
    later, early = days.mid[10:-1], slice(0, -10)
    bought = (later - days.bid_price[early])[days.bid_fill[early] > 0]
    sold = (days.ask_price[early] - later)[days.ask_fill[early] > 0]
    gain = np.concatenate([bought, sold])
    losses = float(np.mean(gain < 0))
    edges = np.linspace(-2.0, 3.0, 21)
    density, _ = np.histogram(gain, edges, density=True)
    denied = {"always": edges[:-1] < 0, "never": edges[:-1] >= 0}.get(guess, np.zeros(20, dtype=bool))
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(*steps(edges, density), **BID)
        centres, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
        if denied.any():
            label = f"“{guess}” says that these are not there"
            axes.bar(centres[denied], density[denied], width, color=GUESS["color"], alpha=0.4, label=label)
        whose = "average" if denied.any() else "your guess, and the average"
        axes.axvline(gain.mean(), label=f"{whose}: {gain.mean():.2f}", **(MID if denied.any() else GUESS))
        axes.set(xlabel="worth of a fill ten steps later, at the mid [price]", ylabel="density", ylim=(0, None))
        axes.set_title(f"{losses:.0%} of the fills are losses ten steps later")
    legend(axes, loc="upper left")
    return Reveal(
        f"On {days.mid.shape[1]} days a fill is worth {gain.mean():.2f} ten steps later on average, and {losses:.0%} "
        "of the fills are losses by then.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="higher-gamma-earns-more",
        text="On average over many days, a dealer with a larger risk aversion γ earns …",
        choices={
            "more": "Risk aversion is not skill: a larger γ widens the quotes and leans them harder, and both cost "
            "profit.",
            "the same": "It would be so if γ changed the risk alone. But it moves the quotes away from where the mean "
            "profit is largest, and that costs.",
            "less": "Risk aversion is a price that you pay for days that are more alike.",
        },
        right="less",
        reveal=risk_averse_profit,
    ),
    Question(
        id="quotes-straddle-the-mid",
        text="The mid lies between your bid and your ask …",
        choices={
            "always": "That is so for quotes around the mid. These are around the reservation price, which moves with "
            "the inventory and takes both quotes with it.",
            "not always": "A dealer who holds enough pays to be rid of a clip.",
        },
        right="not always",
        reveal=straddling_quotes,
    ),
    Question(
        id="arrival-rate-moves-quotes",
        text="If twice as many customers come (A doubles), do the formula's quotes get wider, get narrower, or stay?",
        choices={
            "wider": "More customers seem to allow a higher price. But a dealer at the best depth already asks what "
            "each is worth: twice as many at every depth leave the best depth where it was.",
            "narrower": "That is what one would want, as inventory can be sold on faster; chapter 03 takes it into "
            "account. These two equations do not: A is in neither.",
            "stay the same": "A multiplies the fills at every depth alike, and is in neither equation.",
        },
        right="stay the same",
        reveal=arrivals_and_quotes,
    ),
    Question(
        id="a-fill-is-a-profit",
        text="You buy below the mid or sell above it. Some steps later that fill is worth more than it cost …",
        choices={
            "always": "The distance from the mid is earned at the moment of the fill. From then on the clip is held, "
            "and the mid moves.",
            "on average, not each": "The edge is earned at once and the risk comes later; here the mid does not know "
            "about our fills, so that on average it takes nothing away.",
            "never": "It is so where every customer knows more than you (chapter 01). Here the mid does not know about "
            "our fills.",
        },
        right="on average, not each",
        reveal=worth_of_fills,
    ),
)

EXERCISES.add(
    Exercise(
        id="as-by-hand",
        wanted="a function of mid, q, tau, gamma, sigma and k that returns (bid, ask)",
        takes=("mid", "q", "tau", "gamma", "sigma", "k"),
        judge=formulas.by_hand,
        hints=(
            "Two equations, in this order: where is the middle of the quotes, and how far apart are they?",
            "The middle is the reservation price r = s − qγσ²τ: for a dealer who is long (q > 0) it is below the mid.",
            "The bid is `r - spread / 2`, the ask `r + spread / 2`; eq. 30 is the whole spread, and q is not in it.",
        ),
    ),
    Exercise(
        id="neutral-spread",
        wanted="the spread at γ = 0 as a function of k, or the number that it is at k = 1.5",
        takes=("k",),
        or_value=True,
        judge=formulas.neutral_spread,
        hints=(
            "Without risk aversion only the average counts: how much does a quote at depth δ earn per unit of time?",
            "It earns δ on each fill, and fills come at the rate A e^{−kδ}. At which δ is δ A e^{−kδ} largest?",
            "Its derivative is zero where 1 − kδ = 0. That is one side.",
        ),
    ),
    Exercise(
        id="fill-probability",
        wanted="a function of depth, arrival_rate, fill_decay and time_step that returns the probability of a fill",
        takes=("depth", "arrival_rate", "fill_decay", "time_step"),
        judge=formulas.fill_probability,
        hints=(
            "The rate at depth δ is A e^{−kδ}; the paper's probability in a step is the rate times the step.",
            "What happens to that product far on the wrong side of the mid, at δ = −3?",
            "`np.minimum(1.0, ...)` and `np.exp` take numbers and arrays alike.",
        ),
    ),
    Exercise(
        id="simulation-loop",
        wanted="a function of depths, n_days and seed that returns (profits, final_inventories), two arrays of shape "
        "(n_days,)",
        takes=("depths", "n_days", "seed"),
        judge=simulations.simulation_loop,
        seconds=20.0,
        hints=(
            "Let `q`, `cash` and `mid` be arrays of n_days numbers and loop over the 200 steps only.",
            "In a step: `bid, ask = depths(q, 1 - n * dt)`; then two independent draws "
            "`rng.random(n_days) < fill probability`, one for each side; then the mid.",
            "A buy adds 1 to q and takes `mid - bid` from cash; a sale takes 1 from q and adds `mid + ask`.",
            "The mid moves by `sigma * np.sqrt(dt) * rng.choice([-1, 1], n_days)`. At the end the profit is "
            "`cash + q * mid`.",
        ),
    ),
    Exercise(
        id="beat-the-model",
        wanted="a strategy: a function of mid_price, inventory and time_left that returns Quotes",
        takes=("mid_price", "inventory", "time_left"),
        judge=simulations.beat_the_model,
        hints=(
            "The score is the mean less γ/2 times the variance, with γ = 0.1. Move one thing at a time: how far the "
            "quotes lean for each clip, and how wide they are.",
            "At the start of the day the model leans 0.4 for each clip. What does it pay for that, and is so much "
            "needed when inventory comes back by itself within a few steps?",
            "Lean equally at every time: try 0.2, 0.1, 0.05, 0.02 a clip; half-spread near (1/γ) ln(1 + γ/k).",
        ),
    ),
)
