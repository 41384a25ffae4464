"""What a policy is worth in continuous time, where the papers optimise: no steps, no cap on how fast quotes fill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmlab.arrays import check_memory
from mmlab.market import Market
from mmlab.models.tridiagonal import exponentials, relative_logs
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.outcomes import Policy, check_forgetful, depths_of, reach_of
from mmlab.vocabulary import RISK_AVERSION

_NODES = np.array([0.5 - np.sqrt(3) / 6, 0.5 + np.sqrt(3) / 6])
_WEIGHTS = np.array([[0.25 + np.sqrt(3) / 6, 0.25 - np.sqrt(3) / 6], [0.25 - np.sqrt(3) / 6, 0.25 + np.sqrt(3) / 6]])
_FEWEST_STEPS, _MOST_STEPS = 32, 4_096
_FASTEST = 1e8
"""Fills in a day, at some inventory: of more, rounding leaves fewer than eight digits of what the others earn."""


def continuous_certainty_equivalent(
    policy: Policy, market: Market, risk_aversion: float, max_inventory: int | None = None
) -> float:
    """−(1/γ) ln E[e^{−γ(X_T + q_T S_T)}] less wealth at the start, from 0 clips [price·clip], in continuous time.

    u(τ, q) = E[e^{−γ(what the rest of the day brings)}] is 1 at the close, and with the policy's depths at (τ, q)

        u' = ½γ²σ²q² u + λ(δᵇ) (e^{−γδᵇ} u(q+1) − u) + λ(δᵃ) (e^{−γδᵃ} u(q−1) − u),

    and drift and jumps likewise. Two exponentials a step (Magnus' series to order four, without commutators), and
    steps halved until the eighth digit stands; for a policy that does not look at the clock one step is exact.

    Parameters
    ----------
    policy : model or callable
        As for `exact_moments`.
    market : Market
        The truth; its fill rule, which is about steps, is not asked.
    risk_aversion : float
        γ [1/(price·clip)], above 0.
    max_inventory : int, optional
        The policy stops quoting a side at this many clips; by default at its own bound.

    Raises
    ------
    ParameterError
        If there is no bound, the policy or the market has a signal, a quote would fill more than 1e8 times a day, u
        spans more than numbers hold, or 4,096 steps are too few.
    """
    gamma = float(replace(RISK_AVERSION, above=0).check(risk_aversion))
    check_forgetful(policy, market)
    bound = reach_of(policy) if max_inventory is None else max_inventory
    n = check_count("max_inventory", bound)
    q = np.arange(-n, n + 1, dtype=np.float64)
    n_steps, coarser = _FEWEST_STEPS, np.inf
    while n_steps <= _MOST_STEPS:
        value = _in_steps(policy, market, gamma, q, n_steps)
        if abs(value - coarser) <= 1e-8 * (1 + abs(value)):
            return value
        n_steps, coarser = 2 * n_steps, value
    raise ParameterError(f"{_MOST_STEPS:,} steps do not settle the certainty equivalent of {policy!r} to eight digits.")


def _in_steps(policy: Policy, market: Market, gamma: float, q: FloatArray, n_steps: int) -> float:
    """The certainty equivalent by `n_steps` steps."""
    check_memory(f"A day of {n_steps} steps × {len(q)} inventories", 6 * 8 * n_steps * len(q) ** 2)
    dt = market.horizon / n_steps
    times = dt * (np.arange(n_steps)[:, np.newaxis] + _NODES)
    bands = _bands(policy, market, gamma, q, times.ravel())
    if (bands == bands[:, :1]).all():
        matrices, log_scale = exponentials(bands[:, :1], market.horizon)
    else:
        pairs = bands.reshape(3, n_steps, 2, len(q))
        matrices, log_scale = exponentials(np.einsum("bnjq,ij->bniq", pairs, _WEIGHTS).reshape(bands.shape), dt)
    u, log_u = np.ones(len(q)), float(log_scale.sum())
    for matrix in matrices:
        u = matrix @ u
        log_u += np.log(u.max())
        u /= u.max()
    logs, _ = relative_logs(u[np.newaxis])
    return float(-(logs[0, len(q) // 2] + log_u) / gamma)


def _bands(policy: Policy, market: Market, gamma: float, q: FloatArray, time_left: FloatArray) -> FloatArray:
    """What u(q − 1), u(q) and u(q + 1) add to u'(q) [1/time], shape (3, n_times, n_q)."""
    bid, ask = depths_of(policy, q, time_left)
    bid[:, -1] = ask[:, 0] = np.nan
    bands = np.zeros((3, *bid.shape))
    bands[1] = 0.5 * (gamma * market.volatility * q) ** 2 - gamma * market.drift * q
    for band, depth, flow, change, jump in (
        (2, bid, market.sell_intensity, 1, -market.jump[1]),
        (0, ask, market.buy_intensity, -1, market.jump[0]),
    ):
        fills = np.nan_to_num(flow.rate(depth))
        if not fills.max() * market.horizon < _FASTEST:
            raise ParameterError(
                f"With ±{q[-1]:g} clips this policy quotes so far through the mid that it would fill "
                f"{fills.max() * market.horizon:.1g} times a day: take a smaller max_inventory."
            )
        comes = float(flow.rate(0.0))
        # An order arrives, and moves the mid, if it reaches the mid: not all that a quote beyond it trades with do.
        arrives = np.minimum(fills, comes)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = arrives * np.exp(-gamma * (q + change) * jump) + (fills - arrives)
            bands[band] = moved * np.exp(-gamma * np.nan_to_num(depth))
            bands[1] += (comes - arrives) * np.expm1(-gamma * q * jump) - fills
    if not np.isfinite(bands).all():
        raise ParameterError(f"risk_aversion (γ) {gamma:g}: e^(−γ · what a trade brings) spans more than numbers hold.")
    return bands
