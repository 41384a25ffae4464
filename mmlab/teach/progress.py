"""A bar for work that takes longer than a second: it can be interrupted, and what is done by then is kept."""

import html
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from IPython.display import DisplayHandle

T = TypeVar("T")

WAIT = 1.0
"""Work that will take no longer than this shows nothing [s]."""


def one_by_one(work: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Do each piece of work in turn and return what each gave, by its name.

    A bar shows from the moment at which the whole looks longer than a second. Kernel → Interrupt ends it, and then
    the pieces that are done are what is returned.
    """
    done: dict[str, T] = {}
    start = time.monotonic()
    handle: Any = None
    try:
        for name, piece in work.items():
            if handle is None and done and (time.monotonic() - start) / len(done) * len(work) > WAIT:
                handle = DisplayHandle()  # type: ignore[no-untyped-call]
                handle.display({"text/plain": ""}, raw=True)
            if handle is not None:
                bar = f'<progress value="{len(done)}" max="{len(work)}"></progress> '
                _say(handle, f"{len(done)} of {len(work)} done; now {name}", bar)
            done[name] = piece()
    except KeyboardInterrupt:
        print(f"Interrupted: {len(done)} of {len(work)} are done, and kept.")
    if handle is not None:
        _say(handle, f"{len(done)} of {len(work)} done.")
    return done


class Clock:
    """Says how long a check has run, from the moment at which that is longer than two seconds.

    Parameters
    ----------
    most : float
        How long it may run in all [s].
    """

    def __init__(self, most: float):
        self.most, self.shown = most, 2 * WAIT
        self.handle: Any = None

    def __call__(self, seconds: float) -> None:
        """Show the whole seconds that have gone by, each once."""
        if seconds < self.shown:
            return
        if self.handle is None:
            self.handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self.handle.display({"text/plain": ""}, raw=True)
        bar = f'<progress value="{seconds:.0f}" max="{self.most:g}"></progress> '
        _say(self.handle, f"Checking for {seconds:.0f} s, of {self.most:g} at most. Kernel → Interrupt ends it.", bar)
        self.shown = seconds + 1

    def end(self) -> None:
        """Say that it is over."""
        if self.handle is not None:
            _say(self.handle, "Checked.")


def _say(handle: Any, words: str, bar: str = "") -> None:
    shown = {"text/html": f'<div role="status">{bar}{html.escape(words)}</div>', "text/plain": words}
    handle.update(shown, raw=True)
