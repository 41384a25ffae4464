"""The risk explorer: policy × stress × tail, over laws that are computed once."""

from __future__ import annotations

from functools import partial
from itertools import product
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from mmbook.ch16.scenes import DESKS, law_of
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.progress import one_by_one
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION
from mmlab.teach.words import amount

NAMES = tuple(DESKS)[:5]
DESK = Parameter(
    "n", "1", f"The policy: {', '.join(f'{n} {name}' for n, name in enumerate(NAMES))}.", integer=True, name="policy"
)
TIMES = Parameter("×σ", "1", "The mid moves so many times as much as the desk believes.", integer=True, name="times")
SINKS = Parameter("−m/4", "price/day", "The mid sinks by four times this in a day, unseen.", integer=True, name="sinks")
TAIL = Parameter("α", "1", "The worst share of the days.", scale="log", above=0, name="tail")


def day(policy: int, times: int, sinks: int, tail: float) -> dict[str, Any]:
    """The law of the day, and what the normal law with its mean and deviation says of its tail."""
    law = law_of(NAMES[policy], times, -4.0 * sinks)
    var, es = law.value_at_risk(tail), law.expected_shortfall(tail)
    normal = NormalDist(law.mean, law.sd)
    normal_var = -normal.inv_cdf(tail)
    return locals()


def survives(s: Any) -> bool:
    """Whether the policy that earns most, of those whose worst 1% of days do not lose at σ × 2 and −4, is chosen."""
    return (s.times, s.sinks, s.policy) == (2, 1, 1) and abs(s.tail - 0.01) < 1e-9


def crosses(s: Any) -> bool:
    """Whether the tail is where the normal law stops being too high for the calm desk that never skews."""
    return (s.times, s.sinks, s.policy) == (1, 0, 0) and abs(s.var - s.normal_var) < 0.2


class RiskExplorer(Explorer):
    """Sliders for policy, stress and tail over the day's law, its tail, and what every policy earns and risks."""

    title: ClassVar[str] = "What a desk can lose in a day"
    sliders: ClassVar = {DESK: (0, 4, 0), TIMES: (1, 2, 1), SINKS: (0, 2, 0), TAIL: (0.001, 0.1, 0.01)}
    presets: ClassVar = {
        "calm": {},
        "a wild day": {"times": 2},
        "it sinks by 8": {"sinks": 2},
        "wild, sinks, skewed": {"policy": 2, "times": 2, "sinks": 2},
    }
    stages: ClassVar = (day,)
    tasks: ClassVar = {
        "at ×σ 2, sinking by 4, find the policy that earns most and whose worst 1% of days do not lose.": survives,
        "calm, policy 0: find the α at which the normal law's VaR is right, to 0.2.": crosses,
    }
    prints: ClassVar[str] = "law.mean, law.sd, var, es, normal_var"

    def __init__(self) -> None:
        stresses = product(NAMES, (1, 2), (0.0, -4.0, -8.0))
        one_by_one({f"{name}, σ × {k}, drift {m:g}": partial(law_of, name, k, m) for name, k, m in stresses})
        super().__init__()

    def show(self, s: Any, density: Panel, tail: Panel, desks: Panel) -> None:
        """The law beside the normal one, both tails, and each policy's mean against its shortfall."""
        x = np.linspace(-120.0, 160.0, 141)
        for label, law, look in (("this day", s.law, RESERVATION), ("calm", law_of(NAMES[s.policy], 1, 0.0), BID)):
            density.line(label, x[1:] - 1, np.diff(law.cdf(x)) / 2, look)
        density.upright(-s.var, ASK, "VaR")
        density.view(xlim=(-120, 160), ylim=(0, 0.075), xlabel="profit of a day [price·clip]", ylabel="density")
        density.title(f"Mean {amount(s.law.mean, 1)}, deviation {s.law.sd:.1f}")

        profits = np.linspace(-185.0, 65.0, 126)
        cdfs = np.log10(np.clip([s.law.cdf(profits), [*map(s.normal.cdf, profits)]], 1e-5, 1.0))
        tail.line("exact", cdfs[0], -profits, RESERVATION)
        tail.line("normal law", cdfs[1], -profits, MID)
        tail.dots("shortfall", [np.log10(s.tail)], [s.es], ASK)
        shares: dict[str, Any] = {"xlim": (-3, -1), "xticks": [-3, -2, -1], "xticklabels": ["0.1%", "1%", "10%"]}
        tail.view(ylim=(-65, 185), xlabel="tail α", ylabel="value at risk", **shares)
        tail.title(f"VaR {amount(s.var, 1)}, the normal law says {amount(s.normal_var, 1)}")

        laws = [law_of(name, s.times, -4.0 * s.sinks) for name in NAMES]
        lost, means = [law.expected_shortfall(s.tail) for law in laws], [law.mean for law in laws]
        desks.dots("policies", lost, means, PLAIN)
        desks.dots("this one", lost[s.policy : s.policy + 1], means[s.policy : s.policy + 1], ASK, size=7)
        desks.upright(0.0, MID)
        desks.view(xlim=(-65, 185), ylim=(63, 69.5), xlabel="expected shortfall", ylabel="mean")
        desks.title(f"{sum(es <= 0 for es in lost)} of {len(lost)} policies earn on their worst days")

    def readout(self, s: Any) -> str:
        """Law, tail and normal law in sentences."""
        return (
            f"Policy {NAMES[s.policy]}, σ × {s.times}, drift {amount(0.0 - 4 * s.sinks, 0)}: mean "
            f"{amount(s.law.mean, 1)}, deviation {s.law.sd:.1f}; {s.law.probability_of_loss:.2%} of the days lose. "
            f"At {s.tail:.2%} the value at risk is {amount(s.var, 1)}, by the normal law {amount(s.normal_var, 1)}; "
            f"the expected shortfall is {amount(s.es, 1)}: the worst days {'earn' if s.es < 0 else 'lose'}."
        )
