"""PnLLimiter: a day's loss and a drawdown, on marked equity, that widen, then only reduce, then halt a desk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import all_of, floats
from mmlab.desk.limiters import DeskView
from mmlab.desk.permission import Mode, Permission, Reason, normal, strictest, unless_unknown
from mmlab.frozen import changed, frozen
from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_order, parameter, validated
from mmlab.quotes import Quotes

_TELLS = ("mode", "reason", "value", "bound")
"""What one permission has of another: this limiter sets no sizes, and a width in WIDEN alone."""


@frozen(eq=False)
class PnLState:
    """What a PnLLimiter remembers of each path.

    Parameters
    ----------
    open_equity, peak : array, shape (n_paths,)
        [price · clip] marked equity at the day's start, and the highest seen.
    locked : array of bool, shape (n_paths,)
        Whether the day's profit has reached the lock.
    halt : Permission
        HALT, with its first reason, on the paths that are halted until a reset.
    """

    open_equity: FloatArray
    peak: FloatArray
    locked: NDArray[np.bool_]
    halt: Permission


@validated
class PnLLimiter:
    """HALT when the day's loss or the drawdown reaches its limit; WIDEN and REDUCE_ONLY at fractions of it before.

    Equity is cash + inventory × mid. The day's loss is the equity at its start minus now, the drawdown the running
    peak minus now. A limit that is reached acts: a budget of 0 is used up from the start. A halt lasts until `reset`,
    over the day's boundary too. REDUCE_ONLY tends to last as well: a desk that is flat can neither lose nor recover.
    """

    max_daily_loss: float = parameter("L", "price·clip", "What a day may lose, as a positive number.", at_least=0)
    max_drawdown: float = parameter("D", "price·clip", "How far equity may fall from its peak.", at_least=0)
    widened_half_spread: float = parameter("δ_w", "price", "In WIDEN quotes stand so far from the mid.", at_least=0)
    widen_at: float = parameter("f_w", "1", "The fraction of a limit that widens.", default=0.5, above=0, at_most=1)
    reduce_at: float = parameter("f_r", "1", "The fraction that only reduces.", default=0.75, above=0, at_most=1)
    profit_lock: float | None = parameter("P", "price·clip", "So much profit: only reduce.", default=None, above=0)
    flatten_half_spread: float | None = parameter("δ_f", "price", "Paid on a clip given up.", default=None, at_least=0)
    flatten_impact: float | None = parameter("b", "price/clip", "What each clip adds to it.", default=None, at_least=0)
    on_halt: Literal["hold", "flatten"] = "hold"

    def __post_init__(self) -> None:
        check_order(self, "widen_at", "reduce_at")
        stated = [price is not None for price in (self.flatten_half_spread, self.flatten_impact)]
        if stated != [self.on_halt == "flatten"] * 2:
            raise ParameterError("on_halt='flatten' needs flatten_half_spread and flatten_impact; 'hold' neither.")

    def start(self, view: DeskView, peak: ArrayLike | None = None) -> PnLState:
        """The state of a day that opens with the view's equity; the `peak` before it is that or given [price · clip].

        What is flat is worth its cash, though nobody knows the mid.
        """
        opened = np.where(view.inventory == 0, view.cash, view.equity)
        before = opened if peak is None else np.maximum(opened, peak)
        return PnLState(opened, before, np.zeros(view.n_paths, dtype=bool), Permission())

    def check_pnl(self, equity: ArrayLike, open_equity: ArrayLike, peak: ArrayLike) -> Permission:
        """What may be quoted at this equity, without memory of an earlier halt or of a locked profit.

        Parameters
        ----------
        equity, open_equity, peak : array_like, shape (...)
            [price · clip] marked now, at the day's start, and at its highest; where one is not finite: HALT.

        Returns
        -------
        Permission, shape (...)
        """
        now, opened, highest = (floats(x) for x in (equity, open_equity, peak))
        with np.errstate(over="ignore", invalid="ignore"):  # ∞ − ∞ is told as UNKNOWN
            loss, drawdown = np.asarray(opened - now), np.asarray(highest - now)
            known = np.isfinite(loss - drawdown)
        of_loss, of_drawdown, width = _by_mode(self)
        # Each has the mode of the last bound that it has reached, and the higher one tells.
        by_loss, by_drawdown = (
            sum((measure >= bound).view(np.int8) for bound in bounds[1:].tolist())
            for measure, bounds in ((loss, of_loss), (drawdown, of_drawdown))
        )
        tells, mode = np.asarray(by_drawdown >= by_loss), np.maximum(by_loss, by_drawdown)
        permission = Permission.unchecked(
            mode=mode,
            min_half_spread=width.take(mode),
            reason=np.where(tells, np.int8(Reason.DRAWDOWN), np.int8(Reason.DAILY_LOSS)) * (mode > 0),
            value=np.where(mode > 0, np.where(tells, drawdown, loss), np.nan),
            bound=np.where(tells, of_drawdown.take(mode), of_loss.take(mode)),
        )
        return unless_unknown(permission, known)

    def step(self, state: PnLState, view: DeskView) -> tuple[PnLState, Permission]:
        """Mark the equity and say what may be quoted, with what came before in mind; where it is not finite: HALT.

        Parameters
        ----------
        state : PnLState
            Before this step; it is not changed.
        view : DeskView

        Returns
        -------
        state : PnLState
        permission : Permission, shape (n_paths,)
        """
        halted = np.asarray(state.halt.mode)
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is below no bound
            equity = view.cash + view.inventory * view.mid_price
            peak = np.maximum(state.peak, equity)
            kept = state.open_equity - equity < self.max_daily_loss * self.widen_at
            kept &= peak - equity < self.max_drawdown * self.widen_at
        if self.profit_lock is None and all_of(kept) and not np.count_nonzero(halted):
            # Most of the time: in a third of what the rest takes.
            return changed(state, peak=peak), normal(equity.shape)
        if not all_of(known := np.isfinite(equity)):
            peak = np.where(known, peak, state.peak)
        now = self.check_pnl(equity, state.open_equity, peak)
        locked, halt = state.locked, state.halt
        if self.profit_lock is not None:
            profit = equity - state.open_equity
            locked = locked | (profit >= self.profit_lock)
            value, bound = (np.where(locked, x, np.nan) for x in (profit, self.profit_lock))
            why = locked * Reason.PROFIT_LOCK
            now = strictest(now, Permission(locked * Mode.REDUCE_ONLY, reason=why, value=value, bound=bound))
        if np.count_nonzero(halts := np.asarray(now.mode) == 3):  # an enum compares slowly
            halt = _chosen(halts & (halted == 0), now, halt)
        if np.count_nonzero(halted):
            now = _chosen(halted > 0, state.halt, now)
        return PnLState(state.open_equity, peak, locked, halt), now

    def new_day(self, state: PnLState, equity: ArrayLike) -> PnLState:
        """The day's loss and profit start anew from `equity` [price · clip]; the peak and a halt stay."""
        opened = np.where(np.isfinite(equity), equity, state.open_equity)
        return dataclasses.replace(state, open_equity=opened, locked=np.zeros_like(state.locked))

    def halt(self, state: PnLState, paths: ArrayLike = True) -> PnLState:
        """Halt the `paths` (a mask) for somebody who says so, as a loss does."""
        new = np.broadcast_to(np.asarray(paths), state.peak.shape) & (np.asarray(state.halt.mode) == 0)
        by_hand = Permission(mode=Mode.HALT, reason=Reason.OPERATOR)
        return dataclasses.replace(state, halt=_chosen(new, by_hand, state.halt))

    def reset(self, state: PnLState, paths: ArrayLike = True, peak: ArrayLike | None = None) -> PnLState:
        """Lift the halt of the `paths` (a mask); still in breach, the next step halts again and says why.

        A loss of the day is forgiven by `new_day` alone, a drawdown by stating the `peak` to count from [price · clip].
        """
        lifted = np.broadcast_to(np.asarray(paths), state.peak.shape)
        counted = state.peak if peak is None else np.where(lifted, peak, state.peak)
        return dataclasses.replace(state, peak=counted, halt=_chosen(lifted, Permission(), state.halt))

    @property
    def flatten(self) -> Callable[[PnLState, DeskView], tuple[FloatArray, FloatArray]] | None:
        """`give_up`, if that is what this limiter does at a halt; None if it holds."""
        return self.give_up if self.on_halt == "flatten" else None

    def give_up(self, state: PnLState, view: DeskView) -> tuple[FloatArray, FloatArray]:
        """Where this limiter halts, give up the view's inventory at mid ∓ (δ_f + b |q|); at an unknown mid nothing.

        Returns
        -------
        sold, cost : array, shape (n_paths,)
            [clips] positive where sold, and δ_f |q| + b q² [price · clip].
        """
        here = (np.asarray(state.halt.mode) == Mode.HALT) & np.isfinite(view.mid_price)
        sold = np.where(here, view.inventory, 0.0)
        return sold, (self.flatten_half_spread or 0.0) * np.abs(sold) + (self.flatten_impact or 0.0) * sold**2

    def adjust_quotes(
        self,
        equity: ArrayLike,
        open_equity: ArrayLike,
        peak: ArrayLike,
        quotes: Quotes,
        mid_price: ArrayLike,
        inventory: ArrayLike,
    ) -> Quotes:
        """The quotes that `check_pnl` leaves around `mid_price` [price] with this `inventory` [clips], shape (...)."""
        return self.check_pnl(equity, open_equity, peak).apply(quotes, mid_price, inventory)


def _chosen(where: BoolArray, then: Permission, otherwise: Permission) -> Permission:
    """`otherwise`, with what is told of `then` on the paths that are chosen."""
    pairs = {name: (getattr(then, name), getattr(otherwise, name)) for name in _TELLS}
    return changed(otherwise, **{name: np.where(where, *pair) for name, pair in pairs.items()})


@lru_cache(maxsize=8)
def _by_mode(limiter: PnLLimiter) -> tuple[FloatArray, FloatArray, FloatArray]:
    """By mode the bound of the day's loss and of the drawdown, and the half-spread."""
    fraction = np.array([np.nan, limiter.widen_at, limiter.reduce_at, 1.0])
    width = np.array([0.0, limiter.widened_half_spread, 0.0, 0.0])
    return limiter.max_daily_loss * fraction, limiter.max_drawdown * fraction, width
