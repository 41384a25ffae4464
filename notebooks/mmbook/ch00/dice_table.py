"""The second table of chapter 00: make a market on the sum of eight dice, as trading interviews ask."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch00.dice import DICE, SEED, Deal, Quoted, deal, expected, play_dice, reference, variance
from mmbook.ch00.quoting_day import HALF_SPREAD, SKEW, curves, next_quotes, quoting
from mmlab.table import minus
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PLAIN, RESERVATION
from mmlab.teach.words import amount, position


def dealt_out(share: float, seed: int) -> dict[str, Any]:
    """The dice, and the customers: a share of them has seen the die that is turned over after their trade."""
    dealt = deal(share, seed)
    return locals()


def quoted(dealt: Deal, choices: Quoted) -> dict[str, Any]:
    """A trade for each quote, then a die is turned over; profit at the fair value."""
    day = play_dice(dealt, choices)
    fair, held, profit = day.fair[-1], day.inventory[-1], day.profit
    return locals()


class DiceTable(Explorer):
    """Eight hidden dice, eight customers: quote the sum, and see after each trade one die more."""

    title: ClassVar[str] = "The sum of eight dice"
    sliders: ClassVar = {HALF_SPREAD: (0.0, 5.0, 1.0), SKEW: (0.0, 1.0, 0.0)}
    also: ClassVar = {"share": 0.0, "seed": SEED, "choices": ()}
    presets: ClassVar = {
        "table 1: nobody has seen a die": {},
        "table 2: half of them have seen the next die": {"share": 0.5},
        "table 3: other dice, half have seen the next": {"share": 0.5, "seed": SEED + 1},
    }
    stages: ClassVar = (dealt_out, quoted)
    prints: ClassVar[str] = "fair, held, profit"
    moves: ClassVar = quoting("Quote", "Quote to the last die", DICE)

    def __init__(self) -> None:
        super().__init__()
        self.screen.arrange("head", "sliders", "moves", "words", "plot", "code")

    def show(self, s: Any, prices: Panel, money: Panel) -> None:
        """The fair value with its standard deviation, the quotes and trades; then the profit."""
        turned, day = len(s.choices), s.day
        dice, over = np.arange(turned + 1), turned == DICE
        spread = np.sqrt([variance(DICE - n) for n in range(turned + 1)])
        prices.view(y=(14, 42), ylabel="sum of the dice", xlabel="dice shown", xlim=(-0.3, DICE + 1))
        prices.band(
            "± one sd", dice, day.fair - spread, day.fair + spread, {"facecolor": "#88888844", "edgecolor": "#888888"}
        )
        prices.line("fair value", dice, day.fair, PLAIN)
        for name, side, look in (("we bought", 1, BID), ("we sold", -1, ASK)):
            at = [n for n in range(turned) if day.sides[n] == side]
            prices.triangles(name, at, [day.prices[n] for n in at], look, up=side > 0)
        if not over:
            next_quotes(prices, turned, 0.8, s.fair - s.skew * s.held, s.half_spread)
        prices.title(
            f"The sum is {s.fair:g}" if over else f"Fair value {s.fair:g} ± {spread[-1]:.1f}, {DICE - turned} hidden"
        )

        lines = {"you": (dice, day.wealth, PLAIN)}
        if over:
            lines["the computer"] = dice, play_dice(s.dealt, (reference(s.share),) * DICE).wealth, RESERVATION
        curves(money, lines, 5, ylabel="profit so far", xlabel="dice shown", xlim=(-0.3, DICE + 1))
        money.title(f"{position(s.held)}, profit {amount(s.profit, 1)}")

    def readout(self, s: Any) -> str:
        """What is known and held; after the last die, where the money came from and what the computer made."""
        turned, middle = len(s.choices), s.fair - s.skew * s.held
        if turned < DICE:
            last = ""
            if turned:
                did = {1: f"sold to you at {s.day.prices[-1]:g}", -1: f"bought at {s.day.prices[-1]:g}", 0: "went away"}
                last = f"The last customer {did[s.day.sides[-1]]}. "
            shown = ", ".join(map(str, s.dealt.dice[:turned])) or "none"
            return minus(
                f"You are {position(s.held).lower()}, profit {s.profit:+.1f}. {last}Dice shown: {shown}; "
                f"{DICE - turned} hidden. Fair value {s.fair:g} ± {variance(DICE - turned) ** 0.5:.1f}. Next quotes: "
                f"bid {middle - s.half_spread:.2f}, ask {middle + s.half_spread:.2f}, skew {s.skew:.2f} a clip held."
            )
        mine, computers = s.day, reference(s.share)
        theirs = play_dice(s.dealt, (computers,) * DICE)
        (mean, sd), (its_mean, its_sd) = (expected(*quotes, s.share) for quotes in (s.choices[-1], computers))
        return minus(
            f"The sum is {s.fair:g}, and you are {position(s.held).lower()}. You made {mine.profit:.1f}, the computer "
            f"{theirs.profit:.1f} (half-spread {computers[0]:g}, skew {computers[1]:g}). Yours: {mine.spread:+.1f} "
            f"from the spread, {mine.adverse:+.1f} from the die after each trade, {mine.luck:+.1f} luck of the dice on "
            f"what you held; the computer's {theirs.spread:+.1f} {theirs.adverse:+.1f} {theirs.luck:+.1f}. Your last "
            f"quotes, kept for all dice, earn {mean:.1f} ± {sd:.1f} over all dice and customers; the computer's "
            f"{its_mean:.1f} ± {its_sd:.1f}."
        )
