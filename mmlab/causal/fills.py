"""Who gets which fills: by depth, beside another engine, before a competitor who reacts, on a day with and without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market.journal import Journal
from mmlab.market.order_flow import OrderFlow
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
        """λ(δ) [1]: the probability that an order reaches `depth` [price], of its shape; NaN stays NaN."""
        others = (1 - self.informed) * np.exp(-self.uninformed_decay * floats(depth))
        # What divides is above 0, however far away.
        return np.maximum(self.informed * np.exp(-self.informed_decay * floats(depth)) + others, 1e-300)

    def informed_share(self, depth: ArrayLike) -> FloatArray:
        """P(informed | reach ≥ δ) [1] at `depth` [price]: the markout of fills there, over J."""
        return np.asarray(self.informed * np.exp(-self.informed_decay * floats(depth)) / self.reached(depth))

    def gain(self, depth: ArrayLike, cost: ArrayLike | None = None) -> FloatArray:
        """λ(δ)(δ − cost) [price·clip] an order; if not given, the cost of a fill is J P(informed | reach ≥ δ)."""
        cost = self.jump * self.informed_share(depth) if cost is None else floats(cost)
        return np.asarray(self.reached(depth) * (floats(depth) - cost))

    def best_depth(self, cost: float | None = None) -> float:
        """Where `gain` is largest [price]; with a cost [price], where one goes who takes it for the same everywhere."""
        low, high = sorted([1 / self.informed_decay, 1 / self.uninformed_decay])
        high += self.jump if cost is None else check_number("cost", cost, "price", at_least=0)
        for _ in range(6):  # on ever finer grids
            grid = np.geomspace(low, high, 1001)
            low, high = grid[np.clip(self.gain(grid, cost).argmax() + np.array([-1, 1]), 0, 1000)].tolist()
        return (low + high) / 2

    def walk(self, depth: float, moves: int = 30) -> FloatArray:
        """Measure what a fill costs at `depth` [price], move to where that is best, measure there, move, and so on.

        Returns
        -------
        array, shape (moves + 1,)
            Each depth [price], the first included.
        """
        depths = [check_number("depth", depth, "price")]
        for _ in range(check_count("moves", moves)):
            depths.append(self.best_depth(self.jump * float(self.informed_share(depths[-1]))))
        return np.array(depths)


def shared_flow(fill_decay: float, a: float, b: float) -> tuple[float, float]:
    """What an engine at the depth a [price] earns more than one at b, of one-clip orders that reach δ with e^{−kδ}.

    Returns
    -------
    at_once, truth : float
        For each order that comes [price·clip]: if both quote at once, the nearer one gets all that reach it and the
        other none (at one depth each gets half); if all is quoted by the one, or all by the other, δe^{−kδ} each.
    """
    k = check_number("fill_decay", fill_decay, "1/price", above=0)
    only_a, only_b = (check_number(name, x, "price") * np.exp(-k * x) for name, x in (("a", a), ("b", b)))
    return float((a < b) * only_a - (b < a) * only_b), float(only_a - only_b)


def step_inside(fill_decay: float, depth: float, inside: float, response: float, reset: float) -> tuple[float, ...]:
    """What it is worth to stand `inside` [price] where one has half of what reaches `depth`, a competitor the rest.

    The value is share · δe^{−kδ}. A replay leaves him where he stood, and all that comes is one's own. In truth he
    follows at the rate `response` r [1/time], and at the rate `reset` m one is alone again: m/(m + r) of the time.

    Returns
    -------
    stay, replay, truth, break_even : float
        For each order that comes [price·clip]: where one is, inside in a replay, inside in truth; and the share of the
        time [1] that one must be alone inside for it to pay (above 1 it never does, below 0 always).
    """
    k, m = check_number("fill_decay", fill_decay, "1/price", above=0), check_number("reset", reset, "1/time", above=0)
    there, near = (check_number("depth", x, "price", above=0) * np.exp(-k * x) for x in (depth, inside))
    alone = m / (m + check_number("response", response, "1/time", at_least=0))
    return float(there / 2), float(near), float(near * (1 + alone) / 2), float(there / near - 1)


def paired_day(flow: OrderFlow, seconds: float, seed: int, dealer: Callable[..., None]) -> tuple[Journal, Journal]:
    """One day without and with what one does oneself: both outcomes, which no market shows.

    The others' times and draws are the same in both, so that what differs is what one did.

    Parameters
    ----------
    flow, seconds, seed, dealer
        The others, how long [s], their draws, and what one does oneself, as `OrderFlow.run` takes them.
    """
    return flow.run(seconds, seed), flow.run(seconds, seed, dealer=dealer)
