"""The exercise of appendix A3: a strategy scored in money on days and markets that the reader has not seen."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmbook.cha3.review import review
from mmlab.market import Exponential, Market, Tape
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.checks import Check, Facts, contest

GAMMA, PASSES = 0.1, 60.0
_HIDDEN = ((3.4, 95.0, 0.90), (4.6, 70.0, 0.75), (4.0, 120.0, 1.05))
"""σ, A and k of each hidden market: of the ranges that the page states."""


def start(mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
    """The strategy that the page begins with."""
    middle = np.asarray(mid_price) - 0.1 * np.asarray(inventory)
    return Quotes.at(middle - 0.75, middle + 0.75)


def informed(market: Market) -> GueantLehalleFernandezTapia:
    """The best there is for a market's truth, to a dealer who knows it."""
    return GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=25)


def money(pnl: FloatArray) -> float:
    """Mean − (γ/2) · variance [price · clip a day]."""
    return float(pnl.mean() - GAMMA / 2 * pnl.var())


@lru_cache(maxsize=1)
def hidden() -> list[tuple[Tape, float, float]]:
    """The hidden days, and what the page's first strategy and Guéant's, told the truth, make of them."""
    days = []
    for (volatility, rate, decay), seed in zip(_HIDDEN, np.random.SeedSequence(918273).spawn(3), strict=True):
        flow = Exponential(arrival_rate=rate, fill_decay=decay)
        market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow, mid_move="normal")
        tape = market.tape(600, 200, seed)
        days.append((tape, money(simulate(start, tape).pnl), money(simulate(informed(market), tape).pnl)))
    return days


def _scores(answer: Answer) -> Facts:
    """What the answer makes of the hidden days [price · clip a day], and where that is between the two."""
    with suppress(NotYet):  # not yet written is said as such; what else goes wrong the review says
        answer(100.0, 0.0, 0.5)
    mine = review(answer.given)
    if mine.strategy is None:
        raise NotYet(mine.why_not)
    made, naive, best = (float(np.mean(x)) for x in zip(*_on_hidden(mine.strategy), strict=True))
    return {
        "score": 100 * (made - naive) / (best - naive),
        "money": made,
        "naive": naive,
        "best": best,
        "passes": PASSES,
    }


def _on_hidden(strategy: Any) -> list[tuple[float, float, float]]:
    return [(money(simulate(strategy, tape).pnl), naive, best) for tape, naive, best in hidden()]


own_score = contest(_scores, lambda found: "too-little" if found["score"] < PASSES else None, dict)
CHECKS: dict[str, Check] = {"own-score": own_score}
