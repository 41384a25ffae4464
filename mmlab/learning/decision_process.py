"""The chain of (step, inventory) as a finite decision process: its optimum, a policy's value, occupancy and gradient.

Everything is exact, and the mid is never drawn: it is a martingale that fills do not look at. Who learns from draws of
this chain lives in the other files of the room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mmlab.learning.outside import Solution, TablePolicy, table_of
from mmlab.market import Exponential, Market
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.simulation import exact_moments
from mmlab.vocabulary import MAX_INVENTORY, RISK_AVERSION, RUNNING_PENALTY, TERMINAL_PENALTY

_SETTLED, _MOST_ROUNDS, _APART = 1e-10, 200, 1e-4


@validated
class DecisionProcess:
    """Quote at (n, q); fills; pay for the inventory held after them; the mid moves: N times, from 0 clips.

    With U(q) = βV(q) − c(q) of the next step, and u and d what U gains by a clip bought or sold,

        V = U + p_b(δᵇ + u) + p_a(δᵃ + d) − p_b p_a(u + d),   c(q) = φΔt q² + ½ησ√Δt |q|,   V(N, q) = −αq².

    A `risk_aversion` γ in place of φ maximises −ln E[e^{−γW}]/γ: each mean above becomes a certainty equivalent, and
    ln cosh(γqσ√Δt)/γ takes the place of φΔt q² in c(q). At ±Q the side that would leave the table is not quoted.

    Orders that move the mid by ε are no part of it. Where a fill costs c, as (1 − p₀)ε in mmlab's chain (see `Market`),
    what is earned is a net depth δ − c: the process of A e^{−kc} in place of A, whose depths are net.

    market : Market
        The truth: intensities, fill rule, σ and moves; no signal, drift or jumps.
    certain_fills : bool
        Whether to allow the linear rule with AΔt > 1, where quotes inside ln(AΔt)/k fill for certain.

    Raises
    ------
    ParameterError
        If not exactly one of running_penalty and risk_aversion is given, the market has a signal, drift or jumps, or
        the linear rule has AΔt > 1.

    References
    ----------
    M. L. Puterman (1994), Markov Decision Processes, Wiley.
    T. Spooner, J. Fearnley, R. Savani and A. Koukorinis (2018), Market making via reinforcement learning, AAMAS.
    """

    market: Market
    n_steps: int = parameter("N", "1", "Steps in the session.", at_least=1, at_most=100_000, integer=True)
    max_inventory: int = parameter(MAX_INVENTORY)
    running_penalty: float | None = parameter(RUNNING_PENALTY, default=None)
    risk_aversion: float | None = parameter(RISK_AVERSION, default=None)
    terminal_penalty: float = parameter(TERMINAL_PENALTY, default=0.0)
    discount: float = parameter("β", "1", "What the next step's value counts now.", default=1.0, at_least=0, at_most=1)
    dampening: float = parameter("η", "1", "Spooner's: gains on inventory count less by this.", default=0.0, at_least=0)
    certain_fills: bool = False

    def __post_init__(self) -> None:
        if getattr(self.market, "signal", self) is not None or self.market.drift or any(self.market.jump):
            raise ParameterError(f"market must be a Market without signal, drift and jumps; got {self.market!r}.")
        if (given := (self.running_penalty, self.risk_aversion)).count(None) != 1:
            raise ParameterError(f"Give exactly one of running_penalty (φ) and risk_aversion (γ); got {given}.")
        expected = max(float(flow.rate(0.0)) for flow in self._flows) * self.time_step
        if self.market.fill_rule == "linear" and expected > 1 and not self.certain_fills:
            bug = "some quotes would fill for certain. Take more steps, or certain_fills=True"
            raise ParameterError(f"AΔt must be at most 1 under the linear rule; got {expected:.6g}: {bug}.")

    @classmethod
    def of(cls, market: Market, **settings: Any) -> Self:
        """The process of a market; the settings are the class's own, by name."""
        return cls(market=market, **settings)

    @property
    def time_step(self) -> float:
        """Δt [time]."""
        return self.market.horizon / self.n_steps

    @property
    def inventories(self) -> FloatArray:
        """−Q … Q [clips], shape (2Q + 1,)."""
        return np.arange(-self.max_inventory, self.max_inventory + 1.0)

    @property
    def _flows(self) -> tuple[Any, Any]:
        """The orders that meet the bid and the ask."""
        return self.market.sell_intensity, self.market.buy_intensity

    @property
    def cost(self) -> FloatArray:
        """c(q) of the inventory held through a step [price·clip], shape (2Q + 1,)."""
        q, gamma, binomial = self.inventories, self.risk_aversion, self.market.mid_move == "binomial"
        move = self.market.volatility * np.sqrt(self.time_step) * np.abs(q)
        lost = self.dampening * move * (0.5 if binomial else 1 / np.sqrt(2 * np.pi))
        if gamma:  # ln cosh s, of any s
            lost += gamma * move**2 / 2 if not binomial else move + np.log1p(np.expm1(-2 * gamma * move) / 2) / gamma
        return np.asarray(lost + (self.running_penalty or 0.0) * self.time_step * q**2)

    def quoted(self, depths: FloatArray) -> FloatArray:
        """These depths (…, 2Q + 1, 2) [price], and NaN where a side would leave the table."""
        return np.where(np.multiply.outer(self.inventories, [1, -1]) >= self.max_inventory, np.nan, depths)

    def actions(self, depths: ArrayLike) -> FloatArray:
        """The pairs that a grid of depths allows, (n,) for all pairs or (n, 2) for these: (n_actions, 2Q + 1, 2)."""
        pairs = depths if np.ndim(depths) == 2 else np.dstack(np.meshgrid(depths, depths, indexing="ij")).reshape(-1, 2)
        return self.quoted(np.asarray(pairs, dtype=np.float64)[:, np.newaxis])

    def fills(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What a fill earns [price] and its chance [1] at depths (…, 2) of bid and ask; both 0 where they are NaN."""
        chance = [self.market.fill_probability(f, table[..., n], self.time_step) for n, f in enumerate(self._flows)]
        return np.nan_to_num(table), np.stack(chance, axis=-1)

    def step(self, after: FloatArray, edge: FloatArray, chance: FloatArray) -> FloatArray:
        """Bellman's step: V(q) of U(q) and of what (bid, ask) earn and their chances, (…, 2Q + 1, 2)."""
        filled, neither = self._given(after, edge, chance)
        return np.asarray(after + (neither + self._sure(chance, edge + filled - neither))[..., 0])

    def backward(self, choose: Callable[[int, FloatArray], FloatArray]) -> FloatArray:
        """V at all steps, (n_steps + 1, 2Q + 1), where `choose` makes V(n) of n and U."""
        values, cost = np.empty((self.n_steps + 1, len(self.inventories))), self.cost
        values[-1] = -self.terminal_penalty * self.inventories**2
        for n in reversed(range(self.n_steps)):
            values[n] = choose(n, self.discount * values[n + 1] - cost)
        return values

    def solve(self, project: Callable[[FloatArray], FloatArray] = np.asarray) -> Solution:
        """The optimum over all depths; `project` may replace each step's V, of shape (2Q + 1,), as it is found.

        Policy iteration: value a table, and let each side reply best to the other and to those values, until the depths
        settle: δ = m + X − Y, but no nearer than where it fills for certain. X and Y are what no fill and a fill are
        worth over the other side's chances; m = −p/p', which is 1/k where p = AΔte^{−kδ}, or ln(1 + γm)/γ with a γ.

        Raises
        ------
        ParameterError
            If they do not settle.
        """
        table, gamma = np.tile(self.quoted(np.zeros(2)), (self.n_steps, 1, 1)), self.risk_aversion
        rate = (1 if self.market.fill_rule == "linear" else 36) / self.time_step  # where p is 1, to the last bit
        # Of no least reach, None, NaN, which fmax passes over.
        nearest = [np.fmax(flow.depth(rate), np.float64(getattr(flow, "least_reach", None))) for flow in self._flows]

        def markup(depth: FloatArray) -> FloatArray:
            chance = self.fills(depth)[1]
            m = chance / np.maximum(-self._slope(depth, chance), np.finfo(float).tiny)
            return np.log1p(gamma * m) / gamma if gamma else m

        for done in range(_MOST_ROUNDS):
            values, *_, worth = self._valued(table, project)
            m, further = markup(table), markup(table + _APART)
            # By Newton, where m depends on the depth: what replies to itself would run in circles.
            reply = np.maximum(nearest, table + (m - worth - table) / (1 - np.minimum((further - m) / _APART, 0.9)))
            if np.nanmax(np.abs(reply - table) / (1 + np.abs(reply))) < _SETTLED:
                return Solution(self, table, values)
            # By halves, where the sides answer each other in circles.
            table = reply if done < 40 else np.maximum(nearest, (table + reply) / 2)
        raise ParameterError("The best depths of the two sides do not settle: take more steps.")

    def best_on(self, depths: ArrayLike, tried: Callable[[FloatArray], FloatArray] = np.asarray) -> Solution:
        """The optimum among given depths: all pairs of (n,), or the pairs (n, 2); of equals the first.

        `tried` may replace, at each step, the fills' chances (n_actions, 2Q + 1, 2) by what is known of them.
        """
        table, places = self.actions(depths), np.arange(len(self.inventories))
        (edge, chance), best = self.fills(table), np.empty((self.n_steps, len(places), 2))

        def choose(n: int, after: FloatArray) -> FloatArray:
            worth = self.step(after, edge, tried(chance))
            best[n] = table[worth.argmax(axis=0), places]
            return np.asarray(worth.max(axis=0))

        return Solution(self, best, self.backward(choose))

    def values(self, policy: Any) -> FloatArray:
        """V of a policy at all steps and inventories [price·clip], (n_steps + 1, 2Q + 1)."""
        return self._valued(policy)[0]

    def evaluate(self, policy: Any) -> float:
        """J, or CE, of a policy from 0 clips [price·clip]: a table, a model, a function of (inventory, time_left)."""
        return float(self.values(policy)[0, self.max_inventory])

    def occupancy(self, policy: Any) -> FloatArray:
        """μ: the chance [1] to be at each inventory as each step begins, (n_steps, 2Q + 1)."""
        table = TablePolicy(table_of(policy, self), self.market.horizon)
        return exact_moments(table, self.market, self.n_steps, self.max_inventory).inventory_distribution[:-1]

    def gradient(self, policy: Any) -> FloatArray:
        """∂J/∂δ at each depth of a policy's table [clips], (n_steps, 2Q + 1, 2); 0 where there is no quote.

        ∂J/∂δᵇ(n, q) = βⁿμ(n, q)[p'(δᵇ)(δᵇ + u − p_a(u + d)) + p(δᵇ)], the ask's likewise: occupancy from the front,
        values from the back, no derivative of a draw (deterministic policy gradient, or the adjoint method). What
        makes the table, a line or a net, adds its own backward pass.

        References
        ----------
        D. Silver et al. (2014), Deterministic policy gradient algorithms, ICML.
        """
        if self.risk_aversion:
            raise ParameterError("The gradient is that of J: the process must have a running_penalty (φ).")
        _, edge, chance, worth = self._valued(table := table_of(policy, self))
        slope = np.where(chance < 1, np.nan_to_num(self._slope(table, chance)), 0.0)
        reach = (self.occupancy(table).T * self.discount ** np.arange(self.n_steps)).T
        return np.asarray(reach[..., np.newaxis] * (slope * (edge + worth) + chance))

    def _valued(self, policy: Any, project: Callable[[FloatArray], FloatArray] = np.asarray) -> tuple[FloatArray, ...]:
        """V of a policy, what its fills earn, their chances, and what a fill is worth beside (Y − X)."""
        edge, chance = self.fills(table_of(policy, self))
        values = self.backward(lambda n, after: project(self.step(after, edge[n], chance[n])))
        return values, edge, chance, np.subtract(*self._given(self.discount * values[1:] - self.cost, edge, chance))

    def _sure(self, chance: FloatArray, gain: FloatArray) -> FloatArray:
        """What a gain of this chance, and else nothing, is worth for sure: its mean, or its certainty equivalent."""
        if not (gamma := self.risk_aversion):
            return np.asarray(chance * gain)
        near, sure = np.abs(s := -gamma * gain) < 1, np.log1p(chance * np.expm1(s.clip(-1, 1)))
        with np.errstate(divide="ignore"):  # of a chance of 0, or of 1
            far = sure if near.all() else np.logaddexp(np.log1p(-chance), np.log(chance) + s)
        return np.asarray(np.where(near, sure, far) / -gamma)

    def _given(self, after: FloatArray, edge: FloatArray, chance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Y and X: what a fill of a side (but its edge) and no fill are worth over the other side's chances."""
        # Of U by a clip bought and by one sold; 0 where it would leave the table.
        gains, other, chance = np.zeros((*after.shape, 2)), edge[..., ::-1], chance[..., ::-1]
        gains[..., :-1, 0], gains[..., 1:, 1] = (more := after[..., 1:] - after[..., :-1]), -more
        return gains + self._sure(chance, other - gains), self._sure(chance, other + gains[..., ::-1])

    def _slope(self, table: FloatArray, chance: FloatArray) -> FloatArray:
        """p' at depths (…, 2) that fill with this chance: from the right, where p has a kink.

        By differences of third order where λ is no plain exponential, for depths of the order of 1.
        """
        if all(isinstance(flow, Exponential) and flow.least_reach is None for flow in self._flows):
            steep = chance if self.market.fill_rule == "linear" else (chance - 1) * np.log1p(-chance)
            return np.asarray(steep * [-flow.fill_decay for flow in self._flows])
        one, two, three = (self.fills(table + n * _APART)[1] for n in (1, 2, 3))
        return np.asarray((18 * one - 9 * two + 2 * three - 11 * chance) / (6 * _APART))
