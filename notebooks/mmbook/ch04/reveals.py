"""The answers to the questions of chapter 04, computed from its dealer; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch04.scenes import Solution, dealer
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import COMPETITIVE, FIRST_ORDER, GUESS


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


@drawn(width=6.0, height=2.8)
def rebate(guess: str, axes: Axes) -> Facts:
    """What a customer pays, fee and taker fee, with and without a rebate that the taker pays; and the guess."""
    asked = {
        solution: [_asked(solution, amount) for amount in (0.0, 0.01)] for solution in ("first order", "competitive")
    }
    alone, rivals = asked["first order"], asked["competitive"]
    taken, guessed = np.array([0.0, 0.01]), {"less": alone[1], "the same": alone[0], "more": alone[0] + 0.01}[guess]
    axes.bar([0, 1], alone, width=0.5, label="your fee", facecolor="#B0D0E4", edgecolor=FIRST_ORDER["color"])
    axes.bar([0, 1], taken, width=0.5, bottom=alone, label="to the exchange", color=COMPETITIVE["color"])
    axes.plot([0.6, 1.4], [guessed] * 2, label=f"your guess: {guess}", **GUESS)
    axes.set(ylabel="a customer pays, from 0.50 up", ylim=(0.5, 0.55), xlim=(-0.6, 1.6), xticks=[0, 1])
    axes.set_xticklabels(["no rebate", "rebate of 0.01"])
    axes.set_title(f"All in, {alone[0]:.4f} before and {alone[1] + 0.01:.4f} after")
    axes.legend(loc="upper right", ncols=3)
    return {"alone": alone, "rivals": rivals, "all_in": alone + taken, "rivals_in": rivals + taken}


def _asked(solution: Solution, amount: float) -> float:
    """The fee of a flat dealer who gets a rebate that the customer pays."""
    model = dealer(solution=solution)
    cost, intercept = model.processing_cost - amount, model.demand_intercept - model.demand_slope * amount
    return float(replace(model, processing_cost=cost, demand_intercept=intercept).depths(0, 1)[0])


REVEALS = {
    "inventory-widens-the-spread": spread_and_inventory,
    "who-pays-the-cost": who_pays,
    "a-rebate-makes-it-cheaper": rebate,
}
