"""Where one's treatment is another's: two engines on one flow, a competitor who reacts, a day without one's order."""

from __future__ import annotations

import math
from typing import NamedTuple

from mmlab.market.day import Day
from mmlab.market.journal import OPEN, Journal
from mmlab.market.order_book import Side
from mmlab.market.order_flow import OrderFlow
from mmlab.parameters import check_count, check_number


def shared_flow(fill_decay: float, a: float, b: float) -> tuple[float, float]:
    """What an engine at the depth a [price] earns more than one at b, of one-clip orders that reach δ with e^{−kδ}.

    Returns
    -------
    at_once, truth : float
        For each order that comes [price·clip]: if both quote at once, the nearer one gets all that reach it and the
        other none (at one depth each gets half); if all is quoted by the one, or all by the other, δe^{−kδ} each.
    """
    k = check_number("fill_decay", fill_decay, "1/price", above=0)
    only_a, only_b = (check_number(name, x, "price") * math.exp(-k * x) for name, x in (("a", a), ("b", b)))
    return (a < b) * only_a - (b < a) * only_b, only_a - only_b


class StepInside(NamedTuple):
    """What is earned for each order that comes [price·clip]: where one is, inside in a replay, inside in truth."""

    stay: float
    replay: float
    truth: float
    break_even: float
    """The share of the time [1] that one must be alone inside for it to pay; above 1 it never does, below 0 always."""


def step_inside(
    fill_decay: float, depth: float, inside: float, response: float, reset: float, share: float = 0.5
) -> StepInside:
    """What it is worth to stand `inside` [price] where one has a `share` of what reaches `depth`, a competitor the rest.

    The value is share · δe^{−kδ}. A replay leaves him where he stood, and all that comes is one's own. In truth he
    follows at the rate `response` r [1/time], and at the rate `reset` m one is alone again: m/(m + r) of the time.
    """
    k, m = check_number("fill_decay", fill_decay, "1/price", above=0), check_number("reset", reset, "1/time", above=0)
    part = check_number("share", share, "1", above=0, below=1)
    alone = m / (m + check_number("response", response, "1/time", at_least=0))
    there, near = (check_number("depth", x, "price", above=0) * math.exp(-k * x) for x in (depth, inside))
    truth, needed = near * (alone + part * (1 - alone)), (part * there / near - part) / (1 - part)
    return StepInside(part * there, near, truth, needed)


def paired_day(flow: OrderFlow, seconds: float, seed: int, *, at: float, side: Side, size: int) -> tuple[Day, Day]:
    """One day without and with one's own order: both outcomes, which no market shows; the others' draws are the same.

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
    when, orders = check_number("at", at, "s", at_least=0, below=seconds), [check_count("size", size)]

    def dealer(time: float, journal: Journal) -> None:
        if orders and time >= OPEN + when:
            journal.market(time, side, orders.pop())

    return flow.run(seconds, seed).day(), flow.run(seconds, seed, dealer=dealer).day()
