"""Running something within a time: in a thread that is stopped, or watched where there are no threads."""

import contextvars
import ctypes
import itertools
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GRACE = 2.0
"""Seconds that a function gets to end after it was told to stop."""

_LATE = 1.0
"""What ends so many seconds after its time could not be stopped: it has come back by itself."""


class TookTooLong(Exception):
    """An answer was still running when its time was up; the message goes on after the call: "had not returned …"."""


STOPPED = (
    "had not returned after {:g} s and was stopped. Does a loop never end, or go over single days instead of arrays?"
)
RUNS_ON = (
    "had not returned after {:g} s and cannot be stopped: it is inside one long call of compiled code. "
    "Kernel → Restart ends it."
)
CAME_BACK = (
    "took {1:.1f} s, and {0:g} s are allowed. It could not be stopped: one call of compiled code, such as the sum of "
    "a huge range, holds the kernel until it comes back."
)


class Stop(BaseException):
    """Raised inside what runs when its time is up; no `except Exception` of the reader's catches it."""


def is_not_the_answers(error: BaseException) -> bool:
    """Whether this is ours or the reader's own Ctrl-C, which only the main thread gets, and nothing that it raised."""
    is_interrupt = isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
    return is_interrupt or isinstance(error, Stop)


def run_within(seconds: float, work: Callable[[], T], waiting: Callable[[float], object] = abs) -> T:
    """Do `work` and return what it returns; if that takes longer than `seconds`, stop it.

    It runs in a thread of its own, in which an exception is raised when the time is up: the next line of Python ends
    it, `while True: pass` included, on every system. One long call of compiled code cannot be ended. One that lets
    others run, such as `time.sleep` or the inversion of a matrix, is left to itself after `GRACE` more seconds. One
    that does not, such as `sum(range(10**9))`, holds the whole interpreter, this clock too, until it comes back.

    `waiting` is called with the seconds that have gone by, ten times in each. Where there are no threads (in a
    browser's kernel) the clock is looked at on the way, at each call and each turn of a loop; a Python older than
    3.12 cannot do that, and there is no limit there.

    Raises
    ------
    TookTooLong
        If the time was up, even if the work was then done.
    """
    outcome: list[tuple[T | None, BaseException | None, float]] = []
    context = contextvars.copy_context()  # the cell's own: where its printing goes
    start = time.monotonic()

    def run() -> None:
        try:
            value, error = context.run(work), None
        except BaseException as raised:  # handed on to the caller's thread
            value, error = None, raised
        outcome.append((value, error, time.monotonic() - start))

    thread = threading.Thread(target=run, daemon=True, name="mmlab-check")
    try:
        thread.start()
    except RuntimeError:  # a kernel in the browser has no threads
        if not hasattr(sys, "monitoring"):
            return work()
        _watched(start + seconds, run)
    stopped = False
    try:
        while thread.is_alive() and (left := start + seconds - time.monotonic()) > 0:
            thread.join(min(0.1, left))  # in small pieces: on Windows one long wait does not hear an interrupt
            waiting(time.monotonic() - start)
    finally:  # an interrupt of the cell must not leave it running
        deadline = time.monotonic() + GRACE
        while thread.is_alive() and time.monotonic() < deadline:
            # Again and again, as an `except:` in the reader's loop may swallow one.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stop))
            thread.join(0.02)
            stopped = True
    if not outcome:
        raise TookTooLong((RUNS_ON if thread.is_alive() else STOPPED).format(seconds))
    value, error, took = outcome[0]
    if took > seconds or isinstance(error, Stop):
        held = took > seconds + _LATE or not (stopped or isinstance(error, Stop))
        raise TookTooLong((CAME_BACK if held else STOPPED).format(seconds, took)) from error
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def _watched(end: float, run: Callable[[], None]) -> None:
    """Call `run` in this very thread, and raise in it when the time is up."""
    if sys.version_info >= (3, 12):
        watch, watching, events = sys.monitoring, True, itertools.count()
        tool = next(number for number in range(5, -1, -1) if watch.get_tool(number) is None)

        def look(*_: object) -> None:  # at the clock each sixteenth time: that costs more than all else here
            if watching and not next(events) & 15 and time.monotonic() > end:
                raise Stop

        watch.use_tool_id(tool, "mmlab-check")
        for event in (watch.events.JUMP, watch.events.PY_START):
            watch.register_callback(tool, event, look)
        try:
            watch.set_events(tool, watch.events.JUMP | watch.events.PY_START)
            run()
        except Stop:  # which `look` raised when the work was done
            watching = False  # before the jump from here, which is looked at too
        finally:
            watching = False
            watch.set_events(tool, 0)
            watch.free_tool_id(tool)
