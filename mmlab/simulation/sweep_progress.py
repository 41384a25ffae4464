"""How far a sweep is: a bar in a notebook, a line in a terminal, nothing elsewhere or for what takes no second."""

from __future__ import annotations

import sys
import time
from typing import Any

WAIT = 1.0
"""Nothing is shown before [s], and then not more than five times in as long."""


def notebook() -> Any:
    """IPython's shell, or what stands for a Python prompt: somebody goes on after an interrupt. None in a program."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else getattr(sys, "ps1", None)


class Bar:
    """Called with how many are done and how many there are."""

    def __init__(self) -> None:
        self.start = self.last = time.monotonic()
        self.handle: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Say it, if the last time is long enough ago or all is done."""
        now = time.monotonic()
        if now - self.start < WAIT or (now - self.last < WAIT / 5 and done < total):
            return
        after = f", after {now - self.start:,.0f} s" if done < total else ""
        self.last, words = now, f"{done:,} of {total:,} settings are done{after}"
        if hasattr(notebook(), "kernel"):
            from IPython.display import DisplayHandle

            bar = f'<div role="status"><progress value="{done}" max="{total}"></progress> {words}</div>'
            shown = {"text/html": bar, "text/plain": words}
            if self.handle is None:
                self.handle = DisplayHandle()  # type: ignore[no-untyped-call]
                self.handle.display(shown, raw=True)
            self.handle.update(shown, raw=True)
        elif sys.stderr is not None and sys.stderr.isatty():
            print(f"\r\x1b[K{words}", end="\n" if done == total else "", file=sys.stderr, flush=True)
