"""The quote aggressiveness explorer: what a wider spread costs and spares a full desk, or one under stress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.ch07.quick_desk import always_fresh
from mmlab.desk import QuoteAggressiveness
from mmlab.market import Exponential, Market, Tape
from mmlab.parameters import FloatArray, Parameter, parameters_of
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, triangles
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC, figure, legend, style
from mmlab.vocabulary import VOLATILITY

N_PATHS, N_STEPS, SEED = 150, 100, 5
BASES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.2, 2.6, 3.0)
_LEVER = parameters_of(QuoteAggressiveness)
_NAMES = ("base_spread", "max_spread", "max_position", "normal_volatility", "volatility")


@dataclass(frozen=True)
class Curve:
    """What a day brings with each of some base spreads: arrays of shape (n_bases,)."""

    mean: FloatArray
    sd: FloatArray
    fills: FloatArray
    left: FloatArray
    """Standard deviation of the final inventory [clips]."""


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    lever: QuoteAggressiveness
    volatility: float
    curve: Curve
    """A desk for each of `BASES`."""
    ours: Curve
    plain_curve: Curve
    """The base spread whatever is held and however far the mid moves."""
    plain: Curve

    @property
    def best(self) -> int:
        """Which of `BASES` earns most."""
        return int(self.curve.mean.argmax())


@lru_cache(maxsize=4)
def _tape(volatility: float) -> Tape:
    flow = Exponential(arrival_rate=60, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    return market.tape(n_paths=N_PATHS, n_steps=N_STEPS, seed=SEED)


@lru_cache(maxsize=32)
def _run(volatility: float, levers: tuple[QuoteAggressiveness, ...]) -> Curve:
    """Desks that quote each lever's base spread around the mid, as it widens it, on the tape."""
    inventories = np.arange(-N_STEPS, N_STEPS + 1.0)
    spreads = [
        lever.adjust_spread(lever.base_spread, lever.calculate_aggressiveness(inventories, volatility))
        for lever in levers
    ]
    depth, clip = np.array([spreads]) / 2, np.ones((1, 1, 1))
    runs = always_fresh(_tape(volatility), depth, depth, clip, clip)
    return Curve(runs.pnl.mean(axis=1), runs.pnl.std(axis=1), runs.traded.mean(axis=1), runs.inventory[-1].std(axis=1))


class QuoteAggressivenessExplorer(Explorer):
    """Sliders for w₀, w₁, q̄, σ₀ and σ over four plots: aggressiveness, spread, fills, and PnL with its risk."""

    title: ClassVar[str] = "Quote aggressiveness: how wide to quote"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        _LEVER["base_spread"],
        _LEVER["max_spread"],
        replace(_LEVER["max_position"], symbol="q̄", integer=True),
        _LEVER["normal_volatility"],
        VOLATILITY,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "base_spread": (0.2, 3.0),
        "max_spread": (3.0, 9.0),
        "max_position": (2, 40),
        "normal_volatility": (0.5, 4.5),
        "volatility": (0.5, 6.5),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(dict(zip(_NAMES, values, strict=True)))
        for name, *values in (
            ("a calm market", 1.4, 4.0, 10, 2.0, 2.0),
            ("a market under stress", 1.4, 4.0, 10, 2.0, 4.0),
            ("base spread too narrow", 0.4, 4.0, 30, 2.0, 2.0),
            ("a small limit, a wide maximum", 1.4, 8.0, 4, 2.0, 2.0),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """All base spreads and ours on one tape, with the lever and without (cached: moving w₀ runs ours alone)."""
        sigma = values["volatility"]
        lever = QuoteAggressiveness(**{name: values[name] for name in _NAMES[:4]})
        levers = tuple(replace(lever, base_spread=base) for base in BASES)
        curves = [_run(sigma, some) for some in (levers, (lever,))]
        return State(lever, sigma, *curves, *(_run(sigma, _off(some)) for some in (levers, (lever,))))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, axes = figure(2, 2, width=10.0, height=5.8)
        (use, spread), (fills, money) = axes
        artists: dict[str, Artist] = {}

        def line(axes: Axes, name: str, look: dict[str, Any], label: str = "", **more: Any) -> None:
            (artists[name],) = axes.plot([0, 1], [0, 1], label=label, **(look | more))

        with style():
            for axis, name in ((use, "use"), (spread, "spread")):
                line(axis, f"{name}_calm", RESERVATION, "calm: σ ≤ σ₀")
                line(axis, f"{name}_now", BID, "this market's σ")
                line(axis, f"{name}_stressed", ASK, "twice that")
                axis.set(xlabel="inventory q [clips]")
                axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            line(fills, "plain_fills", SYMMETRIC, "always the base spread")
            line(fills, "fills", BID, "with the lever")
            line(money, "plain_mean", SYMMETRIC, "mean, always the base spread")
            line(money, "plain_sd", MID, "its standard deviation")
            line(money, "mean", BID, "mean with the lever")
            line(money, "sd", ASK, "its standard deviation")
            for axis, name in ((fills, "fills"), (money, "mean"), (money, "sd")):
                artists[f"at_{name}"] = triangles(axis, ASK if name == "sd" else BID)
            use.set(ylabel="aggressiveness a", ylim=(0, 1.35), yticks=[0, 0.5, 1])
            spread.set(ylabel="spread [price]")
            fills.set(ylabel="clips a day")
            money.set(ylabel="a day [price · clip]")
            for axis, name in zip(axes.ravel(), ("t_use", "t_spread", "t_fills", "t_money"), strict=True):
                artists[name] = axis.set_title("…")
            for axis in (fills, money):
                axis.set(xlabel="base spread w₀ [price]", xlim=(0, 3.1))
            legend(use, loc="upper center", ncols=3)
            legend(fills, loc="upper right")
            legend(money, loc="upper center", ncols=2)
        self._axes = use, spread, fills, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        use, spread, fills, money = self._axes
        lever, sigma, ours = result.lever, result.volatility, result.ours
        limit = lever.max_position
        for axis in (use, spread):
            self.view(axis, x=(-1.4 * limit, 1.4 * limit))
        inventories = np.array([use.get_xlim()[0], -limit, 0.0, limit, use.get_xlim()[1]])
        for name, volatility in (("calm", lever.normal_volatility), ("now", sigma), ("stressed", 2 * sigma)):
            a = lever.calculate_aggressiveness(inventories, volatility)
            artists[f"use_{name}"].set_data(inventories, a)
            artists[f"spread_{name}"].set_data(inventories, lever.adjust_spread(lever.base_spread, a))
        self.view(spread, y=(0.0, lever.max_spread))
        half = [
            float(lever.calculate_aggressiveness(limit / 2, v)) for v in (lever.normal_volatility, sigma, 2 * sigma)
        ]
        artists["t_use"].set_text(f"Half full: {half[0]:.2f} calm, {half[1]:.2f} here, {half[2]:.2f} at twice this σ")
        flat = float(lever.adjust_spread(lever.base_spread, lever.calculate_aggressiveness(0.0, sigma)))
        artists["t_spread"].set_text(
            f"Here the spread is {flat:.2f} flat and {lever.max_spread:.2f} from ±{limit:g} clips on"
        )

        for name, curve in (("", result.curve), ("plain_", result.plain_curve)):
            for what in ("fills", "mean", "sd"):
                artists[f"{name}{what}"].set_data(BASES, getattr(curve, what))
        self.view(fills, y=(0.0, float(result.plain_curve.fills.max())))
        highest = max(float(x.max()) for c in (result.curve, result.plain_curve) for x in (c.mean, c.sd))
        self.view(money, y=(0.0, 1.5 * highest))
        for what in ("fills", "mean", "sd"):
            put_dots(artists[f"at_{what}"], lever.base_spread, getattr(ours, what))
        artists["t_fills"].set_text(
            f"{ours.fills[0]:.1f} fills a day; always {lever.base_spread:.2f} wide: {result.plain.fills[0]:.1f}"
        )
        artists["t_money"].set_text(
            f"Earns {ours.mean[0]:.1f} ± {ours.sd[0]:.1f}; best at w₀ = {BASES[result.best]:g}: "
            f"{result.curve.mean[result.best]:.1f} ± {result.curve.sd[result.best]:.1f}"
        )

    def readout(self, result: State) -> str:
        """What the lever does to fills, earnings, risk and inventory, in sentences."""
        ours, plain, best = result.ours, result.plain, result.best
        return (
            f"Base spread {result.lever.base_spread:.2f}, {N_PATHS} days on one tape. With the lever a day fills "
            f"{ours.fills[0]:.1f} clips, earns {ours.mean[0]:.1f} ± {ours.sd[0]:.1f} (standard error "
            f"{ours.sd[0] / N_PATHS**0.5:.1f}) and ends ±{ours.left[0]:.1f} clips. Always the base spread: "
            f"{plain.fills[0]:.1f} clips, {plain.mean[0]:.1f} ± {plain.sd[0]:.1f}, ±{plain.left[0]:.1f} clips. Of the "
            f"base spreads drawn, {BASES[best]:g} earns most with this lever: {result.curve.mean[best]:.1f}."
        ).replace("-", "−")

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from mmlab import Exponential, Market, Symmetric, simulate
from mmlab.desk import Desk, QuoteAggressiveness

flow = Exponential(arrival_rate=60, fill_decay=1.5)
market = Market.avellaneda_stoikov_2008(volatility={v["volatility"]}, intensity=flow)
tape = market.tape(n_paths={N_PATHS}, n_steps={N_STEPS}, seed={SEED})
lever = QuoteAggressiveness(
    base_spread={v["base_spread"]},
    max_spread={v["max_spread"]},
    max_position={v["max_position"]},
    normal_volatility={v["normal_volatility"]},
)
model = Symmetric(half_spread={v["base_spread"]} / 2)
for desk in (Desk(model=model, volatility={v["volatility"]}, aggressiveness=lever), Desk(model=model)):
    day = simulate(desk, tape)
    fills = (day.bid_fill + day.ask_fill).sum() / {N_PATHS}
    print(fills, day.pnl.mean(), day.pnl.std(), day.final_inventory.std())
"""


def _off(levers: tuple[QuoteAggressiveness, ...]) -> tuple[QuoteAggressiveness, ...]:
    """The same base spreads, and nothing that widens them."""
    return tuple(
        QuoteAggressiveness(
            base_spread=lever.base_spread, max_spread=lever.base_spread, max_position=1, normal_volatility=1
        )
        for lever in levers
    )
