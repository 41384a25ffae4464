"""What a public function says of an argument that it cannot use: its name, what it must be, what was given.

A call may come thousands of times, so nothing is looked at before it; what is looked into is a call that failed. The
error of a reader's own function stays what it is.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import inspect
import reprlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Public = TypeVar("Public", bound=Callable[..., Any])

_OURS = {"mmlab", "numpy"} | sys.stdlib_module_names
"""Whose code no reader wrote."""

_WORDS = {"ArrayLike": "numbers", "float": "one number", "int": "a whole number", "str": "text", "None": "None"}
_WORDS |= dict.fromkeys(("FloatArray", "BoolArray", "IntArray", "NDArray"), "an array")


class ParameterError(ValueError):
    """A value that a parameter does not allow; the message names both and says what is allowed."""


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
            if name == "__init__" or not (name.startswith("_") or name == "unchecked"):
                if isinstance(member, classmethod):
                    setattr(public, name, classmethod(explained(member.__func__)))
                elif inspect.isfunction(member):
                    setattr(public, name, explained(member))
                elif isinstance(member, property) and member.fget:
                    setattr(public, name, member.getter(explained(member.fget)))
        return public
    if hasattr(public, "explains"):
        return public

    @functools.wraps(public)
    def answer(*given: Any, **named: Any) -> Any:
        try:
            return public(*given, **named)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, MemoryError) as error:
            import traceback

            ran = {frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)}
            if not type(error).__module__.startswith("mmlab.") and _OURS.issuperset(n.split(".")[0] for n in ran):
                _explain(public, given, named, error)
            raise

    answer.explains = True  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def explain_all(room: str) -> None:
    """Make all that a room shows its readers `explained`; among themselves its modules call what they imported."""
    shown = vars(sys.modules[room])
    for name in shown["__all__"]:
        if name in shown:
            _show(room, name, shown[name])


def when_used(room: str, modules: Sequence[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A room's `__getattr__`, for names whose module is imported when they are first used, and its `__dir__`.

    The first of `modules` that has a name is asked for it. None of those is called as one of the names is: Python puts
    a module that is imported in the place of such a name.
    """
    here = vars(sys.modules[room])

    def find(name: str) -> Any:
        for module in modules if name in here["__all__"] else ():
            if name in (has := vars(importlib.import_module(f"{room}.{module}"))):
                return _show(room, name, has[name])
        raise AttributeError(f"module {room!r} has no attribute {name!r}")

    return find, lambda: sorted({*here, *here["__all__"]})


def _show(room: str, name: str, value: Any) -> Any:
    if inspect.isfunction(value) or isinstance(value, type):
        home = sys.modules[value.__module__]
        value = explained(getattr(home, name, value))
        setattr(home, name, value)
    setattr(sys.modules[room], name, value)
    return value


def _explain(public: Callable[..., Any], given: Any, named: Any, error: Exception) -> None:
    """Raise what is wrong with the arguments of a call that failed with `error`; its words, where none stands out."""
    signature = inspect.signature(public)
    try:
        taken = signature.bind(*given, **named).arguments
    except TypeError:  # a name that is missing or unknown: Python says which
        return
    for name, value in taken.items():
        parameter = signature.parameters[name]
        kinds = [kind.partition("[")[0].strip() for kind in str(parameter.annotation).split("|")]
        for one in value if parameter.kind is parameter.VAR_POSITIONAL else (value,):
            if not any(_fits(one, kind, vars(sys.modules[public.__module__])) for kind in kinds):
                words = " or ".join(_WORDS.get(kind, f"a {kind}") for kind in kinds)
                raise ParameterError(f"{name} must be {words}; got {reprlib.repr(one)}.") from error
    shown = [
        f"{name} of shape {value.shape}" if isinstance(value, np.ndarray) else f"{name} = {reprlib.repr(value)}"
        for name, value in taken.items()
        if name not in ("self", "cls")
    ]
    raise ParameterError(f"{public.__qualname__} cannot use {', '.join(shown) or 'what it holds'}: {error}.") from error


def _fits(value: object, kind: str, scope: dict[str, Any]) -> bool:
    """Whether a value is of the kind that a part of an annotation names; yes, where that is no plain name."""
    if kind in ("float", "int", "ArrayLike"):
        array = array_of(value, "iufb")
        return array is not None and (kind == "ArrayLike" or array.ndim == 0)
    known: Any = np.ndarray if kind.endswith("Array") else scope.get(kind, getattr(builtins, kind, None))
    if kind == "None" or not inspect.isclass(known) or known is Any or getattr(known, "_is_protocol", False):
        return kind != "None" or value is None
    return isinstance(value, known)
