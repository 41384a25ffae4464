"""The exercises of appendix A3: a strategy scored in money on markets that nobody has seen, and how sure a gap is."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.cha3.bench import GAMMA, by_day, start
from mmbook.cha3.review import FAULT, review
from mmlab.market import Exponential, Market, Tape
from mmlab.models import GueantLehalleFernandezTapia
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.checks import Check, Facts, contest, formula

PASSES = 60.0
_HIDDEN = ((3.4, 95.0, 0.90), (4.6, 70.0, 0.75), (4.0, 120.0, 1.05))
"""σ, A and k of each hidden market: of the ranges that the page states."""


def money(strategy: Any, tape: Tape) -> float:
    """What a strategy makes on a tape: mean less γ/2 times the variance [price · clip a day]."""
    return float(by_day(simulate(strategy, tape).pnl).mean())


@lru_cache(maxsize=1)
def hidden() -> list[tuple[Tape, float, float]]:
    """The hidden days, and what the page's first strategy and Guéant's, told the truth, make of them."""
    days = []
    for (volatility, rate, decay), seed in zip(_HIDDEN, np.random.SeedSequence(918273).spawn(3), strict=True):
        flow = Exponential(arrival_rate=rate, fill_decay=decay)
        market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow, mid_move="normal")
        informed = GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=25)
        tape = market.tape(600, 200, seed)
        days.append((tape, money(start, tape), money(informed, tape)))
    return days


def _scores(answer: Answer) -> Facts:
    """What the answer makes of the hidden days [price · clip a day], and where that is between the two."""
    with suppress(NotYet):  # not yet written is said as such; what else goes wrong the review says
        answer(100.0, 0.0, 0.5)
    mine = review(answer.given)
    if not mine.works:
        raise NotYet(mine.why_not)
    made, naive, best = np.mean([(money(mine.strategy, tape), *of_both) for tape, *of_both in hidden()], axis=0)
    score = float(100 * (made - naive) / (best - naive))
    faults = "".join(f" {sentence}" for mark, _, sentence in mine.findings if mark == FAULT)
    return {"score": score, "money": made, "naive": naive, "best": best, "passes": PASSES, "faults": faults}


own_score = contest(_scores, lambda found: "too-little" if found["score"] < PASSES else None, dict)


def _errors(gap: float, a: float, b: float, rho: float, n: float) -> float:
    """How many standard errors of a paired difference a gap is [1]."""
    return gap / math.sqrt((a**2 + b**2 - 2 * rho * a * b) / n)


errors_apart = formula(
    _errors,
    [(1.5, 9.0, 8.0, 0.7, 1000), (-0.6, 20.0, 13.5, 0.9, 300), (4.0, 6.5, 7.5, -0.2, 50)],
    {
        "two-tapes": lambda gap, a, b, rho, n: _errors(gap, a, b, 0.0, n),
        "no-two": lambda gap, a, b, rho, n: _errors(gap, a, b, rho / 2, n),
        "one-error": lambda gap, a, b, rho, n: gap / a * math.sqrt(n),
        "sum": lambda gap, a, b, rho, n: _errors(gap, a, b, -rho, n),
        "no-days": lambda gap, a, b, rho, n: _errors(gap, a, b, rho, 1),
        "days-not-root": lambda gap, a, b, rho, n: _errors(gap, a, b, rho, n**2),
        "variance": lambda gap, a, b, rho, n: gap / ((a**2 + b**2 - 2 * rho * a * b) / n),
    },
)
CHECKS: dict[str, Check] = {"own-score": own_score, "own-errors-apart": errors_apart}
