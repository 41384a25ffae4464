"""The least that fills an order on a recorded day, where quotes and trades do not tell its place in the queue."""

from __future__ import annotations

import numpy as np

from mmlab.desk.sides import AWAY_FROM_MID
from mmlab.frozen import frozen
from mmlab.market.reach import last_bits, passed, reached
from mmlab.parameters import FloatArray


@frozen(eq=False)
class Places:
    """Each path's orders as a step left them, and what may trade before them: shape (2, n_paths), of bids and asks.

    `price` [price] and `size` [clips]; `ahead` [clips] is infinite where nobody has seen what stands at that price.
    """

    price: FloatArray
    size: FloatArray
    ahead: FloatArray

    @classmethod
    def none(cls, n_paths: int) -> Places:
        """No orders."""
        return cls(*np.full((3, 2, n_paths), np.nan))


def fill_at_back(
    places: Places,
    price: FloatArray,
    size: FloatArray,
    mid_price: FloatArray,
    reach: FloatArray,
    order_size: FloatArray,
    touch: FloatArray,
    tick: float = 0.0,
) -> tuple[FloatArray, Places]:
    """The least that a step's market orders can have left for ours: everything displayed at its price was there first.

    A new order, at a new price or of a larger size, has all that is displayed there ahead of it, once its price is the
    best; before that nobody sees what is. Market orders at its price use up what is ahead, which is never more than is
    displayed; that somebody ahead cancels is otherwise not counted. Better than the best, nothing is ahead. Behind the
    best it takes an order that trades beyond our price; what it took at the best is not left for us, and what it took
    between the two, which no touch tells, is counted as ours.

    Parameters
    ----------
    places : Places
        After the step before.
    price, size : array, shape (2, n_paths)
        The orders that rest in this step [price] and [clips].
    mid_price, reach, order_size, touch : array, shapes (n_paths,), (2, n_paths), (2, n_paths) and (2, 2, n_paths)
        The step's, as in a `Tape`; of sell orders, which meet the bid, and of buy orders.
    tick : float
        [price] on which the orders rest, if they do.

    Returns
    -------
    fill : array, shape (2, n_paths)
        [clips]
    places : Places
        After the step.
    """
    (best, displayed), bits = touch, last_bits(price, mid_price, tick=tick)
    better = AWAY_FROM_MID * (best - price)
    behind = better < -bits
    kept = (np.abs(price - places.price) <= bits) & (size <= places.size)
    ahead = np.where(kept, places.ahead, np.inf)
    ahead = np.where(better > bits, 0.0, np.where(np.abs(better) <= bits, np.minimum(ahead, displayed), ahead))
    depth = AWAY_FROM_MID * (price - mid_price)
    met = np.where(behind, passed(depth, reach, bits, tick), reached(depth, reach, bits))
    left = np.maximum(order_size - np.where(behind, displayed, ahead), 0.0)
    fill = np.where(met, np.minimum(size, left), 0.0)
    ahead = np.where(met, np.where(behind, 0.0, np.maximum(ahead - order_size, 0.0)), ahead)
    return fill, Places(price, size - fill, ahead)
