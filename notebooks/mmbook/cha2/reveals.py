"""The answers to the museum's questions, computed in the paper's market; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.cha2.museum import cost, day, exhibits
from mmlab import Market
from mmlab.measure import Mistaken
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import BID, GUESS, MID, PLAIN

BY_ID = {one.id: one for one in exhibits()}
CANDIDATES = {
    "the whole spread on each side": "whole-spread",
    "the inventory added": "sign",
    "no time in the skew": "skew-no-time",
}


@drawn(width=6.0, height=2.8, legend="upper right")
def dearest(guess: str, axes: Axes) -> Facts:
    """What each of the three costs, the guessed one marked."""
    costs = {words: cost(BY_ID[id]) for words, id in CANDIDATES.items()}
    places = np.arange(len(costs))
    axes.plot(places, list(costs.values()), "o", color=BID["color"], label="costs a session")
    axes.plot(list(costs).index(guess), costs[guess], "X", ms=9, color=GUESS["color"], label="your guess", zorder=1)
    right = day(BY_ID["sign"], right=True).mean
    axes.axhline(right, label="what the right quotes earn", **MID)
    axes.set(ylabel="price · clip", xlim=(-0.5, 2.5), ylim=(0, 119))
    axes.set_xticks(places, [words.replace(" on", "\non") for words in costs])
    axes.set_title("One of them costs more than a session of the right quotes earns")
    whole, sign, timeless = costs.values()
    return {"whole": whole, "sign": sign, "timeless": timeless, "right": right}


@drawn(width=6.0, height=2.8, legend="upper left")
def without_a_skew(guess: str, axes: Axes) -> Facts:
    """Mean and deviation with and without a skew, and the mean that the guess puts there."""
    wrong, right = day(BY_ID["no-skew"]), day(BY_ID["no-skew"], right=True)
    axes.plot(right.sd, right.mean, "o", color=BID["color"], label="with the skew")
    axes.plot(wrong.sd, wrong.mean, "s", color=PLAIN["color"], label="without")
    apart = wrong.mean - right.mean
    guessed = right.mean + {"more": apart, "the same": 0.0, "less": -apart}[guess]
    axes.plot(wrong.sd, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}", zorder=1)
    axes.set(xlabel="standard deviation of a session", ylabel="mean profit", xlim=(0, 16), ylim=(55, 75))
    axes.set_title(f"{apart:.1f} more on average, at {wrong.sd / right.sd:.1f} times the deviation")
    lost = cost(BY_ID["no-skew"])
    return {"wrong": wrong.mean, "right": right.mean, "wrong_sd": wrong.sd, "right_sd": right.sd, "lost": lost}


@drawn(width=6.0, height=2.8, legend="upper right")
def percent_at_a_hundred(guess: str, axes: Axes) -> Facts:
    """The skew of a clip with σ in percent, against the price at which it is tried."""
    prices = np.array([25.0, 50.0, 100.0, 200.0, 400.0])
    skews = []
    for price in prices:
        market = Market.avellaneda_stoikov_2008(mid_price=float(price))
        bid, ask = Mistaken(market=market, risk_aversion=0.1, mistake="sigma-percent").depths(1, 0.5)
        skews.append(float(bid - ask) / 2)
    right = 0.1 * 2**2 * 0.5
    axes.plot(prices, skews, "o-", color=BID["color"], label="skew with σ in percent")
    axes.axhline(right, label="right", **MID)
    guessed = right * {"nothing": 1.0, "a skew 100 times too steep": 100, "a skew 10,000 times too steep": 1e4}[guess]
    axes.plot(100, guessed, "X", ms=9, color=GUESS["color"], label="your guess", zorder=1)
    axes.set(xscale="log", yscale="log", xlabel="price of the test", ylabel="skew of a clip [price]")
    axes.set_xticks(prices, [f"{price:g}" for price in prices])
    axes.minorticks_off()
    axes.set_title("At a price of 100 the mistake is invisible")
    return {"at_fifty": skews[1] / right, "at_200": right / skews[3]}


REVEALS = {
    "err-costs-most": dearest,
    "err-without-a-skew": without_a_skew,
    "err-percent": percent_at_a_hundred,
}
