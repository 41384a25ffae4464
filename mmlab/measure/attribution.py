"""Attribution: where a profit came from, in parts that add up to it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from mmlab.measure.record import Record, Rows, aged, follow
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import History
from mmlab.table import Table


@dataclass(frozen=True, eq=False, repr=False)
class Attribution:
    """The parts of each path's profit [price · clip], shape (n_paths,); what costs is negative.

    Parameters
    ----------
    horizon
        [time]
    spread
        Earned at the fills, against the mid of that moment: Σ f d(p − m).
    adverse_selection
        What the mid did to each clip from its fill to the horizon after it, or to the end: −Σ f d(m(t + h) − m).
    inventory
        What the mid did to the clips held, but for the above: Σ q Δm less it.
    fees, flattening
        What the venue took, and what giving up an inventory at a halt cost.
    unexplained
        What is left of the PnL. It is 0 to rounding, but where rows are missing in which the account changed.
    """

    horizon: float
    spread: FloatArray
    adverse_selection: FloatArray
    inventory: FloatArray
    fees: FloatArray
    flattening: FloatArray
    unexplained: FloatArray
    pnl: FloatArray

    @property
    def parts(self) -> dict[str, FloatArray]:
        """The parts by their names, and last the "pnl", their sum."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "horizon"}

    def table(self, path: int = 0) -> Table:
        """The parts of one path, and under them their sum."""
        rows = [(name.replace("_", " "), f"{part[path]:+.2f}") for name, part in self.parts.items()]
        return Table((f"part, horizon {self.horizon:g}", "price·clip"), tuple(rows))

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_markdown_(self) -> str:
        return self.table()._repr_markdown_()


def attribute(history: History | Record | Rows, horizon: float) -> Attribution:
    """Take the profit of each path apart; a `horizon` [time] above 0 says how long after a fill the mid's move is its.

    The fills of the last row, if rows are given, are not in the account yet and not counted.

    Raises
    ------
    ParameterError
        If the horizon is not above 0, or the history is none that can be measured: see `Record`.
    """
    if not 0 < horizon < np.inf:
        raise ParameterError(f"horizon must be a time above 0; got {horizon!r}.")
    before, rows = follow(None, Record.of(history))
    if not len(rows):
        return Attribution(horizon, *np.zeros((7, rows["mid"].shape[1])))
    steps, mid = rows.rows(slice(-1)), rows["mid"]
    old, at, _ = aged(steps, rows, horizon, -np.inf)
    later = np.broadcast_to(mid[-1], steps["mid"].shape).copy()
    later[: len(old)] = mid[at]  # who comes first is of age first
    adverse = (steps.net * (later - steps["mid"])).sum(axis=0)
    parts = (
        (steps.net * steps["mid"] - steps.paid).sum(axis=0),
        adverse,
        (rows["inventory"] * (mid - before["mid"])).sum(axis=0) - adverse,
        0.0 - steps["fees"].sum(axis=0),
        0.0 - steps["flatten_cost"].sum(axis=0),
    )
    pnl = rows.equity[-1] - rows.equity[0]
    return Attribution(horizon, *parts, pnl - sum(parts), pnl)
