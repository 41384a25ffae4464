"""The explorer of a price that wanders and of customers at a rate: move σ, λ and Δt."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, THIN
from mmlab.vocabulary import VOLATILITY

RATE = Parameter("λ", "1/day", "Orders a day that reach the quote.", above=0, scale="log", name="rate")
TIME_STEP = Parameter("Δt", "day", "How long one looks.", above=0, scale="log", name="time_step")


def wandering(volatility: float, time_step: float) -> dict[str, Any]:
    """Twelve paths of a day, and 2,000 moves in Δt, each of twenty coins."""
    rng = np.random.default_rng(1)
    paths = volatility * np.sqrt(1 / 200) * rng.standard_normal((200, 12)).cumsum(axis=0)
    typical = volatility * np.sqrt(time_step)
    coins = rng.choice([-1, 1], size=(20, 2000))
    moves = typical / np.sqrt(20) * coins.sum(axis=0)
    return locals()


def arriving(rate: float, time_step: float) -> dict[str, Any]:
    """How many orders come in each of 1,000 stretches of length Δt, and the chance of at least one."""
    rng = np.random.default_rng(2)
    expected = rate * time_step
    chance = 1 - np.exp(-expected)
    counts = rng.poisson(expected, size=1000)
    some = np.mean(counts > 0)
    return locals()


class RandomDayExplorer(Explorer):
    """Sliders for σ, λ and Δt over four plots: paths, moves in Δt, orders in Δt, and λΔt against the chance of one."""

    title: ClassVar[str] = "A price that wanders, customers at a rate"
    sliders: ClassVar = {VOLATILITY: (0.0, 5.0, 2.0), RATE: (1.0, 200.0, 20.0), TIME_STEP: (0.001, 1.0, 0.05)}
    presets: ClassVar = {
        "a twentieth of a day": {},
        "a short step": {"time_step": 0.005},
        "a whole day": {"time_step": 1.0},
        "a busy day": {"rate": 140.0},
    }
    stages: ClassVar = (wandering, arriving)
    tasks: ClassVar = {
        "at σ = 2, find the Δt in which the price moves by ±0.60.": lambda s: (
            s.volatility == 2 and abs(s.typical - 0.6) < 0.005
        ),
        "at λ = 20, find a Δt at which λΔt is too high by 10%, to the digit shown.": lambda s: (
            s.rate == 20 and abs(s.expected / s.chance - 1.1) < 0.005
        ),
    }
    prints: ClassVar[str] = "typical, expected, chance"

    def show(self, s: Any, day: Panel, moves: Panel, orders: Panel, chances: Panel) -> None:
        """Paths with ±σ√t, moves in Δt, orders in Δt, λΔt against the chance of at least one."""
        time = np.arange(201) / 200
        band = s.volatility * np.sqrt(time)
        day.view(y=(-2.5 * s.volatility, 2.5 * s.volatility), xlabel="time [day]", ylabel="moved by", xlim=(0, 1))
        for number, path in enumerate(s.paths.T):
            day.line(f"_{number}", time, np.append(0, path), THIN)
        day.line("+σ√t", time, band, ASK)
        day.line("−σ√t", time, -band, BID)
        day.upright(s.time_step, MID, "Δt")
        day.title(f"After Δt it has moved by ±{s.typical:.2f}: one standard deviation")

        edges = np.arange(-21, 22, 2) / math.sqrt(20)  # in units of σ√Δt, so that each bar is one sum of the coins
        share, _ = np.histogram(s.moves / s.typical if s.typical else s.moves, edges, density=True)
        moves.view(y=(0, 0.5), xlabel="move in Δt, in units of σ√Δt", ylabel="density", xlim=(-4, 4))
        moves.outline("sums of 20 coins", edges, share, BID)
        x = np.linspace(-4, 4, 81)
        moves.line("normal", x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), PLAIN)
        moves.title("Many small independent moves make a normal one")

        spread = 4 * math.sqrt(s.expected)
        n = np.arange(max(0, int(s.expected - spread)), int(s.expected + spread) + 3)
        logs = n * math.log(s.expected) - s.expected - np.array([math.lgamma(k + 1) for k in n])
        counted = np.array([np.mean(s.counts == k) for k in n])
        wide = (n[0] - 0.5, n[-1] + 0.5)
        orders.view(x=wide, y=(0, float(max(counted.max(), np.exp(logs).max()))), xlabel="orders in Δt", ylabel="share")
        orders.outline("1,000 stretches", np.append(n, n[-1] + 1) - 0.5, counted, BID)
        orders.dots("Poisson", n, np.exp(logs), PLAIN, size=3)
        orders.title(f"{s.expected:.2f} orders expected in Δt, at least one in {s.some:.0%} of the stretches")

        step = np.linspace(0, 3, 61)
        chances.view(y=(0, 1.2), xlabel="λΔt", ylabel="at least one order", xlim=(0, 3))
        chances.line("λΔt", step, np.where(step <= 1.2, step, np.nan), ASK)
        chances.line("1 − e^(−λΔt)", step, 1 - np.exp(-step), BID)
        chances.upright(min(s.expected, 3.0), MID, "here" if s.expected <= 3 else "beyond 3")
        chances.title(f"λΔt is {s.expected:.3f}, the chance {s.chance:.3f}")

    def readout(self, s: Any) -> str:
        """The typical move, and λΔt against the chance."""
        return (
            f"In Δt = {s.time_step:.4g} days the price moves by ±{s.typical:.2f}, one standard deviation. "
            f"{s.expected:.3f} orders are expected, and at least one comes with probability {s.chance:.3f}: "
            f"λΔt is too high by {s.expected / s.chance - 1:.0%}."
        )
