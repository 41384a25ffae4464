"""The league table of the game: every round that a reader has finished, kept until the kernel ends."""

from __future__ import annotations

import ipywidgets as widgets

from mmbook.ch00.game_round import Attribution, Choices
from mmlab.teach.words import amount

HEAD = ("round", "you", "model", "spread", "after", "later", "risk", "usual")
"""The scores; the parts of yours: from the spread, half a minute after the trades, later; what it is on other days."""
SHOWN = 5
"""Rows that have room on a laptop: the last ones; the best of a round stays while others leave."""
Played = tuple[int, Choices]
"""A finished round: its number and what was quoted in it."""


class League:
    """The rounds, and the widget that shows them; the same choices in the same round count once."""

    def __init__(self) -> None:
        self.widget = widgets.HTML()
        self._scores, self._cells = dict[Played, float](), dict[Played, tuple[str, ...]]()
        self._write()

    def note(self, played: Played, mine: Attribution, model: float, others: tuple[float, float]) -> None:
        """Add a round: my result, the model's score on the same tape, mean and deviation of mine on other days."""
        self._scores[played] = mine.score
        parts = (mine.spread, mine.informed, mine.inventory, -mine.risk)
        luck = f"{amount(others[0], 0)} ± {others[1]:.0f}"
        self._cells[played] = (amount(model, 1), *(amount(part, 1, "+") for part in parts), luck)
        self._write()

    def _best(self) -> list[Played]:
        by_score = sorted(self._scores, key=self._scores.__getitem__, reverse=True)
        return [*{played[0]: played for played in reversed(by_score)}.values()]

    def _write(self) -> None:
        best = self._best()
        kept = best + [played for played in self._scores if played not in best][len(best) - SHOWN :]
        head, rows = "".join(f"<th scope='col' style='padding: 0 2px'>{name}</th>" for name in HEAD), ""
        for played in (each for each in self._scores if each in kept):
            cells = (played[0], amount(self._scores[played], 1) + " ★" * (played in best), *self._cells[played])
            rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        n = len(self._scores)
        caption = f"Your rounds: {n} finished, ★ the best" if n else "Your rounds: none finished yet"
        self.widget.value = (
            "<table style='font-size: 11px; width: 100%; border-spacing: 0; text-align: right; white-space: nowrap'>"
            f"<caption style='font-size: 13px; text-align: center; "
            f"font-weight: 600'>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )
