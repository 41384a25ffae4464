"""Calibration: σ, A, κ and ε of a recorded day, each with its standard error, and how well the models fit it.

σ and ε are in `mid_moves`, A and κ in `reach_counts`, how market orders excite each other in `hawkes`; wrong ways to do
all this are shown in `mmlab.teach`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.frozen import frozen
from mmlab.market import Day, Exponential
from mmlab.measure.estimate import CalibrationError, Estimate
from mmlab.measure.mid_moves import adverse_selection, volatility
from mmlab.measure.reach_counts import FillIntensity, depth_grid, fill_intensity
from mmlab.measure.self_excitation import Hawkes, hawkes
from mmlab.table import Table, Tabled

FEWEST_ORDERS = 30


@frozen(eq=False, repr=False)
class Calibration(Tabled):
    """What a day tells about the market; pairs are of (buy, sell) market orders."""

    mid_price: float
    """The last [price]."""
    horizon: float
    """How long the day was watched [s]: halts and gaps are no part of it, nor of any rate."""
    n_orders: int
    clip: float
    """The median market order [shares]: a clip to count inventory in."""
    volatility: Estimate
    pooled: FillIntensity
    """Both sides as one flow; its A is that of each side."""
    fills: tuple[FillIntensity, FillIntensity]
    jump: Estimate
    """ε of one order: `jump_horizon` after it."""
    jumps: tuple[Estimate, Estimate]
    jump_horizon: float
    """[time]"""
    held: Estimate
    """ε at `holding`, whatever came after an order."""
    holding: float
    """[s] for which a fill is held."""
    clustering: tuple[Hawkes, Hawkes]

    @property
    def branching(self) -> Estimate:
        """n of both sides: their mean, each weighted with 1/error²."""
        value, error = np.array([(flow.branching.value, flow.branching.error) for flow in self.clustering]).T
        weight = np.minimum(error, 1e6) ** -2.0  # infinite errors too weigh alike
        return Estimate(float(weight @ value / weight.sum()), float(weight.sum() ** -0.5), "1", least=0.0)

    @property
    def memory(self) -> float:
        """1/β [time]: how soon the orders come that an order brings, as a geometric mean of those of both sides."""
        brought, beta = np.array([(flow.branching.value, flow.decay.value) for flow in self.clustering]).T
        return float(np.exp(-np.average(np.log(beta), weights=brought)))

    @property
    def lasting_jump(self) -> Estimate:
        """What an order does with those that it brings, and these bring: ε/(1 − n), infinite where n is 1 or more.

        It is what an order costs whoever holds its fill until they have come. A price response goes further, in the end
        to ε (1 + 1/(1 − n)²)/2: an order is one of a burst, and the others of the burst bring orders too. Where those
        that it brings come sooner than ε is read off, 1/β < `jump_horizon`, ε already holds them, and divided by 1 − n
        it would count them twice; what comes later n does not tell. There it is what was measured at the holding time,
        `held`. `lasting_note` says which.
        """
        rest = 1 - self.branching.value
        if self.memory < self.jump_horizon:
            return self.held
        if rest <= 0:
            return Estimate(np.inf, np.inf, self.jump.unit)
        lasting = self.jump.value / rest
        error = np.hypot(self.jump.error, lasting * self.branching.error) / rest
        return Estimate(lasting, float(error), self.jump.unit)

    @property
    def lasting_note(self) -> str:
        """What `lasting_jump` is and rests on: which ε, and how well n is fitted, on the worse side."""
        rule = "ε/(1 − n), with the orders that it brings"
        if self.memory < self.jump_horizon:
            rule = f"ε after {self.holding:g} s, as ε at {self.jump_horizon:g} s holds the fitted bursts already"
        worse = max(self.clustering, key=lambda flow: flow.distance[0] / flow.distance[1])
        return f"{rule} (1/β = {self.memory:.2g} s); {worse.verdict}"

    @property
    def intensities(self) -> tuple[Exponential, Exponential]:
        """The two flows apart, as ``Market.from_calibration(…, intensity=…)`` takes them."""
        return self.fills[0].intensity, self.fills[1].intensity

    @property
    def table(self) -> Table:
        """Every number with its standard error, its 95% interval, its unit, and what to know of it."""
        rows, after = [("σ", self.volatility, "")], f"{self.jump_horizon:g} s after an order"
        names, fits, jumps = ("both sides", "buys", "sells"), (self.pooled, *self.fills), (self.jump, *self.jumps)
        for name, fit, jump in zip(names, fits, jumps, strict=True):
            rows += [(f"A, {name}", fit.arrival_rate, fit.verdict), (f"κ, {name}", fit.fill_decay, fit.verdict)]
            rows += [(f"ε, {name}", jump, after)]
        for name, flow in zip(names[1:], self.clustering, strict=True):
            memory = "unknown" if np.isinf(flow.decay.error) else f"= {1 / flow.decay.value:.2g} s"
            rows += [(f"n, {name}", flow.branching, f"1/β {memory}; {flow.verdict}")]
        rows += [("lasting ε", self.lasting_jump, self.lasting_note)]
        lies = "{:.4g} to {:.4g}"
        cells = ([x, e.value, f"{e.error:.2g}", lies.format(*e.interval), e.unit, note] for x, e, note in rows)
        return Table.of(["quantity", "estimate", "standard error", "95% interval", "unit", "note"], cells)

    _table = table


def calibrate(
    day: Day,
    *,
    tick: float = 0.01,
    depths: ArrayLike | None = None,
    grid: float = 30.0,
    horizon: float = 0.1,
    holding: float = 60.0,
) -> Calibration:
    """All that a market needs, from one day: σ, A, κ, ε, how orders cluster, and a clip; times in seconds.

    Parameters
    ----------
    day : Day
        A whole one or a part, with at least 30 market orders, some of each side.
    tick : float
        [price] the width of the default bins.
    depths : array, optional
        [price] where the bins of `fill_intensity` begin; by default `depth_grid`'s.
    grid : float
        [s] the sampling grid of σ.
    horizon : float
        [s] after which ε is read off; short, so that what later orders do is left to them: see `lasting_jump`.
    holding : float
        [s] for which a fill is held; a tenth of the time watched at most.

    Raises
    ------
    CalibrationError
        If the day has too few market orders, a third of them was left out in gaps, they cannot tell a number, or a
        silence makes it doubtful for how long they were watched (`Day.doubt`).
    """
    orders = day.market_orders
    if day.doubt:
        raise CalibrationError(f"The day has {day.doubt}.")
    if 2 * (gone := len(day.left_out.get("in a gap", []))) > len(orders):
        raise CalibrationError(
            f'{gone:,} of {gone + len(orders):,} market orders were left out, "in a gap": are rows further apart than '
            f"stale_after, {day.stale_after:g} s?"
        )
    if (n := len(orders)) < FEWEST_ORDERS:
        raise CalibrationError(f"A calibration needs at least {FEWEST_ORDERS} market orders; the day has {n}.")
    depths = depth_grid(orders.reach, tick) if depths is None else depths
    sides = [orders.where(orders.side == side) for side in (1, -1)]
    buys, sells = (fill_intensity(side.reach, day.observed, depths, side.price) for side in sides)
    up, down = (adverse_selection(day, horizon, side) for side in (1, -1))
    clusters = [hawkes(day.clock(side.time), day.observed) for side in sides]
    mid, holding = day.mid[~np.isnan(day.mid)], min(holding, day.observed / 10)
    return Calibration(
        mid_price=float(mid[-1]),
        horizon=day.observed,
        n_orders=len(orders),
        clip=float(np.median(orders.size)),
        volatility=volatility(day.time, day.mid, grid),
        pooled=fill_intensity(orders.reach, 2 * day.observed, depths, orders.price),
        fills=(buys, sells),
        jump=adverse_selection(day, horizon),
        jumps=(up, down),
        jump_horizon=horizon,
        held=adverse_selection(day, holding),
        holding=holding,
        clustering=(clusters[0], clusters[1]),
    )
