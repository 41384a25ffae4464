"""The answers to the questions of chapter 15, computed; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch15.scenes import BOOKS, SAMPLE, profits, spurious
from mmlab.measure.arbitrage import through_books
from mmlab.models.pairs import OrnsteinUhlenbeck
from mmlab.models.stale_quotes import sniped_a_time
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, RESERVATION


@drawn(width=6.0, height=2.8, legend="lower right")
def what_is_left(guess: str, axes: Axes) -> Facts:
    """What 3 million EUR bring round: as the screen says, through the books, and with fees."""
    (rates, sizes), *others = BOOKS
    free, paid = (through_books([(rates[:2], sizes[:2]), *others], fee) for fee in (0.0, 5e-5))
    screen = 3e6 * (free.steps[0][1] - 1)
    axes.barh(["and fees", "the books", "as the screen says"], [paid.profit, free.profit, screen], color=BID["color"])
    axes.axvline({"about 2,900": 2900, "about 2,000": 2000, "a loss": -200}[guess], label="your guess", **GUESS)
    axes.set(xlabel="profit [EUR]", xlim=(-300, 4200), title=f"Behind the best prices is less: {paid.profit:,.0f} EUR")
    return {"screen": screen, "free": free.profit, "paid": paid.profit}


@drawn(width=6.0, height=2.8, legend="upper left")
def pairs_of_walks(guess: str, axes: Axes) -> Facts:
    """What the pairs that pass have earned on the days on which they were found, and on the next."""
    _, y, x = spurious()
    inside, after = (profits(y, x, slice(SAMPLE), on) for on in (slice(SAMPLE), slice(SAMPLE, None)))
    for label, each, look in (("the days of the test", inside, BID), ("the next 250", after, ASK)):
        axes.hist(each, range(-20, 21), label=label, alpha=0.5, color=look["color"])
    axes.plot([], [], " ", label=f"your guess: {guess}")
    title = f"{(inside > 0).mean():.0%} of the pairs have earned, and {(after > 0).mean():.0%} will"
    axes.set(xlabel="profit of a pair [deviations of its spread]", ylabel="pairs", title=title)
    shares = {"won": (inside > 0).mean(), "will": (after > 0).mean()}
    return shares | {"n": len(y), "inside": inside.mean(), "after": after.mean(), "sd": after.std()}


@drawn(width=6.0, height=2.8, legend="lower left")
def five_percent_too_sure(guess: str, axes: Axes) -> Facts:
    """What the spread is worth against what is believed of it, up to where it is ruin."""
    truth = OrnsteinUhlenbeck(mean_reversion=5, volatility=2)
    errors = 100 * (truth.ruin(1) / 5 * np.linspace(0.6, 0.999999, 90) - 1)
    worths = [truth.worth(5 + each / 20, 1, 0.1) / 0.625 for each in errors]
    axes.plot(errors, worths, label="worth", **RESERVATION)
    guessed = {"nearly all of it": 98.0, "about half of it": 50.0, "less than nothing": -20.0}[guess]
    axes.plot(5, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.axvline(100 * truth.ruin(1) / 5 - 100, label="ruin", **ASK)
    axes.set(xlabel="believed too fast by [%]", ylabel="of the worth [%]", ylim=(-30, 105))
    axes.set_title(f"From {truth.ruin(1) / 5 - 1:.2%} on no sum makes up for it")
    return {"ruin": truth.ruin(1) / 5 - 1, "slow": truth.worth(4.75, 1, 0.1) / 62.5, "four": truth.worth(5.19, 1, 0.1)}


@drawn(width=6.0, height=2.8, legend="upper left")
def longer_lives(guess: str, axes: Axes) -> Facts:
    """What quotes give away a day, against how long they live."""
    lives = np.geomspace(0.1, 60, 80)
    axes.plot(lives, [sniped_a_time(0.67162812, 2, np.sqrt(each)) for each in lives], label="given away", **RESERVATION)
    short, long = (sniped_a_time(0.67162812, 2, f) for f in (1, 5))
    guessed = {"about 25": 25 * short, "about 5": 5 * short, "less than 1": 0.7 * short}[guess]
    axes.plot(25, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xscale="log", xlabel="life of a quote [that of QuoteTimer's default]", ylabel="given away a day")
    axes.set_title(f"25 times as long: {long:.2f} a day, not {short:.2f}")
    return {"short": short, "long": long}


REVEALS = {
    each.__name__.replace("_", "-"): each
    for each in (what_is_left, pairs_of_walks, five_percent_too_sure, longer_lives)
}
"""By their questions."""
