"""A bar for work that takes longer than a second: it can be interrupted, and what is done by then is kept."""

import html
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from IPython.display import DisplayHandle

T = TypeVar("T")

WAIT = 1.0
"""Work that will take no longer than this shows nothing [s]."""


class Bar:
    """A bar and words in the output of the cell that runs; not there before they are first shown."""

    handle: Any = None
    words = ""

    def show(self, words: str, done: float, most: float) -> None:
        """Show how much is done of the most that there is to do; nothing is sent where the words are the same."""
        if self.handle is None:
            self.handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self.handle.display({"text/plain": ""}, raw=True)
        if words != self.words:
            self._say(words, f'<progress value="{done:.0f}" max="{most:g}"></progress> ')

    def end(self, words: str) -> None:
        """Put the last words where the bar was, if it was."""
        if self.handle is not None:
            self._say(words, "")

    def _say(self, words: str, bar: str) -> None:
        self.words = words
        shown = {"text/html": f'<div role="status">{bar}{html.escape(words)}</div>', "text/plain": words}
        self.handle.update(shown, raw=True)


def one_by_one(work: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Do each piece of work in turn and return what each gave, by its name.

    A bar shows from the moment at which the whole looks longer than a second. Kernel → Interrupt ends it, and then
    the pieces that are done are what is returned.
    """
    done: dict[str, T] = {}
    start, bar = time.monotonic(), Bar()
    try:
        for name, piece in work.items():
            if bar.handle or (done and (time.monotonic() - start) / len(done) * len(work) > WAIT):
                bar.show(f"{len(done)} of {len(work)} done; now {name}", len(done), len(work))
            done[name] = piece()
    except KeyboardInterrupt:
        print(f"Interrupted: {len(done)} of {len(work)} are done, and kept.")
    bar.end(f"{len(done)} of {len(work)} done.")
    return done


def clock(bar: Bar, most: float, seconds: float) -> None:
    """Say for how many of the `most` seconds a check has run, once they are more than two."""
    if seconds >= 2 * WAIT:
        bar.show(f"Checking for {seconds:.0f} s, of {most:g} at most. Kernel → Interrupt ends it.", seconds, most)
