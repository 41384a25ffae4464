"""A tail three ways; and the answers to the questions of chapter 16, whose sentences are in exercises.toml."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch16.scenes import law_of
from mmlab.measure.backtests import BOUNDS, counts, kupiec, rejection_rate
from mmlab.measure.risk import order_statistic
from mmlab.parameters import FloatArray
from mmlab.simulation import ProfitLaw
from mmlab.table import minus
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID, RESERVATION, Picture, drawing, legend

EXACT = RESERVATION | {"linestyle": "-"}
RANKS = (1, 2, 3, 5, 8, 12, 25, 60)
"""The order statistics of a year whose 90% bands are drawn."""


def two_tails(law: ProfitLaw, axes: Axes) -> None:
    """P(W ≤ x) on a logarithmic axis, of the law and of the normal law with its mean and deviation."""
    normal, x = NormalDist(law.mean, law.sd), np.linspace(law.quantile(2e-4), law.quantile(0.2), 200)
    axes.plot(x, law.cdf(x), label="exact", **EXACT)
    axes.plot(x, [normal.cdf(at) for at in x], label="normal law", **MID)
    axes.set(yscale="log", ylim=(2e-4, 0.2), xlabel="profit of a day [price·clip]", ylabel="share of days below")


def tails(law: ProfitLaw, days: FloatArray, title: str) -> Picture:
    """The two tails, the worst days of a year, and between what such days are on nine years of ten."""
    worst, chance = np.sort(days), np.arange(1, len(days) + 1) / len(days)
    bands = np.array([[order_statistic(law, len(days), k, p) for p in (0.05, 0.95)] for k in RANKS])
    with drawing(width=9.0, height=3.4) as (fig, axes):
        two_tails(law, axes)
        axes.fill_betweenx(np.array(RANKS) / len(days), *bands.T, color="#999999", alpha=0.3, lw=0, label="years, 90%")
        axes.plot(worst[chance <= 0.2], chance[chance <= 0.2], "o", ms=3, color=BID["color"], label="one year")
        axes.set_title(title)
    legend(axes, loc="lower right")
    low, high = bands[RANKS.index(3)]
    return Picture(fig, f"{title}. The third worst of {len(days)} days is between {low:.1f} and {high:.1f}.")


@drawn(width=6.4, height=2.8, legend="lower right")
def one_day_of_a_thousand(guess: str, axes: Axes) -> Facts:
    """The tail of the desk that never skews, beside the normal law's."""
    law = law_of("symmetric", 1, 0.0)
    normal, exact = NormalDist(law.mean, law.sd).inv_cdf(0.001), law.quantile(0.001)
    two_tails(law, axes)
    axes.plot([float(guess.split()[1])], [0.001], "o", label=f"your guess: {guess}", color=GUESS["color"])
    axes.set_title(f"One day of a thousand earns less than {exact:.1f}; the normal law says {normal:.1f}")
    fifth = law.quantile(0.05), NormalDist(law.mean, law.sd).inv_cdf(0.05)
    return {"exact": exact, "normal": normal, "fifth": fifth, "below": law.cdf(normal)}


@drawn(width=6.4, height=2.8, legend="lower right")
def what_a_year_knows(guess: str, axes: Axes) -> Facts:
    """Where the third worst of 250 days is, and the tenth of 1,000."""
    law, facts = law_of("symmetric", 1, 0.0), {}
    for n_days, rank in ((250, 3), (1000, 10)):
        low, high = facts[f"of_{n_days}"] = tuple(order_statistic(law, n_days, rank, p) for p in (0.05, 0.95))
        axes.plot([low, high], [n_days, n_days], marker="|", label=f"number {rank} of {n_days:,} days", **BID)
    true, wide = law.quantile(0.01), float(guess.split()[1])
    at = [true - wide, true + wide]
    axes.plot(at, [500, 500], "-", marker="|", label=f"your guess: {guess}", color=GUESS["color"])
    axes.axvline(true, **EXACT)
    axes.set(yticks=[250, 1000], ylim=(0, 1250), xlim=(10, 60), xlabel="profit [price·clip]", ylabel="days")
    axes.set_title(f"The truth is {true:.1f}; nine years of ten say {low:.0f} to {high:.0f} even of 1,000 days")
    return facts | {"true": true}


@drawn(width=6.4, height=2.8, legend="upper right")
def a_right_model(guess: str, axes: Axes) -> Facts:
    """How many exceptions a right model has in a year, and which numbers are rejected."""
    chances, size = counts(250, 0.01)[:11], rejection_rate(250, 0.01)
    rejected = np.array([kupiec(n, 250, 0.01) > BOUNDS["coverage"] for n in range(11)])
    for mask, label, look in ((~rejected, "accepted", BID), (rejected, "rejected", ASK)):
        axes.bar(np.flatnonzero(mask), chances[mask], color=look["color"], label=label, hatch="//" * int(mask[0]))
    axes.plot([], [], " ", label=f"your guess: {guess}")
    axes.set(xlabel="exceptions in 250 days", ylabel="chance, if the model is right", xticks=range(11))
    axes.set_title(f"A test at 5% rejects {size:.1%} of the right models")
    return {"size": size, "none": chances[0]}


@drawn(width=6.4, height=2.8, legend="upper left")
def a_sinking_price(guess: str, axes: Axes) -> Facts:
    """The desk's law on calm days, and on days on which the mid sinks by 8 unseen."""
    calm, down = law_of("symmetric", 1, 0.0), law_of("symmetric", 1, -8.0)
    x = np.linspace(-80, 140, 300)
    for law, label, look in ((calm, "calm", BID), (down, "it sinks by 8", ASK)):
        axes.plot(x, np.gradient(law.cdf(x), x), label=label, **look)
    axes.axvline(float(guess.split()[1]), label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="profit of a day [price·clip]", ylabel="density", ylim=(0, None))
    axes.set_title(f"The same mean, {down.mean:.1f}; the deviation goes from {calm.sd:.1f} to {down.sd:.1f}")
    worst = [minus(f"{-law.expected_shortfall(0.01):.1f}") for law in (calm, down)]
    return {"mean": down.mean, "sd": (calm.sd, down.sd), "worst": worst}


REVEALS = {
    "one-day-of-a-thousand": one_day_of_a_thousand,
    "what-a-year-knows": what_a_year_knows,
    "rejects-a-right-model": a_right_model,
    "a-sinking-price": a_sinking_price,
}
