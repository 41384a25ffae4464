"""Calibrate in the morning, quote in the afternoon: what the model promised, and what the day gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from mmlab.desk import Desk
from mmlab.market import Day, Market, Tape, replay_tape
from mmlab.measure import Calibration, calibrate
from mmlab.parameters import FloatArray
from mmlab.simulation import History, exact_moments, simulate
from mmlab.table import Table


@dataclass(frozen=True)
class Account:
    """What quoting came to, or is expected to, in clips and price · clip; what costs is negative.

    The profit is edge + adverse selection + inventory + fees.
    """

    orders: float
    """Market orders that met a quote."""
    clips: float
    edge: float
    """Earned at the fills, against the mid of that moment."""
    adverse_selection: float
    """What the mid did to each clip soon after its fill."""
    inventory: float
    """What the mid did to the clips held, but for that."""
    fees: float
    profit: float
    profit_sd: float
    """NaN of what happened once."""
    inventory_sd: float
    """Root of the time average of q² [clips]."""


@dataclass(frozen=True, eq=False, repr=False)
class Afternoon:
    """An afternoon quoted on a morning's calibration; what was given, by the place in queues, back and front."""

    calibration: Calibration
    market: Market
    desk: Desk
    tape: Tape
    promised: Account
    expected: dict[str, tuple[float, float]]
    """By queue, the orders and the edge that the morning's rates give at the depths that were quoted."""
    given: dict[str, Account]
    histories: dict[str, History]

    @property
    def table(self) -> Table:
        """The promise beside what was given, both bounds; where the morning's fit is rejected, the promise says so."""
        names = [field.name for field in fields(Account)]
        columns = [self.promised, *self.given.values()]
        rows = [[name.replace("_", " "), *(f"{getattr(column, name):.4g}" for column in columns)] for name in names]
        rows = [[cell.replace("nan", "–") for cell in row] for row in rows]
        at_quotes = (["orders, at the depths quoted", ""], ["edge, at the depths quoted", ""])
        for i, row in enumerate(at_quotes):
            row += [f"{expected[i]:.4g}" for expected in self.expected.values()]
        rows[1:1], rows[4:4] = [at_quotes[0]], [at_quotes[1]]
        fit = self.calibration.pooled
        promised = f"promised, {fit.verdict}" if fit.rejected else "promised"
        return Table.of(["quantity", promised, *(f"given, {queue} of the queue" for queue in self.given)], rows)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_markdown_(self) -> str:
        return self.table._repr_markdown_()


def quote_afternoon(
    day: Day,
    make_desk: Callable[[Market, Calibration], Desk],
    *,
    clip: float,
    noon: float | None = None,
    tick: float = 0.01,
    time_step: float = 10.0,
    horizon: float = 0.1,
) -> Afternoon:
    """Calibrate a day up to noon, make a desk of it, and replay the rest, at the back of every queue and at the front.

    The promise is that of the desk's bare model in the calibrated market, exactly: no ticks, levers or queues, for the
    time of the afternoon that was watched (halts and gaps promise nothing). Expected
    at the depths quoted is Σ λ(δ) Δt over what rested in the replay, which leaves out where the quotes stood: orders
    scatter about it by its root, if they come as the morning's did.

    Parameters
    ----------
    day : Day
    make_desk : callable
        From the morning's market, with the afternoon for its horizon, and its calibration to a Desk whose model has
        depths.
    clip : float
        [shares]
    noon : float, optional
        [s] the middle of the day, if not given.
    tick : float
        [price] for the calibration.
    time_step : float
        [s] as in `replay_tape`.
    horizon : float
        [s] how soon after a fill the mid's move is adverse selection.

    Raises
    ------
    CalibrationError, DayError, ParameterError
        If the morning cannot tell the numbers, the afternoon has no market, or the desk does not fit.
    """
    day.require_no_doubt()
    noon = (day.time[0] + day.time[-1]) / 2 if noon is None else noon
    morning, rest = day.between(day.time[0], noon), day.between(noon, np.nextafter(day.time[-1], np.inf))
    calibration, tape = calibrate(morning, tick=tick, horizon=horizon), replay_tape(rest, time_step, clip)
    market = Market.from_calibration(
        calibration, horizon=float(tape.time[-1]), mid_price=float(tape.mid[0, 0]), fill_rule="linear"
    )
    desk = make_desk(market, calibration)
    histories = {
        queue: simulate(replace(desk, venue=replace(desk.venue, queue=queue)), tape) for queue in ("back", "front")
    }
    return Afternoon(
        calibration,
        market,
        desk,
        tape,
        promise(desk, replace(market, horizon=rest.observed)),
        {queue: expected_at_quotes(history, market, tape) for queue, history in histories.items()},
        {queue: account(history, horizon) for queue, history in histories.items()},
        histories,
    )


def promise(desk: Desk, market: Market) -> Account:
    """What the bare model expects of a session in a calibrated market, in steps of a tenth of the time between orders.

    Both sides alike and without a drift, the mid does nothing to the clips held but the jump at each fill.
    """
    model: Any = desk.model
    flows = market.sell_intensity, market.buy_intensity
    n_steps = int(np.ceil(10 * market.horizon * max(float(flow.rate(0.0)) for flow in flows))) or 1
    exact = exact_moments(model, market, n_steps)
    time_step, chance = market.horizon / n_steps, exact.inventory_distribution
    left = market.horizon - time_step * np.arange(n_steps)[:, np.newaxis]
    depths = model.depths(exact.inventories, left)
    fills = [chance[:-1] * market.fill_probability(f, d, time_step) for f, d in zip(flows, depths, strict=True)]
    clips = sum(float(fill.sum()) for fill in fills)
    edge = sum(float(np.nansum(fill * depth)) for fill, depth in zip(fills, depths, strict=True))
    adverse = -sum(float(fill.sum()) * jump for fill, jump in zip(fills, market.jump[::-1], strict=True))
    fees = 0.0 - desk.venue.fee * clips
    held = float(np.sqrt((chance @ exact.inventories**2).mean()))
    return Account(clips, clips, edge, adverse, 0.0, fees, edge + adverse + fees, exact.sd, held)


def expected_at_quotes(history: History, market: Market, tape: Tape) -> tuple[float, float]:
    """Σ λ(δ) Δt and Σ δ λ(δ) Δt over what rested: the orders and, were each a clip, the edge [price · clip]."""
    orders, edge = expected_by_step(history, market, tape)
    return float(orders.sum()), float(edge.sum())


def expected_by_step(history: History, market: Market, tape: Tape) -> tuple[FloatArray, FloatArray]:
    """λ(δ) Δt and δ λ(δ) Δt of each step, both sides together, shape (n_steps, n_paths); 0 for an absent side."""
    lasted, mid = np.diff(tape.time)[:, np.newaxis] * tape.is_open, tape.mid[:-1]
    orders, edge = np.zeros((2, *mid.shape))
    for flow, depth in (
        (market.sell_intensity, mid - history.bid_price),
        (market.buy_intensity, history.ask_price - mid),
    ):
        fills = np.nan_to_num(flow.rate(depth) * lasted)
        orders, edge = orders + fills, edge + np.nan_to_num(fills * depth)
    return orders, edge


def account(history: History, horizon: float) -> Account:
    """What a history of one path came to; the mid's move up to `horizon` [time] after a fill is adverse selection."""
    time, mid = history.time, history.mid
    later = np.searchsorted(time, time[:-1] + horizon, side="right") - 1
    bought = history.bid_fill - history.ask_fill
    adverse = float((bought * (mid[later] - mid[:-1])).sum())
    fees = 0.0 if history.fees is None else 0.0 - float(history.fees.sum())
    profit, edge = float(history.pnl.sum()), float(history.edge.sum())
    lasted = np.diff(time)[:, np.newaxis]
    return Account(
        orders=float((history.bid_fill > 0).sum() + (history.ask_fill > 0).sum()),
        clips=float((history.bid_fill + history.ask_fill).sum()),
        edge=edge,
        adverse_selection=adverse,
        inventory=profit - edge - adverse - fees,
        fees=fees,
        profit=profit,
        profit_sd=np.nan,
        inventory_sd=float(np.sqrt((history.inventory[1:] ** 2 * lasted).sum() / lasted.sum())),
    )
