"""What a step's fills can do to a policy on (t, q), and with what chance: where every exact number starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mmlab.arrays import LARGEST, check_memory
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.models.model import Model, bounds_of, takes_signal
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Summary

Policy = Model | Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

FIRST_WIDTH, WIDEST_TABLE = 30, 960
"""How far from 0 tables go at first where a policy has no bound, and at most [clips]."""


@frozen(repr=False)
class Outcomes(Summary):
    """The four things fills can do in a step (neither, bid, ask, both), for every (t, q).

    Arrays have shape (4, n_steps, n_q). Given the outcome, wealth changes by `edge` + `held` × (a sum of independent
    moves of the mid), whose orders' jumps depend on whether their side filled: `buy_arrived` and `sell_arrived` are the
    chances [1] that an order came at all, (4, 1, 1) and 0 in a market without jumps.
    """

    inventories: FloatArray
    """Before the step [clips], shape (n_q,)."""
    held: FloatArray
    """After its fills [clips], shape (4, 1, n_q)."""
    probability: FloatArray
    edge: FloatArray
    buy_arrived: FloatArray
    sell_arrived: FloatArray
    spread: FloatArray
    """δᵃ + δᵇ at (t, q) [price], shape (n_steps, n_q); NaN where a side is absent."""


def outcomes(policy: Policy, market: Market, n_steps: int, width: int) -> Outcomes:
    """The outcomes of quoting by `policy` at the start of each step and the inventories −width … width [clips].

    Raises
    ------
    ParameterError
        If the policy is none, or does not return two finite or NaN depths that broadcast over (n_steps, n_q), or what
        comes of them would need too much memory.
    """
    n_q, dt = 2 * width + 1, market.horizon / n_steps
    check_memory(f"Tables of {n_steps:,} steps × {n_q:,} inventories", 80 * 8 * n_steps * n_q)
    inventories = np.arange(-width, width + 1, dtype=np.float64)
    time_left: FloatArray = market.horizon - dt * np.arange(n_steps, dtype=np.float64)
    bid, ask = depths_of(policy, inventories, time_left)
    bid_fills = market.fill_probability(market.sell_intensity, bid, dt)
    ask_fills = market.fill_probability(market.buy_intensity, ask, dt)
    bid_edge, ask_edge = np.nan_to_num(bid), np.nan_to_num(ask)
    no_bid, no_ask = 1 - bid_fills, 1 - ask_fills
    buy_arrived = sell_arrived = np.zeros((4, 1, 1))  # nobody asks, where orders do not move the mid
    if any(market.jump):
        sells, no_sells = _arrival_given(bid_fills, market.fill_probability(market.sell_intensity, 0.0, dt))
        buys, no_buys = _arrival_given(ask_fills, market.fill_probability(market.buy_intensity, 0.0, dt))
        buy_arrived = np.stack([no_buys, no_buys, buys, buys])
        sell_arrived = np.stack([no_sells, sells, no_sells, sells])
    probability, edge = np.empty((2, 4, n_steps, n_q))  # written in place: beside them nothing so large is needed
    pairs = (no_bid, no_ask), (bid_fills, no_ask), (no_bid, ask_fills), (bid_fills, ask_fills)
    for pair, chance in zip(pairs, probability, strict=True):
        np.multiply(*pair, out=chance)
    edge[:] = 0.0
    edge[1::2] = bid_edge
    edge[2:] += ask_edge
    held = inventories + np.array([0.0, 1.0, -1.0, 0.0])[:, np.newaxis, np.newaxis]
    return Outcomes(inventories, held, probability, edge, buy_arrived, sell_arrived, bid + ask)


def check_forgetful(policy: Policy, market: Market) -> None:
    """Say that a policy or a market with a signal makes no Markov chain on (inventory, time left), or is no market."""
    looks = takes_signal(getattr(policy, "depths", policy))
    for what, remembers in (("policy looks at", looks), ("market has", market.signal is not None)):
        if remembers:
            raise ParameterError(
                f"This {what} a signal, and what fills do then depends on more than (inventory, time left): "
                "use simulate on a tape of that market."
            )


def depths_of(policy: Policy, inventories: FloatArray, time_left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bid and ask depth [price] at each time left and inventory, (n_times, n_q); raises what `outcomes` says.

    Beyond its own bounds a policy is not asked and does not quote: NaN.
    """
    depths = getattr(policy, "depths", policy)
    if not callable(depths):
        raise ParameterError(
            "policy must be a model or a function of (inventory, time_left) that returns the bid and ask depth; "
            f"got {policy!r}."
        )
    low, high = bounds_of(policy)
    inside = (low <= inventories) & (inventories <= high)
    shape = (len(time_left), int(inside.sum()))
    try:
        bid, ask = (np.broadcast_to(d, shape) for d in depths(inventories[inside], time_left[:, np.newaxis]))
        if bid.dtype.kind not in "iuf" or ask.dtype.kind not in "iuf":
            raise TypeError(f"they are not numbers but {bid.dtype} and {ask.dtype}")
    except (TypeError, ValueError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(
            "A policy must give two depths that depend on inventory and time left alone and broadcast over arrays "
            f"of shape {shape}: {error}."
        ) from error
    if (np.maximum(np.abs(bid), np.abs(ask)) > LARGEST).any():  # or as good as infinite
        raise ParameterError("A policy's depth must not be infinite; NaN says that it does not quote.")
    everywhere = np.full((2, len(time_left), len(inventories)), np.nan)
    everywhere[:, :, inside] = bid, ask
    return everywhere[0], everywhere[1]


def reach_of(policy: Policy) -> int | None:
    """How far from 0 a policy's own bounds let its inventory go [clips]; None if it has none."""
    most: Any = max(map(abs, bounds_of(policy)))
    return None if most == np.inf else most


def _arrival_given(fills: FloatArray, comes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(reach ≥ 0) given a fill and given none, from P(reach ≥ δ) = `fills` and P(reach ≥ 0) = `comes`."""
    given_fill = np.minimum(1.0, comes / np.maximum(fills, np.finfo(float).tiny))
    given_none = np.maximum(0.0, comes - fills) / np.maximum(1.0 - fills, np.finfo(float).tiny)
    return given_fill, given_none
