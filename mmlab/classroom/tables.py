"""What checks answers in a student's edition, which has this file in `teach`: numbers alone, as `public` makes them.

Of an exercise that asks for a value, all that could tell it is sealed: what is said of a value, the value itself opens.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotAttempted, Noted, is_empty
from mmlab.teach.mistakes import ROUNDED, Check, Facts, Mistake, compared, numbers_of, stated
from mmlab.wire import decode

PUBLIC = "public.json"
"""In a chapter's folder: by an exercise's id, what `checked_by` takes, or that it is judged elsewhere."""


def tables_of(package: str) -> dict[str, Check]:
    """A chapter's checks by its exercises' ids."""
    tables = json.loads((files(package) / PUBLIC).read_text(encoding="utf-8"))
    return {id: _noted if "judged" in table else partial(checked_by, table) for id, table in tables.items()}


def checked_by(table: dict[str, Any], answer: Answer) -> Facts:
    """The check of a table: `cases` with their arguments, what is right there and what is known of them, `mistakes`."""
    cases, right = [tuple(map(_value, case["arguments"])) for case in table["cases"]], _right(table)
    gave, tolerance = numbers_of(answer, cases, right, table["tolerance"])
    if "sealed" in table:
        key = key_of(gave[0], table["tolerance"])
        content = bytes.fromhex(table["sealed"].get(key[:8].hex(), ""))
        opened = json.loads(sealed(key, content) or "{}")
        table = table | opened
        right = _right(table) if "cases" in opened else [2 * np.abs(gave[0]) + 1]  # which it is not
    wrong = {text: [np.asarray(_value(y)) for y in one["gave"]] for text, one in table["mistakes"].items()}
    text, n = compared(gave, right, lambda: wrong, tolerance)
    known = table["mistakes"].get(text) or (table["cases"][n] if text else table)
    more = {name: _value(one) for name, one in known["facts"].items()}
    facts = stated(answer, cases[n], gave[n], right[n], lambda *_: more)
    if text:
        raise Mistake(known.get("otherwise", text), **facts)
    return facts


def key_of(value: FloatArray, tolerance: float | None, off: float = 0.0) -> bytes:
    """What opens what is sealed of a value, and of others near it; slow, so that few are tried.

    `off` moves the value by so many tolerances: to what is moved by −2.1 and by 2.1 belong the keys of all that is near
    enough.
    """
    step = 8 * (tolerance or ROUNDED)
    largest = float(np.abs(value).max())
    key = f"{math.floor(math.log(largest) / step + off / 8) if largest else 0}".encode()
    for _ in range(20_000):
        key = hashlib.sha256(key).digest()
    return key


def sealed(key: bytes, content: bytes) -> bytes:
    """A content under a key, or what was sealed with it."""
    return bytes(a ^ b for a, b in zip(content, hashlib.shake_256(key).digest(len(content)), strict=True))


def _right(table: Mapping[str, Any]) -> list[FloatArray]:
    return [np.asarray(_value(case["right"]), np.float64) for case in table["cases"]]


def _noted(answer: Answer) -> Facts:
    raise NotAttempted if is_empty(answer.given) else Noted


def _value(sent: Any) -> Any:
    return decode(sent, lambda handle: None)
