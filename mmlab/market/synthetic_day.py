"""A trading day whose truth is known: market makers around a hidden price, through our own order book.

At each price from `half_spread` on, `LEVELS` deep, `SHARES` rest; makers put back at once what was taken. Market orders
are geometric in size, so that one reaches a tick deeper with probability ρ: the rate of reach ≥ δ is A e^{−κδ} on
the ticks, exactly, with e^{−κ·tick} = ρ. The hidden price moves by itself and by ε with each order.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mmlab.market.intensity import Exponential
from mmlab.market.journal import OPEN, Journal
from mmlab.market.market import Market
from mmlab.market.order_book import BUY, SELL, Side
from mmlab.market.seed import generator
from mmlab.parameters import ParameterError, check_count, parameter, validated
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, JUMP, MAKER_HALF_SPREAD, MID_PRICE, VOLATILITY

LEVELS, SHARES, TICK = 25, 100, 0.01
_STEP = 3
"""Ticks by which the hidden price moves at a time."""
_REFILL = 1e-5
"""Seconds until the makers have put back what was taken."""

SHIPPED = Path(__file__).parent / "days"
"""Where the day that comes with mmlab lies: `SyntheticDay()`'s first three hours, drawn with seed 20260105."""


@validated
class SyntheticDay:
    """The truth of a day in seconds and currency: σ, A, κ, ε, and how wide the makers quote."""

    volatility: float = parameter(VOLATILITY, default=0.02, unit="price/√s")
    arrival_rate: float = parameter(ARRIVAL_RATE, default=0.3, unit="1/s")
    fill_decay: float = parameter(FILL_DECAY, default=40.0)
    jump: float = parameter(JUMP, default=0.005, at_most=TICK)
    mid_price: float = parameter(MID_PRICE, default=100.0, above=1, description="The mid at the open.")
    half_spread: int = parameter(MAKER_HALF_SPREAD, default=2)

    def market(self, seconds: float) -> Market:
        """The truth as a Market with a horizon of `seconds`."""
        least = self.half_spread * TICK
        flow = Exponential(arrival_rate=self.arrival_rate, fill_decay=self.fill_decay, least_reach=least)
        own: dict[str, Any] = {"mid_price": self.mid_price, "volatility": self.volatility, "jump": (self.jump,) * 2}
        return Market(horizon=seconds, intensity=flow, **own)

    def run(self, seconds: int, seed: int) -> Journal:
        """The day's first `seconds`, event by event.

        Raises
        ------
        ParameterError
            If `seconds` is no whole number of at least 1.
        """
        seconds, rng = check_count("seconds", seconds), generator(seed)
        moves = (self.volatility / (_STEP * TICK)) ** 2
        orders = self.arrival_rate * math.exp(-self.fill_decay * self.half_spread * TICK)
        passes = -math.expm1(-self.fill_decay * TICK / SHARES)
        journal, centre, now = Journal(TICK), round(self.mid_price / TICK), OPEN
        if centre <= LEVELS + self.half_spread:
            raise ParameterError(f"mid_price is too low for {LEVELS} prices of bids below it; got {centre * TICK:g}.")
        self._requote(journal, now, centre)
        while True:
            now += max(float(rng.exponential(1 / (moves + 2 * orders))), 2 * _REFILL)
            if now > OPEN + seconds:
                return journal
            direction: Side = BUY if rng.random() < 0.5 else SELL
            if rng.random() * (moves + 2 * orders) < moves:
                centre += _STEP * direction
                self._requote(journal, now, centre)
            else:
                journal.market(now, direction, int(rng.geometric(passes)))
                centre += direction * int(rng.random() * TICK < self.jump)
                self._requote(journal, now + _REFILL, centre)

    def _requote(self, journal: Journal, time: float, centre: int) -> None:
        """All makers quote around the hidden price [ticks] and put back what was taken."""
        sides: tuple[Side, ...] = (SELL, BUY)
        quoted = {side: [centre - side * (self.half_spread + i) for i in range(LEVELS)] for side in sides}
        for side in sides:
            # From the far end, so that the best price changes once and not with every order.
            for price, queue in reversed(journal.book.levels(side, 2 * LEVELS)):
                if price not in quoted[side]:
                    for order, _ in queue:
                        journal.cancel(time, order)
        for side in reversed(sides):
            for price in quoted[side]:
                missing = SHARES - journal.book.size(side, price)
                if missing:
                    journal.limit(time, side, price, missing)
