"""QuoteSizer: how much to show on each side."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.vocabulary import INVENTORY, MARKET_IMPACT, MAX_POSITION

_LAST_BITS = 1e-9
"""Of a lot: sizes and inventories are sums of rounded numbers."""


@validated
class QuoteSizer:
    """Whole lots up to the limit on each side; the side that unwinds is always there.

    bid = min(s e^{−η q⁺}, max − q) and ask = min(s e^{−η q⁻}, q − min), rounded down to lots. What is then below the
    exchange's minimum is no quote. A minimum is a floor and never a cap; each side has its own room, so that a desk at
    a limit, or beyond it, shows the side that leads back.
    """

    base_size: float = parameter("s", "clips", "What a flat desk shows on each side.", above=0)
    max_position: float = parameter(MAX_POSITION)
    min_position: float = parameter("q_min", "clips", "None: −max_position.", default=None, at_least=-200, at_most=0)
    lot: float = parameter("ℓ", "clips", "Sizes are multiples of it.", default=1.0, above=0)
    min_size: float = parameter("s_min", "clips", "The exchange's minimum; None: one lot.", default=None, above=0)
    size_decay: float = parameter("η", "1/clip", "How fast the side that adds shrinks.", default=0.0, at_least=0)

    def __post_init__(self) -> None:
        for name, default in (("min_position", -self.max_position), ("min_size", self.lot)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        for name, least in (("min_size", "lot"), ("base_size", "min_size")):
            if (size := getattr(self, name)) < (bound := getattr(self, least)):
                rule = f"{name} {size:g} is below {least} {bound:g} [clips]"
                raise ParameterError(f"{rule}: no such order can be placed.")

    def calculate_quote_size(self, inventory: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask size [clips] at `inventory` [clips], of its shape; 0 is no quote."""
        return self.adjust_quote_size(inventory, 0.0)

    def adjust_quote_size(self, inventory: ArrayLike, market_impact: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """The same with the bid × (1 − m) and the ask × (1 + m), before room, lots and minimum are applied.

        Parameters
        ----------
        inventory : array_like
            q [clips].
        market_impact : array_like
            m [1] from −1 to 1, broadcasts with `inventory`. The side that unwinds keeps the minimum whatever it is.

        Returns
        -------
        tuple of arrays
            Bid and ask size [clips], of the broadcast shape.
        """
        q, m = INVENTORY.check_array(inventory), MARKET_IMPACT.check_array(market_impact)
        q, m = np.broadcast_arrays(q, m) if m.ndim else (q, m)
        held, room = np.array((q, -q)), np.array((self.max_position - q, q - self.min_position))
        size = self.base_size * np.array((1 - m, 1 + m)).reshape(2, *(1,) * (q.ndim - m.ndim), *m.shape)
        if self.size_decay:
            size = size * np.exp(-self.size_decay * np.maximum(held, 0.0))
        size = np.where(held < 0, np.maximum(size, self._smallest), size)
        bid, ask = self.in_lots(np.minimum(size, room))
        return np.asarray(bid), np.asarray(ask)

    @property
    def _smallest(self) -> float:
        """The smallest order that can be placed [clips]."""
        return self.lot * math.ceil(self.min_size / self.lot - _LAST_BITS)

    def in_lots(self, size: FloatArray) -> FloatArray:
        """`size` [clips] rounded down to whole lots; 0 where that is below the exchange's minimum."""
        rounded = self.lot * np.floor(size / self.lot + _LAST_BITS)
        return np.where(rounded >= self._smallest * (1 - _LAST_BITS), rounded, 0.0)
