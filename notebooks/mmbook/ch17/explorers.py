"""The leak explorer: three switches of a backtest, what it then promises, and what its forecast earns."""

from typing import Any, ClassVar

import numpy as np

from mmbook.ch17.leaks import EMBARGOES, stored
from mmbook.ch17.scenes import MARKET
from mmlab.learning import above_the_ceiling, r_squared, sign_accuracy, smoothed_label_r_squared
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PARTS, PLAIN, RESERVATION
from mmlab.teach.words import amount

LABEL = Parameter("label", "1", "0: the move in 2 s; 1: a mean of 20 mids less one.", integer=True, name="kind")
SPLIT = Parameter("split", "1", "0: learns from past labels; 1: from both sides.", integer=True, name="sides")
EMBARGO = Parameter("e", "0.5 s", "How far away the nearest label is that it may read.", integer=True, name="embargo")
HONEST = {"sides": 0, "embargo": 4}


def tested(kind: int, sides: int, embargo: int) -> dict[str, Any]:
    """The backtest at these switches, what can be known of the move or of a coin's label, and the money."""
    row = stored()["rows"][kind, sides, 5 * embargo]
    most = float(smoothed_label_r_squared(20) if kind else r_squared(MARKET, 2.0, time_step=0.1))
    alarm = "" if kind else above_the_ceiling(row.r_squared, most)
    earned = 100 * row.gain / stored()["true"]
    return locals()


class LeakExplorer(Explorer):
    """Switches for label, split and embargo over the score that is reported and the money that comes."""

    title: ClassVar[str] = "A score, and its money"
    sliders: ClassVar = {LABEL: (0, 1, 0), SPLIT: (0, 1, 1), EMBARGO: (0, 4, 0)}
    presets: ClassVar = {"a random split": {}, "the vendor's label": {"kind": 1, **HONEST}, "honest": HONEST}
    stages: ClassVar = (tested,)
    prints: ClassVar[str] = "100 * row.accuracy, row.r_squared, earned, alarm"
    tasks: ClassVar = {
        "find a backtest that leaks, and whose forecast earns all the same.": lambda s: s.alarm and s.earned > 0,
        "with the smoothed label, bring the score down to a coin's.": lambda s: s.kind and s.row.accuracy < 0.752,
        "split in time, find the embargo at which nothing leaks.": lambda s: s.row[:3] == (0, 0, 20),
    }

    def show(self, s: Any, score: Panel, money: Panel) -> None:
        """Accuracy on the left and gain on the right, against the embargo."""
        rows, at = np.array([stored()["rows"][s.kind, s.sides, e] for e in EMBARGOES]), np.array(EMBARGOES) / 10
        score.line("reported", at, 100 * rows[:, 3], BID)
        score.level(100 * float(sign_accuracy(s.most)), MID, "what the past can know")
        score.dots("here", [s.embargo / 2], [100 * s.row.accuracy], ASK, size=7)
        score.view(ylim=(45, 106), xlim=(-0.1, 2.1), xlabel="nearest label read [s]", ylabel="sign right [%]")
        score.title(f"Reported: {s.row.accuracy:.1%} right")
        gains, errors = 100 * rows[:, 5:].T / stored()["true"]
        money.band("± 2 errors", at, gains - 2 * errors, gains + 2 * errors, PARTS["market_power"])
        money.line("earned", at, gains, RESERVATION)
        money.level(0.0, PLAIN, "the blind dealer")
        money.dots("here", [s.embargo / 2], [s.earned], ASK, size=7)
        money.view(ylim=(-530, 120), xlim=(-0.1, 2.1), xlabel="nearest label read [s]", ylabel="gain [% of α's]")
        money.title(f"Earned: {amount(s.earned, 0)}% of what α itself gains")

    def readout(self, s: Any) -> str:
        """Score, alarm and money in sentences."""
        label, split = ("The move", "The smoothed label")[s.kind], ("in time", "at random")[s.sides]
        near = f"{label}, split {split}, nearest label {max(s.embargo / 2, 0.1):g} s away"
        score = f"{near}: right {s.row.accuracy:.1%}, R² {s.row.r_squared:.3f}"
        end = s.alarm or f"Of this label a coin's own past explains {s.most:.3f}: it is over." * s.kind
        money = f"it earns {amount(s.row.gain, 4)} ± {s.row.error:.4f} a session more than blind"
        return f"{score}. Shown to the dealer {money}, {amount(s.earned, 1)}% of what α does. {end}".strip()
