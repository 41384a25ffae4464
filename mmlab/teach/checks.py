"""The two ways to check an answer: `formula`, asked at cases, and `contest`, played unseen. Neither says a word.

What they find is an id and numbers; the sentence is the chapter's, in its exercises.toml (see `texts`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.teach.answers import Answer, NotAttempted, NotYet

Facts = Mapping[str, Any]
Check = Callable[[Answer], Facts]
"""Gets an answer; returns the numbers for the sentence on what is right."""

EXACT, ROUNDED = 1e-6, 1e-3
"""How far a function's number and a value, which a reader types, may be from the right one, relative to it."""

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
_VOLATILITIES = ("sigma", "volatility")


class Mistake(Exception):
    """What is wrong with an answer: the id of a sentence of the exercise, and the numbers in it."""

    def __init__(self, text: str, **facts: Any):
        super().__init__(text)
        self.text, self.facts = text, facts


@dataclass(frozen=True)
class formula:
    """A check of what can be computed: right at all cases, or a mistake that gives what the answer gave at all of them.

    Parameters
    ----------
    right : callable
        Takes a case's arguments; returns a number or an array of them.
    cases : sequence of tuples
        What the answer is called with. A value, where the exercise takes no arguments or allows one, is that of the
        first case.
    mistakes : mapping of str to callable
        By the id of the sentence, what a usual mistake gives; None where it is not to be seen.
    tolerance : float, optional
        Relative, and absolute in units of the largest right number of the case; if not given, `EXACT` of a function,
        `ROUNDED` of a value.
    facts : callable, optional
        Gets what was given, what is right and the case; returns more numbers for the sentences.
    otherwise : callable, optional
        Gets the same of the first case that goes wrong; returns the id of the sentence if no mistake is known.

    Raises
    ------
    Mistake
        With the id of the mistake; else that of `otherwise`, where the first case goes wrong. Its numbers: `call`, the
        call as one writes it, the answer's `name`, what it `gave`, what is `right`, and what `facts` returns.
    """

    right: Callable[..., Any]
    cases: Sequence[tuple[Any, ...]] = ((),)
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tolerance: float | None = None
    facts: Callable[..., Facts] = lambda gave, right, *case: {}
    otherwise: Callable[..., str] = lambda gave, right, *case: "otherwise"

    def __call__(self, answer: Answer) -> Facts:
        """Check an answer."""
        is_value = not callable(answer.given)
        cases = self.cases[:1] if is_value else self.cases
        right, wrong = self._expected  # before the answer runs, which may patch NumPy
        gave = [
            answer.numbers(answer.given if is_value else answer(*case), y.shape)
            for case, y in zip(cases, right, strict=False)
        ]
        tolerance = self.tolerance or (ROUNDED if is_value else EXACT)
        first = _first_apart(gave, right, tolerance)
        if first is None:
            return self._facts(answer, gave, 0)
        for at, name in enumerate(answer.takes):
            if name in _VOLATILITIES:
                roots = [(*case[:at], np.sqrt(case[at]), *case[at + 1 :]) for case in cases]
                wrong = {**wrong, "root": [np.asarray(self.right(*case), np.float64) for case in roots]}
        for text, mistaken in wrong.items():
            if _first_apart(gave, mistaken, tolerance) is not None:
                continue
            if (apart := _first_apart(mistaken[: len(cases)], right, tolerance)) is not None:
                raise Mistake(text, **self._facts(answer, gave, apart))
        text = self.otherwise(gave[first], right[first], *cases[first])
        raise Mistake(text, **self._facts(answer, gave, first))

    def elsewhere(self, seed: int) -> "formula":
        """The same at other cases: each number that is no integer is up to a tenth nearer to zero, by the seed.

        A case stays where what is right would be no number there.
        """
        random, cases = np.random.default_rng(seed), []
        for case in self.cases:
            moved = tuple(_nearer(one, random) for one in case)
            with np.errstate(all="ignore"):
                try:
                    works = bool(np.isfinite(np.asarray(self.right(*moved), float)).all())
                except (ValueError, TypeError, ArithmeticError, LookupError):
                    works = False
            cases.append(moved if works else case)
        return replace(self, cases=cases)

    @cached_property
    def _expected(self) -> tuple[list[FloatArray], dict[str, list[FloatArray]]]:
        """What is right at all cases, and what each mistake gives: those named, then what is tried on every formula."""
        right = [np.array(self.right(*case), np.float64) for case in self.cases]
        wrong = {}
        for text, mistake in self.mistakes.items():
            given = [mistake(*case) for case in self.cases]
            wrong[text] = [np.array(y if x is None else x, float) for x, y in zip(given, right, strict=True)]
        return right, wrong | {text: [transform(y) for y in right] for text, (transform, _) in TRANSFORMS.items()}

    def _facts(self, answer: Answer, given: Sequence[FloatArray], n: int) -> Facts:
        gave, right = (x[()] if x.ndim == 0 else x for x in (given[n], self._expected[0][n]))
        call = answer.call(*self.cases[n]) if callable(answer.given) else ""
        more = self.facts(gave, right, *self.cases[n])
        return {"call": call, "name": answer.name, "gave": gave, "right": right, **more}


def _nearer(value: Any, random: np.random.Generator) -> Any:
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value * (1 - random.uniform(0.02, 0.1))
    return value


def contest(play: Callable[[Any], Any], passes: Callable[[Any], str | None], facts: Callable[[Any], Facts]) -> Check:
    """A check of something open: `play` it unseen; it is right unless `passes` gives the id of what it lacks.

    Parameters
    ----------
    play : callable
        Gets the `Answer`; returns the result of the play. What it raises that is no sentence becomes one.
    passes : callable
        Gets the result; returns None, or the id of the sentence on what it lacks.
    facts : callable
        Gets the result; returns the numbers for the sentence, whichever it is.
    """

    def check(answer: Answer) -> Facts:
        try:
            result = play(answer)
        except (ValueError, NotYet, NotAttempted, Mistake):  # of the first kind are mmlab's own sentences
            raise
        except Exception as error:
            raise NotYet(f"yours raised {type(error).__name__}: {error}") from error
        if lacks := passes(result):
            raise Mistake(lacks, **facts(result))
        return facts(result)

    return check


def quoted(answer: Answer, *arguments: Any) -> Quotes:
    """What a strategy shows; a Mistake "no-quotes" if that is something else."""
    quotes = answer(*arguments)
    if not isinstance(quotes, Quotes):
        raise Mistake("no-quotes", call=answer.running, returned=type(quotes).__name__)
    return quotes


def lead(ahead: float, error: float) -> dict[str, float]:
    """How far one is ahead of a reference: that, its noise of two standard errors, and how many of them it is."""
    return {"ahead": ahead, "noise": 2 * error, "errors": ahead / error if error else 0.0}


def no_lead(found: Facts) -> str | None:
    """What a contest's numbers lack if they must show a `lead`: "behind", "within-noise" or nothing."""
    return "behind" if found["ahead"] <= 0 else "within-noise" if found["ahead"] <= found["noise"] else None


def _first_apart(xs: Sequence[FloatArray], ys: Sequence[FloatArray], tolerance: float) -> int | None:
    """The first case in which two lists of numbers are apart, as far as both go."""
    for n, (x, y) in enumerate(zip(xs, ys, strict=False)):
        atol = tolerance * float(np.abs(y).max(initial=0.0))
        if x.shape != y.shape or not np.allclose(x, y, rtol=tolerance, atol=atol):
            return n
    return None
