"""Attribution: where a profit came from, in parts that add up to it."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from mmlab.frozen import frozen
from mmlab.measure.rows import Rows, aged, follow, read
from mmlab.parameters import FloatArray, check_number
from mmlab.simulation import History
from mmlab.table import Table, Tabled


@frozen(eq=False, repr=False)
class Attribution(Tabled):
    """The parts of each path's profit [price · clip], shape (n_paths,); what costs is negative.

    Parameters
    ----------
    horizon
        [time]
    clip
        [shares] that make it currency; NaN where they are not known.
    spread
        Earned at the fills, against the mid at each: Σ f d(p − m).
    adverse_selection
        What the mid did to each clip from its fill to the horizon after it, or to the end: −Σ f d(m(t + h) − m).
    inventory
        What the mid did to the clips held, but for the above: Σ q Δm less it (a fill within a row counts from there).
    fees, flattening
        What the venue took, above 0 where its rebates are more; what crossing the spread cost, at a halt or to unwind.
    crossing
        What it cost where the model itself does it: a schedule, a hedge.
    basis, funding
        What the position at a `Hedger`'s venue gained by that venue's basis, and was paid.
    unexplained
        What is left of the PnL. It is 0 to rounding, but where rows are missing in which the account changed.
    """

    horizon: float
    clip: float
    spread: FloatArray
    adverse_selection: FloatArray
    inventory: FloatArray
    fees: FloatArray
    flattening: FloatArray
    crossing: FloatArray
    basis: FloatArray
    funding: FloatArray
    unexplained: FloatArray
    pnl: FloatArray

    @property
    def parts(self) -> dict[str, FloatArray]:
        """The parts by their names, and last the "pnl", their sum; crossing, basis and funding where there is any."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)[2:]}  # after horizon and clip
        return {name: x for name, x in parts.items() if name not in ("crossing", "basis", "funding") or x.any()}

    def table(self, path: int = 0) -> Table:
        """The parts of one path, and under them their sum; in currency too, if a clip's shares are known."""
        units = {"price·clip": (1.0, 2)} | ({"currency": (self.clip, 0)} if self.clip > 0 else {})

        def cells(part: FloatArray) -> list[str]:
            return [f"{round(part[path] * unit, digits) + 0.0:+,.{digits}f}" for unit, digits in units.values()]

        rows = tuple((name.replace("_", " "), *cells(part)) for name, part in self.parts.items())
        return Table((f"part, horizon {self.horizon:g}", *units), rows)

    _table = property(table)


def attribute(history: History | Rows, horizon: float, clip: float = math.nan) -> Attribution:
    """Take the profit of each path apart; a `horizon` [time] above 0 says how long after a fill the mid's move is its.

    Where `clip` [shares] is known, the table shows currency too.

    The fills of the last row, if rows are given, are not in the account yet and not counted.

    Raises
    ------
    ParameterError
        If the horizon is not above 0, or the history is none that can be measured: see `Row`.
    """
    horizon = check_number("horizon", horizon, "time", above=0)
    lag, rows = follow(None, read(history))
    mid = rows["mid"]
    if not len(mid):
        return Attribution(horizon, clip, *np.zeros((10, mid.shape[1])))
    steps = rows.at(slice(-1))
    old, at, _ = aged(steps, rows, horizon)
    later = np.broadcast_to(mid[-1], steps["mid"].shape).copy()
    later[: len(old["time"])] = mid[at]  # who comes first is of age first
    adverse = (steps["net"] * later - steps["at_mid"]).sum(axis=0)
    held = (rows["inventory"] * (mid - lag("mid"))).sum(axis=0)
    spread = (steps["at_mid"] - steps["paid"]).sum(axis=0)
    inventory = held + (steps["net"] * steps["mid"] - steps["at_mid"]).sum(axis=0) - adverse
    costs = (0.0 - steps[name].sum(axis=0) for name in ("fees", "flatten_cost", "crossing_cost"))
    parts = [spread, adverse, inventory, *costs, *(steps[name].sum(axis=0) for name in ("basis", "funding"))]
    pnl = rows["equity"][-1] - rows["equity"][0]
    return Attribution(horizon, clip, *[*parts, pnl - sum(parts), pnl])
