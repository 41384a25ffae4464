"""Quotes that stop at a limit, so that what they are worth does not hang on how fine the steps are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.models.model import Model
from mmlab.parameters import FloatArray, check_count


class Within(Model):
    """A strategy's quotes without the bid at `max_inventory` clips and more, and the ask at as many short.

    Parameters
    ----------
    policy : model or callable
        Something with ``depths(inventory, time_left)``, or such a function.
    max_inventory : int
        The limit, either way [clips], above 0. Where the policy stops sooner, it stops there.

    Raises
    ------
    ParameterError
        If the limit is not a whole number above 0.
    """

    def __init__(self, policy: Any, max_inventory: int) -> None:
        self.policy, self.max_inventory = policy, check_count("max_inventory", max_inventory)
        self.__name__ = str(getattr(policy, "__name__", type(policy).__name__))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at `inventory` [clips] and `time_left` [time]; NaN: no quote."""
        held = np.asarray(inventory, float)
        own = getattr(self.policy, "max_inventory", None) or np.inf  # beyond which it is not to be asked
        bid, ask = getattr(self.policy, "depths", self.policy)(np.clip(held, -own, own), time_left)
        return stopped(held, bid, ask, self.max_inventory)


def stopped(inventory: FloatArray, bid: FloatArray, ask: FloatArray, limit: int) -> tuple[FloatArray, FloatArray]:
    """A bid and an ask (depths or prices) of inventories [clips], with NaN where a fill would go beyond the limit."""
    return np.where(inventory >= limit, np.nan, bid), np.where(inventory <= -limit, np.nan, ask)
