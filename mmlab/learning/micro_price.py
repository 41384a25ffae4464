"""The micro-price: where the mid is expected to go from what rests at the best prices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.market import Day
from mmlab.parameters import FloatArray, check_count


class MicroPrice(NamedTuple):
    """What the mid is expected to move by from each state, imbalance by spread, shape (n_bins, n_spreads) [price]."""

    spread_edges: FloatArray
    """Where a next bin of spreads begins [price]."""
    next_move: FloatArray
    """G¹: by its next move."""
    limit: FloatArray
    """G*: by all moves to come."""

    def at(self, day: Day) -> FloatArray:
        """The micro-price after each event [price]: the mid and G*; NaN without a mid."""
        return day.mid + self.limit.ravel()[_states(day, self.spread_edges, len(self.limit))]


def _states(day: Day, spread_edges: FloatArray, n_bins: int) -> NDArray[np.intp]:
    """The number of the state after each event, bid's share of the best sizes by spread; of rows without a mid any."""
    share = day.bid_size / np.maximum(day.bid_size + day.ask_size, 1e-9)
    # Edges stand 1e−9 lower: a spread of 6 ticks is not one of 5.999….
    spread = np.searchsorted(spread_edges - 1e-9, day.ask - day.bid, "right") % (len(spread_edges) + 1)
    return np.asarray(np.minimum(share * n_bins, n_bins - 1).astype(np.intp) * (len(spread_edges) + 1) + spread)


def micro_price(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> MicroPrice:
    """Fit Stoikov's micro-price to the events of a day: where the mid goes from each imbalance and spread.

    With Q the chances of the next state while the mid stays, T those with which it moves and R the mean move:
    G¹ = (1 − Q)⁻¹R, B = (1 − Q)⁻¹T and G* = ΣBⁱG¹. Each event counts twice, as it is and with the two sides exchanged.

    References
    ----------
    S. Stoikov (2018), The micro-price: a high-frequency estimator of future prices, Quantitative Finance 18(12).
    """
    edges, move = floats(spread_edges), np.diff(day.mid)
    shape = check_count("n_bins", n_bins, at_least=2), len(edges) + 1
    n, state, known = shape[0] * shape[1], _states(day, edges, n_bins), ~np.isnan(move)
    counts, shift = np.zeros((2, n, n)), np.zeros(n)
    swapped = np.arange(n).reshape(shape)[::-1].ravel()
    for sign, path in ((1, state), (-1, swapped[state])):
        start, end, moved = path[:-1][known], path[1:][known], sign * move[known]
        np.add.at(counts, ((moved != 0).astype(np.intp), start, end), 1.0)
        shift += np.bincount(start, moved, n)
    times = np.maximum(counts.sum(axis=(0, 2)), 1.0)[:, np.newaxis]
    stays, moves = counts / times
    solved = np.linalg.solve(np.eye(n) - stays, np.column_stack([shift / times[:, 0], moves]))
    # 1 − B has no inverse, as a constant is free: the shortest answer is opposite on opposite sides.
    limit = np.linalg.lstsq(np.eye(n) - solved[:, 1:], solved[:, 0])[0]
    return MicroPrice(edges, solved[:, 0].reshape(shape), np.asarray(limit).reshape(shape))
