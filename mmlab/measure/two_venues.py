"""One asset on two venues: a detector for a stream of their quotes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_count, parameter, validated
from mmlab.quotes import Quotes


class Gaps(NamedTuple):
    """Where one venue bids more than the other asks, shape (2, n_paths): the first row buys on the first venue.

    When a gap `opened` [time] (NaN: none is there), the least `edge` after costs [price] and `size` [clips] that it has
    had since, and whether it is `reported`; and the `time` of the last quotes.
    """

    time: float
    opened: FloatArray
    edge: FloatArray
    size: FloatArray
    reported: BoolArray

    @property
    def profit(self) -> FloatArray:
        """After costs [price·clip]; 0 where nothing is reported."""
        return np.where(self.reported, self.edge * self.size, 0.0)


@validated
class TwoVenues:
    """Finds where one venue bids more than the other asks, by more than it costs, for longer than an order takes.

    Each such gap is reported once, with the first quotes after the order came: the least edge, and the least size, that
    it had until then. One that closes before, or as the order comes, is not.
    """

    latency: float = parameter("ℓ", "time", "From the quotes to our order at the slower venue.", at_least=0)
    cost: float = parameter("c", "price", "Both venues' fees on a clip bought and sold.", at_least=0)

    def start(self, n_paths: int = 1) -> Gaps:
        """No gap yet."""
        none = np.full((2, check_count("n_paths", n_paths)), np.nan)
        return Gaps(-math.inf, none, none, none, none > 0)

    def step(self, state: Gaps, time: float, first: Quotes, second: Quotes) -> tuple[Gaps, Gaps]:
        """Take what stands on both venues from `time` on.

        Returns
        -------
        tuple of Gaps
            The state, and the gaps before these quotes, with those `reported` that have just lived long enough.

        Raises
        ------
        ParameterError
            If time goes back, or a venue's book is crossed with itself.
        """
        if not time >= state.time:
            raise ParameterError(f"A stream must come in the order of time; got {time:g} after {state.time:g}.")
        for name, book in (("first", first), ("second", second)):
            if (book.bid_price > book.ask_price).any():
                raise ParameterError(f"The {name} venue's book is crossed with itself at the time {time:g}.")
        lived = time - state.opened > self.latency + 4 * np.spacing(time)  # 1.1 − 1.0 is more than 0.1
        found = state._replace(reported=lived & ~state.reported)
        ways = [(second, first), (first, second)]
        edge = np.reshape([sold.bid_price - bought.ask_price - self.cost for sold, bought in ways], state.edge.shape)
        size = np.reshape([np.minimum(sold.bid_size, bought.ask_size) for sold, bought in ways], state.size.shape)
        gap = edge > 1e-9  # ticks and costs do not add up to the last bit
        lasts = gap & (state.opened <= time)
        opened = np.where(lasts, state.opened, np.where(gap, time, np.nan))
        edges = np.where(lasts, np.fmin(edge, state.edge), edge)
        sizes = np.where(lasts, np.fmin(size, state.size), size)
        reported = lasts & (state.reported | found.reported)
        return Gaps(time, opened, edges, sizes, reported), found
