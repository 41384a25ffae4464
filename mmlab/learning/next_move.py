"""Which way the mid goes next: the race of two queues exactly, chances by the logit, and how good chances are.

An outcome is 0 or 1, or a chance itself: then a fit and a score are those of infinitely many rows, and the score of
the true chances for themselves is the best that there is (Bayes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.learning.regression import ridge, rows
from mmlab.parameters import FloatArray, Parameter, ParameterError

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
    n, p = different.T[..., np.newaxis]
    # 2 − cos t − √… cancels: of y = 2 arsinh(sin(t/2)) the cosine is 2 − cos t, and e^{−y} is that number.
    raised = np.exp(-2 * p * np.arcsinh(np.sin(t / 2)))
    chance = raised * np.sin(n * t) / np.tan(t / 2) @ np.tile(weights, pieces) / (2 * pieces)
    return np.asarray(chance[place.ravel()].reshape(pairs.shape[:-1]))


def logistic(log_odds: ArrayLike) -> FloatArray:
    """1/(1 + e^{−z}) [1], of the shape of z."""
    return np.asarray((1 + np.tanh(floats(log_odds) / 2)) / 2)


def logit(features: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """β, shape (p,), that makes Σ[ln(1 + e^{Xβ}) − yXβ] least, by Newton's steps: β ← β + (XᵀWX)⁻¹Xᵀ(y − π).

    π = 1/(1 + e^{−Xβ}) are the chances and W = π(1 − π): each step is a least squares, weighted by W.

    Parameters
    ----------
    features
        X, shape (n, p); a column of ones for an intercept.
    outcome
        y, shape (n,), from 0 to 1.

    Raises
    ------
    ParameterError
        If the shapes do not fit, an outcome is none, a column follows from the others, or the classes are separated:
        then the weights grow without end.

    References
    ----------
    D. R. Cox (1958), The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20(2).
    """
    x, y, beta = floats(features), *rows(outcome=outcome), np.zeros(np.shape(features)[-1:])
    for _ in range(30):  # five to eight are enough where there is an answer
        chance = logistic(x @ beta)
        root = np.sqrt(np.maximum(chance * (1 - chance), 1e-99))
        beta = beta + (step := ridge(x * root[:, np.newaxis], (y - chance) / root))
        if np.abs(x @ step).max(initial=0.0) < 1e-9:
            return beta
    raise ParameterError("There are no finite weights: a combination of the features separates the outcomes.")


def log_loss(forecast: ArrayLike, outcome: ArrayLike) -> float:
    """−mean(y ln p + (1 − y) ln(1 − p)) [nats]: ln 2 for ½; infinite where what was said to be impossible came.

    Raises
    ------
    ParameterError
        If a forecast or an outcome is not from 0 to 1, or their shapes differ.
    """
    p, y = rows(forecast=forecast, outcome=outcome)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(-np.mean(np.where(y > 0, y * np.log(p), 0.0) + np.where(y < 1, (1 - y) * np.log1p(-p), 0.0)))


def auc(score: ArrayLike, outcome: ArrayLike) -> float:
    """The chance [1] that a row with outcome 1 has a higher score than one with 0, ties by half.

    Raises
    ------
    ParameterError
        If a score is NaN, an outcome is not from 0 to 1, the shapes differ, or all outcomes are alike.
    """
    s, y = rows(score=score, outcome=outcome)
    rank = np.unique(s, return_inverse=True)[1].ravel()
    ones, zeros = np.bincount(rank, y), np.bincount(rank, 1 - y)
    if not (pairs := float(ones.sum() * zeros.sum())) > 0:
        raise ParameterError("outcome must have rows of both kinds, 0 and 1.")
    return float(ones @ (np.cumsum(zeros) - zeros / 2)) / pairs
