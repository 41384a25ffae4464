"""A policy that is a table: a bid and an ask depth at each step and inventory, for all that takes a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.frozen import frozen
from mmlab.models.model import Model
from mmlab.parameters import FloatArray
from mmlab.table import Summary
from mmlab.vocabulary import check_inventory, check_time_left


@frozen(eq=False, repr=False)
class TablePolicy(Summary, Model):
    """Quotes by a table; between its times it holds the last step's depths.

    Asked on a finer clock than its own it re-quotes when its next step begins, so that `exact_moments`, `monte_carlo`
    and `simulate` may take it at any number of steps.
    """

    table: FloatArray
    """Bid and ask depth [price], shape (n_steps, 2Q + 1, 2); NaN where a side is not quoted."""
    horizon: float
    """T [time]."""

    @property
    def max_inventory(self) -> int:
        """Q [clips], beyond which there is no row."""
        return len(self.table[0]) // 2

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at the nearest whole inventory [clips] and the step that runs at `time_left`."""
        row = np.rint(check_inventory(inventory, self.max_inventory)).astype(np.intp) + self.max_inventory
        passed = self.horizon - check_time_left(time_left, self.horizon)
        # A grid time is a sum of rounded steps: what is just before a step's start is its start.
        step = np.floor(passed * (len(self.table) / self.horizon) + 1e-6).astype(np.intp)
        bid, ask = np.moveaxis(self.table[np.clip(step, 0, len(self.table) - 1), row], -1, 0)
        return bid, ask
