"""What takes minutes: every chapter's solutions get full marks, and a class of thirty, interrupted half way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.grade import grade_folder
from mmlab.classroom.handed import Handed, work_of
from mmlab.classroom.hidden import AS_IN_THE_BOOK, book_exercise, other_seeds
from mmlab.classroom.process import Process
from mmlab.classroom.scoring import grade
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import judged
from tests.classroom.test_grading import CLASS, EXERCISES, LOOP, RIGHT, neutral, notebook

pytestmark = pytest.mark.grading
ROOT = Path(__file__).parents[2]
SOLUTIONS = {path.name.partition("_")[0]: path for path in sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))}
NAMES = [
    "Anna",
    "Žofie",
    "李小龍",
    "Михаил",
    "محمد",
    "Ελένη",
    "नेहा",
    "민준",
    "O'Neil, Jr.",
    "Łukasz",
    "Ørjan",
    "דוד",
    "José",
]
ODD = {
    "closes": neutral("def closes(k):\n    import os, time\n    os.closerange(3, 64)\n    time.sleep(1000)"),
    "dies": neutral("def dies(k):\n    import os\n    os._exit(0)"),
    "catches": neutral("def catches(k):\n    while True:\n        try: pass\n        except BaseException: pass"),
    "swallows": neutral("def swallows(k):\n    return sum(range(10**13))"),
    "sleeps": notebook({"as-curvature": RIGHT["as-curvature"]}, "import time\ntime.sleep(1000)"),
    "blank": notebook({}),
    "loops in a cell": notebook({"as-curvature": RIGHT["as-curvature"]}, "while True:\n    pass"),
}
"""Beside the eight that are graded on every change."""


@pytest.mark.parametrize("chapter", SOLUTIONS)
def test_a_chapters_solutions_get_full_marks(edition, chapter):
    grades = grade(Handed("solutions", SOLUTIONS[chapter], []), exercises_of(chapter), edition, 11, chapter)
    assert [(one.exercise, one.score, one.sentence) for one in grades if one.score < 1] == []


LOST = {"count-intensity": ("01", 5), "where-to-wait": ("01", 5), "best-desk": ("07", 8), "loss-budget": ("08", 300)}
LOST |= {"hidden-half-hour": ("11", 8), "choose-pairs": ("15", 100), "rule-from-a-log": ("19", 5)}
"""By what is played as in the book: the chapter, and another seed, at which its own solution is not right."""


@pytest.mark.parametrize("id", LOST)
def test_with_other_random_numbers_the_books_own_solution_may_lose(edition, id):
    chapter, seed = LOST[id]
    exercise = next(one for one in exercises_of(chapter) if one.id == id)
    process = Process(work_of(SOLUTIONS[chapter]).cells, edition)
    try:
        given, *_ = process.ask({"answers": True})["answers"][id]
        process.allow(exercise.seconds)
        with other_seeds(seed):
            other = book_exercise(f"mmbook.ch{chapter.lower()}", id, seed)
            assert not judged(other, Answer(given, exercise.takes))
    finally:
        process.end()


def test_what_is_played_as_in_the_book_is_only_what_has_to_be():
    assert {*AS_IN_THE_BOOK} == {*LOST, "sooner-than-the-rule"}  # whose days take a minute to be played anew


def test_thirty_are_graded_and_an_interrupted_run_goes_on(tmp_path):
    (folder := tmp_path / "in").mkdir()
    class_of = {**CLASS, **ODD} | {f"{name} 1": notebook(RIGHT) for name in NAMES}
    class_of |= {"last": neutral(LOOP.replace("endless", "again")), "no letters": "", "empty": "{}"}
    for name, text in [*class_of.items()][:30]:
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mmlab.classroom", "grade", str(folder), "--chapter", "02"]
    command += ["--out", str(tmp_path / "out"), "--seed", "7", "--for", "canvas"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        assert run.stdout is not None
        for _ in range(5):
            run.stdout.readline()
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does for Ctrl-C
        ended = run.stdout.read()
    assert "are graded, and kept; the same command does the rest." in ended
    assert run.returncode == 130
    kept = len((tmp_path / "out" / "graded.jsonl").read_text(encoding="utf-8").splitlines())
    again = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert again.splitlines()[1] == f"{kept} of 30 are graded already."
    rows = list(csv.DictReader((tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 30 * EXERCISES
    totals = Counter[str]()
    for row in rows:
        totals[row["id"]] += float(row["score"])
    assert {totals[f"{name} 1"] for name in NAMES if f"{name} 1" in totals} == {float(len(RIGHT))}
    assert {totals[name] for name in ("closes", "dies", "catches", "swallows", "loops in a cell")} == {1.0}
    assert totals["blank"] == totals["no notebook"] == totals["forges"] == 0


def test_three_hundred_have_a_row_and_a_page_each(tmp_path):
    (folder := tmp_path / "in").mkdir()
    for n in range(300):
        (folder / f"{NAMES[n % len(NAMES)]} {n}.ipynb").write_text("an essay", encoding="utf-8")
    grades = grade_folder(folder, tmp_path / "out", "02", 1, say=lambda _: None, form="moodle")
    assert len({one.id for one in grades}) == 300
    assert len([*(tmp_path / "out" / "students").iterdir()]) == 300
