"""The answers to the questions of chapter 06, by exact numbers; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch06.scenes import BELIEF_LOOKS, FACTORS, GAMMA, LOOKS, SYMBOLS, TRUE, all_models, believer, cost_curves
from mmlab.models import AvellanedaStoikov
from mmlab.simulation import exact_moments, simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, GUESS_BAND


@drawn(width=6.4, height=2.8)
def highest_mean(guess: str, axes: Axes) -> Facts:
    """Mean and certainty equivalent of each model, the highest mean marked in both."""
    days = {name: exact_moments(model, TRUE) for name, model in all_models(TRUE, GAMMA).items()}
    worth = {name: day.certainty_equivalent(GAMMA) for name, day in days.items()}
    richest = max(days, key=lambda name: days[name].mean)
    order = sorted(worth, key=lambda name: worth[name])
    meant = {"the best of all": order[-1], "in the middle": order[2], "the worst of all": order[0]}[guess]
    for row, name in enumerate(order):
        axes.plot([worth[name], days[name].mean], [row, row], color="#bbbbbb", lw=1)
        axes.plot(days[name].mean, row, "o", color=LOOKS[name]["color"], mfc="white")
        axes.plot(worth[name], row, "o", color=LOOKS[name]["color"])
    axes.axhspan(order.index(meant) - 0.4, order.index(meant) + 0.4, color=GUESS["color"], alpha=0.25, lw=0)
    axes.text(44, order.index(meant) + 0.04, "your guess", va="bottom", color="#444444", fontsize=8)
    axes.plot([], [], "o", color="#444444", mfc="white", label="mean profit")
    axes.plot([], [], "o", color="#444444", label="certainty equivalent")
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel="price · clip, a day")
    axes.set_title(f"{richest.capitalize()} quotes earn most and are worth least")
    axes.legend(loc="center", bbox_to_anchor=(0.45, 0.62))
    facts = {"mean": days[richest].mean, "richest": richest, "gamma": GAMMA, "worth": worth[richest]}
    facts |= {"next_worse": order[1], "next_worth": worth[order[1]], "best": order[-1], "best_worth": worth[order[-1]]}
    return facts


@drawn(width=6.4, height=2.8, legend="upper center")
def dearest_error(guess: str, axes: Axes) -> Facts:
    """The cost of each belief alone."""
    curves = cost_curves(GAMMA)
    for name, curve in curves.items():
        if SYMBOLS[name] == guess:
            axes.plot(FACTORS, curve, label=f"your guess: {guess}", **GUESS_BAND)
        axes.plot(FACTORS, curve, label=f"{SYMBOLS[name]} alone wrong", **BELIEF_LOOKS[name])
    axes.set(xscale="log", xlabel="believed / true", ylabel="cost a day [price · clip]")
    axes.set_xticks([0.5, 1, 2], ["½", "1", "2"])
    axes.minorticks_off()
    axes.set_title(f"k wrong by two costs {curves['fill_decay'][-1]:.1f} or {curves['fill_decay'][0]:.1f} a day")
    right = exact_moments(believer(GAMMA), TRUE).certainty_equivalent(GAMMA)
    return {"right": right} | {name: (curve[0], curve[-1]) for name, curve in curves.items()}


@drawn(width=6.4, height=2.8, legend="lower left")
def safe_side(guess: str, axes: Axes) -> Facts:
    """What an Avellaneda–Stoikov day is worth against the volatility believed."""
    believed = np.array([1.0, 1.4, 2.0, 2.8, 4.0])
    models = (AvellanedaStoikov.for_market(TRUE, risk_aversion=GAMMA, volatility=sigma) for sigma in believed.tolist())
    worth = [exact_moments(model, TRUE).certainty_equivalent(GAMMA) for model in models]
    half, right, double = worth[0], worth[2], worth[4]
    end = {"σ twice too large": 4.0, "σ half of the truth": 1.0, "they cost the same": None}[guess]
    axes.plot(believed, worth, "o-", color=BID["color"])
    axes.axhline(right, color="#999999", lw=0.8)
    for sigma in (1.0, 4.0) if end is None else (end,):
        axes.axvline(sigma, **GUESS_BAND)
    axes.plot([], [], label=f"your guess: {guess}", **GUESS_BAND)
    axes.set(xscale="log", xlabel="volatility believed; the truth is 2", ylabel="certainty equivalent")
    axes.set_xticks(believed, [f"{sigma:g}" for sigma in believed])
    axes.minorticks_off()
    axes.set_title(f"From {half:.1f} at half of the true σ to {double:.1f} at twice")
    return {"right": right, "double": double, "half": half}


@drawn(width=6.4, height=2.8, legend="upper right")
def fewer_days(guess: str, axes: Axes) -> Facts:
    """The error of a difference of two means against the days, on one tape and on two."""
    models = all_models(TRUE, GAMMA)
    tape = TRUE.tape(n_paths=1000, n_steps=200, seed=6)
    one, other = (simulate(models[name], tape).pnl for name in ("Ho–Stoll, first order", "Guéant"))
    together, separate = (one - other).var(), one.var() + other.var()
    days = np.geomspace(100, 200_000, 60)
    factor = {"about the same": 1, "about ten times as many": 10, "about a hundred times as many": 100}[guess]
    axes.plot(days, np.sqrt(separate / days), color=ASK["color"], label="different days")
    axes.plot(days, np.sqrt(together / days), color=BID["color"], label="the same days")
    axes.axhline(np.sqrt(together / 1000), color="#999999", lw=0.8)
    axes.axvline(1000 * factor, **GUESS_BAND)
    axes.plot([], [], label=f"your guess: {1000 * factor:,} days", **GUESS_BAND)
    axes.set(xscale="log", yscale="log", xlabel="days", ylabel="standard error")
    axes.set_title(f"What 1,000 days of one tape say takes {1000 * separate / together:,.0f} others")
    deviations = {"first": one.std(), "second": other.std(), "apart": (one - other).std()}
    return deviations | {"factor": separate / together, "error": np.sqrt(together / 1000)}


REVEALS = {
    "one-tape-saves-days": fewer_days,
    "highest-mean-is-the-best": highest_mean,
    "volatility-matters-most": dearest_error,
    "overestimating-volatility-is-safe": safe_side,
}
