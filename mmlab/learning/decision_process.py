"""The chain of (step, inventory) as a finite decision process: its optimum, a policy's value, occupancy and gradient.

Everything is exact, and the mid is never drawn: it is a martingale that fills do not look at. Who learns from draws of
this chain lives in the other files of the room.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import BoolArray, floats
from mmlab.learning.policy_table import Solution
from mmlab.market import Exponential, Market
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.simulation.exact import moved
from mmlab.simulation.outcomes import bounds_of, depths_of
from mmlab.vocabulary import MAX_INVENTORY, RISK_AVERSION, RUNNING_PENALTY, TERMINAL_PENALTY

_SETTLED, _MOST_ROUNDS, _APART = 1e-13, 500, 1e-5
Choice = Callable[[int, FloatArray], FloatArray]


@validated
class DecisionProcess:
    """Quote at (n, q), fills, the price of the inventory held after them, the mid's move: N times, from 0 clips.

    With U(q) = βV(q) − c(q) of the next step, and u and d what U gains by a clip bought or sold,

        V = U + p_b(δᵇ + u) + p_a(δᵃ + d) − p_b p_a(u + d),   c(q) = φΔt q² + ½ησ√Δt |q|,   V(N, q) = −αq².

    A `risk_aversion` γ in place of φ maximises −ln E[e^{−γW}]/γ: each mean above becomes a certainty equivalent, and
    c(q) = ln cosh(γqσ√Δt)/γ. At ±Q the side that would leave the table is not quoted. A fill costs, where orders move
    the mid by ε, ε(1 − p₀): the other side's order of the same step, of chance p₀, moves it back on the clip just
    bought, as in `exact_moments` (at depths below 0, where a fill may come without an order, it costs a little less).

    market : Market
        The truth: intensities, fill rule, σ and moves, jumps; no signal.
    certain_fills : bool
        Whether to allow the linear rule with AΔt > 1, where quotes inside ln(AΔt)/k fill for certain.

    Raises
    ------
    ParameterError
        If not exactly one of running_penalty and risk_aversion is given, risk_aversion meets a discount, dampening or
        jumps, the market has a signal, or the linear rule has AΔt > 1.

    References
    ----------
    M. L. Puterman (1994), Markov Decision Processes, Wiley.
    T. Spooner, J. Fearnley, R. Savani and A. Koukorinis (2018), Market making via reinforcement learning, AAMAS.
    """

    market: Market = dataclasses.field()
    n_steps: int = parameter("N", "1", "Steps in the session.", at_least=1, at_most=100_000, integer=True)
    max_inventory: int = parameter(MAX_INVENTORY)
    running_penalty: float | None = parameter(RUNNING_PENALTY, default=None)
    risk_aversion: float | None = parameter(RISK_AVERSION, default=None)
    terminal_penalty: float = parameter(TERMINAL_PENALTY, default=0.0)
    discount: float = parameter("β", "1", "What the next step's value counts now.", default=1.0, at_least=0, at_most=1)
    dampening: float = parameter("η", "1", "Spooner's: gains on inventory count less by this.", default=0.0, at_least=0)
    certain_fills: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.market, Market) or self.market.signal is not None:
            raise ParameterError(f"market must be a Market without a signal; got {self.market!r}.")
        if (self.running_penalty is None) == (self.risk_aversion is None):
            given = f"running_penalty = {self.running_penalty} and risk_aversion = {self.risk_aversion}"
            raise ParameterError(f"Exactly one of running_penalty (φ) and risk_aversion (γ) must be given; got {given}.")
        if self.risk_aversion and (self.discount < 1 or self.dampening or any(self.market.jump)):
            raise ParameterError("risk_aversion (γ) takes no discount, no dampening and no jumps: use running_penalty.")
        expected = max(float(flow.rate(0.0)) for flow in self._flows) * self.time_step
        if self.market.fill_rule == "linear" and expected > 1 and not self.certain_fills:
            raise ParameterError(
                f"AΔt must be at most 1 under the linear fill rule; got {expected:.6g}: quotes would fill for certain, "
                "and who quotes both sides there is paid for no risk. Take more steps or the exponential rule, or ask "
                "for it by certain_fills=True."
            )

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

    @cached_property
    def _flows(self) -> tuple[Any, Any]:
        """The orders that meet the bid and the ask."""
        return self.market.sell_intensity, self.market.buy_intensity

    @cached_property
    def _barred(self) -> BoolArray:
        """Where a side would leave the table, shape (2Q + 1, 2)."""
        q, most = self.inventories, self.max_inventory
        return np.stack([q >= most, q <= -most], axis=-1)

    @cached_property
    def _toll(self) -> tuple[FloatArray, float]:
        """What a fill of (bid, ask) costs by the jumps, and what a clip held drifts in a step [price]."""
        dt, (up, down) = self.time_step, self.market.jump
        sells, buys = (float(self.market.fill_probability(flow, 0.0, dt)) for flow in self._flows)
        return np.array([down * (1 - sells), up * (1 - buys)]), self.market.drift * dt + up * buys - down * sells

    @cached_property
    def cost(self) -> FloatArray:
        """c(q) of the inventory held through a step [price·clip], shape (2Q + 1,)."""
        q, gamma, binomial = self.inventories, self.risk_aversion, self.market.mid_move == "binomial"
        move = self.market.volatility * np.sqrt(self.time_step) * np.abs(q)
        lost = self.dampening * move * (0.5 if binomial else 1 / np.sqrt(2 * np.pi))
        if gamma:
            s = gamma * move
            lost = (s + np.log1p(np.expm1(-2 * s) / 2) if binomial else s * s / 2) / gamma  # ln cosh s, of any s
        return np.asarray(lost + (self.running_penalty or 0.0) * self.time_step * q**2 - self._toll[1] * q)

    def actions(self, depths: ArrayLike) -> FloatArray:
        """The pairs that a grid of depths allows, (n,) for all pairs or (n, 2) for these: (n_actions, 2Q + 1, 2)."""
        grid = floats(depths)
        if grid.ndim not in (1, 2) or grid.shape[1:] not in ((), (2,)) or not np.isfinite(grid).all() or not grid.size:
            raise ParameterError(f"depths must be finite and of shape (n,) or (n, 2); got the shape {grid.shape}.")
        pairs = grid if grid.ndim == 2 else np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
        return self.quoted(pairs[:, np.newaxis])

    def quoted(self, depths: FloatArray) -> FloatArray:
        """These depths (…, 2Q + 1, 2), and NaN where a side would leave the table."""
        return np.where(self._barred, np.nan, depths)

    def fills(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What a fill earns [price] and its chance [1] at depths (…, 2) of bid and ask; both 0 where they are NaN."""
        sides = zip(self._flows, np.moveaxis(table, -1, 0), strict=True)
        chance = [self.market.fill_probability(flow, depth, self.time_step) for flow, depth in sides]
        return np.nan_to_num(table - self._toll[0]), np.stack(chance, axis=-1)

    def after(self, values: FloatArray) -> FloatArray:
        """U = βV − c, of the values [price·clip] at the next step."""
        return self.discount * values - self.cost

    def step(self, after: FloatArray, edge: FloatArray, chance: FloatArray) -> FloatArray:
        """Bellman's step: V(q) of U(q) and of what (bid, ask) earn and their chances, (…, 2Q + 1, 2)."""
        neither, bought = self._given(edge, chance, gains_of(after))
        return after + self._sure(chance, neither, edge + bought)[..., 0]

    def backward(self, choose: Choice) -> FloatArray:
        """V at all steps, (n_steps + 1, 2Q + 1), where `choose` makes V(n) of n and U."""
        values = np.empty((self.n_steps + 1, len(self.inventories)))
        values[-1] = -self.terminal_penalty * self.inventories**2
        for n in reversed(range(self.n_steps)):
            values[n] = choose(n, self.after(values[n + 1]))
        return values

    def solve(self, project: Callable[[FloatArray], FloatArray] = lambda values: values) -> Solution:
        """The optimum over all depths, by backward induction; `project` may replace each step's V as it is found.

        Each side is the best reply to the other, in turns until they settle: δ = m + toll + X − Y, but no nearer than
        where it fills for certain. X and Y are what no fill and a fill are worth over the other side's chances, and
        m = −p/p' (1/k where p = AΔte^{−kδ}; ln(1 + γm)/γ with a γ).
        """
        table = np.empty((self.n_steps, len(self.inventories), 2))
        dt, linear = self.time_step, self.market.fill_rule == "linear"
        certain = [flow.depth(1 / dt) if linear and dt else -np.inf for flow in self._flows]
        nearest = [getattr(flow, "least_reach", None) or -np.inf for flow in self._flows]
        floor, depth = np.maximum(certain, nearest), np.where(self._barred, np.nan, 0.0)

        def reply(n: int, after: FloatArray) -> FloatArray:
            nonlocal depth
            gains = gains_of(after)
            for _ in range(_MOST_ROUNDS):
                last, (edge, chance) = depth, self.fills(depth)
                neither, bought = self._given(edge, chance, gains)
                mark = self._markup(depth)
                # Newton's, as m depends on the depth under the exponential rule; alone it would run in circles.
                rise = np.minimum((self._markup(depth + _APART) - mark) / _APART, 0.9)
                depth = np.maximum(floor, depth + (mark + self._toll[0] + neither - bought - depth) / (1 - rise))
                if np.nanmax(np.abs(depth - last) / (1 + np.abs(depth))) < _SETTLED:
                    break
            else:
                raise ParameterError(f"The best depths of the two sides do not settle at step {n}: take more steps.")
            table[n] = depth
            return project(self.step(after, *self.fills(depth)))

        values = self.backward(reply)
        return Solution(self, table, float(values[0, self.max_inventory]), values)

    def best_on(self, depths: ArrayLike) -> Solution:
        """The optimum among given depths: all pairs of (n,), or the pairs (n, 2); of equals the first."""
        table = self.actions(depths)
        edge, chance = self.fills(table)
        return self.among(table, lambda after: self.step(after, edge, chance))

    def among(self, table: FloatArray, worth: Callable[[FloatArray], FloatArray]) -> Solution:
        """The best of some actions (n_actions, 2Q + 1, 2), by what each is `worth` of U, (n_actions, 2Q + 1)."""
        best = np.empty((self.n_steps, len(self.inventories)), dtype=np.intp)

        def choose(n: int, after: FloatArray) -> FloatArray:
            each = worth(after)
            best[n] = each.argmax(axis=0)
            return np.asarray(each.max(axis=0))

        values = self.backward(choose)
        chosen = table[best, np.arange(len(self.inventories))]
        return Solution(self, chosen, float(values[0, self.max_inventory]), values)

    def table(self, policy: Any) -> FloatArray:
        """The depths of a policy [price], (n_steps, 2Q + 1, 2); NaN where its side would leave the table.

        Raises
        ------
        ParameterError
            If it has another shape, quotes a bid at Q or an ask at −Q, or gives NaN where it has to quote. A model
            that has bounds of its own need not quote there; a model that has none is not asked at ±Q.
        """
        given, q, most = getattr(policy, "depths", policy), self.inventories, self.max_inventory
        low, high = bounds_of(policy) or (-most, most)
        if callable(given):
            time_left = self.market.horizon - self.time_step * np.arange(self.n_steps)
            table = self.quoted(np.stack(depths_of(policy, q, time_left), axis=-1))
        else:
            table, shape = floats(given), (self.n_steps, len(q), 2)
            if table.shape != shape:
                words = "(n_steps, 2Q + 1, 2), of bid and ask"
                raise ParameterError(f"The policy's table must have the shape {shape}: {words}; got {table.shape}.")
            if not np.isnan(table[:, self._barred]).all():
                raise ParameterError(
                    f"The policy's table leaves the inventories −{most} … {most}: it must hold NaN, no quote, for the "
                    f"bid at {most} and the ask at −{most}."
                )
        silent = np.stack([(q >= high) | (q < low), (q <= low) | (q > high)], axis=-1) | self._barred
        for n, i, side in np.argwhere(~np.isfinite(table) & ~silent)[:1]:
            what = "NaN" if np.isnan(table[n, i, side]) else "an infinite depth"
            name = ("bid", "ask")[side]
            raise ParameterError(f"The policy gives {what} for its {name} at step {n}, inventory {q[i]:g}: a number.")
        return table

    def values(self, policy: Any) -> FloatArray:
        """V of a policy at all steps and inventories [price·clip], (n_steps + 1, 2Q + 1)."""
        edge, chance = self.fills(self.table(policy))
        return self.backward(lambda n, after: self.step(after, edge[n], chance[n]))

    def evaluate(self, policy: Any) -> float:
        """J, or CE, of a policy from 0 clips [price·clip]: a table, a model, a function of (inventory, time_left)."""
        return float(self.values(policy)[0, self.max_inventory])

    def occupancy(self, policy: Any) -> FloatArray:
        """μ: the chance [1] to be at each inventory as each step begins, (n_steps, 2Q + 1)."""
        chance = self.fills(self.table(policy))[1]
        return self._forward(chance[..., 0], chance[..., 1], chance[..., 1])

    def gradient(self, policy: Any) -> FloatArray:
        """∂J/∂δ (or ∂CE/∂δ) at each depth of a policy's table [clip], (n_steps, 2Q + 1, 2); 0 where there is no quote.

        μ(n, q)[p'(δ)(δ + Y − X) + p(δ)]: occupancy from the front, values from the back, no derivative of a draw
        (the adjoint method, or the deterministic policy gradient). What makes the table adds its own backward pass.

        References
        ----------
        D. Silver et al. (2014), Deterministic policy gradient algorithms, ICML.
        """
        table = self.table(policy)
        edge, chance = self.fills(table)
        values = self.backward(lambda n, after: self.step(after, edge[n], chance[n]))
        gains = gains_of(self.after(values[1:]))
        neither, bought = self._given(edge, chance, gains)
        weight, slope = self._tilt(chance, neither, edge + bought)
        (_, ask), (up, down) = np.moveaxis(edge, -1, 0), np.moveaxis(gains, -1, 0)
        alone, too = (self._tilt(chance[..., 1], x, ask + y)[0] for x, y in ((0.0, down), (up, 0.0)))
        reach = self._forward(weight[..., 0], alone, too, self.discount)
        rate, fall = self._rates(table)
        dt = self.time_step
        steep = fall * dt * ((rate * dt < 1) if self.market.fill_rule == "linear" else np.exp(-rate * dt))
        return reach[..., np.newaxis] * (np.nan_to_num(steep) * slope + weight)

    def _forward(self, bid: FloatArray, ask: FloatArray, ask_too: FloatArray, discount: float = 1.0) -> FloatArray:
        """What reaches each (n, q) by the chances of a bid's fill, an ask's without it and an ask's with it."""
        ways = np.stack([(1 - bid) * (1 - ask), bid * (1 - ask_too), (1 - bid) * ask, bid * ask_too]) * discount
        reach = np.empty(bid.shape)
        reach[0] = self.inventories == 0
        for n in range(1, self.n_steps):
            reach[n] = moved(ways[:, n - 1] * reach[n - 1])
        return reach

    def _sure(self, chance: FloatArray, x: FloatArray | float, y: FloatArray) -> FloatArray:
        """What x, or y with this chance, is worth for sure: the mean, or the certainty equivalent."""
        if not (gamma := self.risk_aversion):
            return np.asarray(x + chance * (y - x))
        return np.asarray(-np.log1p((1 - chance) * np.expm1(-gamma * x) + chance * np.expm1(-gamma * y)) / gamma)

    def _tilt(self, chance: FloatArray, x: FloatArray | float, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The slopes of `_sure` in y and in the chance."""
        if not (gamma := self.risk_aversion):
            return chance, np.asarray(y - x)
        of_x, of_y = np.exp(-gamma * x), np.exp(-gamma * y)
        mean = (1 - chance) * of_x + chance * of_y
        return chance * of_y / mean, (of_x - of_y) / (gamma * mean)

    def _given(self, edge: FloatArray, chance: FloatArray, gains: FloatArray) -> tuple[FloatArray, FloatArray]:
        """X and Y: what no fill and a fill of a side (but its edge) are worth over the other side's chances."""
        other, back, chance = edge[..., ::-1], gains[..., ::-1], chance[..., ::-1]
        return self._sure(chance, 0.0, other + back), self._sure(chance, gains, other)

    def _rates(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """λ and its slope (from the right, where it has a kink) at depths (…, 2)."""
        rates, slopes = np.empty((2, *table.shape))
        for side, flow in enumerate(self._flows):
            depth = table[..., side]
            rates[..., side] = rate = flow.rate(depth)
            if isinstance(flow, Exponential) and flow.least_reach is None:
                slopes[..., side] = -flow.fill_decay * rate
            else:
                one, two = flow.rate(depth + _APART), flow.rate(depth + 2 * _APART)
                slopes[..., side] = (4 * one - two - 3 * rate) / (2 * _APART)
        return rates, slopes

    def _markup(self, table: FloatArray) -> FloatArray:
        """m [price]: what the best depth adds to the worth of what a fill gives up."""
        rate, slope = self._rates(table)
        m = rate / np.maximum(-slope, np.finfo(float).tiny)
        if self.market.fill_rule == "exponential":
            expected = np.clip(rate * self.time_step, 1e-12, 50.0)
            m *= np.expm1(expected) / expected
        gamma = self.risk_aversion
        return np.asarray(np.log1p(gamma * m) / gamma) if gamma else m


def gains_of(after: FloatArray) -> FloatArray:
    """What U gains by a clip bought and by one sold, (…, 2Q + 1, 2); 0 where it would leave the table."""
    gains = np.zeros((*after.shape, 2))
    gains[..., :-1, 0] = np.diff(after)
    gains[..., 1:, 1] = -np.diff(after)
    return gains
