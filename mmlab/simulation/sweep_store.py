"""A sweep's folder: what is done, a line for each chunk; and whose it is, so that no other sweep goes on in it.

Numbers, text, arrays, lists, tuples and dicts go into JSON, and come out as they were, to the last bit and type.
Nothing is pickled: a folder that somebody sends can hold wrong numbers, but no code.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import inspect
import io
import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mmlab.description import describe, versions
from mmlab.files import FileError, append_line, named, read_text, reading, short, write_whole
from mmlab.parameters import ParameterError
from mmlab.simulation.crew import Failed
from mmlab.simulation.grid import Settings

_KINDS = {"list": list, "tuple": tuple, "dict": dict}


class Store:
    """The folder of one sweep: `sweep.json` says of which, `results.jsonl` has what is done.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    function, settings, seed
        What the sweep is of. Of the function count name, code and defaults; not what it reads elsewhere.

    Raises
    ------
    FileError
        If the folder cannot be made or read, or is another sweep's: the sentence says what differs.
    """

    def __init__(self, folder: Any, function: Callable[..., Any], settings: Settings, seed: Any):
        label, self._results = named(folder) / "sweep.json", named(folder) / "results.jsonl"
        self._n = len(settings)
        self.folder = short(str(folder), 200)
        sweep: dict[str, Any] = {"version of mmlab": versions()["mmlab"], "function": _of_function(function)}
        sweep["seed"] = seed and list(map(str, seed.state.values()))
        sweep |= {f"values of {name} in its grid": _digest(values) for name, values in settings.axes.items()}
        sweep |= {"order of names in its grid": settings.names, "rows of its grid": _digest(settings.rows)}
        try:
            label.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"The store {self.folder} is no folder, and cannot be made one: {error}.") from error
        if not label.exists():
            write_whole("The store", {label: [json.dumps(sweep, indent=1)]})
        try:
            there = dict(json.loads(read_text(label)))
        except (ValueError, TypeError) as error:
            raise FileError(f"The store {self.folder} is no sweep's: {error}.") from error
        if differs := [name for name in {**there, **sweep} if there.get(name) != sweep.get(name)]:
            raise FileError(
                f"The store {self.folder} is another sweep's; what differs: {', '.join(differs)}. Give another folder."
            )

    def read(self) -> Iterator[tuple[int, Any]]:
        """Each place that is done, with its result; a line that a kill cut off is none."""
        if self._results.exists():
            with reading(self._results, unpack=False) as file:
                for line in file:
                    try:
                        found = json.loads(line)
                    except ValueError:
                        continue
                    yield from self._of_line(found)

    def _of_line(self, found: Any) -> list[tuple[int, Any]]:
        try:
            places, results = found
            if any(type(place) is not int or not 0 <= place < self._n for place in places):
                raise ValueError("a place that its grid has not")
            return list(zip(places, map(_unpacked, results), strict=True))
        except (ValueError, TypeError, LookupError, EOFError, RecursionError) as error:
            raise FileError(f"The store {self.folder} has a line that no sweep wrote: {short(str(error))}.") from None

    def add(self, places: Sequence[int], results: Sequence[Any]) -> None:
        """Keep the results of a chunk, in one line that is written at once."""
        try:
            line = json.dumps([list(places), list(map(_packed, results))])
        except RecursionError:
            raise ParameterError("A store keeps lists in lists, but not so many, one in the other.") from None
        append_line("The store", self._results, line)


def _packed(value: Any) -> Any:
    """What JSON can say of a result: plain values as they are, everything else as a list of its kind and its parts."""
    kind = type(value)
    if kind is int and value.bit_length() > 64:  # of which Python writes no more than 4,300 digits
        return ["int", hex(value)]
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is Failed:
        return ["failed", str(value)]
    if kind in _KINDS.values():
        return [kind.__name__, *map(_packed, value.items() if kind is dict else value)]
    if (kind is np.ndarray or isinstance(value, np.generic)) and not value.dtype.hasobject:
        file = io.BytesIO()
        np.save(file, value, allow_pickle=False)
        return ["array" if kind is np.ndarray else "number", base64.b64encode(file.getvalue()).decode()]
    raise ParameterError(
        f"A store keeps numbers, text, arrays, lists, tuples and dicts; got a {kind.__qualname__}. Let the function "
        "return what you need of it."
    )


def _unpacked(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kind, *held = value
    if kind in _KINDS:
        return _KINDS[kind](map(_unpacked, held))
    if kind == "int":
        return int(held[0], 16)
    if kind == "failed":
        return Failed(*held)
    array = np.load(io.BytesIO(base64.b64decode(*held)), allow_pickle=False)
    return array if kind == "array" else array[()]


def _of_function(function: Any) -> str:
    """What makes a function the same again: its name, and a digest of its code and of what it has by default."""
    if isinstance(function, functools.partial):
        return f"{_of_function(function.func)} {_digest([function.args, function.keywords])}"
    function = inspect.unwrap(function)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    plain = function if hasattr(function, "__code__") else type(function).__call__
    if not hasattr(plain, "__code__"):  # built in
        return str(name)
    return f"{name} {_digest([_words(plain.__code__), plain.__defaults__, plain.__kwdefaults__])}"


def _words(constant: Any) -> Any:
    """A constant of a function's code in words, or code in it; neither where it lies nor a set's order is in them."""
    if hasattr(constant, "co_code"):
        return [constant.co_code.hex(), constant.co_names, list(map(_words, constant.co_consts))]
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def _digest(values: Any) -> str:
    """A hash of values; of models and markets by what they hold, of what is not mmlab's by its pickle."""
    foreign: list[str] = []
    words = json.dumps(describe(values, "value", foreign)).encode()
    return hashlib.sha256(pickle.dumps(values, 5) if foreign else words).hexdigest()[:20]
