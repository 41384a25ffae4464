"""What checks answers in a student's edition, which has this file in `teach`: numbers alone, as `public` makes them."""

import json
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np

from mmlab.teach.answers import Answer, NotAttempted, Noted, is_empty
from mmlab.teach.mistakes import Check, Facts, Mistake, compared, numbers_of, stated
from mmlab.wire import decode

PUBLIC = "public.json"
"""In a chapter's folder: by an exercise's id, what `checked_by` takes, or that it is judged elsewhere."""


def tables_of(package: str) -> dict[str, Check]:
    """A chapter's checks by its exercises' ids."""
    tables = json.loads((files(package) / PUBLIC).read_text(encoding="utf-8"))
    return {id: _noted if "judged" in table else partial(checked_by, table) for id, table in tables.items()}


def checked_by(table: Mapping[str, Any], answer: Answer) -> Facts:
    """The check of a table: `cases` with their arguments, what is right there and what is known of them, `mistakes`."""
    cases = [tuple(map(_value, case["arguments"])) for case in table["cases"]]
    right = [np.asarray(_value(case["right"]), np.float64) for case in table["cases"]]
    wrong = {text: [np.asarray(_value(y)) for y in one["gave"]] for text, one in table["mistakes"].items()}
    gave, tolerance = numbers_of(answer, cases, right, table["tolerance"])
    text, n = compared(gave, right, lambda: wrong, tolerance)
    known = table["mistakes"].get(text) or (table["cases"][n] if text else table)
    more = {name: _value(one) for name, one in known["facts"].items()}
    facts = stated(answer, cases[n], gave[n], right[n], lambda *_: more)
    if text:
        raise Mistake(known.get("otherwise", text), **facts)
    return facts


def _noted(answer: Answer) -> Facts:
    raise NotAttempted if is_empty(answer.given) else Noted


def _value(sent: Any) -> Any:
    return decode(sent, lambda handle: None)
