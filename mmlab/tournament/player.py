"""The process of one strategy: forked anew for each hour, so that nothing is remembered of the one before.

It reads requests from one pipe and writes answers to another, as lines of JSON. The flow and the seeds are not in it.
What it says are prices and sizes, and those are judged elsewhere: who changes this process changes nothing else.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from mmlab.classroom import confinement
from mmlab.tournament.tables import Tables

STEP_SECONDS, HOUR_SECONDS = 1.0, 30
"""Of a processor, for all its tables together [s]."""
MEMORY, PRINTED = 2**30, 2**20
"""What a strategy may take, and print [bytes]."""
FINISHED = 77
"""The exit code of an hour that ended as it should."""


class Over(BaseException):
    """The hour is over for this strategy, at all its tables; no `except Exception` of its own holds that up."""


class Paper(io.TextIOBase):
    """What is printed goes nowhere; too much of it ends the hour."""

    written = 0

    def write(self, text: str) -> int:
        """Count it."""
        self.written += len(text)
        if self.written > PRINTED:
            raise Over("it printed more than 1 MB")
        return len(text)


def serve(asked: dict[str, Any], first: dict[str, Any], requests: Any, say: Any) -> None:
    """Play one hour."""
    attempts: list[str] = []
    forbidden: Callable[[str], Exception] = confinement.Forbidden

    def noted(words: str) -> Exception:
        attempts.append(words.replace("a submission", "a strategy"))
        return forbidden(words)

    def check() -> None:
        if attempts:
            raise Over(attempts[0])

    def sleep(*_: Any) -> None:
        raise Over("it slept, and the others wait")

    def slow(*_: Any) -> None:
        raise Over(f"a step took more than {STEP_SECONDS:g} s")

    vars(confinement)["Forbidden"] = noted  # so that one which a strategy catches counts as well
    with contextlib.suppress(ValueError):  # macOS has none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (HOUR_SECONDS, HOUR_SECONDS + 1))
    signal.signal(signal.SIGPROF, slow)
    sys.stdout = sys.stderr = Paper()
    modules = {name: module for name, module in sys.modules.items() if name.startswith("mmlab")}
    functions = {(m, key): f for m, module in modules.items() for key, f in vars(module).items() if callable(f)}
    try:
        time.sleep = sleep
        here = tempfile.mkdtemp(dir=os.getcwd())  # of this hour: what it writes there, the next does not find
        os.chdir(here)
        sys.path[0] = os.environ["HOME"] = os.environ["MPLCONFIGDIR"] = here
        confinement.forbid(first["folders"], first["hidden"])
        signal.setitimer(signal.ITIMER_PROF, 3 * STEP_SECONDS)
        source, name = first["cells"]
        tables = Tables(source, name, asked["tables"], asked["tick"])
        check()
        say({"value": None})
        while "leave" not in (asked := json.loads(requests.readline())):
            signal.setitimer(signal.ITIMER_PROF, STEP_SECONDS)
            sheets = tables.quotes(*asked["ask"])
            signal.setitimer(signal.ITIMER_PROF, 0)
            check()
            say({"value": sheets})
        changed = [f"{m}.{key}" for (m, key), f in functions.items() if vars(modules[m]).get(key) is not f]
        say({"value": f"it changed {changed[0]}" if changed else ""})
    except Over as why:
        say({"lost": str(why)})
    except Exception as error:
        say({"lost": f"{type(error).__name__}: {error}"[:300]})
    finally:
        os._exit(FINISHED)


def main() -> None:
    """Fork a process for each hour, and say of one that ended otherwise than by itself how it did."""
    requests, replies = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")

    def say(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message).encode() + b"\n")
        replies.flush()

    first = json.loads(requests.readline())
    say({"value": None})
    for request in requests:
        if "tables" not in (asked := json.loads(request)):
            continue  # what was sent to an hour that had ended
        child = os.fork()
        if child == 0:
            serve(asked, first, requests, say)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == -signal.SIGXCPU:
            say({"lost": f"its hour took more than {HOUR_SECONDS} s"})
        elif code != FINISHED:
            say({"lost": f"its process ended ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"})


if __name__ == "__main__":
    main()
