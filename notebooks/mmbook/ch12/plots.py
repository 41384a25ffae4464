"""Chapter 12's plots: an afternoon at both ends of the queue and its promise; a session and its simulation."""

from __future__ import annotations

import numpy as np

from mmbook.ch12.afternoon import Afternoon
from mmbook.ch12.scenes import OPENS, wealth_apart
from mmlab.desk import History
from mmlab.market.recorded_day import clock
from mmlab.measure import LiveDifferences, LiveLog
from mmlab.table import minus
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION, SYMMETRIC, THIN, Picture, drawing, legend

HALF_HOUR = 1800.0
"""[s]"""
MARKS = {"queue": ("o", BID), "latency": ("^", ASK), "size": ("s", RESERVATION), "reject": ("D", SYMMETRIC)}
MARKS |= {"price": ("v", MID), "no order": ("<", MID), "record": ("X", PLAIN)}
"""How a reason is drawn: never by its colour alone."""


def the_afternoon(afternoon: Afternoon, start: float, title: str) -> Picture:
    """Profit and inventory from `start` [s after midnight] on, at both ends of the queue, and the promise."""
    time, promised = start + afternoon.tape.time, afternoon.promised
    shown = np.linspace(0, len(time) - 1, 1500).astype(int)
    with drawing(2, 1, width=9.0, height=4.4) as (fig, (money, held)):
        for queue, look in (("back", BID), ("front", ASK)):
            run = afternoon.histories[queue]
            money.plot(time[shown], (run.wealth - run.wealth[0])[shown, 0], label=f"{queue} of the queue", **look)
            held.plot(time[shown], run.inventory[shown, 0], **look | {"linewidth": 0.9})
        ends = [time[0], time[-1]]
        money.plot(ends, [0, promised.profit], label="promised, ± 2 standard deviations at the end", **MID)
        money.errorbar(ends[1], promised.profit, 2 * promised.profit_sd, color=MID["color"], capsize=3)
        money.set(ylabel="profit [price · clip]")
        money.set_title(title)
        held.set(ylabel="inventory [clips]", xlabel="time of day")
        marks = HALF_HOUR * np.arange(np.ceil(ends[0] / HALF_HOUR), ends[1] / HALF_HOUR + 0.01)
        for axes in (money, held):
            axes.set_xticks(marks, [clock(mark) for mark in marks.tolist()])
            axes.tick_params(labelbottom=axes is held)
    legend(money, loc="upper left")
    given = ", ".join(f"{queue} of the queue {account.profit:.1f}" for queue, account in afternoon.given.items())
    return Picture(
        fig, f"{title}. Profit at the end: {given}, promised {promised.profit:.1f} (sd {promised.profit_sd:.1f})."
    )


def session_apart(log: LiveLog, history: History, found: LiveDifferences, title: str) -> Picture:
    """Wealth and inventory of a session less those of its simulation, a mark at each fill that differs."""
    when, money, clips = wealth_apart(log, history)
    with drawing(2, 1, width=9.0, height=4.4) as (fig, (worth, held)):
        worth.step(when, money, where="post", lw=1.2, color=PLAIN["color"])
        held.step(when, clips, where="post", lw=1.2, color=PLAIN["color"])
        for why, (marker, look) in MARKS.items():
            times = [one.time for one in found.differences if one.why == why]
            after = np.searchsorted(when, times, side="right")
            label = f"{why} ({len(times)})"
            for axes, values in ((worth, money), (held, clips)):
                if times:
                    at = values[after]
                    axes.plot(times, at, marker, color=look["color"], ms=7, mec="w", mew=0.6, label=label)
        for axes in (worth, held):
            axes.axhline(0, **THIN)
            axes.set(xlim=(0, 1.02 * history.time[-1]))
            marks = np.arange(0, history.time[-1] + 1, 300)
            axes.set_xticks(marks, [clock(OPENS + mark) for mark in marks.tolist()])
            axes.tick_params(labelbottom=axes is held)
        worth.set(ylabel="live − simulated [price · clip]")
        held.set(ylabel="live − simulated [clips]", xlabel="time of day")
        worth.set_title(title)
        legend(worth, loc="lower left", ncols=3)
    words = ", ".join(f"{clock(OPENS + one.time)} {one.side} {one.why} {one.worth:+.2f}" for one in found.differences)
    ends = f"The difference ends at {money[-1]:+.2f} and {clips[-1]:+.2f} clips"
    return Picture(fig, minus(f"{title}. {ends}. Marked: {words}."))
