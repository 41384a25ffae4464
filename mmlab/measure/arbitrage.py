"""Arbitrage at one moment, found and sized: cycles of exchange rates, through their books, and chains of options.

A rate is what one *gets* for one, with the spread crossed and the fee paid: −ln of a mid is not a trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explain_all
from mmlab.arrays import floats, in_range
from mmlab.parameters import FloatArray, ParameterError, check_number

ROUNDING = 1e-13
"""A product of rates above 1 by no more than this is the rounding of floating point."""


class RoundTrip(NamedTuple):
    """What goes round and what is more at its end, in the currency of the start; both parts of each step [size, gain].

    A step's gain is the product of its rates, and falls from step to step.
    """

    size: float
    profit: float
    steps: tuple[tuple[float, float], ...]


class OptionTrade(NamedTuple):
    """Money now, and what is bought (below 0: sold) so that nothing is owed later: options by strike, bonds of 1."""

    profit: float
    calls: FloatArray
    puts: FloatArray
    stock: float
    bonds: float


def negative_cycle(rates: ArrayLike) -> list[int] | None:
    """A cycle whose rates multiply to more than 1, or None: Bellman and Ford's on −ln R, from all nodes at 0.

    It is *a* such cycle, not the best one.

    Parameters
    ----------
    rates : array, shape (n, n)
        R_ij, what one gets of j for one of i; NaN where that is no trade. The diagonal is not looked at.

    Returns
    -------
    list of int or None
        The nodes in the order of the trades, from the lowest number.

    Raises
    ------
    ParameterError
        If rates are no square, one is not above 0, or a book is crossed with itself, R_ij R_ji > 1.
    """
    r = floats(rates)
    if r.ndim != 2 or len(r) != r.shape[-1]:
        raise ParameterError(f"rates must be a square, what one gets of each for one of each; got the shape {r.shape}.")
    r = np.where(np.eye(len(r), dtype=bool), np.nan, r)
    if (bad := (r <= 0) | np.isinf(r)).any():
        raise ParameterError(f"A rate must be above 0, or NaN where there is none; got {r[bad][0]:g}.")
    if (crossed := r * r.T > 1 + ROUNDING).any():
        i, j = np.argwhere(crossed)[0]
        raise ParameterError(f"The book of {i} and {j} is crossed with itself: there and back gives {r[i, j] * r[j, i]:g}.")
    weights, distance, before = np.where(np.isnan(r), np.inf, -np.log(r)), np.zeros(len(r)), np.zeros(len(r), int)
    for _ in range(len(r)):
        ways = distance[:, np.newaxis] + weights
        shorter = ways.min(axis=0) < distance - ROUNDING
        if not shorter.any():
            return None
        before, distance = np.where(shorter, ways.argmin(axis=0), before), np.minimum(distance, ways.min(axis=0))
    node = int(np.argmax(shorter))
    for _ in range(len(r)):
        node = int(before[node])  # after so many steps back one is on the cycle
    cycle = [node]
    while (node := int(before[node])) != cycle[0]:
        cycle.append(node)
    first = cycle.index(min(cycle))
    return (cycle[first:] + cycle[:first])[::-1][-1:] + (cycle[first:] + cycle[:first])[::-1][:-1]


@in_range
def through_books(books: Sequence[tuple[ArrayLike, ArrayLike]], fee: float = 0.0) -> RoundTrip:
    """The most profitable size of a round trip: the best levels of all legs, until their product is 1 or less.

    That is exact, because what a leg gives falls with its size: no linear program finds more.

    Parameters
    ----------
    books : sequence of pairs
        Of each leg, in the order of the trades: rates [to/from] from the best down, and sizes [from].
    fee : float
        What each leg takes of what it gives [1].

    Raises
    ------
    ParameterError
        If a leg has not as many sizes as rates, one is not above 0, or its rates rise.
    """
    kept = 1 - check_number("fee", fee, "1", at_least=0, below=1)
    legs = [(floats(rates), floats(sizes)) for rates, sizes in books]
    for rates, sizes in legs:
        if rates.ndim != 1 or rates.shape != sizes.shape or not (rates > 0).all() or not (sizes > 0).all():
            raise ParameterError(f"A book must have rates and as many sizes above 0; got {rates} and {sizes}.")
        if (np.diff(rates) > 0).any():
            raise ParameterError(f"The rates of a book must fall from its best level on; got {rates}.")
    queues = [list(zip(rates * kept, sizes, strict=True)) for rates, sizes in legs]
    steps: list[tuple[float, float]] = []
    while queues and all(queues):
        before = np.cumprod([1.0, *(queue[0][0] for queue in queues)])
        if before[-1] <= 1 + ROUNDING:
            break
        room = [queue[0][1] / had for queue, had in zip(queues, before, strict=False)]
        size = min(room)
        steps.append((float(size), float(before[-1])))
        for queue, had, most in zip(queues, before, room, strict=False):
            rate, left = queue.pop(0)
            if most > size:
                queue.insert(0, (rate, left - size * had))
    return RoundTrip(sum(size for size, _ in steps), sum(size * (gain - 1) for size, gain in steps), tuple(steps))


@in_range
def linear_program(gains: ArrayLike, uses: ArrayLike, limits: ArrayLike) -> FloatArray:
    """The x ≥ 0 with the largest gains·x of those with uses x ≤ limits, by the simplex method with Bland's rule.

    Parameters
    ----------
    gains, uses, limits : arrays, shapes (n,), (m, n), (m,)
        No limit below 0, so that x = 0 is there to start from.

    Raises
    ------
    ParameterError
        If a limit is below 0, or the gain has none.
    """
    c, a, b = floats(gains), floats(uses), floats(limits)
    if (b < 0).any():
        raise ParameterError(f"A limit must be at least 0; got {b.min():g}.")
    rows = np.block([[a, np.eye(len(b)), b[:, np.newaxis]], [-c, np.zeros(len(b) + 1)]])
    basis = np.arange(len(c), len(c) + len(b))
    while (enters := rows[-1, :-1] < -1e-11).any():
        column = int(np.argmax(enters))
        rising = np.flatnonzero(rows[:-1, column] > 1e-11)
        if not len(rising):
            raise ParameterError("The gain of this linear program has no limit.")
        ratios = rows[rising, -1] / rows[rising, column]
        least = rising[ratios <= ratios.min() + 1e-15]
        leaves = least[np.argmin(basis[least])]
        rows[leaves] /= rows[leaves, column]
        others = np.arange(len(rows)) != leaves
        rows[others] -= np.outer(rows[others, column], rows[leaves])
        basis[leaves] = column
    x = np.zeros(rows.shape[1] - 1)
    x[basis] = rows[:-1, -1]
    return x[: len(c)]


def option_arbitrage(
    strikes: ArrayLike, calls: ArrayLike, puts: ArrayLike, stock: tuple[float, float], discount: float
) -> OptionTrade:
    """The most money now from at most one of each European option, and stock and bonds, owing nothing at expiry.

    Parity, boxes, butterflies and whatever else: one linear program over all strikes. What is owed is a broken line of
    the stock's price, so that it is nowhere below 0 if it is not at 0, at the strikes, and in its slope at the end.

    Parameters
    ----------
    strikes : array, shape (n,)
        [price]
    calls, puts : arrays, shape (2, n)
        Bids and asks [price].
    stock : pair of float
        Bid and ask [price]; no dividend before the expiry.
    discount : float
        What a bond that pays 1 at the expiry costs [1].

    Raises
    ------
    ParameterError
        If an option has only one side, or a bid above its ask.
    """
    k, sides = floats(strikes), np.hstack([floats(calls), floats(puts), floats(stock)[:, np.newaxis]])
    d, n = check_number("discount", discount, "1", above=0), len(k)
    if not (sides[0] <= sides[1]).all():
        at = int(np.argmax(~(sides[0] <= sides[1])))
        raise ParameterError(f"Everything must have a bid and an ask, not below it; got {sides[0, at]} and {sides[1, at]}.")
    prices = np.append([0.0], k)[:, np.newaxis]
    later = np.hstack([np.maximum(prices - k, 0), np.maximum(k - prices, 0), prices, np.ones((n + 1, 1))])
    later = np.vstack([later, [*np.ones(n), *np.zeros(n), 1.0, 0.0]])
    gains, most = np.array([-np.append(sides[1], d), np.append(sides[0], d)]), np.eye(2 * n, 2 * n + 2)
    uses = np.vstack([np.hstack([-later, later]), np.hstack([most, most])])
    buys, sells = linear_program(gains.ravel(), uses, np.append(np.zeros(n + 2), np.ones(2 * n))).reshape(2, -1)
    held = buys - sells
    return OptionTrade(float((gains * (buys, sells)).sum()), held[:n], held[n : 2 * n], held[-2], held[-1])


explain_all(__name__)
