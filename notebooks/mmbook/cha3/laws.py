"""What a review asks of a strategy, a sentence each: sides, order, inventory, mid, memory, size.

Each gets its quotes, `four`: bid, ask and their sizes, of shape (4, times, inventories).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mmbook.cha3.strategy import LIMIT, MID, Strategy, StrategyError
from mmlab.parameters import FloatArray

Finding = tuple[str, str, str]
"""A mark, the question, and what was found."""
FINE, NOTE, FAULT = "✓", "note", "✗"
INVENTORIES = np.arange(-8.0, 9.0)
"""At which a review asks [clips]."""
TIMES = (1.0, 0.5, 0.0)
FAR = float(LIMIT)
"""How far exact tables ask [clips]."""


def same(one: FloatArray, other: FloatArray) -> bool:
    """Whether two answers agree to the last digits."""
    return bool(np.allclose(one, other, rtol=1e-12, atol=1e-9, equal_nan=True))


def parts(four: FloatArray) -> bool:
    """Whether it shows other sizes than one clip."""
    return bool(((four[2:] > 0) & (four[2:] != 1)).any())


def why_sampled(stays: bool, off: str, four: FloatArray, beyond: bool) -> str:
    """Why there are no exact moments; empty where there are."""
    if not stays:
        return "asked twice it gives different quotes"
    if off:
        return "its quotes do not shift with the mid"
    if parts(four):
        return "it shows other sizes than one clip"
    return f"at {FAR:g} clips it raises an error" if beyond else ""


def far(strategy: Strategy) -> Finding | None:
    """What goes wrong at an inventory where exact tables ask, and hardly a day comes."""
    try:
        strategy.ask(np.full(2, MID), np.array([-FAR, FAR]), TIMES[1])
    except StrategyError as error:
        why = str(error).replace("`", "")
        return NOTE, "far inventories?", f"At −{FAR:g} or {FAR:g} clips it cannot be asked, so days are drawn: {why}"
    return None


def where(there: Any) -> str:
    """The inventories at which something is so, of an array (n_times, n_q) of bools."""
    found = INVENTORIES[np.asarray(there).any(axis=0)]
    if len(found) == 1:
        return f"{found[0]:+g}"
    return f"{len(found)} of {len(INVENTORIES)} inventories, such as {found[0]:+g}"


def sides(four: FloatArray) -> Finding:
    """Which sides are absent, and where."""
    question, absent = "both sides?", np.isnan(four[:2])
    if absent.all():
        return FAULT, question, "It shows no price anywhere between −8 and 8 clips: nothing can ever fill."
    if not absent.any():
        return FINE, question, "It shows a bid and an ask at each inventory from −8 to 8 clips."
    sentence = [f"no {side} at {where(gone)}" for side, gone in zip(("bid", "ask"), absent, strict=True) if gone.any()]
    return NOTE, question, f"It shows {' and '.join(sentence)}."


def crossed(four: FloatArray) -> Finding:
    """Whether the bid is below the ask, and both on their side of the mid."""
    question, meet, beyond = "bid below ask?", four[0] >= four[1], (four[0] > MID) | (four[1] < MID)
    if meet.any():
        return FAULT, question, f"The bid is at or above the ask at {where(meet)}: a round trip against itself loses."
    if beyond.any():
        sentence = f"Yes; but at {where(beyond)}, a quote is on the far side of the mid, and gives money away."
        return NOTE, question, sentence
    return FINE, question, "The bid is below the mid and the ask above it everywhere it was asked."


def reacts(four: FloatArray) -> Finding:
    """Which way quotes go as the inventory grows."""
    question, steps = "inventory?", np.diff(four[:2], axis=2)
    steps = steps[~np.isnan(steps)]
    down, up = int((steps < -1e-9).sum()), int((steps > 1e-9).sum())
    if not down and not up:
        return NOTE, question, "Its quotes do not look at the inventory, so nothing brings it back to 0."
    if up and not down:
        sentence = "Its quotes go up as the inventory grows: long, it buys dearer. The sign is the wrong way round."
        return FAULT, question, sentence
    if up:
        return NOTE, question, f"Its quotes go down with the inventory in {down} steps of a clip and up in {up}."
    if low := _deaf(four):
        sentence = f"Between −{low:g} and {low:g} clips its quotes do not look at the inventory; beyond, they go down."
        return NOTE, question, sentence
    return FINE, question, "Its quotes go down as the inventory grows: long, it sells sooner."


def _deaf(four: FloatArray) -> float:
    """Up to how many clips either way no quote moves at any time; 0 where they move at once."""
    moves = np.abs(np.nan_to_num(four[:2] - four[:2, :, INVENTORIES == 0])) > 1e-9
    heard = np.abs(INVENTORIES[moves.any(axis=(0, 1))])
    return float(heard.min()) - 1 if len(heard) else 0.0


def shift(four: FloatArray, higher: FloatArray, by: float) -> str:
    """How quotes fail to move by as much as the mid; empty where they do."""
    there = ~np.isnan(four[:2])
    if not np.array_equal(there, ~np.isnan(higher[:2])):
        return f"A mid that is {by:g} higher makes a side come or go"
    moved = (higher[:2] - four[:2])[there]
    if np.allclose(moved, by, atol=1e-6):
        return ""
    return f"A mid that is {by:g} higher moves a quote by {moved[np.abs(moved - by).argmax()]:.3g}, not by {by:g}"


def shifts(off: str, stays: bool) -> Finding:
    """Whether quotes move with the mid."""
    question = "mid?"
    if not stays:
        return NOTE, question, "Whether its quotes shift with the mid cannot be seen, as they change by themselves."
    if not off:
        return FINE, question, "A mid that is 1 higher moves both quotes by 1: exact moments exist."
    sentence = "they do not shift with the mid, so there are no exact moments and days are drawn instead."
    return NOTE, question, f"{off}: {sentence}"


def forgets(stays: bool) -> Finding:
    """Whether the same question has the same answer."""
    question = "twice the same?"
    if stays:
        return FINE, question, "Asked twice, it gives the same."
    sentence = "Asked twice with the same three numbers it gives different quotes: it draws at random or remembers."
    return NOTE, question, f"{sentence} Days are drawn, and no second run is the same."


def sizes(four: FloatArray) -> Finding | None:
    """Whether it shows other sizes than one clip."""
    if not parts(four):
        return None
    return NOTE, "size?", "It shows other sizes than one clip; exact moments know one clip alone, so days are drawn."
