"""Judges answers where nobody has seen it; of an assignment, only the autograder has this file and those beside it.

`hidden.json` has the cases of what is a formula, and what is right there, as numbers. What is a contest, or asked at a
student's own numbers, the chapter's checks judge, which are in `checks.zip`: a contest with other random numbers.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from mmlab.teach import texts
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.exercises import EXERCISES, Exercise, Verdict, within_its_time
from mmlab.teach.variants import own
from mmlab.wire import decode

HERE = Path(__file__).resolve().parent
AS_IN_THE_BOOK = {"count-intensity", "where-to-wait", "best-desk", "loss-budget", "sooner-than-the-rule"}
AS_IN_THE_BOOK |= {"hidden-half-hour", "choose-pairs", "rule-from-a-log"}
"""Contests whose random numbers are chosen, or at the border of what can be known: with others the book's own solution
need not win. Of the rest, one of two seeds must be won."""
EXACT = 1e-6
"""How far a function's number may be from the right one, relative to it, unless a case says otherwise."""


def judge(id: str, answer: Any) -> None:
    """Raise an AssertionError with a sentence unless an answer is right elsewhere."""
    hidden = _hidden()
    if id in hidden["cases"]:
        exercise = replace(EXERCISES[id], check=partial(at_cases, hidden["cases"][id]))
        verdict = within_its_time(exercise, answer)
    else:
        verdict = played(hidden["package"], id, hidden["seed"], lambda exercise: within_its_time(exercise, answer))
    assert verdict, verdict.message


def played(package: str, id: str, seed: int, judge: Callable[[Exercise], Verdict]) -> Verdict:
    """The verdict on an answer to a contest: one of two seeds must be won, which are not the book's."""
    verdict = Verdict("", "not yet")
    for by in (None,) if id in AS_IN_THE_BOOK else (seed, seed + 1):
        if not verdict:
            with other_seeds(by):
                verdict = judge(book_exercise(package, id, by))
    return verdict


def judge_own(id: str, value: Any, student: Any) -> None:
    """Raise an AssertionError with a sentence unless a value is right at a student's own numbers."""
    assert isinstance(student, str), "Not yet: put your id into `student`, as the class's list has it, in quotes."
    hidden = _hidden()
    verdict = within_its_time(own(book_exercise(hidden["package"], id, None), student, hidden["term"]), value)
    assert verdict, verdict.message


def at_cases(table: Mapping[str, Any], answer: Answer) -> str:
    """A check at cases whose right numbers are known; of what goes wrong it says the call and what it gave."""
    for case in table["cases"]:
        right = np.array(case["right"], np.float64)
        gave = answer.numbers(answer(*(decode(one, _stays) for one in case["arguments"])), right.shape)
        tolerance = table["tolerance"] or EXACT
        if not np.allclose(gave, right, rtol=tolerance, atol=tolerance * np.abs(right).max(initial=0.0)):
            raise NotYet(f"at other numbers than the check's it goes wrong: {answer.running} is not {gave}.")
    return "at other numbers as well."


@cache
def book_exercise(package: str, id: str, by: int | None) -> Exercise:
    """An exercise with the check of the book, which a student's edition has not; loaded anew, its caches empty.

    What it caches is that of one seed, `by`, or the book's: it is called, and judges, while `other_seeds` has it.
    """
    for name in (package, "mmlab.teach") if (HERE / "checks.zip").exists() else ():
        path, there = importlib.import_module(name).__path__, str(HERE / "checks.zip" / name.replace(".", "/"))
        if there not in path:
            path.insert(0, there)
    words = texts.read_texts(texts.FILE, (files(package) / texts.FILE).read_text(encoding="utf-8"))
    before = {name: sys.modules.pop(name) for name in [*sys.modules] if name.startswith(f"{package}.")}
    try:
        return texts.exercise_of(words, id, importlib.import_module(f"{package}.checks").CHECKS[id])
    finally:
        sys.modules.update(before)


@contextmanager
def other_seeds(by: int | None) -> Iterator[None]:
    """Let each seed stand for other random numbers meanwhile; by None, for its own."""
    plain = np.random.default_rng
    if by is None:
        yield
        return

    def moved(seed: Any = None) -> np.random.Generator:
        if isinstance(seed, np.random.SeedSequence):
            seed = [*np.atleast_1d(np.array(seed.entropy)).tolist(), *seed.spawn_key]
        return plain(seed if seed is None or isinstance(seed, np.random.Generator) else [*np.atleast_1d(seed), by])

    np.random.default_rng = moved
    try:
        yield
    finally:
        np.random.default_rng = plain


def _hidden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "hidden.json").read_text(encoding="utf-8"))
    return found


def _stays(handle: Any) -> Any:
    raise NotYet("a case of this exercise has no numbers.")
