"""Venue: where quotes rest at prices, and what fills them between two refreshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmlab.arrays import in_range
from mmlab.desk.queue_position import AWAY_FROM_MID, Places, fill_at_back
from mmlab.desk.state import changed
from mmlab.market.reach import last_bits, reached
from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_count, parameter, validated
from mmlab.quotes import Quotes, away_from_mid

_NOTHING = 1e-9
"""Clips that are left of an order only because sizes are sums of rounded numbers."""


@dataclass(frozen=True, eq=False)
class Message:
    """Orders on their way to the venue; arrays of shape (2, n_paths), of bids and asks. Size 0 is a cancellation."""

    sent: float
    due: float
    where: BoolArray
    price: FloatArray
    size: FloatArray
    depth: FloatArray


@dataclass(frozen=True, eq=False)
class Resting:
    """Each path's two orders: arrays of shape (2, n_paths), of bids and asks, NaN and 0 where there is none.

    `price` and `size` are what market orders meet. `requested_price` and `requested_size` are what the desk asked for
    last and has not been filled since, as it will rest when all `messages` have arrived. `depth` is each order's
    distance from the mid at which it was decided [price], `sent` when it was sent [time]. `queued` are times until
    which not more than so much of each order can fill [clips]: what is new, or was added, waits behind others. `places`
    are where they stand in the queues of a recorded day, if the venue counts those. `step` is how many steps are over.
    """

    price: FloatArray
    size: FloatArray
    requested_price: FloatArray
    requested_size: FloatArray
    depth: FloatArray
    sent: FloatArray
    messages: tuple[Message, ...] = ()
    queued: tuple[tuple[float, FloatArray], ...] = ()
    step: int = 0
    places: Places | None = None

    @property
    def requested(self) -> Quotes:
        """What will rest when all messages have arrived."""
        return Quotes.unchecked(*self.requested_price, *self.requested_size)

    @property
    def working(self) -> FloatArray:
        """The most that can still fill of each side [clips], shape (2, n_paths), if nothing more is submitted."""
        most = self.size
        for message in self.messages:
            most = np.maximum(most, message.where * message.size)
        return most


@dataclass(frozen=True, eq=False)
class Fills:
    """A step: what stood when its orders came and what of it filled, shape (2, n_paths); and the fee, (n_paths,)."""

    price: FloatArray
    size: FloatArray
    fill: FloatArray
    fee: FloatArray


@validated
class Venue:
    """Orders rest at their prices until they are replaced, cancelled, filled, or picked off.

    A refresh that is sent at t rests from t + latency on, and the old order until then; a side that is withdrawn rests
    until t + cancel latency. A step's market order meets what rests when it comes, within the step: of many steps the
    share latency / step meets the old order. Where nobody says when it comes, it comes as the step begins.
    What is filled meanwhile is taken off the new size, as exchanges do with a replacement: whatever the latency, a side
    never fills for more than was asked for. A message that a later one overtakes is void. Without a latency a desk
    withdraws in time: what it decides as a step begins is there before the step's orders, and on a replay what a move
    of the mid left of an order is gone in that instant; with any latency the other side's best meets it once more.

    Market orders fill an order by their reach from the mid of their step, for their size. An order that the mid has
    moved through since it was decided is picked off, whole and for certain, wherever it stands in its queue. At a new
    price an order waits `queue_time`; more size at the old price waits for itself, less size keeps its place.

    On a tape that knows what others display (`Tape.touch`) nobody is picked off by the mid: what the other side's best
    came to is in the reach. There `queue` bounds what quotes and trades do not tell, the place in a queue:
    "front" is the most that can be filled, "back" the least, as in `fill_at_back`.
    """

    tick: float = parameter(
        default=0.0, symbol="tick", unit="price", at_least=0, description="Bids round down to it, asks up; 0: none."
    )
    fee: float = parameter(
        default=0.0, symbol="f", unit="price", description="Paid on each clip that rested; negative: a rebate."
    )
    taker_fee: float | None = parameter(
        default=None, symbol="f_t", unit="price", description="Paid on each clip a halt gives up; None: f, if paid."
    )
    latency: float = parameter(
        default=0.0, symbol="ℓ", unit="time", at_least=0, description="From deciding on an order to its resting."
    )
    cancel_latency: float = parameter(
        default=0.0, symbol="ℓ_c", unit="time", at_least=0, description="From withdrawing a side to its being gone."
    )
    queue_time: float = parameter(
        default=0.0, symbol="t_q", unit="time", at_least=0, description="How long what is new waits behind others."
    )
    queue: Literal["front", "back"] = "front"

    def __post_init__(self) -> None:
        if self.taker_fee is None:
            object.__setattr__(self, "taker_fee", max(self.fee, 0.0))

    def start(self, n_paths: int) -> Resting:
        """Nothing rests."""
        absent, zero = np.full((2, check_count("n_paths", n_paths)), np.nan), np.zeros((2, n_paths))
        return Resting(absent, zero, absent, zero, absent, np.full((2, n_paths), -np.inf))

    def submit(self, resting: Resting, quotes: Quotes, time: float, mid_price: FloatArray) -> Resting:
        """Ask for `quotes`, shape (n_paths,), instead of what was wanted so far; what is the same is not sent.

        `time` is now [time], `mid_price` the mid at which the quotes were decided [price].
        """
        price, size = np.empty((2, *resting.price.shape))
        price[0], price[1], size[0], size[1] = quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size
        if self.tick:
            price = AWAY_FROM_MID * away_from_mid(AWAY_FROM_MID * price, self.tick)
        send = (size != resting.requested_size) | ((price != resting.requested_price) & (size > 0))
        if np.count_nonzero(send):
            depth, withdrawn, messages = AWAY_FROM_MID * (price - mid_price), size == 0, resting.messages
            for latency, where in ((self.latency, send & ~withdrawn), (self.cancel_latency, send & withdrawn)):
                if np.count_nonzero(where):
                    messages += (Message(time, time + latency, where, price, size, depth),)
            resting = changed(resting, requested_price=price, requested_size=size, messages=messages)
        return self._arrived(resting, time)

    @in_range
    def advance(
        self,
        resting: Resting,
        time: float,
        mid_price: FloatArray,
        reach: FloatArray,
        order_size: FloatArray,
        touch: FloatArray | None = None,
        arrival: FloatArray | None = None,
    ) -> tuple[Resting, Fills]:
        """What happens in the step that starts at `time` [time] with this `mid_price` [price].

        Parameters
        ----------
        resting : Resting
            Before the step; it is not changed.
        reach, order_size : array, shape (2, n_paths)
            Of the step's sell orders, which meet the bid, and of its buy orders [price] and [clips].
        touch : array, shape (2, 2, n_paths), optional
            What others display, as in a `Tape`.
        arrival : array, shape (2, n_paths), optional
            When those orders come [time]; by default as the step starts.

        Returns
        -------
        resting : Resting
        fills : Fills

        Raises
        ------
        ParameterError
            If the back of a queue is asked for and nobody knows what is displayed.
        """
        when = time if arrival is None else np.maximum(arrival, time)
        resting = self._arrived(resting, when)
        price, size, queued = resting.price, resting.size, tuple([q for q in resting.queued if not _over(q[0], time)])
        depth, front = AWAY_FROM_MID * (price - mid_price), size
        for until, most in queued:
            front = np.minimum(front, np.where(_over(until, when), np.inf, most))
        if self.queue == "back":
            if touch is None:
                raise ParameterError(
                    "The back of a queue needs a tape that knows what is displayed, as of a recorded day."
                )
            places = resting.places or Places.none(len(mid_price))
            fill, places = fill_at_back(places, price, front, mid_price, reach, order_size, touch, self.tick)
            resting = changed(resting, places=places)
        else:
            bits = last_bits(price, mid_price, tick=self.tick)
            fill = np.asarray(reached(depth, reach, bits) * np.minimum(front, order_size))
            picked_off = depth < np.minimum(resting.depth, 0.0) - bits
            if touch is None and np.count_nonzero(picked_off):
                fill = np.where(picked_off, size, fill)
        fills = Fills(price, size, fill, self.fee * (fill[0] + fill[1]))
        if not np.count_nonzero(fill):
            return changed(resting, queued=queued, step=resting.step + 1), fills
        left, requested = _less(size, fill), _less(resting.requested_size, fill)
        after = changed(
            resting,
            price=np.where(left > 0, price, np.nan),
            size=left,
            requested_price=np.where(requested > 0, resting.requested_price, np.nan),
            requested_size=requested,
            messages=tuple([changed(message, size=_less(message.size, fill)) for message in resting.messages]),
            queued=tuple([(until, _less(most, fill)) for until, most in queued]),
            step=resting.step + 1,
        )
        return after, fills

    def _arrived(self, resting: Resting, now: float | FloatArray) -> Resting:
        """After the messages that are due by `now` have replaced what they were sent to replace."""
        if not any([np.any(_over(message.due, now)) for message in resting.messages]):
            return resting
        price, size, depth, sent, queued = resting.price, resting.size, resting.depth, resting.sent, resting.queued
        waiting: list[Message] = []
        for message in resting.messages:
            here = message.where & _over(message.due, now)
            where = here & (message.sent >= sent)
            if self.queue_time:
                # One price but for last bits keeps its place; it rests as it was sent last, to the last bit.
                before = (np.abs(message.price - price) <= last_bits(message.price, price, tick=self.tick)) * size
                most = np.where(where & (message.size > before), before, np.inf)
                queued = (*queued, (message.due + self.queue_time, most))
            price = np.where(where, np.where(message.size > 0, message.price, np.nan), price)
            size, depth = np.where(where, message.size, size), np.where(where, message.depth, depth)
            sent = np.where(where, message.sent, sent)
            if np.count_nonzero(later := message.where & ~here):
                waiting.append(changed(message, where=later))
        return changed(resting, price=price, size=size, depth=depth, sent=sent, messages=tuple(waiting), queued=queued)


def _over(moment: float, now: float | FloatArray) -> BoolArray:
    """Whether a moment [time], which is one sum, has come by `now`, but for last bits of both."""
    return np.asarray(moment <= now + last_bits(moment, now))


def _less(size: FloatArray, fill: FloatArray) -> FloatArray:
    """What `fill` leaves of `size` [clips], at least 0."""
    left = size - fill
    return np.maximum(left, 0.0) * (left > _NOTHING)
