"""Arbitrage at one moment, found and sized: cycles of exchange rates, through their books, and options against parity.

A rate is what one *gets* for one, with the spread crossed and the fee paid: −ln of a mid is not a trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.arrays import floats, in_range
from mmlab.parameters import FloatArray, ParameterError, check_number

ROUNDING = 1e-13
"""A product of rates above 1 by no more than this is the rounding of floating point."""


class RoundTrip(NamedTuple):
    """What goes round and what is more at its end, in the currency of the start.

    Each step is a size and its gain: the product of the rates of its levels, which falls from step to step.
    """

    size: float
    profit: float
    steps: tuple[tuple[float, float], ...]


@explained
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
        raise ParameterError(f"The book of {i} and {j} is crossed with itself: a round gives {r[i, j] * r[j, i]:g}.")
    if np.isnan(r).all():
        return None
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
    return [cycle[first - n] for n in range(len(cycle))]


@explained
@in_range
def through_books(books: Sequence[tuple[ArrayLike, ArrayLike]], fee: float = 0.0) -> RoundTrip:
    """The most profitable size of a round trip: the best levels of all legs, as long as their product is above 1.

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
        If a leg has no rates above 0 that fall, and for each a size above 0.
    """
    kept = 1 - check_number("fee", fee, "1", at_least=0, below=1)
    queues = []
    for rates, sizes in ((floats(rates), floats(sizes)) for rates, sizes in books):
        if rates.shape != sizes.shape or not (np.append(rates, sizes) > 0).all() or (np.diff(rates) > 0).any():
            raise ParameterError(f"A book must have rates that fall, and sizes above 0; got {rates} and {sizes}.")
        queues.append([*zip((rates * kept).tolist(), sizes.tolist(), strict=True)])
    steps: list[tuple[float, float]] = []
    while queues and all(queues):
        gains = np.cumprod([1.0, *(queue[0][0] for queue in queues)]).tolist()
        if gains[-1] <= 1 + ROUNDING:
            break
        room = [queue[0][1] / gain for queue, gain in zip(queues, gains, strict=False)]
        steps.append((min(room), gains[-1]))
        for queue, gain, most in zip(queues, gains, room, strict=False):
            rate, left = queue.pop(0)
            if most > min(room):
                queue.insert(0, (rate, left - min(room) * gain))
    return RoundTrip(sum(size for size, _ in steps), sum(size * (gain - 1) for size, gain in steps), tuple(steps))


@explained
def put_call_parity(
    strikes: ArrayLike, calls: ArrayLike, puts: ArrayLike, stock: tuple[float, float], discount: float
) -> FloatArray:
    """What conversion and reversal earn now at each strike, shape (2, n) [price], and nothing is owed at the expiry.

    The conversion sells the call, buys put and stock, and borrows KD: C_b − P_a − S_a + KD. The reversal does the
    opposite.

    Parameters
    ----------
    strikes : array, shape (n,)
        Of European options of one expiry [price].
    calls, puts : arrays, shape (2, n)
        Bids and asks [price].
    stock : pair of float
        Bid and ask [price], with no dividend before the expiry.
    discount : float
        D, what 1 at the expiry costs now.

    Raises
    ------
    ParameterError
        If one of them has one side only, or a bid above its ask.
    """
    sides = [floats(each) for each in (calls, puts, stock)]
    if not all((bid <= ask).all() for bid, ask in sides):
        raise ParameterError("Every option, and the stock, must have a bid and an ask that is not below it.")
    (call_bid, call_ask), (put_bid, put_ask), (bid, ask) = sides
    paid = floats(strikes) * check_number("discount", discount, "1", above=0)
    return np.array([call_bid - put_ask - ask + paid, put_bid - call_ask + bid - paid])
