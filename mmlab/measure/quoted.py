"""What a reader gives to be diagnosed, a formula or a log, as what can be asked and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes

COLUMNS = ("mid_price", "inventory", "time_left", "bid_price", "ask_price")


def columns_of(log: Mapping[str, Any]) -> list[FloatArray]:
    """The columns of a log as flat arrays of one length."""
    if missing := [name for name in COLUMNS if name not in log]:
        raise ParameterError(
            f"quotes: a log needs the columns {', '.join(COLUMNS)}; {', '.join(missing)} is not there."
        )
    columns = [np.asarray(log[name], dtype=np.float64) for name in COLUMNS]
    for name, column in zip(COLUMNS[:3], columns, strict=False):
        if not np.isfinite(column).all():
            raise ParameterError(f"quotes: {name} must be a finite number at each point.")
    return [column.ravel() for column in np.broadcast_arrays(*columns)]


def as_policy(quotes: Any, mid_price: float) -> Callable[..., tuple[FloatArray, FloatArray]]:
    """A reader's formula or a model as depths at (inventory, time left), asked for one number each as a desk asks."""
    ask = quotes if callable(quotes) and not hasattr(quotes, "quotes") else getattr(quotes, "quotes", None)
    if ask is None and hasattr(quotes, "depths"):
        return np.vectorize(quotes.depths, otypes=[float, float])
    if ask is None or isinstance(quotes, type):
        raise ParameterError(
            "quotes must be a function of (mid_price, inventory, time_left), a model, or a log with the columns "
            f"{', '.join(COLUMNS)}; got {quotes!r:.100}."
        )

    def at(q: float, tau: float) -> tuple[float, float]:
        result = ask(mid_price, q, tau)
        pair = (result.bid_price, result.ask_price) if isinstance(result, Quotes) else result
        try:
            bid, offer = (np.nan if price is None else float(price) for price in pair)
        except (TypeError, ValueError):
            raise ParameterError(
                f"quotes must return Quotes or a (bid, ask) pair of prices; got {result!r:.100}."
            ) from None
        return mid_price - bid, offer - mid_price

    return np.vectorize(at, otypes=[float, float])
