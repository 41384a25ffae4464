"""What a reader gives to be diagnosed, a formula or a log, as what can be asked and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes

STATE = "mid_price", "inventory", "time_left"
COLUMNS = (*STATE, "bid_price", "ask_price")


def columns_of(log: Mapping[str, Any]) -> tuple[FloatArray, ...]:
    """The state's columns of a log and its bid and ask depths, as flat arrays of one length."""
    if missing := ", ".join(name for name in COLUMNS if name not in log):
        raise ParameterError(f"quotes: a log needs the columns {', '.join(COLUMNS)}; {missing} is not there.")
    columns = {name: np.asarray(log[name], dtype=np.float64) for name in COLUMNS}
    for name in STATE:
        if not np.isfinite(columns[name]).all():
            raise ParameterError(f"quotes: {name} must be a finite number at each point.")
    mid, q, tau, bid, ask = map(np.ravel, np.broadcast_arrays(*columns.values()))
    return mid, q, tau, mid - bid, ask - mid


def as_policy(quotes: Any, mid_price: float) -> Callable[..., tuple[FloatArray, FloatArray]]:
    """A reader's formula or a model as depths at (inventory, time left), asked for one number each as a desk asks."""
    ask = getattr(quotes, "quotes", quotes)
    if not callable(ask) and hasattr(quotes, "depths"):
        return np.vectorize(quotes.depths, otypes=[float, float])
    if not callable(ask) or isinstance(quotes, type):
        one = f"a function of ({', '.join(STATE)}), a model, or a log with the columns {', '.join(COLUMNS)}"
        raise ParameterError(f"quotes must be {one}; got {quotes!r:.100}.")

    def at(q: float, tau: float) -> tuple[float, float]:
        given = ask(mid_price, q, tau)
        try:
            pair = (given.bid_price, given.ask_price) if isinstance(given, Quotes) else given
            bid, offer = np.array(pair, dtype=float).reshape(2)  # None becomes NaN
        except (TypeError, ValueError):
            wanted = "Quotes or a (bid, ask) pair of prices"
            raise ParameterError(f"quotes must return {wanted}; got {given!r:.100}.") from None
        return mid_price - bid, offer - mid_price

    return np.vectorize(at, otypes=[float, float])
