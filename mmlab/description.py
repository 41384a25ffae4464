"""Descriptions: what JSON can say of mmlab's own models, limits, venues and markets, and the same made of it again.

A class that is not mmlab's cannot be described: it is named, so that whoever reads the description knows that it is
not whole.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmlab.parameters import ParameterError

OWN = {"model": "own model", "limits": "own limit"}
"""What a reader's own is called in the place of one of mmlab's."""
ROOMS = ("market", "models", "desk")
"""Whose public dataclasses can be described and made again."""


def describe(thing: Any, own: str, foreign: list[str]) -> Any:
    """What JSON can say of a thing; a dataclass of mmlab's is a mapping in which "is" says which.

    Numbers of NumPy are numbers, arrays and tuples lists, and what is not finite is text.

    Parameters
    ----------
    thing : object
    own : str
        What it is, in the sentence about a class that is not mmlab's ("own model").
    foreign : list of str
        To which the name of each such class is added.
    """
    if isinstance(thing, np.generic | np.ndarray):
        thing = thing.tolist()
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    if isinstance(thing, float):
        return float(thing) if math.isfinite(thing) else str(float(thing))
    if isinstance(thing, tuple | list):
        return [describe(one, own, foreign) for one in thing]
    if isinstance(thing, Mapping) and all(isinstance(name, str) for name in thing):
        return {name: describe(one, own, foreign) for name, one in thing.items()}
    kind = type(thing)
    if public_kind(name := public_name(kind)) is not kind:
        plain = getattr(thing, "__qualname__", kind.__qualname__)  # a function has one of its own
        foreign.append(f"{own} {plain.rpartition('.')[-1]}")
        return {"own": foreign[-1]}
    given = ((field.name, getattr(thing, field.name)) for field in dataclasses.fields(kind) if field.init)
    return {"is": name} | {field: describe(value, OWN.get(field, own), foreign) for field, value in given}


def restore(description: Any) -> Any:
    """The thing that a description is of; lists are tuples, and a mapping without "is" is one.

    Raises
    ------
    ParameterError
        If it names what mmlab has not, or its numbers are refused.
    """
    if isinstance(description, list):
        return tuple(map(restore, description))
    if description in ("inf", "-inf", "nan") and isinstance(description, str):
        return float(description)
    if not isinstance(description, dict):
        return description
    kind = public_kind(description.get("is"))
    given = {name: restore(value) for name, value in description.items() if name != "is"}
    if "own" in description or ("is" in description and kind is None):
        raise ParameterError(f"This mmlab cannot make {description.get('own', description.get('is'))!r}.")
    try:
        return kind(**given) if kind else given
    except TypeError as error:
        raise ParameterError(f"This mmlab cannot make {description['is']}: {error}.") from None


def versions() -> dict[str, str]:
    """Of what made a number."""
    import platform

    mmlab = sys.modules["mmlab"].__version__
    return {"mmlab": mmlab, "numpy": np.__version__, "python": platform.python_version()}


def hash_of(columns: Mapping[str, NDArray[Any]]) -> str:
    """The SHA-256 of named columns, whatever machine they are on; one NaN is like another."""
    import hashlib

    found = hashlib.sha256()
    for name, column in columns.items():
        same = np.ascontiguousarray(column)
        if same.dtype.kind == "f":
            same = np.where(np.isnan(same), same.dtype.type(np.nan), same)
        same = same.astype(same.dtype.newbyteorder("<"), copy=False)
        found.update(f"{name} {same.dtype.str} {same.shape}\n".encode())
        found.update(same.tobytes())
    return found.hexdigest()


def public_name(kind: type[Any]) -> str:
    """The "room.Name" by which `public_kind` finds a class of mmlab's that a room shows."""
    return ".".join([*kind.__module__.split(".")[1:2], kind.__qualname__])


def public_kind(name: Any, rooms: tuple[str, ...] = ROOMS) -> type[Any] | None:
    """The public dataclass "room.Name" of one of these rooms, or None."""
    room, _, plain = str(name).partition(".")
    found = getattr(importlib.import_module(f"mmlab.{room}"), plain, None) if room in rooms else None
    return found if isinstance(found, type) and dataclasses.is_dataclass(found) else None
