"""A live session held against the simulation of the same minutes, and against the venue's own record of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from mmlab.desk.history import History
from mmlab.frozen import frozen
from mmlab.measure.live_log import NOTHING, SIGN, TWICE, Event, LiveLog, Order
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Table, read_rows

WHY = {row["why"]: row["meaning"] for row in read_rows("measure/differences.csv")}
"""Why a fill of one is not a fill of the other."""


@frozen
class Difference:
    """A step and a side on which the session and the simulation did not trade the same.

    Attributes
    ----------
    time : float
        When the step began [time].
    side : str
    live, simulated : float
        What was filled [clips].
    why : str
        One of `WHY`.
    worth : float
        What the session has of it more than the simulation, marked at the last mid, fees paid [price · clip].
    """

    time: float
    side: str
    live: float
    simulated: float
    why: str
    worth: float


@frozen
class LiveDifferences:
    """All differences of a session and a simulation: their worths and `fees` add up to that of the two profits.

    Attributes
    ----------
    differences : tuple of Difference
    fees : float
        What the simulation paid in fees more than the session [price · clip].
    live_profit, simulated_profit : float
        What was traded, marked at the simulation's last mid, fees paid [price · clip].
    alike : int
        Steps and sides on which both traded the same.
    """

    differences: tuple[Difference, ...]
    fees: float
    live_profit: float
    simulated_profit: float
    alike: int

    @property
    def by_reason(self) -> Table:
        """A row for each reason: how many, the clips of both, and what they are worth; fees stand last."""
        rows = list[list[object]]()
        for why, meaning in WHY.items():
            if each := [one for one in self.differences if one.why == why]:
                sums = (math.fsum(getattr(one, name) for one in each) for name in ("live", "simulated", "worth"))
                rows.append([why, meaning, len(each), *sums])
        rows.append(["fees", "the simulation's less the session's", "", "", "", self.fees])
        return Table.of(("why", "meaning", "number", "live [clips]", "simulated [clips]", "worth [price · clip]"), rows)


def live_differences(log: LiveLog, history: History, path: int = 0) -> LiveDifferences:
    """Hold what a session traded against what its simulation did, step by step and side by side.

    A market order comes somewhere in a step of the simulation, so fills of one step and side are held together. A log
    is one venue's: what a `Hedger` did at another stands on neither side, nor what its basis and funding brought.

    Parameters
    ----------
    log : LiveLog
    history : History
        The same desk in the same minutes on the same clock.
    path : int

    Raises
    ------
    ParameterError
        If a line of the log is not within the simulation's time, or there is no such path.
    """
    time, n_paths = history.time, history.mid.shape[1]
    if not 0 <= path < n_paths:
        raise ParameterError(f"live_differences: path must be one of 0 to {n_paths - 1}; got {path!r}.")
    if log.events and not time[0] <= log.events[0].time <= log.events[-1].time <= time[-1]:
        raise ParameterError(
            f"live_differences: the log goes from {log.events[0].time:g} to {log.events[-1].time:g}, the simulation "
            f"from {time[0]:g} to {time[-1]:g}: they must be of the same minutes, on one clock."
        )
    live, simulated = defaultdict[tuple[int, str], list[Event]](list), _simulated(history, path)
    for fill in log.fills:
        live[_step(time, fill.time), fill.side].append(fill)
    mid, faulty, alike = float(history.mid[-1, path]), {event for event, why in log.faults if why != TWICE}, 0
    differences, orders = list[Difference](), {side: _alive(log, side) for side in SIGN}
    for step, side in sorted({*live, *simulated}):
        there, here = live.get((step, side), []), simulated.get((step, side), [])
        clips, own = (math.fsum(fill.size for fill in fills) for fills in (there, here))
        worth = math.fsum([_worth(fill, mid) for fill in there] + [-_worth(fill, mid) for fill in here])
        if abs(clips - own) <= NOTHING and abs(worth) <= NOTHING * (1 + abs(mid)):
            alike += 1
            continue
        start, end = float(time[step]), float(time[step + 1])
        if any(fill in faulty for fill in there):
            why = "record"
        elif clips > 0 and own > 0:
            why = "price" if abs(clips - own) <= NOTHING else "size"
        elif own > 0:
            why = _missing(here[0], orders[side](start, end), start, end)
        else:
            price, size = (float(getattr(history, f"{side}_{name}")[step, path]) for name in ("price", "size"))
            why = _beyond(there[0], log.orders[there[0].order], price if size > 0 else math.nan)
        differences.append(Difference(start, side, clips, own, why, worth))
    fees = 0.0 if history.fees is None else float(history.fees[:, path].sum())
    marked = math.fsum(_worth(fill, mid) for fills in simulated.values() for fill in fills)
    return LiveDifferences(tuple(differences), fees - log.fees, log.cash + log.inventory * mid, marked - fees, alike)


def reconcile(own: LiveLog, venue: LiveLog) -> tuple[Table, tuple[tuple[Event, str], ...]]:
    """The end of a day: our record of it against the venue's, in sums and trade by trade.

    Returns
    -------
    sums : Table
        Trades, clips bought and sold, position, cash and fees: ours, the venue's, and how far they are apart.
    breaks : tuple of (Event, str)
        Each trade that only one of them has, or has otherwise; of both, the venue's line.
    """
    ours, theirs = ({fill.trade: fill for fill in log.fills} for log in (own, venue))
    breaks = [(fill, "we have no such trade") for trade, fill in theirs.items() if trade not in ours]
    breaks += [(fill, "the venue has no such trade") for trade, fill in ours.items() if trade not in theirs]
    for trade in ours.keys() & theirs.keys():
        for name in ("side", "price", "size", "fee"):
            if (a := getattr(ours[trade], name)) != (b := getattr(theirs[trade], name)):
                breaks.append((theirs[trade], f"its {name} is {b}; ours is {a}"))
    rows = []
    for name, measured in _SUMS.items():
        a, b = measured(own), measured(venue)
        rows.append([name, f"{a:.10g}", f"{b:.10g}", f"{a - b:.10g}" if abs(a - b) > NOTHING * (1 + abs(b)) else "0"])
    return Table.of(("of the day", "ours", "the venue's", "apart"), rows), tuple(sorted(breaks, key=lambda one: one[0]))


_SUMS: dict[str, Callable[[LiveLog], float]] = {
    "trades": lambda log: len(log.fills),
    "bought [clips]": lambda log: math.fsum(fill.size for fill in log.fills if fill.side == "bid"),
    "sold [clips]": lambda log: math.fsum(fill.size for fill in log.fills if fill.side == "ask"),
    "position [clips]": lambda log: log.inventory,
    "cash [price · clip]": lambda log: log.cash,
    "fees [price · clip]": lambda log: log.fees,
}


def _worth(fill: Event, mid: float) -> float:
    """What a fill has earned at a mid, without its fee [price · clip]."""
    return SIGN[fill.side] * fill.size * (mid - fill.price)


def _step(time: FloatArray, when: float) -> int:
    """The step that a moment is in; of several that begin at one time, the last."""
    return int(np.searchsorted(time[:-1], when, side="right")) - 1


def _simulated(history: History, path: int) -> dict[tuple[int, str], list[Event]]:
    """The simulation's fills by step and side; what crossed at this venue is one at the mid less its cost."""
    fills = defaultdict[tuple[int, str], list[Event]](list)

    def add(n: int, side: str, price: float, size: float) -> None:
        fill = Event(history.time[n], "fill", "", side, float(price), float(size))
        fills[_step(history.time, fill.time), side].append(fill)

    for side in SIGN:
        price, filled = (getattr(history, f"{side}_{name}")[:, path] for name in ("price", "fill"))
        for n in np.flatnonzero(filled > 0).tolist():
            add(n, side, price[n], filled[n])
    across = [(history.flattened, history.flatten_cost)]
    across += [(history.crossed, history.crossing_cost)] if history.basis is None else []  # a hedge is elsewhere
    for column, cost in across:
        if column is not None and cost is not None:
            for n in np.flatnonzero(column[:, path]).tolist():
                clips, price = column[n, path], history.mid[n, path] - cost[n, path] / column[n, path]
                add(n, "ask" if clips > 0 else "bid", price, abs(clips))
    return dict(fills)


def _alive(log: LiveLog, side: str) -> Callable[[float, float], list[Order]]:
    """(start, end) → the side's orders that were somewhere between being sent and their end in that time."""
    orders = [order for order in log.orders.values() if order.side == side]
    sent, cancelled = np.reshape([(order.sent, order.cancelled) for order in orders], (-1, 2)).T

    def within(start: float, end: float) -> list[Order]:
        there, last = (sent < end) & (cancelled > start), np.searchsorted(sent, end) - 1
        # The last may be filled: then it was too small.
        return [orders[n] for n in np.flatnonzero(there) if n == last or orders[n].left(start) > NOTHING]

    return within


def _missing(here: Event, orders: list[Order], start: float, end: float) -> str:
    """Why the session has not what the simulation filled."""
    as_good = [order for order in orders if SIGN[here.side] * (order.price - here.price) >= -NOTHING]
    working = [each for each in as_good if each.acknowledged <= start and each.rejected == math.inf]
    if any(order.left(start) > NOTHING and order.cancel_sent > start for order in working):
        return "queue"
    if any(each.rejected < math.inf for each in as_good):
        return "reject"
    if any(order.acknowledged > start for order in as_good):
        return "latency"
    if working:
        return "size"
    return "price" if any(order.left(start) > NOTHING for order in orders) else "no order"


def _beyond(there: Event, order: Order, quoted: float) -> str:
    """Why the simulation, which quoted this price, has not what the session filled."""
    if order.cancel_sent <= there.time:
        return "latency"
    return "queue" if SIGN[there.side] * (quoted - order.price) >= -NOTHING else "price"
