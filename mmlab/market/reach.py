"""Whether a market order comes to a price: the one place where a depth is compared with a reach.

What is recorded is prices; depths and reaches are their differences from a mid, each rounded in its own way. So an
order that traded at our very price may reach, in its last bits, less than our depth. `monte_carlo`, `exact_moments`
and the explorers' short cuts compare depths with continuous reaches, of which none is within last bits of a depth (the
chance is κ times those bits, 1e-13): there plain ≤ is the same rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import BoolArray, FloatArray
from mmlab.quotes import OF_A_TICK


def last_bits(*prices: ArrayLike, tick: float | FloatArray = 0.0) -> FloatArray:
    """How far two prices may lie apart and be one price, written down in two ways [price].

    Four units in the last place of the larger price; where prices lie on ticks, a millionth of a tick besides.
    """
    largest = np.abs(prices[0])
    for price in prices[1:]:
        largest = np.maximum(largest, np.abs(price))
    return np.asarray(4 * np.spacing(largest) + OF_A_TICK * tick)


def reached(depth: FloatArray, reach: FloatArray, bits: FloatArray) -> BoolArray:
    """Whether an order that reaches `reach` comes to `depth` [price], both from one mid; False where a depth is NaN.

    On ticks our price is p = k·tick, and an order whose worst price is w comes to it if and only if k ≤ ⌊w/tick⌋, last
    bits allowed for. As k is whole that is k ≤ w/tick, or depth ≤ reach: no floor is taken.
    """
    return np.asarray(depth <= reach + bits)


def passed(depth: FloatArray, reach: FloatArray, bits: FloatArray, tick: float = 0.0) -> BoolArray:
    """Whether such an order goes beyond `depth`: on ticks, a whole tick or more."""
    return np.asarray(depth < reach - (tick - bits if tick else bits))
