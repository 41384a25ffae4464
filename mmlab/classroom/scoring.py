"""One submission's grades: its answers are asked of its process, and judged here by the chapter's checks.

The check is the one that speaks in the notebook, and so are its sentences. A right answer to a formula is asked again
at cases that nobody has seen: who has looked the public ones up gets half. A contest is played by other seeds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from mmlab.classroom.handed import Handed, work_of
from mmlab.classroom.hidden import played
from mmlab.classroom.process import Ended, Process, Remote
from mmlab.parameters import ParameterError
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.exercises import Exercise, Verdict, judged
from mmlab.teach.variants import OWN

MOST_SECONDS = 600
"""What one submission may take in all, started anew as often as it falls over [s]."""


class Grade(NamedTuple):
    """What one student gets for one exercise: a score from 0 to 1, the sentence on it, and the cell that answered."""

    id: str
    exercise: str
    score: float
    sentence: str
    attempts: int = 0
    hints: int = 0
    mistake: str = ""
    tried: str = ""


class Graded(NamedTuple):
    """All of one student's: the grades, what else is to be said, and the first guesses that a hand-in file brought."""

    id: str
    file: str
    earlier: Sequence[str]
    grades: Sequence[Grade]
    notes: Sequence[str] = ()
    guesses: Mapping[str, str] = {}


def graded(handed: Handed, exercises: Sequence[Exercise], edition: Path, seed: int, chapter: str) -> Graded:
    """The grades of one student, and what a hand-in file claims compared to them; nothing that is in it raises."""
    grades: list[Grade] = []
    notes: list[str] = []
    guesses: dict[str, str] = {}
    try:
        for one in grade(handed, exercises, edition, seed, chapter):
            grades.append(one)
        if handed.claims is not None:
            notes, guesses = _compared(work_of(handed.claims).claims, handed, grades, chapter)
    except ParameterError as error:
        notes = [clean(error)]
    except Exception as error:  # one submission is not to end the grading of all
        left = exercises[len(grades) :]
        sentence = clean(f"It could not be graded, which is the grader's fault: {type(error).__name__}: {error}.")
        grades += [Grade(handed.id, exercise.id, 0.0, sentence) for exercise in left]
    return Graded(handed.id, clean(handed.file.name), names_of(handed.earlier), grades, notes, guesses)


def names_of(files: Sequence[Path]) -> list[str]:
    """What files are called, as a page can hold it."""
    return [clean(file.name) for file in files]


def grade(handed: Handed, exercises: Sequence[Exercise], edition: Path, seed: int, chapter: str) -> Iterator[Grade]:
    """The grades of one student.

    Parameters
    ----------
    handed : Handed
    exercises : sequence of Exercise
    edition : Path
        Where the `grading_edition` is.
    seed : int
        Of the cases that nobody has seen.
    chapter : str
        Theirs.
    """
    process, left, start = None, list(exercises), time.monotonic()
    try:
        cells, claims = work_of(handed.file)
        while left:
            if time.monotonic() - start > MOST_SECONDS:
                raise Ended(f"it took more than {MOST_SECONDS} s in all.")
            if process is None:
                process = Process(cells, edition, numbers={one.id: dict(one.numbers) for one in exercises})
            exercise, (answers, mishaps) = left[0], _handed(process)
            tried = _tried(cells, exercise.id)
            if exercise.id not in answers:
                n = tried + 1 if tried is not None and tried + 1 in mishaps else max(mishaps, default=0)
                why = f" In cell {n}: {mishaps[n]}." if mishaps else ""
                whose = ", student=…" if exercise.numbers else ""
                call = f"check({exercise.id.removesuffix(OWN)!r}, …{whose})"
                sentence = f"There is no `{call}` with an answer.{why}"
                yield Grade(handed.id, left.pop(0).id, 0.0, clean(sentence), tried=_source(cells, tried))
                continue
            given, attempts, hints = answers[exercise.id]
            if isinstance(given, Remote) and given._handle["empty"]:
                given = None  # as a function with nothing in it is no attempt in the notebook
            points, verdict = score(process, exercise, given, seed, chapter)
            attempts = _count(claims.get("attempts"), exercise.id, attempts)
            if verdict.status == "not attempted":
                attempts = 0  # the stub's own `check` ran, on nothing
            hints = _count(claims.get("hints"), exercise.id, hints)
            own = handed.id, left.pop(0).id, points, clean(verdict.message), attempts, hints, verdict.mistake
            yield Grade(*own, _source(cells, tried))
            if process.ended:
                process.end()
                process = None
    except (ParameterError, Ended) as error:
        sentence = str(error) if isinstance(error, ParameterError) else f"The notebook could not be run: {error}"
        yield from (Grade(handed.id, exercise.id, 0.0, clean(sentence)) for exercise in left)
    finally:
        if process is not None:
            process.end()


def clean(words: Any) -> str:
    """A sentence as a table and a page can hold it: one line, no letter that no encoding has, no endless one."""
    text = str(words).encode("utf-8", "replace").decode("utf-8")
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()
    return text if len(text) <= 800 else f"{text[:790]} …"


def _handed(process: Process) -> tuple[dict[str, tuple[Any, int, int]], dict[int, str]]:
    """A submission's answers, each with how often it was checked and hinted at; what went wrong in which cells."""
    try:
        found = process.ask({"answers": True})
        answers = {str(id): (given, int(tried), int(hints)) for id, (given, tried, hints) in found["answers"].items()}
        return answers, {int(n): str(words)[:300] for n, words in found["mishaps"]}
    except Ended:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, NotYet):
        raise Ended("what wrote to the grader was no answer") from None


def score(process: Process, exercise: Exercise, given: Any, seed: int, chapter: str) -> tuple[float, Verdict]:
    """Half for what is right at the public cases, all for what is right at others as well, or wins a contest."""
    check, takes = exercise.elsewhere, exercise.takes

    def judge(asked: Exercise) -> Verdict:
        process.allow(asked.seconds)
        return judged(asked, Answer(given, takes))

    if check is None and not exercise.numbers:
        verdict = played(f"mmbook.ch{chapter.lower()}", exercise.id, seed, judge)
        return float(bool(verdict)), verdict
    verdict = judge(exercise)
    if not verdict or check is None or not takes:
        return float(bool(verdict)), verdict
    if not callable(given):
        words = f"Half of it: the number is right; a function of {', '.join(takes)} counts in full."
        return 0.5, Verdict(words, "not yet")
    hidden = judge(replace(exercise, check=check(seed)))
    return (1.0, verdict) if hidden else (0.5, hidden)


def _tried(cells: Sequence[str], id: str) -> int | None:
    """Which cell answered an exercise: the last that names it where it calls check, with a student or without."""
    calls = re.compile(rf"check\(\s*([\"']){re.escape(id.removesuffix(OWN))}\1(?:(?!check\()[^#])*")
    for n in range(len(cells) - 1, -1, -1):
        if any(("student" in found[0]) == id.endswith(OWN) for found in calls.finditer(cells[n])):
            return n
    return None


def _source(cells: Sequence[str], n: int | None) -> str:
    text = "" if n is None else cells[n].encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return text if len(text) <= 6000 else f"{text[:6000]}\n…"


def _count(claimed: Any, id: str, otherwise: int) -> int:
    """A count that a hand-in file claims, which nothing depends on, or else what was counted in the run."""
    count = claimed.get(id) if isinstance(claimed, dict) else None
    return min(max(count if type(count) is int else otherwise, 0), 9999)


def _compared(
    claims: Mapping[str, Any], handed: Handed, grades: Sequence[Grade], chapter: str
) -> tuple[list[str], dict[str, str]]:
    """What a hand-in file claims that the run does not bear out, in sentences; and its first guesses."""
    notes, scores = [], {grade.exercise: grade.score for grade in grades}
    for what, own in (("student", handed.id), ("chapter", chapter)):
        given = str(claims.get(what, ""))[:60]
        if _letters(given) not in ("", _letters(own)):
            notes.append(clean(f"The hand-in file gives {given!r} as its {what}; it is graded as {own!r}."))
    verdicts, guesses = claims.get("verdicts"), claims.get("first_guesses")
    for id, verdict in verdicts.items() if isinstance(verdicts, dict) else ():
        claimed = verdict.get("status") if isinstance(verdict, dict) else verdict
        if claimed == "right" and scores.get(id) == 0:
            notes.append(f"The hand-in file says that {id} is right; run again, it is not.")
    found = guesses.items() if isinstance(guesses, dict) else ()
    return notes, {str(id): clean(one["guess"]) for id, one in found if isinstance(one, dict) and "guess" in one}


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
