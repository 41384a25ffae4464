"""A submission in a process of its own: asked by lines of JSON, ended with all that it started.

What stands here for a student's function is a `Remote`: the chapter's own check calls it like any function, and only
numbers come back. How it is started, with what limits, is in `start`.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from mmlab.classroom.confinement import flatten
from mmlab.classroom.start import CELLS, may_read, started
from mmlab.teach.answers import NotYet
from mmlab.wire import WireError, decode, encode, line

BUSY = 10
"""How many times the seconds of a processor may pass before a process is ended that does not end by itself."""
LATE = "your answer had not returned in time and was stopped"
LONGEST_LINE = 2**26
"""What one answer may have [bytes]."""


class Ended(NotYet):
    """A submission's process that is no more, or is ended for what it did; the message says why."""


class Remote:
    """What stands for a student's function or object: calls and attributes are asked of the submission's process."""

    def __init__(self, process: Process, handle: dict[str, Any]):
        object.__setattr__(self, "_process", process)
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "__name__", handle["name"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # as `inspect.signature` asks for one
            raise AttributeError(name)
        return self._process.ask({"object": self._handle["number"], "get": name})

    def __repr__(self) -> str:
        return f"an object of class {self._handle['name']}"

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class RemoteFunction(Remote):
    """One that can be called."""

    __signature__ = inspect.signature(lambda *arguments: None)
    """Which `Answer` asks for at each call."""

    def __call__(self, *arguments: Any) -> Any:
        """Call it there, with copies; what it raises becomes a sentence."""
        process = self._process
        sent = [encode(one, process.lend, packed=True) for one in arguments]
        found = process.ask({"object": self._handle["number"], "call": sent})
        if found["changed"]:
            raise NotYet(f"`{self._handle['name']}` changes an argument in place; make a new array instead.")
        return found["returned"]


class Process:
    """The process of one submission.

    Parameters
    ----------
    cells : sequence of str
        The notebook's code.
    edition : Path
        Where the student's edition of mmlab and mmbook is: no judge, no solution.
    seconds : float
        How long its cells may take in all [s]; of a processor they get `CELLS`.
    numbers : mapping, optional
        By the ids of what is asked at a student's own numbers, these.
    """

    module = "mmlab.classroom.submission"
    """What the process runs: it takes the first message, and answers."""

    def __init__(
        self,
        cells: Sequence[str],
        edition: Path,
        seconds: float = 2.0 * CELLS,
        numbers: Mapping[str, Any] | None = None,
    ):
        self.lent: list[Any] = []
        self.ended = False
        self.deadline = time.monotonic() + seconds
        self.folder = tempfile.TemporaryDirectory(prefix="submission-", dir=edition.parent)
        self.child, self.requests, self.replies = started(self.module, self.folder.name, edition)
        os.set_blocking(self.requests, False)
        self.pending = bytearray()
        try:
            self._send(may_read(edition) | {"cells": list(cells), "numbers": dict(numbers or {})})
            self._receive()
        except Ended:
            self.end()
            raise

    def end(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        for end in (self.requests, self.replies):
            with contextlib.suppress(OSError):
                os.close(end)
        with contextlib.suppress(OSError):
            flatten(self.folder.name)
            self.folder.cleanup()

    def allow(self, seconds: float) -> None:
        """Give what is asked from now on so many seconds of a processor [s], and at most `BUSY` times as long."""
        self.deadline = time.monotonic() + BUSY * seconds
        self.lent.clear()
        self.ask({"allow": seconds})

    def lend(self, thing: Any) -> dict[str, Any]:
        """The handle of an argument that stays here: one of the student's own, or a function that may be called."""
        if isinstance(thing, Remote):
            return {"ours": thing._handle["number"]}
        if not callable(thing):
            raise WireError(f"a {type(thing).__name__} cannot be handed to a submission")
        self.lent.append(thing)
        return {"number": len(self.lent) - 1}

    def ask(self, request: dict[str, Any]) -> Any:
        """Send a request and return the value that it gives; the functions that were lent are called meanwhile.

        Raises
        ------
        NotYet
            With what the student's code raised.
        AttributeError
            If it has no such attribute.
        Ended
            If the process has ended, its time is up, or what it says is no answer.
        """
        self._send(request)
        while "asks" in (reply := self._receive()):
            self._send(self._lent(reply))
        if "raised" in reply:
            kind, words, at = (str(reply.get(key, ""))[:500] for key in ("raised", "words", "at"))
            if "get" in request and kind == "AttributeError":
                raise AttributeError(request["get"])
            if kind == "NotImplementedError":
                raise NotImplementedError
            raise NotYet(f"your answer raised {kind}: {words}{f' ({at})' if at else ''}.")
        try:
            return decode(reply["value"], self._remote)
        except (WireError, KeyError) as error:
            raise self._over(f"your answer came back as what is no value: {error}") from None

    def _lent(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Call a function that was lent, and say what it returned or raised."""
        try:
            number, given = int(reply["asks"]), [decode(one, self._remote) for one in reply["with"]]
            if number < 0:
                raise WireError(f"no function {number}")
            return {"value": encode(self.lent[number](*given), self.lend, packed=True)}
        except Exception as error:  # whatever a function makes of what it is given there
            return {"raised": f"{type(error).__name__}: {error}"}

    def _remote(self, handle: dict[str, Any]) -> Remote:
        kept = {"number": int(handle["number"]), "name": str(handle["name"])[:60], "empty": bool(handle["empty"])}
        return (RemoteFunction if handle["callable"] else Remote)(self, kept)

    def _over(self, why: str) -> Ended:
        self.ended = True
        return Ended(why)

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(line(message))
        try:
            while data:
                self._wait([], [self.requests])
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(self.requests, data[:65536]) :]
        except BrokenPipeError:
            raise self._over(self._end()) from None

    def _receive(self) -> dict[str, Any]:
        at = 0
        while (end := self.pending.find(b"\n", at)) < 0:
            at = len(self.pending)
            self._wait([self.replies], [])
            if not (read := os.read(self.replies, 1 << 20)):
                raise self._over(self._end())
            self.pending += read
            if len(self.pending) > LONGEST_LINE:
                raise self._over(f"your answer came back with more than {LONGEST_LINE >> 20} MB")
        first = bytes(self.pending[:end])
        del self.pending[: end + 1]
        try:
            reply = json.loads(first)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise self._over("what wrote to the grader was no answer")
        return reply

    def _wait(self, readable: list[int], writable: list[int]) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0 or not any(select.select(readable, writable, [], left)):
            raise self._over(LATE)

    def _end(self) -> str:
        """Why it is no more; it is ended if it has only closed what it answers by."""
        try:
            code = self.child.wait(1)
        except subprocess.TimeoutExpired:
            return "your notebook closed what it answers by"
        if code == -signal.SIGXCPU:
            return LATE
        return f"the process of your notebook ended ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"
