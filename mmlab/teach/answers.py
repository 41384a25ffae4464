"""Running what a reader wrote: on copies, within a time, with every mishap turned into a sentence.

Nothing is known here of exercises or of market making.
"""

from __future__ import annotations

import contextvars
import copy
import ctypes
import dis
import inspect
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mmlab.parameters import FloatArray

T = TypeVar("T")

GRACE = 2.0
"""Seconds that a function gets to end after it was told to stop."""

_DOES_NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


class NotYet(Exception):
    """What is wrong with an answer, in a sentence."""


class NotAttempted(Exception):
    """There is no answer yet."""


class TookTooLong(Exception):
    """An answer was still running when its time was up; `stopped` says whether it runs no more."""

    def __init__(self, stopped: bool):
        super().__init__("the time is up")
        self.stopped = stopped


class _Stop(BaseException):
    """Raised inside a function whose time is up; no `except Exception` of the reader's catches it."""


class Answer:
    """A reader's answer: a function (call it like one) or a value (`given`).

    Parameters
    ----------
    given : object
        What the reader gave.
    takes : sequence of str
        What its arguments are called in sentences.
    """

    def __init__(self, given: Any, takes: Sequence[str]):
        self.given, self._takes = given, takes
        name = getattr(given, "__name__", "")
        self.name: str = name if name.isidentifier() else "answer"
        self.running = ""
        """The call that was made last, as one writes it."""

    def __call__(self, *arguments: Any) -> Any:
        """Call the function with copies.

        Raises
        ------
        NotAttempted
            If it is not written yet.
        NotYet
            If it takes other arguments, raises or changes an argument in place.
        """
        said = (f"{name}={_short(value)}" for name, value in zip(self._takes, arguments, strict=True))
        self.running = f"`{self.name}({', '.join(said)})`"
        if refusal := _refusal(self.given, arguments):
            takes = ", ".join(self._takes)
            raise NotYet(f"`{self.name}` must take {len(arguments)} arguments, ({takes}): {refusal}.")
        copies = copy.deepcopy(arguments)
        try:
            with np.errstate(all="ignore"):  # the sentence about a NaN comes from who looks at the result
                returned = self.given(*copies)
        except NotImplementedError:
            raise NotAttempted from None
        except NotYet:
            raise
        except (Exception, SystemExit) as error:
            raise NotYet(f"{self.running} raised {self._mishap(error)}") from error
        if returned is ... or (returned is None and self._is_empty()):
            raise NotAttempted
        for name, before, after in zip(self._takes, arguments, copies, strict=True):
            if not _same(before, after):
                raise NotYet(
                    f"{self.running} changes its argument `{name}` in place; whoever calls it still needs that. "
                    f"Make a new array instead (`{name} = {name} + 1`, not `{name} += 1`)."
                )
        return returned

    def numbers(self, returned: Any, shape: tuple[int, ...], what: str = "") -> FloatArray:
        """What was returned as finite floats of a shape, or NotYet with both shapes."""
        place = f"{self.running or 'your answer'}{': ' + what if what else ''}"
        try:
            x = np.asarray(returned)
        except ValueError:
            raise NotYet(f"{place} has parts of different shapes; it must have shape {shape}.") from None
        if x.dtype.kind not in "iufb":
            raise NotYet(f"{place} is no number or array of numbers but {_short(returned)}.")
        if x.shape != shape:
            raise NotYet(f"{place} has shape {x.shape}; it must have shape {shape}.")
        if not np.isfinite(x).all():
            raise NotYet(f"{place} has {np.sum(~np.isfinite(x))} values that are not finite, such as {_odd(x)}.")
        return x.astype(np.float64)

    def _is_empty(self) -> bool:
        code = getattr(self.given, "__code__", None)
        return code is not None and {step.opname for step in dis.get_instructions(code)} <= _DOES_NOTHING

    def _mishap(self, error: BaseException) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        own = getattr(self.given, "__code__", None)
        here = [frame for frame in frames if own and frame.filename == own.co_filename] or frames[1:] or frames
        said = f": {str(error).splitlines()[0].rstrip('.')}" if str(error) else ""
        source = here[-1].line or ""
        line = f", `{source}`" if 0 < len(source) <= 80 else ""
        return f"{type(error).__name__}{said} (line {here[-1].lineno}{line})."


def run_within(seconds: float, work: Callable[[], T], grace: float = GRACE) -> T:
    """Do `work` and return what it returns; if that takes longer than `seconds`, stop it.

    It runs in a thread of its own, in which an exception is raised when the time is up: the next line of Python ends
    it, `while True: pass` included, on every system. One long call of compiled code cannot be ended; after `grace` more
    seconds it is left to itself.

    Raises
    ------
    TookTooLong
        If the time was up.
    """
    outcome: list[tuple[T | None, BaseException | None]] = []
    context = contextvars.copy_context()  # the cell's own: where its printing goes

    def run() -> None:
        try:
            outcome.append((context.run(work), None))
        except BaseException as error:  # handed on to the caller's thread
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True, name="mmlab-check")
    try:
        thread.start()
    except RuntimeError:  # a kernel in the browser has no threads
        return work()
    try:
        _join(thread, seconds)
    finally:  # an interrupt of the cell must not leave it running
        deadline = time.monotonic() + grace
        while thread.is_alive() and time.monotonic() < deadline:
            # Again and again, as an `except:` in the reader's loop may swallow one.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Stop))
            thread.join(0.02)
    if not outcome or isinstance(outcome[0][1], _Stop):
        raise TookTooLong(stopped=not thread.is_alive())
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def _join(thread: threading.Thread, seconds: float) -> None:
    """Wait in small pieces: on Windows one long wait does not hear an interrupt."""
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(min(0.1, max(0.0, deadline - time.monotonic())))


def _refusal(function: Callable[..., Any], arguments: Sequence[Any]) -> str:
    """Why a function cannot take these arguments; empty if it can, or if (as `max`) it does not tell."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        return str(error)
    except ValueError:
        return ""
    return ""


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return before is after or bool(before == after)


def _short(value: Any) -> str:
    """A value as a sentence can hold it."""
    if isinstance(value, float | int | np.number):
        return f"{value:g}"
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ") if value.size <= 5 else f"array of shape {value.shape}"
    if callable(value):
        return getattr(value, "__name__", "a function")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _odd(x: NDArray[Any]) -> str:
    return f"{x[~np.isfinite(x)].ravel()[0]}"
