"""execution_moments: what a policy that waits at prices, and may cross, makes of a position, in continuous time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from mmlab.arrays import check_memory, floats, in_range
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.models.indifference import runge_kutta
from mmlab.models.model import bounds_of
from mmlab.models.wait_or_cross import rests_at
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number
from mmlab.simulation.law import Liquidation
from mmlab.simulation.outcomes import Policy, check_forgetful, depths_of, reach_of
from mmlab.table import Summary
from mmlab.vocabulary import INVENTORY, RISK_AVERSION


@frozen(repr=False)
class ExecutionMoments(Summary):
    """Of the cash at the end, all being flat then, less the position at the mid of the start [price·clip].

    Attributes
    ----------
    mean, sd, certainty_equivalent : float
        [price·clip]; the last is the mean at a risk aversion of 0.
    left : float
        E|q| as the close comes, before what is left is crossed [clips].
    filled, crossed : float
        Clips that quotes traded, and that crossed before the close, in the mean.
    """

    mean: float
    sd: float
    certainty_equivalent: float
    left: float
    filled: float
    crossed: float


@in_range
def execution_moments(
    policy: Policy,
    market: Market,
    *,
    inventory: int,
    risk_aversion: float,
    crossing: float = 0.0,
    liquidation: Liquidation | None = None,
    n_steps: int = 400,
) -> ExecutionMoments:
    """What becomes of `inventory` clips, exactly but for steps of fourth order.

    Parameters
    ----------
    policy : model or callable
        As for `exact_moments`; it stops at its own bound, or at the inventory of the start. If it has
        `crosses(inventory, time_left)`, (n_q,) and (n_times, 1) → a mask of their shape, it trades one clip towards 0
        across the spread wherever that is so, at the start of a step, and again.
    market : Market
        The truth, without drift or jumps; its fill rule, which is about steps, is not asked.
    inventory : int
        At the start [clips].
    risk_aversion : float
        γ [1/(price·clip)] of the certainty equivalent.
    crossing : float
        What a clip costs that crosses [price].
    liquidation : function, optional
        ℓ(|q|), what is paid at the close [price·clip]: (n_q,) → (n_q,). Nothing by default.
    n_steps : int
        In which no quote may fill more than twice.

    Raises
    ------
    ParameterError
        If the market has drift, jumps or a signal, the policy is none, or fills come too fast.
    """
    check_forgetful(policy, market)
    if market.drift or any(market.jump):
        raise ParameterError("execution_moments: the market must have neither drift nor jumps.")
    gamma, cost = RISK_AVERSION.check(risk_aversion), check_number("crossing", crossing, "price")
    start, n_steps = int(replace(INVENTORY, integer=True).check(inventory)), check_count("n_steps", n_steps)
    bound = check_count("max_inventory", reach_of(policy) or abs(start), max(abs(start), 1))
    dt, q = market.horizon / n_steps, np.arange(-bound, bound + 1.0)
    check_memory(f"{n_steps:,} steps of {len(q)} inventories", 80 * n_steps * len(q))
    times, variance = np.linspace(0.0, market.horizon, 2 * n_steps + 1), (market.volatility * q) ** 2
    depth = np.stack(depths_of(policy, q, times))
    depth[0, :, -1] = depth[1, :, 0] = np.nan
    flows = market.sell_intensity, market.buy_intensity
    rate = np.stack([np.nan_to_num(flow.rate(of)) for flow, of in zip(flows, depth, strict=True)])
    depth = np.nan_to_num(depth)
    if not rate.max() * dt < 2:
        raise ParameterError(f"Some quotes fill {rate.max() * dt:.2g} times a step; take more n_steps than {n_steps}.")
    low, high = bounds_of(policy)
    across, inside = np.zeros((n_steps + 1, len(q)), bool), (low <= q) & (q <= high)
    if hasattr(policy, "crosses"):
        across[:, inside] = policy.crosses(q[inside], times[::2, np.newaxis]) & (q[inside] != 0)
    rests = rests_at(q, across)

    def slope(start: int, now: FloatArray, half: int) -> FloatArray:
        change = np.zeros_like(now)
        change[1], change[2] = variance, gamma**2 / 2 * variance * now[2]
        for side, shift in enumerate((-1, 1)):  # at the bounds the rate is 0, whatever rolls in
            gained = before_trade(np.roll(now, shift, axis=1), depth[side, start + half], gamma)
            gained[4] += 1
            change += rate[side, start + half] * (gained - now)
        return change

    paid = np.zeros_like(q) if liquidation is None else floats(liquidation(np.abs(q)))
    # E[W], E[W²], E[e^{−γW}], E|q|, clips filled and crossed, from each inventory on.
    now = np.stack([-paid, paid**2, np.exp(gamma * paid), np.abs(q), *np.zeros((2, len(q)))])
    for n in range(n_steps + 1):
        clips = np.abs(np.arange(len(q)) - rests[n])
        now = before_trade(now[:, rests[n]], -cost * clips, gamma)
        now[5] += clips
        if n < n_steps:
            now = runge_kutta(partial(slope, 2 * n), now, dt)
    return ExecutionMoments(*earned(now[:, start + bound], gamma))


def before_trade(after: FloatArray, gain: FloatArray, gamma: float) -> FloatArray:
    """E[W], E[W²] and E[e^{−γW}] before a trade that brings `gain`, from those after it; the rows below as they are."""
    mean, square, utility, *others = after
    return np.stack([mean + gain, square + gain * (gain + 2 * mean), np.exp(-gamma * gain) * utility, *others])


def earned(found: FloatArray, gamma: float) -> tuple[float, ...]:
    """Mean, deviation and certainty equivalent of those three numbers, and the others as they are."""
    mean, square, utility, *others = found.tolist()
    worth = -np.log(utility) / gamma if gamma else mean
    return (mean, float(np.sqrt(max(square - mean**2, 0.0))), float(worth), *others)
