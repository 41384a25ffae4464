"""History: everything that happened to a strategy on a tape, a column each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """The columns of a run, for all paths.

    Step n quotes at time[n] around mid[n], holding inventory[n]; its fills give inventory[n + 1] and cash[n + 1].

    Parameters
    ----------
    time : array, shape (n_steps + 1,)
        [time]
    mid, inventory, cash : array, shape (n_steps + 1, n_paths)
        [price], [clips] and [price · clip].
    bid_price, ask_price, bid_size, ask_size : array, shape (n_steps, n_paths)
        The quotes that stood in the step [price] and [clips]; NaN and 0 where there was none.
    bid_fill, ask_fill : array, shape (n_steps, n_paths)
        What was bought and sold [clips].
    signal : array, shape (n_steps + 1, n_paths), optional
        The tape's [price/time]; None if it has none.
    fees : array, shape (n_steps, n_paths), optional
        What the venue took in each step [price · clip], already out of the cash; None where nobody asks for any.
    refreshed : array of bool, shape (n_steps, n_paths), optional
        Whether the desk decided to replace what rested; None for a strategy that quotes anew at every step.
    mode, reason, value, bound : array, shape (n_steps, n_paths), optional
        What the limits permitted, why, what was measured and what it was held against, as in `Permission`; None
        without limits. `mode_changes` takes them as they are.
    flattened, flatten_cost : array, shape (n_steps, n_paths), optional
        What was given up at a halt before the step's fills [clips], positive where sold, and what it cost against the
        mid [price · clip], already out of the cash; None where no limit does that.
    """

    time: FloatArray
    mid: FloatArray
    bid_price: FloatArray
    ask_price: FloatArray
    bid_size: FloatArray
    ask_size: FloatArray
    bid_fill: FloatArray
    ask_fill: FloatArray
    inventory: FloatArray
    cash: FloatArray
    signal: FloatArray | None = None
    fees: FloatArray | None = None
    refreshed: NDArray[np.bool_] | None = None
    mode: NDArray[np.int8] | None = None
    reason: NDArray[np.int8] | None = None
    value: NDArray[np.float32] | None = None
    bound: NDArray[np.float32] | None = None
    flattened: FloatArray | None = None
    flatten_cost: FloatArray | None = None

    @property
    def wealth(self) -> FloatArray:
        """Cash + inventory × mid [price · clip], shape (n_steps + 1, n_paths)."""
        return self.cash + self.inventory * self.mid

    @property
    def pnl(self) -> FloatArray:
        """What each path earned, marked at the last mid [price · clip], shape (n_paths,)."""
        start, end = (self.cash[n] + self.inventory[n] * self.mid[n] for n in (0, -1))
        return np.asarray(end - start)

    @property
    def final_inventory(self) -> FloatArray:
        """The inventory at the horizon [clips], shape (n_paths,)."""
        return np.asarray(self.inventory[-1])

    @property
    def edge(self) -> FloatArray:
        """Spread earned on fills, measured from the mid at the fill [price · clip], shape (n_paths,).

        What is left of the PnL, after fees, is what the mid did to the inventory.
        """
        mid = self.mid[:-1]
        bought = np.where(self.bid_fill > 0, (mid - self.bid_price) * self.bid_fill, 0.0)
        sold = np.where(self.ask_fill > 0, (self.ask_price - mid) * self.ask_fill, 0.0)
        return np.asarray((bought + sold).sum(axis=0))
