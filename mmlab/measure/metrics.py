"""Metrics: how a desk quotes, what it fills, what that earns and at what risk, while it runs or afterwards.

`METRICS` says what each number is; dashboard, report and chapter read it there. The machine's are in `system`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.desk import Obligations
from mmlab.measure.presence import obliged
from mmlab.measure.rows import Carried, Columns, Row, Rows, aged, filled, follow, ratio, read, sent
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import History
from mmlab.table import Table, read_rows


class Metric(NamedTuple):
    """What a number is: its unit, a sentence, and the formula that it is computed by."""

    unit: str
    definition: str
    formula: str


METRICS = {row.pop("name"): Metric(**row) for row in read_rows("measure/metrics.csv")}
"""The one table of metrics. d is the taker's side (+1 bought), f a fill [clips] at price p, m the mid then, E equity;
the clock is a configuration's, in seconds. A number at several horizons or stages has each in a name: "markout 10"."""
DAY = 86_400.0
"""Seconds after which a clock is in another day [s]: there a drawdown is counted from a new highest equity."""


def of_path(value: ArrayLike, path: int) -> float:
    """A metric's value for one path; NaN where it is not known."""
    return float(np.ravel(value)[path if np.ndim(value) else 0])


def metric_table(values: Mapping[str, ArrayLike], path: int = 0) -> Table:
    """The metrics of one path beside what they mean."""
    numbers = {name: of_path(value, path) for name, value in values.items()}
    rows = [
        (name.replace("_", " "), "not known" if np.isnan(number) else number, *METRICS[name.partition(" ")[0]])
        for name, number in numbers.items()
    ]
    return Table.of(("metric", "value", "unit", "definition", "formula"), rows)


class Meter:
    """Measures rows as they come: ``state, metrics = meter.step(state, row)``, by one or all at once.

    Both ways to the same numbers. A step costs the same however long the day is, and the state holds sums and what is
    needed of the rows with fills of the last `horizons[-1]`, no more.

    Parameters
    ----------
    horizons : sequence of float
        [time] above 0, at which fills are marked out.
    clip : float
        [shares] that make the PnL currency.
    obligations : Obligations, optional
        Whose presence is measured too.
    """

    def __init__(
        self, horizons: ArrayLike = (1.0, 10.0, 60.0), clip: float = np.nan, obligations: Obligations | None = None
    ):
        self.clip, self.obligations = clip, obligations
        self.horizons = np.unique(floats(horizons))
        if not (self.horizons.size and (self.horizons > 0).all() and np.isfinite(self.horizons).all()):
            raise ParameterError(f"horizons must be times above 0, at least one; got {horizons!r}.")

    def start(self) -> Carried:
        """Nothing is measured yet, of however many paths; later the numbers are sums."""
        return Carried()

    def step(self, state: Carried, rows: History | Row | Rows) -> tuple[Carried, dict[str, FloatArray]]:
        """The state after a row, several or a whole history, and the `metrics` then; the state before is not changed.

        Raises
        ------
        ParameterError
            If time runs backwards, or the rows cannot be measured: see `Row`.
        """
        lag, new = follow(state.last, read(rows))
        if len(new["time"]):
            sums, young = self._sums(state, lag, new)
            state = Carried(new.last, young, {name: np.copy(total) for name, total in sums.items()})
        return state, self.metrics(state)

    def _sums(
        self, state: Carried, lag: Callable[[str], FloatArray], new: Columns
    ) -> tuple[dict[str, FloatArray], Columns]:
        """What new rows bring the sums to, and the fills that are younger than the longest horizon then."""
        time, equity, before = new["time"], new["equity"], state.numbers
        dt = (time - lag("time"))[:, np.newaxis]
        bid, ask, best_bid, best_ask = (lag(name) for name in ("bid_price", "ask_price", "best_bid", "best_ask"))
        both = np.isfinite(ask - bid)
        added = {
            "time": np.broadcast_to(dt, equity.shape),
            "both": both * dt,
            "spread": np.where(both, ask - bid, 0.0) * dt,
            "bid": np.isfinite(bid) * dt,
            "ask": np.isfinite(ask) * dt,
            "touch": (bid >= best_bid) * dt + (ask <= best_ask) * dt,
            "compared": np.isfinite(bid - best_bid) * dt + np.isfinite(ask - best_ask) * dt,
            "moved": (new["mid"] - lag("mid")) ** 2,
            "risk": (equity - lag("equity")) ** 2,
            "edge": new["at_mid"] - new["paid"],
            "unknown": 1 - new["known"],
        }
        if self.obligations is not None:
            added["met"], added["obliged"] = obliged(self.obligations, lag, new)
        added |= {name: new[name] for name in ("bids", "asks", "clips", "fees")}
        added |= sent(lag, new, state.last is None)
        summed = zip(added, np.stack([*added.values()]).sum(axis=1), strict=True)
        sums = {name: before.get(name, 0.0) + column for name, column in summed}
        young = still = filled(new, state.young)
        for horizon in self.horizons:
            old, at, still = aged(young, new, horizon, state.last)
            value = old["net"] * new["mid"][at]
            earned = np.stack([value - old["paid"], value - old["at_mid"], old["clips"]]).sum(axis=1)
            sums[f"aged {horizon:g}"] = before.get(f"aged {horizon:g}", 0.0) + earned
        highest, fallen = before.get("highest", equity[0]), before.get("fallen", np.zeros(equity.shape[1]))
        begins = np.flatnonzero(np.diff(time // DAY, prepend=lag("time")[0] // DAY))
        for n, day in enumerate(np.split(equity, begins)):
            if len(day):
                highs = np.maximum.accumulate(np.vstack([day[:1] if n else highest[np.newaxis], day]), axis=0)
                highest, fallen = highs[-1], np.maximum(fallen, (highs[1:] - day).max(axis=0))
        largest = np.maximum(before.get("largest", 0.0), np.abs(new["inventory"]).max(axis=0))
        sums |= {"opening": before.get("opening", equity[0]), "equity": equity[-1], "position": new["inventory"][-1]}
        return sums | {"highest": highest, "fallen": fallen, "largest": largest}, still

    def metrics(self, state: Carried) -> dict[str, FloatArray]:
        """Each number of `METRICS` that rows tell, shape (n_paths,); NaN where it is not known (yet)."""
        unknown = np.full(1, np.nan)
        sums = state.numbers or defaultdict(lambda: unknown)
        pnl = sums["equity"] - sums["opening"]
        found = {"quoted_spread": ratio(sums["spread"], sums["both"])}
        found["effective_spread"] = 2 * ratio(sums["edge"], sums["clips"])
        for horizon in self.horizons:
            gain, move, clips = state.numbers.get(f"aged {horizon:g}", np.full((3, 1), np.nan))
            found[f"realised_spread {horizon:g}"] = 2 * ratio(gain, clips)
            found[f"price_impact {horizon:g}"] = -2 * ratio(move, clips)
            found[f"markout {horizon:g}"] = ratio(gain, clips)
        if self.obligations is not None:
            found["presence"] = ratio(sums["met"], sums["obliged"])
        return found | {
            "bid_fill_rate": ratio(sums["bids"], sums["bid"]),
            "ask_fill_rate": ratio(sums["asks"], sums["ask"]),
            "fill_ratio": ratio(sums["clips"], sums["quoted"]),
            "order_to_trade": ratio(sums["messages"], sums["bids"] + sums["asks"]),
            "reject_ratio": ratio(sums["refused"], sums["requests"]),
            "time_at_touch": ratio(sums["touch"], sums["compared"]),
            "fills": sums["bids"] + sums["asks"],
            "pnl": pnl,
            "pnl_currency": pnl * self.clip,
            "pnl_per_risk": ratio(pnl, np.sqrt(sums["risk"])),
            "drawdown": sums["highest"] - sums["equity"],
            "max_drawdown": sums["fallen"],
            "position": sums["position"],
            "max_position": sums["largest"],
            "realised_volatility": np.sqrt(ratio(sums["moved"], sums["time"])),
            "fees": sums["fees"],
            "unknown_marks": sums["unknown"],
        }
