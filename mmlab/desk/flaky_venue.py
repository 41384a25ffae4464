"""FlakyVenue: a venue that fails at stated steps, in the ways in which venues fail, to try a desk on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Fills, Resting, asked_for
from mmlab.desk.sides import Sides
from mmlab.desk.tape_venue import TapeVenue
from mmlab.desk.venue_answers import Disconnected
from mmlab.frozen import changed, frozen
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes

ANSWERS = ("reject", "reject cancels", "double")
"""Whatever is asked is rejected; only cancellations are, and the order works on; each fill is reported as twice as
large as it was."""
OUTAGES = ("down", "half sent", "half told", "silent")
"""The line is down before anything is sent; the bid is there and the ask is not when it breaks; all is accepted, and it
breaks before anybody hears what filled; all is accepted and it stands, but nobody answers."""


@frozen(eq=False)
class FlakyOrders:
    """What the venue `has`, what it has filled and not reported, and from which step on it answers again.

    `until` when [time] an answer is awaited, where only that is missing.
    """

    has: Resting
    back: float = -math.inf
    until: float = -math.inf
    reported: Fills | None = None
    unreported: tuple[Fills, ...] = ()

    @property
    def requested(self) -> Quotes:
        """As the venue has it."""
        return self.has.requested

    @property
    def working(self) -> FloatArray:
        """As the venue has it."""
        return self.has.working


@frozen(eq=False)
class FlakyVenue:
    """A tape's venue, but for some steps; it numbers its answers.

    Parameters
    ----------
    inner : TapeVenue
        What it is when nothing is wrong.
    script : mapping of int to str or (str, float)
        What happens in which step: one of `ANSWERS`; or one of `OUTAGES` and for how many steps nobody answers then,
        at least 1, ``math.inf`` for never.
    cancel_on_disconnect : bool
        Whether it cancels what it has of ours when the line breaks, or leaves it to fill.
    tells_twice : bool
        Whether each answer after an outage tells all fills twice, and with them the last one from before it.
    timeout : float
        How long a desk is to wait for the answer of a silent venue [time].

    Raises
    ------
    ParameterError
        If the script has another word, or another number of steps.
    """

    inner: TapeVenue
    script: Mapping[int, Any] = field(default_factory=dict)
    cancel_on_disconnect: bool = True
    tells_twice: bool = False
    timeout: float = 0.0

    def __post_init__(self) -> None:
        for step, what in self.script.items():
            outage = isinstance(what, tuple) and len(what) == 2 and what[0] in OUTAGES and what[1] >= 1
            if not outage and not (isinstance(what, str) and what in ANSWERS):
                words = ", ".join(map(repr, (*ANSWERS, *OUTAGES)))
                rule = f"a step's script must be one of {words}, those of an outage with how many steps of at least 1"
                raise ParameterError(f"FlakyVenue: {rule} it lasts, as ('down', 3); got {what!r} in step {step!r}.")

    def start(self, n_paths: int) -> FlakyOrders:
        """Nothing rests."""
        return FlakyOrders(self.inner.start(n_paths))

    def submit(self, orders: FlakyOrders, quotes: Quotes, data: MarketData) -> tuple[FlakyOrders, Any]:
        """As the script says of this step, or else as a tape does."""
        (what, _), has, rests = self._now(orders), orders.has, asked_for(orders.has, data.n_paths)
        if what == "reject":
            return orders, np.zeros(data.n_paths, bool)
        asked = Sides.of(quotes, (data.n_paths,))
        kept = (asked.size == 0) & (rests.size > 0) & (what == "reject cancels")
        kept[1] |= what == "half sent"
        if what != "down":
            asked = Sides(*(np.where(kept, old, new) for old, new in zip(rests, asked, strict=True)))
            has, _ = self.inner.submit(has, asked.quotes, data)
        if what in OUTAGES and what != "half told":
            self._break(changed(orders, has=has), data)
        return changed(orders, has=has), ~kept.any(axis=0)

    def advance(self, orders: FlakyOrders, data: MarketData) -> tuple[FlakyOrders, Fills]:
        """The tape's next step."""
        if (what := self._now(orders)[0]) == "half told":
            self._break(orders, data)
        after = self._step(orders, data)
        fills = after.unreported[-1]
        answer = changed(fills, fill=2 * fills.fill) if what == "double" else fills
        return changed(after, unreported=(), reported=answer), answer

    def reconcile(self, orders: FlakyOrders, data: MarketData) -> tuple[FlakyOrders, list[Fills]]:
        """What rests, and what was filled since the last report, this step's too; Disconnected while nobody answers."""
        if orders.has.step < orders.back:
            raise Disconnected(self._step(orders, data), orders.until)
        after = self._step(orders, data)
        before = [] if orders.reported is None else [orders.reported]
        answer = 2 * (before + list(after.unreported)) if self.tells_twice else list(after.unreported)
        return changed(after, unreported=(), reported=after.unreported[-1]), answer

    def _now(self, orders: FlakyOrders) -> tuple[str, float]:
        """What happens in this step, and for how many nobody answers."""
        what = self.script.get(orders.has.step, "")
        return what if isinstance(what, tuple) else (what, 0)

    def _step(self, orders: FlakyOrders, data: MarketData) -> FlakyOrders:
        """The tape's next step, of which nothing is reported yet."""
        step, (has, fills) = orders.has.step, self.inner.advance(orders.has, data)
        return changed(orders, has=has, unreported=(*orders.unreported, changed(fills, number=step)))

    def _break(self, orders: FlakyOrders, data: MarketData) -> None:
        """The line breaks in this step, and what rests is cancelled, or left; or it is silent from now on."""
        has, (what, n_steps) = orders.has, self._now(orders)
        until = data.time + self.timeout if what == "silent" else -math.inf
        if self.cancel_on_disconnect and what != "silent":
            none = np.full(data.n_paths, np.nan)
            has, _ = self.inner.submit(has, Quotes.at(none, none), data)
        after = changed(orders, has=has, back=orders.has.step + n_steps, until=until)
        raise Disconnected(self._step(after, data), until)
