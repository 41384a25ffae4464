"""A live session for the tests, and the one that ships: half an hour of the shipped day, with planted differences."""

from __future__ import annotations

import math

from mmbook.ch12.scenes import log_of, simulated_session

from mmlab.measure.live_log import HEAD, Event, LiveLog

PLANTED = {"queue": 4, "latency": 5, "size": 3, "reject": 2, "record": 1}
"""How many differences of each kind the shipped session has."""


def planted_session() -> LiveLog:
    """The simulated session as a venue writes it, every answer 20 ms late, with PLANTED differences in it."""
    log = log_of(simulated_session(), delay=0.02)
    events, orders = list(log.events), log.orders
    alone = [
        fill for fill in log.fills if len(orders[fill.order].fills) == 1 and orders[fill.order].cancelled == math.inf
    ]
    patient = [fill for fill in alone if fill.time > orders[fill.order].acknowledged + 1]
    hurried = [fill for fill in alone if fill.time < orders[fill.order].acknowledged and fill.time + 2 < 1800]
    refused = [fill for fill in alone[5::40] if fill not in patient[::9]][: PLANTED["reject"]]
    for n, fill in enumerate(patient[::9][: PLANTED["queue"] + PLANTED["size"]]):
        events.remove(fill)
        if n >= PLANTED["queue"]:
            events.append(fill._replace(size=fill.size / 2))
        events += taken_back(log, fill)
    for fill in hurried[:: len(hurried) // 3][:3]:
        events.remove(fill)
        events = [e._replace(time=e.time + 0.3) if (e.event, e.order) == ("ack", fill.order) else e for e in events]
        events += taken_back(log, fill, after=0.4)
    gone = [order for order in log.orders if orders[order].cancelled < math.inf and not orders[order].fills]
    for order in gone[300:900:300]:
        late = orders[order]
        events.append(
            Event(late.cancel_sent + 0.01, "fill", order, late.side, late.price, late.size, 0.0005, f"late {order}")
        )
    for fill in refused:
        events.remove(fill)
        events = [e._replace(event="reject") if (e.event, e.order) == ("ack", fill.order) else e for e in events]
    events.append(Event(1234.5, "fill", "x1", "ask", 100.0, 1.0, 0.0005, "t-unknown"))
    events.append(log.fills[200]._replace(time=log.fills[200].time + 0.2))
    return LiveLog(tuple(sorted(events, key=lambda event: event.time)))


def taken_back(log: LiveLog, fill: Event, after: float = 0.0) -> list[Event]:
    """The lines that end an order when the desk sends the side's next one."""
    later = (e.time for e in log.events if e.event == "order" and e.side == fill.side and e.time > fill.time + after)
    time = next(later)
    return [Event(time, "cancel", fill.order), Event(time + 0.02, "cancelled", fill.order)]


def text_of(log: LiveLog) -> str:
    """The file that `LiveLog.from_csv` reads."""
    rows = [",".join(HEAD)]
    for e in log.events:
        named = [e.side, repr(e.price), repr(e.size)] if e.side else ["", "", ""]
        rows.append(
            ",".join([repr(e.time), e.event, e.order, *named, repr(e.fee) if e.event == "fill" else "", e.trade])
        )
    return "\n".join(rows) + "\n"
