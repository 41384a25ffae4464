"""Grading a folder of notebooks: answers are asked of a submission's process, and judged here by the chapter's checks.

The check is the one that speaks in the notebook, and so are its sentences. A right answer to a formula is asked again
at cases that nobody has seen: who has looked the public ones up gets half.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import nbformat

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.edition import grading_edition
from mmlab.classroom.process import Ended, Process, Remote
from mmlab.files import write_whole
from mmlab.parameters import ParameterError
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import Exercise, Verdict, judged

LARGEST = 2**25
"""Of a submitted file [bytes]."""
COLUMNS = ("id", "exercise", "score", "sentence", "attempts", "hints")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class grade` takes."""
    parser.add_argument("folder", type=Path, help="a notebook a student, or a folder of each")
    parser.add_argument("--chapter", required=True, help="02, A1, …")
    parser.add_argument("--out", type=Path, required=True, help="gets grades.csv, class.html, students/")
    parser.add_argument("--seed", type=int, default=0, help="of the cases that nobody has seen: yours, and secret")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class grade`."""
    grade_folder(asked.folder, asked.out, asked.chapter, asked.seed)


class Grade(NamedTuple):
    """What one student gets for one exercise: a score from 0 to 1, and the sentence on it."""

    id: str
    exercise: str
    score: float
    sentence: str
    attempts: int = 0
    hints: int = 0
    mistake: str = ""


class Handed(NamedTuple):
    """What a student handed in: the last file counts, the earlier ones are named."""

    id: str
    file: Path
    earlier: Sequence[Path]


def handed_in(folder: Path) -> list[Handed]:
    """Who handed in what: a folder a student, or a file a student, called by their id.

    Raises
    ------
    ParameterError
        If nothing is there.
    """
    found: dict[str, list[Path]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        inside = file.relative_to(folder)
        found.setdefault(inside.parts[0] if len(inside.parts) > 1 else inside.stem, []).append(file)
    if not found:
        raise ParameterError(
            f"There is no submission in {folder}: put a notebook a student there, or a folder of each."
        )
    handed = []
    for id, each in found.items():
        *earlier, last = sorted(each, key=lambda file: (file.suffix == ".ipynb", file.stat().st_mtime, file.name))
        handed.append(Handed(id, last, [file for file in earlier if file.suffix == ".ipynb"]))
    return handed


def cells_of(file: Path) -> list[str]:
    """The code of a notebook.

    Raises
    ------
    ParameterError
        If the file is no notebook, or larger than 32 MB.
    """
    if file.stat().st_size > LARGEST:
        raise ParameterError(f"{file.name} has {file.stat().st_size / 2**20:,.0f} MB; 32 are graded at most.")
    try:
        notebook = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)
        return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # whatever a file that is none makes of a reader of notebooks
        raise ParameterError(f"{file.name} is no notebook: {type(error).__name__}.") from None


def grade(handed: Handed, exercises: Sequence[Exercise], edition: Path, seed: int) -> Iterator[Grade]:
    """The grades of one student.

    Parameters
    ----------
    handed : Handed
    exercises : sequence of Exercise
    edition : Path
        Where the `grading_edition` is.
    seed : int
        Of the cases that nobody has seen.
    """
    process, left = None, list(exercises)
    try:
        cells = cells_of(handed.file)
        while left:
            if process is None:
                process = Process(cells, edition)
            exercise, (answers, mishaps) = left[0], _handed(process)
            if exercise.id not in answers:
                why = f" Of its cells, {mishaps[-1]}" if mishaps else ""
                sentence = f"There is no `check({exercise.id!r}, …)` with an answer.{why}"
                yield Grade(handed.id, left.pop(0).id, 0.0, sentence)
                continue
            given, attempts, hints = answers[exercise.id]
            if isinstance(given, Remote) and given._handle["empty"]:
                given = None  # as a function with nothing in it is no attempt in the notebook
            score, verdict = _score(process, exercise, given, seed)
            yield Grade(handed.id, left.pop(0).id, score, verdict.message, attempts, hints, verdict.mistake)
            if process.ended:
                process.end()
                process = None
    except (ParameterError, Ended) as error:
        sentence = str(error) if isinstance(error, ParameterError) else f"The notebook could not be run: {error}"
        yield from (Grade(handed.id, exercise.id, 0.0, sentence) for exercise in left)
    finally:
        if process is not None:
            process.end()


def _handed(process: Process) -> tuple[dict[str, tuple[Any, int, int]], list[str]]:
    """A submission's answers, each with how often it was checked and hinted at; and what went wrong in its cells."""
    found = process.ask({"answers": True})
    try:
        answers = {str(id): (given, int(tried), int(hints)) for id, (given, tried, hints) in found["answers"].items()}
        return answers, [str(one)[:200] for one in found["mishaps"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Ended("what wrote to the grader was no answer") from None


def _score(process: Process, exercise: Exercise, given: Any, seed: int) -> tuple[float, Verdict]:
    """Half for what is right at the public cases, all for what is right at others as well."""
    process.allow(exercise.seconds)
    verdict = judged(exercise, Answer(given, exercise.takes))
    if not verdict or exercise.elsewhere is None or not callable(given):
        return float(bool(verdict)), verdict
    process.allow(exercise.seconds)
    hidden = judged(replace(exercise, check=exercise.elsewhere(seed)), Answer(given, exercise.takes))
    return (1.0, verdict) if hidden else (0.5, hidden)


def grade_folder(folder: Path, out: Path, chapter: str, seed: int, say: Callable[[str], Any] = print) -> list[Grade]:
    """Grade all that is in a folder; writes grades.csv, a page of the class, and a page a student."""
    exercises, grades = exercises_of(chapter), list[Grade]()
    everybody, pages = handed_in(folder), dict[Path, list[str]]()
    with tempfile.TemporaryDirectory(prefix="mmlab-edition-") as there:
        edition = grading_edition(Path(there))
        for n, handed in enumerate(everybody, start=1):
            own = list(grade(handed, exercises, edition, seed))
            grades += own
            page = _page("student", handed=handed, grades=own, chapter=chapter)
            name = re.sub(r"[^\w.-]", "_", handed.id)
            pages[out / "students" / f"{n:03d}_{name}.html"] = [page]
            say(f"{n} of {len(everybody)}: {handed.id}, {sum(one.score for one in own):g} of {len(exercises)}")
    counts = Counter((one.exercise, one.mistake) for one in grades if one.mistake)
    scores = {exercise.id: [one.score for one in grades if one.exercise == exercise.id] for exercise in exercises}
    pages[out / "class.html"] = [_page("class", chapter=chapter, counts=counts.most_common(), scores=scores)]
    pages[out / "grades.csv"] = [_table(grades)]
    (out / "students").mkdir(parents=True, exist_ok=True)
    write_whole("the grades", pages)
    return grades


def _table(grades: Sequence[Grade]) -> str:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows([_no_formula(getattr(one, column)) for column in COLUMNS] for one in grades)
    return text.getvalue()


def _no_formula(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _page(template: str, **what: Any) -> str:
    source = (files("mmlab.classroom") / "templates" / f"{template}.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(source).render(**what)
