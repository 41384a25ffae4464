"""The strategy in one picture, and in ten lines: what every section of the page said of it."""

from __future__ import annotations

import numpy as np

from mmbook.cha3.bench import MARKET, RIVALS, diagnosed, elsewhere, exactly, on_one_tape, worth
from mmbook.cha3.laws import FAULT, NOTE
from mmbook.cha3.review import Review
from mmbook.cha3.section import Section, section
from mmbook.cha3.strategy import MID
from mmbook.cha3.trials import replayed, under_limits
from mmlab.parameters import ParameterError
from mmlab.table import Table
from mmlab.teach.style import ASK, BID, RESERVATION, SYMMETRIC, Picture, drawing

_HELD = np.arange(-8.0, 9.0)


def picture(mine: Review) -> Picture | Section:
    """Its quotes against the inventory, beside Guéant's, and where it stands among the rivals."""
    if not mine.works:
        return Section(f"Nothing yet: write a strategy first. {mine.why_not}")
    try:
        return _drawn(mine)
    except ParameterError as error:
        return Section(f"This section stops here: {error}")


def _drawn(mine: Review) -> Picture:
    assert mine.strategy is not None
    best, half = RIVALS["Guéant"], MARKET.horizon / 2
    places = {mine.name: worth(mine, None, MARKET)} | {name: worth(None, one, MARKET) for name, one in RIVALS.items()}
    looks = dict(zip(places, (ASK, BID, RESERVATION, SYMMETRIC), strict=True))
    with drawing(1, 2, width=9.0, height=3.2) as (fig, (prices, frontier)):
        for name, one in {mine.name: mine.strategy, "Guéant": best}.items():
            quotes = one.quotes(np.full(_HELD.shape, MID), _HELD, half)
            prices.plot(_HELD, quotes.ask_price - MID, label=f"{name}: ask and bid", **looks[name])
            prices.plot(_HELD, quotes.bid_price - MID, **looks[name])
        prices.axhline(0, color="#999999", lw=1)
        prices.set(xlabel="inventory [clips]", ylabel="distance from the mid [price]")
        prices.set_title("Half a day before the close")
        prices.legend(loc="best")
        for name, (mean, _, sd, *_) in places.items():
            frontier.plot(sd, mean, "o" if name != mine.name else "D", ms=8, color=looks[name]["color"], label=name)
        frontier.set(xlabel="standard deviation of a day's profit", ylabel="mean profit [price · clip]", xlim=(0, None))
        frontier.set_title(f"{mine.name}: {places[mine.name][0]:.1f} a day, give or take {places[mine.name][2]:.1f}")
        frontier.legend(loc="best")
    words = "; ".join(f"{name} {mean:.1f} ± {sd:.1f}" for name, (mean, _, sd, *_) in places.items())
    return Picture(fig, f"The quotes of {mine.name} beside Guéant's, and a day's mean and deviation: {words}.")


@section
def verdict(mine: Review) -> Section:
    """What each section said, a line each."""
    faults = [question for mark, question, _ in mine.findings if mark == FAULT]
    notes = [question for mark, question, _ in mine.findings if mark == NOTE]
    asked = f"{len(faults) or 'no'} fault{'s' * (len(faults) > 1)} in {len(mine.findings)} questions"
    looked = "".join(f"; look at “{question}”" for question in faults)
    looked += f"; noted: {', '.join(f'“{question}”' for question in notes)}" if notes else ""
    assert mine.strategy is not None
    at_flat = mine.strategy.quotes(MID, 0.0, MARKET.horizon)
    held, long = (mine.strategy.quotes(MID, q, MARKET.horizon / 2) for q in (0.0, 3.0))
    rows = [
        ["review", asked + looked],
        ["spread when flat, at the open", f"{float(at_flat.spread):.2f}"],
        ["shift of the middle, 3 clips long", f"{float(long.middle - held.middle):+.2f}"],
        ["moments", "exact" if not mine.exact else f"sampled: {mine.exact}"],
        ["a day", exactly(mine).line],
        ["on one tape", on_one_tape(mine).line],
        ["limits", under_limits(mine).line],
        ["other markets", elsewhere(mine).line],
        ["recorded half hour", replayed(mine).line],
        ["known formulas", diagnosed(mine).line],
    ]
    sentence = f"{mine.name} in {len(rows)} lines."
    unknown = "your market. Nothing on this page has traded."
    return Section(sentence, "", Table.of(["what", mine.name], rows), unknown)
