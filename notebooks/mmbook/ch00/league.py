"""The league table of the game: every round that a reader has finished, kept until the kernel ends."""

from __future__ import annotations

from dataclasses import dataclass

import ipywidgets as widgets

from mmbook.ch00.game_round import Attribution, Choices
from mmlab.table import Table
from mmlab.teach.words import amount

HEAD = ("round", "you", "model", "spread", "after", "later", "risk", "usual")
"""The scores; the parts of yours: from the spread, half a minute after the trades, later; what it is on other days."""
SHOWN = 5
"""Rows that have room on a laptop: the last ones; the best of a round stays while others leave."""


@dataclass(frozen=True)
class Round:
    """A finished round."""

    number: int
    choices: Choices
    mine: Attribution
    model: float
    """The model's score on the same tape."""
    others: tuple[float, float]
    """Mean and standard deviation of the score of the same choices on other days."""

    def row(self, is_best: bool) -> tuple[str, ...]:
        """As the table says it."""
        mine = self.mine
        parts = (mine.spread, mine.informed, mine.inventory, -mine.risk)
        star = " ★" if is_best else ""
        luck = f"{amount(self.others[0], 0)} ± {self.others[1]:.0f}"
        scored = (amount(mine.score, 1) + star, amount(self.model, 1))
        return (str(self.number), *scored, *(amount(part, 1, "+") for part in parts), luck)


class League:
    """The rounds, and the widget that shows them; the same choices in the same round count once."""

    def __init__(self) -> None:
        self.widget, self._rounds = widgets.HTML(), dict[tuple[int, Choices], Round]()
        self._write()

    def note(self, one: Round) -> None:
        """Add a round."""
        if self._rounds.setdefault((one.number, one.choices), one) is one:
            self._write()

    @property
    def table(self) -> Table:
        """All rounds, the best of each with a star."""
        best = self._best()
        return Table(HEAD, tuple(one.row(one in best) for one in self._rounds.values()))

    def _best(self) -> list[Round]:
        numbers = {one.number for one in self._rounds.values()}
        rounds = self._rounds.values()
        return [max((one for one in rounds if one.number == n), key=lambda one: one.mine.score) for n in numbers]

    def _write(self) -> None:
        best, rounds = self._best(), [*self._rounds.values()]
        kept = best + [one for one in rounds if one not in best][len(best) - SHOWN :]
        shown = [one for one in rounds if one in kept]
        head = "".join(f"<th scope='col' style='padding: 0 2px'>{name}</th>" for name in HEAD)
        rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in one.row(one in best)) + "</tr>" for one in shown)
        caption = f"Your rounds: {len(rounds)} finished, ★ the best" if rounds else "Your rounds: none finished yet"
        self.widget.value = (
            "<table style='font-size: 11px; width: 100%; border-spacing: 0; text-align: right; white-space: nowrap'>"
            f"<caption style='font-size: 13px; text-align: center; "
            f"font-weight: 600'>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )
