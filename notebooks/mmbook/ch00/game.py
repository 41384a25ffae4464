"""The game of chapter 00: quote a day by hand, ten seconds at a time, against Avellaneda–Stoikov on the same tape."""

from __future__ import annotations

from typing import Any, ClassVar

from mmbook.ch00.game_round import (
    DECISION,
    LOOK_AHEAD,
    N_OTHER_DAYS,
    SECONDS,
    Attribution,
    Choices,
    attribute,
    day_of_seconds,
    model_day,
    on_other_days,
    play,
    round_tape,
    scores,
)
from mmbook.ch00.league import League
from mmbook.ch00.quoting_day import HALF_SPREAD, SKEW, curves, next_quotes, quoting
from mmlab import Tape
from mmlab.table import minus
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import PLAIN, RESERVATION, THIN
from mmlab.teach.words import amount, position


def orders(informed: bool) -> dict[str, Any]:
    """The mid and the orders of the round; in round 2 some come from people who know where the mid will be."""
    tape = round_tape(informed)
    return locals()


def played(tape: Tape, choices: Choices) -> dict[str, Any]:
    """The choices so far: each (half-spread, skew) holds for ten seconds, around the mid as it moves."""
    day, held, profit, score = None, 0.0, 0.0, 0.0
    if choices:
        day = play(tape, choices)
        held, profit, score = day.final_inventory[0], day.pnl[0], scores(day, day_of_seconds())[-1, 0]
    second = DECISION * len(choices)
    mid = tape.mid[second, 0]
    return locals()


class QuotingGame(Explorer):
    """Thirty decisions of ten seconds: choose half-spread and skew, quote, and see what came of it."""

    title: ClassVar[str] = "Quote by hand"
    sliders: ClassVar = {HALF_SPREAD: (0.0, 2.5, 0.75), SKEW: (0.0, 1.0, 0.0)}
    also: ClassVar = {"informed": False, "choices": ()}
    presets: ClassVar = {
        "round 1: nobody knows more than you": {"informed": False},
        "round 2: some of them know": {"informed": True},
    }
    stages: ClassVar = (orders, played)
    prints: ClassVar[str] = "held, profit, score"
    moves: ClassVar = quoting("Quote 10 seconds", "Quote to the close", SECONDS // DECISION)

    def __init__(self) -> None:
        self._league = League()
        self.cells = (self._league.widget,)
        super().__init__()
        self.screen.arrange("head", "sliders", "moves", "words", "plot", "code")  # choose, then press

    def show(self, s: Any, prices: Panel, held: Panel, money: Panel) -> None:
        """Prices, inventory and score; the next quotes as bars at the right end of the mid."""
        over, widest = s.second == SECONDS, abs(s.tape.mid - 100).max() + 1.5
        through: dict[str, Any] = {"xlabel": "time [seconds]", "xlim": (0, SECONDS)}
        prices.view(y=(100 - widest, 100 + widest), ylabel="price", **through)
        if s.day is not None:
            prices.day(s.day)
        if not over:
            next_quotes(prices, s.second, DECISION, s.mid - s.skew * s.held, s.half_spread)
        prices.dots("_mid now", s.second, s.mid, PLAIN, size=2.5)
        prices.title("The close" if over else f"Second {s.second} of {SECONDS}: the bars are your next quotes")

        clips, score = {}, {}
        if s.day is not None:
            clips["you"] = s.day.time, s.day.inventory[:, 0], PLAIN
            score["your profit"] = s.day.time, s.day.wealth[:, 0], THIN
            score["your score"] = s.day.time, scores(s.day, day_of_seconds())[:, 0], PLAIN
        if over:
            model = model_day(s.informed)[1]
            clips["Avellaneda–Stoikov"] = model.time, model.inventory[:, 0], RESERVATION
            score["model's score"] = model.time, scores(model, day_of_seconds())[:, 0], RESERVATION
        for panel, lines, label, now in (
            (held, clips, "inventory [clips]", position(s.held)),
            (money, score, "score so far", f"Score so far {amount(s.score, 1)}"),
        ):
            curves(panel, lines, 5, ylabel=label, **through)
            panel.title(now)

    def readout(self, s: Any) -> str:
        """Where the day stands; at the close the verdict, where the money came from, and how much of it was luck."""
        if s.second < SECONDS:
            middle = s.mid - s.skew * s.held
            return minus(
                f"Second {s.second} of {SECONDS}. You are {position(s.held).lower()}. Score so far {s.score:+.1f} = "
                f"profit {s.profit:+.1f} less {s.profit - s.score:.1f} for the risk carried. Next quotes: "
                f"bid {middle - s.half_spread:.2f}, ask {middle + s.half_spread:.2f}, mid {s.mid:.2f}, "
                f"skew {s.skew:.2f} a clip held."
            )
        mine, model = attribute(s.day, day_of_seconds()), model_day(s.informed)[0]
        others, its_others = on_other_days(s.informed, s.choices), on_other_days(s.informed)
        self._league.note((1 + s.informed, s.choices), mine, model.score, others)
        return minus(
            f"The close, {position(s.held).lower()}. Your score {mine.score:.1f}, the model's {model.score:.1f}. "
            f"{_lesson(mine, model, s.informed)} You made {mine.profit:.1f}: {mine.spread:+.1f} from the spread, "
            f"{mine.informed:+.1f} from where the mid went in the {LOOK_AHEAD} seconds after a trade, "
            f"{mine.inventory:+.1f} from inventory held on to; the risk carried costs {mine.risk:.1f}. "
            f"Avellaneda–Stoikov made {model.profit:.1f} ({model.spread:+.1f} {model.informed:+.1f} "
            f"{model.inventory:+.1f}). Luck: on {N_OTHER_DAYS} other days your quotes score {others[0]:.0f} ± "
            f"{others[1]:.0f}, the model {its_others[0]:.0f} ± {its_others[1]:.0f} (mean ± standard deviation)."
        )


def _lesson(mine: Attribution, model: Attribution, informed: bool) -> str:
    if mine.score > model.score:
        return "You beat the model on this tape."
    if informed and mine.informed < -0.3 * abs(mine.spread):
        return "Whoever traded with you often knew better: a spread is not free money, it is what pays for this."
    held, spread = mine.score - mine.spread - (model.score - model.spread), mine.spread - model.spread
    if spread < held:
        return "The model earned more from the spread: near quotes and steep skews earn little, far ones trade seldom."
    if mine.risk > 2 * model.risk:
        return "You held far more inventory than the model; a skew against it would have brought it back."
    return "You lost more than the model on what the mid did to your clips."
