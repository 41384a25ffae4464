"""What a grader and a submission say to each other: lines of JSON, each one value; other objects stay where they are.

A submission's process sends numbers, texts, arrays and mmlab's own plain objects by value; anything else, such as a
function or an object of the student's own class, stays there and is sent as a number by which it can be called. Nothing
that comes from there is executed here: no pickle, no code, no import but of mmlab's public dataclasses.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

ROOMS = ("quotes", "market", "models", "desk")
"""Whose public dataclasses go by value."""
_NUMBERS = "biufU"
"""Kinds of arrays that are sent: numbers, truth values and texts."""

Keep = Callable[[Any], Any]
"""Of an object that stays: gives what is sent in its place. Of what came: gives what stands for it here."""


class WireError(ValueError):
    """What was sent is no value that this side knows."""


def encode(value: Any, keep: Keep) -> Any:
    """What JSON can say of a value; `keep` names what it cannot."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else {"int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, np.ndarray) and value.dtype.kind in _NUMBERS:
        return {
            "array": value.dtype.str,
            "shape": list(value.shape),
            "of": [encode(x, keep) for x in value.ravel().tolist()],
        }
    if type(value) in (list, tuple, set, frozenset):
        return {type(value).__name__: [encode(one, keep) for one in value]}
    if type(value) is dict:
        return {"dict": [[encode(key, keep), encode(one, keep)] for key, one in value.items()]}
    kind = type(value)
    if (name := _public_name(kind)) is not None:
        fields = [field.name for field in dataclasses.fields(kind) if field.init]
        return {"is": name, "with": {field: encode(getattr(value, field), keep) for field in fields}}
    return {"kept": keep(value)}


def decode(sent: Any, kept: Keep) -> Any:
    """The value that was sent; `kept` gives what stands for an object that stayed there.

    Raises
    ------
    WireError
        If it is none.
    """
    if not isinstance(sent, dict):
        return sent
    try:
        if "array" in sent:
            flat = [decode(one, kept) for one in sent["of"]]
            dtype = np.dtype(sent["array"])
            if dtype.kind not in _NUMBERS:
                raise WireError(f"an array of {dtype}")
            return np.array(flat, dtype).reshape(sent["shape"])
        if "is" in sent:
            room, _, plain = sent["is"].partition(".")
            kind = getattr(importlib.import_module(f"mmlab.{room}"), plain) if room in ROOMS else None
            if not isinstance(kind, type) or _public_name(kind) != sent["is"]:
                raise WireError(f"no {sent['is']!r}")
            return kind(**{field: decode(one, kept) for field, one in sent["with"].items()})
        if "kept" in sent:
            return kept(sent["kept"])
        ((kind, parts),) = sent.items()
        if kind in _ONE:
            return _ONE[kind](parts)
        if kind == "dict":
            return {decode(key, kept): decode(one, kept) for key, one in parts}
        return _MANY[kind](decode(one, kept) for one in parts)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise WireError(str(error)) from None


_ONE: dict[str, Callable[[str], Any]] = {"int": int, "float": float}
_MANY: dict[str, Callable[..., Any]] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def line(message: dict[str, Any]) -> bytes:
    """A message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def _public_name(kind: type[Any]) -> str | None:
    """room.Name of a public dataclass of mmlab, or None."""
    first, _, rest = kind.__module__.partition(".")
    room = rest.split(".")[0]
    if first != "mmlab" or room not in ROOMS or not dataclasses.is_dataclass(kind):
        return None
    public = getattr(importlib.import_module(f"mmlab.{room}"), kind.__name__, None)
    return f"{room}.{kind.__name__}" if public is kind else None
