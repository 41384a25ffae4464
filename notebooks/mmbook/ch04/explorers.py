"""The Ho–Stoll explorer: move R, σ, α, β, c, I and τ; fees, the parts of the spread, a day and its end follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch04.scenes import unbounded_curvature, unbounded_fees
from mmlab import HoStoll, Linear, Market, Symmetric, exact_moments, simulate
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import COMPETITIVE, FIRST_ORDER, PARTS, PROGRAM, SYMMETRIC
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


def day(
    risk_aversion: float, volatility: float, demand_intercept: float, demand_slope: float, processing_cost: float
) -> dict[str, Any]:
    """The whole day. A cost of c a trade is a mid that is c further away on either side: a demand of α − βc there."""
    flow = Linear(demand_intercept=demand_intercept, demand_slope=demand_slope)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    alone = HoStoll.for_market(market, risk_aversion=risk_aversion, processing_cost=processing_cost)
    rivals = replace(alone, solution="competitive")
    run = simulate(alone, market.tape(n_paths=1, n_steps=200, seed=8))
    net = replace(market, intensity=replace(flow, demand_intercept=demand_intercept - demand_slope * processing_cost))
    skewed = HoStoll.for_market(net, risk_aversion=risk_aversion)
    exact = exact_moments(skewed, net)
    unmoved = exact_moments(Symmetric(half_spread=skewed.highest_fee / 2), net)
    return locals()


def here(alone: Any, rivals: Any, inventory: int, time_left: float) -> dict[str, Any]:
    """Where we stand."""
    bid, ask = alone.depths(inventory, time_left)
    rival_bid, rival_ask = rivals.depths(inventory, time_left)
    power, cost, risk = alone.spread_parts(inventory, time_left)
    skew = alone.risk_aversion * alone.volatility**2 * time_left / 2
    program_skew = unbounded_curvature(alone, time_left) / 2
    clock = time_left * np.sqrt(alone.demand_slope * alone.risk_aversion) * alone.volatility
    return locals()


def skews_twice_too_far(s: Any) -> bool:
    """Whether R alone makes the first order's skew twice the program's, to the two digits that are read off."""
    return bool((s.volatility, s.demand_slope, s.time_left) == (1, 20, 1) and abs(s.skew / s.program_skew - 2) < 0.02)


def keeps_the_risk(s: Any) -> bool:
    """Whether R alone brings the deviation of the chapter's day to 2.6, to the digit that the readout shows."""
    chapters = (s.volatility, s.demand_intercept, s.demand_slope, s.processing_cost) == (1, 20, 20, 0.02)
    return chapters and abs(s.exact.sd - 2.6) < 0.05


class HoStollExplorer(Explorer):
    """Sliders for R, σ, α, β, c, I and τ over four plots: fees, what the spread pays for, a day, its end."""

    title: ClassVar[str] = "Ho–Stoll (1981)"
    sliders: ClassVar = {
        replace(INVENTORY, symbol="I", integer=True): (-10, 10, 3),
        replace(RISK_AVERSION, symbol="R"): (0.005, 0.5, 0.05),
        TIME_LEFT: (0.0, 1.0, 1.0),
        VOLATILITY: (0.0, 2.0, 1.0),
        DEMAND_INTERCEPT: (15.0, 40.0, 20.0),
        DEMAND_SLOPE: (15.0, 30.0, 20.0),
        PROCESSING_COST: (0.0, 0.2, 0.02),
    }
    presets: ClassVar = {
        "the chapter's dealer": {},
        "no risk": {"volatility": 0.0},
        "costly to handle": {"processing_cost": 0.2},
        "where the first order stops": {"risk_aversion": 0.2},
        "the same, near the close": {"risk_aversion": 0.2, "time_left": 0.1},
    }
    stages: ClassVar = (day, here)
    tasks: ClassVar = {
        "with R alone, find where the first order skews twice as far as the program.": skews_twice_too_far,
        "with R alone, bring the chapter's day from ± 3.7, never skewed, to ± 2.6. What does it cost?": keeps_the_risk,
    }
    prints: ClassVar[str] = (
        "bid, ask, rival_bid, rival_ask, power, cost, risk, skew, program_skew, clock, "
        "exact.mean, exact.sd, exact.inventory_sd, unmoved.mean, unmoved.sd, unmoved.inventory_sd"
    )

    def show(self, s: Any, fees: Panel, parts: Panel, path: Panel, end: Panel) -> None:
        """Fees against inventory, the parts of the spread against time left, one day, the inventory at its end."""
        quoted = {
            "program": (unbounded_fees(s.alone, INVENTORIES, s.time_left), PROGRAM),
            "first order": (s.alone.depths(INVENTORIES, s.time_left), FIRST_ORDER),
        }
        furthest = max(float(np.nanmax(np.abs(depths))) for depths, _ in quoted.values())
        fees.view(y=(-furthest, furthest), xlabel="inventory I [clips]", ylabel="price − mid", xlim=(-10.5, 10.5))
        fees.level(0)
        for name, ((bid, ask), look) in quoted.items():
            fees.line(f"ask and bid, {name}", INVENTORIES, ask, look)
            fees.line(f"_{name} bid", INVENTORIES, -bid, look)
        middle = s.alone.reservation_price(0.0, INVENTORIES, s.time_left)
        inside = np.abs(middle) <= furthest
        fees.line("competitors' middle", INVENTORIES[inside], middle[inside], COMPETITIVE)
        fees.quotes_at(s.inventory, s.bid, s.ask, FIRST_ORDER, FIRST_ORDER)
        fees.title(_centred(s.inventory, float(s.ask - s.bid) / 2, float(s.bid + s.ask)))

        _, cost, risk = s.alone.spread_parts(0, TIMES)
        in_all = sum(s.rivals.spread_parts(0, TIMES))
        parts.view(y=(0.0, float(in_all.max())), xlabel="time left τ", ylabel="beyond α/β [price]", xlim=(0, 1))
        parts.band("cost", TIMES, np.zeros_like(TIMES), cost, PARTS["cost"])
        parts.band("risk", TIMES, cost, cost + risk, PARTS["risk"])
        parts.line("both, program", TIMES, s.processing_cost + unbounded_curvature(s.alone, TIMES) / 2, PROGRAM)
        parts.line("competitors, both in full", TIMES, in_all, COMPETITIVE)
        parts.upright(s.time_left)
        parts.title(f"Spread: {s.power:.2f} market power, {s.cost:.2f} cost, {s.risk:.3f} risk")

        lowest, highest = float(s.run.bid_price.min()), float(s.run.ask_price.max())
        path.view(y=(lowest, highest), xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
        bought, sold = path.day(s.run)
        earned = s.run.pnl[0] - s.processing_cost * (bought + sold)
        path.title(f"A day on a fixed tape: {bought} bought, {sold} sold, {amount(earned)} after costs")

        end.left_over({"first order": (s.exact, FIRST_ORDER), "never skewed": (s.unmoved, SYMMETRIC)}, 15)
        end.title(f"At the horizon: ±{s.exact.inventory_sd:.1f} clips, never skewed ±{s.unmoved.inventory_sd:.1f}")

    def readout(self, s: Any) -> str:
        """Fees, what the spread pays for, where the first order stops and what a day earns, in sentences."""
        highest = s.alone.highest_fee
        held = f", less what a fee held at α/β = {highest:.2f} cannot ask" if max(s.bid, s.ask) >= highest else ""
        return (
            f"{position(s.inventory)}, {s.time_left:.2f} of the day left: ask fee {s.ask:.4f}, bid fee {s.bid:.4f}; "
            f"among competitors {s.rival_ask:.4f} and {s.rival_bid:.4f}. The spread pays {s.power:.3f} for market "
            f"power, {s.cost:.3f} for cost, {s.risk:.3f} for risk{held}. With fees below α/β a clip moves the middle "
            f"by {s.skew:.4f}, by the tanh of (6) {s.program_skew:.4f}: τ√(βRσ²) is {s.clock:.2f}. After costs a whole "
            f"day from flat earns {amount(s.exact.mean)} ± {s.exact.sd:.1f} and ends ±{s.exact.inventory_sd:.1f} "
            f"clips; never skewed {amount(s.unmoved.mean)} ± {s.unmoved.sd:.1f}, ±{s.unmoved.inventory_sd:.1f} clips."
        ).replace("-", "−")


def _centred(inventory: int, middle: float, spread: float) -> str:
    where = f"{abs(middle):.3f} {'below' if middle < 0 else 'above'} the mid" if abs(middle) >= 5e-4 else "on the mid"
    return f"{position(inventory)}: spread {amount(spread, 3)}, centred {where}"
