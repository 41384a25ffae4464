"""Metrics: how a desk quotes, what it fills, what that earns and at what risk, while it runs or afterwards.

`METRICS` says what each number is; dashboard, report and chapter read it there. The machine's are in `system`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.measure.record import COLUMNS, Record, aged, follow, ratio
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Table


class Metric(NamedTuple):
    """What a number is: its unit, a sentence, and the formula that it is computed by."""

    unit: str
    definition: str
    formula: str


METRICS = {
    "quoted_spread": Metric("price", "our ask − bid, averaged over the time in which both stood", "Σ(a − b)Δt / ΣΔt"),
    "effective_spread": Metric("price", "twice what a clip earned against the mid at its fill", "2 Σ d(p − m)f / Σf"),
    "realised_spread": Metric(
        "price", "twice what a clip had earned a time h after its fill", "2 Σ d(p − m(t+h))f / Σf"
    ),
    "price_impact": Metric("price", "twice how far the mid went the taker's way by then", "2 Σ d(m(t+h) − m)f / Σf"),
    "markout": Metric("price", "half the realised spread: what one clip had earned by then", "Σ d(p − m(t+h))f / Σf"),
    "bid_fill_rate": Metric("1/s", "fills of the bid, per time in which it stood", "N(bid) / ΣΔt"),
    "ask_fill_rate": Metric("1/s", "fills of the ask, per time in which it stood", "N(ask) / ΣΔt"),
    "fill_ratio": Metric("1", "of the clips that were newly quoted, the share that was filled", "Σf / Σ quoted"),
    "time_at_touch": Metric(
        "1", "share of the time a side stood in which it was the best there or better", "Σ{at}Δt / ΣΔt"
    ),
    "fills": Metric("1", "how often a quote of ours was filled, on either side", "N(bid) + N(ask)"),
    "pnl": Metric("price·clip", "equity, cash + inventory × mid, less what it began with", "x + q m − (x₀ + q₀ m₀)"),
    "pnl_currency": Metric("currency", "the same in money: times the shares of a clip", "PnL × clip"),
    "pnl_per_risk": Metric("1", "the day's profit in standard deviations of a day's own moves", "PnL / √(Σ(ΔE)²)"),
    "drawdown": Metric("price·clip", "the day's drawdown: how far equity is below its highest of the day", "max E − E"),
    "max_drawdown": Metric("price·clip", "the largest day's drawdown so far", "max(max E − E)"),
    "position": Metric("clips", "the inventory now", "q"),
    "max_position": Metric("clips", "the largest inventory, long or short", "max|q|"),
    "realised_volatility": Metric("price/√s", "how far the mid moved, by the root of time", "√(Σ(Δm)² / ΣΔt)"),
    "fees": Metric("price·clip", "what the venue took, less rebates", "Σ fees"),
    "unknown_marks": Metric("1", "rows whose mid was not known, marked at the last known one", "N(no m)"),
    "latency_median": Metric("s", "time in a stage of the pipeline, half of the steps", "quantile ½"),
    "latency_p99": Metric("s", "time in a stage of the pipeline, all steps but one in a hundred", "quantile 0.99"),
    "throughput": Metric("1/s", "steps for each second spent in the pipeline's stages", "N / Σ latency"),
    "memory": Metric("MiB", "what the process holds in memory, or its most where only that is told", "resident set"),
    "cpu": Metric("1", "processor time over time on the wall, since the monitor began; of one core", "CPU / wall"),
}
"""The one table of metrics. d is the taker's side (+1 bought), f a fill [clips] at price p, m the mid then, E equity;
the clock is a configuration's, in seconds. A number at several horizons or stages has each in a name: "markout 10"."""
DAY = 86_400.0
"""Seconds after which a clock is in another day [s]: there a drawdown is counted from a new highest equity."""


def of_path(value: ArrayLike, path: int) -> float:
    """A metric's value for one path; NaN where it is not known."""
    return float(np.ravel(value)[path if np.ndim(value) else 0])


def metric_table(values: Mapping[str, ArrayLike], path: int = 0) -> Table:
    """The metrics of one path beside what they mean."""
    rows = []
    for name, value in values.items():
        number = of_path(value, path)
        told = "not known" if np.isnan(number) else number
        rows.append((name.replace("_", " "), told, *METRICS[name.partition(" ")[0]]))
    return Table.of(("metric", "value", "unit", "definition", "formula"), rows)


@dataclass(frozen=True, eq=False)
class MeterState:
    """What a Meter remembers: the last row, the fills younger than its longest horizon, and sums [of (n_paths,)]."""

    last: Record | None
    young: Record | None
    sums: Mapping[str, FloatArray]


class Meter:
    """Measures rows as they come: ``state = meter.step(state, rows)``, by one or all at once, to the same numbers.

    A step costs the same however long the day is, and the state holds sums and the rows with fills of the last
    `horizons[-1]`, no more.

    Parameters
    ----------
    horizons : sequence of float
        [time] above 0, at which fills are marked out.
    clip : float
        [shares] that make the PnL currency.
    """

    def __init__(self, horizons: ArrayLike = (1.0, 10.0, 60.0), clip: float = np.nan):
        self.clip = clip
        self.horizons = np.unique(floats(horizons))
        if not (self.horizons.size and (self.horizons > 0).all() and np.isfinite(self.horizons).all()):
            raise ParameterError(f"horizons must be times above 0, at least one; got {horizons!r}.")

    def start(self) -> MeterState:
        """Nothing is measured yet, of however many paths."""
        return MeterState(None, None, {})

    def step(self, state: MeterState, record: Record) -> MeterState:
        """The state after the rows of `record`; the one before is not changed.

        Raises
        ------
        ParameterError
            If time runs backwards.
        """
        prev, new = follow(state.last, record)
        if not len(new):
            return state
        dt = (new.time - prev.time)[:, np.newaxis]
        bid, ask = prev["bid_price"], prev["ask_price"]
        sides = ((bid, bid >= prev["best_bid"], prev["best_bid"]), (ask, ask <= prev["best_ask"], prev["best_ask"]))
        both, equity, before, (bids, asks) = np.isfinite(ask - bid), new.equity, state.sums, new.fills
        added = {
            "time": np.broadcast_to(dt, equity.shape),
            "both": both * dt,
            "spread": np.where(both, ask - bid, 0.0) * dt,
            "bid": np.isfinite(bid) * dt,
            "ask": np.isfinite(ask) * dt,
            "touch": sum(there * dt for _, there, _ in sides),
            "compared": sum(np.isfinite(own - best) * dt for own, _, best in sides),
            "moved": (new["mid"] - prev["mid"]) ** 2,
            "risk": (equity - prev.equity) ** 2,
            "bids": bids,
            "asks": asks,
            "clips": new.clips,
            "quoted": _quoted(prev, new, state.last is None),
            "edge": new.worth - new.paid,
            "fees": new["fees"],
            "unknown": 1 - new["known"],
        }
        zero = np.zeros(equity.shape[1:])
        sums = {name: before.get(name, zero) + np.sum(column, axis=0) for name, column in added.items()}
        fills = new.rows(np.any(new.clips > 0, axis=1))
        young = fills if state.young is None else state.young.then(fills)
        still = young
        for horizon in self.horizons:
            old, at, still = aged(young, new, horizon, -np.inf if state.last is None else state.last.time[0])
            later = old.net * new["mid"][at]
            for name, column in (
                ("gain", later - old.paid),
                ("move", later - old.worth),
                ("aged", old.clips),
            ):
                key = f"{name} {horizon:g}"
                sums[key] = before.get(key, zero) + column.sum(axis=0)
        highest, fallen = before.get("highest", equity[0]), before.get("fallen", zero)
        begins = np.flatnonzero(np.diff(new.time // DAY, prepend=prev.time[0] // DAY))
        for n, day in enumerate(np.split(equity, begins)):
            if len(day):
                highs = np.maximum.accumulate(np.vstack([day[:1] if n else highest[np.newaxis], day]), axis=0)
                highest, fallen = highs[-1], np.maximum(fallen, (highs[1:] - day).max(axis=0))
        sums |= {
            "opening": before.get("opening", equity[0]),
            "highest": highest,
            "fallen": fallen,
            "largest": np.maximum(before.get("largest", zero), np.abs(new["inventory"]).max(axis=0)),
        }
        return MeterState(new.rows(slice(-1, None)), still, sums)

    def metrics(self, state: MeterState) -> dict[str, FloatArray]:
        """Each number of `METRICS` that rows tell, shape (n_paths,); NaN where it is not known (yet)."""
        unknown = np.full(1, np.nan)
        last = state.last or Record(unknown, np.full((len(COLUMNS), 1, 1), np.nan))
        sums = state.sums or defaultdict(lambda: unknown)
        fills, equity = sums["bids"] + sums["asks"], last.equity[0]
        told = {"quoted_spread": ratio(sums["spread"], sums["both"])}
        told["effective_spread"] = 2 * ratio(sums["edge"], sums["clips"])
        for horizon in self.horizons:
            gain, move, clips = (sums[f"{name} {horizon:g}"] for name in ("gain", "move", "aged"))
            told[f"realised_spread {horizon:g}"] = 2 * ratio(gain, clips)
            told[f"price_impact {horizon:g}"] = -2 * ratio(move, clips)
            told[f"markout {horizon:g}"] = ratio(gain, clips)
        return told | {
            "bid_fill_rate": ratio(sums["bids"], sums["bid"]),
            "ask_fill_rate": ratio(sums["asks"], sums["ask"]),
            "fill_ratio": ratio(sums["clips"], sums["quoted"]),
            "time_at_touch": ratio(sums["touch"], sums["compared"]),
            "fills": fills,
            "pnl": equity - sums["opening"],
            "pnl_currency": (equity - sums["opening"]) * self.clip,
            "pnl_per_risk": ratio(equity - sums["opening"], np.sqrt(sums["risk"])),
            "drawdown": sums["highest"] - equity,
            "max_drawdown": sums["fallen"],
            "position": last["inventory"][0],
            "max_position": sums["largest"],
            "realised_volatility": np.sqrt(ratio(sums["moved"], sums["time"])),
            "fees": sums["fees"],
            "unknown_marks": sums["unknown"],
        }


def _quoted(prev: Record, new: Record, first: bool) -> FloatArray:
    """The clips that each row quotes and the one before it did not [clips]; 0 where no size is given.

    What is left of an order after its fills goes on standing at its price; it is not quoted anew.
    """
    shown = np.zeros(new["mid"].shape)
    for side in ("bid", "ask"):
        price, size, fill = (f"{side}_{name}" for name in ("price", "size", "fill"))
        stays = (new[price] == prev[price]) & (not first or np.arange(len(new))[:, np.newaxis] > 0)
        left = np.where(stays, np.maximum(np.nan_to_num(prev[size]) - prev[fill], 0.0), 0.0)
        shown += np.maximum(np.nan_to_num(new[size]) - left, 0.0)
    return shown
