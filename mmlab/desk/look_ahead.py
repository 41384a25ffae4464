"""How long nothing happens on a tape of one path: the stages count by element, so coming times stand in for paths."""

from __future__ import annotations

import numpy as np

from mmlab.arrays import any_of
from mmlab.desk.desk import Desk
from mmlab.desk.desk_state import DeskState, Outcome
from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Fills, asked_for
from mmlab.desk.permission import strictest
from mmlab.desk.sides import turned
from mmlab.desk.tape_venue import TapeVenue
from mmlab.frozen import changed


def _can_look_ahead(desk: Desk, state: DeskState, venue: TapeVenue) -> bool:
    """Whether coming steps can be looked at before their time: one path, and nothing that changes by itself.

    A reader's model and limits are not asked for what may not come, and a place in a queue moves.
    """
    crosses = desk.hedger is not None or hasattr(desk.model, "across")
    halted = any_of(state.broken) or any_of(state.stopped)
    if crosses or halted or len(state.inventory) > 1 or desk.timer is None:
        return False
    moves = venue.rules.queue == "back" or venue.rules.queue_time
    ours = all([type(limit).__module__.startswith("mmlab.desk.") for limit in desk.limits])
    return ours and state.place is not None and state.tables.known and not moves


def quiet_steps(
    desk: Desk, state: DeskState, venue: TapeVenue, end: float, most: int
) -> tuple[MarketData, DeskState] | None:
    """What is seen as those coming steps begin in which nothing is due, filled, refreshed or forbidden; the state then.

    None if there are none; `most` are looked at; `end` is when the session ends [time]. What is near to a fill is left
    to the step itself. The limits look at each mid, as they do step by step.
    """
    if not _can_look_ahead(desk, state, venue):
        return None
    tape, orders = venue.tape, state.orders
    first, last = orders.step, min(orders.step + most, tape.n_steps)
    if orders.messages:
        due = min(message.due for message in orders.messages)
        last = min(last, int(tape.time.searchsorted(due - 1e-9 * abs(due))) - 1)  # it may come within a step
    if last - first < 2:
        return None
    time, mid = tape.time[first:last], tape.mid[first:last, 0]
    depth = turned(orders.price, mid)
    happens = ~tape.is_open[first:last, 0]
    for side, reach in enumerate((tape.sell_reach, tape.buy_reach)):
        happens |= depth[side] <= reach[first:last, 0] + venue.near
        if tape.touch is None:
            happens |= depth[side] < min(orders.depth[side, 0], 0.0)
    quiet = int(happens.argmax()) if np.count_nonzero(happens) else last - first
    if not quiet:
        return None
    coming = MarketData.unchecked(time[:quiet], mid[:quiet])
    _, _, refreshes = desk.calculate(state, coming, np.maximum(end - coming.time, 0.0))
    quiet = int(np.argmax(refreshes)) if np.count_nonzero(refreshes) else quiet
    rests = asked_for(orders, 1)
    for n in range(quiet if desk.limits else 0):
        checked, left, permission = desk.check(state, venue.at(first + n), rests)
        if left is not rests or np.count_nonzero(permission.mode):
            quiet = n
            break
        state = checked
    if not quiet:
        return None
    rows: dict[str, object] = {}
    if tape.touch is not None:
        rows["best_bid"], rows["best_ask"] = tape.touch[first : first + quiet, 0].swapaxes(0, 1)
    return MarketData.unchecked(time[:quiet], mid[:quiet, np.newaxis], tape=tape, **rows), state


def rested(state: DeskState, fee: float, n_steps: int) -> tuple[DeskState, Outcome]:
    """The state after so many quiet steps, and what each of them did: nothing, for a `fee` of as much [price]."""
    orders = state.orders
    price, size = orders.price[:, np.newaxis], orders.size[:, np.newaxis]  # for each of the steps
    fills = Fills(price, size, np.zeros_like(size), fee * np.zeros(1))
    after = changed(state, orders=changed(orders, step=orders.step + n_steps))
    return after, Outcome(False, strictest(), True, 0.0, 0.0, fills)
