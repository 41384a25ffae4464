"""The plots of chapter 04 that take more than a few lines."""

from __future__ import annotations

import numpy as np

from mmbook.ch04.scenes import unbounded_curvature
from mmbook.printed import HoStoll as PrintedHoStoll
from mmlab.market import Market
from mmlab.models import HoStoll
from mmlab.teach.style import ASK, BID, FIRST_ORDER, MID, PARTS, PROGRAM, Picture, drawing, legend


def what_a_spread_pays_for(alone: HoStoll, rivals: HoStoll) -> Picture:
    """The parts of both spreads as bars with their numbers; market power has an axis of its own."""
    spreads = {
        "alone": alone.spread_parts(0, alone.horizon),
        "among competitors": rivals.spread_parts(0, alone.horizon),
    }
    with drawing(1, 2, width=9.5, height=3.1) as (fig, panels):
        for axes, names in zip(panels, (("market_power",), ("cost", "risk")), strict=True):
            longest = max(float(getattr(parts, name)) for parts in spreads.values() for name in names)
            for row, (who, name) in enumerate((who, name) for name in names for who in spreads):
                part = float(getattr(spreads[who], name))
                axes.barh(-row, part, height=0.7, **PARTS[name])
                axes.text(part + 0.02 * longest, -row, f"{part:.3f}", va="center")
            ticks = [f"{name.replace('_', ' ')},\n{who}" for name in names for who in spreads]
            axes.set(yticks=range(0, -len(ticks), -1), yticklabels=ticks, xlim=(0, 1.25 * longest), xlabel="price")
            axes.grid(visible=False, axis="y")
        share = float(spreads["alone"].market_power / sum(spreads["alone"]))
        panels[0].set_title(f"Alone: market power is {share:.0%} of the spread")
        panels[1].set_title("Competitors pass on cost and risk in full")
    words = "; ".join(
        f"{who}, " + ", ".join(f"{name.replace('_', ' ')} {float(getattr(parts, name)):.3f}" for name in PARTS)
        for who, parts in spreads.items()
    )
    return Picture(fig, f"Bars of what a spread pays for with the whole session left: {words}.")


def where_the_first_order_stops(model: HoStoll, solved: HoStoll) -> Picture:
    """How far a clip moves the middle of the quotes: first order, closed form, and the program as solved."""
    tau = np.linspace(0.0, model.horizon, 101)
    risk = model.risk_aversion * model.volatility**2
    clock = np.sqrt(model.demand_slope * risk)
    closed = unbounded_curvature(model, tau) / 2
    some = tau[::10]
    flat, one_clip = (solved.quotes(0.0, q, some).middle for q in (0, 1))
    with drawing(width=9.0, height=3.2) as (fig, axes):
        axes.plot(tau * clock, risk * tau / 2, label="first order, ½Rσ²τ", **FIRST_ORDER)
        axes.plot(tau * clock, closed, label="½η = ½√(Rσ²/β) tanh(τ√(βRσ²))", **PROGRAM)
        axes.plot(some * clock, flat - one_clip, "o", ms=4, color=PROGRAM["color"], label="the program, solved")
        axes.axvline(1.0, **MID)
        axes.set(xlabel="time left, as τ√(βRσ²) [1]", ylabel="skew of one clip [price]", xlim=(0, tau[-1] * clock))
        axes.set_ylim(0, None)
        axes.set_title(f"The true skew stops at {closed[-1]:.3f} a clip; the first order goes on past τ√(βRσ²) = 1")
    legend(axes, loc="upper center")
    return Picture(
        fig,
        f"Skew of one clip against the time left. The first order is a straight line up to {risk * tau[-1] / 2:.3f}; "
        f"the program's follows it up to about 1/√(βRσ²) = {1 / clock:.2f} and then stays at {closed[-1]:.3f}.",
    )


def the_tangent(market: Market, model: HoStoll) -> Picture:
    """An exponential flow, the line that touches it, and the fee at which they touch."""
    highest = model.highest_fee
    depth = np.linspace(-0.2, 1.6 * highest, 181)
    touch = highest / 2
    rate = float(market.buy_intensity.rate(touch))
    with drawing(width=9.0, height=3.2) as (fig, axes):
        axes.plot(depth, market.buy_intensity.rate(depth), label="the market: A exp(−kδ)", **BID)
        line = np.maximum(model.demand_intercept - model.demand_slope * depth, 0.0)
        axes.plot(depth, line, label="Ho and Stoll's belief: α − βδ", **ASK)
        axes.plot([touch], [rate], "o", color="#444444")
        axes.annotate(f"1/k = {touch:.3f}: {rate:.1f} orders", (touch, rate), (touch + 0.08, rate + 10))
        axes.set(xlabel="depth δ from mid [price]", ylabel="orders per time", xlim=(depth[0], depth[-1]))
        axes.set_ylim(0, None)
        axes.set_title(f"The line touches at 1/k and says that nobody trades beyond {highest:.2f}")
    legend(axes, loc="upper right")
    return Picture(
        fig,
        f"The exponential intensity and its tangent, which touch at depth {touch:.3f}, {rate:.1f} orders per time; "
        f"everywhere else the line is below, and 0 from {highest:.2f} on.",
    )


def middle_and_width(ours: HoStoll, guide: PrintedHoStoll, time_left: float) -> Picture:
    """Middle and width of the quotes against inventory, ours and those of the guide's first method."""
    inventory = np.arange(-10.0, 11.0)
    bid, ask = ours.depths(inventory, time_left)
    printed_bid, printed_ask = guide.calculate_spread(inventory, 0.0)  # type: ignore[no-untyped-call]
    printed = printed_ask - printed_bid
    skew = float((bid - ask)[11] / 2)
    with drawing(1, 2, width=9.5, height=3.2) as (fig, (middle, width)):
        for axes, paper, other, label in (
            (middle, (ask - bid) / 2, (printed_ask + printed_bid) / 2, "middle, from the mid [price]"),
            (width, ask + bid, printed, "spread [price]"),
        ):
            axes.plot(inventory, paper, label="paper", **FIRST_ORDER)
            axes.plot(inventory, other, label="guide, as printed", **ASK)
            axes.set(xlabel="inventory I [clips]", ylabel=label, xlim=(-10, 10), xticks=range(-10, 11, 5))
        width.axhspan(printed.min(), 0, color="#999999", alpha=0.25, lw=0)
        width.text(9.5, 0.55 * printed.min(), "quotes crossed", ha="right", color="#444444")
        middle.set_title(f"What should move {skew:.2f} a clip does not …")
        width.set_title(f"… and what should stay at {(ask + bid)[10]:.2f} does")
    legend(middle, loc="upper right")
    legend(width, loc="upper left")
    return Picture(
        fig,
        f"Two panels against inventory. The middle of the paper's quotes falls by {skew:.2f} a clip, the guide's stays "
        f"at the mid. The paper's spread is {(ask + bid)[10]:.2f} everywhere; the guide's runs from "
        f"{printed.min():.1f} to {printed.max():.1f} and is negative, its quotes crossed, for a dealer who is short.",
    )
