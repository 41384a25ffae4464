"""Which fills a depth gets: orders of those who know reach further, so each step away makes a fill worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, check_count, check_number, parameter, validated


class Walk(NamedTuple):
    """Depths [price] that one goes to, and the gain of an order that each promised and gives, each of shape (n,)."""

    depth: FloatArray
    promised: FloatArray
    earned: FloatArray


@validated
class SelectedFlow:
    """Market orders of which a share π is informed: P(reach ≥ δ) = πe^{−k_Iδ} + (1 − π)e^{−k_Uδ}, a jump J if informed.

    Reference: L. R. Glosten and P. R. Milgrom (1985), Journal of Financial Economics 14(1).
    """

    informed: float = parameter("π", "1", "The share of market orders that knows.", at_least=0, at_most=1)
    informed_decay: float = parameter("k_I", "1/price", "How fast those become rare with depth.", above=0)
    uninformed_decay: float = parameter("k_U", "1/price", "How fast the others become rare with depth.", above=0)
    jump: float = parameter("J", "price", "How far an informed order moves the mid in its direction.", at_least=0)

    def reached(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1]: the probability that an order reaches `depth` [price]."""
        return np.asarray(np.add(*self._reached(depth)))

    def informed_share(self, depth: ArrayLike) -> FloatArray:
        """P(informed | reach ≥ δ) [1] at `depth` [price]: what markouts measure there, over J."""
        informed, others = self._reached(depth)
        return np.asarray(informed / (informed + others))

    def gain(self, depth: ArrayLike) -> FloatArray:
        """λ(δ)(δ − J P(informed | reach ≥ δ)) [price·clip] of each order that comes."""
        return self._promised(depth, self.jump * self.informed_share(depth))

    def best_depth(self) -> float:
        """Where `gain` is largest [price]."""
        return self._best(self.gain, self.jump)

    def believed_depth(self, cost: float) -> float:
        """Where one goes who takes what a fill costs [price] for the same at each depth: largest λ(δ)(δ − cost)."""
        cost = check_number("cost", cost, "price", at_least=0)
        return self._best(lambda depth: self._promised(depth, cost), cost)

    def walk(self, depth: float, moves: int = 30) -> Walk:
        """Measure the cost of fills at `depth` [price], move to where that is best, measure there, move again …"""
        depths, costs = [check_number("depth", depth, "price")], []
        for _ in range(check_count("moves", moves)):
            costs.append(self.jump * float(self.informed_share(depths[-1])))
            depths.append(self.believed_depth(costs[-1]))
        there = np.array(depths[1:])
        return Walk(there, self._promised(there, np.array(costs)), self.gain(there))

    def _reached(self, depth: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """The informed orders and the others that reach a depth."""
        at = floats(depth)
        return self.informed * np.exp(-self.informed_decay * at), (1 - self.informed) * np.exp(
            -self.uninformed_decay * at
        )

    def _promised(self, depth: ArrayLike, cost: ArrayLike) -> FloatArray:
        return np.asarray(self.reached(depth) * (floats(depth) - cost))

    def _best(self, gain: Callable[[FloatArray], FloatArray], most: float) -> float:
        """Where a gain is largest, on ever finer grids: there, a fill costs between 0 and `most`."""
        ends = [1 / self.informed_decay, 1 / self.uninformed_decay]
        low, high = min(ends), max(ends) + most
        for _ in range(6):
            grid = np.linspace(low, high, 1001)
            at = int(gain(grid).argmax())
            low, high = grid[max(at - 1, 0)], grid[min(at + 1, 1000)]
        return float(low + high) / 2
