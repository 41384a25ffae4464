"""A chapter's checks as numbers, for an edition without a judge: what is right at the public cases, what slips give.

No formula is in them. With `tables` they say what the checks themselves say, as far as numbers can: of what
nobody foresaw, what was given, what is right and at which call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from mmlab.classroom.tables import checked_by, key_of, sealed
from mmlab.parameters import FloatArray, ParameterError
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.checks import formula
from mmlab.teach.exercises import Exercise, Verdict, judged
from mmlab.teach.mistakes import EXACT, compared, plain
from mmlab.wire import WireError, decode, encode

JUDGED = {"judged": "when handed in"}
UNKNOWN = {"facts": {}, "otherwise": ""}
"""Of a case: the chapter's sentence on it needs more than numbers."""


def public_table(exercise: Exercise) -> dict[str, Any]:
    """What a student's edition has of an exercise's check, as JSON.

    Returns
    -------
    dict
        Where the check is a formula: `takes`, `tolerance`, `cases` (their `arguments` and what is `right`, as
        `mmlab.wire` writes them), `mistakes` by their ids (what they `gave` at all cases, and the `sentence` on a
        function called answer that gives it) and the sentence on what is `right`; with each the `facts` that its
        sentence says. Otherwise `JUDGED`.
    """
    check, takes = formula_of(exercise), exercise.takes
    if check is None:
        return dict(JUDGED)
    right = [np.asarray(check.right(*case), np.float64) for case in check.cases]
    cases = [
        {"arguments": [_sent(one) for one in case], "right": _sent(y), **_known(check, y, n)}
        for n, (case, y) in enumerate(zip(check.cases, right, strict=True))
    ]
    mistakes = {}
    for text, gave in check.wrong(takes).items():
        if (verdict := _verdict(exercise, gave)).mistake == text:
            _, at = compared(gave, right, dict, check.tolerance or EXACT)
            facts = _facts(check, at, gave[at], right[at])
            mistakes[text] = {"gave": [_sent(y) for y in gave], "facts": facts, "sentence": verdict.message}
    table: dict[str, Any] = {"takes": [*takes], "tolerance": check.tolerance, "cases": cases, "mistakes": mistakes}
    table |= {"facts": _facts(check, 0, right[0], right[0]), "right": _verdict(exercise, right).message}
    for n, case in enumerate(cases):
        case |= {} if takes else {"facts": {}}
        if not _has_words(exercise, table, [*right[:n], right[n] + np.pi * (1 + np.abs(right[n])), *right[n + 1 :]]):
            case |= UNKNOWN
    return table if takes else _sealed(table, right[0])


def _sealed(table: dict[str, Any], right: FloatArray) -> dict[str, Any]:
    """A value's table, of which nobody can read what is right, nor what is said of a value, but who has that value."""
    locked: dict[bytes, dict[str, Any]] = {}
    outcomes = [(decode(one["gave"][0], _stays), {"mistakes": {text: one}}) for text, one in table["mistakes"].items()]
    outcomes.append((right, {key: table[key] for key in ("cases", "facts", "right")}))
    for value, outcome in outcomes:
        for key in {key_of(value, table["tolerance"], off) for off in (-2.1, 2.1)}:
            there = locked.setdefault(key, {"mistakes": {}})
            there |= outcome | {"mistakes": there["mistakes"] | outcome.get("mistakes", {})}
    seals = {key[:8].hex(): sealed(key, json.dumps(one).encode()).hex() for key, one in locked.items()}
    (case,) = table["cases"]
    unknown = {"arguments": [], "right": _sent(0 * right), "facts": {}, "otherwise": case["otherwise"]}
    return table | {"cases": [unknown], "mistakes": {}, "facts": {}, "right": "", "sealed": seals}


def formula_of(exercise: Exercise) -> formula | None:
    """What checks an exercise, if it is a formula."""
    check: Any = exercise.check
    return check.args[0] if isinstance(check.args[0], formula) else None


def giving(numbers: Sequence[FloatArray], takes: Sequence[str]) -> Answer:
    """An answer that gives these numbers, one a call."""
    each = iter(numbers)
    return Answer((lambda *_: next(each)) if takes else numbers[0], takes)


def _verdict(exercise: Exercise, numbers: Sequence[FloatArray]) -> Verdict:
    return judged(exercise, giving(numbers, exercise.takes))


def _has_words(exercise: Exercise, table: dict[str, Any], numbers: Sequence[FloatArray]) -> bool:
    """Whether what is known of a case is enough for the chapter's sentence on it."""
    words: Any = exercise.check
    try:
        words.func(partial(checked_by, table), giving(numbers, exercise.takes))
    except NotYet:
        return True
    except ParameterError:
        return False
    return True


def _known(check: formula, right: FloatArray, n: int) -> dict[str, Any]:
    """Of a case that goes wrong as nobody foresaw: the facts, and the id of the sentence, if always the same."""
    found, texts = [], set()
    for gave in _others(right):
        texts.add(check.otherwise(plain(gave), plain(right), *check.cases[n]))
        found.append(_facts(check, n, gave, right))
    if len(texts) > 1:
        return dict(UNKNOWN)
    same = {name: one for name, one in found[0].items() if all(each.get(name) == one for each in found)}
    return {"facts": same, "otherwise": texts.pop()}


def _others(right: FloatArray) -> Iterator[FloatArray]:
    """What else an answer may give: all of it or one number moved, a little or far, up or down; all the same."""
    scale = 1 + np.abs(right).max(initial=0.0)
    for step in (0.03, -0.03, 30.0, -30.0):
        yield right + step * scale
        for place in {0, right.size // 2, right.size - 1} if right.size > 1 else ():
            moved = right.copy()
            moved.flat[place] += step * scale
            yield moved
    yield 0 * right


def _facts(check: formula, n: int, gave: FloatArray, right: FloatArray) -> dict[str, Any]:
    """What the check says of a case, without what cannot be sent or computed."""
    with np.errstate(all="ignore"):
        try:
            facts = check.facts(plain(gave), plain(right), *check.cases[n])
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return {}
    return {name: sent for name, one in facts.items() if (sent := _sent(one)) is not None}


def _sent(value: Any) -> Any:
    try:
        return encode(value, _stays)
    except WireError:
        return None


def _stays(value: Any) -> Any:
    raise WireError(f"a {type(value).__name__} cannot be sent")
