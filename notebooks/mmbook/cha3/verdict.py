"""The strategy in one picture, and in ten lines: what every section of the page said of it."""

from __future__ import annotations

import numpy as np

from mmbook.cha3.bench import MARKET, RIVALS, day_of, diagnosed, elsewhere, exactly, on_one_tape
from mmbook.cha3.review import FAULT, NOTE, Review
from mmbook.cha3.section import Section, section
from mmbook.cha3.strategy import MID
from mmbook.cha3.trials import replayed, under_limits
from mmlab.table import Table
from mmlab.teach.style import ASK, BID, RESERVATION, SYMMETRIC, Picture, drawing

_HELD = np.arange(-8.0, 9.0)


@section
def picture(mine: Review) -> Picture:
    """Its quotes against the inventory, beside Guéant's, and where it stands among the rivals."""
    days = {mine.name: day_of(mine)} | {name: day_of(one) for name, one in RIVALS.items()}
    looks = dict(zip(days, (ASK, BID, RESERVATION, SYMMETRIC), strict=False))  # fewer where yours is called as a rival
    with drawing(1, 2, width=9.0, height=3.2) as (fig, (prices, frontier)):
        for name, one in {mine.name: mine.strategy, "Guéant": RIVALS["Guéant"]}.items():
            quotes = one.quotes(np.full(_HELD.shape, MID), _HELD, MARKET.horizon / 2)
            prices.plot(_HELD, quotes.ask_price - MID, label=f"{name}: ask and bid", **looks[name])
            prices.plot(_HELD, quotes.bid_price - MID, **looks[name])
        prices.axhline(0, color="#999999", lw=1)
        prices.set(
            xlabel="inventory [clips]", ylabel="distance from the mid [price]", title="Half a day before the close"
        )
        prices.legend(loc="best")
        for name, day in days.items():
            frontier.plot(day.sd, day.mean, "oD"[name == mine.name], ms=8, color=looks[name]["color"], label=name)
        frontier.set(xlabel="standard deviation of a day's profit", ylabel="mean profit [price · clip]", xlim=(0, None))
        frontier.set_title(f"{mine.name}: {days[mine.name].mean:.1f} a day, give or take {days[mine.name].sd:.1f}")
        frontier.legend(loc="best")
    words = "; ".join(f"{name} {day.mean:.1f} ± {day.sd:.1f}" for name, day in days.items())
    return Picture(fig, f"The quotes of {mine.name} beside Guéant's, and a day's mean and deviation: {words}.")


@section
def verdict(mine: Review) -> Section:
    """What each section said, a line each."""
    faults, notes = ([f"“{question}”" for mark, question, _ in mine.findings if mark == of] for of in (FAULT, NOTE))
    asked = f"{len(mine.findings)} questions, " + (f"faults at {', '.join(faults)}" if faults else "no fault")
    flat, held, long = (mine.strategy.quotes(MID, q, left) for q, left in ((0, 1.0), (0, 0.5), (3, 0.5)))
    rows = [
        ["review", asked + (f"; notes at {', '.join(notes)}" if notes else "")],
        ["spread when flat, at the open", f"{float(flat.spread):.2f}"],
        ["shift of the middle, 3 clips long", f"{float(long.middle - held.middle):+.2f}"],
        ["moments", f"sampled: {mine.exact}" if mine.exact else "exact"],
    ]
    parts = exactly, on_one_tape, under_limits, elsewhere, replayed, diagnosed
    names = "a day", "on one tape", "limits", "other markets", "recorded half hour", "known formulas"
    rows += [[name, part(mine).line] for name, part in zip(names, parts, strict=True)]
    return Section(f"{mine.name} in {len(rows)} lines.", "", Table.of(["what", mine.name], rows))
