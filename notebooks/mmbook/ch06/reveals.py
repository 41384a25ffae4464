"""The questions of chapter 06 and its exercises; what judges their answers is in `chapter_06_judges`."""

from __future__ import annotations

import numpy as np

from mmbook.ch06 import checks as judges
from mmbook.ch06.side_by_side import LOOKS, all_models
from mmbook.ch06.wrong_beliefs import BELIEF_LOOKS, FACTORS, SYMBOLS, cost_curves
from mmlab.market import Market
from mmlab.models import AvellanedaStoikov
from mmlab.simulation import exact_moments
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import BID, figure, legend, style

GUESS_COLOUR = "#CC79A7"
GAMMA = 0.1


def highest_mean(guess: str) -> Reveal:
    """Mean and certainty equivalent of each model, the highest mean marked in both."""
    market = Market.avellaneda_stoikov_2008()
    days = {name: exact_moments(model, market) for name, model in all_models(market, GAMMA).items()}
    worth = {name: day.certainty_equivalent(GAMMA) for name, day in days.items()}
    richest = max(days, key=lambda name: days[name].mean)
    order = sorted(worth, key=lambda name: worth[name])
    meant = {"the best of all": order[-1], "in the middle": order[2], "the worst of all": order[0]}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        for row, name in enumerate(order):
            axes.plot([worth[name], days[name].mean], [row, row], color="#bbbbbb", lw=1)
            axes.plot(days[name].mean, row, "o", color=LOOKS[name]["color"], mfc="white")
            axes.plot(worth[name], row, "o", color=LOOKS[name]["color"])
        axes.axhspan(order.index(meant) - 0.4, order.index(meant) + 0.4, color=GUESS_COLOUR, alpha=0.25, lw=0)
        axes.text(44, order.index(meant), "your guess", va="center", color="#444444", fontsize=8)
        axes.plot([], [], "o", color="#444444", mfc="white", label="mean profit")
        axes.plot([], [], "o", color="#444444", label="certainty equivalent")
        axes.set_yticks(range(len(order)), order)
        axes.set(xlabel="price · clip, a day")
        axes.set_title(f"{richest.capitalize()} quotes earn most and are worth least")
    legend(axes, loc="center", bbox_to_anchor=(0.45, 0.62))
    second = worth[order[1]]
    return Reveal(
        f"The highest mean, {days[richest].mean:.2f}, is that of the {richest} quotes; to a dealer with γ = {GAMMA:g} "
        f"such a day is worth {worth[richest]:.2f}. The next worse, {order[1]}, is worth {second:.2f}; the best, "
        f"{order[-1]}, {worth[order[-1]]:.2f}.",
        fig,
    )


def dearest_error(guess: str) -> Reveal:
    """The cost of each belief alone."""
    curves = cost_curves(GAMMA)
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        for name, curve in curves.items():
            chosen = SYMBOLS[name] == guess
            if chosen:
                axes.plot(FACTORS, curve, color=GUESS_COLOUR, lw=7, alpha=0.4, label=f"your guess: {guess}")
            axes.plot(FACTORS, curve, label=f"{SYMBOLS[name]} alone wrong", **BELIEF_LOOKS[name])
        axes.set(xscale="log", xlabel="believed / true", ylabel="cost a day [price · clip]")
        axes.set_xticks([0.5, 1, 2], ["½", "1", "2"])
        axes.minorticks_off()
        axes.set_title(f"k wrong by two costs {curves['fill_decay'][-1]:.1f} or {curves['fill_decay'][0]:.1f} a day")
    legend(axes, loc="upper center")
    said = "; ".join(f"{SYMBOLS[name]}: {curve[0]:.2f} and {curve[-1]:.2f}" for name, curve in curves.items())
    return Reveal(f"What a belief of half and of twice the truth costs a day of 65.19: {said}.".replace("-", "−"), fig)


def safe_side(guess: str) -> Reveal:
    """What an Avellaneda–Stoikov day is worth against the volatility believed."""
    market = Market.avellaneda_stoikov_2008()
    believed = np.array([1.0, 1.4, 2.0, 2.8, 4.0])
    worth = []
    for sigma in believed.tolist():
        model = AvellanedaStoikov.for_market(market, risk_aversion=GAMMA, volatility=sigma)
        worth.append(exact_moments(model, market).certainty_equivalent(GAMMA))
    half, right, double = worth[0], worth[2], worth[4]
    end = {"σ twice too large": 4.0, "σ half of the truth": 1.0, "they cost the same": None}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(believed, worth, "o-", color=BID["color"])
        axes.axhline(right, color="#999999", lw=0.8)
        for sigma in (1.0, 4.0) if end is None else (end,):
            axes.axvline(sigma, color=GUESS_COLOUR, lw=7, alpha=0.4)
        axes.plot([], [], color=GUESS_COLOUR, lw=7, alpha=0.4, label=f"your guess: {guess}")
        axes.set(xscale="log", xlabel="volatility believed; the truth is 2", ylabel="certainty equivalent")
        axes.set_xticks(believed, [f"{sigma:g}" for sigma in believed])
        axes.minorticks_off()
        axes.set_title(f"From {half:.1f} at half of the true σ to {double:.1f} at twice")
    legend(axes, loc="lower left")
    return Reveal(
        f"A day of Avellaneda–Stoikov is worth {right:.2f} with the true σ, {double:.2f} with twice that, and "
        f"{half:.2f} with half: more than with the truth.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="highest-mean-is-the-best",
        text="Several dealers, one market. Among their strategies, the one that earns most on average is, for a dealer "
        "with γ = 0.1, …",
        choices={
            "the best of all": "It would be so at γ = 0. With γ = 0.1 rare terrible days are charged for, and the "
            "mean does not show them.",
            "in the middle": "What it earns more than the others is little, and what it risks more is a lot.",
            "the worst of all": "0.4 of mean, over Guéant’s, is bought with nearly twice the deviation.",
        },
        right="the worst of all",
        reveal=highest_mean,
    ),
    Question(
        id="volatility-matters-most",
        text="A dealer quotes by Guéant's formula and is wrong by a factor of two about one number. Which error costs "
        "most?",
        choices={
            "σ": "Volatility is what everybody estimates with most care. But it moves little else than the lean, and "
            "near its best value the lean may change a good deal at little cost.",
            "k": "k sets how far from the mid you stand when you hold nothing: it is paid for on every single fill.",
            "A": "The number of customers moves the lean by its square root, and hardly anything else.",
        },
        right="k",
        reveal=dearest_error,
    ),
    Question(
        id="overestimating-volatility-is-safe",
        text="A dealer who quotes by Avellaneda–Stoikov (γ = 0.1) does not know σ well. Which error costs less?",
        choices={
            "σ twice too large": "Caution seems free. But this formula leans too much as it is, and a larger σ makes "
            "it lean four times as much.",
            "they cost the same": "That is nearly so for a formula that leans as it should, where the best place is "
            "flat. This one is far from it.",
            "σ half of the truth": "The formula leans too much for a whole day, and the wrong σ makes up for it.",
        },
        right="σ half of the truth",
        reveal=safe_side,
    ),
)

EXERCISES.add(
    Exercise(
        id="paired-error",
        wanted="a function of two arrays, the profits of two strategies day by day, that returns the standard error of "
        "the difference of their means",
        takes=("first", "second"),
        judge=judges.paired_error,
        hints=(
            "Both strategies had the same days: what is one day's difference?",
            "`first - second` is one number a day. You want the standard error of the mean of those.",
            "Standard deviation over the square root of the number of days.",
        ),
    ),
    Exercise(
        id="same-risk",
        wanted="a number, the γ at which Avellaneda–Stoikov has the deviation of Guéant's model at γ = 0.1",
        judge=judges.same_risk,
        hints=(
            "At γ = 0.1 its deviation is 6.54, and Guéant's 7.25: do you need a larger γ or a smaller one?",
            "Smaller. Halve the interval from 0.01 to 0.1 again and again, with `exact_moments(...).sd`.",
            "It lies between 0.03 and 0.05.",
        ),
        seconds=20.0,
    ),
    Exercise(
        id="cost-of-a-belief",
        wanted="a function of volatility, fill_decay and arrival_rate, as believed, that returns what the belief costs",
        takes=("volatility", "fill_decay", "arrival_rate"),
        judge=judges.cost_of_a_belief,
        hints=(
            "Two dealers in one market: one believes the truth, the other what is given. The market is the same.",
            "`GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.1, max_inventory=20, "
            'solution="closed form", volatility=volatility, ...)`: what you name overrides the truth.',
            "The cost is the right dealer's `exact_moments(model, market).certainty_equivalent(0.1)` less the other's.",
        ),
        seconds=20.0,
    ),
    Exercise(
        id="two-wrongs",
        wanted="a number, the A that such a dealer has to believe",
        judge=judges.two_wrongs,
        hints=(
            "σ and A enter the closed form through the lean alone (half of it is in the half-spread).",
            "The lean is σ √(γ/(2kA) · …): what do you have to do to A when σ doubles?",
        ),
    ),
    Exercise(
        id="risk-budget",
        wanted="a model, or anything else with depths(inventory, time_left)",
        judge=judges.risk_budget,
        hints=(
            "Which models can get to a deviation of 6 at all? Raise γ or φ and see where the deviation stops falling.",
            "Cartea and Jaimungal’s stays above 6 in this market, for any φ from 0.02 to 16. Guéant's widens too.",
            "Guéant's model near γ = 1 earns 52; believing a somewhat larger σ with a smaller γ, a little more.",
        ),
        seconds=30.0,
    ),
)
