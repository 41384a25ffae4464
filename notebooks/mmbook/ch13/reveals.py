"""The answers to the questions of chapter 13, computed; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch13.scenes import CLIPS, COST, EACH, VOLATILITY, climbing_day, market_with, seller
from mmlab.models import Schedule, WaitOrCross
from mmlab.simulation import execution_moments
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, PLAIN


@drawn(width=6.0, height=2.8, legend="lower left")
def once_or_all_day(guess: str, axes: Axes) -> Facts:
    """What two ways of crossing are worth to more and less cautious dealers."""
    once, spread = Schedule((CLIPS, *[0] * 19), 1.0), Schedule.twap(CLIPS, 20, 1.0)
    gammas = np.linspace(0.0, 0.12, 25)
    for name, schedule, look in (("all at once", once, BID), ("one at a time", spread, ASK)):
        worths = [schedule.certainty_equivalent(COST, VOLATILITY, gamma) for gamma in gammas]
        axes.plot(gammas, worths, label=name, **look)
    cost, (mean, sd) = -float(COST(CLIPS)), spread.outcome(COST, VOLATILITY)
    worth = spread.certainty_equivalent(COST, VOLATILITY, 0.1)
    guessed = {"all at once": cost, "one at a time": worth}.get(guess, (cost + worth) / 2)
    axes.plot(0.1, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="risk aversion γ [1/(price·clip)]", ylabel="worth of the way out")
    axes.set_title(f"At γ = 0.1 the cheaper way is worth {worth:.1f}, the dearer one {cost:.1f}".replace("-", "−"))
    return {"once": cost, "mean": mean, "sd": sd, "worth": worth}


@drawn(width=6.0, height=2.8, legend="lower left")
def worth_of_the_position(guess: str, axes: Axes) -> Facts:
    """What the clips are worth with so many left of the day, by limit orders, and the region of the guess."""
    model, time_left = seller(), np.linspace(0, 1, 101)
    worth = model.value(CLIPS, time_left)
    axes.plot(1 - time_left, worth, label="20 clips, limit orders alone", **BID)
    low, high = {"less than −15": (-23, -15.4), "between −15 and 0": (-15.4, 0), "more than 0": (0, worth[-1])}[guess]
    axes.axhspan(low, high, color=GUESS["color"], alpha=0.2, label=f"your guess: {guess}")
    axes.set(xlabel="time of the day", ylabel="worth above the mid [price·clip]")
    axes.set_title(f"At the open the 20 clips are worth {worth[-1]:.2f} more than their price")
    found = execution_moments(model, market_with(140), inventory=CLIPS, risk_aversion=0.1, liquidation=COST)
    return {"worth": worth[-1], "mean": found.mean, "sd": found.sd, "at_once": -float(COST(CLIPS))}


@drawn(width=6.0, height=2.8, legend="upper left")
def the_report(guess: str, axes: Axes) -> Facts:
    """What the report and the arrival price say against our share of the volume, and the guess."""
    shares = np.linspace(0.02, 1, 50)
    reported = [climbing_day(share, np.ones(400))["against VWAP"] for share in shares]
    day = climbing_day(0.1, np.ones(400))
    axes.plot(shares, reported, label="against VWAP", **BID)
    axes.axhline(day["against arrival"], label="against the price at the decision", **ASK)
    axes.plot(0.1, {"0.18": 0.18, "0.20": 0.2, "3.20": 3.2}[guess], "X", ms=9, color=GUESS["color"], label="your guess")
    axes.set(xlabel="our share of the volume", ylabel="cost a clip [price]", ylim=(-0.1, 5))
    axes.set_title("The more of the volume is ours, the better the report looks")
    return {"report": day["against VWAP"], "arrival": day["against arrival"], "in_all": day["in all"]}


@drawn(width=6.0, height=2.8, legend="upper right")
def hedged_fills(guess: str, axes: Axes) -> Facts:
    """Which part of the fills is hedged, against what a hedge costs, and the guess."""
    market, costs, shares = market_with(140), (0.02, 0.1, 0.2, EACH), []
    for cost in costs:
        dealer = WaitOrCross.for_market(market, risk_aversion=0.1, max_inventory=24, crossing=cost)
        day = execution_moments(dealer, market, inventory=0, risk_aversion=0.1, crossing=cost, n_steps=1000)
        shares.append(day.crossed / day.filled)
    axes.plot(costs, shares, marker="o", label="part of the fills that is hedged", **PLAIN)
    guessed = {"hardly ever": 0.0, "one fill in ten": 0.1, "every third fill": 1 / 3}
    axes.plot(EACH, guessed[guess], "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="what a hedge costs a clip [price]", ylabel="part of the fills", ylim=(-0.02, 0.4))
    axes.set_title(f"At {EACH:.2f} a clip practically no fill is hedged")
    return {"fills": day.filled, "dear": shares[-1], "cheap": shares[1], "cheapest": shares[0]}


REVEALS = {
    "once-or-all-day": once_or_all_day,
    "worth-of-a-position": worth_of_the_position,
    "report-of-a-climbing-day": the_report,
    "how-often-to-hedge": hedged_fills,
}
