"""Where a decision process meets what is outside: policies made tables, tables made policies, and Gymnasium.

A table holds the bid and the ask depth [price] at each step and inventory, (n_steps, 2Q + 1, 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.frozen import frozen
from mmlab.models.model import Model
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.simulation.outcomes import depths_of, reach_of
from mmlab.table import Summary
from mmlab.vocabulary import check_inventory, check_time_left


@frozen(eq=False, repr=False)
class TablePolicy(Summary, Model):
    """Quotes by a table; between its times it holds the last step's depths.

    Asked on a finer clock than its own it re-quotes when its next step begins, so that `exact_moments`, `monte_carlo`
    and `simulate` may take it at any number of steps.
    """

    table: FloatArray
    """Bid and ask depth [price], shape (n_steps, 2Q + 1, 2); NaN where a side is not quoted."""
    horizon: float
    """T [time]."""

    @property
    def max_inventory(self) -> int:
        """Q [clips], beyond which there is no row."""
        return len(self.table[0]) // 2

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at the nearest whole inventory [clips] and the step that runs at `time_left`."""
        row = np.rint(check_inventory(inventory, self.max_inventory)).astype(np.intp) + self.max_inventory
        passed = 1 - check_time_left(time_left, self.horizon) / self.horizon
        # A grid time is a sum of rounded steps: what is just before a step's start is its start.
        step = np.clip(len(self.table) * passed + 1e-6, 0, len(self.table) - 1).astype(np.intp)
        return self.table[step, row, 0], self.table[step, row, 1]


def table_of(policy: Any, process: Any) -> FloatArray:
    """The depths of a policy [price], (n_steps, 2Q + 1, 2); NaN where its side would leave the table.

    Raises
    ------
    ParameterError
            If it has another shape, quotes a bid at Q or an ask at −Q, or gives NaN where it has to quote. A model
        that has bounds of its own need not quote there; a model that has none is not asked at ±Q.
    """
    given, q, barred = getattr(policy, "depths", policy), process.inventories, np.isnan(process.quoted(np.zeros(2)))
    if callable(given):
        time_left = np.asarray(process.market.horizon - process.time_step * np.arange(process.n_steps))
        given = process.quoted(np.stack(depths_of(policy, q, time_left), axis=-1))
    table, shape = np.asarray(given, dtype=np.float64), (process.n_steps, len(q), 2)
    if table.shape != shape:
        raise ParameterError(f"The policy's table of (bid, ask) must have the shape {shape}; got {table.shape}.")
    silent = np.abs(q)[:, np.newaxis] >= (reach_of(policy) or np.inf)
    for n, i, side in np.argwhere((np.isfinite(table) == barred) & ~silent)[:1]:
        what = "leaves the inventory table: NaN must stand" if barred[i, side] else f"gives {table[n, i, side]}"
        where = f"for its {('bid', 'ask')[side]} at step {n}, inventory {q[i]:g}"
        raise ParameterError(f"The policy {what} {where}.".replace("nan", "NaN"))
    return table


@frozen(eq=False, repr=False)
class Solution(Summary):
    """What a solver or a learner hands in: depths, and what it believes they are worth."""

    process: Any
    """The `DecisionProcess` that it was made for."""
    depths: FloatArray
    """Bid and ask [price], (n_steps, 2Q + 1, 2); NaN where a side is not quoted."""
    values: FloatArray
    """Its own reckoning of V [price·clip], (n_steps + 1, 2Q + 1); one row of a learner without a clock."""

    @property
    def believes(self) -> float:
        """What its own reckoning says it earns from 0 clips [price·clip]; a solver's is exact."""
        return float(self.values[0, self.process.max_inventory])

    @property
    def value(self) -> float:
        """What it is: J, or CE, of its depths in the process that it was made for [price·clip]."""
        return float(self.process.evaluate(self.depths))

    @property
    def policy(self) -> TablePolicy:
        """Its depths as a model."""
        return TablePolicy(self.depths, self.process.market.horizon)


def quoting_env(process: Any) -> Any:
    """A `gymnasium.Env` of a day: the action is (bid, ask) depths [price], the observation (q/Q, τ/T).

    A step's reward is what it adds to marked wealth less φΔtq², and at the end less αq² [price·clip]. Each step is one
    of `simulate`: its `info` holds the inventory [clips] and the cash [price·clip] after it, those of a run on
    ``env.unwrapped.tape`` to the last bit. ``reset(seed=…)`` draws a tape, ``reset(options={"tape": tape})`` plays one
    of one path. At ±Q the side that would leave the table is not quoted.

    Raises
    ------
    ParameterError
        If the process has no running_penalty, or a discount or dampening; or, at its step, if an action is NaN.
    ImportError
        If gymnasium is not installed.
    """
    import gymnasium

    market, phi, most = process.market, process.running_penalty, process.max_inventory
    if process.running_penalty is None or process.discount < 1 or process.dampening:
        raise ParameterError("An environment pays money less φΔtq²: the process must have a running_penalty (φ) alone.")
    # The deepest quote that one order in 10,000 reaches.
    widest = max(float(flow.depth(1e-4 * flow.rate(0.0))) for flow in (market.buy_intensity, market.sell_intensity))

    class QuotingEnv(gymnasium.Env[Any, Any]):
        observation_space = gymnasium.spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 1.0]), dtype=np.float64)
        action_space = gymnasium.spaces.Box(-widest, widest, (2,), np.float64)

        def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
            super().reset(seed=seed)
            self.tape = (options or {}).get("tape") or market.tape(1, process.n_steps, self.np_random)
            self.n, self.held = 0, {"inventory": 0.0, "cash": 0.0}
            return np.array([0.0, 1.0]), self.held

        def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
            n, q = self.n, self.held["inventory"]
            if np.isnan(action).any():
                raise ParameterError(f"The action must be two depths; got NaN at step {n}, inventory {q:g}.")
            depths = process.quoted(np.asarray(action, dtype=np.float64))[int(q) + most]
            now, self.n, over = self.tape.first(n + 1).without(0, n), n + 1, n + 1 == process.n_steps
            run = simulate(lambda mid, q, time_left: Quotes.around(mid, *depths), now, **self.held)
            self.held = {"inventory": (q := float(run.inventory[1, 0])), "cash": float(run.cash[1, 0])}
            reward = float(run.pnl[0]) - (phi * process.time_step + over * process.terminal_penalty) * q**2
            return np.array([q / most, 1 - self.n / process.n_steps]), reward, over, False, self.held

    return QuotingEnv()
