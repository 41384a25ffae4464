"""The switchback explorer: blocks, two skews and a penalty over what a test says, books and scatters."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from mmbook.ch19.scenes import skewed
from mmlab.causal import Switchback
from mmlab.market import Market
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PARTS, RESERVATION
from mmlab.teach.words import amount
from mmlab.vocabulary import RUNNING_PENALTY

BLOCKS = (1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200)
"""The steps that a block can have in a day of 200."""
NUMBER = Parameter("n", "1", f"The block is one of {BLOCKS} steps, 0 to 11.", integer=True, name="block_number")
SKEW_A = Parameter("b of A", "price/clip", "How far A's quotes move for each clip it holds.", name="skew_a")
SKEW_B = Parameter("b of B", "price/clip", "How far B's quotes move for each clip it holds.", name="skew_b")
DAYS = 250
"""The days of a year's test."""


def tests(skew_a: float, skew_b: float, running_penalty: float) -> dict[str, Any]:
    """The test of the two, and what it expects to earn and to pay with every block."""
    a, b = skewed(skew_a), skewed(skew_b)
    test = Switchback(market=Market.avellaneda_stoikov_2008(), a=a, b=b, running_penalty=running_penalty)
    parts = np.array([np.subtract(*test.parts(block)) for block in BLOCKS])
    truth = test.truth
    return locals()


def blocks(test: Switchback, parts: Any, truth: float, block_number: int) -> dict[str, Any]:
    """What the test says with this block, how it scatters, and how often a year's interval holds the truth."""
    block = BLOCKS[block_number]
    expectation, shorter = parts[block_number].sum(), parts[block_number - 1].sum()
    sd, days = test.sd(block), test.days_needed(block)
    off = (expectation - truth) / (sd / np.sqrt(DAYS))
    holds = NormalDist().cdf(1.96 - off) - NormalDist().cdf(-1.96 - off)
    return locals()


class SwitchbackExplorer(Explorer):
    """Sliders of a test over what it says, where it books it, and a year of it."""

    title: ClassVar[str] = "What a switchback test says"
    sliders: ClassVar = {NUMBER: (0, 11, 3), SKEW_A: (0.0, 0.2, 0.04706), SKEW_B: (0.0, 0.2, 0.0)}
    sliders |= {RUNNING_PENALTY: (0.002, 0.5, 0.2)}
    presets: ClassVar = {"a skew against none": {}, "two skews": {"skew_a": 0.2, "skew_b": 0.02}}
    stages: ClassVar = (tests, blocks)
    prints: ClassVar[str] = "truth, expectation, sd, days, holds"
    tasks: ClassVar = {
        "find the shortest block with the right sign.": lambda s: s.truth * s.expectation > 0 >= s.truth * s.shorter,
        "find a φ at which two unlike skews are worth the same, to 0.1.": lambda s: abs(s.truth) < 0.1 < s.parts.max(),
    }

    def show(self, s: Any, says: Panel, books: Panel, year: Panel) -> None:
        """The expectation against the block, its two parts, and the law of a year's estimate."""
        at, whole, here = np.log10(BLOCKS), s.parts.sum(axis=1), np.log10(s.block)
        axis: Any = {"xticks": [0, 1, 2], "xticklabels": [1, 10, 100], "xlim": (-0.1, 2.4), "xlabel": "block [steps]"}
        says.line("the test", at, whole, BID)
        says.level(s.truth, RESERVATION, "the truth")
        says.level(0.0)
        says.dots("here", [here], [s.expectation], ASK, size=6)
        says.view(y=(float(min(whole.min(), 0)), float(max(whole.max(), 0.1))), ylabel="A less B, a day", **axis)
        says.title(f"Blocks of {s.block} say {amount(s.expectation, 2, '+')}, the truth is {amount(s.truth, 2, '+')}")

        books.line("spread", at, s.parts[:, 0], BID)
        books.line("inventory", at, s.parts[:, 1], MID)
        books.upright(here, ASK, "here")
        books.view(y=(float(min(s.parts.min(), 0)), float(max(s.parts.max(), 0.1))), ylabel="A less B, a day", **axis)
        spread, saved = s.parts[s.block_number]
        books.title(f"A less B: spread {amount(spread, 2, '+')}, inventory {amount(saved, 2, '+')}")

        x = s.expectation + (z := np.linspace(-4, 4, 81)) * s.sd / np.sqrt(DAYS)
        year.band("a year's estimate", x, 0 * x, np.exp(-(z**2) / 2), PARTS["market_power"])
        year.upright(s.truth, RESERVATION, "the truth")
        ends = float(min(x[0], s.truth)) - 0.2, float(max(x[-1], s.truth)) + 0.2
        year.view(x=ends, ylim=(0, 1.1), yticks=[], xlabel="A less B, a day")
        year.title(f"{s.holds:.0%} of the 95% intervals of a year hold the truth")

    def readout(self, s: Any) -> str:
        """Truth, expectation and days in sentences."""
        days = f"{s.days:,.0f} days" if s.days < 1e6 else "more days than anybody has"
        says = f"In blocks of {s.block} steps the test says {amount(s.expectation, 2)} a day in the mean"
        truth = f"{says}, ± {s.sd:.1f} on one day; the truth is {amount(s.truth, 2)}. To find that in 80 of 100 tests"
        return f"{truth} takes {days}, without a bias. Of a year's intervals {s.holds:.0%} hold the truth."
