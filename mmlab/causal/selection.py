"""Which fills a depth gets: orders of those who know reach further, so each step away makes a fill worse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, check_count, check_number, parameter, validated


@validated
class SelectedFlow:
    """Market orders of which a share π is informed: P(reach ≥ δ) = πe^{−k_Iδ} + (1 − π)e^{−k_Uδ}, a jump J if informed.

    References
    ----------
    L. R. Glosten and P. R. Milgrom (1985), Bid, ask and transaction prices in a specialist market with heterogeneously
    informed traders, Journal of Financial Economics 14(1).
    """

    informed: float = parameter("π", "1", "The share of market orders that knows.", at_least=0, at_most=1)
    informed_decay: float = parameter("k_I", "1/price", "How fast those become rare with depth.", above=0)
    uninformed_decay: float = parameter("k_U", "1/price", "How fast the others become rare with depth.", above=0)
    jump: float = parameter("J", "price", "How far an informed order moves the mid in its direction.", at_least=0)

    def reached(self, depth: ArrayLike) -> FloatArray:
        """λ(δ) [1]: the probability that an order reaches `depth` [price]."""
        others = (1 - self.informed) * np.exp(-self.uninformed_decay * floats(depth))
        return np.asarray(self.informed * np.exp(-self.informed_decay * floats(depth)) + others)

    def informed_share(self, depth: ArrayLike) -> FloatArray:
        """P(informed | reach ≥ δ) [1] at `depth` [price]: the markout of fills there, over J."""
        return np.asarray(self.informed * np.exp(-self.informed_decay * floats(depth)) / self.reached(depth))

    def gain(self, depth: ArrayLike) -> FloatArray:
        """λ(δ)(δ − J P(informed | reach ≥ δ)) [price·clip], for each order that comes."""
        return np.asarray(self.reached(depth) * (floats(depth) - self.jump * self.informed_share(depth)))

    def best_depth(self) -> float:
        """Where `gain` is largest [price]."""
        return self._best(self.gain, self.jump)

    def believed_depth(self, cost: float) -> float:
        """Where λ(δ)(δ − cost) is largest [price]: for one who takes a fill to cost as much [price] everywhere."""
        cost = check_number("cost", cost, "price", at_least=0)
        return self._best(lambda depth: self.reached(depth) * (depth - cost), cost)

    def walk(self, depth: float, moves: int = 30) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Measure what a fill costs at `depth` [price], move to the believed depth, measure there, move, and so on.

        Returns
        -------
        depths, promised, earned : array, shape (moves,)
            Where each move leads [price], and the gain [price·clip] that it promised and gives.
        """
        depths, costs = [check_number("depth", depth, "price")], []
        for _ in range(check_count("moves", moves)):
            costs.append(self.jump * float(self.informed_share(depths[-1])))
            depths.append(self.believed_depth(costs[-1]))
        there = np.array(depths[1:])
        return there, self.reached(there) * (there - costs), self.gain(there)

    def _best(self, gain: Callable[[FloatArray], FloatArray], most: float) -> float:
        """Where a gain is largest, on ever finer grids: within 1/k and 1/k + `most`, what a fill costs at most."""
        low, high = sorted([1 / self.informed_decay, 1 / self.uninformed_decay])
        high += most
        for _ in range(6):
            grid = np.linspace(low, high, 1001)
            low, high = grid[np.clip(gain(grid).argmax() + np.array([-1, 1]), 0, 1000)].tolist()
        return (low + high) / 2
