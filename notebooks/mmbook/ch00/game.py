"""The game of chapter 00: quote a day by hand, ten seconds at a time, against Avellaneda–Stoikov on the same tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmbook.ch00.game_round import (
    DECISION,
    INFORMED_SHARE,
    LOOK_AHEAD,
    SECONDS,
    SEED,
    Attribution,
    attribute,
    day_of_seconds,
    model_day,
    play,
    round_tape,
)
from mmbook.ch00.quoting_day import HALF_SPREAD
from mmlab.parameters import Parameter
from mmlab.simulation import History
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_triangles
from mmlab.teach.panels import PLAIN, Artists, put_fills
from mmlab.teach.style import ASK, BID, figure, legend, steps, style

SKEW = Parameter(
    name="skew",
    symbol="s",
    unit="price",
    description="How far the middle of your quotes stands above the mid (below, if negative).",
)


@dataclass(frozen=True)
class Position:
    """A moment of the game."""

    informed: bool
    history: History | None
    mid: float
    half_spread: float
    skew: float

    @property
    def second(self) -> int:
        """How many seconds have passed."""
        return 0 if self.history is None else len(self.history.time) - 1


class QuotingGame(Explorer):
    """Thirty decisions of ten seconds: choose half-spread and skew, quote, and see what came of it."""

    title: ClassVar[str] = "Quote by hand"
    parameters: ClassVar[tuple[Parameter, ...]] = (HALF_SPREAD, SKEW)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {"half_spread": (0.0, 2.5), "skew": (-2.0, 2.0)}
    presets: ClassVar[dict[str, Preset]] = {
        "round 1: nobody knows more than you": Preset({"half_spread": 0.75, "skew": 0.0}),
        "round 2: some of them know": Preset({"half_spread": 0.75, "skew": 0.0}),
    }

    def __init__(self) -> None:
        self.choices: list[tuple[float, float]] = []
        super().__init__()
        self.add_buttons(
            {
                "Quote 10 seconds": self.quote,
                "Quote to the close": self.quote_to_the_close,
                "Take back": self.take_back,
            }
        )

    def quote(self, half_spread: float | None = None, skew: float | None = None) -> None:
        """Quote for ten seconds, where the sliders stand or as given [price]; after the close, nothing happens."""
        given = {"half_spread": half_spread, "skew": skew}
        self.set(**{name: value for name, value in given.items() if value is not None})
        if len(self.choices) * DECISION < SECONDS:
            self.choices.append((self.values["half_spread"], self.values["skew"]))
            self._moved()

    def quote_to_the_close(self) -> None:
        """Keep these quotes until the day ends."""
        left = SECONDS // DECISION - len(self.choices)
        self.choices += [(self.values["half_spread"], self.values["skew"])] * left
        self._moved()

    def take_back(self) -> None:
        """Undo the last ten seconds: the same orders will come again."""
        if self.choices:
            self.choices.pop()
            self._moved()

    def reset(self) -> None:
        """Start the round again."""
        self.choices.clear()
        super().reset()

    @property
    def round(self) -> int:
        """Which round is being played, 1 or 2."""
        return list(self.presets).index(self._preset.value) + 1

    def compute(self, values: Mapping[str, float]) -> Position:
        """The day as far as it has been played, and where the next quotes would stand."""
        tape = round_tape(self.round == 2)
        played = play(tape, self.choices) if self.choices else None
        mid = float(tape.mid[DECISION * len(self.choices), 0])
        return Position(self.round == 2, played, mid, values["half_spread"], values["skew"])

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Prices, inventory and profit; the next quotes as bars at the right end of the mid."""
        fig, (prices, held, money) = figure(3, 1, width=10.0, height=6.0)
        prices.get_gridspec().set_height_ratios([2, 1, 1])
        artists = Artists()
        with style():
            for name, look in (("ask", ASK), ("mid", PLAIN), ("bid", BID)):
                artists.line(prices, name, look, name, lw=1.2)
            for name, look in (("next_ask", ASK), ("next_bid", BID)):
                artists.line(prices, name, look, lw=4, linestyle="-")
            artists.fills(prices)
            for axes, name in ((held, "inventory"), (money, "profit")):
                artists.line(axes, name, PLAIN, "you")
                model = {"color": "#009E73", "ls": (0, (5, 1.5))}
                artists.line(axes, f"{name}_model", model, "Avellaneda–Stoikov, shown at the close")
                axes.axhline(0, color="#999999", lw=0.8)
            for axes, label in ((prices, "price"), (held, "inventory [clips]"), (money, "profit so far")):
                axes.set(ylabel=label, xlim=(0, SECONDS))
            money.set(xlabel="time [seconds]")
            artists["title"] = prices.set_title("…")
            legend(prices, loc="upper right", ncols=5)
            legend(money, loc="lower right", ncols=2)
        self._axes = prices, held, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: Position) -> None:
        """Draw the day so far."""
        tape, (_, model) = round_tape(result.informed), model_day(result.informed)
        prices, held, money = self._axes
        widest = float(np.abs(tape.mid - 100).max()) + 1.5
        self.view(prices, y=(100 - widest, 100 + widest))
        now, middle = result.second, result.mid + result.skew
        artists["next_ask"].set_data([now, now + DECISION], [middle + result.half_spread] * 2)
        artists["next_bid"].set_data([now, now + DECISION], [middle - result.half_spread] * 2)
        played, columns = result.history, ("ask", "bid", "mid", "inventory", "profit")
        if played is None:
            for name in columns:
                artists[name].set_data([], [])
            for name in ("sold", "bought"):
                put_triangles(artists[name], [], [], up=True)
            artists["mid"].set_data([0, 1], [result.mid] * 2)
        else:
            time, bid, ask = played.time, played.bid_price[:, 0], played.ask_price[:, 0]
            artists["ask"].set_data(*steps(time, ask))
            artists["bid"].set_data(*steps(time, bid))
            artists["mid"].set_data(time, played.mid[:, 0])
            artists["inventory"].set_data(time, played.inventory[:, 0])
            artists["profit"].set_data(time, played.wealth[:, 0])
            put_fills(artists, played)
        over = now == SECONDS
        for name, column in (("inventory_model", model.inventory), ("profit_model", model.wealth)):
            artists[name].set_data(*((model.time, column[:, 0]) if over else ([], [])))
        for axes, name in ((held, "inventory"), (money, "profit")):
            shown = np.concatenate([[-5, 5], artists[name].get_ydata(), artists[f"{name}_model"].get_ydata()])
            self.view(axes, y=(float(shown.min()), float(shown.max())))
        artists["title"].set_text("The close" if over else f"Second {now} of {SECONDS}: the bars are your next quotes")

    def readout(self, result: Position) -> str:
        """Where the day stands; at the close, where the money came from and what the model made of the same orders."""
        if result.history is None or result.second < SECONDS:
            q = 0 if result.history is None else result.history.final_inventory[0]
            profit = 0.0 if result.history is None else float(result.history.pnl[0])
            return (
                f"Second {result.second} of {SECONDS}. You hold {q:+.0f} clips and have made {profit:+.1f}. "
                f"Next quotes: bid {result.mid + result.skew - result.half_spread:.2f}, "
                f"ask {result.mid + result.skew + result.half_spread:.2f}, mid {result.mid:.2f}."
            )
        mine, model = attribute(result.history, day_of_seconds()), model_day(result.informed)[0]
        return (
            f"The close. You made {mine.profit:.1f}: {mine.spread:+.1f} from the spread, {mine.informed:+.1f} from "
            f"where the mid went in the {LOOK_AHEAD} seconds after a trade, {mine.inventory:+.1f} from the inventory "
            f"you held on to. The risk you carried costs {mine.risk:.1f}, so your score is {mine.score:.1f}. "
            f"Avellaneda–Stoikov on the same tape made {model.profit:.1f} ({model.spread:+.1f} {model.informed:+.1f} "
            f"{model.inventory:+.1f}) and scores {model.score:.1f}. {_lesson(mine, model, result.informed)}"
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The game so far, as a script."""
        args = f"share={INFORMED_SHARE}, look_ahead={LOOK_AHEAD}, seed={SEED}"
        informed = f"\ntape = with_informed_orders(tape, {args})" if self.round == 2 else ""
        return f"""from mmbook.ch00.game_round import day_of_seconds, play, with_informed_orders

tape = day_of_seconds().tape(n_paths=1, n_steps={SECONDS}, seed={SEED}){informed}
choices = {self.choices!r}  # (half-spread, skew), ten seconds each
if choices:
    history = play(tape, choices)
    print(history.final_inventory[0], history.pnl[0])
"""


def _lesson(mine: Attribution, model: Attribution, informed: bool) -> str:
    if informed and mine.informed < -0.3 * mine.spread:
        return "Whoever traded with you often knew better: a spread is not free money, it is what pays for this."
    if mine.risk > 2 * model.risk and mine.score < model.score:
        return "You held far more inventory than the model; a skew against it would have brought it back."
    if mine.score > model.score:
        return "You beat the model on this tape. Play the other round, or ask how much of it was luck."
    return "The model skewed a little more with every clip. Play again: the same orders will come."
