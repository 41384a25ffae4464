"""The plot of chapter 12: an afternoon at both ends of the queue, and what was promised."""

from __future__ import annotations

import numpy as np

from mmbook.ch12.afternoon import Afternoon
from mmlab.market.recorded_day import clock
from mmlab.teach.style import ASK, BID, MID, Picture, drawing, legend

HALF_HOUR = 1800.0
"""[s]"""


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
