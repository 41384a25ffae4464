"""Grading a folder of notebooks and hand-in files: each in a process of its own, several at once, by the book's checks.

How one is graded is in `scoring`; here, how three hundred are: a line for each, and what is done stays done.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.confinement import end_with_parent
from mmlab.classroom.edition import grading_edition
from mmlab.classroom.grade_pages import pages_of
from mmlab.classroom.gradebooks import FORMS, gradebook
from mmlab.classroom.handed import Handed, handed_in
from mmlab.classroom.own_numbers import Asked, refuse_other_ids
from mmlab.classroom.record import Record
from mmlab.classroom.scoring import Grade, Graded, graded
from mmlab.classroom.start import prepare
from mmlab.files import write_whole
from mmlab.parameters import ParameterError

INTERRUPTED = 130
"""The exit code of a shell for Ctrl-C."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class grade` takes."""
    parser.add_argument("folder", type=Path, help="a notebook or hand-in file a student, or a folder of each")
    parser.add_argument("--chapter", required=True, help="02, A1, …")
    parser.add_argument("--out", type=Path, required=True, help="gets grades.csv, class.html, students/")
    parser.add_argument("--seed", type=int, default=0, help="draws the cases that nobody has seen: keep it secret")
    parser.add_argument("--term", help="the assignment's; without it, students' own numbers are not graded")
    parser.add_argument("--for", dest="form", choices=FORMS, default="plain", help="also what this system imports")
    parser.add_argument("--jobs", type=int, help="how many to grade at once (default: one a core)")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class grade`."""
    try:
        grade_folder(asked.folder, asked.out, asked.chapter, asked.seed, print, asked.form, asked.jobs, asked.term)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def grade_folder(
    folder: Path,
    out: Path,
    chapter: str,
    seed: int,
    say: Callable[[str], Any] = print,
    form: str = "plain",
    jobs: int | None = None,
    term: str | None = None,
) -> list[Grade]:
    """Grade all that is in a folder; writes grades.csv, a page of the class, a page a student, and a record.

    Parameters
    ----------
    folder, out : Path
    chapter : str
    seed : int
        Of the cases that nobody has seen.
    say : callable
        Gets a line for each submission.
    form : str
        Which system's files are written as well, of `FORMS`.
    jobs : int, optional
        How many are graded at once; else as many as there are cores.
    term : str, optional
        Of the students' own numbers, if these are graded.

    Raises
    ------
    ParameterError
        If nothing is in the folder, there is no such chapter, or a process of the grader was killed.
    KeyboardInterrupt
        After what is graded by then was written.
    """
    if jobs is not None and jobs < 1:
        raise ParameterError(f"jobs is how many are graded at once, 1 or more; got {jobs}.")
    exercises, everybody = exercises_of(chapter), handed_in(folder)
    asked = Asked(chapter, term, [handed.id for handed in everybody])
    exercises = asked.of(everybody[0].id, exercises)
    if term is None:
        say("Without --term, what was asked at students' own numbers is not graded.")
    else:
        refuse_other_ids(everybody)
    with contextlib.suppress(OSError):  # which write_whole says
        out.mkdir(parents=True, exist_ok=True)
    record = Record(out, f"{chapter} {term}", seed)
    found = {handed.id: known for handed in everybody if (known := record.find(handed)) is not None}
    left = [handed for handed in everybody if handed.id not in found]
    if found:
        say(f"{len(found)} of {len(everybody)} are graded already.")
    start, stopped = time.monotonic(), False
    try:
        for n, (handed, own) in enumerate(_each(left, asked, seed, jobs), start=1):
            record.keep(handed, own)
            found[handed.id] = own
            score = sum(grade.score for grade in own.grades)
            ahead = (time.monotonic() - start) / n * (len(left) - n)
            wait = f"; about {_minutes(ahead)} to go" if n < len(left) else ""
            say(f"{len(found)} of {len(everybody)}: {handed.id}, {score:g} of {len(exercises)}{wait}")
    except KeyboardInterrupt:
        stopped = True
        say(f"Interrupted: {len(found)} of {len(everybody)} are graded, and kept; the same command does the rest.")
    done = [found[handed.id] for handed in everybody if handed.id in found]
    pages = {out / name: [text] for name, text in pages_of(chapter, exercises, done, len(everybody)).items()}
    for each in {"plain", form}:
        pages |= {out / name: [text] for name, text in gradebook(each, chapter, done).items()}
    for parent in {page.parent for page in pages}:
        parent.mkdir(parents=True, exist_ok=True)
    write_whole("the grades", pages)
    if stopped:
        raise KeyboardInterrupt
    say(f"The class's page is {out / 'class.html'}, the scores are in grades.csv beside it.")
    return [grade for own in done for grade in own.grades]


def _each(everybody: Sequence[Handed], asked: Asked, seed: int, jobs: int | None) -> Iterator[tuple[Handed, Graded]]:
    """Grade some, as they are done."""
    if not everybody:
        return
    jobs = min(jobs or _cores(), len(everybody))
    with tempfile.TemporaryDirectory(prefix="mmlab-edition-") as there:
        edition = grading_edition(Path(there, "edition"))  # beside it, and gone with it, each submission's folder
        prepare(edition)
        if jobs <= 1:
            for handed in everybody:
                yield handed, _one(handed, asked, edition, seed)
            return
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, fresh, initializer=_in_a_pool) as pool:
            waiting = {pool.submit(_one, handed, asked, edition, seed): handed for handed in everybody}
            try:
                for future in as_completed(waiting):
                    yield waiting[future], future.result()
            except BrokenProcessPool:
                words = "A process of the grader was killed (had it enough memory?); what is graded is kept."
                raise ParameterError(f"{words} Run it again, with fewer --jobs.") from None
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in multiprocessing.active_children():
                    worker.terminate()


def _one(handed: Handed, asked: Asked, edition: Path, seed: int) -> Graded:
    return graded(handed, asked.of(handed.id, exercises_of(asked.chapter)), edition, seed, asked.chapter)


def _in_a_pool() -> None:
    """In a process of the pool: Ctrl-C is for who waits, and it ends with who waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
