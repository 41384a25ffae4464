"""The market as an environment of Gymnasium, for learners from elsewhere; `pip install mmlab[learn]` brings it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlab.desk.orders import booked, filled
from mmlab.desk.sides import Sides, turned
from mmlab.desk.tape_venue import nearness, orders_of
from mmlab.learning.decision_process import DecisionProcess
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes


def quoting_env(process: DecisionProcess) -> Any:
    """A `gymnasium.Env` of one day: action (bid, ask) depths [price], observation (q/Q, τ/T).

    The reward of a step is what it adds to marked wealth, less φΔt q², and at the end αq². The steps are those of
    `simulate` on `env.unwrapped.tape`, to the last bit; `reset(options={"tape": tape})` plays a tape of one path.

    Raises
    ------
    ParameterError
        If the process has a risk_aversion, a discount or dampening, or gymnasium is not installed.
    """
    if process.running_penalty is None or process.discount < 1 or process.dampening:
        raise ParameterError("An environment pays money less φΔt q²: the process must have a running_penalty alone.")
    try:
        import gymnasium
        from gymnasium.spaces import Box
    except ImportError:
        raise ParameterError("This needs gymnasium: pip install mmlab[learn].") from None
    market, most, n_steps = process.market, process.max_inventory, process.n_steps
    widest = max(float(flow.depth(1e-4 * flow.rate(0.0) + 1e-300)) for flow in (market.sell_intensity, market.buy_intensity))

    class QuotingEnv(gymnasium.Env[FloatArray, FloatArray]):
        metadata: dict[str, Any] = {"render_modes": []}
        observation_space = Box(np.array([-1.0, 0.0]), np.array([1.0, 1.0]), dtype=np.float64)
        action_space = Box(-widest, widest, (2,), np.float64)

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[FloatArray, dict[str, Any]]:
            super().reset(seed=seed)
            self.tape = (options or {}).get("tape") or market.tape(1, n_steps, self.np_random)
            self.n, self.inventory, self.cash = 0, np.zeros(1), np.zeros(1)
            return self._observed()

        def step(self, action: FloatArray) -> tuple[FloatArray, float, bool, bool, dict[str, Any]]:
            bid, ask = np.asarray(action, dtype=np.float64)
            if np.isnan([bid, ask]).any():
                raise ParameterError(f"The action is NaN at step {self.n}, inventory {self.inventory[0]:g}.")
            mid, q = self.tape.mid[self.n], self.inventory
            bid, ask = np.where(q >= most, np.nan, bid), np.where(q <= -most, np.nan, ask)
            sides = Sides.of(Quotes.around(mid, bid, ask), (1,))
            reach, size = orders_of(self.tape, self.n)
            both = np.array((mid, mid))
            taken = filled(*sides, both, turned(sides.price, both), reach, size, nearness(self.tape))
            before = self.cash + q * mid
            self.inventory, self.cash = booked(q, self.cash, sides.price, taken)
            self.n += 1
            reward = (self.cash + self.inventory * self.tape.mid[self.n] - before)[0]
            held, over = self.inventory[0], self.n == n_steps
            reward -= (process.running_penalty * process.time_step + over * process.terminal_penalty) * held**2
            return self._observed()[0], float(reward), over, False, self._observed()[1]

        def _observed(self) -> tuple[FloatArray, dict[str, Any]]:
            seen = np.array([self.inventory[0] / most, 1 - self.n / n_steps])
            return seen, {"inventory": self.inventory[0], "cash": self.cash[0], "mid": self.tape.mid[self.n, 0]}

    return QuotingEnv()
