"""Short cuts for the explorers of a desk's levers: many desks on one tape at once.

Each is held against `simulate` in the tests. A row is a desk, a column a path of the tape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlab.market import Tape
from mmlab.parameters import BoolArray, FloatArray


@dataclass(frozen=True)
class Runs:
    """What desks did on a tape; arrays of shape (n_desks, n_paths), the inventory with an axis of times in front."""

    inventory: FloatArray
    edge: FloatArray
    """Earned on fills, from the mid at the fill [price · clip]."""
    pnl: FloatArray
    traded: FloatArray
    """Clips bought and sold."""

    @property
    def largest(self) -> FloatArray:
        """The largest position of each path, long or short [clips]."""
        return np.asarray(np.abs(self.inventory).max(axis=0))


def always_fresh(
    tape: Tape, bid_depth: FloatArray, ask_depth: FloatArray, bid_size: FloatArray, ask_size: FloatArray
) -> Runs:
    """Desks that quote anew at every step, from tables by whole inventories −Q … Q that they never leave.

    Depths [price], finite, and sizes [clips] have the shape (n_steps or 1, n_desks or 1, 2 Q + 1); size 0 is no quote.
    """
    _, n_desks, n_q = np.broadcast_shapes(*(np.shape(table) for table in (bid_depth, ask_depth, bid_size, ask_size)))
    bid_depths, ask_depths, bid_sizes, ask_sizes = (
        np.ascontiguousarray(np.broadcast_to(table, (len(table), n_desks, n_q)))
        for table in (bid_depth, ask_depth, bid_size, ask_size)
    )
    flat = n_q * np.arange(n_desks)[:, np.newaxis] + n_q // 2
    inventory = np.zeros((tape.n_steps + 1, n_desks, tape.n_paths))
    edge, pnl, traded = np.zeros((3, n_desks, tape.n_paths))
    for n, move in enumerate(np.diff(tape.mid, axis=0)):
        here = flat + inventory[n].astype(np.intp)
        bid, ask, most_bought, most_sold = (
            table[n % len(table)].take(here) for table in (bid_depths, ask_depths, bid_sizes, ask_sizes)
        )
        bought = np.minimum(most_bought, tape.sell_size[n]) * (bid <= tape.sell_reach[n])
        sold = np.minimum(most_sold, tape.buy_size[n]) * (ask <= tape.buy_reach[n])
        edge += bid * bought
        edge += ask * sold
        traded += bought + sold
        np.add(inventory[n], bought - sold, out=inventory[n + 1])
        pnl += inventory[n + 1] * move
    return Runs(inventory, edge, edge + pnl, traded)


@dataclass(frozen=True)
class Rested:
    """What desks with a timer did; arrays of shape (n_desks, n_paths)."""

    edge: FloatArray
    """Earned on fills, from the mid at the fill [price · clip]."""
    pnl: FloatArray
    fills: FloatArray
    picked_off: FloatArray
    """Fills of orders that the mid had moved through [clips]."""
    refreshes: FloatArray
    price: FloatArray
    """What stood in each step on the first path [price], (n_steps, 2, n_desks): bids and asks, NaN where none did."""
    fill: BoolArray
    off: BoolArray
    """Whether that filled, and whether it was picked off."""


def resting(
    tape: Tape,
    half_spread: float,
    ages: Sequence[float],
    *,
    min_quote_time: float,
    max_move: float,
    latency: float,
    queue_time: float,
) -> Rested:
    """Desks of one clip a side, `half_spread` from the mid [price], that replace what rests at one of `ages` [time].

    Sooner, from `min_quote_time` on, where a side is gone or should stand more than `max_move` away. By the venue's
    rules an order takes the latency to arrive, within a step too, and waits for the queue's time at a new price. The
    tape's market orders are at least a clip, and its mid never comes back to a price it had: a normal one.
    """
    dt = float(tape.time[1])
    soonest = _whole_steps(min_quote_time, dt)
    late, wait = _in_steps(latency, dt), _in_steps(queue_time, dt)
    oldest = np.array([_whole_steps(age, dt) for age in ages])[:, np.newaxis]
    shape = len(ages), tape.n_paths
    decided, since = np.zeros(shape), np.full(shape, -(2**30))
    gone = np.zeros(shape, dtype=bool)
    # Of what rests: the mid at which it was decided, when its queue has passed, and which of its two sides are left.
    (around, front), there = np.zeros((2, 2, *shape)), np.zeros((2, *shape), dtype=bool)
    travelling: list[tuple[FloatArray, BoolArray, BoolArray]] = []
    inventory, edge, marked, fills, picked, refreshes = np.zeros((6, *shape))
    stood = np.empty((tape.n_steps, 2, len(ages)))
    filled, lost = np.empty((2, *stood.shape), dtype=bool)
    depth, off, fill = np.empty((2, *shape)), np.empty_like(there), np.empty_like(there)
    reaches = np.stack([tape.sell_reach, tape.buy_reach], axis=1)[:, :, np.newaxis]
    for n, mid in enumerate(tape.mid[:-1]):
        age = n - since
        moved = gone | (np.abs(mid - decided) > max_move * (1 + 1e-6))
        refresh = (age >= oldest) | (moved & (age >= soonest))
        np.copyto(since, n, where=refresh)
        np.copyto(decided, mid, where=refresh)
        gone &= ~refresh
        refreshes += refresh
        travelling.append((mid, refresh, np.stack([refresh, refresh])))
        now = n + (tape.arrival(n)[:, np.newaxis] - tape.time[n]) / dt if late % 1 or wait % 1 else n
        for sent, (new, where, left) in enumerate(travelling[: len(travelling) - int(late)], n + 1 - len(travelling)):
            arrived = where & (sent + late <= now)
            np.copyto(around, new, where=arrived)
            np.copyto(front, sent + late + wait, where=arrived)
            np.copyto(there, left, where=arrived)
        del travelling[: max(len(travelling) - math.ceil(late), 0)]
        np.subtract(mid, around[0], out=depth[0])
        np.subtract(around[1], mid, out=depth[1])
        depth += half_spread
        np.less(depth, 0, out=off)
        np.less_equal(depth, reaches[n], out=fill)
        fill &= front <= now
        fill |= off
        fill &= there
        off &= there
        stood[n] = np.where(there[..., 0], around[..., 0] + [[-half_spread], [half_spread]], np.nan)
        filled[n], lost[n] = fill[..., 0], off[..., 0]
        edge += (fill * depth).sum(axis=0)
        fills += fill.sum(axis=0)
        picked += off.sum(axis=0)
        inventory += fill[0]
        inventory -= fill[1]
        marked += inventory * (tape.mid[n + 1] - mid)
        there &= ~fill
        gone |= fill.any(axis=0)
        # What fills while its successor travels leaves nothing of it.
        for _, _, left in travelling:
            left &= ~fill
    return Rested(edge, edge + marked, fills, picked, refreshes, stood, filled, lost)


def _in_steps(time: float, dt: float) -> float:
    """The time in steps of `dt`: a whole number where only the last bits are missing."""
    return round(time / dt) if abs(time / dt - round(time / dt)) < 1e-6 else time / dt


def _whole_steps(time: float, dt: float) -> int:
    """The steps of `dt` after which `time` is over, but for the last bits."""
    return int(np.ceil(time / dt - 1e-6))
