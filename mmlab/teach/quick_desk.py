"""Short cuts for the explorers of a desk's levers: many desks on one tape at once.

Each is held against `simulate` in the tests. A row is a desk, a column a path of the tape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmlab.market import Tape

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    """What desks did on a tape; arrays of shape (n_desks, n_paths), the inventory with an axis of times in front."""

    inventory: FloatArray
    edge: FloatArray
    """Earned on fills, from the mid at the fill [price · clip]."""
    pnl: FloatArray
    traded: FloatArray
    """Clips bought and sold."""

    @property
    def largest(self) -> FloatArray:
        """The largest position of each path, long or short [clips]."""
        return np.asarray(np.abs(self.inventory).max(axis=0))


def always_fresh(
    tape: Tape, bid_depth: FloatArray, ask_depth: FloatArray, bid_size: FloatArray, ask_size: FloatArray
) -> Runs:
    """Desks that quote anew at every step, from tables by whole inventories −Q … Q that they never leave.

    Depths [price] and sizes [clips] broadcast to (n_steps, n_desks, 2 Q + 1); where the size is 0 there is no quote.
    """
    tables = np.broadcast_arrays(bid_depth, ask_depth, bid_size, ask_size)
    shape = tape.n_steps, *tables[0].shape[-2:]
    bid_depth, ask_depth, bid_size, ask_size = (np.ascontiguousarray(np.broadcast_to(t, shape)) for t in tables)
    bid_depth, ask_depth = np.where(bid_size > 0, bid_depth, 0.0), np.where(ask_size > 0, ask_depth, 0.0)
    n_desks, n_q = shape[1:]
    flat = n_q * np.arange(n_desks)[:, np.newaxis] + n_q // 2
    inventory = np.zeros((tape.n_steps + 1, n_desks, tape.n_paths))
    edge, pnl, traded = np.zeros((3, n_desks, tape.n_paths))
    for n, move in enumerate(np.diff(tape.mid, axis=0)):
        here = flat + inventory[n].astype(np.intp)
        bid, ask = bid_depth[n].take(here), ask_depth[n].take(here)
        bought = np.minimum(bid_size[n].take(here), tape.sell_size[n]) * (bid <= tape.sell_reach[n])
        sold = np.minimum(ask_size[n].take(here), tape.buy_size[n]) * (ask <= tape.buy_reach[n])
        edge += bid * bought
        edge += ask * sold
        traded += bought + sold
        np.add(inventory[n], bought - sold, out=inventory[n + 1])
        pnl += inventory[n + 1] * move
    return Runs(inventory, edge, edge + pnl, traded)
