"""The race of two queues: which of the best bid and the best ask empties first, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.parameters import FloatArray, Parameter

_QUEUE = Parameter("n", "orders", "How long a queue is.", name="queue", at_least=1, at_most=1000, integer=True)


def queue_race(bid: ArrayLike, ask: ArrayLike) -> FloatArray:
    """P(the mid goes up) [1]: that the `ask` queue of p orders empties before the `bid` queue of n.

    Orders come to each queue and leave it at the same rate, one at a time:

        P = (1/π) ∫₀^π (2 − cos t − √((2 − cos t)² − 1))^p sin(nt) cot(t/2) dt,

    by Gauss and Legendre's rule on pieces, good to 1e−12; with long queues it is (2/π) arctan(n/p).

    Parameters
    ----------
    bid, ask
        n and p, whole numbers of orders from 1 to 1000; shapes broadcast.

    Raises
    ------
    ParameterError
        If a queue is not such a number.

    References
    ----------
    R. Cont and A. de Larrard (2013), Price dynamics in a Markovian limit order market, SIAM Journal on Financial
    Mathematics 4(1).
    """
    pairs = np.stack(np.broadcast_arrays(_QUEUE.check_array(bid), _QUEUE.check_array(ask)), axis=-1)
    # Of many races most are alike: each is run once.
    different, place = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    pieces = 2 + int(different.max(initial=1)) // 8
    t = np.pi / pieces * np.add.outer(np.arange(pieces), (nodes + 1) / 2).ravel()
    above = 1 - np.cos(t)
    decay = -np.log1p(
        above + np.sqrt(above * (above + 2))
    )  # of 2 − cos t − √…, which cancels, and is 1/(2 − cos t + √…)
    n, p = different.T[..., np.newaxis]
    chance = np.exp(p * decay) * np.sin(n * t) / np.tan(t / 2) @ np.tile(weights, pieces) / (2 * pieces)
    return np.asarray(chance[place.ravel()].reshape(pairs.shape[:-1]))
