"""review: what a reader's strategy is and does, a sentence each, before anything is run on it. Nothing here raises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mmbook.cha3.strategy import LIMIT, MID, Strategy, StrategyError
from mmlab.parameters import FloatArray
from mmlab.table import Table
from mmlab.teach.time_limit import TookTooLong, run_within

SECONDS = 20.0
Finding = tuple[str, str, str]
"""A mark, the question, and what was found."""
FINE, NOTE, FAULT = "✓", "note", "✗"
INVENTORIES, TIMES = np.arange(-LIMIT, LIMIT + 1.0), (1.0, 0.5, 0.0)
"""Where it is asked: at each inventory that a day on the page can come to [clips], at three times left."""
_FIRST = "Write a function `quotes(mid_price, inventory, time_left)` that ends with `return bid, ask`."


@dataclass(frozen=True, eq=False, repr=False)
class Review:
    """A strategy and what was found about it.

    Parameters
    ----------
    name : str
    findings : sequence of (mark, question, sentence)
    strategy : Strategy, optional
        What to run; None where there is nothing that runs.
    exact : str
        Why its moments cannot be computed exactly; empty where they can.
    """

    name: str
    findings: tuple[Finding, ...]
    strategy: Any = None
    exact: str = ""

    @property
    def works(self) -> bool:
        """Whether every section can run it."""
        return self.strategy is not None

    @property
    def why_not(self) -> str:
        """What a section says in the place of a result."""
        return " ".join(sentence for mark, _, sentence in self.findings if mark == FAULT) or _FIRST

    @property
    def table(self) -> Table:
        """The findings, a row each."""
        return Table.of(["mark", "question", f"what {self.name} does"], self.findings)

    def __repr__(self) -> str:
        return repr(self.table) if self.works else self.why_not

    def _repr_markdown_(self) -> str:
        return self.table._repr_markdown_() if self.works else f"**Not yet.** {self.why_not}"


def review(quotes: Any) -> Review:
    """Ask a reader's function at some mids, inventories and times, and say what it does.

    Parameters
    ----------
    quotes : callable
        Anything; what cannot be run is said so in a sentence, with the line of the function where one raised.

    Returns
    -------
    Review
    """
    strategy = Strategy(getattr(quotes, "quotes", quotes))
    if quotes is ... or not callable(strategy.function):
        return Review(strategy.name, ((FAULT, "is it there?", _FIRST),))
    try:
        return run_within(SECONDS, lambda: _reviewed(strategy))
    except TookTooLong:
        why = f"`{strategy.name}` had not answered after {SECONDS:g} s. Does a loop in it never end?"
    except StrategyError as error:
        why = str(error)
    return Review(strategy.name, ((FAULT, "does it run?", why),))


def _reviewed(strategy: Strategy) -> Review:
    strategy.ask(MID, 0.0, 1.0)  # what goes wrong everywhere is said of an empty book in the morning

    def at(mid: float) -> FloatArray:
        """Bid, ask and their sizes around this mid, of shape (4, n_times, n_inventories)."""
        return np.array([[strategy.ask(mid, q, t) for q in INVENTORIES.tolist()] for t in TIMES]).transpose(2, 0, 1)

    four, again, *higher = map(at, (MID, MID, MID + 1, MID + 0.37))
    forgets = np.allclose(four, again, rtol=1e-12, atol=1e-9, equal_nan=True)
    off = _off(four, higher[0], 1) or _off(four, higher[1], 0.37)
    changes = "" if forgets else "asked twice it gives different quotes"
    large = "it shows other sizes than one clip" if ((four[2:] > 0) & (four[2:] != 1)).any() else ""
    rest = [("twice the same?", "Asked twice, it gives the same.", changes)]
    if forgets:
        rest.append(("mid?", "A mid that is 1 higher moves both quotes by 1: exact moments exist.", off))
    rest.append(("size?", "It shows one clip on each side.", large))
    found = [_sides(four), _crossed(four), _reacts(four)]
    for question, fine, why in rest:
        noted = f"{why.capitalize()}: no exact moments, so days are drawn."
        found.append((NOTE, question, noted) if why else (FINE, question, fine))
    shifting, exact = replace(strategy, shifts=forgets and not off), next((why for *_, why in rest if why), "")
    return Review(strategy.name, tuple(found), shifting, exact)


def _where(there: FloatArray) -> str:
    """The inventories at which something is so, of an array (..., n_inventories) of bools."""
    found = INVENTORIES[there.any(axis=tuple(range(there.ndim - 1)))]
    how_many = f"{len(found)} of {len(INVENTORIES)} inventories, such as " if len(found) > 1 else ""
    return f"{how_many}{found[np.abs(found).argmin()]:+g}"


def _sides(four: FloatArray) -> Finding:
    """Which sides are absent, and where."""
    question, absent = "both sides?", np.isnan(four[:2])
    if absent.all():
        return FAULT, question, f"It shows no price anywhere between −{LIMIT} and {LIMIT} clips: nothing can ever fill."
    gone = [f"no {side} at {_where(it)}" for side, it in zip(("bid", "ask"), absent, strict=True) if it.any()]
    if gone:
        return NOTE, question, f"It shows {' and '.join(gone)}."
    return FINE, question, f"It shows a bid and an ask at each inventory from −{LIMIT} to {LIMIT} clips."


def _crossed(four: FloatArray) -> Finding:
    """Whether the bid is below the ask, and both on their side of the mid."""
    question, meet, beyond = "bid below ask?", four[0] >= four[1], (four[0] > MID) | (four[1] < MID)
    if meet.any():
        return FAULT, question, f"The bid is at or above the ask at {_where(meet)}: a round trip against itself loses."
    if beyond.any():
        return NOTE, question, f"Yes; but at {_where(beyond)}, a quote is beyond the mid, and gives money away."
    return FINE, question, "The bid is below the mid and the ask above it everywhere it was asked."


def _reacts(four: FloatArray) -> Finding:
    """Which way quotes go as the inventory grows."""
    question, steps = "inventory?", np.diff(four[:2], axis=2)
    down, up = int((steps < -1e-9).sum()), int((steps > 1e-9).sum())
    if not down and not up:
        return NOTE, question, "Its quotes do not look at the inventory, so nothing brings it back to 0."
    if not down:
        return FAULT, question, "Its quotes go up with the inventory: long, it buys dearer. The sign is the wrong way."
    if up:
        return NOTE, question, f"Its quotes go down with the inventory in {down} steps of a clip and up in {up}."
    moved = (np.abs(four[:2] - four[:2, :, INVENTORIES == 0]) > 1e-9).any(axis=(0, 1))
    if deaf := np.abs(INVENTORIES[moved]).min(initial=1 + LIMIT) - 1:
        nothing = f"From −{deaf:g} to {deaf:g} clips its quotes do not look at the inventory; beyond, they go down."
        return NOTE, question, nothing
    return FINE, question, "Its quotes go down as the inventory grows: long, it sells sooner."


def _off(four: FloatArray, higher: FloatArray, by: float) -> str:
    """How quotes fail to move by as much as the mid; empty where they do."""
    if not np.array_equal(np.isnan(four[:2]), np.isnan(higher[:2])):
        return f"a mid that is {by:g} higher makes a side come or go"
    moved = (higher - four)[:2][~np.isnan(four[:2])]
    if np.allclose(moved, by, atol=1e-6):
        return ""
    return f"a mid that is {by:g} higher moves a quote by {moved[np.abs(moved - by).argmax()]:.3g}, not by {by:g}"
