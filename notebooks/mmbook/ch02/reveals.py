"""The answers to the questions of chapter 02, computed from its market; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmlab.market import Exponential, Market
from mmlab.models import AvellanedaStoikov
from mmlab.simulation import exact_moments, simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, MID, steps


@drawn(width=6.0, height=2.8, legend="lower left")
def risk_averse_profit(guess: str, axes: Axes) -> Facts:
    """The exact mean profit against γ, and the line that the guess drew."""
    market = Market.avellaneda_stoikov_2008()
    gammas = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    days = [exact_moments(AvellanedaStoikov.for_market(market, risk_aversion=gamma), market) for gamma in gammas]
    means = np.array([day.mean for day in days])
    slope = {"more": 1, "the same": 0, "less": -1}[guess]
    axes.plot(gammas, means, "o-", color=BID["color"], label="mean profit of a day")
    axes.plot(gammas, means[0] + slope * (means[0] - means), label=f"your guess: {guess}", **GUESS)
    axes.set(xscale="log", xlabel="risk aversion γ", ylabel="profit [price · clip]")
    axes.set_title(f"From {means[0]:.1f} a day at γ = 0.01 to {means[-1]:.1f} at γ = 1")
    facts = {"low": means[0], "middle": means[2], "high": means[-1], "first_sd": days[0].sd, "last_sd": days[-1].sd}
    return facts


@drawn(width=6.0, height=2.8, legend="upper right")
def straddling_quotes(guess: str, axes: Axes) -> Facts:
    """The quotes against inventory with the whole day left, and the ask that the guess puts at 3 clips."""
    model = AvellanedaStoikov.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=0.1)
    inventory = np.arange(-6.0, 7.0)
    bid, ask = model.depths(inventory, model.horizon)
    held, first = 3, int(inventory[ask < 0][0])
    flat, there = float(ask[inventory == 0][0]), float(ask[inventory == held][0])
    axes.plot(inventory, ask, label="ask", **ASK)
    axes.axhline(0, label="mid", **MID)
    axes.plot(inventory, -bid, label="bid", **BID)
    guessed = {"still 100.85": flat, "between 100 and 100.85": flat / 2, "below 100": there}[guess]
    axes.plot(held, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess at {held} clips")
    axes.set(xlabel="inventory q [clips]", ylabel="distance from mid [price]", xlim=(-6, 6))
    axes.set_title(f"From {first} clips on, both quotes are on one side of the mid")
    return {"held": held, "first": first, "below": -there}


@drawn(width=6.0, height=2.8, legend="lower right")
def arrivals_and_quotes(guess: str, axes: Axes) -> Facts:
    """The spread against A, and the line that the guess drew."""
    rates = np.array([35.0, 70.0, 140.0, 280.0])
    spreads, means = [], []
    for rate in rates:
        market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=float(rate), fill_decay=1.5))
        model = AvellanedaStoikov.for_market(market, risk_aversion=0.1)
        spreads.append(float(model.spread(market.horizon)))
        means.append(exact_moments(model, market, n_steps=200).mean)
    tilt = {"wider": 0.3, "stay the same": 0.0, "narrower": -0.3}[guess]
    axes.plot(rates, spreads, "o-", color=BID["color"], label="spread at the start of the day")
    axes.plot(rates, spreads[2] + tilt * np.log2(rates / 140), label=f"your guess: {guess}", **GUESS)
    axes.set(xscale="log", xlabel="arrival rate A [1/time]", ylabel="spread [price]", ylim=(0, 3))
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_title(f"The spread is {spreads[2]:.2f} whatever A is")
    return {"spreads": spreads, "means": means}


@drawn(width=6.0, height=2.8, legend="upper right")
def worth_of_fills(guess: str, axes: Axes) -> Facts:
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
    axes.plot(*steps(edges, density), **BID)
    axes.axvline(0, label=f"what was paid: {losses:.1%} left of it", **MID)
    share = {"almost never": 0.005, "one time in ten": 0.1, "every second time": 0.5}[guess]
    axes.axvline(np.quantile(gain, share), label=f"your guess: {share:.1%} left of it", **GUESS)
    axes.set(xlabel="gain of a fill at the mid ten steps later [price]", ylabel="density", xlim=(-2, 4), ylim=(0, None))
    axes.set_title(f"{losses:.0%} of the fills are losses ten steps later")
    return {"n_days": days.mid.shape[1], "mean": gain.mean(), "losses": losses}


REVEALS = {
    "higher-gamma-earns-more": risk_averse_profit,
    "quotes-straddle-the-mid": straddling_quotes,
    "arrival-rate-moves-quotes": arrivals_and_quotes,
    "a-fill-is-a-profit": worth_of_fills,
}
