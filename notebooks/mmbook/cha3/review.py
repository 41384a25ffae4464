"""review: what a reader's strategy is and does, a sentence each, before anything is run on it. Nothing here raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mmbook.cha3.laws import (
    FAULT,
    FINE,
    INVENTORIES,
    NOTE,
    TIMES,
    Finding,
    crossed,
    far,
    forgets,
    reacts,
    same,
    shift,
    shifts,
    sides,
    sizes,
    why_sampled,
)
from mmbook.cha3.strategy import MID, TAKES, ByDepth, Strategy, StrategyError
from mmlab.parameters import FloatArray
from mmlab.table import Table
from mmlab.teach.answers import Answer, NotAttempted, NotYet
from mmlab.teach.time_limit import TookTooLong, run_within

SECONDS = 20.0
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
    strategy: Strategy | None = None
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
    def by_depth(self) -> ByDepth:
        """The strategy as exact moments ask it."""
        assert self.strategy is not None
        return ByDepth(self.strategy)

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
    quotes = getattr(quotes, "quotes", quotes)
    name = str(getattr(quotes, "__name__", "quotes"))
    if quotes is None or quotes is ... or not callable(quotes):
        return Review(name, ((FAULT, "is it there?", _FIRST),))
    try:
        return run_within(SECONDS, partial(_reviewed, quotes, name))
    except TookTooLong:
        sentence = f"`{name}` had not answered after {SECONDS:g} s. Does a loop in it never end?"
        return Review(name, ((FAULT, "does it run?", sentence),))
    except StrategyError as error:
        return Review(name, ((FAULT, "does it run?", str(error)),))


def _reviewed(quotes: Callable[..., Any], name: str) -> Review:
    first = Answer(quotes, TAKES)
    at = np.full(len(INVENTORIES), MID), INVENTORIES, TIMES[1]
    refused = _refusal(first, MID, 2.0, TIMES[1])
    by_path, how = _asked_how(quotes, refused, at)
    looked, again = ([_at(by_path, t) for t in TIMES] for _ in range(2))
    four, twice = (np.stack(x, axis=1) for x in (looked, again))  # (4, n_times, n_q)
    higher = {by: np.stack([by_path.ask(at[0] + by, INVENTORIES, t) for t in TIMES], axis=1) for by in (1.0, 0.37)}
    stays, off = same(four, twice), next(filter(None, (shift(four, moved, by) for by, moved in higher.items())), "")
    beyond = far(by_path)
    findings = [how, sides(four), crossed(four), reacts(four), shifts(off, stays), forgets(stays), sizes(four), beyond]
    exact = why_sampled(stays, off, four, bool(beyond))
    strategy = Strategy(quotes, by_path.one_by_one, shifts=stays and not off)
    return Review(name, tuple(finding for finding in findings if finding), strategy, exact)


def _at(strategy: Strategy, time_left: float) -> FloatArray:
    """Its quotes at all inventories; what goes wrong says at which time."""
    try:
        return strategy.ask(np.full(len(INVENTORIES), MID), INVENTORIES, time_left)
    except StrategyError as error:
        raise StrategyError(f"With {time_left:g} of the day left: {error}") from None


def _refusal(answer: Answer, *arguments: Any) -> str:
    """What goes wrong with a call; empty where nothing does."""
    try:
        answer(*arguments)
    except NotAttempted:
        return _FIRST
    except NotYet as mishap:
        return str(mishap)
    return ""


def _asked_how(quotes: Any, refused: str, at: tuple[FloatArray, FloatArray, float]) -> tuple[Strategy, Any]:
    """The strategy by arrays, if it gives on them what it gives on each path alone; else one by one."""
    many, single = Strategy(quotes), Strategy(quotes, one_by_one=True)
    question = "numbers and arrays?"
    try:
        together, of_arrays = many.ask(*at), ""
    except StrategyError as error:
        together, of_arrays = None, str(error)
    if together is None:
        if refused:
            raise StrategyError(of_arrays if refused == _FIRST else refused)
        single.ask(*at)
        sentence = "It takes single numbers alone, so it is asked for each path: this works, and is slower."
        return single, (NOTE, question, sentence)
    if refused:
        return many, (NOTE, question, "It takes arrays alone, an entry a path; nothing here needs single numbers.")
    try:
        alone = single.ask(*at)
    except StrategyError:
        return many, (NOTE, question, "It takes arrays alone, an entry a path; nothing here needs single numbers.")
    if same(together, alone) or not same(single.ask(*at), alone):
        return many, (FINE, question, "It takes both, and returns two prices for each.")
    sentence = (
        "On arrays it gives other quotes than for each entry alone: it mixes paths. So it is asked for each path, "
        "which is slower."
    )
    return single, (NOTE, question, sentence)
