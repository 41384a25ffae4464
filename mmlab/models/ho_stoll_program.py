"""The dynamic program of Ho and Stoll (1981) on a linear demand: the worth of every inventory at every time left."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmlab.arrays import check_memory, in_range
from mmlab.models.indifference import runge_kutta
from mmlab.parameters import FloatArray, ParameterError

_INTERVALS = 200
"""Of the grid of times."""

_MOST_STEPS = 100
"""Runge–Kutta steps for one interval of the grid; more would keep the reader waiting for seconds."""


class Program(NamedTuple):
    """∂_τV = −½gI² + ¼β [(m + V(I−1) − V(I))⁺]² + ¼β [(m + V(I+1) − V(I))⁺]², V = 0 at τ = 0.

    The squares are max_a (α − βa)(a − c + V(I−1) − V(I)) and the like for b. At ±max_inventory the trade that leads
    beyond is dropped. Equal programs are solved once.
    """

    variance_charge: float
    """g = Rσ² [price/(clip·time)]."""
    margin: float
    """m = α/β − c [price]: the fee at which nobody trades, less the cost."""
    slope: float
    """β [1/(price·time)]."""
    horizon: float
    """[time]"""
    max_inventory: int
    """[clips]"""

    @in_range
    def values(self, time_left: FloatArray) -> FloatArray:
        """V [price · clip] at times of shape (n,) within the horizon, shape (n, 2 max_inventory + 1).

        From the grid's time below, one more step of the same length or less leads to each: as exact as on the grid.
        """
        grid, interval = _solve(self), self.horizon / _INTERVALS
        if interval == 0:
            return np.zeros((len(time_left), grid.shape[1]))
        below = np.minimum((time_left / interval).astype(np.intp), _INTERVALS)
        beyond = np.maximum(time_left - below * interval, 0.0)
        return self.advance(grid[below], beyond[:, np.newaxis])

    def growth(self, value: FloatArray, _: int) -> FloatArray:
        """∂_τV, along the last axis of V."""
        q = np.arange(-self.max_inventory, self.max_inventory + 1, dtype=np.float64)
        bid, ask = self._surplus(value)
        return np.asarray(self.slope / 4 * (bid**2 + ask**2) - self.variance_charge / 2 * q**2)

    def advance(self, value: FloatArray, span: FloatArray | float) -> FloatArray:
        """V after another `span` [time], which broadcasts against V: one Runge–Kutta step, or more if orders are many.

        Raises
        ------
        ParameterError
            If it would take more steps than are worth waiting for.
        """
        bid, ask = self._surplus(value)
        # A side fills at the rate ½β × its surplus; a step of h is stable up to h × 2 (both sides' rates) = 2.78.
        fills = float(np.max(self.slope / 2 * (bid + ask) * span, initial=0.0))
        if not fills <= _MOST_STEPS:
            raise ParameterError(
                f"The program is solved for up to {_INTERVALS * _MOST_STEPS:,} fills in a session, and here there are "
                f"{_INTERVALS * fills:,.0f}: shorten the horizon, or lower risk_aversion (R), demand_intercept (α) or "
                "max_inventory (I_max)."
            )
        steps = max(1, int(np.ceil(fills)))
        for _ in range(steps):
            value = runge_kutta(self.growth, value, span / steps)
        return value

    def _surplus(self, value: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(m + V(I+1) − V(I))⁺ and (m + V(I−1) − V(I))⁺ [price], of V's shape; 0 for the trades that are dropped."""
        more = np.diff(value, axis=-1)
        bid, ask = np.zeros_like(value), np.zeros_like(value)
        np.maximum(self.margin + more, 0.0, out=bid[..., :-1])
        np.maximum(self.margin - more, 0.0, out=ask[..., 1:])
        return bid, ask


@lru_cache(maxsize=32)
def _solve(program: Program) -> FloatArray:
    """V at the times left 0, T/200, …, T: shape (201, 2 max_inventory + 1)."""
    n_q = 2 * program.max_inventory + 1
    check_memory(f"The program on {n_q:,} inventories", 12 * 8 * (_INTERVALS + 1) * n_q)
    grid = np.zeros((_INTERVALS + 1, n_q))
    for n in range(_INTERVALS):
        grid[n + 1] = program.advance(grid[n], program.horizon / _INTERVALS)
    grid.flags.writeable = False
    return grid
