"""joint_moments: what a policy over several assets earns and risks, in continuous time, from a grid of inventories."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market.several_assets import MultiAssetMarket
from mmlab.models.indifference import runge_kutta
from mmlab.models.within import stopped
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.execution import before_trade, earned
from mmlab.vocabulary import RISK_AVERSION


class JointMoments(NamedTuple):
    """Of a day's marked profit over all assets [price·clip]."""

    mean: float
    sd: float
    certainty_equivalent: float


def joint_moments(
    policy: Any,
    market: MultiAssetMarket,
    risk_aversion: float,
    *,
    inventory: ArrayLike = 0.0,
    max_inventory: int | None = None,
    n_steps: int = 300,
) -> JointMoments:
    """Mean, deviation and certainty equivalent of a policy, exactly but for steps of fourth order.

    Backwards from the close, with the policy's depths at (τ, q): E[W], E[W²] and E[e^{−γW}] from each inventory on.
    The assets' clients are independent: `common_flow` is not asked.

    Parameters
    ----------
    policy : model or callable
        ``depths(inventory, time_left)`` of an inventory (n_assets, …) and a number, as `SeveralAssets` has them.
    market : MultiAssetMarket
        The truth, without drift or jumps.
    risk_aversion : float
        γ [1/(price·clip)] of the certainty equivalent, which is the mean at 0.
    inventory : array_like, shape () or (n_assets,)
        At the start [clips].
    max_inventory : int, optional
        In each asset the policy stops quoting a side there; by default at its own bound.
    n_steps : int
        In which all quotes together may fill at most twice, at any inventory.

    Raises
    ------
    ParameterError
        If the market has drift or jumps, there is no bound, or the steps are too long: the method would explode.
    """
    if any(m.drift or any(m.jump) for m in market.markets):
        raise ParameterError("joint_moments: the markets must have neither drift nor jumps.")
    gamma, dt = RISK_AVERSION.check(risk_aversion), market.markets[0].horizon / check_count("n_steps", n_steps)
    bound = check_count("max_inventory", max_inventory or getattr(policy, "max_inventory", None))
    grid, variance = market.lattice(bound)
    flows = [[getattr(m, f"{side}_intensity") for m in market.markets] for side in ("sell", "buy")]

    @lru_cache(maxsize=2)
    def quoted(half: int) -> tuple[FloatArray, FloatArray]:
        """After so many half steps: depths and rates, (2 sides, n_assets, …)."""
        bid, ask = getattr(policy, "depths", policy)(grid, half * dt / 2)
        depth = np.stack(stopped(grid, bid, ask, bound))
        rate = np.nan_to_num([[flow.rate(at) for flow, at in zip(*side)] for side in zip(flows, depth)])  # noqa: B905
        if not (most := float(rate.sum(axis=(0, 1)).max()) * dt) <= 2:
            enough = f"{np.ceil(n_steps * most):.0f} n_steps"
            raise ParameterError(f"Quotes fill up to {most:.3g} times a step, and it would explode: take {enough}.")
        return np.nan_to_num(depth), rate

    def slope(start: int, now: FloatArray, half: int) -> FloatArray:
        depth, rate = quoted(start + half)
        change = np.stack([0 * variance, variance, gamma**2 / 2 * variance * now[2]])
        for side, i in np.ndindex(2, len(grid)):
            after = np.roll(now, 2 * side - 1, axis=i + 1)  # at the bounds the rate is 0, whatever rolls in
            change += rate[side, i] * (before_trade(after, depth[side, i], gamma) - now)
        return change

    now = np.stack([0 * variance, 0 * variance, 1 + 0 * variance])  # E[W], E[W²], E[e^{−γW}], from each inventory on
    for n in range(n_steps):
        now = runge_kutta(partial(slope, 2 * n), now, dt)
    start = np.broadcast_to(floats(inventory), len(grid)).astype(int) + bound
    return JointMoments(*earned(now[(slice(None), *start)], gamma))
