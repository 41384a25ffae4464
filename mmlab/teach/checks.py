"""The two ways to check an answer: `formula`, asked at cases, and `contest`, played unseen. Neither says a word.

What they find is an id and numbers; the sentence is the chapter's, in its exercises.toml (see `texts`). How they
compare is in `mistakes`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.teach.answers import Answer, NotAttempted, NotYet
from mmlab.teach.mistakes import NO_NUMBER, ROOT, TRANSFORMS, Check, Facts, Mistake, compared, numbers_of, plain, stated

__all__ = ["ROOT", "TRANSFORMS", "Check", "Facts", "Mistake", "contest", "formula", "lead", "no_lead", "quoted"]


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
    hidden : callable, optional
        Gets a random generator; returns the cases that nobody has seen, where moving the public ones would leave what
        is right as it is: counts, signs, places, shares.

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
    hidden: Callable[[np.random.Generator], Sequence[tuple[Any, ...]]] | None = None

    def __call__(self, answer: Answer) -> Facts:
        """Check an answer."""
        right = self._expected[0]  # before the answer runs, which may patch NumPy
        gave, tolerance = numbers_of(answer, self.cases, right, self.tolerance)
        text, n = compared(gave, right, lambda: self.wrong(answer.takes), tolerance)
        if text == "otherwise":
            text = self.otherwise(plain(gave[n]), plain(right[n]), *self.cases[n])
        facts = stated(answer, self.cases[n], gave[n], right[n], self.facts)
        if text:
            raise Mistake(text, **facts)
        return facts

    def wrong(self, takes: Sequence[str]) -> dict[str, list[FloatArray]]:
        """What each mistake gives at all cases: those named, then what is tried on every formula of these arguments."""
        wrong = dict(self._expected[1])
        for at in [at for at, name in enumerate(takes) if name in ("sigma", "volatility")]:
            roots = [(*case[:at], np.sqrt(case[at]), *case[at + 1 :]) for case in self.cases]
            wrong["root"] = [np.asarray(self.right(*case), np.float64) for case in roots]
        return wrong

    def elsewhere(self, seed: int) -> "formula":
        """The same at other cases, by the seed: at `hidden` ones, else with each number but integers nearer to zero.

        By up to a tenth; of a case that has whole numbers alone, each above 0 is larger by 1 to 3. A case stays where
        what is right would be no number there.
        """
        random, cases = np.random.default_rng(seed), []
        if self.hidden is not None:
            return replace(self, cases=self.hidden(random))
        for case in self.cases:
            moved = tuple(_nearer(one, random) for one in case)
            if all(type(one) is int for one in case):
                moved = tuple(one + int(random.integers(1, 4)) if one > 0 else one for one in case)
            works = False
            with suppress(*NO_NUMBER), np.errstate(all="ignore"):
                works = bool(np.isfinite(np.asarray(self.right(*moved), float)).all())
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


def _nearer(value: Any, random: np.random.Generator) -> Any:
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return value * (1 - random.uniform(0.02, 0.1))
    if type(value) is list:
        return [_nearer(one, random) for one in value]
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
