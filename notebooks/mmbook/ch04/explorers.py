"""The Ho–Stoll explorer: move R, σ, α, β, c, I and τ; fees, the parts of the spread, a day and its end follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.path import Path

from mmbook.ch04.dealing_day import N_STEPS, Day, dealing_day, unbounded_curvature, unbounded_fees
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import HERE, Artists, put_chances, put_day, put_here
from mmlab.teach.style import (
    COMPETITIVE,
    FIRST_ORDER,
    PARTS,
    PROGRAM,
    SYMMETRIC,
    area,
    figure,
    legend,
    style,
)
from mmlab.teach.words import amount, position
from mmlab.vocabulary import (
    DEMAND_INTERCEPT,
    DEMAND_SLOPE,
    INVENTORY,
    PROCESSING_COST,
    RISK_AVERSION,
    TIME_LEFT,
    VOLATILITY,
)

INVENTORIES = np.arange(-10.0, 11.0)
TIMES = np.linspace(0.0, 1.0, 41)


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Day
    inventory: float
    time_left: float
    bid_fee: float
    ask_fee: float
    skew: float
    """How far a clip moves the middle of the first order's quotes [price]."""
    program_skew: float
    """The same by the program's closed form."""

    @property
    def middle(self) -> float:
        """Of the quotes, from the mid [price]."""
        return (self.ask_fee - self.bid_fee) / 2


class HoStollExplorer(Explorer):
    """Sliders for R, σ, α, β, c, I and τ over four plots: fees, what the spread pays for, a day, its end."""

    title: ClassVar[str] = "Ho–Stoll (1981)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        replace(INVENTORY, symbol="I", integer=True),
        replace(RISK_AVERSION, symbol="R"),
        TIME_LEFT,
        VOLATILITY,
        DEMAND_INTERCEPT,
        DEMAND_SLOPE,
        PROCESSING_COST,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "inventory": (-10.0, 10.0),
        "time_left": (0.0, 1.0),
        "risk_aversion": (0.005, 0.5),
        "volatility": (0.0, 2.0),
        "demand_intercept": (15.0, 40.0),
        "demand_slope": (15.0, 30.0),
        "processing_cost": (0.0, 0.2),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "inventory": 3.0,
                "time_left": tau,
                "risk_aversion": risk_aversion,
                "volatility": sigma,
                "demand_intercept": 20.0,
                "demand_slope": 20.0,
                "processing_cost": cost,
            }
        )
        for name, risk_aversion, sigma, cost, tau in (
            ("the chapter's dealer", 0.05, 1.0, 0.02, 1.0),
            ("no risk", 0.05, 0.0, 0.02, 1.0),
            ("costly to handle", 0.05, 1.0, 0.2, 1.0),
            ("where the first order stops", 0.2, 1.0, 0.02, 1.0),
            ("the same, near the close", 0.2, 1.0, 0.02, 0.1),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The day (cached) and the fees at this inventory and time."""
        named = ("risk_aversion", "volatility", "demand_intercept", "demand_slope", "processing_cost")
        day = dealing_day(*(values[name] for name in named))
        model, q, tau = day.first_order, values["inventory"], values["time_left"]
        bid, ask = model.depths(q, tau)
        skew = 0.5 * model.risk_aversion * model.volatility**2 * tau
        return State(day, q, tau, float(bid), float(ask), skew, float(unbounded_curvature(model, tau)) / 2)

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, ((fees, parts), (path, end)) = figure(2, 2, width=10.0, height=5.8)
        with style():
            fees.set(
                xlabel="inventory I [clips]",
                ylabel="distance from mid [price]",
                xlim=(-10, 10),
                xticks=range(-10, 11, 5),
            )
            parts.set(xlabel="time left τ [horizon = 1]", ylabel="spread [price]", xlim=(0, 1))
            path.set(xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
            end.set(xlabel="inventory at the horizon [clips]", ylabel="probability")
            artists = Artists()
            line = artists.line

            for side in ("ask", "bid"):
                labelled = side == "ask"
                line(fees, f"{side}_competitive", COMPETITIVE, "among competitors" if labelled else "")
                line(fees, f"{side}_program", PROGRAM, "alone, program" if labelled else "")
                line(fees, f"{side}_first", FIRST_ORDER, "alone, first order" if labelled else "")
            fees.axhline(0, color="#444444", lw=0.8)
            artists.here(fees, FIRST_ORDER, FIRST_ORDER)
            for name, look in PARTS.items():
                artists[f"part_{name}"] = area(parts, look, name.replace("_", " "))
            line(parts, "spread_program", PROGRAM, "program's spread")
            line(parts, "now", HERE)
            artists.day(path)
            line(end, "end_skewed", FIRST_ORDER, "alone, first order")
            line(end, "end_unmoved", SYMMETRIC, "the same, never skewed")
            for axes, name in ((fees, "t_fees"), (parts, "t_parts"), (path, "t_path"), (end, "t_end")):
                artists[name] = axes.set_title("…")
            legend(fees, loc="upper right")
            legend(parts, loc="upper left", ncols=2)
            legend(path, loc="upper right", ncols=2)
            legend(end, loc="upper right")
        self._axes = fees, parts, path, end
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        fees, parts, path, end = self._axes
        day, q, tau = result.day, result.inventory, result.time_left
        model = day.first_order

        quoted = {
            "first": model.depths(INVENTORIES, tau),
            "program": unbounded_fees(model, INVENTORIES, tau),
            "competitive": day.competitive.depths(INVENTORIES, tau),
        }
        for name, (bid, ask) in quoted.items():
            artists[f"ask_{name}"].set_data(INVENTORIES, ask)
            artists[f"bid_{name}"].set_data(INVENTORIES, -bid)
        furthest = max(float(np.nanmax(np.abs(depths))) for depths in quoted.values())
        self.view(fees, y=(-furthest, 1.4 * furthest))  # room for the legend
        put_here(artists, q, result.bid_fee, result.ask_fee, furthest)
        artists["t_fees"].set_text(_say_fees(result))

        shares = model.spread_parts(0, TIMES)
        tops = np.cumsum([np.zeros_like(TIMES), *shares], axis=0)
        for name, low, high in zip(PARTS, tops, tops[1:], strict=False):
            edge = np.column_stack([np.append(TIMES, TIMES[::-1]), np.append(high, low[::-1])])
            artists[f"part_{name}"].set_path(Path(np.vstack([edge, edge[:1]]), closed=True))
        program = model.highest_fee + model.processing_cost + unbounded_curvature(model, TIMES) / 2
        artists["spread_program"].set_data(TIMES, program)
        artists["now"].set_data([tau, tau], [0, 2 * tops[-1].max()])
        self.view(parts, y=(0.0, 1.4 * float(tops[-1].max())))  # room for the legend
        power, cost, risk = (float(part) for part in model.spread_parts(0, tau))
        artists["t_parts"].set_text(f"Spread: market power {power:.2f} + cost {cost:.2f} + risk {risk:.3f}")

        history = day.history
        self.view(path, y=(float(history.bid_price.min()), float(history.ask_price.max())))
        bought, sold = put_day(artists, history)
        earned = history.pnl[0] - model.processing_cost * (sold + bought)
        artists["t_path"].set_text(f"A day on a fixed tape: {bought} bought, {sold} sold, {amount(earned)} after costs")

        chances = {
            "end_skewed": (day.net.inventories, day.net.inventory_distribution[-1]),
            "end_unmoved": (np.arange(-N_STEPS, N_STEPS + 1.0), day.unmoved.final_inventory),
        }
        self.view(end, x=(-15, 15), y=(0.0, 1.2 * put_chances(artists, chances, 15)))
        artists["t_end"].set_text(
            f"At the horizon: ±{day.net.inventory_sd:.1f} clips, never skewed ±{day.unmoved.inventory_sd:.1f}"
        )

    def readout(self, result: State) -> str:
        """Fees, what the spread pays for, where the first order stops and what a day earns, in sentences."""
        day, q = result.day, result.inventory
        model = day.first_order
        power, cost, risk = (float(part) for part in model.spread_parts(q, result.time_left))
        bid, ask = (float(fee) for fee in day.competitive.depths(q, result.time_left))
        held = ""
        if max(result.bid_fee, result.ask_fee) >= model.highest_fee:
            held = f", less what a fee held at α/β = {model.highest_fee:.2f} cannot ask"
        words = (
            f"{position(q)}, {result.time_left:.2f} of the day left: ask fee {result.ask_fee:.4f}, "
            f"bid fee {result.bid_fee:.4f}; among competitors {ask:.4f} and {bid:.4f}. "
            f"The spread pays {power:.3f} for market power, {cost:.3f} for cost, {risk:.3f} for risk{held}. "
            f"Each clip moves the middle by {result.skew:.4f}, by the tanh of (6) {result.program_skew:.4f}: "
            f"τ√(βRσ²) is {_clock(result):.2f}. "
            f"After costs a whole day from flat earns {amount(day.net.mean)} ± {day.net.sd:.1f} and ends "
            f"±{day.net.inventory_sd:.1f} clips; never skewed {amount(day.unmoved.mean)} ± {day.unmoved.sd:.1f}, "
            f"±{day.unmoved.inventory_sd:.1f} clips."
        )
        return words.replace("-", "−")

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""from dataclasses import replace

from mmlab import HoStoll, Linear, Market, Symmetric, exact_moments

alpha, beta, R, cost = {v["demand_intercept"]}, {v["demand_slope"]}, {v["risk_aversion"]}, {v["processing_cost"]}
market = Market.avellaneda_stoikov_2008(
    volatility={v["volatility"]}, intensity=Linear(demand_intercept=alpha, demand_slope=beta)
)
alone = HoStoll.for_market(market, risk_aversion=R, processing_cost=cost)
rivals = replace(alone, solution="competitive")
program = replace(alone, solution="program", max_inventory=30)
for model in (alone, rivals):
    print(*model.depths({v["inventory"]:g}, {v["time_left"]}))
print(*alone.spread_parts({v["inventory"]:g}, {v["time_left"]}))
for model in (alone, program):
    flat, one_clip = model.quotes(100, [0, 1], {v["time_left"]}).middle
    print(flat - one_clip)

# A cost of c a trade is a mid that is c further away on either side: a demand of α − βc there.
market = replace(market, intensity=Linear(demand_intercept=alpha - beta * cost, demand_slope=beta))
net = HoStoll.for_market(market, risk_aversion=R)
for strategy in (net, Symmetric(half_spread=net.highest_fee / 2)):
    day = exact_moments(strategy, market, n_steps=200)
    print(day.mean, day.sd, day.inventory_sd)
"""


def _clock(state: State) -> float:
    """τ√(βRσ²) [1]: the first order holds where it is well below 1."""
    model = state.day.first_order
    return state.time_left * float(np.sqrt(model.demand_slope * model.risk_aversion)) * model.volatility


def _say_fees(state: State) -> str:
    spread = f"spread {state.bid_fee + state.ask_fee:.3f}"
    if abs(state.middle) < 5e-4:
        return f"{position(state.inventory)}: {spread}, centred on the mid"
    where = "below" if state.middle < 0 else "above"
    return f"{position(state.inventory)}: {spread}, centred {abs(state.middle):.3f} {where} the mid"
