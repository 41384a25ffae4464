"""The explorer of chapter 18: what recorded learners believe and are, and how they quote."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch18.scenes import ACTIONS, CURVES, DAYS, best_at, key_of
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PLAIN, RESERVATION
from mmlab.teach.words import amount

DOUBLED = Parameter("2ⁿ·500", "days", "Days to learn from: 500, doubled so many times.", integer=True, name="doublings")
PAIRS = Parameter("0/1", "1", "0: seven leans; 1: all 36 pairs of six depths.", integer=True, name="pairs")
CLOCK = Parameter("0/1", "1", "Whether the table knows the step.", integer=True, name="clock")
NOISE = Parameter("0/1", "1", "Whether the reward has the mid's moves in it.", integer=True, name="noise")
TENTHS = Parameter("10ε", "price", "Ten times what each fill costs.", integer=True, name="tenths")

AXIS: dict[str, Any] = {"xlabel": "days", "xlim": (-0.3, 5.3), "xticks": range(6)}
AXIS["xticklabels"] = ["500", "1k", "2k", "4k", "8k", "16k"]


def learned(doublings: int, pairs: int, clock: int, noise: int, tenths: int) -> dict[str, Any]:
    """The recorded learner, and what there is beside it."""
    record, actions = CURVES["explorer"], 36 if pairs else 7
    row, beside = record["table"][key_of(actions, clock, noise, tenths)], record["beside"]
    believes, counted, worth = (row[name][doublings] for name in ("believes", "counted", "is"))
    best, solver, dice = (beside[name][tenths] for name in ("best", "solver", "dice"))
    share = 100 * worth / best
    return locals()


class LearnerExplorer(Explorer):
    """Sliders for the learner and the market's ε, over what it believes, what it is and how it quotes."""

    title: ClassVar[str] = "Believes and is"
    sliders: ClassVar = {DOUBLED: (0, 5, 3), PAIRS: (0, 1, 1), CLOCK: (0, 1, 1), NOISE: (0, 1, 1), TENTHS: (0, 3, 0)}
    presets: ClassVar = {
        "the vendor's kind": {},
        "no clock": {"noise": 0, "clock": 0},
        "seven leans": {"noise": 0, "clock": 0, "pairs": 0},
        "each fill costs 0.3": {"noise": 0, "clock": 0, "pairs": 0, "tenths": 3},
    }
    stages: ClassVar = (learned,)
    prints: ClassVar[str] = "believes, counted, worth, best, solver, share"
    tasks: ClassVar = {
        "find a learner that is worth more than the solver that leaves ε out.": lambda s: s.worth > s.solver,
        "get 90% of the best from 500 days.": lambda s: s.doublings == 0 and s.share >= 90,
    }

    def show(self, s: Any, beliefs: Panel, worths: Panel, quotes: Panel) -> None:
        """Belief and truth over the days, both in percent of the best, and the quotes at noon."""
        beliefs.line("believes", range(6), s.row["believes"], ASK)
        beliefs.line("its policy is", range(6), s.row["counted"], RESERVATION)
        beliefs.upright(s.doublings, label="_here")
        beliefs.view(y=(0.0, max(s.row["believes"] + s.row["counted"])), ylabel="worth, as the learner counts", **AXIS)
        beliefs.title(f"It believes in {amount(s.believes, 1)}, and is {amount(s.counted, 1)}")

        worths.line("learner", range(6), 100 * np.array(s.row["is"]) / s.best, RESERVATION)
        for name, level, look in (("solver without ε", s.solver, BID), ("dice", s.dice, PLAIN)):
            worths.line(name, [0, 5], [100 * level / s.best] * 2, look, lw=1)
        worths.upright(s.doublings, label="_here")
        worths.view(y=(0.0, 102.0), ylabel="of the best [%]", **AXIS)
        worths.title(f"Worth {s.share:.1f}% of the best after {DAYS[s.doublings]:,} days")

        q, exact = np.arange(-12, 13), best_at(s.tenths / 10)[100]
        chosen = ACTIONS[s.actions][s.row["quotes"][s.doublings]]
        quotes.line("best, both sides", [*q, np.nan, *q], [*exact[:, 1], np.nan, *-exact[:, 0]], PLAIN)
        quotes.triangles("learned ask", q[1:], chosen[1:, 1], ASK, up=False)
        quotes.triangles("learned bid", q[:-1], -chosen[:-1, 0], BID, up=True)
        quotes.view(y=(-2.0, 2.0), xlim=(-12.5, 12.5), xlabel="inventory [clips]", ylabel="from the mid [price]")
        quotes.title("The learned quotes at noon, beside the best")

    def readout(self, s: Any) -> str:
        """Belief and truth in sentences."""
        days = f"After {DAYS[s.doublings]:,} days it believes in {amount(s.believes, 2)}; its policy is worth"
        counted = f"{amount(s.counted, 2)}{'' if s.clock else ', both discounted by 0.98 a step'}. A day of it is worth"
        worth = f"{amount(s.worth, 2)}, {s.share:.1f}% of the best, {amount(s.best, 2)}; a solver without ε gets"
        return f"{days} {counted} {worth} {amount(s.solver, 2)}."
