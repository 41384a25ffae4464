"""A switchback test of two quoting rules, exactly: what it estimates where the inventory carries one into the other.

Blocks of m steps quote by A or by B, by a fair coin. The inventory's law goes on from block to block, so the chain of
`exact_moments` gives the estimate's expectation and deviation without a draw.
"""

from __future__ import annotations

import functools
import math
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from mmlab.arrays import floats
from mmlab.market import Market
from mmlab.models.within import Within
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number, parameter, validated
from mmlab.simulation.outcomes import Policy, outcomes
from mmlab.vocabulary import MAX_INVENTORY, RUNNING_PENALTY


class _Chain(NamedTuple):
    """Of each step, rule and inventory: how it goes on and what it brings; all end in (n_steps, 2, …, n_q)."""

    into: FloatArray
    """P of coming from q − 1, q and q + 1, by where one comes to: (…, 3, n_q)."""
    out_of: FloatArray
    """P of going to q − 1, q and q + 1: (…, 3, n_q)."""
    parts: FloatArray
    """E[earned] and −E[penalty]: (2, …)."""
    square: FloatArray
    """E[outcome²]."""
    weighted: FloatArray
    """E[outcome; to q − 1, q, q + 1]: (…, 3, n_q)."""
    noise: FloatArray
    """Variance of the mid's move, times what is held²."""


@validated
class Switchback:
    """An experiment on a desk: rule A or B in blocks of a day, the outcome of a step earned − φΔt q², q after fills.

    `a` and `b` are models, functions of (inventory, time_left), or tables of (bid, ask) depths of the shape
    (n_steps, 2 max_inventory + 1, 2) with NaN for no quote. Neither bids at max_inventory, nor asks at as many short.
    What the mid moves by itself is not an outcome, but in its mean.

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

    def __post_init__(self) -> None:
        self._chain  # noqa: B018  a rule that is none is refused here

    @property
    def truth(self) -> float:
        """What a day by A earns more than a day by B [price·clip]."""
        return self.expectation(self.n_steps)

    def parts(self, block: int, burn_in: int = 0) -> FloatArray:
        """What A's steps, and B's, are expected to earn and to pay for inventory, as of a whole day [price·clip].

        Shape (2 rules, 2); block = n_steps gives days by A and by B alone. Of each block the first `burn_in` steps are
        dropped, and the others stand for them.

        Raises
        ------
        ParameterError
            If the block does not divide the day, or nothing of it is kept.
        """
        weight = self._weights(block, burn_in)
        return np.einsum("n,naq,pnaq->ap", weight, self._law(block), self._chain.parts)

    def expectation(self, block: int, burn_in: int = 0) -> float:
        """What the test estimates in the mean [price·clip], over days with blocks of so many steps."""
        a, b = self.parts(block, burn_in).sum(axis=1)
        return float(a - b)

    def sd(self, block: int, burn_in: int = 0, marked: bool = True) -> float:
        """The estimate's standard deviation, times the root of the number of days, which are many [price·clip].

        The estimate is Σ outcomes ÷ share of the steps, of A less of B; a day's influence on it is, in a step by A,
        2(Y − E_A/N), and the negative by B. If `marked` the outcomes hold the noise of the mid on the inventory.
        """
        chain, law, weight = self._chain, self._law(block), self._weights(block, burn_in)[:, np.newaxis]
        step = np.array([2.0, -2.0]) * weight  # of each step and rule
        centre = self.parts(block, burn_in).sum(axis=1)[:, np.newaxis] / self.n_steps
        mean = chain.parts.sum(axis=0)
        own = step[..., np.newaxis] * (mean - centre)
        later, ahead = _windows(self.n_steps, mean.shape[-1])
        inner = later[..., 1:-1]
        for n in range(self.n_steps - 1, -1, -1):
            np.einsum("akq,akq->aq", chain.out_of[n], ahead[n + 1], out=inner[n])
            inner[n] += own[n]
            if n % block == 0:
                inner[n] = inner[n].mean(axis=0)
        variance = step[..., np.newaxis] ** 2 * (chain.square - centre * (2 * mean - centre) + marked * chain.noise)
        to = chain.weighted - centre[..., np.newaxis] * chain.out_of
        variance += 2 * step[..., np.newaxis] * np.einsum("nakq,nakq->naq", to, ahead[1:])
        return math.sqrt(max(float((law * variance).sum()) / 2, 0.0))

    def days_needed(self, block: int, burn_in: int = 0, power: float = 0.8, marked: bool = True) -> float:
        """Days for the true effect to be found at 5 % with this probability, by a test that has no bias."""
        distance = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(
            check_number("power", power, "1", above=0, below=1)
        )
        spread, truth = self.sd(block, burn_in, marked), self.truth
        return float(np.ceil((distance * spread / truth) ** 2)) if truth else math.inf

    def _weights(self, block: int, burn_in: int) -> FloatArray:
        """How much each step counts: N in all."""
        m, dropped = check_count("block", block), check_count("burn_in", burn_in, 0)
        if self.n_steps % m:
            raise ParameterError(f"block must divide the day's {self.n_steps} steps; got {m}.")
        if dropped >= m:
            raise ParameterError(f"burn_in must leave a step of the block's {m}; got {dropped}.")
        return (np.arange(self.n_steps) % m >= dropped) * m / (m - dropped)

    def _law(self, block: int) -> FloatArray:
        """P(q | rule of the step), as each step begins, shape (n_steps, 2, n_q)."""
        into, n_q = self._chain.into, 2 * self.max_inventory + 1
        law, come_from = _windows(self.n_steps, n_q)
        inner = law[..., 1:-1]
        inner[0, :, self.max_inventory] = 1.0
        for n in range(self.n_steps):
            if n % block == 0:
                inner[n] = inner[n].mean(axis=0)
            np.einsum("akq,akq->aq", into[n], come_from[n], out=inner[n + 1])
        return inner[:-1]

    @functools.cached_property
    def _chain(self) -> _Chain:
        market, bound, dt = self.market, self.max_inventory, self.market.horizon / self.n_steps
        up, down = market.jump
        arms = []
        for name, rule in (("a", self.a), ("b", self.b)):
            steps = outcomes(Within(self._policy(name, rule), bound), market, self.n_steps, bound)
            p, held, buys, sells = steps.probability, steps.held, steps.buy_arrived, steps.sell_arrived
            earned = steps.edge + held * (market.drift * dt + up * buys - down * sells)
            paid = -self.running_penalty * dt * held**2 + np.zeros_like(p)
            moves = market.volatility**2 * dt + up**2 * buys * (1 - buys) + down**2 * sells * (1 - sells)
            y = earned + paid

            def to(of: FloatArray) -> FloatArray:
                return np.stack([of[2], of[0] + of[3], of[1]], axis=1)

            out = to(p)
            into = np.zeros_like(out)
            into[:, 0, 1:], into[:, 1], into[:, 2, :-1] = out[:, 2, :-1], out[:, 1], out[:, 0, 1:]
            parts = np.stack([(p * earned).sum(0), (p * paid).sum(0)])
            arms.append((into, out, parts, (p * y**2).sum(0), to(p * y), (p * moves * held**2).sum(0)))
        of_a, of_b = arms
        return _Chain(
            *(np.stack(pair, axis=-2 if i in (3, 5) else 2 if i == 2 else 1) for i, pair in enumerate(zip(of_a, of_b)))
        )

    def _policy(self, name: str, rule: Any) -> Policy:
        """The rule itself; of a table the function that looks it up."""
        if callable(rule) or hasattr(rule, "depths"):
            return rule
        table, shape = floats(rule), (self.n_steps, 2 * self.max_inventory + 1, 2)
        if table.shape != shape:
            raise ParameterError(f"{name} must be a model, a function or a table of depths {shape}; got {table.shape}.")
        if not np.isnan([table[:, -1, 0], table[:, 0, 1]]).all():
            raise ParameterError(
                f"{name} leaves the inventory table: no bid (NaN) at {self.max_inventory} clips, no ask at as many short."
            )
        return lambda inventory, time_left: (table[..., 0], table[..., 1])


def leaning(depth: float, skew: float) -> Policy:
    """The rule δᵇ = δ + cq, δᵃ = δ − cq [price], which leans by c [price/clip] against what it holds."""
    return lambda inventory, time_left: (depth + skew * inventory + 0 * time_left, depth - skew * inventory)


def _windows(n_steps: int, n_q: int) -> tuple[FloatArray, FloatArray]:
    """Zeros for each time, rule and inventory, with a column beyond either end, and of each its three neighbours."""
    table = np.zeros((n_steps + 1, 2, n_q + 2))
    return table, np.lib.stride_tricks.sliding_window_view(table, n_q, axis=-1)
