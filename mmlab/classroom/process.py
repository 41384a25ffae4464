"""A submission in a process of its own: started with limits, asked by lines of JSON, ended with all that it started.

What stands here for a student's function is a `Remote`: the chapter's own check calls it like any function, and only
numbers come back. What a process alone cannot promise, the README's table of threats says.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from mmlab.teach.answers import NotYet
from mmlab.wire import WireError, decode, encode, line

MEMORY, FILE, FILES = 3 * 2**30, 2**20, 128
"""Of a submission's process: address space and largest file [bytes], and files open at a time."""
BUSY = 5
"""How many times the seconds of a processor may pass before a process is ended that does not end by itself."""
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
        if name.startswith("__"):
            raise AttributeError(name)
        return self._process.ask({"object": self._handle["number"], "get": name})

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class RemoteFunction(Remote):
    """One that can be called."""

    def __call__(self, *arguments: Any) -> Any:
        """Call it there, with copies; what it raises becomes a sentence."""
        process = self._process
        found = process.ask(
            {"object": self._handle["number"], "call": [encode(one, process.lend) for one in arguments]}
        )
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
        How long its cells may run in all [s].
    """

    def __init__(self, cells: Sequence[str], edition: Path, seconds: float = 200.0):
        self.lent: list[Any] = []
        self.ended = False
        self.deadline = time.monotonic() + seconds
        self.folder = tempfile.TemporaryDirectory()
        there, self.requests = os.pipe()
        self.replies, back = os.pipe()
        around = {
            "PATH": os.defpath,
            "HOME": self.folder.name,
            "MPLCONFIGDIR": self.folder.name,
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
        }
        around |= {"PYTHONPATH": os.pathsep.join([str(edition), *_packages()]), "OPENBLAS_NUM_THREADS": "1"}
        self.child = subprocess.Popen(
            [sys.executable, "-s", "-m", "mmlab.classroom.submission", str(there), str(back)],
            cwd=self.folder.name,
            env=around,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(there, back),
            start_new_session=True,
            preexec_fn=_limited,
        )
        os.close(there)
        os.close(back)
        self.pending = b""
        folders = [
            str(edition),
            self.folder.name,
            sys.prefix,
            sys.base_prefix,
            *_packages(),
            "/usr/share",
            "/etc/fonts",
        ]
        try:
            self._send({"folders": folders, "cells": list(cells)})
            self._receive()
        except Ended:
            self.end()
            raise

    def end(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        for end in (self.requests, self.replies):
            with contextlib.suppress(OSError):
                os.close(end)
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def allow(self, seconds: float) -> None:
        """Give what is asked from now on so many seconds of a processor [s], and at most `BUSY` times as long."""
        self.deadline = time.monotonic() + BUSY * seconds
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
            try:
                given = [decode(one, self._remote) for one in reply["with"]]
                self._send({"value": encode(self.lent[int(reply["asks"])](*given), self.lend)})
            except (ValueError, TypeError, IndexError) as error:
                self._send({"raised": f"{type(error).__name__}: {error}"})
        if "raised" in reply:
            kind, words, at = (str(reply.get(key, "")) for key in ("raised", "words", "at"))
            if "get" in request and kind == "AttributeError":
                raise AttributeError(request["get"])
            if kind == "NotImplementedError":
                raise NotImplementedError
            raise NotYet(f"your answer raised {kind}: {words}{f' ({at})' if at else ''}.")
        try:
            return decode(reply["value"], self._remote)
        except (WireError, KeyError) as error:
            raise self._over(f"your answer came back as what is no value: {error}") from None

    def _remote(self, handle: dict[str, Any]) -> Remote:
        return (RemoteFunction if handle["callable"] else Remote)(self, handle)

    def _over(self, why: str) -> Ended:
        self.ended = True
        return Ended(why)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            data = line(message)
            while data:
                if not select.select([], [self.requests], [], max(0.0, self.deadline - time.monotonic()))[1]:
                    raise self._over("your answer had not returned in time and was stopped")
                data = data[os.write(self.requests, data[:65536]) :]
        except BrokenPipeError:
            raise self._over(self._end()) from None

    def _receive(self) -> dict[str, Any]:
        while b"\n" not in self.pending:
            if not select.select([self.replies], [], [], max(0.0, self.deadline - time.monotonic()))[0]:
                raise self._over("your answer had not returned in time and was stopped")
            if not (read := os.read(self.replies, 1 << 20)):
                raise self._over(self._end())
            self.pending += read
            if len(self.pending) > LONGEST_LINE:
                raise self._over("your answer came back with more than 64 MB")
        first, _, self.pending = self.pending.partition(b"\n")
        try:
            reply = json.loads(first)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise self._over("what wrote to the grader was no answer")
        return reply

    def _end(self) -> str:
        code = self.child.wait()
        return f"the process of your notebook ended ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"


def _packages() -> list[str]:
    """The folders of installed packages, without any that holds a checkout."""
    return [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]


def _limited() -> None:
    """Limits of the operating system, set in the new process before it is anything."""
    import resource

    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_NOFILE, FILES)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
