"""The process of one submission: runs a notebook's cells, and answers the grader's calls. No judge is in it.

It is started with the student's edition of mmlab and mmbook first on its path, reads requests
from one pipe and writes answers to another. What its cells give to `check` is noted, not checked; `predict` and `hint`
are counted. What it says of itself is believed by nobody: the grader calls the functions and compares their numbers.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from mmlab.teach.answers import is_empty
from mmlab.wire import decode, encode, line

CELL_SECONDS = 30


class Forbidden(PermissionError):
    """What a submission may not do."""


class Submission:
    """The answers of a notebook, and the objects that its process keeps for the grader."""

    def __init__(self, requests: Any, replies: Any):
        self.requests, self.replies = requests, replies
        self.objects: list[Any] = []
        self.answers: dict[str, Any] = {}
        self.tried: dict[str, int] = {}
        self.hints: dict[str, int] = {}
        self.mishaps: list[str] = []

    def note(self, id: str, answer: Any = ...) -> str:
        """In the place of `check`: the last answer counts."""
        self.answers[id] = answer
        self.tried[id] = self.tried.get(id, 0) + 1
        return "handed in"

    def hint(self, id: str) -> str:
        """In the place of `hint`."""
        self.hints[id] = self.hints.get(id, 0) + 1
        return ""

    def run(self, cells: Sequence[str]) -> None:
        """Run cells one after the other in one namespace; one that fails or takes too long is noted."""
        import mmlab.teach
        import mmlab.teach.texts

        mmlab.teach.texts.declare = lambda *_: None
        mmlab.teach.check, mmlab.teach.hint = self.note, self.hint  # type: ignore[assignment]
        mmlab.teach.predict = lambda *_, **__: None  # type: ignore[assignment]
        space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
        signal.signal(signal.SIGALRM, _too_long)
        for n, source in enumerate(cells, start=1):
            name = f"<cell {n}>"
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)
            try:
                signal.alarm(CELL_SECONDS)
                exec(compile(_python(source), name, "exec"), space)
            except BaseException as error:
                self.mishaps.append(f"cell {n}: {type(error).__name__}: {error}"[:300])
            finally:
                signal.alarm(0)

    def keep(self, thing: Any) -> dict[str, Any]:
        """Remember an object that stays here; returns its handle."""
        self.objects.append(thing)
        name = getattr(thing, "__name__", type(thing).__name__)
        empty = callable(thing) and is_empty(thing)
        return {"number": len(self.objects) - 1, "name": str(name)[:60], "callable": callable(thing), "empty": empty}

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

    def do(self, asked: dict[str, Any]) -> Any:
        """One request: the answers, an attribute of an object, or a call of one."""
        if "allow" in asked:
            signal.signal(signal.SIGPROF, _too_long)
            signal.setitimer(signal.ITIMER_PROF, asked["allow"])
            return None
        if "answers" in asked:
            answers = {id: (self.answers[id], tried, self.hints.get(id, 0)) for id, tried in self.tried.items()}
            return {"answers": answers, "mishaps": self.mishaps}
        thing = self.objects[asked["object"]]
        if "get" in asked:
            return getattr(thing, asked["get"])
        arguments = [decode(one, self.kept) for one in asked["call"]]
        import numpy as np

        with np.errstate(all="ignore"):
            returned = thing(*arguments)
        values = [(one, sent) for one, sent in zip(arguments, asked["call"], strict=True) if "kept" not in str(sent)]
        changed = any(encode(one, self.keep) != sent for one, sent in values)
        return {"returned": returned, "changed": changed}


def _python(source: str) -> ast.Module:
    """A cell's Python; what only IPython knows (`%`, `!`) is left out."""
    plain = "\n".join("" if text.lstrip().startswith(("%", "!")) else text for text in source.split("\n"))
    return ast.parse(plain)


def _where(error: BaseException) -> str:
    """The line of the student's in which it was raised."""
    found, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("<cell"):
            found = f"line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _too_long(*_: Any) -> None:
    raise TimeoutError("its time was up; does a loop never end?")


def forbid(allowed: Sequence[str]) -> None:
    """Refuse from now on to start a process, to open a connection, and to open files outside of these folders."""
    real = os.path.realpath
    inside = tuple(real(folder) + os.sep for folder in allowed)
    starts = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn")
    reaches = ("socket.connect", "socket.bind", "socket.getaddrinfo", "ctypes.dlopen", "os.kill", "signal.pthread_kill")
    writes = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "shutil.rmtree")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in starts or event in reaches:
            raise Forbidden(f"a submission may not do {event}")
        if event in ("open", "os.listdir", "os.scandir", *writes) and arguments:
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                full = real(os.fsdecode(path))
                if not (full + os.sep).startswith(inside) and full != os.devnull:
                    raise Forbidden(f"a submission may not open {os.path.basename(full)}")

    sys.addaudithook(hook)


def main() -> None:
    """Run the cells that the first request brings, then answer the others."""
    requests, replies = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    submission = Submission(requests, replies)
    first = json.loads(requests.readline())
    import mmlab.teach  # noqa: F401

    forbid(first["folders"])
    submission.run(first["cells"])
    submission.say({"ran": len(first["cells"])})
    submission.serve()


if __name__ == "__main__":
    main()
