"""What rests at a venue: how it is asked for, arrives, and is met by market orders; each step makes it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mmlab.arrays import all_of
from mmlab.desk.moments import Now
from mmlab.desk.queue_position import Places, fill_at_back
from mmlab.desk.sides import Sides, turned
from mmlab.frozen import changed, frozen
from mmlab.market.reach import last_bits, reached
from mmlab.parameters import BoolArray, FloatArray, ParameterError
from mmlab.quotes import OF_A_TICK, Quotes

if TYPE_CHECKING:
    from mmlab.desk.venue import Venue

_NOTHING = 1e-9
"""Clips that are left of an order only because sizes are sums of rounded numbers."""


@frozen(eq=False)
class Message:
    """Orders on their way to the venue; arrays of shape (2, n_paths), of bids and asks. Size 0 is a cancellation."""

    sent: float
    due: float
    where: BoolArray
    price: FloatArray
    size: FloatArray
    depth: FloatArray


@frozen(eq=False)
class Resting:
    """Each path's two orders: arrays of shape (2, n_paths), of bids and asks, NaN and 0 where there is none.

    `price` and `size` are what market orders meet. `requested_price` and `requested_size` are what the desk asked for
    last and has not been filled since, as it will rest when all `messages` have arrived. `depth` is each order's
    distance from the mid at which it was decided [price], `sent` when it was sent [time]. `queued` are times until
    which not more than so much of each order can fill [clips]: what is new, or was added, waits behind others. `places`
    are where they stand in the queues of a recorded day, if the venue counts those. `step` is how many steps are over.
    `traded` is what filled so far [clips], (n_paths,), where the fee goes by it.
    `around` is the mid of both sides, (2, n_paths) [price], if all was decided at it and nothing travelled.
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
    around: FloatArray | None = None
    traded: FloatArray | None = None

    @property
    def requested(self) -> Quotes:
        """What will rest when all messages have arrived."""
        return Sides(self.requested_price, self.requested_size).quotes

    @property
    def working(self) -> FloatArray:
        """The most that can still fill of each side [clips], shape (2, n_paths), if nothing more is submitted."""
        most = self.size
        for message in self.messages:
            comes = message.where & (message.sent >= self.sent)  # or a later one has overtaken it
            most = np.maximum(most, comes * message.size)
        return most


@frozen(eq=False)
class Fills:
    """A step: what stood when its orders came and what of it filled, shape (2, n_paths); and the fee, (n_paths,).

    A venue that counts its answers, upwards, may say its `number`: what it says once more is not booked once more.
    """

    price: FloatArray
    size: FloatArray
    fill: FloatArray
    fee: FloatArray
    number: int | None = None


def asked_for(orders: Any, n_paths: int) -> Sides:
    """What a venue's orders say was asked for and is not filled."""
    if isinstance(orders, Resting):
        return Sides(orders.requested_price, orders.requested_size)
    return Sides.of(orders.requested, (n_paths,))


def ask_for(rules: Venue, resting: Resting, sides: Sides, time: float, mid_price: FloatArray) -> Resting:
    """What rests after these sides, on ticks, were asked for at this time, with the mid for each side, (2, n_paths)."""
    price, size = sides
    asked: dict[str, Any] = {"requested_price": price, "requested_size": size, "around": mid_price}
    other = price != resting.requested_price
    if rules.latency == rules.cancel_latency == rules.queue_time == 0 and all_of(other):
        # Nothing is ever on its way, and all is new: what is asked for is what rests.
        return changed(resting, price=price, size=size, depth=turned(price, mid_price), **asked)
    changes = (size != resting.requested_size) | other
    send = changes & ((size > 0) | (resting.requested_size > 0))
    if not np.count_nonzero(send):
        return _arrived(rules, resting, Now(time)) if resting.messages else resting
    depth, asked["around"] = turned(price, mid_price), None
    if rules.latency == rules.cancel_latency == rules.queue_time == 0:
        return changed(resting, price=price, size=size, depth=np.where(send, depth, resting.depth), **asked)
    kinds = [(rules.latency, changes)]
    if rules.latency != rules.cancel_latency:
        kinds = [(rules.latency, send & (size > 0)), (rules.cancel_latency, send & (size == 0))]
    new = [Message(time, time + late, where, price, size, depth) for late, where in kinds if np.count_nonzero(where)]
    return _arrived(rules, changed(resting, messages=(*resting.messages, *new), **asked), Now(time))


def meet(
    rules: Venue,
    resting: Resting,
    time: float,
    mid_price: FloatArray,
    reach: FloatArray,
    order_size: FloatArray,
    touch: FloatArray | None,
    arrival: FloatArray | None,
    near: float | None = None,
) -> tuple[Resting, Fills]:
    """What `Venue.advance` says, with the mid for each side, shape (2, n_paths).

    Where no reach comes as `near` to a depth [price] as that, ≤ alone decides: last bits take half of the time.
    """
    if resting.messages or resting.queued:
        now = Now(time if arrival is None else np.maximum(arrival, time))
        resting = _arrived(rules, resting, now)
    price, size, queued = resting.price, resting.size, resting.queued
    fresh = resting.around is mid_price
    depth, front = resting.depth if fresh else turned(price, mid_price), size
    if queued:
        start = Now(time)
        while queued and start.is_past(queued[0][0]) is True:  # what came first is through first
            queued = queued[1:]
        for until, most in queued:
            if until > now.latest:
                front = np.minimum(front, most)
            elif (waited := now.is_past(until)) is not True:
                front = np.minimum(front, np.where(waited, np.inf, most))
    if rules.queue == "back":
        if touch is None:
            raise ParameterError("The back of a queue needs a tape that knows what is displayed, as of a recorded day.")
        places = resting.places or Places.none(price.shape[1])
        fill, places = fill_at_back(places, price, front, mid_price[0], reach, order_size, touch, rules.tick)
        resting = changed(resting, places=places)
    else:
        fill = filled(price, front, mid_price, depth, reach, order_size, near, rules.tick)
        if not fresh and touch is None and np.count_nonzero(passed := depth < np.minimum(resting.depth, 0.0)):
            at = np.nonzero(passed)
            bits = last_bits(price[at], mid_price[at], tick=rules.tick)
            passed[at] = depth[at] < np.minimum(resting.depth[at], 0.0) - bits
            fill = np.where(passed, size, fill)
    fee = rules.fee * (fill[0] + fill[1]) if rules.fee else np.zeros(price.shape[1])
    fills, step = Fills(price, size, fill, fee), resting.step + 1
    if not np.count_nonzero(fill):
        return changed(resting, queued=queued, step=step), fills
    if resting.traded is not None:
        clips = fill[0] + fill[1]
        fills = changed(fills, fee=rules.fees.paid(clips, resting.traded))
        resting = changed(resting, traded=resting.traded + clips)
    left = asked = Sides(price, _less(size, fill)).less_empty()
    if resting.requested_size is not size:
        asked = Sides(resting.requested_price, _less(resting.requested_size, fill)).less_empty()
    rests = {"price": left.price, "size": left.size, "requested_price": asked.price, "requested_size": asked.size}
    messages = tuple([changed(message, size=_less(message.size, fill)) for message in resting.messages])
    queued = tuple([(until, _less(most, fill)) for until, most in queued])
    return changed(resting, **rests, messages=messages, queued=queued, step=step), fills


def filled(
    price: FloatArray,
    size: FloatArray,
    mid_price: FloatArray,
    depth: FloatArray,
    reach: FloatArray,
    order_size: FloatArray,
    near: float | None,
    tick: float = 0.0,
) -> FloatArray:
    """What a step's market orders fill of these [clips], if they reach them; all of shape (2, n_paths)."""
    n_close = -1 if near is None else np.count_nonzero(depth <= reach + near)
    if not n_close:  # as at most steps of one path
        return np.zeros(size.shape)
    hit = depth <= reach
    if n_close != np.count_nonzero(hit):
        hit = reached(depth, reach, last_bits(price, mid_price, tick=tick))
    return np.multiply(hit.astype(np.float64), np.minimum(size, order_size))


def booked(
    inventory: FloatArray, cash: FloatArray, price: FloatArray, fill: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Inventory and cash after such fills [clips] at these prices [price], of shape (2, n_paths)."""
    traded = price * fill  # NaN of a side without a price
    paid, got = traded if all_of(traded == traded) else np.where(fill > 0, traded, 0.0)
    return inventory + fill[0] - fill[1], cash + got - paid


def _arrived(rules: Venue, resting: Resting, now: Now) -> Resting:
    """After the messages that are due by `now` have replaced what they were sent to replace."""
    if all([message.due > now.latest for message in resting.messages]):
        return resting
    price, size, depth, sent, queued = resting.price, resting.size, resting.depth, resting.sent, resting.queued
    waiting: list[Message] = []
    for message in resting.messages:
        if message.due > now.latest:
            waiting.append(message)
            continue
        over = now.is_past(message.due)
        here = message.where & over
        # One latency for all keeps them in their order.
        where = here if rules.latency == rules.cancel_latency else here & (message.sent >= sent)
        if rules.queue_time:
            # One price but for last bits keeps its place; it rests as it was sent last, to the last bit.
            apart = np.abs(message.price - price)
            before: FloatArray | float = 0.0
            if np.count_nonzero(apart <= 1e-12 * np.abs(price) + 2 * OF_A_TICK * rules.tick):  # which is far more
                before = (apart <= last_bits(message.price, price, tick=rules.tick)) * size
            if np.count_nonzero(bound := where & (message.size > before)):
                until, most = message.due + rules.queue_time, np.where(bound, before, np.inf)
                if queued and queued[-1][0] == until:  # the rest of a message that came on other paths before
                    queued, most = queued[:-1], np.minimum(queued[-1][1], most)
                queued = (*queued, (until, most))
        if all_of(where):
            (price, size), depth = Sides(message.price, message.size).less_empty(), message.depth
        else:
            price = np.where(where, np.where(message.size > 0, message.price, np.nan), price)
            size, depth = np.where(where, message.size, size), np.where(where, message.depth, depth)
        if rules.latency != rules.cancel_latency:
            sent = np.where(where, message.sent, sent)
        if over is not True and np.count_nonzero(later := message.where & ~here):
            waiting.append(changed(message, where=later))
    return changed(resting, price=price, size=size, depth=depth, sent=sent, messages=tuple(waiting), queued=queued)


def _less(size: FloatArray, fill: FloatArray) -> FloatArray:
    """What `fill` leaves of `size` [clips], at least 0."""
    left = size - fill
    return np.where(left > _NOTHING, left, 0.0)
