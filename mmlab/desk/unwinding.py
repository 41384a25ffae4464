"""Unwinder: gives up inventory across the spread, where it is too large and before the close, whatever that costs."""

from __future__ import annotations

import numpy as np

from mmlab.desk.limiters import DeskView
from mmlab.desk.permission import Mode, Permission, Reason, normal
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


@validated
class Unwinder:
    """|q| < q_x, or the desk crosses the spread until it holds q_t; and at the close it is flat, if it must be.

    What crosses is sold at mid − (δ_x + b n) or bought at mid + (δ_x + b n), n clips at once, and pays the taker's fee.
    Meanwhile only the side that reduces is quoted, with no more than q_t: what crosses cannot fill besides. From
    `close` − t_r on the desk only reduces, by its quotes; from `close` − t_x on it quotes nothing and crosses what is
    left. With a cancel latency, what an order still on its way out may fill waits for it: t_x must be longer, and hold
    one step or more. It stands among a desk's limits.
    """

    half_spread: float = parameter("δ_x", "price", "Paid on each clip that crosses.", at_least=0)
    impact: float = parameter("b", "price/clip", "What each clip adds to that price.", default=0.0, at_least=0)
    above: float | None = parameter("q_x", "clips", "From so much on it crosses; None: never.", default=None, above=0)
    target: float = parameter("q_t", "clips", "What is left of it then, long or short.", default=0.0, at_least=0)
    close: float | None = parameter("T", "time", "When it must be flat; None: never.", default=None)
    reduce_time: float = parameter("t_r", "time", "So long before the close it only reduces.", default=0.0, at_least=0)
    cross_time: float = parameter("t_x", "time", "So long before the close it crosses.", default=0.0, at_least=0)

    def __post_init__(self) -> None:
        if self.above is None and self.close is None:
            raise ParameterError("An Unwinder needs above (q_x) or close (T): else it never does anything.")
        if self.above is not None and self.target >= self.above:
            raise ParameterError(f"target (q_t) {self.target:g} must be below above (q_x) {self.above:g} [clips].")
        if self.close is not None and not self.cross_time:
            raise ParameterError("With a close, cross_time (t_x) must be above 0, a step or more, or nothing crosses.")
        if self.reduce_time and self.reduce_time < self.cross_time:
            late = f"reduce_time (t_r) {self.reduce_time:g} is below cross_time (t_x) {self.cross_time:g} [time]"
            raise ParameterError(f"{late}; it comes first.")

    unwinds = True
    """A desk asks it at each step what to give up, halted or not."""

    def start(self, view: DeskView) -> FloatArray:
        """Nothing is to be given up, on any path."""
        return np.zeros(view.n_paths)

    def step(self, state: FloatArray, view: DeskView) -> tuple[FloatArray, Permission]:
        """What is to be given up now [clips], positive where sold, and what may be quoted."""
        q = view.inventory
        held = np.abs(q)
        crosses = np.zeros(q.shape, bool) if self.above is None else held >= self.above
        left = np.inf if self.close is None else self.close - view.time
        near = 1e-9 * self.cross_time + 1e-12 * abs(view.time)  # times are sums of rounded steps
        closing, late = left <= self.cross_time + near, left <= self.reduce_time + near
        if not (closing or late or np.count_nonzero(crosses)):
            return np.zeros(q.shape), normal(q.shape)
        excess = np.sign(q) * (held if closing else np.where(crosses, held - self.target, 0.0))
        room = 0.0 if closing else np.where(crosses, self.target, np.inf)
        if about_close := closing or late:
            crosses = np.ones(q.shape, bool)
        reason = Reason.CLOSE if about_close else Reason.UNWIND
        value, bound = (left, max(self.reduce_time, self.cross_time)) if about_close else (q, self.above or 0.0)
        shown = np.where(crosses, value, np.nan), np.where(crosses, bound, np.nan)
        return excess, Permission(crosses * Mode.REDUCE_ONLY, 0.0, room, room, crosses * reason, *shown)

    def flatten(self, state: FloatArray, view: DeskView) -> tuple[FloatArray, FloatArray]:
        """Give up what the last step said, of the view's inventory, which no order can unwind any more.

        Returns
        -------
        sold, cost : array, shape (n_paths,)
            [clips] positive where sold, and δ_x n + b n² [price · clip].
        """
        n = np.where(np.isfinite(view.mid_price), np.minimum(np.abs(state), np.abs(view.inventory)), 0.0)
        n = np.where(state * view.inventory > 0, n, 0.0)
        return np.sign(state) * n, self.half_spread * n + self.impact * n**2
