"""The answers to the questions of chapter 11, computed from the shipped day; the words: exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch11.plots import log_ticks
from mmbook.ch11.scenes import bursts
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import calibrate, fill_intensity, signature
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, steps


@drawn(width=6.4, height=2.8, legend="upper right")
def traded_prices(guess: str, axes: Axes) -> Facts:
    """σ from mids and from traded prices on the shipped day, and what the guess says of the latter."""
    day = read_lobster(SHIPPED)
    grids = (1, 2, 5, 10, 20, 30, 60)
    orders = day.market_orders
    mids, trades = signature(day.time, day.mid, grids), signature(orders.time, orders.price, grids)
    tilt = {"better": 0.0, "too large": 0.75, "too small": -0.5}[guess]
    drawn = mids[-1].value * (1 + tilt * np.linspace(1, 0, len(grids)))
    axes.plot(grids, [each.value for each in trades], "v-", label="traded prices", color=ASK["color"])
    axes.plot(grids, [each.value for each in mids], "o-", label="mids", color=BID["color"])
    axes.plot(grids, drawn, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="sampling grid [s]", ylabel="σ̂ [price/√s]", ylim=(0, None))
    log_ticks(axes, grids)
    axes.set_title(f"Every second, traded prices say σ = {trades[0].value:.3f}; the truth is 0.02")
    facts = {"trades": [each.value for each in trades], "mids": [each.value for each in mids]}
    return facts


@drawn(width=6.4, height=2.8, legend="lower left")
def shares_for_orders(guess: str, axes: Axes) -> Facts:
    """Orders and shares that reach each depth on the shipped day, each as a share of the first depth's."""
    day = read_lobster(SHIPPED)
    by_order = calibrate(day).pooled
    orders = day.market_orders
    depths = by_order.depths
    shares = np.array([orders.size[orders.reach > depth - 1e-6].sum() for depth in depths])
    counted = by_order.observed[::-1].cumsum()[::-1]
    by_share = fill_intensity(np.repeat(orders.reach, orders.size.astype(np.intp)), 2 * day.observed, depths)
    a, k = by_share.arrival_rate.value, by_share.fill_decay.value
    like_orders, like_shares = counted / counted[0], shares / shares[0]
    words, meant = {
        "nothing but the unit": ("only the unit", like_orders),
        "A alone": ("how often they come", like_orders),
        "A and κ": ("both", like_shares),
    }[guess]
    axes.plot(100 * depths, like_orders, "o-", color=BID["color"], label="orders")
    axes.plot(100 * depths, like_shares, "v-", color=ASK["color"], label="shares")
    axes.plot(100 * depths, meant, label=f"your guess for shares: {words}", **GUESS)
    axes.set(yscale="log", xlabel="depth δ [cents]", ylabel="part that reaches δ")
    axes.set_title(f"Shares reach farther than orders: κ = {k:.1f} instead of {by_order.fill_decay.value:.1f}")
    return {"a": a, "k": k, "ratio": a / by_order.arrival_rate.value, "by_order": by_order.fill_decay.value}


@drawn(width=6.4, height=2.8, legend="upper right")
def unusual_hours(guess: str, axes: Axes) -> Facts:
    """Counts of many hours of a flow in which half of the orders were brought by others, and the guess's bell."""
    n_hours, mean, n = 4000, 400, 0.5
    flow = bursts(mean / 3600, n, 1.0, 3600.0 * n_hours, np.random.default_rng(400))
    counts = np.histogram(flow, n_hours, (0, 3600.0 * n_hours))[0]
    edges = np.arange(240, 561, 10)
    axes.plot(*steps(edges, np.histogram(counts, edges, density=True)[0]), label="an hour's orders", **BID)
    x, sd = np.linspace(240, 560, 161), float(guess)
    bell = np.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))
    axes.plot(x, bell, label=f"your guess: typically {guess} off", **GUESS)
    axes.set(xlabel="market orders in an hour", ylabel="density", xlim=(240, 560), ylim=(0, None))
    axes.set_title(f"An hour is typically {counts.std():.0f} off, where raindrops are {mean**0.5:.0f} off")
    # A burst is one order alone if that brings none.
    return {"n_hours": n_hours, "sd": counts.std(), "mean": counts.mean(), "size": 1 / (1 - n), "alone": np.exp(-n)}


REVEALS = {
    "an-unusual-hour": unusual_hours,
    "traded-prices-every-second": traded_prices,
    "volume-is-no-count": shares_for_orders,
}
