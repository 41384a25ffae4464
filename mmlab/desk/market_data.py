"""MarketData: what a desk sees of the market at one time, checked."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import LARGEST, all_of, floats
from mmlab.desk.sides import both
from mmlab.frozen import frozen
from mmlab.market.columns import exact
from mmlab.parameters import FloatArray, Parameter, ParameterError

_TIME = Parameter(name="MarketData: time", symbol="MarketData: time", unit="time", description="When this is seen.")


@frozen(eq=False)
class MarketData:
    """The market now, for one market (numbers) or many paths (arrays); kept as arrays of shape (n_paths,).

    Parameters
    ----------
    time : float
        [time]
    mid_price : array_like, shape (n_paths,)
        [price] above 0.
    best_bid, best_ask : array_like, optional
        [price] bid below ask; None, or NaN, where nobody knows.
    volatility : array_like, optional
        [price/√time] as measured; None: what the desk expects.
    signal : array_like, optional
        [price/time] the mid's short-term drift; None where nobody knows of one.
    halted : bool
        Whether nothing can be quoted around now: trading is halted, or the data has a gap. The mid may be NaN then.

    Raises
    ------
    ParameterError
        If the time is not finite, a mid is not finite or not above 0 though nothing is halted, a bid is not below the
        ask, a volatility is negative, or the shapes do not fit.
    """

    time: float
    mid_price: FloatArray
    best_bid: FloatArray | None = None
    best_ask: FloatArray | None = None
    volatility: FloatArray | None = None
    signal: FloatArray | None = None
    halted: bool = False
    tape: ClassVar[Any] = None
    """The tape whose row this is, as it stands there; None of data that somebody made or measured."""

    def __post_init__(self) -> None:
        _TIME.check(self.time)
        shape = np.shape(self.mid_price) or (1,)
        for name in ("mid_price", "best_bid", "best_ask", "volatility", "signal"):
            if (given := getattr(self, name)) is not None:
                column = floats(given)
                if len(shape) > 1 or column.shape not in ((), shape):
                    rule = f"must be a number or have the shape (n_paths,) of mid_price, which is {shape}"
                    raise ParameterError(f"MarketData: {name} {rule}; got {column.shape}.")
                object.__setattr__(self, name, column if column.ndim else np.full(shape, column))
        mid, bid, ask, sigma = self.mid_price, self.best_bid, self.best_ask, self.volatility
        rules: list[tuple[str, NDArray[np.bool_], tuple[FloatArray, ...]]] = []
        if not self.halted:
            rule = "mid_price must be finite and above 0 (say halted=True where there is none)"
            rules.append((rule, (mid > 0) & (mid <= LARGEST), (mid,)))
        if bid is not None and ask is not None:
            rules.append(("best_bid must be below best_ask", ~(bid >= ask), (bid, ask)))
        if sigma is not None:
            rules.append(("volatility must be finite and at least 0", (sigma >= 0) & (sigma <= LARGEST), (sigma,)))
        for rule, kept, columns in rules:
            if not all_of(kept):
                got = " and ".join(f"{column[~kept][0]:g}" for column in columns)
                raise ParameterError(f"MarketData: {rule}; got {got} at time {exact(self.time)}.")

    @classmethod
    def unchecked(cls, time: float | FloatArray, mid_price: FloatArray, **columns: Any) -> MarketData:
        """The same of a tape's columns, which are checked already."""
        data = object.__new__(cls)
        data.__dict__.update(time=time, mid_price=mid_price, **columns)
        return data

    @cached_property
    def mid_of_sides(self) -> FloatArray:
        """The mid for each side [price], shape (2, n_paths)."""
        return both(self.mid_price)

    @property
    def n_paths(self) -> int:
        """How many markets these are."""
        return len(self.mid_price)
