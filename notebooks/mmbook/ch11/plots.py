"""The plots of chapter 11: a day, its signature, its counts, its price responses, its clusters, its half hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch11.scenes import HALF_HOUR, half_hours, time_average
from mmlab.market import Day
from mmlab.market.recorded_day import clock
from mmlab.measure import Calibration, Estimate, FillIntensity, Hawkes
from mmlab.parameters import FloatArray
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC, Picture, drawing, legend, steps

BARS = {"fmt": "o", "ms": 4, "capsize": 2.5, "lw": 1.2}


def _stairs(parts: Sequence[Day], heights: Sequence[float]) -> tuple[list[float], list[float]]:
    """A staircase over parts of a day, broken where something lies between two of them."""
    x, y = list[float](), list[float]()
    for part, height in zip(parts, heights, strict=True):
        if x and part.time[0] > x[-1]:
            x, y = [*x, np.nan], [*y, np.nan]
        x, y = [*x, part.time[0], part.time[-1]], [*y, height, height]
    return x, y


def _hours(axes: Axes, day: Day) -> None:
    first, last = np.ceil(day.time[0] / HALF_HOUR), np.floor(day.time[-1] / HALF_HOUR)
    marks = HALF_HOUR * np.arange(first, last + 1, max(1, np.ceil((last - first) / 8)))
    axes.set_xticks(marks, [clock(mark) for mark in marks.tolist()])
    axes.set_xlim(day.time[0] - 60, day.time[-1] + 60)


def the_day(day: Day, title: str) -> Picture:
    """Mid, quoted spread and market orders a minute, each half hour's mean drawn over the last two."""
    parts = half_hours(day)
    at = np.arange(day.time[0], day.time[-1], 5.0)
    row = np.searchsorted(day.time, at, side="right") - 1
    spread = day.ask - day.bid
    minute = np.arange(day.time[0], day.time[-1] - 59, 60.0)
    counts = np.histogram(day.market_orders.time, np.append(minute, minute[-1] + 60))[0]
    rates = [len(part.market_orders) / part.observed * 60 for part in parts]
    widths = [time_average(part) for part in parts]
    with drawing(3, 1, width=9.0, height=5.6) as (fig, (price, width, flow)):
        price.plot(at, day.mid[row], color="#444444", lw=0.9)
        price.set(ylabel="mid [price]")
        price.set_title(title)
        width.plot(at, spread[row], color="#bbbbbb", lw=0.5)
        width.plot(*_stairs(parts, widths), **BID)
        width.set(ylabel="spread [price]", ylim=(0, float(np.nanquantile(spread[row], 0.99)) * 1.3))
        flow.plot(*steps(np.append(minute, minute[-1] + 60), counts), color="#bbbbbb", lw=0.7)
        flow.plot(*_stairs(parts, rates), label="half hour's mean", **BID)
        flow.set(ylabel="orders a minute", xlabel="time of day", ylim=(0, None))
        for axes in (price, width, flow):
            _hours(axes, day)
            axes.tick_params(labelbottom=axes is flow)
    legend(flow, loc="upper center")
    return Picture(
        fig,
        f"{title}. The half hours have {min(rates):.1f} to {max(rates):.1f} market orders a minute and mean spreads of "
        f"{min(widths):.3f} to {max(widths):.3f}; the mid was {np.nanmin(day.mid):.2f} to {np.nanmax(day.mid):.2f}.",
    )


def _numbers(estimates: Sequence[Estimate]) -> tuple[FloatArray, FloatArray]:
    """Their values and standard errors."""
    return np.array([each.value for each in estimates]), np.array([each.error for each in estimates])


def log_ticks(axes: Axes, at: Sequence[float]) -> None:
    """A logarithmic axis with a mark at each of these and nowhere else."""
    axes.set_xscale("log")
    axes.set_xticks(at, [f"{x:g}" for x in at])
    axes.minorticks_off()


def signatures(
    grids: Sequence[float], curves: Mapping[str, Sequence[Estimate]], chosen: float, title: str, truth: float | None
) -> Picture:
    """σ against the sampling grid, a curve for each price sampled, with 95% intervals."""
    with drawing(width=9.0, height=3.2) as (fig, axes):
        for (name, estimates), look, shift in zip(curves.items(), (BID, ASK), (0.98, 1.02), strict=False):
            value, error = _numbers(estimates)
            x = np.array(grids) * shift
            axes.errorbar(x, value, 1.96 * error, label=name, color=look["color"], **BARS)
            axes.plot(x, value, **look)
        if truth is not None:
            axes.axhline(truth, label=f"truth {truth:g}", **MID)
        axes.axvline(chosen, color="#999999", lw=0.8)
        axes.set(xlabel="sampling grid [s]", ylabel="σ̂ [price/√s]", ylim=(0, None))
        log_ticks(axes, grids)
        axes.set_title(title)
    legend(axes, loc="best")
    words = "; ".join(
        f"{name} {estimates[0].value:.4f} to {estimates[-1].value:.4f}" for name, estimates in curves.items()
    )
    return Picture(fig, f"{title}. From a grid of {grids[0]:g} s to {grids[-1]:g} s: {words}.")


def counts(fitted: Mapping[str, FillIntensity], title: str) -> Picture:
    """How many orders reach each depth with the fitted lines, and the residuals of the bins."""
    looks = (BID, ASK, RESERVATION)
    marks = ("o", "v", "s")
    with drawing(1, 2, width=10.0, height=3.4) as (fig, (reached, left)):
        for n, (name, fit) in enumerate(fitted.items()):
            look = looks[n]
            beyond, expected = (x[::-1].cumsum()[::-1] for x in (fit.observed, fit.expected))
            reached.plot(100 * fit.depths, beyond, marks[n], ms=4, color=look["color"], label=f"{name}: counted")
            reached.plot(100 * fit.depths, expected, label="fitted" if len(fitted) == 1 else None, lw=1.2, **look)
            shift = 100 * np.diff(fit.depths)[0] * 0.12 * (n - (len(fitted) - 1) / 2)
            left.plot(100 * fit.depths + shift, fit.residuals, marks[n], ms=4, color=look["color"], label=name)
        reached.set(yscale="log", xlabel="depth δ [cents]", ylabel="orders with reach ≥ δ")
        reached.set_title(title)
        left.axhspan(-2, 2, color="#eeeeee", lw=0)
        left.axhline(0, color="#999999", lw=0.8)
        left.set(xlabel="bin begins at [cents]", ylabel="(counted − expected)/√expected")
        furthest = max(float(np.abs(fit.residuals).max()) for fit in fitted.values())
        left.set_ylim(-max(3.5, 1.1 * furthest), max(3.5, 1.1 * furthest))
        outside = sum(int((np.abs(fit.residuals) > 2).sum()) for fit in fitted.values())
        n_bins = sum(len(fit.residuals) for fit in fitted.values())
        left.set_title(f"{outside} of {n_bins} residuals beyond ±2")
    legend(reached, loc="lower left")
    words = "; ".join(f"{name}: A {fit.arrival_rate}, κ {fit.fill_decay}" for name, fit in fitted.items())
    return Picture(fig, f"{title}. {words}. {outside} of {n_bins} residuals are beyond ±2.")


def markout_curve(horizons: Sequence[float], estimates: Sequence[Estimate], title: str, truth: float | None) -> Picture:
    """ε against the horizon at which it is read off, with 95% intervals."""
    value, error = _numbers(estimates)
    with drawing(width=9.0, height=2.9) as (fig, axes):
        axes.errorbar(horizons, 100 * value, 196 * error, color=BID["color"], **BARS)
        axes.plot(horizons, 100 * value, lw=1, **BID)
        if truth is not None:
            axes.axhline(100 * truth, label=f"truth {100 * truth:g}", **MID)
            legend(axes, loc="upper left")
        axes.set(xlabel="horizon after the order [s]", ylabel="price response [cents]")
        log_ticks(axes, horizons)
        axes.set_title(title)
    words = "; ".join(
        f"{horizon:g} s: {100 * e.value:.2f} ± {100 * e.error:.2f}"
        for horizon, e in zip(horizons, estimates, strict=True)
    )
    return Picture(fig, f"{title}. Price responses in cents: {words}.")


def clusters(times: FloatArray, observed: float, fitted: Hawkes, title: str) -> Picture:
    """Residuals of a Poisson flow and of the Hawkes flow against what an exponential(1) has."""
    poisson = np.diff(times) * len(times) / observed
    with drawing(width=5.6, height=3.6) as (fig, axes):
        n = len(poisson)
        quantile = -np.log1p(-(np.arange(n) + 0.5) / n)
        chance = 2 * np.sqrt(np.expm1(quantile) / n)  # two deviations of the order statistics
        axes.fill_between(quantile, quantile - chance, quantile + chance, color="#eeeeee", lw=0, label="chance")
        for name, residuals, look, width in (("Poisson", poisson, ASK, 3.0), ("Hawkes", fitted.residuals, BID, 1.6)):
            axes.plot(quantile, np.sort(residuals), label=name, lw=width, **look)
        axes.plot([0, 9], [0, 9], label="if the flow is right", **MID)
        axes.set(xlabel="exponential(1) quantile", ylabel="∫λ between orders, sorted", xlim=(0, 8), ylim=(0, 12))
        axes.set_title(title)
    legend(axes, loc="upper left")
    return Picture(fig, f"{title}. The residuals of the Hawkes flow from an exponential: {fitted.verdict}.")


PICKS: tuple[tuple[str, str, Callable[[Calibration], Estimate]], ...] = (
    ("σ", "price/√s", lambda fit: fit.volatility),
    ("A", "1/s", lambda fit: fit.pooled.arrival_rate),
    ("κ", "1/price", lambda fit: fit.pooled.fill_decay),
)


def by_half_hour(
    starts: Sequence[float], parts: Sequence[Calibration], whole: Calibration, truth: Mapping[str, float] | None
) -> Picture:
    """σ, A and κ of each half hour with 95% intervals, beside the whole day's and the truth."""
    words = []
    with drawing(1, 3, width=10.0, height=3.0) as (fig, panels):
        for axes, (name, unit, pick) in zip(panels, PICKS, strict=True):
            estimates, day = [pick(part) for part in parts], pick(whole)
            value, error = _numbers(estimates)
            x = np.arange(len(estimates))
            axes.axhspan(*day.interval, color=BID["color"], alpha=0.15, lw=0)
            axes.axhline(day.value, lw=1, label="whole day", **BID)
            if truth is not None:
                axes.axhline(truth[name], lw=1.2, label="truth", **MID)
            axes.errorbar(x, value, 1.96 * error, color="#444444", **BARS)
            step = 1 if len(x) < 8 else 3
            axes.set_xticks(x[::step], [clock(start) for start in starts[::step]])
            axes.set(xlabel="half hour from", ylabel=f"{name} [{unit}]", ylim=(0, None))
            outside = sum(not e.interval[0] <= day.value <= e.interval[1] for e in estimates)
            axes.set_title(f"{name}: {outside} of {len(estimates)} intervals miss the day's value")
            words.append(f"{name} {value.min():.3g} to {value.max():.3g}, {outside} of {len(estimates)} intervals miss")
    legend(panels[0], loc="lower right")
    return Picture(fig, f"Half hours beside the whole day: {'; '.join(words)} the whole day's value.")


def naive_estimates(right: tuple[float, float], naive: Mapping[str, tuple[float, float]], title: str) -> Picture:
    """Each mistake's A and κ as multiples of the right estimator's."""
    rows = np.arange(len(naive))[::-1]
    with drawing(width=8.0, height=3.2) as (fig, axes):
        for n, (name, mark, look) in enumerate((("A", "o", BID), ("κ", "s", SYMMETRIC))):
            factors = [pair[n] / right[n] for pair in naive.values()]
            axes.plot(factors, rows, mark, color=look["color"], label=f"{name} wrong / right")
        axes.axvline(1, **MID)
        axes.set(xscale="log", xlabel="times the right estimator's value", ylim=(-0.6, len(naive) - 0.4))
        axes.set_yticks(rows, list(naive))
        axes.set_title(title)
    legend(axes, loc="lower right")
    words = "; ".join(f"{name}: A × {a / right[0]:.3g}, κ × {k / right[1]:.3g}" for name, (a, k) in naive.items())
    return Picture(fig, f"{title}. {words}.")
