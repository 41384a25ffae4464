"""What a grader and a submission say to each other: lines of JSON, each one value; other objects stay where they are.

A submission's process sends numbers, texts, arrays and mmlab's own plain objects by value; anything else, such as a
function or an object of the student's own class, stays there and is sent as a number by which it can be called. Nothing
that comes from there is executed here: no pickle, no code, no import but of mmlab's public dataclasses.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mmlab.description import public_kind, public_name

ROOMS = ("quotes", "market", "models", "desk")
"""Whose public dataclasses go by value."""
_NUMBERS = "biufU"
"""Kinds of arrays that are sent: numbers, truth values and texts."""
MOST = 2**21
"""Numbers of an array or a list, and 64 times as many bytes."""

Keep = Callable[[Any], Any]
"""Of an object that stays: gives what is sent in its place. Of what came: gives what stands for it here."""


class WireError(ValueError):
    """What was sent is no value that this side knows."""


def encode(value: Any, keep: Keep, packed: bool = False) -> Any:
    """What JSON can say of a value; `keep` names what it cannot. Arrays are lists of numbers or, `packed`, their bytes.

    Packed is what a grader sends, often and much; what comes back is numbers.
    """
    if isinstance(value, complex | np.ndarray):
        value = np.real_if_close(value)  # as whoever checks an answer takes it
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else {"int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, np.ndarray) and value.dtype.kind in _NUMBERS and not np.ma.is_masked(value):
        _not_too_many(value.size)
        if packed and value.dtype.kind != "U":
            data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
            return {"array": value.dtype.str, "shape": list(value.shape), "bytes": data}
        plain = value.ravel().tolist()  # which JSON says as it is, and fast, but for what is not finite
        odd = value.dtype.kind == "f" and not np.isfinite(value).all()
        return {
            "array": value.dtype.str,
            "shape": list(value.shape),
            "of": [encode(x, keep) for x in plain] if odd else plain,
        }
    if type(value) in (list, tuple, set, frozenset, dict):
        _not_too_many(len(value))
    if type(value) in (list, tuple, set, frozenset):
        return {type(value).__name__: [encode(one, keep, packed) for one in value]}
    if type(value) is dict:
        return {"dict": [[encode(key, keep, packed), encode(one, keep, packed)] for key, one in value.items()]}
    kind = type(value)
    if public_kind(name := public_name(kind), ROOMS) is kind:
        fields = [field.name for field in dataclasses.fields(kind) if field.init]
        return {"is": name, "with": {field: encode(getattr(value, field), keep, packed) for field in fields}}
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
            dtype = np.dtype(sent["array"])
            if "bytes" in sent and dtype.kind in "biuf":
                data = bytearray(base64.b64decode(sent["bytes"]))  # which can be written to
                return np.frombuffer(data, dtype).reshape(sent["shape"])
            flat = sent["of"] if dict not in set(map(type, sent["of"])) else [decode(one, kept) for one in sent["of"]]
            if dtype.kind not in _NUMBERS or dtype.itemsize * len(flat) > 64 * MOST:
                raise WireError(f"an array of {dtype}")
            return np.array(flat, dtype).reshape(sent["shape"])
        if "is" in sent:
            kind = public_kind(sent["is"], ROOMS)
            if kind is None or public_name(kind) != sent["is"]:
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
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        raise WireError(str(error)) from None


_ONE: dict[str, Callable[[str], Any]] = {"int": int, "float": float}
_MANY: dict[str, Callable[..., Any]] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def _not_too_many(size: int) -> None:
    if size > MOST:
        raise WireError(f"{size:,} numbers are more than go out at once ({MOST:,})")


def line(message: dict[str, Any]) -> bytes:
    """A message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
