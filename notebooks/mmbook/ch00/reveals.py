"""The answers to the questions of chapter 00; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch00.dice import SIDES
from mmbook.ch00.game_round import DECISION, SECONDS, day_of_seconds, play
from mmlab.market import Market
from mmlab.models import Symmetric
from mmlab.simulation import exact_moments
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID


@drawn(width=6.0, height=2.6, legend="upper right")
def earning_width(guess: str, axes: Axes) -> Facts:
    """The exact mean profit of a day against the distance, and the one that was guessed."""
    market, widths = Market.avellaneda_stoikov_2008(), np.linspace(0.05, 2.5, 25)
    earned = {width: exact_moments(Symmetric(half_spread=width), market, n_steps=200).mean for width in (0.1, 0.7, 2.0)}
    curve = [exact_moments(Symmetric(half_spread=width), market, n_steps=200).mean for width in widths]
    axes.plot(widths, curve, color=BID["color"], label="mean profit of a day")
    axes.plot(float(guess), earned[float(guess)], "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="distance from the mid [price]", ylabel="profit [price · clip]", ylim=(0, None))
    axes.set_title(f"The most is earned near {widths[int(np.argmax(curve))]:.1f}")
    return {"near": earned[0.1], "middle": earned[0.7], "far": earned[2.0]}


@drawn(width=6.0, height=2.6, legend="upper right")
def price_of_skewing(guess: str, axes: Axes) -> Facts:
    """The profits of 2,000 days with a skew and without, and the mean that the guess leaves."""
    tape = day_of_seconds().tape(n_paths=2_000, n_steps=SECONDS, seed=99)
    days = {skew: play(tape, ((0.75, skew),) * (SECONDS // DECISION)).pnl for skew in (0.0, 0.2)}
    bins = np.linspace(min(map(np.min, days.values())), max(map(np.max, days.values())), 25)
    for (skew, profits), look in zip(days.items(), (ASK, BID), strict=True):
        axes.hist(profits, bins.tolist(), histtype="step", color=look["color"], label=f"skew {skew:g}")
    without, skewed = days[0.0], days[0.2]
    left = without.mean() * {"less than a tenth": 0.95, "a third": 2 / 3, "more than half": 0.4}[guess]
    axes.axvline(left, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="profit of a day [price · clip]", ylabel="days")
    axes.set_title(
        f"{without.mean():.0f} ± {without.std():.0f} without a skew, {skewed.mean():.0f} ± {skewed.std():.0f} with it"
    )
    means = {"mean": without.mean(), "skewed": skewed.mean()}
    return means | {"sd": without.std(), "skewed_sd": skewed.std(), "n_days": len(without)}


@drawn(width=6.0, height=2.6, legend="lower center")
def friend_who_peeked(guess: str, axes: Axes) -> Facts:
    """What you make for each face of the die that your friend has seen, and the average that was guessed."""
    made = np.array([-max(abs(die + 3.5 - 7) - 1, 0) for die in SIDES])
    axes.bar(list(SIDES), made, color=ASK["color"])
    axes.axhline(0, **MID)
    guessed = {"win": 1.0, "come out even": 0.0, "lose": float(made.mean())}[guess]
    axes.axhline(guessed, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="the die that your friend has seen", ylabel="you make", ylim=(-1.8, 1.3))
    axes.set_title(f"You never win, and lose {-made.mean():.2f} on average")
    return {"loss": -made.mean(), "traded": int((made < 0).sum())}


REVEALS = {
    "width-that-earns": earning_width,
    "price-of-a-skew": price_of_skewing,
    "friend-who-has-seen-a-die": friend_who_peeked,
}
