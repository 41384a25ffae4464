"""The execution explorer: twenty clips, one slider of patience, every way out side by side."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch13.scenes import CLIPS, COST, EACH, VOLATILITY, seller, whole_clips
from mmlab.models import Schedule
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, SYMMETRIC
from mmlab.teach.words import amount

PATIENCE = Parameter("1/γ", "price·clip", "The less you mind risk, the more patient.", scale="log", name="patience")
WAYS = ("at once", "TWAP", "schedule", "limit", "both")


def schedules(patience: float) -> dict[str, Any]:
    """Across the spread alone."""
    gamma = 1 / patience
    once = Schedule((CLIPS, *[0] * 19), horizon=1.0)
    twap = Schedule.twap(CLIPS, n_slices=20, horizon=1.0)
    best = whole_clips(gamma, n_slices=20)
    crossers = [way.certainty_equivalent(COST, VOLATILITY, gamma) for way in (once, twap, best)]
    return locals()


def waiting(gamma: float, buyers: float) -> dict[str, Any]:
    """Limit orders alone, and market orders as well."""
    limit, both = seller(buyers, gamma), seller(buyers, gamma, crossing=EACH)
    waiters = [float(way.value(CLIPS, 1)) for way in (limit, both)]
    return locals()


def as_good_as_crossing(s: Any) -> bool:
    """Whether waiting alone is worth what crossing at once is, with 14 buyers."""
    return bool(s.buyers == 14 and abs(s.waiters[0] - s.crossers[0]) < 0.25)


def just_at_once(s: Any) -> bool:
    """Whether the best schedule sells all at once, and does not where one is a tenth more patient."""
    return bool(s.best.sold[0] == CLIPS and whole_clips(s.gamma / 1.1).sold[0] < CLIPS)


class ExecutionExplorer(Explorer):
    """One slider of patience over what each way out of 20 clips is worth, and what it does."""

    title: ClassVar[str] = "Twenty clips by tonight"
    sliders: ClassVar = {PATIENCE: (0.1, 200.0, 10.0)}
    presets: ClassVar = {
        "140 buyers a day": {},
        "40 buyers": {"buyers": 40.0},
        "14 buyers": {"buyers": 14.0},
    }
    also: ClassVar = {"buyers": 140.0}
    stages: ClassVar = (schedules, waiting)
    prints: ClassVar[str] = "crossers, waiters, best.sold[:5]"
    tasks: ClassVar = {
        "with 14 buyers, make limit orders alone worth what crossing at once is.": as_good_as_crossing,
        "find the least hurry in which the best schedule sells everything at once.": just_at_once,
    }

    def show(self, s: Any, worth: Panel, held: Panel, depths: Panel) -> None:
        """The worths, the schedules, and where the limit orders stand."""
        worths = np.array([*s.crossers, *s.waiters])
        lowest = max(float(worths.min()), -60.0)  # TWAP leaves the picture where nobody would choose it
        worth.view(y=(lowest, max(float(worths.max()), 0.0)), xlim=(-0.5, 4.5), xticks=range(5), xticklabels=WAYS,
                   ylabel="worth [price·clip]")  # fmt: skip
        worth.level(0, MID, "at the mid")
        worth.dots("across the spread", [0, 1, 2], worths[:3], ASK, size=6)
        worth.dots("by waiting", [3, 4], worths[3:], BID, size=6)
        best = int(worths.argmax())
        worth.title(f"The best is worth {amount(worths[best], 2)}: {WAYS[best]}")

        held.view(y=(0.0, 20.0), xlabel="time [day]", ylabel="left to sell [clips]", xlim=(0, 1))
        for name, way, look in (("TWAP", s.twap, SYMMETRIC), ("whole clips", s.best, ASK)):
            held.outline(name, np.linspace(0, 1, 21), CLIPS - np.cumsum(way.sold), look)
        held.title(f"The best schedule begins with {s.best.sold[0]:.0f} clips")

        clips = np.arange(1, CLIPS + 1)
        early, late = (s.both.depths(clips, tau)[1] for tau in (1.0, 0.2))
        crosses = s.both.crosses(clips, 1.0)
        depths.view(y=(min(float(late.min()), -0.2), float(early.max())), xlabel="clips left", ylabel="ask − mid",
                    xlim=(0, 20.5))  # fmt: skip
        depths.level(0, MID, "mid")
        depths.line("whole day left", clips, early, BID)
        depths.line("a fifth left", clips, late, ASK)
        depths.dots("crosses now", clips[crosses], early[crosses], PLAIN, size=4)
        depths.title(f"From {clips[crosses][0]} clips on it crosses now" if crosses.any() else "Nothing crosses yet")

    def readout(self, s: Any) -> str:
        """Every way out with its worth, in sentences."""
        once, twap, best, limit, both = (amount(x, 2) for x in (*s.crossers, *s.waiters))
        first = ", ".join(f"{x:.0f}" for x in s.best.sold[:5])
        return (
            f"20 clips, {s.buyers:g} buyers a day, γ = {s.gamma:.3g}. Worth against the mid: at once {once}, one each "
            f"twentieth of the day (TWAP) {twap}, the best schedule ({first} …) {best}; limit orders alone {limit}, "
            f"limit and market orders {both}."
        )
