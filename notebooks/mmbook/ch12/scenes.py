"""The stretches of recorded days that chapter 12 looks at, and the half hour whose live session it reconciles."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Literal

import numpy as np

from mmlab import Desk, GueantLehalleFernandezTapia, Market, Venue, simulate
from mmlab.desk import History
from mmlab.market import Day, read_lobster, replay_tape
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import LiveDifferences, LiveLog, calibrate
from mmlab.measure.live_log import NOTHING, SIGN, Event
from mmlab.parameters import FloatArray

OPENS, CLOSES = 37_800.0, 39_600.0
"""The live session of the shipped day, 10:30 to 11:00 [s after midnight]."""


def stretch_for(day: Day, clip: float, n_steps: int) -> float:
    """How many seconds of the day's second half a replay goes through in about so many steps: 300 at most."""
    noon = (day.time[0] + day.time[-1]) / 2
    whole = replay_tape(day.between(noon, day.time[-1]), time_step=10, clip=clip)
    return float(min(300, max(10, 10 * round(n_steps * whole.time[-1] / whole.n_steps / 10))))


@cache
def simulated_session(queue: Literal["front", "back"] = "front", latency: float = 0.0) -> History:
    """Half an hour from 10:30 on, quoted on what was measured until then; time in seconds from its start."""
    day = read_lobster(SHIPPED)
    market = Market.from_calibration(calibrate(day.between(0, OPENS), tick=0.01))
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.05, max_inventory=20, solution="closed form")
    venue = Venue(tick=0.01, fee=0.0005, queue=queue, latency=latency, cancel_latency=latency)
    return simulate(Desk(model=model, venue=venue), replay_tape(day.between(OPENS, CLOSES), time_step=1, clip=100))


def log_of(history: History, path: int = 0, delay: float = 0.0) -> LiveLog:
    """What a venue would write of a path on which all arrives `delay` [time] after it is sent, but trades at once."""
    events, working, ids = list[Event](), dict[str, tuple[str, float, float]](), itertools.count(1)
    for n, time in enumerate(history.time[:-1].tolist()):
        for side in SIGN:
            price, size, fill = (
                float(getattr(history, f"{side}_{name}")[n, path]) for name in ("price", "size", "fill")
            )
            order, at, left = working.get(side, ("", 0.0, 0.0))
            if order and (price != at or abs(size - left) > NOTHING):
                events += Event(time, "cancel", order), Event(time + delay, "cancelled", order)
                order = working.pop(side)[0] and ""
            if size > 0 and not order:
                order = f"{side[0]}{next(ids)}"
                events += Event(time, "order", order, side, price, size), Event(time + delay, "ack", order)
                working[side] = order, price, size
            if fill > 0:
                both = history.bid_fill[n, path] + history.ask_fill[n, path]
                fee = 0.0 if history.fees is None else float(history.fees[n, path] * fill / both)
                events.append(Event(time, "fill", order, side, price, fill, fee, f"t{n}{side[0]}"))
                working[side] = order, price, size - fill
                if size - fill <= NOTHING:
                    del working[side]
    return LiveLog(tuple(sorted(events, key=lambda event: event.time)))


def drop_copy() -> LiveLog:
    """What the venue itself wrote of the shipped session: one trade not there, one fee otherwise, one trade more.

    Our line was cut two seconds before the end; the last ask stood on, and was met.
    """
    ours = LiveLog.shipped()
    strange = {event.trade for event, why in ours.faults if "nobody here" in why}
    taker = ours.fills[240].trade
    fills = [fill._replace(fee=0.003) if fill.trade == taker else fill for fill in ours.fills]
    last = [event for event in ours.events if event.event == "order" and event.side == "ask"][-1]
    fills.append(last._replace(time=1_799.2, event="fill", fee=0.0005, trade="t-last"))
    theirs = [fill for fill in fills if fill.trade not in strange]
    theirs += [event for event in ours.events if event.event != "fill"]
    return LiveLog(tuple(sorted(theirs, key=lambda event: event.time)))


def by_chance(found: LiveDifferences, history: History, why: str) -> float:
    """What a random walk alone makes of one reason's clips until the end, as a standard deviation [price · clip].

    The root of Σ (clips apart × the mid's move)²: of moves without a direction, that is their sum's own estimate.
    """
    clips = np.zeros(len(history.time) - 1)
    for one in found.differences:
        if one.why == why:
            clips += SIGN[one.side] * (one.live - one.simulated) * (history.time[:-1] >= one.time)
    return float(np.linalg.norm(clips * np.diff(history.mid[:, 0])))


def wealth_apart(log: LiveLog, history: History) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Moments [s], the session's wealth then less its simulation's [price · clip], and its clips less theirs."""
    when, first = np.unique(history.time, return_index=True)
    first[-1] = len(history.time) - 1
    traded = [(fill.time, SIGN[fill.side] * fill.size, fill.price, fill.fee) for fill in log.fills]
    time, size, price, fee = np.array(traded).reshape(-1, 4).T
    before = np.searchsorted(time, when)
    before[-1] = len(time)
    held, cash = (np.append(0.0, np.cumsum(moves))[before] for moves in (size, -size * price - fee))
    mid, wealth, inventory = (column[first, 0] for column in (history.mid, history.wealth, history.inventory))
    return when, cash + held * mid - wealth, held - inventory
