"""Running what a reader wrote: on copies, with every mishap turned into a sentence.

Nothing is known here of exercises or of market making; the time that an answer may take is `time_limit`'s.
"""

import copy
import dis
import inspect
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.teach.time_limit import is_not_the_answers

_TOO_LARGE = 2**1024

_DOES_NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


class NotYet(Exception):
    """What is wrong with an answer, in a sentence; and the id of the mistake, if it has a name."""

    def __init__(self, sentence: str, mistake: str = ""):
        super().__init__(sentence)
        self.mistake = mistake


class NotAttempted(Exception):
    """There is no answer yet."""


class Noted(Exception):
    """There is an answer, and nothing here to judge it."""


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
        self.given, self.takes = given, tuple(takes)
        self._called: tuple[Any, ...] | None = None

    @property
    def running(self) -> str:
        """The call that was made last, as one writes it."""
        return "your answer" if self._called is None else self.call(*self._called)

    @property
    def name(self) -> str:
        """What the function is called in sentences."""
        name = getattr(self.given, "__name__", "")
        return name if isinstance(name, str) and name.isidentifier() else "answer"

    def __call__(self, *arguments: Any) -> Any:
        """Call the function with copies.

        Raises
        ------
        NotAttempted
            If it is not written yet.
        NotYet
            If it takes other arguments, raises or changes an argument in place.
        """
        self._called = arguments
        copies = copy.deepcopy(arguments)
        try:
            with np.errstate(all="ignore"):  # the sentence about a NaN comes from who looks at the result
                returned = self.given(*copies)
        except NotImplementedError:
            raise NotAttempted from None
        except BaseException as error:
            if isinstance(error, NotYet) or is_not_the_answers(error):
                raise
            try:  # asked now: asking costs as much as ten calls
                with suppress(ValueError):  # as `max`, it does not tell what it takes
                    inspect.signature(self.given).bind(*arguments)
            except TypeError as other:
                takes = f"{len(arguments)} argument{'s' * (len(arguments) != 1)}, ({', '.join(self.takes)})"
                raise NotYet(f"`{self.name}` must take {takes}: {other}.") from None
            raise NotYet(f"{self.running} raised {self._mishap(error)}") from error
        if returned is ... or (returned is None and is_empty(self.given)):
            raise NotAttempted
        for name, before, after in zip(self.takes, arguments, copies, strict=True):
            if not _same(before, after):
                raise NotYet(
                    f"{self.running} changes its argument `{name}` in place; whoever calls it still needs that. "
                    f"Make a new array instead (`{name} = {name} + 1`, not `{name} += 1`)."
                )
        return returned

    def call(self, *arguments: Any) -> str:
        """A call with these arguments, as one writes it."""
        named = (f"{name}={in_short(value)}" for name, value in zip(self.takes, arguments, strict=True))
        return f"`{self.name}({', '.join(named)})`".replace("−", "-")  # it is code

    def numbers(self, returned: Any, shape: tuple[int, ...], what: str = "") -> FloatArray:
        """What was returned as finite floats of a shape, or NotYet with both shapes."""

        def place() -> str:
            return f"{self.running}{': ' + what if what else ''}"

        must = f"it must have shape {shape}" if shape else "it must be one number"
        try:
            x = np.real_if_close(np.asarray(returned))  # NumPy may write real eigenvalues as complex numbers
        except ValueError:
            raise NotYet(f"{place()} has parts of different shapes; {must}.") from None
        if x.dtype.kind not in "iufb":
            raise NotYet(f"{place()} is no number or array of numbers but {in_short(returned)}.")
        if np.ma.is_masked(returned):
            raise NotYet(f"{place()} has values that are masked: there is no number behind a mask.")
        if x.shape != shape:
            raise NotYet(f"{place()} {f'has shape {x.shape}' if x.shape else 'is one number'}; {must}.")
        if (bad := x[~np.isfinite(x)]).size:
            some = f"{bad.size} values that are not finite, such as" if bad.size > 1 else "a value that is not finite,"
            raise NotYet(f"{place()} has {some} {bad[0]}.")
        return x.astype(np.float64)

    def _mishap(self, error: BaseException) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        own = getattr(self.given, "__code__", None)
        here = [frame for frame in frames if own and frame.filename == own.co_filename] or frames[1:] or frames
        words = in_words(error)
        message = f": {words.splitlines()[0].rstrip('.')}" if words else ""
        source = here[-1].line or ""
        line = f", `{source}`" if 0 < len(source) <= 80 else ""
        return f"{type(error).__name__}{message} (line {here[-1].lineno}{line})."


def is_empty(function: Any) -> bool:
    """Whether a function does nothing: it is not written yet."""
    code = getattr(function, "__code__", None)
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= _DOES_NOTHING


def is_unwritten(function: Any) -> bool:
    """Whether a function does nothing and returns nothing, which is known before it is called."""
    constants = [s.argval for s in dis.get_instructions(function) if "CONST" in s.opname] if is_empty(function) else [0]
    return constants[-1] is None or constants[-1] is ...


def in_words(error: BaseException) -> str:
    """What an exception says; nothing where saying it raises."""
    try:
        return str(error)
    except BaseException as another:
        if is_not_the_answers(another):
            raise
        return ""


@contextmanager
def unpatched(*modules: Any) -> Iterator[None]:
    """Put back what is changed meanwhile in these modules: `np.isfinite = mine` is for the answer that did it."""
    before = [(vars(module), dict(vars(module))) for module in modules]
    try:
        yield
    finally:
        for now, then in before:
            now.update(then)


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return before is after or bool(before == after)


def in_short(value: Any) -> str:
    """A value as a sentence can hold it."""
    if isinstance(value, int) and not -_TOO_LARGE < value < _TOO_LARGE:  # by no function that is patched
        return f"an integer of some {int(value.bit_length() * np.log10(2)) + 1} digits, too large for a float"
    try:
        if isinstance(value, float | int | np.number):
            return f"{value:g}".replace("-", "−")
        if isinstance(value, np.ndarray):
            return np.array2string(value, separator=", ") if value.size <= 5 else f"array of shape {value.shape}"
        if callable(value):
            return getattr(value, "__name__", "a function")
        text = repr(value)
    except Exception:  # of an object that cannot be shown
        return f"an object of type {type(value).__name__}, which does not show itself"
    return text if len(text) <= 60 else text[:57] + "..."
