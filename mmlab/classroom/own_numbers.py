"""What a student is asked at their own numbers, as a grader judges it: by their id, and with an eye on the others'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from mmlab.classroom.handed import Handed, work_of
from mmlab.parameters import ParameterError
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


def refuse_other_ids(everybody: Sequence[Handed]) -> None:
    """Refuse a class whose notebooks are made for other ids than its files or folders are called by, all of them.

    Raises
    ------
    ParameterError
        With how both look: own numbers are drawn by an id, and by another one all of them are others.
    """
    made_for = {}
    for handed in everybody:
        with suppress(ParameterError):  # of what cannot be read, its own page says so
            if found := re.search(r"""^student = (["'])(.*)\1$""", "\n".join(work_of(handed.file).cells), re.M):
                made_for[handed.id] = found[2]
    if made_for and all(seed_of(one, "") != seed_of(id, "") for id, one in made_for.items()):
        (id, one), *_ = made_for.items()
        called = ", which is how Canvas and Moodle call them" if re.search(r"_\d{2,}$", id) else ""
        raise ParameterError(
            f"No id matches: what {id!r} handed in is made for {one!r}, and so on, for {len(made_for)} in all. Own "
            f"numbers are drawn by the id that a file or folder is called by{called}: call them by the ids of your "
            "list, or make the assignment from a list of these ids; without --term the rest is graded."
        )


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
