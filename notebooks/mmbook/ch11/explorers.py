"""The calibration explorer: choose the grid of σ, the bins of A and κ and the part of the day; the numbers follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmbook.ch11.scenes import clock, half_hours
from mmlab.market import Day, read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import Estimate, FillIntensity, depth_grid, fill_intensity, volatility
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.parameters import FloatArray, Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, triangles
from mmlab.teach.panels import HERE, Artists
from mmlab.teach.style import ASK, BID, MID, figure, style

GRIDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
RISK_AVERSION = 0.1
SAMPLING_GRID = Parameter(
    name="sampling_grid", symbol="Δ", unit="s", description="How far apart the mids of σ are.", above=0, scale="log"
)
FIRST_DEPTH = Parameter(
    name="first_depth", symbol="δ₀", unit="half ticks", description="Where the first bin begins.", integer=True
)
N_BINS = Parameter(
    name="number_of_bins", symbol="m", unit="ticks", description="How many bins, a tick each.", integer=True
)
PART = Parameter(
    name="part_of_the_day", symbol="#", unit="half hour", description="0 is the whole day.", at_least=0, integer=True
)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the day, with what no slider but its own changes."""

    name: str
    time: FloatArray
    mid: FloatArray
    reach: FloatArray
    observed: float
    signature: tuple[Estimate, ...]

    @classmethod
    def of(cls, day: Day, name: str) -> Part:
        """What the plot needs of `day`."""
        volatilities = tuple(volatility(day.time, day.mid, grid) for grid in GRIDS)
        return cls(name, day.time, day.mid, day.market_orders.reach, day.observed, volatilities)


@dataclass(frozen=True, eq=False)
class State:
    """One position of the sliders."""

    part: Part
    grid: float
    sigma: Estimate
    fit: FillIntensity
    spread: float
    spread_ends: tuple[float, float]


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
    parameters: ClassVar[tuple[Parameter, ...]] = (SAMPLING_GRID, PART, FIRST_DEPTH, N_BINS)

    def __init__(self, day: Day | None = None, tick: float = 0.01):
        self._day, self._tick = day or read_lobster(SHIPPED), tick
        self._source = "read_lobster(SHIPPED)" if day is None else "…  # the day that the explorer was given"
        self._parts: dict[int, Part] = {}
        self._halves = half_hours(self._day)
        grid = depth_grid(self._day.market_orders.reach, tick)
        first, n_bins = round(grid[0] / tick * 2), len(grid)
        # Its ranges and presets are the day's, so they are the object's own.
        self.ranges = {  # type: ignore[misc]
            "sampling_grid": (GRIDS[0], GRIDS[-1]),
            "part_of_the_day": (0, len(self._halves)),
            "first_depth": (0, max(20, first)),
            "number_of_bins": (3, 30),
        }
        at_rest = dict(sampling_grid=30.0, part_of_the_day=0, first_depth=first, number_of_bins=n_bins)
        self.presets = {  # type: ignore[misc]
            "as calibrate does": Preset(at_rest),
            "half a tick too near": Preset(at_rest | {"first_depth": max(first - 1, 0)}),
            "two ticks later": Preset(at_rest | {"first_depth": first + 4}),
            "one half hour": Preset(at_rest | {"part_of_the_day": min(2, len(self._halves))}),
            "σ every second": Preset(at_rest | {"sampling_grid": 1.0}),
        }
        super().__init__()

    def compute(self, values: Mapping[str, float]) -> State:
        """The part (kept), and three estimates from it."""
        part = self._part(int(values["part_of_the_day"]))
        first, n_bins = values["first_depth"] * self._tick / 2, int(values["number_of_bins"])
        fit = fill_intensity(part.reach, 2 * part.observed, first + self._tick * np.arange(n_bins))
        sigma = volatility(part.time, part.mid, values["sampling_grid"])
        low, high = fit.fill_decay.interval
        ends = _spread(fit.arrival_rate.value, high, sigma.value), _spread(fit.arrival_rate.value, low, sigma.value)
        spread = _spread(fit.arrival_rate.value, fit.fill_decay.value, sigma.value)
        return State(part, values["sampling_grid"], sigma, fit, spread, ends)

    def _part(self, index: int) -> Part:
        if index not in self._parts:
            if index == 0:
                self._parts[0] = Part.of(self._day, "The whole day")
            else:
                half = self._halves[index - 1]
                self._parts[index] = Part.of(half, f"From {clock(half.time[0])} to {clock(half.time[-1])}")
        return self._parts[index]

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Three panels; every artist that moves is named."""
        fig, (signature, reached, residuals) = figure(1, 3, width=11.0, height=3.6)
        artists = Artists()
        line = artists.line
        with style():
            marks = (0.5, 2, 10, 60, 300)
            signature.set(xlabel="sampling grid Δ [s]", ylabel="σ̂ [price/√s]", xlim=(-0.4, 2.9))
            signature.set_xticks(np.log10(marks), [f"{mark:g}" for mark in marks])
            line(signature, "sigma", BID, "σ̂")
            for end in ("sigma_low", "sigma_high"):
                line(signature, end, {"color": BID["color"], "linestyle": (0, (1, 1.5))}, "", lw=1)
            line(signature, "grid", HERE)
            artists["grid_dot"] = triangles(signature, BID)
            reached.set(xlabel="depth δ [ticks]", ylabel="orders with reach ≥ δ")
            reached.set_yticks(range(5), ["1", "10", "100", "1000", "10 000"])
            line(reached, "fitted", ASK, "fitted")
            artists["counted"] = triangles(reached, BID)
            residuals.axhspan(-2, 2, color="#eeeeee", lw=0)
            residuals.axhline(0, **MID)
            residuals.set(xlabel="bin begins at [ticks]", ylabel="(counted − expected)/√expected")
            artists["left"] = triangles(residuals, BID)
            for axes, name in ((signature, "t_signature"), (reached, "t_reached"), (residuals, "t_residuals")):
                artists[name] = axes.set_title("…")
        self._axes = signature, reached, residuals
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        signature, reached, residuals = self._axes
        x = np.log10(GRIDS)
        value, error = (np.array([getattr(e, name) for e in result.part.signature]) for name in ("value", "error"))
        low, high = np.maximum(value - 1.96 * error, 0), value + 1.96 * error
        self.view(signature, y=(0.0, float(high.max())))
        for name, data in (("sigma", value), ("sigma_low", low), ("sigma_high", high)):
            artists[name].set_data(x, data)
        at = float(np.log10(result.grid))
        artists["grid"].set_data([at, at], [0, result.sigma.value])
        put_dots(artists["grid_dot"], at, result.sigma.value)
        artists["t_signature"].set_text(
            f"Every {result.grid:g} s: σ = {result.sigma.value:.4f} ± {result.sigma.error:.4f}"
        )

        fit, ticks = result.fit, result.fit.depths / self._tick
        beyond, expected = (n[::-1].cumsum()[::-1] for n in (fit.observed, fit.expected))
        self.view(reached, x=(0.0, float(ticks[-1]) + 0.5), y=(0.0, float(np.log10(beyond[0]))))
        artists["fitted"].set_data(ticks, np.log10(np.maximum(expected, 1e-3)))
        reached = beyond > 0
        put_dots(artists["counted"], ticks[reached], np.log10(beyond[reached]), 3.0)
        artists["t_reached"].set_text(f"A = {fit.arrival_rate.value:.3f} a second, κ = {fit.fill_decay.value:.1f}")
        furthest = max(3.5, float(np.abs(fit.residuals).max()))
        self.view(residuals, x=(0.0, float(ticks[-1]) + 0.5), y=(-furthest, furthest))
        put_dots(artists["left"], ticks, fit.residuals, 3.0)
        freedom = "degrees of freedom"
        artists["t_residuals"].set_text(fit.verdict if fit.rejected else f"{fit.verdict} {freedom}")

    def readout(self, result: State) -> str:
        """The estimates with their errors, and the spread that they make."""
        fit, sigma, part = result.fit, result.sigma, result.part
        return (
            f"{part.name}, {len(part.reach)} market orders: A = {fit.arrival_rate.value:.4f} ± "
            f"{fit.arrival_rate.error:.4f} a second and side, κ = {fit.fill_decay.value:.2f} ± "
            f"{fit.fill_decay.error:.2f} per unit of price, {fit.verdict}, from {fit.observed.sum():.0f} orders that "
            f"reach {fit.depths[0]:g} or more; σ = {sigma.value:.5f} ± {sigma.error:.5f} on a grid of {result.grid:g} "
            f"s. A flat dealer with γ = {RISK_AVERSION:g} then quotes {result.spread:.4f} from bid to ask, from "
            f"{result.spread_ends[0]:.4f} to {result.spread_ends[1]:.4f} at the ends of κ's interval"
            + (f": {fit.verdict}." if fit.rejected else ".")
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        index = int(values["part_of_the_day"])
        half = "" if index == 0 else f"\nday = half_hours(day)[{index - 1}]"
        import_half = "" if index == 0 else "\nfrom mmbook.ch11.scenes import half_hours"
        return f"""import numpy as np
from mmlab import GueantLehalleFernandezTapia
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import fill_intensity, volatility{import_half}

day = {self._source}{half}
depths = {values["first_depth"] * self._tick / 2:.6g} + {self._tick:g} * np.arange({values["number_of_bins"]:.0f})
fit = fill_intensity(day.market_orders.reach, 2 * day.observed, depths)
sigma = volatility(day.time, day.mid, {values["sampling_grid"]:g})
model = GueantLehalleFernandezTapia(
    risk_aversion={RISK_AVERSION:g}, volatility=sigma.value, arrival_rate=fit.arrival_rate.value,
    fill_decay=fit.fill_decay.value, horizon=1, max_inventory=20, solution="closed form",
)
print(fit.arrival_rate.value, fit.fill_decay.value, sigma.value, 2 * model.half_spread)
"""


def _spread(rate: float, kappa: float, sigma: float) -> float:
    """The closed form's spread [price] for a flat dealer."""
    model = GueantLehalleFernandezTapia(
        risk_aversion=RISK_AVERSION,
        volatility=sigma,
        arrival_rate=rate,
        fill_decay=kappa,
        horizon=1,
        max_inventory=20,
        solution="closed form",
    )
    return 2 * model.half_spread
