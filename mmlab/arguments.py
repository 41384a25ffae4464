"""What a public function says of an argument that it cannot use: its name, what it must be, what was given.

A call may come thousands of times, so nothing is looked at before it; what is looked into is a call that failed. An
error that no argument explains (one of a reader's own function, say) stays what it is.
"""

from __future__ import annotations

import builtins
import dataclasses
import functools
import inspect
import reprlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Public = TypeVar("Public", bound=Callable[..., Any])

LARGEST, MOST = 1e50, 2**36
"""No number is larger, or nearer to 0 without being 0 than 1/LARGEST: products of five stay numbers. No count is."""

in_range = np.errstate(over="raise", divide="raise", invalid="raise")
"""Decorates what computes so much that only its numbers tell whether they stay numbers: not hot, no reader's code."""


class ParameterError(ValueError):
    """A value that a parameter does not allow; the message names both and says what is allowed."""


def shown(value: object) -> str:
    """A value as a sentence shows it, however long it is."""
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = brief.maxlong = 120
    return brief.repr(value)


def array_of(values: Any, kinds: str = "iuf") -> NDArray[Any] | None:
    """The array of the numbers given; None if they are none: ragged, text, None, complex."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, OverflowError):
        return None
    return array if array.dtype.kind in kinds else None


def explained(public: Public) -> Public:
    """A function that says which of its arguments is not what it is declared to be; of a class, its public methods."""
    if isinstance(public, type):
        for name, member in list(vars(public).items()):
            if name == "__init__" or not name.startswith("_"):
                if isinstance(member, classmethod):
                    setattr(public, name, classmethod(explained(member.__func__)))
                elif inspect.isfunction(member):
                    setattr(public, name, explained(member))
        return public
    if hasattr(public, "explains"):
        return public

    @functools.wraps(public)
    def answer(*given: Any, **named: Any) -> Any:
        try:
            return public(*given, **named)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, MemoryError) as error:
            if not type(error).__module__.startswith("mmlab."):
                _explain(public, given, named, error)
            raise

    answer.explains = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def explain_all(room: str, names: list[str]) -> None:
    """Make all that a room shows its readers `explained`, and what it will show; the room's own modules go without."""
    shown_by = vars(sys.modules[room])
    for name in names:
        public = shown_by[name]
        if (inspect.isfunction(public) or isinstance(public, type)) and public.__module__.startswith(room):
            shown_by[name] = explained(public)
            setattr(sys.modules[public.__module__], name, shown_by[name])


def _explain(public: Callable[..., Any], given: Any, named: Any, error: Exception) -> None:
    """Raise what is wrong with the arguments of a call that failed with `error`, if it is they."""
    try:
        arguments = inspect.signature(public).bind(*given, **named).arguments
    except TypeError:  # a name that is missing or unknown: Python says which
        return
    shapes: dict[str, tuple[int, ...]] = {}
    for name, value in arguments.items():
        declared = str(getattr(public, "__annotations__", {}).get(name, "Any"))
        several = inspect.signature(public).parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
        for one in value if several else (value,):
            if not any(_fits(one, kind.strip(), public.__globals__) for kind in declared.split("|")):
                raise ParameterError(f"{name} must be {_in_words(declared)}; got {shown(one)}.") from error
            shapes |= _shapes(name, one)
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ParameterError(f"{public.__qualname__}: these shapes do not fit together: {told}.") from error
    if isinstance(error, ArithmeticError | MemoryError | IndexError):
        told = ", ".join(f"{name} = {shown(value)}" for name, value in arguments.items())
        raise ParameterError(f"{public.__qualname__} cannot compute with {told}: {error}.") from error


def _fits(value: object, declared: str, scope: dict[str, Any]) -> bool:
    """Whether a value is of the kind that a part of an annotation names; yes, where that is more than a name."""
    kind = declared.partition("[")[0]
    if kind in ("None", "float", "int", "ArrayLike"):
        if kind == "None" or value is None:
            return kind == "None" and value is None
        array = array_of(value, "iufb")
        if array is None or kind == "ArrayLike":
            return array is not None
        return array.ndim == 0 and (kind == "float" or (array.dtype.kind in "iu" and abs(int(array)) <= MOST))
    if kind.endswith("Array"):
        return isinstance(value, np.ndarray) and value.dtype.kind in "iufb"
    known = scope.get(kind, getattr(builtins, kind, None))
    if not isinstance(known, type) or known is Any or getattr(known, "_is_protocol", False):
        return True
    return isinstance(value, known)


def _in_words(declared: str) -> str:
    words = {"ArrayLike": "numbers", "float": "one number", "int": f"a whole number, up to {MOST:,}"}
    kinds = [words.get(kind.strip(), kind.strip()) for kind in declared.split("|")]
    return " or ".join("an array of numbers" if kind.endswith("Array") else kind for kind in kinds)


def _shapes(name: str, value: object) -> dict[str, tuple[int, ...]]:
    """The shapes of what an argument holds, if it is numbers or columns that broadcast."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shapes = {
            f"{name}.{field.name}": array.shape
            for field in dataclasses.fields(value)
            if isinstance(array := getattr(value, field.name), np.ndarray)
        }
    else:
        array = array_of(value, "iufb")
        shapes = {} if array is None else {name: array.shape}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:  # a tape's times and mids, say: no columns of one thing
        return {}
    return shapes
