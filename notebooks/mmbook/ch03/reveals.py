"""The answers to the questions of chapter 03, computed from its market; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch03.scenes import BOUND, GAMMA, LOOKS, policies, worth_against_bound
from mmlab.market import Market
from mmlab.models import Model
from mmlab.simulation import continuous_certainty_equivalent, exact_moments
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import GUESS

ORANGE_GUESS = GUESS | {"color": "#D55E00"}
"""Symmetric quotes are in the same plots, in the colour of other guesses."""


@drawn(width=6.0, height=2.8, legend="upper right")
def skew_and_time(guess: str, axes: Axes) -> Facts:
    """The exact skew against the time left, and where the guess goes from noon backwards to the open."""
    tau = np.linspace(0.0, 1.0, 101)
    known = policies()
    exact, formula = (
        np.diff(model.depths([0, 1], tau[:, np.newaxis])[0])[:, 0] for model in (known.exact, known.formula)
    )
    noon, opening = exact[50], exact[-1]
    axes.plot(tau, formula, label="Avellaneda–Stoikov", **LOOKS["Avellaneda–Stoikov"])
    axes.plot(tau, exact, label="exact", **LOOKS["exact"])
    factor = {"twice as far": 2.0, "hardly further": 1.0, "half as far": 0.5}[guess]
    axes.plot([0.5, 1], [noon, factor * noon], label=f"your guess: {guess}", **ORANGE_GUESS)
    axes.set(xlabel="time left τ [horizon = 1]", ylabel="skew of one clip [price]", xlim=(0, 1), ylim=(0, 0.16))
    axes.set_title(f"From {noon:.5f} with half a day left to {opening:.5f} with a whole one")
    facts = {"noon": noon, "opening": opening, "more": opening / noon - 1, "formula": (formula[50], formula[-1])}
    return facts


CHOICES = {"68.2 ± 13.5": "symmetric", "67.8 ± 7.2": "exact", "64.9 ± 6.5": "Avellaneda–Stoikov"}
"""Which policy each choice of "highest-mean-is-best" is, in the order of the means."""


@lru_cache(maxsize=1)
def _means_and_worths() -> dict[str, tuple[float, float, float]]:
    """Mean, deviation and certainty equivalent of each policy's day of 200 steps, in the order of the means."""
    days = [exact_moments(policy, Market.avellaneda_stoikov_2008()) for policy in policies()]
    worths = [(day.mean, day.sd, day.certainty_equivalent(GAMMA)) for day in days]
    return dict(zip(CHOICES.values(), worths, strict=True))


@drawn(width=6.0, height=2.8, legend="lower right")
def mean_and_worth(guess: str, axes: Axes) -> Facts:
    """Mean profit and certainty equivalent of the three strategies, and which of them was guessed."""
    days = _means_and_worths()
    for x, (name, (mean, sd, worth)) in enumerate(days.items()):
        color = LOOKS[name]["color"]
        axes.plot([x, x], [worth, mean], color=color, lw=2)
        axes.errorbar(x, mean, sd, fmt="o", color=color, capsize=4, elinewidth=0.8)
        axes.plot(x, worth, "D", ms=7, color=color)
        axes.annotate(f"worth {worth:.1f}", (x, worth), (8, -4), textcoords="offset points", fontsize=8)
        if name == CHOICES[guess]:
            axes.axvspan(x - 0.35, x + 0.45, color=ORANGE_GUESS["color"], alpha=0.15, lw=0, label="your guess")
    axes.set(ylabel="[price · clip]", xlim=(-0.5, 2.6), ylim=(30, 85))
    axes.set_xticks(range(3), list(days))
    axes.set_title("The highest mean is worth least")
    axes.plot([], [], "o", color="#444444", label="mean profit ± deviation")
    axes.plot([], [], "D", color="#444444", label="certainty equivalent")
    return {"gamma": GAMMA, **days}


@drawn(width=6.0, height=2.8, legend="lower left")
def looser_limit(guess: str, axes: Axes) -> Facts:
    """What a day of symmetric quotes is worth against the bound, and the line that the guess drew."""
    worth = {bound: value for bound, value in worth_against_bound()["symmetric"].items() if bound >= 3}
    tight, loose = worth[6], worth[60]
    color = LOOKS["symmetric"]["color"]
    axes.plot(list(worth), list(worth.values()), "s-", ms=4, color=color, label="worth of a day")
    end = {"more": tight + 25, "about the same": tight, "less than nothing": loose}[guess]
    axes.plot([6, 60], [tight, end], label=f"your guess: {guess}", **ORANGE_GUESS)
    axes.axhline(0, color="#444444", lw=0.8)
    axes.set(xlabel="bound on the inventory Q [clips]", ylabel="[price · clip]", ylim=(-75, 110))
    axes.set_title(f"From {tight:.1f} at 6 clips to −{-loose:.1f} at 60")
    return {"worth": worth, "loss": -loose}


@drawn(width=6.0, height=2.8, legend="center right")
def two_numbers(guess: str, axes: Axes) -> Facts:
    """What each way to quote gives up of the exact quotes' day, and what the guess says of the closed form."""
    market, known = Market.avellaneda_stoikov_2008(), policies()
    closed = replace(known.exact, solution="closed form")
    exact = float(known.exact.value(0, market.horizon))
    ways: dict[str, Model] = {"closed": closed, "formula": known.formula, "symmetric": known.symmetric}
    lost = {
        name: exact - continuous_certainty_equivalent(policy, market, GAMMA, max_inventory=BOUND)
        for name, policy in ways.items()
    }
    names = ("closed form", "Avellaneda–Stoikov", "symmetric")
    for place, (name, loss) in enumerate(zip(names, lost.values(), strict=True)):
        axes.barh(place, loss, color=LOOKS[name]["color"], alpha=0.7)
        axes.annotate(f"{loss:.2f}", (loss, place), (9, -4), textcoords="offset points", fontsize=8)
    axes.plot([float(guess)] * 2, [-0.5, 0.5], label=f"your guess: {guess}", **ORANGE_GUESS)
    axes.set(xscale="log", xlim=(0.02, 300), ylim=(2.6, -0.6), xlabel="given up of a day [price · clip]")
    axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.set_yticks(range(3), ["two numbers", "chapter 02's formula", "no skew, ±12"])
    axes.set_title(f"Two numbers give up {lost['closed']:.2f} of {exact:.2f}")
    return {"exact": exact, **lost}


REVEALS = {
    "skew-grows-for-ever": skew_and_time,
    "highest-mean-is-best": mean_and_worth,
    "a-looser-limit-is-worth-more": looser_limit,
    "two-numbers-all-day": two_numbers,
}
