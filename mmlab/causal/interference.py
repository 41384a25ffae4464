"""Where one's treatment is another's: two engines on one flow, a competitor who reacts, a day with and without an order."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market.journal import OPEN, Journal
from mmlab.market.order_book import Side
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number


class SharedFlow(NamedTuple):
    """What an order earns more by A than by B [price·clip]: with both at once, and all A less all B."""

    at_once: float
    truth: float


def shared_flow(fill_decay: float, a: float, b: float) -> SharedFlow:
    """Two engines quote at the depths a and b [price] at once: who is nearer gets each order of one clip that comes.

    Orders reach δ with probability e^{−kδ}. Alone, an engine earns δe^{−kδ} an order; at once the nearer one earns all of
    its own, the other nothing, and at the same depth each gets half.
    """
    k = check_number("fill_decay", fill_decay, "1/price", above=0)
    alone_a, alone_b = (check_number(name, x, "price") * math.exp(-k * x) for name, x in (("a", a), ("b", b)))
    return SharedFlow(alone_a if a < b else -alone_b if b < a else 0.0, alone_a - alone_b)


class StepInside(NamedTuple):
    """What an order earns [price·clip]: where one is, inside as a replay has it, and inside when others react."""

    stay: float
    replay: float
    truth: float
    break_even: float
    """The share of the time [1] that one must be alone inside for it to pay; above 1 never, below 0 always."""


def step_inside(
    fill_decay: float, depth: float, inside: float, response: float, reset: float, share: float = 0.5
) -> StepInside:
    """One shares what reaches `depth` [price] with a competitor, and thinks of standing alone at `inside`.

    Value = share · δe^{−kδ}. A replay leaves him where he stood: all is one's own. He follows after a time Exp(response)
    [1/time], and all begins anew at the rate `reset`: alone for m/(m + r) of the time, `share` for the rest.
    """
    k = check_number("fill_decay", fill_decay, "1/price", above=0)
    r = check_number("response", response, "1/time", at_least=0)
    m, part = check_number("reset", reset, "1/time", above=0), check_number("share", share, "1", above=0, below=1)
    there, near = (check_number(n, x, "price") * math.exp(-k * x) for n, x in (("depth", depth), ("inside", inside)))
    if near <= 0:
        raise ParameterError(f"inside must be above 0 [price], or nothing is earned there; got {inside:g}.")
    alone = m / (m + r)
    needed = (part * there / near - part) / (1 - part)
    return StepInside(part * there, near, near * (alone + part * (1 - alone)), needed)


class PairedDay(NamedTuple):
    """One day twice: the same others, without and with what one did oneself."""

    without: Journal
    with_order: Journal

    def moved(self, times: ArrayLike) -> FloatArray:
        """The mid with less the mid without [price], at these times [s after the start], of their shape: the effect."""
        ways = (journal.day().mid_at(OPEN + floats(times)) for journal in (self.with_order, self.without))
        return np.asarray(next(ways) - next(ways))


def paired_day(flow: OrderFlow, seconds: float, seed: int, *, at: float, side: Side, size: int) -> PairedDay:
    """Both outcomes of one day, which no market shows: the others' times and draws are the same with an order as without.

    Parameters
    ----------
    flow, seconds, seed
        The others, how long [s], and their draws, as `OrderFlow.run` takes them.
    at, side, size
        One's own market order: when [s after the start], BUY (1) or SELL (−1), and of how many shares.

    Raises
    ------
    ParameterError
        If the order would come after the day's end, or is none.
    """
    when, shares = check_number("at", at, "s", at_least=0, below=seconds), check_count("size", size)
    orders = [shares]

    def dealer(time: float, journal: Journal) -> None:
        if orders and time >= OPEN + when:
            journal.market(time, side, orders.pop())

    return PairedDay(flow.run(seconds, seed), flow.run(seconds, seed, dealer=dealer))
