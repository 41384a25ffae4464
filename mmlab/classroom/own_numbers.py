"""What a student is asked at their own numbers, as a grader judges it: by their id, and with an eye on the others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.exercises import Exercise
from mmlab.teach.variants import own, seed_of


class Asked(NamedTuple):
    """What a class is asked: a chapter, the term of their own numbers if these are, and who they are."""

    chapter: str
    term: str | None
    students: Sequence[str]

    def of(self, student: str, exercises: list[Exercise]) -> list[Exercise]:
        """The chapter's exercises as one student is asked them."""
        return exercises if self.term is None else with_own_numbers(exercises, student, self.term, self.students)


SAME = 1e-5
"""How near to what is right at another student's numbers a value is taken for theirs, relative to it."""


def with_own_numbers(
    exercises: Sequence[Exercise], student: str, term: str, everybody: Sequence[str]
) -> list[Exercise]:
    """Exercises, and after each that has one the same at a student's own numbers; `everybody` are the class's ids.

    A value that is none of the usual mistakes, and right at the numbers of somebody else, to five digits, is said to be
    so: the others are not named, as two students' numbers may be the same.
    """
    found = []
    for exercise in exercises:
        found.append(exercise)
        if exercise.variant is not None:
            mine = own(exercise, student, term)
            check = partial(_checked, exercise, mine, [one for one in everybody if one != student], term)
            found.append(replace(mine, check=check))
    return found


def _checked(exercise: Exercise, mine: Exercise, others: Sequence[str], term: str, answer: Answer) -> str:
    try:
        return mine.check(answer)
    except NotYet as wrong:
        if not wrong.mistake and any(_is_right(exercise, seed_of(one, exercise.id, term), answer) for one in others):
            raise NotYet("these are right for other numbers than yours.", "other-numbers") from None
        raise


def _is_right(exercise: Exercise, seed: int, answer: Answer) -> bool:
    assert exercise.variant is not None
    try:
        exercise.variant(seed, SAME).check(answer)
    except NotYet:
        return False
    return True
