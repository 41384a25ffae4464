"""A strategy at its tables in a process of its own, with limits: what goes wrong there is a lost round here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlab.classroom.process import Ended, Process
from mmlab.tournament.hours import Conditions
from mmlab.tournament.refereeing import Lost

LONGEST_WAIT, LONGEST_HOUR = 10.0, 120.0
"""For one answer, and for all those of an hour [s]: it may be busy, and the processor's time has its limits."""


class PlayerProcess(Process):
    """`Process` with player.py in it."""

    module = "mmlab.tournament.player"


class Apart:
    """A strategy in its own process.

    Parameters
    ----------
    source, name : str
        The file's text and name.
    edition : Path
        Where mmlab is, for it.
    """

    def __init__(self, source: str, name: str, edition: Path):
        self.source, self.name, self.edition = source, name, edition
        self.process: PlayerProcess | None = None
        self.playing = False

    def sit(self, n_tables: int, conditions: Conditions) -> None:
        """Begin an hour; raises Lost if the file cannot be run."""
        self.waited, self.playing = 0.0, True
        if self.process is None:
            self.process = PlayerProcess([self.source, self.name], self.edition)
        self._send({"tables": n_tables, "tick": conditions.tick})
        self.answer()

    def ask(self, step: int, mid: float, left: float, states: Sequence[Any]) -> None:
        """Send what is known before a step, by table, None where it is out; to all before any `answer` is awaited."""
        self._send({"ask": [step, mid, left, states]})

    def answer(self) -> Any:
        """What it answers; raises Lost if it does not."""
        if self.process is None:
            raise Lost("its process has ended")
        start = time.monotonic()
        self.process.deadline = start + min(LONGEST_WAIT, LONGEST_HOUR - self.waited)
        try:
            reply = self.process._receive()
        except Ended as why:
            self.end()
            raise Lost(str(why).replace("your answer", "it").replace("grader", "tournament")) from None
        self.waited += time.monotonic() - start
        if "value" not in reply:
            self.playing = False
            raise Lost(str(reply.get("lost"))[:400])
        return reply["value"]

    def leave(self) -> str:
        """End the hour; a sentence if it cheated."""
        if not self.playing:
            return ""
        self._send({"leave": True})
        try:
            return str(self.answer())
        except Lost as lost:
            return str(lost)

    def end(self) -> None:
        """End the process."""
        self.playing = False
        if self.process is not None:
            self.process.end()
            self.process = None

    def _send(self, message: dict[str, Any]) -> None:
        if self.process is not None:
            self.process.deadline = time.monotonic() + LONGEST_WAIT
            try:
                self.process._send(message)
            except Ended:
                self.end()
