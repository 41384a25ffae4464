"""An answer that is a formula: asked at inputs that tell the usual mistakes apart, and the mistake named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet

Formula = Callable[..., Any]
Points = Sequence[tuple[Any, ...]]


def values_at(answer: Answer, points: Points, what: str) -> tuple[Points, list[FloatArray]]:
    """Where a number was given, and the number: a function's at all points, a value's at the first."""
    if not callable(answer.given):
        return points[:1], [answer.numbers(answer.given, (), what)]
    return points, [answer.numbers(answer(*point), (), what) for point in points]


def name_mistake(
    answer: Answer, given: list[FloatArray], points: Points, mistakes: dict[str, Formula], right: Formula
) -> None:
    """Say which usual mistake the values come from, if they come from one, and where it shows.

    Parameters
    ----------
    answer : Answer
    given, points : sequences
        What it gave, and for which arguments.
    mistakes : dict
        What each formula gets wrong, as a sentence without its full stop.
    right : callable
        The right formula.

    Raises
    ------
    NotYet
        With that sentence.
    """
    for mistake, formula in mistakes.items():
        wrong = [formula(*point) for point in points]
        pairs = zip(given, wrong, strict=True)
        if not all(np.allclose(x, w, rtol=1e-7 if np.ndim(x) else 1e-3) for x, w in pairs):  # a value may be rounded
            continue
        shows = [not np.allclose(w, right(*point), rtol=1e-6) for w, point in zip(wrong, points, strict=True)]
        where = ""
        if callable(answer.given):
            answer(*points[shows.index(True)])
            where = f" It shows at {answer.running}."
        raise NotYet(f"{mistake}.{where}")
