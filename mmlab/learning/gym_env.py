"""The market as an environment of Gymnasium, for learners from elsewhere; `pip install mmlab[learn]` brings it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlab.desk.orders import booked, filled
from mmlab.desk.sides import Sides, both, turned
from mmlab.desk.tape_venue import nearness, orders_of
from mmlab.learning.decision_process import DecisionProcess
from mmlab.parameters import ParameterError
from mmlab.quotes import Quotes


def quoting_env(process: DecisionProcess) -> Any:
    """A `gymnasium.Env` of a day: the action is (bid, ask) depths [price], the observation (q/Q, τ/T).

    A step's reward is what it adds to marked wealth less φΔtq², and at the end less αq² [price·clip]. Fills and cash
    are those of `simulate` on ``env.unwrapped.tape``, to the last bit; ``reset(options={"tape": tape})`` plays a tape
    of one path, ``reset(seed=…)`` draws one of the market. At ±Q the side that would leave is not quoted.

    Raises
    ------
    ParameterError
        If the process has no running_penalty, or a discount or dampening; or, at its step, if an action is NaN.
    ImportError
        If gymnasium is not installed.
    """
    import gymnasium
    from gymnasium.spaces import Box

    market, penalty = process.market, process.running_penalty
    if penalty is None or process.discount < 1 or process.dampening:
        raise ParameterError("An environment pays money less φΔtq²: the process must have a running_penalty (φ) alone.")
    # The deepest quote that one order in 10,000 reaches.
    widest = max(float(flow.depth(1e-4 * flow.rate(0.0))) for flow in (market.buy_intensity, market.sell_intensity))

    class QuotingEnv(gymnasium.Env[Any, Any]):
        def __init__(self) -> None:
            self.observation_space = Box(np.array([-1.0, 0.0]), np.array([1.0, 1.0]), dtype=np.float64)
            self.action_space = Box(-widest, widest, (2,), np.float64)

        def reset(
            self, *, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[Any, dict[str, Any]]:
            super().reset(seed=seed)
            self.tape = (options or {}).get("tape") or market.tape(1, process.n_steps, self.np_random)
            self.n, self.inventory, self.cash = 0, np.zeros(1), np.zeros(1)
            return self.observed()

        def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
            depths, mid, q = np.asarray(action, dtype=np.float64), self.tape.mid[self.n], self.inventory
            if np.isnan(depths).any():
                raise ParameterError(f"The action must be two depths; got NaN at step {self.n}, inventory {q[0]:g}.")
            quotes = Quotes.around(mid, *process.quoted(depths)[int(q[0]) + process.max_inventory])
            sides, around, (reach, size) = Sides.of(quotes, (1,)), both(mid), orders_of(self.tape, self.n)
            taken = filled(*sides, around, turned(sides.price, around), reach, size, nearness(self.tape))
            before, self.n = self.cash + q * mid, self.n + 1
            self.inventory, self.cash = booked(q, self.cash, sides.price, taken)
            over = self.n == process.n_steps
            price = penalty * process.time_step + over * process.terminal_penalty
            paid = self.cash + self.inventory * self.tape.mid[self.n] - before - price * self.inventory**2
            observation, known = self.observed()
            return observation, float(paid[0]), over, False, known

        def observed(self) -> tuple[Any, dict[str, Any]]:
            left, q = 1 - self.n / process.n_steps, self.inventory[0]
            known = {"inventory": q, "cash": self.cash[0], "mid_price": self.tape.mid[self.n, 0]}
            return np.array([q / process.max_inventory, left]), known

    return QuotingEnv()
