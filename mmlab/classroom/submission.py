"""The process of one submission: runs a notebook's cells, and answers the grader's calls. No judge is in it.

It is started with the student's edition of mmlab and mmbook first on its path, reads requests
from one pipe and writes answers to another. What its cells give to `check` is noted, not checked; `predict` and `hint`
are counted. What it says of itself is believed by nobody: the grader calls the functions and compares their numbers.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from mmlab.classroom.cells import Shell, too_long
from mmlab.classroom.confinement import forbid
from mmlab.teach.answers import is_empty
from mmlab.teach.variants import OWN
from mmlab.wire import decode, encode, line

GRACE = 2
"""What remains after the time is up, before the kernel ends the process [s]."""


class Submission:
    """The answers of a notebook, and the objects that its process keeps for the grader."""

    def __init__(self, requests: Any, replies: Any):
        self.requests, self.replies = requests, replies
        self.objects: list[Any] = []
        self.answers: dict[str, Any] = {}
        self.tried: dict[str, int] = {}
        self.hints: dict[str, int] = {}
        self.numbers: Mapping[str, Any] = {}
        self.shell = Shell()

    def note(self, id: str, answer: Any = ..., student: Any = "", term: Any = "") -> str:
        """In the place of `check`: the last answer counts; at own numbers, by the id of that."""
        id = f"{id}{OWN}" if student else id
        self.answers[id] = None if answer is ... else answer
        self.tried[id] = self.tried.get(id, 0) + 1
        return "handed in"

    def hint(self, id: str) -> str:
        """In the place of `hint`."""
        self.hints[id] = self.hints.get(id, 0) + 1
        return ""

    def variant(self, id: str, *_: Any, **__: Any) -> dict[str, Any]:
        """In the place of `variant`: the numbers of whose submission this is."""
        return dict(self.numbers[f"{id}{OWN}"])

    def run(self, cells: Sequence[str], numbers: Mapping[str, Any]) -> None:
        """Run the cells, with what notes an answer in the place of what checks it."""
        import mmlab.teach
        import mmlab.teach.texts

        mmlab.teach.texts.declare = lambda *_: None
        mmlab.teach.check, mmlab.teach.hint = self.note, self.hint  # type: ignore[assignment]
        mmlab.teach.predict = mmlab.teach.hand_in = lambda *_, **__: None  # type: ignore[assignment]
        mmlab.teach.variant, self.numbers = self.variant, numbers  # type: ignore[assignment]
        self.shell.run(cells)

    def keep(self, thing: Any) -> dict[str, Any]:
        """Remember an object that stays here; returns its handle."""
        self.objects.append(thing)
        name, empty = type(thing).__name__, False
        with contextlib.suppress(BaseException):  # of an object that answers all that it is asked with an error
            name = str(getattr(thing, "__name__", name))[:60]
            empty = callable(thing) and is_empty(thing)
        return {"number": len(self.objects) - 1, "name": name, "callable": callable(thing), "empty": empty}

    def sendable(self, answer: Any) -> Any:
        """An answer, or a plain object in its place if it cannot be sent: the others are not to suffer from it."""
        try:
            encode(answer, lambda _: {})
        except BaseException:
            return object()
        return answer

    def kept(self, handle: dict[str, Any]) -> Any:
        """What stands here for what was sent: an object of ours, or a function of the grader's."""
        if "ours" in handle:
            return self.objects[handle["ours"]]

        def asked(*arguments: Any) -> Any:
            self.say({"asks": handle["number"], "with": [encode(one, self.keep) for one in arguments]})
            reply = json.loads(self.requests.readline())
            if "raised" in reply:
                raise ValueError(reply["raised"])
            return decode(reply["value"], self.kept)

        return asked

    def say(self, message: dict[str, Any]) -> None:
        """Write one line to the grader."""
        self.replies.write(line(message))
        self.replies.flush()

    def serve(self) -> None:
        """Answer the grader's requests until it closes the pipe."""
        while request := self.requests.readline():
            try:
                asked = json.loads(request)
                self.say({"value": encode(self.do(asked), self.keep)})
            except BaseException as error:
                self.say({"raised": type(error).__name__, "words": str(error)[:500], "at": _where(error)})

    def allow(self, seconds: float) -> None:
        """Raise in what runs when so much time of a processor has gone by; who goes on is ended by the kernel."""
        signal.signal(signal.SIGPROF, too_long)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        most = math.ceil(time.process_time() + seconds) + GRACE
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))

    def do(self, asked: dict[str, Any]) -> Any:
        """One request: the answers, an attribute of an object, or a call of one."""
        if "allow" in asked:
            self.allow(asked["allow"])
            return None
        if "answers" in asked:
            each = ((id, self.sendable(self.answers[id]), tried) for id, tried in self.tried.items())
            answers = {str(id): (answer, tried, self.hints.get(id, 0)) for id, answer, tried in each}
            return {"answers": answers, "mishaps": self.shell.mishaps}
        thing = self.objects[asked["object"]]
        if "get" in asked:
            return getattr(thing, asked["get"])
        arguments = [decode(one, self.kept) for one in asked["call"]]
        import numpy as np

        with np.errstate(all="ignore"):
            returned = thing(*arguments)
        values = [(one, sent) for one, sent in zip(arguments, asked["call"], strict=True) if _is_plain(sent)]
        changed = any(encode(one, self.keep, packed=True) != sent for one, sent in values)
        return {"returned": returned, "changed": changed}


def _is_plain(sent: Any) -> bool:
    """Whether nothing in what was sent stays where it was."""
    if isinstance(sent, dict):
        return "array" in sent or ("kept" not in sent and all(map(_is_plain, sent.values())))
    return not isinstance(sent, list) or all(map(_is_plain, sent))


def _where(error: BaseException) -> str:
    """The line of the student's in which it was raised."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("<cell"):
            found = f"line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def main() -> None:
    """Run the cells that the first request brings, then answer the others."""
    requests, replies = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    submission = Submission(requests, replies)
    first = json.loads(requests.readline())
    import mmlab.teach  # noqa: F401

    forbid(first["folders"], first["hidden"])
    submission.run(first["cells"], first.get("numbers", {}))
    submission.say({"ran": len(first["cells"])})
    submission.serve()


if __name__ == "__main__":
    main()
