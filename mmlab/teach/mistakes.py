"""How an answer is compared with what is right at some cases and what known mistakes give there; no formula is here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer

PerCase = Sequence[FloatArray]
"""Of each case, an array."""
Facts = Mapping[str, Any]
Check = Callable[[Answer], Facts]
"""Gets an answer; returns the numbers for the sentence on what is right."""

EXACT, ROUNDED = 1e-6, 1e-3
"""How far a function's number and a value, which a reader types, may be from the right one, relative to it."""

NO_NUMBER = (ValueError, TypeError, ArithmeticError, LookupError)
"""What a formula raises where it has no number."""
TRANSFORMS: dict[str, tuple[Callable[[FloatArray], FloatArray], str]] = {
    "swap": (lambda y: y[::-1] if y.shape == (2,) else y, "the two numbers come in the other order."),
    "sign": (lambda y: -y, "the sign is the other one."),
    "half": (lambda y: y / 2, "it is half of what it must be."),
    "double": (lambda y: 2 * y, "it is twice what it must be."),
    "hundred": (lambda y: 100 * y, "it is a hundred times what it must be. In which unit is it?"),
    "hundredth": (lambda y: y / 100, "it is a hundredth of what it must be. In which unit is it?"),
}
"""What is tried on every formula after the mistakes that it names: what becomes of the right answer, and what it is."""
ROOT = "σ stands where its square, the variance, must stand."
"""The same of σ for σ², tried where an argument is a volatility."""


class Mistake(Exception):
    """What is wrong with an answer: the id of a sentence of the exercise, and the numbers in it."""

    def __init__(self, text: str, **facts: Any):
        super().__init__(text)
        self.text, self.facts = text, facts


def numbers_of(
    answer: Answer, cases: Sequence[tuple[Any, ...]], right: PerCase, tolerance: float | None
) -> tuple[PerCase, float]:
    """What an answer gives at the cases, a value at the first alone, each of the right shape; and the tolerance."""
    if not callable(answer.given):
        return [answer.numbers(answer.given, right[0].shape)], tolerance or ROUNDED
    gave = [answer.numbers(answer(*case), y.shape) for case, y in zip(cases, right, strict=True)]
    return gave, tolerance or EXACT


def compared(
    gave: PerCase, right: PerCase, wrong: Callable[[], Mapping[str, PerCase]], tolerance: float
) -> tuple[str, int]:
    """The id of the mistake that gives the same, else "otherwise", and the case where it shows; "" if all is right."""
    if (first := _first_apart(gave, right, tolerance)) is None:
        return "", 0
    for text, mistaken in wrong().items():
        is_it = _first_apart(gave, mistaken, tolerance) is None
        if is_it and (apart := _first_apart(mistaken[: len(gave)], right, tolerance)) is not None:
            return text, apart
    return "otherwise", first


def stated(answer: Answer, case: Sequence[Any], gave: Any, right: Any, facts: Callable[..., Facts]) -> Facts:
    """The numbers that a sentence on a case may say: those that all have, and the exercise's own `facts`."""
    call = answer.call(*case) if callable(answer.given) else ""
    numbers = plain(gave), plain(right)
    return {"call": call, "name": answer.name, "gave": numbers[0], "right": numbers[1], **facts(*numbers, *case)}


def plain(x: FloatArray) -> Any:
    """An array, or the number if there is one alone."""
    return x[()] if x.ndim == 0 else x


def _first_apart(xs: PerCase, ys: PerCase, tolerance: float) -> int | None:
    """The first case in which two lists of numbers are apart, as far as both go.

    By np.allclose's rule, the absolute tolerance in units of the largest finite y, for half of what that takes.
    """
    for n, (x, y) in enumerate(zip(xs, ys, strict=False)):
        finite = np.where(np.isfinite(y), y, np.nan)  # what is not finite is near to nothing, and may be the same
        limit = tolerance * (np.fmax.reduce(np.abs(finite), axis=None, initial=0.0) + np.abs(finite))
        if x.shape != y.shape or not ((np.abs(x - finite) <= limit) | (x == y)).all():
            return n
    return None
