"""The game of chapter 00: quote a day by hand, ten seconds at a time, against Avellaneda–Stoikov on the same tape."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch00.game_round import (
    DECISION,
    LOOK_AHEAD,
    SECONDS,
    Attribution,
    Choices,
    attribute,
    day_of_seconds,
    model_day,
    play,
    round_tape,
)
from mmbook.ch00.quoting_day import HALF_SPREAD
from mmlab import Tape
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PLAIN, RESERVATION
from mmlab.teach.words import amount, position

SKEW = Parameter("s", "price", "How far the middle of your quotes is above the mid (below, if negative).", name="skew")


def orders(informed: bool) -> dict[str, Any]:
    """The mid and the orders of the round; in round 2 some come from people who know where the mid will be."""
    tape = round_tape(informed)
    return locals()


def played(tape: Tape, choices: Choices) -> dict[str, Any]:
    """The choices so far: each (half-spread, skew) holds for ten seconds, around the mid as it moves."""
    day, held, profit = None, 0.0, 0.0
    if choices:
        day = play(tape, choices)
        held, profit = day.final_inventory[0], day.pnl[0]
    second = DECISION * len(choices)
    mid = tape.mid[second, 0]
    return locals()


class QuotingGame(Explorer):
    """Thirty decisions of ten seconds: choose half-spread and skew, quote, and see what came of it."""

    title: ClassVar[str] = "Quote by hand"
    sliders: ClassVar = {HALF_SPREAD: (0.0, 2.5, 0.75), SKEW: (-2.0, 2.0, 0.0)}
    also: ClassVar = {"informed": False, "choices": ()}
    presets: ClassVar = {
        "round 1: nobody knows more than you": {"informed": False},
        "round 2: some of them know": {"informed": True},
    }
    stages: ClassVar = (orders, played)
    prints: ClassVar[str] = "held, profit"
    moves: ClassVar = {
        "Quote 10 seconds": lambda s: _quoted(s, 1),
        "Quote to the close": lambda s: _quoted(s, SECONDS // DECISION),
        "Take back": lambda s: {"choices": s.choices[:-1]},
    }

    def __init__(self) -> None:
        super().__init__()
        self.screen.arrange("head", "sliders", "moves", "words", "plot", "code")  # choose, then press

    @property
    def choices(self) -> Choices:
        """What has been quoted so far: (half-spread, skew) [price] for ten seconds each."""
        return self.values["choices"]  # type: ignore[no-any-return]

    @property
    def round(self) -> int:
        """Which round is being played, 1 or 2."""
        return 2 if self.values["informed"] else 1

    def quote(self, half_spread: float | None = None, skew: float | None = None) -> None:
        """Quote for ten seconds, where the sliders stand or as given [price]; after the close, nothing happens."""
        given = {"half_spread": half_spread, "skew": skew}
        self.set(**{name: value for name, value in given.items() if value is not None})
        self.screen.buttons["Quote 10 seconds"].click()

    def quote_to_the_close(self) -> None:
        """Keep these quotes until the day ends."""
        self.screen.buttons["Quote to the close"].click()

    def take_back(self) -> None:
        """Undo the last ten seconds: the same orders will come again."""
        self.screen.buttons["Take back"].click()

    def show(self, s: Any, prices: Panel, held: Panel, money: Panel) -> None:
        """Prices, inventory and profit; the next quotes as bars at the right end of the mid."""
        over, widest = s.second == SECONDS, float(np.abs(s.tape.mid - 100).max()) + 1.5
        through: dict[str, Any] = {"xlabel": "time [seconds]", "xlim": (0, SECONDS)}
        prices.view(y=(100 - widest, 100 + widest), ylabel="price", **through)
        if s.day is not None:
            prices.day(s.day)
        for name, side, look in (("_next ask", 1, ASK), ("_next bid", -1, BID)):
            price = s.mid + s.skew + side * s.half_spread
            prices.line(name, [s.second, s.second + DECISION], [price, price], look | {"linestyle": "-"}, lw=4)
        prices.dots("_mid now", s.second, s.mid, PLAIN, size=2.5)
        prices.title("The close" if over else f"Second {s.second} of {SECONDS}: the bars are your next quotes")

        for panel, column, label, now in (
            (held, "inventory", "inventory [clips]", position(s.held)),
            (money, "wealth", "profit so far", f"Profit {amount(s.profit, 1)}"),
        ):
            lines = {"you": (s.day, PLAIN)} if s.day is not None else {}
            if over:
                lines["Avellaneda–Stoikov"] = model_day(s.informed)[1], RESERVATION
            shown = np.concatenate([[-5, 5], *(getattr(day, column)[:, 0] for day, _ in lines.values())])
            panel.view(y=(shown.min(), shown.max()), ylabel=label, **through)
            panel.level(0)
            for name, (day, look) in lines.items():
                panel.line(name, day.time, getattr(day, column)[:, 0], look)
            panel.title(now)

    def readout(self, s: Any) -> str:
        """Where the day stands; at the close, where the money came from and what the model made of the same orders."""
        if s.second < SECONDS:
            return (
                f"Second {s.second} of {SECONDS}. You hold {s.held:+.0f} clips and have made {s.profit:+.1f}. "
                f"Next quotes: bid {s.mid + s.skew - s.half_spread:.2f}, "
                f"ask {s.mid + s.skew + s.half_spread:.2f}, mid {s.mid:.2f}."
            )
        mine, model = attribute(s.day, day_of_seconds()), model_day(s.informed)[0]
        return (
            f"The close. You made {mine.profit:.1f}: {mine.spread:+.1f} from the spread, {mine.informed:+.1f} from "
            f"where the mid went in the {LOOK_AHEAD} seconds after a trade, {mine.inventory:+.1f} from the inventory "
            f"you held on to. The risk you carried costs {mine.risk:.1f}, so your score is {mine.score:.1f}. "
            f"Avellaneda–Stoikov on the same tape made {model.profit:.1f} ({model.spread:+.1f} {model.informed:+.1f} "
            f"{model.inventory:+.1f}) and scores {model.score:.1f}. {_lesson(mine, model, s.informed)}"
        )


def _quoted(s: Any, times: int) -> dict[str, Choices]:
    """The choices with these quotes added, up to the close."""
    return {"choices": (s.choices + ((s.half_spread, s.skew),) * times)[: SECONDS // DECISION]}


def _lesson(mine: Attribution, model: Attribution, informed: bool) -> str:
    if informed and mine.informed < -0.3 * mine.spread:
        return "Whoever traded with you often knew better: a spread is not free money, it is what pays for this."
    if mine.risk > 2 * model.risk and mine.score < model.score:
        return "You held far more inventory than the model; a skew against it would have brought it back."
    if mine.score > model.score:
        return "You beat the model on this tape. Play the other round, or ask how much of it was luck."
    return "The model skewed a little more with every clip. Play again: the same orders will come."
