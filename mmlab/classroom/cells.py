"""Running a notebook's cells one after the other, as a kernel does; magics are passed over, commands refused."""

from __future__ import annotations

import ast
import linecache
import signal
import sys
import types
from collections.abc import Sequence
from typing import Any

CELL_SECONDS = 30
"""Of a processor, for one cell [s]; of a clock, twice as much."""
_RUN_THEIR_CELL = ("time", "timeit", "capture", "prun")
_COMMANDS = ("system", "sx", "sc", "pip", "conda", "mamba", "uv", "run", "cd", "writefile", "edit", "bash", "sh")


class Shell:
    """What `get_ipython()` gives to a cell."""

    def __init__(self) -> None:
        self.module = types.ModuleType("__main__")
        self.user_ns = self.module.__dict__
        self.user_ns.update(display=lambda *_, **__: None, get_ipython=lambda: self)
        self.mishaps: list[tuple[int, str]] = []
        self.cell = 0

    def run(self, cells: Sequence[str]) -> None:
        """Run cells in one namespace; one that fails or takes too long is noted, and the next one runs."""
        sys.modules["__main__"] = self.module
        for each in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(each, too_long)
        for self.cell, source in enumerate(cells, start=1):
            try:
                signal.alarm(2 * CELL_SECONDS)
                signal.setitimer(signal.ITIMER_PROF, CELL_SECONDS)
                self._execute(source, f"<cell {self.cell}>")
            except BaseException as error:
                self._note(f"{type(error).__name__}: {error}")
            finally:
                signal.alarm(0)
                signal.setitimer(signal.ITIMER_PROF, 0)

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """`%name line`: what is measured runs, what is a command does not, the rest is for a reader."""
        if name == "time":
            self._execute(line, f"<cell {self.cell}>")
        elif name in _COMMANDS:
            self._refuse(f"%{name} {line}")

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """`%%name` and a cell under it."""
        if name in _RUN_THEIR_CELL:
            self._execute(body, f"<cell {self.cell}>")
        else:
            self._refuse(f"%%{name} {line}")

    def system(self, command: str) -> list[str]:
        """`!command`, which a submission has not."""
        self._refuse(f"!{command}")
        return []

    getoutput = system

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None

    def _execute(self, source: str, name: str) -> None:
        from IPython.core.inputtransformer2 import TransformerManager

        python = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
        linecache.cache[name] = (len(python), None, python.splitlines(True), name)
        exec(compile(ast.parse(python), name, "exec", dont_inherit=True), self.user_ns)

    def _refuse(self, command: str) -> None:
        self._note(f"`{command.strip()[:60]}` was not run: a submission runs no commands")

    def _note(self, words: str) -> None:
        self.mishaps.append((self.cell, words[:300]))


def too_long(*_: Any) -> None:
    """Of a signal: the time is up."""
    raise TimeoutError("its time was up; does a loop never end?")
