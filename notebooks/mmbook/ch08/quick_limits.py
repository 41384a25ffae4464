"""Short cuts for the explorers of limits: one desk, one limit, a thousand days, ten times faster than `simulate`.

The desk is chapter 08's: the same distance on both sides of the mid, one clip each, and one step from a decision to its
order's resting or being gone. Each limit's days are held against `simulate` in the tests, to the last clip. What is
cached is as large as a tape, so that each cache holds what the next move of a slider may ask for again, and no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmlab.desk import PnLLimiter, PositionLimiter, VolatilityLimiter
from mmlab.market import Tape
from mmlab.parameters import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Days:
    """What the desk did on each day: arrays of shape (n_steps, n_paths), inventory and wealth a row more.

    `mode` is what the limit permitted; `measured`, if the limit looks at something else, is what it looked at.
    """

    inventory: NDArray[np.int16]
    wealth: FloatArray
    mode: NDArray[np.int8]
    measured: FloatArray | None = None

    @property
    def pnl(self) -> FloatArray:
        """What each day earned [price · clip]."""
        return np.asarray(self.wealth[-1])


@dataclass(frozen=True, eq=False)
class Chances:
    """Whether a bid and an ask that were decided a step ago would fill, and their distance from the mid by now."""

    hit: tuple[BoolArray, BoolArray]
    edge: tuple[FloatArray, FloatArray]


def chances(tape: Tape, half_spread: float | FloatArray) -> Chances:
    """For a half-spread above 0 [price], one for all or decided at each step, of shape (n_steps, n_paths)."""
    moved = np.diff(tape.mid, axis=0)[:-1]
    before = half_spread[:-1] if isinstance(half_spread, np.ndarray) else half_spread
    nothing = np.zeros((1, tape.n_paths))
    hits, edges = [], []
    for side, reach in ((1.0, tape.sell_reach), (-1.0, tape.buy_reach)):
        edge = before + side * moved
        hits.append(np.concatenate([nothing > 0, (edge <= reach[1:]) | (edge < 0)]))
        edges.append(np.concatenate([nothing, edge]))
    return Chances((hits[0], hits[1]), (edges[0], edges[1]))


def position_days(tape: Tape, half_spread: float, limiter: PositionLimiter) -> Days:
    """The days under a position limit in whole clips."""
    likely = _chances(tape, half_spread)
    soft_max = limiter.max_position if limiter.soft_max_position is None else limiter.soft_max_position
    soft_min = limiter.min_position if limiter.soft_min_position is None else limiter.soft_min_position
    n_paths = tape.n_paths
    held = np.zeros((tape.n_steps + 1, n_paths), np.int16)
    bought, sold = (np.zeros((tape.n_steps, n_paths), dtype=bool) for _ in "ba")
    may_buy = may_sell = np.zeros(n_paths, dtype=bool)
    bid_hit, ask_hit = likely.hit
    for n in range(tape.n_steps):
        q = held[n]
        np.logical_and(bid_hit[n], may_buy, out=bought[n])
        np.logical_and(ask_hit[n], may_sell, out=sold[n])
        # What fills in the step in which its replacement travels is taken off the replacement.
        may_buy, may_sell = (q < soft_max) & ~bought[n], (q > soft_min) & ~sold[n]
        np.add(q, bought[n], out=held[n + 1])
        held[n + 1] -= sold[n]
    reached = ((held >= max(soft_max, 1)) | (held <= min(soft_min, -1)))[:-1]
    return Days(held, _wealth(tape, held, likely, bought, sold), np.asarray(reached * np.int8(2)))


def volatility_days(tape: Tape, half_spread: float, limiter: VolatilityLimiter, volatility: float) -> Days:
    """The days under a volatility limit, with the `volatility` [price/√time] that is believed at the start."""
    sigma = estimates(tape, limiter.window, volatility)
    mode = modes_of(sigma, limiter)
    slope = limiter.soft_half_spread / limiter.soft_volatility
    out = np.where(mode == 1, np.maximum(half_spread, slope * sigma), half_spread)
    likely = chances(tape, out)
    quoted = np.concatenate([np.zeros((1, tape.n_paths), dtype=bool), mode[:-1] < 3])
    fills = _spaced((likely.hit[0] & quoted, likely.hit[1] & quoted))
    held = _held(fills)
    return Days(held, _wealth(tape, held, likely, *fills), mode, sigma)


@lru_cache(maxsize=1)
def estimates(tape: Tape, window: float, volatility: float) -> FloatArray:
    """A VolatilityLimiter's σ at the start of each step [price/√time], shape (n_steps, n_paths)."""
    dt = float(tape.time[1] - tape.time[0])
    keeps = math.exp(-dt / window)
    variance = np.empty((tape.n_steps, tape.n_paths))
    variance[0] = volatility**2
    variance[1:] = (1 - keeps) / dt * np.diff(tape.mid, axis=0)[:-1] ** 2
    for n in range(1, tape.n_steps):
        variance[n] += keeps * variance[n - 1]
    return np.asarray(np.sqrt(variance))


def modes_of(sigma: FloatArray, limiter: VolatilityLimiter) -> NDArray[np.int8]:
    """The limiter's mode at each step, by its estimates and by what it was."""
    stay = limiter.leave_at
    high, low = sigma >= limiter.soft_volatility, sigma >= limiter.soft_volatility * stay
    top, near_top = sigma >= limiter.max_volatility, sigma >= limiter.max_volatility * stay
    wide, halted = high | top, top
    for n in range(1, len(sigma)):
        halted[n] |= near_top[n] & halted[n - 1]
        wide[n] |= halted[n] | (low[n] & wide[n - 1])
    return wide + np.int8(2) * halted


def pnl_days(tape: Tape, half_spread: float, limiter: PnLLimiter) -> Days:
    """The days under a PnL limit above 0 without a profit lock: the free ones, but for those on which it acts."""
    free, fills = _free(tape, half_spread)
    opened = free.wealth[:-1]
    falls = _falls(tape, half_spread)
    alarmed = np.zeros(opened.shape, dtype=bool)
    for measure, limit in ((-opened, limiter.max_daily_loss), (falls, limiter.max_drawdown)):
        alarmed |= measure >= limit * limiter.widen_at
    days = np.flatnonzero(alarmed.any(axis=0))
    held, wealth, mode = free.inventory.copy(), free.wealth.copy(), free.mode * np.int8(0)
    if len(days):
        start = int(alarmed.any(axis=1).argmax())
        halting = _halting_days(tape, half_spread, limiter, days, start, free, fills)
        held[start + 1 :, days], wealth[start + 1 :, days], mode[start:, days] = halting
    return Days(held, wealth, mode)


def _halting_days(
    tape: Tape,
    half_spread: float,
    limiter: PnLLimiter,
    days: NDArray[np.intp],
    start: int,
    free: Days,
    fills: tuple[BoolArray, BoolArray],
) -> tuple[FloatArray, FloatArray, NDArray[np.int8]]:
    """Inventory, wealth and mode of some days from a step on, before which the limit did nothing."""
    near = _chances(tape, half_spread)
    far = _chances(tape, max(half_spread, limiter.widened_half_spread))
    here = np.ix_(np.arange(start, tape.n_steps), days)
    near_hit, far_hit = (np.stack([hit[here] for hit in one.hit], axis=1) for one in (near, far))
    near_edge, far_edge = (np.stack([edge[here] for edge in one.edge], axis=1) for one in (near, far))
    moves = np.diff(tape.mid, axis=0)[here]
    n_steps, n_days = moves.shape
    held, wealth, mode = np.empty((n_steps, n_days)), np.empty((n_steps, n_days)), np.empty((n_steps, n_days), np.int8)
    q, w = free.inventory[start, days].astype(float), free.wealth[start, days]
    peak = free.wealth[: start + 1, days].max(axis=0)
    may = np.full((2, n_days), start > 0)
    if start:
        may = np.stack([~fill[start - 1, days] for fill in fills])
    wide = halted = np.zeros(n_days, dtype=bool)
    of_loss, of_fall = -1 / limiter.max_daily_loss, 1 / limiter.max_drawdown
    levels = np.array([[limiter.widen_at], [limiter.reduce_at], [1.0]])
    spread, impact, flattens = limiter.flatten_half_spread, limiter.flatten_impact, limiter.on_halt == "flatten"
    for n in range(n_steps):
        peak = np.maximum(peak, w)
        wider, reduces, halts = np.maximum(w * of_loss, (peak - w) * of_fall) >= levels
        halted = halted | halts
        reduces |= halted
        wider |= reduces
        fill = np.where(wide, far_hit[n], near_hit[n]) & may
        earned = np.where(wide, far_edge[n], near_edge[n]) * fill
        w = w + earned[0] + earned[1]
        if flattens and np.count_nonzero(here := halted & (q != 0)):
            given = here * (np.maximum(q - may[1], 0.0) - np.maximum(-q - may[0], 0.0))
            w -= spread * np.abs(given) + impact * given**2
            q = q - given
        may = np.array([q < 0, q > 0]) & ~halted | ~reduces
        may &= ~fill
        wide = wider > reduces
        q = q + fill[0] - fill[1]
        w += q * moves[n]
        held[n], wealth[n] = q, w
        mode[n] = wider.view(np.int8) + reduces + halted
    return held, wealth, mode


@lru_cache(maxsize=1)
def _free(tape: Tape, half_spread: float) -> tuple[Days, tuple[BoolArray, BoolArray]]:
    """The days without a limit, and what was bought and sold."""
    likely = _chances(tape, half_spread)
    fills = _spaced(likely.hit)
    held = _held(fills)
    mode = np.zeros(fills[0].shape, np.int8)
    return Days(held, _wealth(tape, held, likely, *fills), mode), fills


@lru_cache(maxsize=1)
def _falls(tape: Tape, half_spread: float) -> FloatArray:
    """The drawdown of the days without a limit, at the start of each step [price · clip]."""
    wealth = _free(tape, half_spread)[0].wealth[:-1]
    return np.asarray(np.maximum.accumulate(wealth, axis=0) - wealth)


def free_days(tape: Tape, half_spread: float) -> Days:
    """The days without a limit."""
    return _free(tape, half_spread)[0]


@lru_cache(maxsize=2)
def _chances(tape: Tape, half_spread: float) -> Chances:
    return chances(tape, half_spread)


def _spaced(hits: tuple[BoolArray, BoolArray]) -> tuple[BoolArray, BoolArray]:
    """The fills of quotes that know no inventory: what fills while its replacement travels is taken off that."""
    bought, sold = (hit.copy() for hit in hits)
    for fill in (bought, sold):
        for n in range(1, len(fill)):
            np.greater(fill[n], fill[n - 1], out=fill[n])  # and not in the step before
    return bought, sold


def _held(fills: tuple[BoolArray, BoolArray]) -> NDArray[np.int16]:
    """The inventory at each time [clips]."""
    held = np.zeros((len(fills[0]) + 1, fills[0].shape[1]), np.int16)
    np.cumsum(fills[0].view(np.int8) - fills[1].view(np.int8), axis=0, out=held[1:])
    return held


def _wealth(tape: Tape, held: NDArray[np.int16], likely: Chances, bought: BoolArray, sold: BoolArray) -> FloatArray:
    """Marked wealth at each time [price · clip]: the edges of the fills, and what the mid did to what was held."""
    earned = likely.edge[0] * bought
    earned += likely.edge[1] * sold
    earned += held[1:] * np.diff(tape.mid, axis=0)
    wealth = np.zeros((tape.n_steps + 1, tape.n_paths))
    np.cumsum(earned, axis=0, out=wealth[1:])
    return wealth
