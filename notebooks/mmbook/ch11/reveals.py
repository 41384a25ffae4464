"""The answers to the questions of chapter 11, computed from the shipped day and a book; the words: exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch11.plots import log_ticks
from mmbook.ch11.queue_ways import four_ways
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import calibrate, fill_intensity, signature
from mmlab.teach.checks import Facts
from mmlab.teach.findings import drawn
from mmlab.teach.style import ASK, BID, GUESS, MID


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
    meant = {"nothing but the unit": counted, "A alone": counted, "A and κ": shares / shares[0] * counted[0]}[guess]
    axes.plot(100 * depths, counted / counted[0], "o-", color=BID["color"], label="orders")
    axes.plot(100 * depths, shares / shares[0], "v-", color=ASK["color"], label="shares")
    axes.plot(100 * depths, meant / counted[0], label=f"your guess for shares: {guess}", **GUESS)
    axes.set(yscale="log", xlabel="depth δ [cents]", ylabel="part that reaches δ")
    axes.set_title(f"Shares reach farther than orders: κ = {k:.1f} instead of {by_order.fill_decay.value:.1f}")
    return {"a": a, "k": k, "ratio": a / by_order.arrival_rate.value, "by_order": by_order.fill_decay.value}


@drawn(width=6.4, height=2.0, legend="upper left")
def without_a_queue(guess: str, axes: Axes) -> Facts:
    """What a clip that joins the best queue earns by the backtest and in the book, and what the guess says of it."""
    ways = four_ways()
    believed, real = ways["backtest, front"].money, ways["its own place"].money
    ratio = real.mean / believed.mean
    ratio_error = abs(ratio) * np.hypot(real.error / real.mean, believed.error / believed.mean)
    meant = {
        "about the same": 1.0,
        "a small part, perhaps nothing": ratio,
        "the same the other way round: a loss": -1.0,
    }[guess]
    for n, (name, (mean, error)) in enumerate((("backtest", believed), ("in the book", real))):
        axes.errorbar(mean, n, xerr=2 * error, fmt="o", color=BID["color"], capsize=3)
        axes.annotate(name, (mean, n), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=8)
    axes.axvline(0, **MID)
    axes.axvline(meant * believed.mean, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="ticks a clip placed (± 2 s.e.)", yticks=[], ylim=(-0.6, 2.2))
    axes.set_title(f"The backtest says {believed.mean:.2f} ticks, the book gives {real.mean:.2f}")
    filled = {"believed_filled": ways["backtest, front"].filled.mean, "filled": ways["its own place"].filled.mean}
    earned = {"believed": believed, "real": real, "ratio": ratio, "ratio_error": ratio_error}
    return filled | earned


REVEALS = {
    "traded-prices-every-second": traded_prices,
    "volume-is-no-count": shares_for_orders,
    "backtest-without-a-queue": without_a_queue,
}
