"""The calibration explorer: choose the grid of σ, the bins of A and κ and the part of the day; the numbers follow."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch11.scenes import half_hours
from mmlab import GueantLehalleFernandezTapia
from mmlab.market import Day, read_lobster
from mmlab.market.recorded_day import clock
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import depth_grid, fill_intensity, volatility
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID

GRIDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
SAMPLING_GRID = Parameter("Δ", "s", "How far apart the mids of σ are.", above=0, scale="log", name="sampling_grid")
FIRST_DEPTH = Parameter("δ₀", "half ticks", "Where the first bin begins.", integer=True, name="first_depth")
N_BINS = Parameter("B", "ticks", "How many bins, a tick each.", integer=True, name="number_of_bins")
PART = Parameter("#", "half hour", "0 is the whole day.", at_least=0, integer=True, name="part_of_the_day")


def signature(day: Day, part_of_the_day: int) -> dict[str, Any]:
    """The part of the day, and σ from it on each of these grids."""
    part = half_hours(day)[part_of_the_day - 1] if part_of_the_day else day
    sigmas = [volatility(part.time, part.mid, grid) for grid in GRIDS]
    return locals()


def estimates(part: Day, tick: float, sampling_grid: float, first_depth: int, number_of_bins: int) -> dict[str, Any]:
    """A, κ and σ, and the spread that they make: with κ, and at the ends of its interval."""
    depths = first_depth * tick / 2 + tick * np.arange(number_of_bins)
    fit = fill_intensity(part.market_orders.reach, 2 * part.observed, depths)
    sigma = volatility(part.time, part.mid, sampling_grid)
    spreads = [
        2
        * GueantLehalleFernandezTapia(
            risk_aversion=0.1,
            volatility=sigma.value,
            arrival_rate=fit.arrival_rate.value,
            fill_decay=decay,
            horizon=1,
            max_inventory=20,
            solution="closed form",
        ).half_spread
        for decay in (fit.fill_decay.value, *fit.fill_decay.interval[::-1])
    ]
    return locals()


def beside_the_lattice(s: Any) -> bool:
    """Whether the whole day's A is more than a tenth too small, at the same κ and the same χ²."""
    reach = s.day.market_orders.reach
    usual = fill_intensity(reach, 2 * s.day.observed, depth_grid(reach, s.tick))
    same = np.allclose(s.fit.chi_squared, usual.chi_squared, rtol=1e-6) and s.part_of_the_day == 0
    return bool(same and s.fit.arrival_rate.value < 0.9 * usual.arrival_rate.value)


def misses_by_chance(s: Any) -> bool:
    """Whether a half hour's 95% interval of σ, every two minutes, has not the whole day's σ in it."""
    low, high = s.sigma.interval
    within = low <= volatility(s.day.time, s.day.mid, s.sampling_grid).value <= high
    return bool(s.part_of_the_day and s.sampling_grid == 120 and not within)


class CalibrationExplorer(Explorer):
    """Sliders for σ's grid, the bins of A and κ and the part of the day over signature, counts and residuals.

    Parameters
    ----------
    day : Day, optional
        By default the one that ships with mmlab.
    tick : float
        [price]
    """

    title: ClassVar[str] = "Calibration"
    sliders: ClassVar = {
        SAMPLING_GRID: (GRIDS[0], GRIDS[-1], 30.0),
        PART: (0, 6, 0),
        FIRST_DEPTH: (0, 20, 4),
        N_BINS: (3, 30, 12),
    }
    also: ClassVar = {"day": None, "tick": 0.01}
    stages: ClassVar = (signature, estimates)
    tasks: ClassVar = {
        "move δ₀ alone so that A comes out a fifth too small and χ² does not notice.": beside_the_lattice,
        "with Δ = 120 s, find the half hour whose 95% interval of σ misses the whole day's σ.": misses_by_chance,
    }
    prints: ClassVar[str] = "fit.arrival_rate.value, fit.fill_decay.value, sigma.value, *spreads"

    def __init__(self, day: Day | None = None, tick: float = 0.01):
        self._source = "read_lobster(SHIPPED)" if day is None else "...  # the day that the explorer was given"
        day = day or read_lobster(SHIPPED)
        n_parts, depths = len(half_hours(day)), depth_grid(day.market_orders.reach, tick)
        first = round(depths[0] / tick * 2)
        last = max(20, first + 4)
        at_rest = {"part_of_the_day": (0, n_parts, 0), "first_depth": (0, last, first)}
        at_rest |= {"number_of_bins": (3, 30, len(depths))}
        # They are the day's, and so the object's own.
        self.presets = {  # type: ignore[misc]
            "as calibrate does": at_rest,
            "half a tick too near": at_rest | {"first_depth": (0, last, max(first - 1, 0))},
            "two ticks later": at_rest | {"first_depth": (0, last, first + 4)},
            "one half hour": at_rest | {"part_of_the_day": (0, n_parts, min(2, n_parts))},
            "σ every second": at_rest | {"sampling_grid": 1.0},
        }
        if self._source.startswith("..."):
            self.tasks = {}  # type: ignore[misc]  # they are about the day that ships
        super().__init__(day=day, tick=tick)

    def written(self, name: str, value: Any) -> str:
        """The day as it can be read again."""
        return self._source if name == "day" else super().written(name, value)

    def show(self, s: Any, signature: Panel, reached: Panel, residuals: Panel) -> None:
        """σ on every grid, how many orders reached each depth, and what the fit leaves of each bin."""
        x, marks = np.log10(GRIDS), (0.5, 2, 10, 60, 300)
        value, error = (np.array([getattr(each, name) for each in s.sigmas]) for name in ("value", "error"))
        low, high = np.maximum(value - 1.96 * error, 0), value + 1.96 * error
        scale: dict[str, Any] = {"xticks": np.log10(marks), "xticklabels": [f"{mark:g}" for mark in marks]}
        signature.view(x=(-0.4, 2.9), y=(0.0, high.max()), xlabel="sampling grid Δ [s]", ylabel="σ̂ [price/√s]", **scale)
        signature.line("σ̂", x, value, BID)
        dotted = BID | {"linestyle": (0, (1, 1.5))}
        signature.line("its 95% interval", x, low, dotted, lw=1)
        signature.line("_high", x, high, dotted, lw=1)
        signature.upright(np.log10(s.sampling_grid))
        signature.dots("_grid", np.log10(s.sampling_grid), s.sigma.value, BID)
        signature.title(f"Every {s.sampling_grid:g} s: σ = {s.sigma.value:.4f} ± {s.sigma.error:.4f}")

        ticks = s.depths / s.tick
        beyond, expected = (n[::-1].cumsum()[::-1] for n in (s.fit.observed, s.fit.expected))
        across = 0.0, float(ticks[-1]) + 0.5
        scale = {"yticks": range(6), "yticklabels": ["1", "10", "100", "1000", "10⁴", "10⁵"]}
        top = float(np.log10(beyond[0]))
        reached.view(x=across, y=(0.0, top), xlabel="depth δ [ticks]", ylabel="orders with reach ≥ δ", **scale)
        reached.line("fitted", ticks, np.log10(np.maximum(expected, 1e-3)), ASK)
        reached.dots("counted", ticks[beyond > 0], np.log10(beyond[beyond > 0]), BID, size=3)
        reached.title(f"A = {s.fit.arrival_rate.value:.3f} a second, κ = {s.fit.fill_decay.value:.1f}")

        furthest = max(3.5, float(np.abs(s.fit.residuals).max()))
        residuals.view(x=across, y=(-furthest, furthest), xlabel="bin begins at [ticks]", ylabel="residual [√expected]")
        residuals.level(0, MID)
        for side in (-2, 2):
            residuals.level(side, label=f"_{side}")
        residuals.dots("_bin", ticks, s.fit.residuals, BID, size=3)
        residuals.title(s.fit.verdict if s.fit.rejected else f"{s.fit.verdict} (degrees of freedom)")

    def readout(self, s: Any) -> str:
        """The estimates with their errors, and the spread that they make."""
        fit, sigma = s.fit, s.sigma
        name = f"From {clock(s.part.time[0])} to {clock(s.part.time[-1])}" if s.part_of_the_day else "The whole day"
        spread, *ends = s.spreads
        return (
            f"{name}, {len(s.part.market_orders)} market orders: A = {fit.arrival_rate.value:.4f} ± "
            f"{fit.arrival_rate.error:.4f} a second and side, κ = {fit.fill_decay.value:.2f} ± "
            f"{fit.fill_decay.error:.2f} per unit of price, {fit.verdict}, from {fit.observed.sum():.0f} orders that "
            f"reach {fit.depths[0]:g} or more; σ = {sigma.value:.5f} ± {sigma.error:.5f} on a grid of "
            f"{s.sampling_grid:g} s. A flat dealer with γ = 0.1 then quotes {spread:.4f} from bid to ask, from "
            f"{ends[0]:.4f} to {ends[1]:.4f} at the ends of κ's interval"
            + (f": {fit.verdict}." if fit.rejected else ".")
        )
