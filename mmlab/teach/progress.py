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


def _say(handle: Any, words: str, bar: str = "") -> None:
    shown = {"text/html": f'<div role="status">{bar}{html.escape(words)}</div>', "text/plain": words}
    handle.update(shown, raw=True)
