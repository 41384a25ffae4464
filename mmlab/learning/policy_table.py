"""A policy that is a table: a bid and an ask depth at each step and inventory, for all that takes a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mmlab.frozen import frozen
from mmlab.models.model import Model
from mmlab.parameters import FloatArray
from mmlab.table import Summary
from mmlab.vocabulary import check_inventory, check_time_left

if TYPE_CHECKING:
    from mmlab.learning.decision_process import DecisionProcess


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
        return self.table.shape[1] // 2

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at the nearest whole inventory [clips] and the step that runs at `time_left`."""
        clips = np.rint(check_inventory(inventory, self.max_inventory)).astype(np.intp)
        passed = self.horizon - check_time_left(time_left, self.horizon)
        n_steps = len(self.table)
        # A grid time is a sum of rounded steps: what is just before a step's start is its start.
        step = np.floor(passed * (n_steps / (self.horizon or 1.0)) + 1e-6).astype(np.intp)
        bid, ask = np.moveaxis(self.table[np.clip(step, 0, n_steps - 1), clips + self.max_inventory], -1, 0)
        return bid, ask


@frozen(eq=False, repr=False)
class Solution(Summary):
    """What a solver or a learner hands in: depths, and what it believes they are worth."""

    process: DecisionProcess
    depths: FloatArray
    """Bid and ask [price], (n_steps, 2Q + 1, 2); NaN where a side is not quoted."""
    believes: float
    """What its own reckoning says it earns from 0 clips [price·clip]; a solver's is exact."""
    values: FloatArray
    """Its own reckoning of V [price·clip], (n_steps + 1, 2Q + 1), or a row where it has no clock."""

    @property
    def value(self) -> float:
        """What it is: J, or CE, of its depths in the process that it was made for [price·clip]."""
        return self.process.evaluate(self.depths)

    @property
    def policy(self) -> TablePolicy:
        """Its depths as a model."""
        return TablePolicy(self.depths, self.process.market.horizon)
