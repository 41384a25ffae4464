"""The answers to the questions of chapter 14, computed; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch14.scenes import outcome, plug_in, quoter
from mmlab.measure.capital import estimated_utility
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID, PLAIN

RHOS = (-0.9, 0.0, 0.9)


@drawn(width=6.4, height=2.8, legend="lower right")
def desks_that_do_not_talk(guess: str, axes: Axes) -> Facts:
    """The deviation of both desks' profit together, against the correlation, and the guess."""
    sd = [outcome("alone", rho).sd for rho in RHOS]
    axes.plot(RHOS, sd, marker="o", label="both desks' profit", **BID)
    low, high = {"as much": (0.98, 1.02), "more": (1.1, 1.4), "less": (0.6, 0.9)}[guess]
    axes.axhspan(sd[1] * low, sd[1] * high, color=GUESS["color"], alpha=0.2, label="your guess")
    axes.set(xlabel="correlation of the two prices", ylabel="deviation [price·clip]", ylim=(0, 18))
    axes.set_title(f"Desks that do not talk: {sd[1]:.2f} at every correlation")
    return {"sd": sd[1]}


@drawn(width=6.4, height=2.8, legend="center left")
def after_the_other(guess: str, axes: Axes) -> Facts:
    """What the best quotes of A are against what is held of B, and the guess."""
    dealer, held = quoter(2, 0.9, "exact"), np.arange(-3.0, 4)
    bid, ask = (side[0] for side in dealer.depths([0 * held, held], 1))
    axes.plot(held, -bid, marker="o", label="A's bid", **BID)
    axes.plot(held, ask, marker="o", label="A's ask", **ASK)
    moved, own = (float(np.diff(dealer.depths([[0, 0], [0, 1]], 1)[0][n])[0]) for n in (0, 1))
    at = {"both lower": -bid[4], "as they were": -bid[3], "both higher": -bid[2]}[guess]
    axes.plot([1], [at], "X", ms=10, label="your guess: A's bid", color=GUESS["color"])
    axes.set(xlabel="held of B [clips]", ylabel="A's quotes − mid [price]")
    axes.set_title(f"A clip of B moves A's quotes by {moved:.3f}, and B's own by {own:.3f}")
    return {"moved": moved, "own": own}


@drawn(width=6.4, height=2.8, legend="upper left")
def worth_of_a_line(guess: str, axes: Axes) -> Facts:
    """What knowing each other's inventory adds, for two and more desks, and the guess."""
    desks = np.arange(2, 31)
    saved = [(m := quoter(int(n), 0.9)).alone.risk_cost - m.risk_cost for n in desks]
    together, apart = (outcome(name, 0.9).certainty_equivalent for name in ("exact", "alone"))
    axes.plot(desks, saved, label="by the law, a day", **BID)
    axes.plot([2], [together - apart], "o", label="two desks, exactly", color=PLAIN["color"])
    axes.plot([2], [{"0.8": 0.8, "8": 8, "25": 25}[guess]], "X", ms=10, label="your guess", color=GUESS["color"])
    axes.set(xlabel="desks on the line", ylabel="gain [price·clip]")
    axes.set_title(f"Two desks gain {together - apart:.2f}, thirty gain {saved[-1]:.0f}")
    return {"gain": together - apart, "share": (together - apart) / apart, "thirty": saved[-1]}


@drawn(width=6.4, height=2.8, legend="upper left")
def sixty_days(guess: str, axes: Axes) -> Facts:
    """What investors earn who estimated from 60 days, and the guess."""
    utilities = plug_in(60, 3)
    axes.hist(utilities, np.linspace(-0.15, 0.03, 91).tolist(), color=BID["color"], label="20,000 investors")
    mean, best = estimated_utility(0.2, 60, 3), 0.02
    axes.axvline(best, label="knows the truth", **MID)
    axes.axvline({"below 0": -0.01, "half": best / 2, "nearly all": 0.9 * best}[guess], label="your guess", **GUESS)
    axes.set(xlabel="utility of a day", ylabel="investors")
    axes.set_title(f"In the mean {mean:.4f}, where {best} is there to be had".replace("-", "−"))
    return {"mean": mean, "best": best, "lose": float((utilities < 0).mean())}


REVEALS = {
    "desks-that-do-not-talk": desks_that_do_not_talk,
    "after-the-other-fills": after_the_other,
    "worth-of-a-line": worth_of_a_line,
    "sixty-days": sixty_days,
}
