"""MarketData: what a desk sees of the market at one time, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmlab.parameters import ParameterError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
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

    def __post_init__(self) -> None:
        if not math.isfinite(self.time):
            raise ParameterError(f"MarketData: time must be finite; got {self.time!r}.")
        for name in ("mid_price", "best_bid", "best_ask", "volatility", "signal"):
            if (given := getattr(self, name)) is not None:
                column = np.atleast_1d(np.asarray(given, dtype=np.float64))
                shape = np.shape(self.mid_price)
                if column.ndim > 1 or (name != "mid_price" and column.shape not in (shape, (1,))):
                    raise ParameterError(
                        f"MarketData: {name} must have the shape {shape} of mid_price; got {column.shape}."
                    )
                object.__setattr__(self, name, column)
        mid, bid, ask = self.mid_price, self.best_bid, self.best_ask
        if not self.halted and not (mid.min() > 0 and mid.max() < np.inf):
            raise ParameterError(
                f"MarketData: mid_price must be finite and above 0; got {mid[~((mid > 0) & (mid < np.inf))][0]:g} at "
                f"time {self.time:g}. Where trading is halted or data is missing, say halted=True."
            )
        if bid is not None and ask is not None and np.count_nonzero(bid >= ask):
            worst = np.flatnonzero(np.broadcast_to(bid >= ask, mid.shape))[0]
            raise ParameterError(
                f"MarketData: best_bid must be below best_ask; got {np.broadcast_to(bid, mid.shape)[worst]:g} and "
                f"{np.broadcast_to(ask, mid.shape)[worst]:g} at time {self.time:g}."
            )
        if self.volatility is not None and np.count_nonzero(self.volatility < 0):
            raise ParameterError(f"MarketData: volatility must be at least 0; got {self.volatility.min():g}.")

    @classmethod
    def unchecked(
        cls, time: float, mid_price: FloatArray, volatility: FloatArray | None, signal: FloatArray | None
    ) -> MarketData:
        """The same of a tape's columns, which are checked already."""
        data = object.__new__(cls)
        data.__dict__.update(time=time, mid_price=mid_price, volatility=volatility, signal=signal)
        return data

    @property
    def n_paths(self) -> int:
        """How many markets these are."""
        return len(self.mid_price)
