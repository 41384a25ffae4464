"""Quotes that stop at a limit, so that what they are worth does not hang on how fine the steps are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.models.model import Model
from mmlab.parameters import FloatArray


class Within(Model):
    """A strategy's quotes without the bid at `max_inventory` clips and more, and the ask at as many short.

    Parameters
    ----------
    policy : model
        With depths(inventory, time_left).
    max_inventory : int
        The limit, either way [clips]. Where the policy stops sooner, it stops there.
    """

    def __init__(self, policy: Any, max_inventory: int) -> None:
        self.policy, self.max_inventory = policy, max_inventory
        self.__name__ = str(getattr(policy, "__name__", type(policy).__name__))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at `inventory` [clips] and `time_left` [time]; NaN: no quote."""
        held = np.asarray(inventory, float)
        bid, ask = self.policy.depths(held, time_left)
        return stopped(held, bid, ask, self.max_inventory)


def stopped(inventory: FloatArray, bid: FloatArray, ask: FloatArray, limit: int) -> tuple[FloatArray, FloatArray]:
    """A bid and an ask (depths or prices) of inventories [clips], with NaN where a fill would go beyond the limit."""
    return np.where(inventory >= limit, np.nan, bid), np.where(inventory <= -limit, np.nan, ask)
