"""The answers to the questions of chapter 05, computed from its markets; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch05.scenes import PENALTIES, objective, signal_market
from mmlab.market import Exponential, Market
from mmlab.models import CarteaJaimungal, CarteaJaimungalSignal
from mmlab.simulation import exact_moments, simulate
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, RESERVATION


@drawn(width=6.5, height=3.0, legend="upper right")
def mean_reversion(guess: str, axes: Axes) -> Facts:
    """The skew of a long dealer and the half-spread against ζ, at a signal of 0."""
    model = CarteaJaimungalSignal.for_market(signal_market(), **PENALTIES)
    zetas = np.array([0.35, 0.5, 0.7, 1.0, 1.4, 2.0])
    bid, ask = np.array([replace(model, mean_reversion=zeta, nodes=20).depths(3, 20, 0) for zeta in zetas.tolist()]).T
    skew, half = (bid - ask) / 2, (bid + ask) / 2
    still_bid, still_ask = replace(model, signal_volatility=0, signal_jump=0, nodes=20).depths(3, 20, 0)
    power = {"skew harder against the inventory": 1, "move closer together": 0, "stay where they are": 0}[guess]
    axes.plot(zetas, half, "o-", color=ASK["color"], label="half of the spread")
    axes.plot(zetas, skew, "s-", color=RESERVATION["color"], label="skew: the middle is so far below the mid")
    if guess == "move closer together":
        axes.plot(zetas[[1, 3]], half[[1, 3]], label="your guess", **GUESS)
    else:
        axes.plot(zetas, skew[1] * (zetas / zetas[1]) ** power, label="your guess for the skew", **GUESS)
    axes.set(xlabel="how fast a drift fades [1/time]", ylabel="price", ylim=(0, 0.036))
    axes.set_title("Twice as fast: the quotes come closer, the skew does not grow")
    before, after = ({"spread": 2 * half[n], "skew": skew[n]} for n in (1, 3))
    return {"before": before, "after": after, "still": (still_bid - still_ask) / 2}


@drawn(width=6.5, height=3.0, legend="lower left")
def towards_the_close(guess: str, axes: Axes) -> Facts:
    """The ask of a dealer who is long 2 clips, against the time left, for two terminal penalties."""
    model = CarteaJaimungal(
        running_penalty=1e-4, terminal_penalty=1e-4, arrival_rate=1, fill_decay=100, horizon=30, max_inventory=3
    )
    steep = replace(model, terminal_penalty=4e-3)
    tau = np.linspace(0, 15, 151)
    ask, strict = (m.depths(2, tau)[1] for m in (model, steep))
    last = {"nearer to the mid": ask[-1] / 2, "nowhere": ask[-1], "away from the mid": ask[0]}[guess]
    axes.plot(tau, ask, label="left at the close: 0.04 cents", **BID)
    axes.plot(tau, strict, label="forty times as much", **ASK)
    axes.plot([15, 0], [ask[-1], last], label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="time left τ", ylabel="ask depth, long 2 clips [price]", xlim=(15, 0))
    axes.set_title(f"The ask goes from {ask[-1]:.4f} to {ask[0]:.4f}: the close is a relief")
    return {"ask": (ask[-1], ask[0]), "strict": (strict[-1], strict[0])}


@drawn(width=6.5, height=2.4, legend="upper right")
def blind_dealer(guess: str, axes: Axes) -> Facts:
    """What a dealer who does not see the signal believes to earn and what 2,000 days bring."""
    market = signal_market()
    blind = CarteaJaimungal.for_market(market, **PENALTIES)
    reached = objective(simulate(blind, market.tape(n_paths=2000, n_steps=200, seed=7)))
    believed, earned, error = float(blind.value(0, 20)), float(reached.mean()), float(reached.std() / 2000**0.5)
    guessed = {"more": 1.3, "as much": 1.0, "less": 0.7}[guess] * believed
    axes.barh(["earns", "believes"], [earned, believed], color=[ASK["color"], BID["color"]], height=0.5)
    axes.plot([guessed, guessed], [-0.4, 0.4], label="your guess of what it earns", **GUESS)
    axes.set(xlabel="profit less penalties of a day [price · clip]", xlim=(0, 0.18))
    axes.set_title(f"The model promises {believed:.3f} a day, and the dealer earns {earned:.3f}")
    return {"believed": believed, "earned": earned, "error": error}


@drawn(width=6.5, height=2.8, legend="upper right")
def volatility_and_charges(guess: str, axes: Axes) -> Facts:
    """The quotes of a dealer who is long 2 clips against σ, and the ask that the guess drew."""
    sigmas, held = np.array([0.005, 0.01, 0.015, 0.02]), 2
    flow = Exponential(arrival_rate=1, fill_decay=100)
    quotes, deviations = [], []
    for sigma in sigmas.tolist():
        market = Market(mid_price=100, volatility=sigma, horizon=30, intensity=flow)
        model = CarteaJaimungal.for_market(market, running_penalty=1e-4, terminal_penalty=1e-4, max_inventory=3)
        quotes.append(model.depths(held, 15))
        deviations.append(exact_moments(model, market, n_steps=120).sd)
    bid, ask = np.array(quotes).T
    tilt = {"get wider": 0.5, "skew harder": -0.5, "stay where they are": 0.0}[guess]
    axes.plot(sigmas, ask, "o-", color=ASK["color"], label="ask, long 2 clips")
    axes.plot(sigmas, -bid, "o-", color=BID["color"], label="bid")
    axes.plot(sigmas, ask + tilt * ask * (sigmas / 0.01 - 1), label=f"your guess for the ask: {guess}", **GUESS)
    axes.set(xlabel="how far the mid moves in a second [price]", ylabel="price − mid", ylim=(-0.02, 0.03))
    axes.set_title(f"The ask stands at {ask[1]:.4f} however far the mid moves")
    return {"ask": ask[1], "calm": deviations[1], "wild": deviations[3]}


REVEALS = {
    "lean-towards-the-close": towards_the_close,
    "volatility-and-charges": volatility_and_charges,
    "mean-reversion-pulls-inventory": mean_reversion,
    "blind-to-the-signal": blind_dealer,
}
