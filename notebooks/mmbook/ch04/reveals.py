"""The answers to the questions of chapter 04, computed from its dealer; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch04.scenes import Solution, dealer, unbounded_curvature
from mmlab.teach.checks import Facts
from mmlab.teach.findings import drawn
from mmlab.teach.style import COMPETITIVE, FIRST_ORDER, GUESS, PROGRAM


@drawn(width=6.0, height=2.8)
def spread_and_inventory(guess: str, axes: Axes) -> Facts:
    """The spread against inventory, and the curve that the guess drew."""
    inventory = np.arange(-10.0, 11.0)
    spread = np.sum(dealer().depths(inventory, 1.0), axis=0)
    tilt = {"wider": 0.025, "as wide": 0.0, "narrower": -0.025}[guess]
    axes.plot(inventory, spread, label="spread", **FIRST_ORDER)
    axes.plot(inventory, spread[10] + tilt * np.abs(inventory), label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="inventory I [clips]", ylabel="spread [price]", ylim=(0, 1.7), xticks=range(-10, 11, 5))
    axes.set_title(f"The spread is {spread[10]:.3f} at every inventory")
    axes.legend(loc="upper right", ncols=2)
    bid, ask = dealer().depths(10, 1.0)
    return {"flat": dealer().depths(0, 1.0)[0], "bid": bid, "ask": ask, "spread": bid + ask}


@drawn(width=6.0, height=2.8)
def who_pays(guess: str, axes: Axes) -> Facts:
    """A flat dealer's fee without risk against the cost, alone and among competitors, and the guess."""
    costs = np.linspace(0.0, 0.2, 21)
    alone = np.array([_fee(cost, "first order") for cost in costs])
    rivals = np.array([_fee(cost, "competitive") for cost in costs])
    share = {"all of it": 1.0, "half of it": 0.5, "nothing": 0.0}[guess]
    axes.plot(costs, alone, label="alone", **FIRST_ORDER)
    axes.plot(costs, rivals, label="among competitors", **COMPETITIVE)
    axes.plot(costs, alone[0] + share * costs, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="processing cost c of a trade [price]", ylabel="fee of one side [price]", ylim=(0, 1.0))
    axes.set_title(f"0.20 of cost is {alone[-1] - alone[0]:.2f} of fee alone, {rivals[-1]:.2f} among competitors")
    axes.legend(loc="upper left", ncols=3)
    return {"alone": (alone[0], alone[-1]), "rivals": (rivals[0], rivals[-1])}


def _fee(cost: float, solution: Solution) -> float:
    model = replace(dealer(risk_aversion=0, solution=solution), processing_cost=cost)
    return float(model.depths(0, 1)[0])


@drawn(width=6.0, height=2.8, legend="upper left")
def long_session(guess: str, axes: Axes) -> Facts:
    """The skew of a clip against the length of the session, and the curve that the guess drew."""
    model, tau = dealer(horizon=4.0), np.linspace(0, 4, 81)
    first = 0.5 * model.risk_aversion * model.volatility**2 * tau
    program = unbounded_curvature(model, tau) / 2
    level = np.where(tau < 2, program, program[40])
    guessed = {
        "twice as far": first,
        "about as far": level,
        "less far": level * np.minimum(1.0, 2 / np.maximum(tau, 2)),
    }[guess]
    axes.plot(tau, first, label="first order", **FIRST_ORDER)
    axes.plot(tau, program, label="program", **PROGRAM)
    axes.plot(tau, guessed, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="time left τ", ylabel="skew of one clip [price]", xlim=(0, 4), ylim=(-0.002, 0.12))
    axes.set_title(f"From τ = 2 to 4 the skew goes from {program[40]:.4f} to {program[-1]:.4f}, not to {first[-1]:.2f}")
    return {"program": (program[40], program[-1]), "first": (first[40], first[-1])}


REVEALS = {
    "inventory-widens-the-spread": spread_and_inventory,
    "who-pays-the-cost": who_pays,
    "longer-session-leans-more": long_session,
}
