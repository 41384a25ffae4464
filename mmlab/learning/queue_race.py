"""The race of two queues: which of the best bid and the best ask empties first, exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import FloatArray, ParameterError

LONGEST_QUEUE = 1000
"""Orders in a queue; beyond it (2/π) arctan(n/p) is as good."""

_legendre = cache(np.polynomial.legendre.leggauss)


def queue_race(bid: ArrayLike, ask: ArrayLike) -> FloatArray:
    """P(the mid goes up) [1]: that the `ask` queue of p orders empties before the `bid` queue of n.

    Orders come to each queue and leave it at the same rate, one at a time:

        P = (1/π) ∫₀^π (2 − cos t − √((2 − cos t)² − 1))^p sin(nt) cot(t/2) dt,

    by Gauss and Legendre's nodes, good to 1e−12; with long queues it is (2/π) arctan(n/p).

    Parameters
    ----------
    bid, ask
        n and p, whole numbers of orders from 1 to `LONGEST_QUEUE`; shapes broadcast.

    Raises
    ------
    ParameterError
        If a queue is not such a number.

    References
    ----------
    R. Cont and A. de Larrard (2013), Price dynamics in a Markovian limit order market, SIAM Journal on Financial
    Mathematics 4(1).
    """
    pairs = np.stack(np.broadcast_arrays(floats(bid), floats(ask)), axis=-1)
    if not np.all((pairs >= 1) & (pairs <= LONGEST_QUEUE) & (pairs == np.floor(pairs))):
        raise ParameterError(f"bid and ask must be whole numbers of orders from 1 to {LONGEST_QUEUE}; got {pairs}.")
    # Of many races most are alike: each is run once.
    different, place = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    nodes, weights = _legendre(64 + int(2 * different.max(initial=1)))
    t = np.pi / 2 * (nodes + 1)
    above = 1 - np.cos(t)
    decay = -np.log1p(above + np.sqrt(above * (above + 2)))  # of (2 − cos t) − √…, which cancels, and is 1/(… + √…)
    n, p = different.T[..., np.newaxis]
    chance = np.exp(p * decay) * np.sin(n * t) / np.tan(t / 2) @ weights / 2
    return np.asarray(chance[place.ravel()].reshape(pairs.shape[:-1]))
