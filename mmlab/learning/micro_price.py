"""The micro-price: where the mid is expected to go from what rests at the best prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.market import Day
from mmlab.parameters import FloatArray, check_count


def book_states(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> NDArray[np.intp]:
    """The place of each event in the raveled tables of `micro_price`, shape (n_events,); without a mid any place.

    A state is the bid's share of what rests at the best prices, in `n_bins` bins, by the spread, in bins that begin at
    `spread_edges` [price].
    """
    share = day.bid_size / np.maximum(day.bid_size + day.ask_size, 1e-9)
    # Edges stand 1e−9 lower: a spread of 6 ticks is not one of 5.999….
    edges = floats(spread_edges) - 1e-9
    spread = np.searchsorted(edges, day.ask - day.bid, "right") % (len(edges) + 1)
    return np.asarray(np.minimum(share * n_bins, n_bins - 1).astype(np.intp) * (len(edges) + 1) + spread)


def micro_price(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> FloatArray:
    """Fit Stoikov's micro-price to the events of a day: where the mid goes from each imbalance and spread.

    With Q the chances of the next state while the mid stays, T those with which it moves and R the mean move:
    G¹ = (1 − Q)⁻¹R, B = (1 − Q)⁻¹T and G* = ΣBⁱG¹. Each event counts twice, as it is and with the two sides exchanged.

    Returns
    -------
    array, shape (2, n_bins, n_spreads)
        G¹, by the next move of the mid, and G*, by all moves to come [price]. The micro-price is the mid and G* at
        `book_states`.

    References
    ----------
    S. Stoikov (2018), The micro-price: a high-frequency estimator of future prices, Quantitative Finance 18(12).
    """
    move, shape = np.diff(day.mid), (check_count("n_bins", n_bins, at_least=2), np.size(spread_edges) + 1)
    n, states, known = shape[0] * shape[1], book_states(day, spread_edges, n_bins), ~np.isnan(move)
    counts, shift = np.zeros((2, n, n)), np.zeros(n)
    exchanged = np.arange(n).reshape(shape)[::-1].ravel()[states]
    for sign, path in ((1, states), (-1, exchanged)):
        start, end, moved = path[:-1][known], path[1:][known], sign * move[known]
        np.add.at(counts, ((moved != 0).astype(np.intp), start, end), 1.0)
        shift += np.bincount(start, moved, n)
    times = np.maximum(counts.sum(axis=(0, 2)), 1.0)[:, np.newaxis]
    stays, moves = counts / times
    next_move, *then = np.linalg.solve(np.eye(n) - stays, np.column_stack([shift / times[:, 0], moves])).T
    # 1 − B has no inverse, as a constant is free: the shortest answer is opposite on opposite sides.
    limit = np.linalg.lstsq(np.eye(n) - np.transpose(then), next_move)[0]
    return np.stack([next_move, limit]).reshape(2, *shape)
