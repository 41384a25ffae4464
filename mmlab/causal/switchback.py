"""A switchback test of two quoting rules, exactly: what it estimates where the inventory carries one into the other.

Blocks of m steps quote by A or by B, by a fair coin. The inventory goes on from block to block, so the chain that
`exact_moments` walks gives the estimate's expectation and deviation without a draw.
"""

from __future__ import annotations

from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np

from mmlab.arrays import floats
from mmlab.market import Market
from mmlab.models.within import Within
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number, parameter, validated
from mmlab.simulation.exact import moved
from mmlab.simulation.outcomes import Policy, check_forgetful, outcomes
from mmlab.vocabulary import MAX_INVENTORY, RUNNING_PENALTY


@validated
class Switchback:
    """An experiment on a desk: rule A or B in blocks of a day; a step's outcome is what it earned − φΔt q², q after fills.

    `a` and `b` are models, functions of (inventory, time_left), or tables of (bid, ask) depths of the shape
    (n_steps, 2 max_inventory + 1, 2) with NaN for no quote. Neither bids at max_inventory, nor asks at as many short.

    References
    ----------
    I. Bojinov, D. Simchi-Levi and J. Zhao (2023), Design and analysis of switchback experiments, Management Science
    69(7), https://doi.org/10.1287/mnsc.2022.4583
    """

    market: Market
    a: Any
    b: Any
    running_penalty: float = parameter(RUNNING_PENALTY)
    max_inventory: int = parameter(MAX_INVENTORY, default=30)
    n_steps: int = parameter("N", "1", "Steps in a day.", default=200, at_least=1, integer=True)

    @property
    def truth(self) -> float:
        """What a day by A earns more than a day by B [price·clip]."""
        return self.expectation(self.n_steps)

    def expectation(self, block: int, burn_in: int = 0) -> float:
        """What the test estimates in the mean [price·clip]; block = n_steps gives the truth. Raises what `parts` does."""
        of_a, of_b = self.parts(block, burn_in).sum(axis=1)
        return float(of_a - of_b)

    def parts(self, block: int, burn_in: int = 0) -> FloatArray:
        """What A's steps, and B's, earn and pay for inventory in the mean, as of a whole day [price·clip], shape (2, 2).

        Of each block the first `burn_in` steps are dropped, and the others stand for them.

        Raises
        ------
        ParameterError
            If the block does not divide the day, or nothing of it is kept.
        """
        return self._parts(self._weight(block, burn_in), self._law(block))

    def sd(self, block: int, burn_in: int = 0, marked: bool = True) -> float:
        """The estimate's standard deviation times √days, where they are many [price·clip].

        It is a rule's outcomes over its share of the steps, A less B. A day adds Σ ±2(Y − E/N), + in steps by A, with E that
        rule's mean in `parts`. If `marked` the outcomes hold what the mid moves the inventory's worth by.
        """
        p, y, noise, _ = self._chain
        law, weight = self._law(block), self._weight(block, burn_in)
        sign = np.array([2.0, -2.0]) * weight[:, np.newaxis]
        mean = self._parts(weight, law).sum(axis=1) / self.n_steps
        own = sign[..., np.newaxis, np.newaxis] * (y - mean[:, np.newaxis, np.newaxis])
        step, later = (p * own).sum(axis=2), np.zeros_like(p)
        ahead = np.zeros_like(law[0])  # what the rest of the day adds in the mean, from each inventory and rule
        for n in range(self.n_steps - 1, -1, -1):
            later[n, :, 0] = later[n, :, 3] = ahead
            later[n, :, 1, :-1], later[n, :, 2, 1:] = ahead[:, 1:], ahead[:, :-1]
            ahead = step[n] + (p[n] * later[n]).sum(axis=1)
            if n % block == 0:
                ahead = np.stack([ahead.mean(axis=0)] * 2)
        square = (p * own * (own + 2 * later)).sum(axis=2) + marked * sign[..., np.newaxis] ** 2 * noise
        return float(np.sqrt(max((law * square).sum() / 2, 0.0)))

    def days_needed(self, block: int, burn_in: int = 0, power: float = 0.8, marked: bool = True) -> float:
        """Days until a test of the true effect at 5 % finds it with this probability, if it had no bias; may be infinite."""
        normal, truth = NormalDist(), self.truth
        sds = normal.inv_cdf(0.975) + normal.inv_cdf(check_number("power", power, "1", above=0, below=1))
        return float(np.ceil((sds * self.sd(block, burn_in, marked) / truth) ** 2)) if truth else float("inf")

    def _weight(self, block: int, burn_in: int) -> FloatArray:
        """How much each step counts, N in all."""
        m, dropped = check_count("block", block), check_count("burn_in", burn_in, 0)
        if self.n_steps % m or dropped >= m:
            asked = f"block must divide the day's {self.n_steps} steps, and burn_in be shorter"
            raise ParameterError(f"{asked}; got {m} and {dropped}.")
        return (np.arange(self.n_steps) % m >= dropped) * m / (m - dropped)

    def _parts(self, weight: FloatArray, law: FloatArray) -> FloatArray:
        return np.asarray((self._chain[3] * (law * weight[:, np.newaxis, np.newaxis])).sum(axis=(1, 3)).T)

    def _law(self, block: int) -> FloatArray:
        """P(q | the step's rule) as each step begins, shape (n_steps, 2, n_q)."""
        p = self._chain[0]
        law = np.zeros((self.n_steps + 1, 2, p.shape[-1]))
        law[0, :, self.max_inventory] = 1.0
        for n in range(self.n_steps):
            if n % block == 0:
                law[n] = law[n].mean(axis=0)
            law[n + 1] = moved(p[n] * law[n, :, np.newaxis])
        return law[:-1]

    @cached_property
    def _chain(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Of each step, rule, outcome and inventory its chance and what it brings; the mid's noise; the mean's two parts."""
        market, dt, (up, down) = self.market, self.market.horizon / self.n_steps, self.market.jump
        rules = [Within(self._policy(name, rule), self.max_inventory) for name, rule in (("a", self.a), ("b", self.b))]
        both = [outcomes(rule, market, self.n_steps, self.max_inventory) for rule in rules]
        p, edge, held, buys, sells = (
            np.stack([np.broadcast_to(getattr(of, name), of.edge.shape) for of in both]).transpose(2, 0, 1, 3)
            for name in ("probability", "edge", "held", "buy_arrived", "sell_arrived")
        )
        earned = edge + held * (market.drift * dt + up * buys - down * sells)
        paid = -self.running_penalty * dt * held**2
        moves = market.volatility**2 * dt + up**2 * buys * (1 - buys) + down**2 * sells * (1 - sells)
        noise, *parts = ((p * each).sum(axis=2) for each in (held**2 * moves, earned, paid))
        return p, earned + paid, noise, np.stack(parts)

    def _policy(self, name: str, rule: Any) -> Policy:
        """The rule, or the function that looks it up in its table."""
        if callable(getattr(rule, "depths", rule)):
            check_forgetful(rule, self.market)
            return rule  # type: ignore[no-any-return]
        table, shape = floats(rule), (self.n_steps, 2 * self.max_inventory + 1, 2)
        if table.shape != shape:
            raise ParameterError(f"{name} must be a model, a function or a table {shape} of depths; got {table.shape}.")
        if not np.isnan([table[:, -1, 0], table[:, 0, 1]]).all():
            ends = f"it must have no bid (NaN) at {self.max_inventory} clips and no ask at as many short"
            raise ParameterError(f"The table {name} leaves the inventory table: {ends}.")
        return lambda inventory, time_left: (table[..., 0], table[..., 1])


def leaning(depth: float, skew: float) -> Policy:
    """The rule δᵇ = δ + cq and δᵃ = δ − cq [price], which leans by c [price/clip] against what it holds."""
    return lambda inventory, time_left: (depth + skew * inventory, depth - skew * inventory)
