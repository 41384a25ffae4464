"""Who sends orders to a book when nobody thinks: limit orders, cancellations, and market orders that may excite more.

Zero intelligence: Daniels, Farmer, Gillemot, Iori and Smith (2003); Cont, Stoikov and Talreja (2010). Market orders
may be a Hawkes process: each one raises the rate of those that follow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from mmlab import vocabulary
from mmlab.market.journal import OPEN, Journal
from mmlab.market.order_book import BUY, SELL, Side, opposite
from mmlab.market.seed import generator
from mmlab.parameters import ParameterError, parameter, validated


@validated
class OrderFlow:
    """Rates of limit orders, cancellations and market orders, the same for both sides; time in seconds.

    At each of the `depth` prices from one tick beyond the other side's best on, limit orders of `limit_size` shares
    arrive at `limit_rate`; each resting order is cancelled at `cancel_rate`; market orders of a geometric size come at
    `market_rate` on average. With `branching` n > 0 their rate is μ(1 − n) + Σ nβe^{−β(t − tᵢ)} over their side's past.

    References
    ----------
    R. Cont, S. Stoikov and R. Talreja (2010), A stochastic model for order book dynamics, Operations Research 58(3).
    """

    limit_rate: float = parameter(vocabulary.LIMIT_RATE)
    cancel_rate: float = parameter(vocabulary.CANCEL_RATE)
    market_rate: float = parameter(vocabulary.MARKET_RATE)
    market_size: float = parameter(vocabulary.MARKET_SIZE, default=100.0)
    limit_size: int = parameter(vocabulary.LIMIT_SIZE, default=100)
    depth: int = parameter(vocabulary.FLOW_DEPTH, default=30)
    branching: float = parameter(vocabulary.BRANCHING, default=0.0)
    excitation_decay: float = parameter(vocabulary.EXCITATION_DECAY, default=1.0)

    def run(
        self,
        seconds: float,
        seed: int,
        *,
        mid: int = 10_000,
        warm_up: float | None = None,
        dealer: Callable[[float, Journal], None] | None = None,
    ) -> Journal:
        """Let orders come for `seconds`, after a time in which the book fills, which is not written down.

        Parameters
        ----------
        seconds : float
            How long [s].
        seed : int
            Same seed, same day.
        mid : int
            Where the book starts [ticks].
        warm_up : float
            How long the book fills [s]; five lifetimes of a resting order if not given.
        dealer : callable, optional
            Somebody who thinks: shown the time [s after midnight] of each event before it comes, once the book is full,
            and the journal, through which to send orders. The others' times and draws stay the same.

        Raises
        ------
        ParameterError
            If a time is not above 0, or not finite.
        """
        warm_up = 5 / self.cancel_rate if warm_up is None else warm_up
        if not (0 < seconds < math.inf and 0 <= warm_up < math.inf):
            raise ParameterError(f"seconds must be a finite number above 0; got {seconds!r} after {warm_up!r}.")
        journal, alive = Journal(), list[int]()
        last = {BUY: mid, SELL: mid + 1}
        excited: dict[Side, float] = {BUY: 0.0, SELL: 0.0}
        base, each = self.market_rate * (1 - self.branching), self.branching * self.excitation_decay
        draw = _uniforms(generator(seed))
        now, end = 0.0, warm_up + seconds
        while True:
            limits, cancels = 2 * self.depth * self.limit_rate, self.cancel_rate * len(alive)
            markets = 2 * base + sum(excited.values())
            total = limits + cancels + markets
            wait = -math.log(next(draw)) / total
            before, now = now, now + wait
            if before <= warm_up < now:
                journal.forget()
            if now > end:
                return journal
            fade = math.exp(-self.excitation_decay * wait)
            excited = {side: rate * fade for side, rate in excited.items()}
            time, what = OPEN + now - warm_up, next(draw) * total
            if dealer is not None and now > warm_up:
                dealer(time, journal)
            if what < limits:
                side: Side = BUY if what < limits / 2 else SELL
                other = opposite(side)
                best = journal.book.best(other)
                last[other] = last[other] if best is None else best
                price = last[other] - side * (1 + int(next(draw) * self.depth))
                alive.append(journal.limit(time, side, price, self.limit_size))
            elif what < limits + cancels:
                pick = int(next(draw) * len(alive))
                alive[pick], alive[-1] = alive[-1], alive[pick]
                # One that has traded meanwhile is thinned out: the rate counted it.
                if journal.book.resting(order := alive.pop()):
                    journal.cancel(time, order)
            else:
                # The rates were those after the last event; what has faded since is thinned out.
                what -= limits + cancels
                for side in (BUY, SELL):
                    if what < base + excited[side]:
                        journal.market(time, side, self._size(draw))
                        excited[side] += each
                        break
                    what -= base + excited[side]

    def _size(self, draw: Iterator[float]) -> int:
        """Of a market order [shares]; where all have one size nothing is drawn."""
        if self.market_size == 1:
            return 1
        return 1 + int(math.log(next(draw)) / math.log1p(-1 / self.market_size))


def _uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Uniform numbers in (0, 1], drawn a thousand at a time."""
    while True:
        yield from (1.0 - rng.random(1000)).tolist()
