"""An exercise at a student's own numbers: the same formula and the same mistakes, at one case drawn by the student.

The numbers lie between the exercise's cases, so that what holds of all of them (a low below a high) holds of these;
they are rounded so that one can type them. What is asked there, the chapter says (`own` in its exercises.toml).
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlab import vocabulary
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Table
from mmlab.teach.answers import Answer, Noted, NotYet, in_short
from mmlab.teach.mistakes import NO_NUMBER, ROUNDED, Facts, Mistake

if TYPE_CHECKING:
    from mmlab.teach.exercises import Exercise

OWN = "-own"
"""What ends the id of an exercise at a student's own numbers."""
SEEDS = 2048
"""How many numbers an exercise has for its students."""
NUMBERS = "own_numbers.json"
"""Beside an assignment's notebook: the numbers of all seeds, by exercise, for an edition that has no formulas."""
DRAWS = 100
"""How often numbers are drawn until each named mistake is apart from what is right."""
_YOURS = "your answer"
"""What stands in a sentence where a function is called."""
_SPELLED = {"gamma": "risk_aversion", "sigma": "volatility", "tau": "time_left", "q": "inventory"}
_SPELLED |= {"k": "fill_decay", "kappa": "fill_decay", "A": "arrival_rate", "window": "time_left"}
_SPELLED |= dict.fromkeys(("cost", "rebate", "high", "low", "bid", "ask", "h_now", "h_less"), "mid_price")


Words = Callable[[str, Facts], str]


class Numbers(dict[str, Any]):
    """A student's own numbers by their names; shows as a table with units, where these are known."""

    def case(self) -> str:
        """The numbers in a sentence."""
        units = {name: f" [{unit}]" if (unit := unit_of(name)) else "" for name in self}
        return ", ".join(f"{name} = {in_short(value)}{units[name]}" for name, value in self.items()) or "your numbers"

    def _repr_markdown_(self) -> str:
        rows = [(name, in_short(value), unit_of(name) or "–") for name, value in self.items()]
        return Table.of(["number", "yours", "unit"], rows)._repr_markdown_()


def unit_of(name: str) -> str:
    """The unit of an argument, by its name or its letter in the vocabulary; empty where neither is there."""
    return getattr(getattr(vocabulary, _SPELLED.get(name, name).upper(), None), "unit", "")


def seed_of(student: str, id: str, term: str = "") -> int:
    """The seed of a student's own numbers, the same on every machine: of the id in capitals or not, composed or not."""
    words = "\n".join(unicodedata.normalize("NFC", word.strip().casefold()) for word in (student, id, term))
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8]) % SEEDS


def own(exercise: Exercise, student: str, term: str = "") -> Exercise:
    """The exercise at a student's own numbers.

    Raises
    ------
    ParameterError
        If it has none, or the student no id.
    """
    if not isinstance(student, str) or not student.strip():
        raise ParameterError(f"student is your id as the class's list has it, in quotes; got {in_short(student)}.")
    if exercise.variant is None:
        raise ParameterError(f"The exercise {exercise.id!r} has no numbers of a student's own.")
    return exercise.variant(seed_of(student, exercise.id, term))


def at_own_numbers(
    exercise: Exercise, what: str, seed: int, tolerance: float | None = None, *, check: Any, words: Words
) -> Exercise:
    """The exercise that asks for a number at numbers drawn by a seed.

    Parameters
    ----------
    exercise : Exercise
    what : str
        What the number is.
    seed : int
    tolerance : float, optional
        As a `formula` has it; else the check's own.
    check : formula
    words : callable
        Gets the id of a mistake and its numbers; returns the sentence.
    """
    drawn = _drawn(check if tolerance is None else replace(check, tolerance=tolerance), seed)
    numbers = Numbers(zip(exercise.takes, drawn.cases[0], strict=True))
    case = numbers.case()

    def checked(answer: Answer) -> str:
        try:
            right = drawn(Answer(answer.given, exercise.takes))["right"]
        except Mistake as wrong:
            if wrong.text == "unnamed":
                gave = in_short(wrong.facts["gave"])
                raise NotYet(f"{gave} is not {what} at {case}. It is none of the usual mistakes.") from None
            sentence = words(wrong.text, {**wrong.facts, "call": _YOURS}).removesuffix(f" It shows at {_YOURS}.")
            raise NotYet(sentence, wrong.text) from None
        return f"{in_short(right)} is {what} at {case}."

    return _alone(exercise, what, numbers, checked)


def at_listed_numbers(exercise: Exercise, what: str, seed: int, _: float | None = None) -> Exercise:
    """The same where there is no formula: the numbers are those of `NUMBERS`, and the value is judged elsewhere.

    Raises
    ------
    ParameterError
        If they are not here.
    """

    def noted(answer: Answer) -> str:
        raise Noted

    try:
        listed = json.loads(Path(NUMBERS).read_text(encoding="utf-8"))[exercise.id]
        numbers = Numbers(zip(listed["names"], listed["numbers"][seed], strict=True))
    except (OSError, ValueError, LookupError, TypeError) as error:
        lacks = "is not" if isinstance(error, FileNotFoundError) else f"has none of {exercise.id!r} that can be read"
        raise ParameterError(
            f"Your own numbers are in {NUMBERS}, a file that comes with an assignment, and it {lacks} in {Path.cwd()}: "
            "put that of this assignment there, where this notebook is."
        ) from None
    return _alone(exercise, what, numbers, noted)


def _alone(exercise: Exercise, what: str, numbers: Numbers, check: Callable[[Answer], str]) -> Exercise:
    alone = replace(exercise, id=exercise.id + OWN, answer=f"{what} at {numbers.case()}", check=check, numbers=numbers)
    return replace(alone, takes=(), or_value=False, elsewhere=None, variant=None)


def _drawn(check: Any, seed: int) -> Any:
    """The check at one drawn case, where all that is named is apart from what is right."""
    random = np.random.default_rng(seed)
    for _ in range(DRAWS):
        weights = -np.log(1 - random.random(len(check.cases)))  # plain draws: NumPy may change the others
        case = tuple(_typed(column, weights) for column in zip(*check.cases, strict=True))
        with suppress(*NO_NUMBER), np.errstate(all="ignore"):
            if _tells_apart(check, case):
                return replace(check, cases=[case], otherwise=lambda *_: "unnamed")
    raise ParameterError(f"No numbers of the seed {seed} tell all mistakes from what is right.")


def _typed(column: Sequence[Any], weights: FloatArray) -> Any:
    """A number between those of all cases, or a list of them: whole where all of them are, else with three digits."""
    if isinstance(column[0], list):
        return [_typed(each, weights) for each in zip(*column, strict=True)]
    between = float(np.average(column, weights=weights))
    if all(isinstance(one, int) for one in column):
        return round(between)
    return float(round(between)) if all(float(one).is_integer() for one in column) else float(f"{between:.3g}")


def _tells_apart(check: Any, case: Sequence[Any]) -> bool:
    right = np.asarray(check.right(*case), float)
    wrong = [np.asarray(mistake(*case), float) for mistake in check.mistakes.values()]
    apart = 5 * ROUNDED * float(np.abs(right).max())
    return bool(np.isfinite(right).all() and (right != 0).all()) and not any(
        one.shape == right.shape and np.allclose(one, right, rtol=0, atol=apart) for one in wrong
    )
